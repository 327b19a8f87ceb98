//! Notifications that the server refused, as servers do after many in a short time: shown later.

use std::{collections::VecDeque, time::Duration};

use monitor::{Backoff, EventId};
use tokio::{task::spawn_blocking, time::Instant};
use tracing::debug;

use super::{
    Notifier,
    notification::{Importance, Notification, Subject},
};

/// Delays between attempts.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_mins(2);
/// Maximum age of a refused notification that is still shown. Its events stay marked as not notified.
const STILL_NEWS: Duration = Duration::from_mins(15);
/// Maximum number; the oldest are dropped.
const MOST: usize = 200;

pub(super) struct Refused {
    waiting: VecDeque<Entry>,
    retry_at: Option<Instant>,
    backoff: Backoff,
}

struct Entry {
    notification: Notification,
    events: Vec<EventId>,
    at: Instant,
}

impl Default for Refused {
    fn default() -> Self {
        let backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
        Self { waiting: VecDeque::new(), retry_at: None, backoff }
    }
}

impl Refused {
    pub(super) fn add(&mut self, notification: Notification, events: Vec<EventId>) {
        self.waiting.push_back(Entry { notification, events, at: Instant::now() });
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
        self.retry_at.get_or_insert_with(|| Instant::now() + self.backoff.next_delay());
    }

    /// The server accepts notifications again.
    pub(super) fn on_accepted(&mut self) {
        self.backoff.reset();
        self.retry_at = (!self.waiting.is_empty()).then(Instant::now);
    }

    /// These are shown from the history.
    pub(super) fn forget(&mut self, events: &[EventId]) {
        self.waiting.retain(|entry| !entry.events.iter().any(|id| events.contains(id)));
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Those that are still news; urgent ones first.
    fn take(&mut self) -> Vec<Entry> {
        self.retry_at = None;
        let mut entries: Vec<_> = std::mem::take(&mut self.waiting).into();
        entries.retain(|entry| entry.at.elapsed() < STILL_NEWS);
        entries.sort_by_key(|entry| entry.notification.importance != Importance::Urgent);
        entries
    }
}

impl Notifier {
    /// Shows a few of the refused notifications one by one and counts the other events. Stops when one
    /// is refused again.
    pub(super) async fn show_refused(&mut self) {
        let entries = self.refused.take();
        let ids: Vec<EventId> = entries.iter().flat_map(|entry| entry.events.clone()).collect();
        let store = self.app.monitor.store();
        let read = spawn_blocking(move || store.read_among(&ids)).await;
        let read = Self::read(read).unwrap_or_default();
        debug!(count = entries.len(), "refused notifications are shown");
        let mut singles_left = self.app.monitor.rules().bursts.at_most;
        let mut is_refused = false;
        for Entry { notification, events, at } in entries {
            if !events.is_empty() && events.iter().all(|id| read.contains(id)) {
                continue;
            }
            let is_event = matches!(notification.subject, Subject::Event { .. });
            if is_refused {
                self.refused.waiting.push_back(Entry { notification, events, at });
            } else if is_event && singles_left == 0 {
                // Its title is the name of the device.
                self.burst.add(events.first().copied(), notification.title);
            } else {
                if is_event {
                    singles_left -= 1;
                }
                let replaced = self.replaced(&notification);
                is_refused = !self.show(notification, replaced, events).await;
            }
        }
    }
}
