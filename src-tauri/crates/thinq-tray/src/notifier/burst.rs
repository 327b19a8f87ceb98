//! Events of a burst: one notification that counts them, updated in place and not too often.

use std::time::Duration;

use monitor::EventId;
use tokio::time::Instant;

/// Between a counted event and the notification, so that a thousand cost one.
const PAUSE: Duration = Duration::from_millis(300);
/// More are not named anyway.
const MOST_DEVICES: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Counted {
    count: u32,
    /// By name, each once.
    devices: Vec<String>,
    /// Those that no notification has counted yet.
    waiting: Vec<EventId>,
    flush_at: Option<Instant>,
}

impl Counted {
    /// Without an id when the history could not take the event.
    pub(super) fn add(&mut self, id: Option<EventId>, device: String) {
        self.count = self.count.saturating_add(1);
        if !device.is_empty()
            && self.devices.len() < MOST_DEVICES
            && !self.devices.contains(&device)
        {
            self.devices.push(device);
        }
        self.waiting.extend(id);
        self.flush_at.get_or_insert_with(|| Instant::now() + PAUSE);
    }

    pub(super) fn flush_at(&self) -> Option<Instant> {
        self.flush_at
    }

    /// How many, from which devices, and which of them are new.
    pub(super) fn flush(&mut self) -> (u32, Vec<String>, Vec<EventId>) {
        self.flush_at = None;
        (self.count, self.devices.clone(), std::mem::take(&mut self.waiting))
    }

    /// Those that wait are read from the history again.
    pub(super) fn forget_waiting(&mut self) {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(waiting);
        self.waiting.clear();
        self.flush_at = None;
    }

    /// Somebody has looked: the next burst counts from one.
    pub(super) fn start_anew(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        *self = Self {
            count: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            waiting,
            flush_at: self.flush_at,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thousand_cost_one_notification() {
        let mut counted = Counted::default();
        for id in 1..=1000 {
            counted.add(Some(EventId(id)), format!("Device {}", id % 2));
        }

        assert_eq!(counted.flush_at(), Some(Instant::now() + PAUSE));
        let (count, devices, new) = counted.flush();
        assert_eq!((count, devices.len(), new.len()), (1000, 2, 1000));
        assert_eq!(counted.flush_at(), None);

        counted.add(None, String::from("Device 1"));
        let (count, _, new) = counted.flush();
        assert_eq!((count, new.len()), (1001, 0));
    }

    #[test]
    fn what_was_looked_at_is_not_counted_again() {
        let mut counted = Counted::default();
        counted.add(Some(EventId(1)), String::from("Washer"));
        counted.flush();
        counted.add(Some(EventId(2)), String::from("Dryer"));

        counted.start_anew();

        assert_eq!(counted.flush().0, 1);
        counted.add(Some(EventId(3)), String::from("Dryer"));
        counted.forget_waiting();
        assert_eq!(counted.flush(), (1, vec![String::from("Dryer")], Vec::new()));
    }
}
