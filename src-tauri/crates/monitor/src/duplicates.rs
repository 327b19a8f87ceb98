//! Deduplication rules: when two messages are the same message, and two pushes the same event.
//! Pure; used by the history and by the backlog for a full disk.
//!
//!  See `docs/protocol.md#from-message-to-notification`.

use model::{Category, EventSource, NewEvent, UnixMs};

use crate::event::EventId;

/// Messages with the same id within this time are the same message, even if the clock was changed
/// by a day meanwhile. LG does not guarantee that ids are never reused, so older ones are ignored.
const SAME_MESSAGE_MS: i64 = 3 * 24 * 60 * 60 * 1000;
/// A broker uses the number of an acknowledged packet again, and keeps a session for hours at most.
const SAME_DELIVERY_MS: i64 = 2 * 60 * 60 * 1000;
/// The same code from the same device within this time is a repeated event.
pub(crate) const SAME_EVENT_MS: i64 = 60 * 1000;
/// Maximum interval between a push and a state that report the same ending.
pub(crate) const SAME_ENDING_MS: i64 = 3 * 60 * 1000;

/// The fields of a push event that later events are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecentPush {
    pub(crate) id: EventId,
    pub(crate) received_at_ms: UnixMs,
    pub(crate) code: String,
    pub(crate) category: Category,
    pub(crate) is_from_state: bool,
    pub(crate) place: String,
}

impl RecentPush {
    /// Returns whether a later event of the same device repeats this one.
    pub(crate) fn is_repeated_by(&self, event: &NewEvent) -> bool {
        let is_same_code = self.code == event.code;
        let (is_same, within_ms) = if self.is_from_state {
            let both_failed =
                self.category == Category::Failed && event.category == Category::Failed;
            (is_same_code || both_failed, SAME_ENDING_MS)
        } else {
            (is_same_code, SAME_EVENT_MS)
        };
        let later_ms = event.received_at_ms.saturating_sub(self.received_at_ms);
        event.kind == EventSource::Push
            && is_same
            && (-SAME_EVENT_MS..within_ms).contains(&later_ms)
    }

    /// Returns whether it reports this code, and not for another part.
    pub(crate) fn tells(&self, code: &str, place: &str) -> bool {
        self.code == code && (self.place.is_empty() || place.is_empty() || self.place == place)
    }

    /// Returns whether it reports an error with this code, or a general failure.
    pub(crate) fn tells_error(&self, code: &str) -> bool {
        self.code == code || (self.category == Category::Failed && !self.is_from_state)
    }
}

/// Returns whether two messages with the same id, received at these times, are the same message.
pub(crate) fn is_same_message(one_ms: UnixMs, other_ms: UnixMs) -> bool {
    one_ms.saturating_sub(other_ms).saturating_abs() <= SAME_MESSAGE_MS
}

/// Returns whether two messages with the same content and packet number, received at these times, are
/// one message that a broker sent twice.
pub(crate) fn is_same_delivery(one_ms: UnixMs, other_ms: UnixMs) -> bool {
    one_ms.saturating_sub(other_ms).saturating_abs() <= SAME_DELIVERY_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn two_pushes_are_one_event_within_a_minute_or_three_after_the_state() {
        let error = "ERROR_DURING_WASHING";
        let done = "WASHING_IS_COMPLETE";
        for (code, is_from_state, later_code, later_ms, expected) in [
            (done, false, done, 59_999, true),
            (done, false, done, 60_000, false),
            (done, false, done, -60_000, true),
            (done, false, done, -60_001, false),
            (done, false, "DRYING_IS_COMPLETE", 0, false),
            (done, true, done, 179_999, true),
            (done, true, done, 180_000, false),
            (error, true, "ERROR_DURING_DRYING", 179_999, true),
            (error, false, "ERROR_DURING_DRYING", 0, false),
        ] {
            let earlier = example_event(code, "Washer", NOW);
            let push = RecentPush {
                id: EventId(1),
                received_at_ms: earlier.received_at_ms,
                code: earlier.code,
                category: earlier.category,
                is_from_state,
                place: String::new(),
            };
            let later = example_event(later_code, "Washer", NOW + later_ms);

            assert_eq!(push.is_repeated_by(&later), expected, "{code} {later_code} {later_ms}");
        }
    }
}
