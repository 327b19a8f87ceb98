//! Bursts: the first few events are notified individually, the others are counted in one summary.

use std::collections::VecDeque;

use model::{Bursts, NewEvent, UnixMs};

use super::decide::{Decision, RecentlyNotified, is_urgent};

/// Times of recent notifications. A burst ends when no event arrives within the window, so a long
/// burst does not start over.
#[derive(Clone, Debug, Default)]
pub struct Burst {
    usual: VecDeque<UnixMs>,
    urgent: VecDeque<UnixMs>,
    found: u32,
}

impl Burst {
    pub fn recent(&mut self, bursts: &Bursts, now_ms: UnixMs) -> RecentlyNotified {
        let count = |times: &mut VecDeque<UnixMs>| {
            // A clock set back puts old times in the future; ignore them as well.
            times.retain(|at_ms| (0..bursts.within_ms).contains(&now_ms.saturating_sub(*at_ms)));
            u32::try_from(times.len()).unwrap_or(u32::MAX)
        };
        RecentlyNotified {
            usual: count(&mut self.usual),
            urgent: count(&mut self.urgent),
            found: self.found,
        }
    }

    pub fn note(&mut self, event: &NewEvent, decision: Decision, bursts: &Bursts, now_ms: UnixMs) {
        match decision {
            Decision::Notify
            | Decision::NotifySilently
            | Decision::NotifyUrgently
            | Decision::Count => {}
            Decision::Silent(_) => return,
        }
        let times = if is_urgent(event) { &mut self.urgent } else { &mut self.usual };
        times.push_back(now_ms);
        // Older times do not affect the decision.
        while times.len() > bursts.at_most.max(1) as usize {
            times.pop_front();
        }
        if event.is_found_after_gap {
            self.found = self.found.saturating_add(1);
        }
    }

    pub fn gap_ended(&mut self) {
        self.found = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn a_burst_lasts_until_nothing_came_for_a_while() {
        let bursts = Bursts::default();
        let mut burst = Burst::default();
        let event = example_event("WASHING_IS_COMPLETE", "Washer", NOW);

        for second in 0..60 {
            burst.note(&event, Decision::Notify, &bursts, NOW + second * 1000);
        }

        assert_eq!(burst.recent(&bursts, NOW + 60_000).usual, 3);
        assert_eq!(burst.recent(&bursts, NOW + 68_500).usual, 1);
        assert_eq!(burst.recent(&bursts, NOW + 70_000).usual, 0);
    }

    #[test]
    fn what_was_not_shown_and_a_clock_that_was_put_back_do_not_count() {
        let bursts = Bursts::default();
        let mut burst = Burst::default();
        let event = example_event("WASHING_IS_COMPLETE", "Washer", NOW);
        let silent = Decision::Silent(super::super::Reason::Paused);

        burst.note(&event, silent, &bursts, NOW);
        assert_eq!(burst.recent(&bursts, NOW), RecentlyNotified::default());

        burst.note(&event, Decision::Notify, &bursts, NOW);
        assert_eq!(burst.recent(&bursts, NOW - 3_600_000).usual, 0);
    }

    #[test]
    fn what_is_found_after_a_gap_is_counted_until_the_next_gap() {
        let bursts = Bursts::default();
        let mut burst = Burst::default();
        let event = NewEvent {
            is_found_after_gap: true,
            ..example_event("WASHING_IS_COMPLETE", "Washer", NOW)
        };

        burst.note(&event, Decision::Notify, &bursts, NOW);
        assert_eq!(burst.recent(&bursts, NOW + 3_600_000).found, 1);

        burst.gap_ended();
        assert_eq!(burst.recent(&bursts, NOW).found, 0);
    }
}
