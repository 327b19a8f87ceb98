//! The time against which retention ages events.
//!
//! The wall clock may be years ahead (an empty battery, a restored virtual machine, a wrong time
//! server), and what retention deletes is gone for good. So retention has a clock of its own, stored
//! with the history, that runs ahead of neither the wall clock nor the service's clock and leaps
//! only as far as a computer may plausibly have been switched off.

use std::time::Duration;

use model::UnixMs;
use tokio::time::Instant;

use crate::store::{Store, StoreError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Leap that the wall clock alone justifies: a weekend.
const UNCONFIRMED_LEAP_MS: i64 = 3 * DAY_MS;
/// Leap that the wall clock and the service's clock justify together: a holiday.
const CONFIRMED_LEAP_MS: i64 = 31 * DAY_MS;
/// Progress per day of running after a longer leap, in case both clocks are wrong alike.
const CATCH_UP_MS: i64 = 7 * DAY_MS;
/// Running time before catching up.
const PROBATION: Duration = Duration::from_hours(1);
/// Fact that persists the retention clock.
const AGED_TO: &str = "aged_to_ms";

/// Last `Date` of the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServiceDate {
    pub(super) date_ms: UnixMs,
    /// Offset ahead of the wall clock when it was received.
    pub(super) ahead_ms: i64,
    pub(super) at: Instant,
}

impl ServiceDate {
    /// The service's time now; behind after the computer slept.
    fn now_ms(&self) -> UnixMs {
        let passed_ms = i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.date_ms.saturating_add(passed_ms)
    }
}

/// Clock readings at a retention run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    pub(super) wall_ms: UnixMs,
    pub(super) service: Option<ServiceDate>,
    /// Running time of the engine.
    pub(super) ran: Duration,
}

/// Time to age events against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aging {
    pub(super) now_ms: UnixMs,
    /// The clocks are implausibly far ahead of the history.
    pub(super) is_held: bool,
}

/// Advances the retention clock of `store`. Blocks on the disk.
pub(super) fn advance(store: &Store, signs: Signs) -> Result<Option<Aging>, StoreError> {
    let kept = store.fact(AGED_TO)?.and_then(|kept| kept.parse().ok());
    let Some(mark_ms) = (match kept {
        Some(mark_ms) => Some(mark_ms),
        None => store.newest_event_ms()?,
    }) else {
        return Ok(None);
    };
    let service_ms = signs.service.map(|date| date.now_ms());
    let now_ms = service_ms.map_or(signs.wall_ms, |service_ms| service_ms.min(signs.wall_ms));
    let (advanced_ms, is_held) = leap(mark_ms, now_ms, service_ms.is_some(), signs.ran);
    if kept != Some(advanced_ms) {
        store.set_fact(AGED_TO, Some(&advanced_ms.to_string()))?;
    }
    // A clock that is behind deletes less.
    Ok(Some(Aging { now_ms: advanced_ms.min(now_ms), is_held }))
}

fn leap(mark_ms: UnixMs, now_ms: UnixMs, is_confirmed: bool, ran: Duration) -> (UnixMs, bool) {
    let leap_ms = now_ms.saturating_sub(mark_ms);
    let plausible_ms = if is_confirmed { CONFIRMED_LEAP_MS } else { UNCONFIRMED_LEAP_MS };
    if leap_ms <= plausible_ms {
        (mark_ms.max(now_ms), false)
    } else if is_confirmed && ran >= PROBATION {
        (mark_ms.saturating_add(CATCH_UP_MS), true)
    } else {
        (mark_ms, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decision::Decision, event::example_event};

    const NOW: UnixMs = 1_800_000_000_000;
    const YEAR_MS: i64 = 365 * DAY_MS;

    fn aged(store: &Store, wall_ms: UnixMs, service_ms: Option<UnixMs>, ran: Duration) -> Aging {
        let at = Instant::now();
        let service = service_ms.map(|date_ms| ServiceDate { date_ms, ahead_ms: 0, at });
        advance(store, Signs { wall_ms, service, ran }).unwrap().unwrap()
    }

    fn store_with_event_at(at_ms: UnixMs) -> Store {
        let store = Store::in_memory().unwrap();
        let event = example_event("WASHING_IS_COMPLETE", "Washer", at_ms);
        store.add_untold(&event, |_| Decision::Notify).unwrap();
        store
    }

    #[tokio::test(start_paused = true)]
    async fn no_clock_alone_ages_the_history() {
        let long = Duration::from_hours(1_000);
        let cases = [
            ("in step", 0, Some(0), 0),
            ("after a weekend, offline", 2 * DAY_MS, None, 2 * DAY_MS),
            ("after a holiday, offline", 20 * DAY_MS, None, 0),
            ("after a holiday", 20 * DAY_MS, Some(20 * DAY_MS), 20 * DAY_MS),
            ("ahead, offline", 3 * YEAR_MS, None, 0),
            ("ahead", 3 * YEAR_MS, Some(DAY_MS), DAY_MS),
            ("the service ahead", DAY_MS, Some(3 * YEAR_MS), DAY_MS),
            ("behind", -50 * YEAR_MS, Some(0), -50 * YEAR_MS),
            ("the service behind", 0, Some(-50 * YEAR_MS), -50 * YEAR_MS),
            ("both ahead", 3 * YEAR_MS, Some(3 * YEAR_MS), CATCH_UP_MS),
        ];
        for (what, wall_ms, service_ms, expected_ms) in cases {
            let store = store_with_event_at(NOW);
            let service_ms = service_ms.map(|ms| NOW + ms);
            let aging = aged(&store, NOW + wall_ms, service_ms, long);
            assert_eq!(aging.now_ms - NOW, expected_ms, "{what}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn starts_with_both_clocks_ahead_age_nothing_and_leave_no_trace() {
        let store = store_with_event_at(NOW);
        for _ in 0..100 {
            let ahead_ms = NOW + 3 * YEAR_MS;
            let aging = aged(&store, ahead_ms, Some(ahead_ms), Duration::from_mins(5));
            assert_eq!(aging, Aging { now_ms: NOW, is_held: true });
            let event = example_event("WASHING_IS_COMPLETE", "Washer", ahead_ms);
            store.add_untold(&event, |_| Decision::Notify).unwrap();
        }

        let aging = aged(&store, NOW + DAY_MS, Some(NOW + DAY_MS), Duration::ZERO);

        assert_eq!(aging, Aging { now_ms: NOW + DAY_MS, is_held: false });
    }

    #[tokio::test(start_paused = true)]
    async fn a_history_of_long_ago_is_aged_in_the_end() {
        let store = store_with_event_at(NOW - YEAR_MS);
        let mut days = 0;
        while aged(&store, NOW, Some(NOW), PROBATION).now_ms < NOW {
            days += 1;
            assert!(days < 60, "it never catches up");
        }
        assert!(days > 30, "{days}");
    }

    #[test]
    fn an_empty_history_has_nothing_to_age() {
        let store = Store::in_memory().unwrap();
        let signs = Signs { wall_ms: NOW, service: None, ran: Duration::ZERO };

        assert_eq!(advance(&store, signs).unwrap(), None);
        assert_eq!(store.fact(AGED_TO).unwrap(), None);
    }
}
