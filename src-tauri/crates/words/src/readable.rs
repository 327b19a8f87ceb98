//! Readable forms of codes that the catalogue does not contain.

/// `SOME_NEW_CODE` and `someNewCode` become `Some new code`.
pub fn readable(code: &str) -> String {
    let mut parted = String::with_capacity(code.len());
    let mut was_lower = false;
    for letter in code.chars() {
        if was_lower && letter.is_uppercase() {
            parted.push(' ');
        }
        was_lower = letter.is_lowercase();
        parted.push(letter);
    }
    let is_gap = |c: char| c == '_' || c.is_whitespace() || c.is_control();
    let words: Vec<String> =
        parted.split(is_gap).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = words.join(" ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_as_a_sentence() {
        for (code, text) in [
            ("SOME_NEW_CODE", "Some new code"),
            ("TIME_TO_RUN_THE_TUB_CLEAN_CYCLE_ERROR", "Time to run the tub clean cycle error"),
            ("__FILTER__2_IS_FULL_", "Filter 2 is full"),
            ("DONE", "Done"),
            ("drumLightMode", "Drum light mode"),
            ("a\u{0}b\nc", "A b c"),
            ("세탁_완료", "세탁 완료"),
            ("", ""),
            ("___", ""),
        ] {
            assert_eq!(readable(code), text, "{code:?}");
        }
    }
}
