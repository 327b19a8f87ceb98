//! Makes text from LG fit to be shown: untrusted, often typed by people, sometimes hostile.

use icu_properties::props::{
    BidiControl, BinaryProperty as _, DefaultIgnorableCodePoint, EnumeratedProperty as _,
    GeneralCategory,
};

/// A letter with more marks than this on it is decoration that runs over its neighbours.
const MOST_MARKS: usize = 3;

/// Removes control and direction signs and invisible letters, turns line ends and runs of blanks
/// into one blank, cuts piles of combining marks, and then keeps `max_chars` characters. Empty
/// when nothing visible is left.
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut cleaned = String::new();
    let mut length = 0;
    let mut marks = 0;
    let mut is_visible = false;
    let mut blank_waits = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            blank_waits = length > 0;
            continue;
        }
        if letter.is_control() || is_unwanted(letter) {
            continue;
        }
        marks = if is_combining(letter) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            continue;
        }
        let needed = 1 + usize::from(blank_waits);
        if length + needed > max_chars {
            break;
        }
        if blank_waits {
            cleaned.push(' ');
        }
        blank_waits = false;
        cleaned.push(letter);
        length += needed;
        is_visible |= !is_joiner(letter) && marks == 0;
    }
    if is_visible {
        cleaned.truncate(cleaned.trim_end_matches(is_joiner).trim_end().len());
        cleaned
    } else {
        String::new()
    }
}

/// Shows nothing, turns the text around it, or annotates it. A blank of Braille counts too.
fn is_unwanted(letter: char) -> bool {
    let is_ignorable = DefaultIgnorableCodePoint::for_char(letter) && !is_joiner(letter);
    is_ignorable
        || BidiControl::for_char(letter)
        || matches!(letter, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

/// Zero-width joiners and variation selectors: invisible alone, needed inside emoji and scripts.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// A mark that takes no room of its own.
fn is_combining(letter: char) -> bool {
    let category = GeneralCategory::for_char(letter);
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
        && !is_joiner(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_fit_to_be_shown() {
        let pile = format!("Z{}algo", "\u{334}".repeat(60));
        for (given, shown) in [
            ("  우리집 \t 에어컨 ", "우리집 에어컨"),
            ("에어\0컨\u{7} \u{1b}[31mred\r\nline", "에어컨 [31mred line"),
            ("에어컨\u{202e}gnp.exe\u{2066}\u{2067}", "에어컨gnp.exe"),
            ("\u{200b}\u{200d}\u{2060}\u{feff}\u{3164}", ""),
            ("\u{301}\u{301}", ""),
            ("a\u{115f}\u{2800}\u{fffa}\u{e0041}b", "ab"),
            // Stacks in scripts without an own rule are cut as well.
            ("\u{f40}\u{f72}\u{f72}\u{f72}\u{f72}", "\u{f40}\u{f72}\u{f72}\u{f72}"),
            ("น้ำ ที่นี่", "น้ำ ที่นี่"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            (pile.as_str(), "Z\u{334}\u{334}\u{334}algo"),
            ("👩🏽\u{200d}🚀🧺", "👩🏽\u{200d}🚀🧺"),
            ("مجفف — מייבש", "مجفف — מייבש"),
            ("<b>&amp;</b>", "<b>&amp;</b>"),
        ] {
            assert_eq!(clean_text(given, 200), shown, "{given:?}");
        }
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(clean_text(&"가".repeat(50_000), 200), "가".repeat(200));
        assert_eq!(clean_text("ab cd", 3), "ab");
        assert_eq!(clean_text("🚀\u{200d}🚀", 2), "🚀");
        assert_eq!(clean_text("abc", 0), "");
    }
}
