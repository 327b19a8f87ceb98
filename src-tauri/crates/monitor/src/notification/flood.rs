//! Bursts: the first few events are shown one by one, the others are counted in one notification.

use std::collections::VecDeque;

use model::UnixMs;

use super::{Decision, is_urgent};
use crate::event::NewEvent;

/// How many are shown one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    pub at_most: u32,
    pub within_ms: i64,
}

impl Default for Bursts {
    fn default() -> Self {
        Self { at_most: 3, within_ms: 10_000 }
    }
}

/// How many events were just notified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    pub usual: u32,
    /// Safety has an allowance of its own: a leak is not counted among finished washes.
    pub urgent: u32,
    /// Found after the last gap, whenever that was.
    pub found: u32,
}

/// Remembers what was just notified. A burst lasts until nothing came for a while, so that a long
/// one does not start again and again.
#[derive(Clone, Debug, Default)]
pub struct Flood {
    usual: VecDeque<UnixMs>,
    urgent: VecDeque<UnixMs>,
    found: u32,
}

impl Flood {
    pub fn crowd(&mut self, bursts: &Bursts, now_ms: UnixMs) -> Crowd {
        let count = |times: &mut VecDeque<UnixMs>| {
            // A clock that was put back makes old times look new: neither counts.
            times.retain(|at_ms| (0..bursts.within_ms).contains(&now_ms.saturating_sub(*at_ms)));
            u32::try_from(times.len()).unwrap_or(u32::MAX)
        };
        Crowd { usual: count(&mut self.usual), urgent: count(&mut self.urgent), found: self.found }
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
        // More than these change nothing.
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

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn a_burst_lasts_until_nothing_came_for_a_while() {
        let bursts = Bursts::default();
        let mut flood = Flood::default();
        let event = NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW);

        for second in 0..60 {
            flood.note(&event, Decision::Notify, &bursts, NOW + second * 1000);
        }

        assert_eq!(flood.crowd(&bursts, NOW + 60_000).usual, 3);
        assert_eq!(flood.crowd(&bursts, NOW + 68_500).usual, 1);
        assert_eq!(flood.crowd(&bursts, NOW + 70_000).usual, 0);
    }

    #[test]
    fn what_was_not_shown_and_a_clock_that_was_put_back_do_not_count() {
        let bursts = Bursts::default();
        let mut flood = Flood::default();
        let event = NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW);
        let silent = Decision::Silent(super::super::Reason::Paused);

        flood.note(&event, silent, &bursts, NOW);
        assert_eq!(flood.crowd(&bursts, NOW), Crowd::default());

        flood.note(&event, Decision::Notify, &bursts, NOW);
        assert_eq!(flood.crowd(&bursts, NOW - 3_600_000).usual, 0);
    }

    #[test]
    fn what_is_found_after_a_gap_is_counted_until_the_next_gap() {
        let bursts = Bursts::default();
        let mut flood = Flood::default();
        let event = NewEvent {
            is_found_after_gap: true,
            ..NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW)
        };

        flood.note(&event, Decision::Notify, &bursts, NOW);
        assert_eq!(flood.crowd(&bursts, NOW + 3_600_000).found, 1);

        flood.gap_ended();
        assert_eq!(flood.crowd(&bursts, NOW).found, 0);
    }
}
