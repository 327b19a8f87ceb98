//! The catalogue: every word on screen, in English and Korean.
//!
//! Owns the Fluent files in `catalogue/` and the lookup of texts by id, push code or device type.
//! The page reads the same files and registers the same function, `JOSA`.

mod catalogue;
mod language;
mod particle;
mod readable;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use fluent_bundle::FluentValue;
use model::{HourClock, Problem};
use parking_lot::RwLock;

use crate::catalogue::Catalogue;

pub use crate::{language::Language, particle::with_particle, readable::readable};

/// The catalogue in the current language.
///
/// Clones share the language: [`Words::speak`] on one of them changes it for all. Texts that are
/// already shown must be looked up again. Does not include `ui*.ftl`, which only the page reads.
#[derive(Clone)]
pub struct Words {
    spoken: Arc<RwLock<Language>>,
    has_twelve_hours: Arc<AtomicBool>,
}

/// A value for a `$variable` of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Text(&'a str),
    Number(f64),
}

impl Words {
    pub fn new(language: Language) -> Self {
        Self { spoken: Arc::new(RwLock::new(language)), has_twelve_hours: Arc::default() }
    }

    /// Sets the format of times of day for all clones. The default is 24 hours.
    pub fn set_clock(&self, clock: HourClock) {
        self.has_twelve_hours.store(clock == HourClock::H12, Ordering::Relaxed);
    }

    pub fn clock(&self) -> HourClock {
        if self.has_twelve_hours.load(Ordering::Relaxed) { HourClock::H12 } else { HourClock::H24 }
    }

    /// Formats a time of day. `hour` is 0 to 23.
    pub fn time(&self, hour: u8, minute: u8) -> String {
        match self.clock() {
            HourClock::H24 => format!("{hour:02}:{minute:02}"),
            HourClock::H12 => {
                let time = format!("{}:{minute:02}", (hour + 11) % 12 + 1);
                let id = if hour < 12 { "time-morning" } else { "time-afternoon" };
                self.text_with(id, &[("time", Value::Text(&time))])
            }
        }
    }

    /// Formats a day of this year with a time from [`Words::time`]; `month` and `day` start at 1.
    pub fn day_and_time(&self, month: u8, day: u8, time: &str) -> String {
        let number = |number: u8| Value::from(u32::from(number));
        self.text_with(
            "time-on-day",
            &[("month", number(month)), ("day", number(day)), ("time", Value::Text(time))],
        )
    }

    /// Switches the language of all clones.
    pub fn speak(&self, language: Language) {
        *self.spoken.write() = language;
    }

    pub fn language(&self) -> Language {
        *self.spoken.read()
    }

    pub fn has(&self, id: &str) -> bool {
        self.catalogue().has(id)
    }

    /// The text of `id`; for an unknown id, the id itself.
    pub fn text(&self, id: &str) -> String {
        self.text_with(id, &[])
    }

