//! What a target receives of an event. See `docs/forwarding.md`.

use std::fmt::Write as _;

use jiff::Timestamp;
use model::{Category, DeviceId, EventSource, NewEvent, Severity};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use words::Words;

use crate::{decision::compose, event::example_event};

/// Digits of a device's id at the other side.
const ID_BYTES: usize = 8;

/// An event as JSON. Fields may be added; none is removed or changes its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    /// The same in each delivery of one event.
    pub(super) id: String,
    /// RFC 3339, in UTC.
    pub(super) time: String,
    pub(super) kind: EventSource,
    /// LG's push code; empty for the other kinds.
    pub(super) code: String,
    pub(super) category: Category,
    pub(super) severity: Severity,
    /// The appliance, in the user's language.
    pub(super) title: String,
    /// What happened, in the user's language.
    pub(super) text: String,
    pub(super) device: Option<MessageDevice>,
    /// Happened while the program was not connected.
    pub(super) is_late: bool,
    /// Sent by the test button.
    pub(super) is_test: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageDevice {
    pub(super) id: String,
    pub(super) name: String,
    /// LG's type, for example `DEVICE_WASHER`.
    pub(super) r#type: Option<String>,
    /// LG's name of the part; empty for the only one.
    pub(super) part: String,
}

impl Message {
    pub(super) fn of(event: &NewEvent, key: &str, words: &Words) -> Self {
        let notification = compose(event, None, words);
        let time = Timestamp::from_millisecond(event.received_at_ms).unwrap_or_default();
        Self {
            id: key.to_owned(),
            time: time.to_string(),
            kind: event.kind,
            code: event.code.clone(),
            category: event.category,
            severity: event.severity,
            title: notification.title,
            text: notification.body,
            device: event.device_id.as_ref().map(|id| MessageDevice {
                id: public_id(id),
                name: event.device_name.clone(),
                r#type: event.device_type.clone(),
                part: event.place.clone(),
            }),
            is_late: event.is_found_after_gap,
            is_test: false,
        }
    }

    /// The message of the test button.
    pub(super) fn test(key: &str, now_ms: i64, words: &Words) -> Self {
        let event =
            example_event("WASHING_IS_COMPLETE", &words.text("forward-test-device"), now_ms);
        let text = words.text("forward-test-text");
        Self { text, is_test: true, device: None, ..Self::of(&event, key, words) }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and flags are valid JSON")
    }
}

/// LG's id is personal, so others get a digest. It is the same on each computer of the home.
pub(super) fn public_id(id: &DeviceId) -> String {
    let mut digits = String::with_capacity(2 * ID_BYTES);
    for byte in Sha256::digest(id.as_str()).iter().take(ID_BYTES) {
        write!(digits, "{byte:02x}").expect("a string takes all text");
    }
    digits
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn a_message_says_what_happened_and_not_lgs_id() {
        let event = example_event("WASHING_IS_COMPLETE", "Washer", 1_800_000_000_000);
        let words = Words::new(Language::Korean);

        let json: serde_json::Value =
            serde_json::from_str(&Message::of(&event, "k", &words).to_json()).unwrap();

        assert_eq!(
            json,
            serde_json::json!({
                "id": "k",
                "time": "2027-01-15T08:00:00Z",
                "kind": "push",
                "code": "WASHING_IS_COMPLETE",
                "category": "finished",
                "severity": "info",
                "title": "Washer",
                "text": "세탁이 끝났어요",
                "device": {
                    "id": public_id(&DeviceId::new("example-Washer")),
                    "name": "Washer",
                    "type": "DEVICE_WASHER",
                    "part": "",
                },
                "isLate": false,
                "isTest": false,
            })
        );
        assert!(!json.to_string().contains("example-Washer"));
    }
}
