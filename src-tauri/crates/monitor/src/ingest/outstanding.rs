//! Outstanding events: notified, but neither settled nor read, such as a finished wash or an open
//! door.

use std::collections::VecDeque;

use model::{DeviceId, EventSource, NewEvent, UnixMs};
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use thinq::{PushCode, state::reported};

use crate::{
    decision::{is_settled_by, settles},
    event::{EventId, StoredEvent},
};

/// Capacity. The oldest are dropped first; their reminders expire on their own.
const KEPT: usize = 200;

#[derive(Default)]
pub(crate) struct Outstanding(Mutex<VecDeque<StoredEvent>>);

impl Outstanding {
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

    /// Removes and returns the events settled by a push.
    pub(crate) fn take_settled_by(&self, event: &NewEvent) -> Vec<EventId> {
        let Some(settled) = PushCode::new(&event.code).settles() else { return Vec::new() };
        let Some(device_id) = &event.device_id else { return Vec::new() };
        self.take(device_id, |earlier| is_settled_by(settled, earlier))
    }

    /// Removes and returns the events settled by a status report.
    pub(crate) fn take_settled_by_report(
        &self,
        device_id: &DeviceId,
        device_type: &str,
        report: &Value,
        now_ms: UnixMs,
    ) -> Vec<EventId> {
        let parts = reported(device_type, report);
        self.take(device_id, |earlier| parts.iter().any(|part| settles(part, earlier, now_ms)))
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
        self.0.lock()
    }
}
