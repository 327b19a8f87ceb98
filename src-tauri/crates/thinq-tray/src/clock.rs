//! The one place where the real time of day is read, and how it is written for people.

use jiff::{Timestamp, tz::TimeZone};

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The time of day, with the date when it is not `now`'s.
pub(crate) fn moment(at_ms: i64, now_ms: i64, time_zone: &TimeZone) -> String {
    let zoned =
        |ms| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(time_zone.clone());
    let (at, now) = (zoned(at_ms), zoned(now_ms));
    if at.date() == now.date() {
        at.strftime("%H:%M").to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_day_shows_its_date() {
        let seoul = TimeZone::fixed(jiff::tz::offset(9));
        let noon = 1_795_489_200_000; // 2026-11-24 12:00 in Seoul

        assert_eq!(moment(noon, noon + 60_000, &seoul), "12:00");
        assert_eq!(moment(noon, noon + 13 * 3_600_000, &seoul), "2026-11-24 12:00");
    }
}
