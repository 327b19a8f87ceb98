//! The catalogue: every word on screen, in English and Korean.
//!
//! Owns the Fluent files in `catalogue/` and the way from an id, a push code or a device type to a
//! text. The window's page reads the same files and adds the same function, `JOSA`.

mod language;
mod particle;
mod readable;

use std::fmt;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Pattern;

pub use crate::{language::Language, particle::with_particle, readable::readable};

/// The catalogue in one language.
///
/// Only that language is held in memory. `ui*.ftl` are left out: the page alone reads them.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A value for a `$variable` of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Text(&'a str),
    Number(f64),
}

impl Words {
    pub fn new(language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
        // Notifications, menus and terminals show the marks as boxes or count them as letters.
        bundle.set_use_isolating(false);
        bundle.add_function("JOSA", josa).expect("no other function is called JOSA");
        for source in language.sources() {
            let resource = FluentResource::try_new((*source).to_owned())
                .map_err(|(_, errors)| errors)
                .expect("the catalogue is valid Fluent");
            bundle.add_resource(resource).expect("every id of the catalogue is there once");
        }
        Self { language, bundle }
    }

    pub fn language(&self) -> Language {
        self.language
    }

    pub fn has(&self, id: &str) -> bool {
        self.bundle.get_message(id).is_some_and(|message| message.value().is_some())
    }

    /// The text of `id`; for an unknown id, the id itself.
    pub fn text(&self, id: &str) -> String {
        self.text_with(id, &[])
    }

    /// As [`Words::text`]. A variable that is not given shows as its name in braces.
    pub fn text_with(&self, id: &str, args: &[(&str, Value<'_>)]) -> String {
        self.bundle
            .get_message(id)
            .and_then(|message| message.value())
            .map_or_else(|| id.to_owned(), |pattern| self.format(pattern, args))
    }

    /// An attribute of `id`, for example the `remedy` of a problem.
    pub fn attribute(&self, id: &str, name: &str) -> Option<String> {
        let attribute = self.bundle.get_message(id)?.get_attribute(name)?;
        Some(self.format(attribute.value(), &[]))
    }

    /// The words for a push code; a code that is not in the catalogue is made readable.
    pub fn push_title(&self, code: &str) -> String {
        self.known("push-", code).unwrap_or_else(|| readable(code))
    }

    /// The name of a device type such as `DEVICE_WASHER`; an unknown type is made readable.
    pub fn device_type_name(&self, device_type: &str) -> String {
        self.known("device-", device_type)
            .unwrap_or_else(|| readable(device_type.strip_prefix("DEVICE_").unwrap_or(device_type)))
    }

    fn known(&self, prefix: &str, code: &str) -> Option<String> {
        let id = format!("{prefix}{code}");
        self.has(&id).then(|| self.text(&id))
    }

    fn format(&self, pattern: &Pattern<&str>, args: &[(&str, Value<'_>)]) -> String {
        let args: FluentArgs<'_> = args.iter().copied().collect();
        let mut text = String::new();
        let mut errors = Vec::new();
        self.bundle
            .write_pattern(&mut text, pattern, Some(&args), &mut errors)
            .expect("writing to a String does not fail");
        text
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("language", &self.language).finish_non_exhaustive()
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// Counts; beyond `u32::MAX` they all read the same.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        u32::try_from(number).unwrap_or(u32::MAX).into()
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        u32::try_from(number).unwrap_or(u32::MAX).into()
    }
}

impl<'a> From<Value<'a>> for FluentValue<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Text(text) => text.into(),
            Value::Number(number) => number.into(),
        }
    }
}

/// `JOSA($name, "이/가")` in the catalogue.
fn josa<'a>(args: &[FluentValue<'a>], _named: &FluentArgs<'_>) -> FluentValue<'a> {
    match args {
        [FluentValue::String(name), FluentValue::String(pair)] => with_particle(name, pair).into(),
        [FluentValue::Number(number), FluentValue::String(pair)] => {
            with_particle(&number.as_string(), pair).into()
        }
        _ => FluentValue::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_shared_between_threads() {
        fn assert_shareable<T: Send + Sync>() {}

        assert_shareable::<Words>();
    }

    #[test]
    fn a_push_code_has_words_in_both_languages() {
        let english = Words::new(Language::English);
        let korean = Words::new(Language::Korean);

        assert_eq!(english.push_title("WASHING_IS_COMPLETE"), "Laundry is done");
        assert_eq!(korean.push_title("WASHING_IS_COMPLETE"), "세탁이 끝났어요");
    }

    #[test]
    fn an_unknown_push_code_is_made_readable() {
        let words = Words::new(Language::Korean);

        assert_eq!(words.push_title("SOME_NEW_CODE"), "Some new code");
        assert_eq!(words.push_title("\" {$x}"), "\" {$x}");
    }

    #[test]
    fn a_device_type_has_a_name() {
        let words = Words::new(Language::Korean);

        assert_eq!(words.device_type_name("DEVICE_WASHER"), "세탁기");
        assert_eq!(words.device_type_name("DEVICE_TIME_MACHINE"), "Time machine");
    }

    #[test]
    fn english_counts_in_singular_and_plural() {
        let words = Words::new(Language::English);
        let unread = |count: u32| words.text_with("tray-unread", &[("count", count.into())]);

        assert_eq!(unread(0), "Nothing new");
        assert_eq!(unread(1), "1 new event");
        assert_eq!(unread(1200), "1200 new events");
    }

    #[test]
    fn korean_texts_choose_the_particle_by_the_name() {
        let words = Words::new(Language::Korean);
        let added = |name| words.text_with("event-registered", &[("device", Value::Text(name))]);

        assert_eq!(added("세탁기"), "세탁기가 LG 계정에 추가됐어요");
        assert_eq!(added("에어컨"), "에어컨이 LG 계정에 추가됐어요");
    }

    #[test]
    fn a_problem_says_what_helps() {
        let words = Words::new(Language::English);

        assert_eq!(
            words.attribute("api-error-1304", "remedy").as_deref(),
            Some("Open the ThinQ app, accept the terms there and try again.")
        );
        assert_eq!(words.attribute("problem-terms", "no-such"), None);
        assert_eq!(words.attribute("no-such", "remedy"), None);
    }

    #[test]
    fn an_unknown_id_shows_itself() {
        let words = Words::new(Language::English);

        assert!(!words.has("no-such-text"));
        assert_eq!(words.text("no-such-text"), "no-such-text");
    }

    #[test]
    fn no_direction_marks_are_put_around_names() {
        let words = Words::new(Language::English);

        assert_eq!(
            words.text_with("event-renamed", &[("device", "Washer".into())]),
            "Now called Washer"
        );
    }
}
