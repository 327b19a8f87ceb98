//! What was read or done on one computer of the home is settled on the others.
//!
//! For each appliance and code, the broker keeps the last event that was settled. Ids of events
//! differ between computers, so an event is found by its appliance, code, part and time.

use jiff::Timestamp;
use model::{NewEvent, UnixMs};
use serde::{Deserialize, Serialize};

use super::{Shared, message::public_id};
use crate::{
    event::{EventId, StoredEvent},
    store::StoreError,
};

/// Clocks of computers, and the arrival of a message at them, differ by no more.
const TOLERANCE_MS: i64 = 60_000;
/// What is older was settled otherwise, or not at all.
const OLDEST_MS: i64 = 24 * 60 * 60 * 1000;

/// Payload of the topic of an appliance and a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SettledMessage {
    /// When the event was received there. RFC 3339, in UTC.
    time: String,
    /// LG's name of the part; empty for the only one, or if no message named it.
    part: String,
    /// The computer that settled it.
    by: String,
}

impl SettledMessage {
    /// `None` for an event of no appliance.
    pub(super) fn of(event: &NewEvent, by: &str) -> Option<(String, String, Self)> {
        let id = public_id(event.device_id.as_ref()?);
        let time = Timestamp::from_millisecond(event.received_at_ms).ok()?.to_string();
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_code = !event.code.is_empty() && event.code.chars().all(is_plain);
        let message = Self { time, part: event.place.clone(), by: by.to_owned() };
        is_code.then_some((id, event.code.clone(), message))
    }

    /// Whether `event` of this computer is the one that was settled, or an earlier one like it.
    fn settles(&self, event: &NewEvent) -> bool {
        let Ok(time) = self.time.parse::<Timestamp>() else { return false };
        let (at_ms, time_ms) = (event.received_at_ms, time.as_millisecond());
        let is_same_part =
            self.part.is_empty() || event.place.is_empty() || self.part == event.place;
        is_same_part && at_ms <= time_ms + TOLERANCE_MS && at_ms >= time_ms - OLDEST_MS
    }
}

impl Shared {
    /// Settles what another computer has settled. Blocks on nothing but the disk.
    pub(super) async fn settle_as_told(&self, device: &str, code: &str, payload: &[u8]) {
        let Ok(told) = serde_json::from_slice::<SettledMessage>(payload) else { return };
        if told.by == self.instance {
            return;
        }
        let (device, code, now_ms) = (device.to_owned(), code.to_owned(), (self.clock)());
        let found = self.in_store(move |store| {
            let unread = store.unread_of(&code, now_ms.saturating_sub(2 * OLDEST_MS))?;
            let is_meant = |stored: &StoredEvent| {
                stored.event.device_id.as_ref().is_some_and(|id| public_id(id) == device)
                    && told.settles(&stored.event)
            };
            Ok(unread.into_iter().filter(is_meant).map(|stored| stored.id).collect::<Vec<_>>())
        });
        for id in found.await.unwrap_or_default() {
            self.settled_elsewhere.lock().insert(id);
            if let Err(error) = self.monitor.settle(id).await {
                tracing::warn!(error = %thinq::Chain(&error), "failed to settle an event");
            }
        }
    }

    /// The events of these that were settled on this computer.
    pub(super) async fn settled_here(
        &self,
        ids: Vec<EventId>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let ids: Vec<EventId> = {
            let mut elsewhere = self.settled_elsewhere.lock();
            ids.into_iter().filter(|id| !elsewhere.remove(id)).collect()
        };
        self.in_store(move |store| {
            let events = ids.into_iter().map(|id| store.event(id));
            Ok(events.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })
        .await
    }
}

/// The oldest time of events that are worth telling others of.
pub(super) fn oldest_ms(now_ms: UnixMs) -> UnixMs {
    now_ms.saturating_sub(OLDEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn an_event_is_found_by_its_part_and_time() {
        let event = example_event("DOOR_IS_OPEN", "Fridge", NOW);
        let (_, code, told) = SettledMessage::of(&event, "me").unwrap();
        let at = |received_at_ms| NewEvent { received_at_ms, ..event.clone() };
        let of = |part: &str| NewEvent { place: part.to_owned(), ..event.clone() };

        assert_eq!(code, "DOOR_IS_OPEN");
        assert!(told.settles(&event) && told.settles(&at(NOW + 50_000)));
        assert!(told.settles(&at(NOW - 3_600_000)));
        assert!(!told.settles(&at(NOW + 120_000)), "it came later");
        assert!(!told.settles(&at(NOW - 2 * OLDEST_MS)));
        assert!(told.settles(&of("UPPER")), "no part was told");
        let of_upper = SettledMessage { part: String::from("UPPER"), ..told };
        assert!(of_upper.settles(&of("UPPER")) && !of_upper.settles(&of("LOWER")));
    }

    #[test]
    fn a_hostile_code_is_no_topic() {
        let event = example_event("a/#", "Fridge", NOW);

        assert_eq!(SettledMessage::of(&event, "me"), None);
    }
}