    /// Like [`Words::text`], with variables. A missing variable appears as its name in braces.
    pub fn text_with(&self, id: &str, args: &[(&str, Value<'_>)]) -> String {
        self.catalogue().text(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// An attribute of `id`, for example the `remedy` of a problem.
    pub fn attribute(&self, id: &str, name: &str) -> Option<String> {
        self.catalogue().attribute(id, name)
    }

    /// The text of a problem. LG's own reason is more specific than the code, if the catalogue has it.
    pub fn problem(&self, problem: &Problem) -> String {
        let feature = problem.feature.map_or("", |feature| feature.into_str());
        self.text_with(&self.problem_id(problem), &[("feature", Value::Text(feature))])
    }

    /// What helps against a problem.
    pub fn remedy(&self, problem: &Problem) -> Option<String> {
        self.attribute(&self.problem_id(problem), "remedy")
    }

    fn problem_id(&self, problem: &Problem) -> String {
        let reason = problem.api_code.as_ref().map(|code| format!("api-error-{code}"));
        reason
            .filter(|id| self.has(id))
            .unwrap_or_else(|| format!("problem-{}", problem.code.into_str()))
    }

    /// The text of a push code or of a device's error code. Unknown codes are made readable.
    pub fn push_title(&self, code: &str) -> String {
        self.first(&[format!("push-{code}"), format!("device-error-{code}")])
            .unwrap_or_else(|| readable(code))
    }

    /// The name of a device type such as `DEVICE_WASHER`. Unknown types are made readable.
    pub fn device_type_name(&self, device_type: &str) -> String {
        self.first(&[format!("device-{device_type}")])
            .unwrap_or_else(|| readable(device_type.strip_prefix("DEVICE_").unwrap_or(device_type)))
    }

    /// The text of a run state, specific to the device type where the catalogue has one.
    pub fn run_state(&self, device_type: &str, place: &str, run_state: &str) -> String {
        self.first(&[
            format!("run-state-{device_type}-{place}-{run_state}"),
            format!("run-state-{device_type}-{run_state}"),
            format!("run-state-{run_state}"),
        ])
        .unwrap_or_else(|| readable(run_state))
    }

    /// The name of a part, such as `UPPER`.
    pub fn part(&self, place: &str) -> String {
        self.first(&[format!("part-{place}")]).unwrap_or_else(|| readable(place))
    }

    /// The text of the first id in the catalogue.
    fn first(&self, ids: &[String]) -> Option<String> {
        let catalogue = self.catalogue();
        ids.iter().find_map(|id| catalogue.text(id, &[]))
    }

    fn catalogue(&self) -> &'static Catalogue {
        Catalogue::of(self.language())
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("language", &self.language()).finish_non_exhaustive()
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

/// Counts, saturating at `u32::MAX`.
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
    fn a_language_is_switched_for_all_who_share_the_words() {
        let words = Words::new(Language::English);
        let shared = words.clone();

        words.speak(Language::Korean);

        assert_eq!(shared.language(), Language::Korean);
        assert_eq!(shared.push_title("WASHING_IS_COMPLETE"), "세탁이 끝났어요");
    }

    #[test]
    fn times_are_written_by_the_clock_that_was_set() {
        let words = Words::new(Language::English);
        let times = |words: &Words| {
            [(0, 5), (9, 30), (12, 0), (23, 59)].map(|(hour, minute)| words.time(hour, minute))
        };

        assert_eq!(times(&words), ["00:05", "09:30", "12:00", "23:59"]);
        words.clone().set_clock(HourClock::H12);
        assert_eq!(times(&words), ["12:05 AM", "9:30 AM", "12:00 PM", "11:59 PM"]);
        assert_eq!(words.day_and_time(11, 3, &words.time(15, 5)), "Nov 3, 3:05 PM");
        words.speak(Language::Korean);
        assert_eq!(times(&words), ["오전 12:05", "오전 9:30", "오후 12:00", "오후 11:59"]);
        assert_eq!(words.day_and_time(11, 3, &words.time(15, 5)), "11월 3일 오후 3:05");
    }

    #[test]
    fn a_run_state_is_worded_for_its_type_and_part() {
        let words = Words::new(Language::English);

        for (device_type, place, run_state, expected) in [
            ("DEVICE_WASHER", "MAIN", "RUNNING", "Washing"),
            ("DEVICE_WASHTOWER", "washer", "RUNNING", "Washing"),
            ("DEVICE_WASHTOWER", "dryer", "RUNNING", "Drying"),
            ("DEVICE_WASHER", "MINI", "RINSING", "Rinsing"),
            ("DEVICE_NEW", "", "RUNNING", "Running"),
            ("DEVICE_DRYER", "", "AI_TURBO_DRY", "Ai turbo dry"),
        ] {
            assert_eq!(words.run_state(device_type, place, run_state), expected);
        }
    }

    #[test]
    fn a_part_and_a_problem_of_an_appliance_have_names() {
        let words = Words::new(Language::Korean);

        assert_eq!(words.part("UPPER"), "위쪽");
        assert_eq!(words.part("BACK_DOOR"), "Back door");
        assert_eq!(words.push_title("WATER_DRAIN_ERROR"), "배수가 안 돼요");
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
