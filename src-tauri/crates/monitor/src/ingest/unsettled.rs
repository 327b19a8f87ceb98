//! What was notified and waits for somebody: a finished wash, a door that stands open.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
};

use model::{EventSource, UnixMs};
use serde_json::Value;
use thinq::{DeviceId, signs::signs};

use crate::{
    event::{EventId, NewEvent, StoredEvent},
    notification::{is_settled_by, settled_by_push, settles},
};

/// Older ones are forgotten first; their reminders end by themselves.
const KEPT: usize = 200;

#[derive(Default)]
pub(crate) struct Unsettled(Mutex<VecDeque<StoredEvent>>);

impl Unsettled {
    pub(crate) fn note(&self, stored: &StoredEvent) {
        if stored.event.kind != EventSource::Push || stored.event.device_id.is_none() {
            return;
        }
        let mut events = self.lock();
        events.push_back(stored.clone());
        if events.len() > KEPT {
            events.pop_front();
        }
    }

    pub(crate) fn forget(&self, id: EventId) {
        self.lock().retain(|stored| stored.id != id);
    }

    /// Takes out what a push settles.
    pub(crate) fn take_settled_by(&self, event: &NewEvent) -> Vec<EventId> {
        let Some(what) = settled_by_push(&event.code) else { return Vec::new() };
        let Some(device_id) = &event.device_id else { return Vec::new() };
        self.take(device_id, |earlier| is_settled_by(what, earlier))
    }

    /// Takes out what a status report settles.
    pub(crate) fn take_settled_by_report(
        &self,
        device_id: &DeviceId,
        report: &Value,
        now_ms: UnixMs,
    ) -> Vec<EventId> {
        let signs = signs(report);
        self.take(device_id, |earlier| signs.iter().any(|signs| settles(signs, earlier, now_ms)))
    }

    fn take(&self, device_id: &DeviceId, is_settled: impl Fn(&NewEvent) -> bool) -> Vec<EventId> {
        let mut settled = Vec::new();
        self.lock().retain(|stored| {
            let fits =
                stored.event.device_id.as_ref() == Some(device_id) && is_settled(&stored.event);
            if fits {
                settled.push(stored.id);
            }
            !fits
        });
        settled
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<StoredEvent>> {
        self.0.lock().expect("no holder of the lock panics")
    }
}
