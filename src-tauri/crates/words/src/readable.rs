//! Codes that nobody has words for yet, made readable.

/// `SOME_NEW_CODE` becomes `Some new code`.
pub fn readable(code: &str) -> String {
    let is_gap = |c: char| c == '_' || c.is_whitespace() || c.is_control();
    let words: Vec<String> =
        code.split(is_gap).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
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
            ("a\u{0}b\nc", "A b c"),
            ("세탁_완료", "세탁 완료"),
            ("", ""),
            ("___", ""),
        ] {
            assert_eq!(readable(code), text, "{code:?}");
        }
    }
}
