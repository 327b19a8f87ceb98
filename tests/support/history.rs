//! Histories of any size: exported entries that a test composes.

use std::path::Path;

use monitor::Store;
use serde_json::{Value, json};

/// One entry of an exported history: a push that was read from its raw message.
pub(crate) fn entry(number: u32, device_name: &str, code: &str) -> Value {
    let received_at_ms = 1_790_000_000_000_i64 + i64::from(number) * 61_000;
    let device_id = format!("device-{device_name}");
    let raw = json!({
        "messageId": format!("message-{number}"),
        "push": { "pushType": "DEVICE_PUSH", "deviceId": device_id, "pushCode": code },
    });
    json!({
        "receivedAtMs": received_at_ms,
        "sentAt": null,
        "kind": "push",
        "deviceId": device_id,
        "deviceType": "DEVICE_WASHER",
        "deviceName": device_name,
        "code": code,
        "severity": "info",
        "category": "finished",
        "text": "",
        "decision": "notify",
        "notifiedAtMs": received_at_ms,
        "isRead": number.is_multiple_of(2),
        "gapFromMs": null,
        "gapReason": null,
        "messages": [{
            "receivedAtMs": received_at_ms,
            "messageId": format!("message-{number}"),
            "raw": raw.to_string(),
        }],
    })
}

/// `count` entries of one device.
pub(crate) fn entries(count: u32, device_name: &str) -> Vec<Value> {
    (0..count).map(|number| entry(number, device_name, "WASHING_IS_COMPLETE")).collect()
}

/// As an exported file.
pub(crate) fn exported(entries: &[Value]) -> String {
    let events = Value::from(entries);
    format!("{{\"format\":\"thinq-tray-history\",\"version\":1,\"events\":{events}}}")
}

/// Puts the entries into the history at `path`, which may be new.
pub(crate) fn fill(path: &Path, entries: &[Value]) {
    let store = Store::open(path).expect("the history can be opened");
    let imported = store.import(exported(entries).as_bytes(), |_| true);
    let added = imported.expect("composed entries are sound").added;
    assert_eq!(added as usize, entries.len(), "composed entries are new");
}
