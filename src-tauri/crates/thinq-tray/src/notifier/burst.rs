//! A burst of events: counted in one notification that is updated in place at a limited rate.

use std::time::Duration;

use monitor::EventId;
use tokio::time::Instant;

/// Delay between a counted event and the update, so that many events cost one update.
const PAUSE: Duration = Duration::from_millis(300);
/// Delay after a refusal by the server.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);
/// Maximum number of device names that are kept.
const MOST_DEVICES: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Burst {
    count: u32,
    /// Names without duplicates.
    devices: Vec<String>,
    /// Events that are not part of the notification yet.
    waiting: Vec<EventId>,
    flush_at: Option<Instant>,
}

impl Burst {
    /// `id` is `None` when the event could not be stored.
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

    /// Returns the count, the names of the devices, and the events added since the last call.
    pub(super) fn flush(&mut self) -> (u32, Vec<String>, Vec<EventId>) {
        self.flush_at = None;
        (self.count, self.devices.clone(), std::mem::take(&mut self.waiting))
    }

    /// The server refused the notification: these events are part of the next one.
    pub(super) fn put_back(&mut self, events: Vec<EventId>) {
        self.waiting.splice(0..0, events);
        self.flush_at.get_or_insert_with(|| Instant::now() + REFUSED_PAUSE);
    }

    /// Drops pending events; they will be read from the history again.
    pub(super) fn forget_pending(&mut self) {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(waiting);
        self.waiting.clear();
        self.flush_at = None;
    }

    /// Restarts the count after the user has seen the notification.
    pub(super) fn restart(&mut self) {
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
        let mut burst = Burst::default();
        for id in 1..=1000 {
            burst.add(Some(EventId(id)), format!("Device {}", id % 2));
        }

        assert_eq!(burst.flush_at(), Some(Instant::now() + PAUSE));
        let (count, devices, new) = burst.flush();
        assert_eq!((count, devices.len(), new.len()), (1000, 2, 1000));
        assert_eq!(burst.flush_at(), None);

        burst.add(None, String::from("Device 1"));
        let (count, _, new) = burst.flush();
        assert_eq!((count, new.len()), (1001, 0));
    }

    #[test]
    fn what_was_looked_at_is_not_counted_again() {
        let mut burst = Burst::default();
        burst.add(Some(EventId(1)), String::from("Washer"));
        burst.flush();
        burst.add(Some(EventId(2)), String::from("Dryer"));

        burst.restart();

        assert_eq!(burst.flush().0, 1);
        burst.add(Some(EventId(3)), String::from("Dryer"));
        burst.forget_pending();
        assert_eq!(burst.flush(), (1, vec![String::from("Dryer")], Vec::new()));
    }
}
