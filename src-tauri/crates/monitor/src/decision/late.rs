//! Determines when an event happened that arrived after a gap.

use std::ops::RangeInclusive;

use jiff::{Timestamp, civil, tz::TimeZone};
use model::{NewEvent, UnixMs};

/// LG's broker keeps messages for about an hour.
const KEPT_MS: i64 = 60 * 60 * 1000;
/// Events that were missed in a gap arrive, or are found, this soon after it.
const ARRIVES_WITHIN_MS: i64 = 15 * 60 * 1000;
/// Tolerated difference of LG's clock and this computer's.
const TOLERANCE_MS: i64 = 2 * 60 * 1000;

/// When an event happened that arrived after a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateTime {
    At(UnixMs),
    /// LG sent no usable time.
    Between {
        from_ms: UnixMs,
        until_ms: UnixMs,
    },
    Unknown,
}

impl LateTime {
    /// `gap` is the last one of this run; events that were missed before the start have none.
    pub fn of(event: &NewEvent, gap: Option<&RangeInclusive<UnixMs>>) -> Self {
        let arrived_ms = event.received_at_ms;
        let gap = gap
            .filter(|gap| (0..=ARRIVES_WITHIN_MS).contains(&arrived_ms.saturating_sub(*gap.end())));
        let (from_ms, until_ms) = gap
            .map_or((arrived_ms.saturating_sub(KEPT_MS), arrived_ms), |gap| {
                (*gap.start(), *gap.end())
            });
        let possible = from_ms.saturating_sub(TOLERANCE_MS)..=until_ms.saturating_add(TOLERANCE_MS);
        // LG's time names no zone: as UTC it counts if it fits.
        match event.sent_at.as_deref().and_then(utc_ms) {
            Some(sent_ms) if possible.contains(&sent_ms) => Self::At(sent_ms.min(arrived_ms)),
            _ if gap.is_some() => Self::Between { from_ms, until_ms },
            _ => Self::Unknown,
        }
    }
}

/// Date and time without a zone, or seconds since the Unix epoch.
fn utc_ms(text: &str) -> Option<UnixMs> {
    if let Ok(seconds) = text.parse() {
        return Some(Timestamp::from_second(seconds).ok()?.as_millisecond());
    }
    let at: civil::DateTime = text.parse().ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::example_event;

    /// 2027-01-15 08:00 UTC.
    const NOW: UnixMs = 1_800_000_000_000;
    const MINUTE: i64 = 60_000;

    #[test]
    fn a_time_counts_if_it_lies_within_the_gap() {
        let gap = Some(NOW - 40 * MINUTE..=NOW);
        let earlier = Some(NOW - 90 * MINUTE..=NOW - 30 * MINUTE);
        let between = LateTime::Between { from_ms: NOW - 40 * MINUTE, until_ms: NOW };
        let at = |minutes: i64| LateTime::At(NOW - minutes * MINUTE);
        let cases = [
            ("no time", None, gap.clone(), between),
            (
                "UTC",
                Some("2027-01-15T07:30:00.120934"),
                gap.clone(),
                LateTime::At(NOW - 30 * MINUTE + 120),
            ),
            ("seconds", Some("1799998200"), gap.clone(), at(30)),
            ("a clock that is ahead", Some("2027-01-15T08:01:00"), gap.clone(), at(0)),
            ("Korean time", Some("2027-01-15T16:30:00"), gap.clone(), between),
            ("before the gap", Some("2027-01-15T07:00:00"), gap.clone(), between),
            ("no date", Some("soon"), gap, between),
            ("long after the gap", None, earlier, LateTime::Unknown),
            ("after a restart", Some("2027-01-15T07:30:00"), None, at(30)),
            ("too old for the broker", Some("2027-01-15T06:30:00"), None, LateTime::Unknown),
            ("nothing known", None, None, LateTime::Unknown),
        ];

        for (what, sent_at, gap, expected) in cases {
            let event = NewEvent {
                sent_at: sent_at.map(str::to_owned),
                is_found_after_gap: true,
                ..example_event("WASHING_IS_COMPLETE", "Washer", NOW)
            };
            assert_eq!(LateTime::of(&event, gap.as_ref()), expected, "{what}");
        }
    }
}
