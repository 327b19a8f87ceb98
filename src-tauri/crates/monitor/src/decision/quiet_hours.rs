//! Quiet hours and other local times, including daylight-saving transitions.

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use model::{QuietHours, UnixMs};

const MORNING: Time = Time::constant(7, 0, 0, 0);
/// Which instant to use for a local time that occurs twice.
#[derive(Clone, Copy)]
enum Twice {
    First,
    Second,
}

/// End of the quiet hours active at `now_ms`; `None` if inactive. Adjacent quiet hours are merged.
pub(crate) fn quiet_until(hours: &QuietHours, now_ms: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
    let mut until_ms = None;
    // Each iteration extends to the end of the adjacent quiet hours.
    for _ in 0..=hours.weekdays.len() {
        let Some(end_ms) = end_of_hours_at(hours, until_ms.unwrap_or(now_ms), zone) else {
            break;
        };
        until_ms = Some(end_ms);
    }
    until_ms
}

/// Start of the next quiet hours.
pub(crate) fn next_start(hours: &QuietHours, now_ms: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
    let today = date_at(now_ms, zone)?;
    (0..=8)
        .filter_map(|days| hours_of(hours, today.checked_add(days.days()).ok()?, zone))
        .map(|(from_ms, _)| from_ms)
        .find(|from_ms| *from_ms > now_ms)
}

fn end_of_hours_at(hours: &QuietHours, at_ms: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
    let today = date_at(at_ms, zone)?;
    [today.yesterday().ok()?, today]
        .into_iter()
        .filter_map(|date| hours_of(hours, date, zone))
        .filter(|(from_ms, until_ms)| (*from_ms..*until_ms).contains(&at_ms))
        .map(|(_, until_ms)| until_ms)
        .max()
}

/// Quiet hours that start on `date`, as instants.
fn hours_of(hours: &QuietHours, date: Date, zone: &TimeZone) -> Option<(UnixMs, UnixMs)> {
    if !hours.is_on || !begins_on(hours, date) {
        return None;
    }
    let last = if hours.until_minute > hours.from_minute { date } else { date.tomorrow().ok()? };
    // A local time that occurs twice is quiet twice.
    let from_ms = instant(date.to_datetime(time(hours.from_minute)?), zone, Twice::First)?;
    let until_ms = instant(last.to_datetime(time(hours.until_minute)?), zone, Twice::Second)?;
    Some((from_ms, until_ms))
}

fn begins_on(hours: &QuietHours, date: Date) -> bool {
    let offset = date.weekday().to_monday_zero_offset();
    hours.weekdays.iter().any(|day| *day as i8 == offset)
}

/// The next 07:00 local time.
pub fn next_morning(now_ms: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
    let today = date_at(now_ms, zone)?;
    [today, today.tomorrow().ok()?]
        .into_iter()
        .filter_map(|date| instant(date.to_datetime(MORNING), zone, Twice::First))
        .find(|morning_ms| *morning_ms > now_ms)
}

/// The end of today.
pub fn next_midnight(now_ms: UnixMs, zone: &TimeZone) -> Option<UnixMs> {
    let tomorrow = date_at(now_ms, zone)?.tomorrow().ok()?;
    instant(tomorrow.to_datetime(Time::midnight()), zone, Twice::First)
}

fn time(minute: u16) -> Option<Time> {
    Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()
}

fn date_at(at_ms: UnixMs, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(Timestamp::from_millisecond(at_ms).ok()?).date())
}

