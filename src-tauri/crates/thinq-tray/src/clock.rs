//! The only place that reads the wall clock, and the formatting of times for users.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use model::HourClock;
use words::Words;

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Formats a time for users; with the date when it differs from `now`'s.
pub(crate) fn moment(at_ms: i64, now_ms: i64, time_zone: &TimeZone, words: &Words) -> String {
    let (at, now) = (zoned(at_ms, time_zone), zoned(now_ms, time_zone));
    // Hours and minutes are never negative.
    let two = |number: i8| u8::try_from(number).unwrap_or_default();
    let time = words.time(two(at.hour()), two(at.minute()));
    if at.date() == now.date() {
        time
    } else {
        words.day_and_time(two(at.month()), two(at.day()), &time)
    }
}

/// Like [`moment`], for columns of a terminal: sortable and independent of the language.
pub(crate) fn plain_moment(at_ms: i64, now_ms: i64, time_zone: &TimeZone) -> String {
    let (at, now) = (zoned(at_ms, time_zone), zoned(now_ms, time_zone));
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

/// 12- or 24-hour clock according to the locale.
pub(crate) fn hours_of_locale(environment: &dyn Fn(&str) -> Option<String>) -> HourClock {
    let locale = if cfg!(any(windows, target_os = "macos")) {
        sys_locale::get_locale()
    } else {
        ["LC_ALL", "LC_TIME", "LANG"].into_iter().find_map(environment)
    };
    HourClock::of_locale(&locale.unwrap_or_default())
}

fn zoned(ms: i64, time_zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(time_zone.clone())
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn another_day_shows_its_date() {
        let seoul = TimeZone::fixed(jiff::tz::offset(9));
        let words = Words::new(Language::English);
        let noon = 1_795_489_200_000; // 2026-11-24 12:00 in Seoul
        let later = noon + 13 * 3_600_000;

        assert_eq!(moment(noon, noon + 60_000, &seoul, &words), "12:00");
        assert_eq!(moment(noon, later, &seoul, &words), "Nov 24, 12:00");
        assert_eq!(plain_moment(noon, noon + 60_000, &seoul), "12:00");
        assert_eq!(plain_moment(noon, later, &seoul), "2026-11-24 12:00");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_locale_of_times_comes_before_that_of_all() {
        let hours = |set: &'static [(&str, &str)]| {
            hours_of_locale(&|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };

        assert_eq!(hours(&[("LANG", "en_US.UTF-8")]), HourClock::H12);
        let british = &[("LC_TIME", "en_GB.UTF-8"), ("LANG", "en_US.UTF-8")];
        assert_eq!(hours(british), HourClock::H24);
        let all = &[("LC_ALL", "ko_KR.UTF-8"), ("LC_TIME", "de_DE.UTF-8")];
        assert_eq!(hours(all), HourClock::H12);
        assert_eq!(hours(&[]), HourClock::H24);
    }
}
