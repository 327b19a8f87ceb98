//! Korean particles: which of two forms follows a name depends on the sound the name ends with.
//!
//! The sound is read from the last letter or digit. Hangul is exact, digits are read in
//! Sino-Korean, Latin words by the way they are usually written in Hangul. Where that is a guess,
//! both forms are shown, as Korean forms do: `이(가)`.

/// How a name ends when it is read aloud.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Vowel,
    /// The consonant ㄹ, after which `(으)로` is `로`.
    Rieul,
    Consonant,
}

use Ending::{Consonant, Rieul, Vowel};

/// `name` with the right form of `pair`, written `after a consonant/after a vowel`: `이/가`,
/// `은/는`, `을/를`, `과/와`, `으로/로`. Without a slash, `pair` is simply put after the name.
pub fn with_particle(name: &str, pair: &str) -> String {
    let Some((after_consonant, after_vowel)) = pair.split_once('/') else {
        return format!("{name}{pair}");
    };
    match ending(name) {
        Some(Vowel) => format!("{name}{after_vowel}"),
        Some(Rieul) if after_consonant.starts_with('으') => format!("{name}{after_vowel}"),
        Some(Rieul | Consonant) => format!("{name}{after_consonant}"),
        None => match after_consonant.strip_suffix(after_vowel) {
            Some(extra) => format!("{name}({extra}){after_vowel}"),
            None => format!("{name}{after_consonant}({after_vowel})"),
        },
    }
}

/// `None` where the sound cannot be told.
fn ending(name: &str) -> Option<Ending> {
    let spoken = without_remark(name).trim_end_matches(|c: char| !c.is_alphanumeric());
    match spoken.chars().next_back()? {
        last @ '가'..='힣' => Some(match (u32::from(last) - u32::from('가')) % 28 {
            0 => Vowel,
            8 => Rieul,
            _ => Consonant,
        }),
        // Beside digits: decomposed Hangul, as macOS writes names.
        '2' | '4' | '5' | '9' | '\u{1161}'..='\u{1175}' => Some(Vowel),
        '1' | '7' | '8' | '\u{11af}' => Some(Rieul),
        '0' | '3' | '6' | '\u{11a8}'..='\u{11c2}' => Some(Consonant),
        'a'..='z' | 'A'..='Z' => latin_ending(spoken),
        _ => None,
    }
}

/// A remark in brackets at the end is not read aloud: `세탁기 (거실)` takes the form of `세탁기`.
fn without_remark(name: &str) -> &str {
    match name.trim_end().strip_suffix(')').and_then(|open| open.rsplit_once('(')) {
        Some((before, _)) if before.contains(char::is_alphanumeric) => before,
        Some(_) | None => name,
    }
}

fn latin_ending(name: &str) -> Option<Ending> {
    let start = name
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + name[at..].chars().next().map_or(0, char::len_utf8));
    let word = &name[start..];
    let is_vowel = |c: char| "aeiouy".contains(c.to_ascii_lowercase());
    let is_spelled = word.chars().all(|c| c.is_ascii_uppercase())
        && (word.len() <= 3 || !word.contains(is_vowel));
    if is_spelled {
        return Some(match word.chars().next_back()? {
            'L' | 'R' => Rieul,
            'M' | 'N' => Consonant,
            _ => Vowel,
        });
    }

    let word = word.to_ascii_lowercase();
    // A silent e: Home, Machine, Mobile end as ho-m, machi-n, mobi-l.
    let sound = match word.strip_suffix('e') {
        Some(stem) if stem.ends_with(['l', 'm', 'n']) => stem,
        Some(_) | None => &word,
    };
    let mut letters = sound.chars().rev();
    match (letters.next()?, letters.next(), letters.next()) {
        ('l', ..) => Some(Rieul),
        ('m' | 'n', ..) | ('g', Some('n'), _) | ('k', Some('c'), _) => Some(Consonant),
        ('b' | 'c' | 'k' | 'p' | 't', Some(vowel), before) if is_vowel(vowel) => match before {
            // Robot and Mac close with the consonant; Heat and Cook differ from word to word.
            Some(second) if is_vowel(second) => None,
            Some(_) | None => Some(Consonant),
        },
        _ => Some(Vowel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_forms(pair: &str, cases: &[&str]) {
        for case in cases {
            let (name, particle) = case.split_once('|').expect("cases are written name|particle");
            assert_eq!(with_particle(name, pair), format!("{name}{particle}"), "{name}");
        }
    }

    #[test]
    fn hangul_takes_the_form_of_its_last_syllable() {
        assert_forms(
            "이/가",
            &[
                "세탁기|가",
                "건조기|가",
                "냉장고|가",
                "에어컨|이",
                "오븐|이",
                "쿡탑|이",
                "환풍팬|이",
            ],
        );
        assert_forms("을/를", &["스타일러|를", "에어컨|을", "가습기|를"]);
        assert_forms("은/는", &["정수기|는", "와인셀러|는", "도어락|은"]);
        assert_forms("과/와", &["세탁기|와", "오븐|과"]);
    }

    #[test]
    fn rieul_takes_ro_and_otherwise_counts_as_a_consonant() {
        assert_forms("으로/로", &["거실|로", "안방|으로", "세탁기|로", "TV 1|로", "TV 3|으로"]);
        assert_forms("이/가", &["거실|이", "사이렌|이"]);
    }

    #[test]
    fn decomposed_hangul_sounds_like_the_composed_one() {
        assert_forms(
            "이/가",
            &["\u{1109}\u{1166}\u{1110}\u{1161}\u{11a8}|이", "\u{1100}\u{1175}|가"],
        );
    }

    #[test]
    fn digits_are_read_in_sino_korean() {
        assert_forms(
            "이/가",
            &[
                "0|이", "1|이", "2|가", "3|이", "4|가", "5|가", "6|이", "7|이", "8|이", "9|가",
                "10|이",
            ],
        );
    }

    #[test]
    fn latin_words_sound_as_they_are_written_in_hangul() {
        assert_forms(
            "이/가",
            &[
                "LG Styler|가",
                "Washer|가",
                "WASHER|가",
                "LG Fridge|가",
                "Air Conditioner|가",
                "Oven|이",
                "Living Room|이",
                "Washing Machine|이",
                "Home|이",
                "Robot|이",
                "Dryer Stick|이",
                "Wall|이",
                "Ceiling|이",
                "Plug|가",
                "Lamp|가",
                "LG|가",
                "TV|가",
                "AC|가",
                "PM|이",
                "세탁기 XL|이",
                "식기세척기A|가",
            ],
        );
    }

    #[test]
    fn marks_and_remarks_at_the_end_are_not_read_aloud() {
        assert_forms(
            "이/가",
            &["세탁기 (거실)|가", "에어컨!|이", "세탁기 🧺|가", "“오븐”|이", "(거실)|이"],
        );
    }

    #[test]
    fn both_forms_are_shown_where_the_sound_is_unknown() {
        assert_forms(
            "이/가",
            &["洗濯機|이(가)", "🧺|이(가)", "|이(가)", "Heat|이(가)", "стиралка|이(가)"],
        );
        assert_forms("으로/로", &["洗濯機|(으)로"]);
        assert_forms("을/를", &["洗濯機|을(를)"]);
    }

    #[test]
    fn a_pair_without_a_slash_is_put_after_the_name() {
        assert_eq!(with_particle("세탁기", "도"), "세탁기도");
    }
}