/// Instant of a local `datetime`; if it is skipped by a transition, the instant of the transition.
fn instant(datetime: DateTime, zone: &TimeZone, twice: Twice) -> Option<UnixMs> {
    let ambiguous = zone.to_ambiguous_timestamp(datetime);
    let at = match (ambiguous.offset(), twice) {
        (AmbiguousOffset::Unambiguous { .. }, _) => ambiguous.compatible(),
        (AmbiguousOffset::Fold { .. }, Twice::First) => ambiguous.earlier(),
        (AmbiguousOffset::Fold { .. }, Twice::Second) => ambiguous.later(),
        (AmbiguousOffset::Gap { .. }, _) => {
            let before = ambiguous.earlier().ok()?;
            let forward = zone.following(before).next()?;
            return Some(forward.timestamp().as_millisecond());
        }
    };
    Some(at.ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use model::Weekday;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// Parses a time with UTC offset.
    fn at(moment: &str) -> UnixMs {
        moment.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn hours(from: &str, until: &str) -> QuietHours {
        let minute = |text: &str| {
            let time: Time = text.parse().unwrap();
            u16::try_from(i16::from(time.hour()) * 60 + i16::from(time.minute())).unwrap()
        };
        QuietHours {
            is_on: true,
            from_minute: minute(from),
            until_minute: minute(until),
            ..QuietHours::default()
        }
    }

    /// Zone, quiet hours, time, and the expected end of quiet.
    type Case = (&'static str, (&'static str, &'static str), &'static str, Option<&'static str>);

    #[test]
    fn quiet_hours_follow_the_clock_on_the_wall() {
        const NIGHT: (&str, &str) = ("22:00", "07:00");
        let cases: [Case; 21] = [
            // Across midnight and within a day.
            ("Asia/Seoul", NIGHT, "2026-11-23T21:59:59+09", None),
            ("Asia/Seoul", NIGHT, "2026-11-23T22:00:00+09", Some("2026-11-24T07:00+09")),
            ("Asia/Seoul", NIGHT, "2026-11-24T06:59:59+09", Some("2026-11-24T07:00+09")),
            ("Asia/Seoul", NIGHT, "2026-11-24T07:00:00+09", None),
            ("Asia/Seoul", ("13:00", "15:00"), "2026-11-24T14:00+09", Some("2026-11-24T15:00+09")),
            ("Asia/Seoul", ("13:00", "15:00"), "2026-11-24T12:59+09", None),
            // Clock set forward at night: the end is a local time, the night an hour shorter.
            ("Europe/Berlin", NIGHT, "2026-03-28T23:00+01", Some("2026-03-29T07:00+02")),
            ("America/New_York", NIGHT, "2026-03-07T23:00-05", Some("2026-03-08T07:00-04")),
            // Clock set back at night: an hour longer.
            ("Europe/Berlin", NIGHT, "2026-10-24T23:00+02", Some("2026-10-25T07:00+01")),
            ("America/New_York", NIGHT, "2026-10-31T23:00-04", Some("2026-11-01T07:00-05")),
            // Transition of half an hour.
            ("Australia/Lord_Howe", NIGHT, "2026-10-03T23:00+10:30", Some("2026-10-04T07:00+11")),
            ("Australia/Lord_Howe", NIGHT, "2026-04-04T23:00+11", Some("2026-04-05T07:00+10:30")),
            // Skipped end time: the instant of the transition.
            (
                "Europe/Berlin",
                ("22:00", "02:30"),
                "2026-03-28T23:00+01",
                Some("2026-03-29T03:00+02"),
            ),
            // Skipped start time: from the transition on.
            (
                "Europe/Berlin",
                ("02:30", "07:00"),
                "2026-03-29T03:00+02",
                Some("2026-03-29T07:00+02"),
            ),
            ("Europe/Berlin", ("02:30", "07:00"), "2026-03-29T01:59+01", None),
            // Local times that occur twice are quiet twice.
            (
                "Europe/Berlin",
                ("22:00", "02:30"),
                "2026-10-25T02:45+02",
                Some("2026-10-25T02:30+01"),
            ),
            (
                "Europe/Berlin",
                ("02:30", "07:00"),
                "2026-10-25T02:30+02",
                Some("2026-10-25T07:00+01"),
            ),
            (
                "Australia/Lord_Howe",
                ("01:45", "06:00"),
                "2026-04-05T01:45+11",
                Some("2026-04-05T06:00+10:30"),
            ),
            ("Australia/Lord_Howe", ("23:00", "01:45"), "2026-04-05T01:45+10:30", None),
            // Zone that skips midnight on one day of the year.
            (
                "America/Santiago",
                ("20:00", "00:00"),
                "2026-09-05T23:59-04",
                Some("2026-09-06T01:00-03"),
            ),
            (
                "America/Santiago",
                ("00:00", "06:00"),
                "2026-09-06T01:00-03",
                Some("2026-09-06T06:00-03"),
            ),
        ];

        for (name, (from, until), moment, expected) in cases {
            let found = quiet_until(&hours(from, until), at(moment), &zone(name));
            assert_eq!(found, expected.map(at), "{from} to {until} in {name} at {moment}");
        }
    }

    #[test]
    fn they_begin_on_the_chosen_days_and_last_into_the_next() {
        let seoul = zone("Asia/Seoul");
        let weekend = QuietHours {
            weekdays: vec![Weekday::Friday, Weekday::Saturday],
            ..hours("22:00", "10:00")
        };
        let cases = [
            ("2026-11-26T23:00+09", None),                        // Thursday
            ("2026-11-27T23:00+09", Some("2026-11-28T10:00+09")), // Friday
            ("2026-11-28T09:00+09", Some("2026-11-28T10:00+09")),
            ("2026-11-29T09:00+09", Some("2026-11-29T10:00+09")), // of Saturday
            ("2026-11-29T23:00+09", None),
        ];

        for (moment, expected) in cases {
            assert_eq!(quiet_until(&weekend, at(moment), &seoul), expected.map(at), "{moment}");
        }
        let monday = at("2026-11-23T12:00+09");
        assert_eq!(next_start(&weekend, monday, &seoul), Some(at("2026-11-27T22:00+09")));
        assert_eq!(
            next_start(&hours("22:00", "07:00"), monday, &seoul),
            Some(at("2026-11-23T22:00+09"))
        );
    }

    #[test]
    fn hours_that_touch_are_one_and_those_that_are_off_are_none() {
        let seoul = zone("Asia/Seoul");
        let monday = at("2026-11-23T12:00+09");
        let all_day = QuietHours {
            weekdays: vec![Weekday::Monday, Weekday::Tuesday],
            ..hours("08:00", "08:00")
        };
        let off = QuietHours { is_on: false, ..hours("00:00", "00:00") };
        let never = QuietHours { weekdays: Vec::new(), ..hours("00:00", "00:00") };

        assert_eq!(quiet_until(&all_day, monday, &seoul), Some(at("2026-11-25T08:00+09")));
        for none in [off, never] {
            assert_eq!(quiet_until(&none, monday, &seoul), None);
            assert_eq!(next_start(&none, monday, &seoul), None);
        }
    }

    #[test]
    fn the_morning_is_the_next_seven_and_the_day_ends_at_midnight() {
        let cases = [
            ("Asia/Seoul", "2026-11-23T06:59+09", "2026-11-23T07:00+09", "2026-11-24T00:00+09"),
            ("Asia/Seoul", "2026-11-23T07:00+09", "2026-11-24T07:00+09", "2026-11-24T00:00+09"),
            ("Europe/Berlin", "2026-10-24T20:00+02", "2026-10-25T07:00+01", "2026-10-25T00:00+02"),
            (
                "America/Santiago",
                "2026-09-05T20:00-04",
                "2026-09-06T07:00-03",
                "2026-09-06T01:00-03",
            ),
        ];

        for (name, moment, morning, midnight) in cases {
            let zone = zone(name);
            assert_eq!(next_morning(at(moment), &zone), Some(at(morning)), "{name} {moment}");
            assert_eq!(next_midnight(at(moment), &zone), Some(at(midnight)), "{name} {moment}");
        }
    }
}
