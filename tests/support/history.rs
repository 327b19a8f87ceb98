//! Histories of any size: exported entries composed by a test, and histories of years.

use std::path::Path;

use monitor::Store;
use rusqlite::Connection as Database;
use serde_json::{Value, json};

/// Number of distinct entries before they are multiplied.
pub(crate) const SEEDS: u32 = 20;

/// Entry of an exported history: a push parsed from its raw message.
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

/// Contents of an export file.
pub(crate) fn exported(entries: &[Value]) -> String {
    let events = Value::from(entries);
    format!("{{\"format\":\"thinq-tray-history\",\"version\":1,\"events\":{events}}}")
}

/// Imports the entries into the history at `path`, which may be new.
pub(crate) fn fill(path: &Path, entries: &[Value]) {
    let store = Store::open(path).expect("the history can be opened");
    let imported = store.import(exported(entries).as_bytes(), |_| true);
    let added = imported.expect("composed entries are valid").added;
    assert_eq!(added as usize, entries.len(), "composed entries are new");
}

/// Pushes of a home over years, in one transaction; one device has a single event. `count` is a
/// multiple of twenty.
pub(crate) fn fill_years(path: &Path, count: i64) -> anyhow::Result<()> {
    let names = ["세탁기", "건조기", "Fridge", "Dishwasher"];
    let codes = ["WASHING_IS_COMPLETE", "DRYING_IS_COMPLETE", "DOOR_IS_OPEN"];
    let seeds: Vec<Value> = (0..SEEDS)
        .map(|number| {
            let at = |count: usize| number as usize % count;
            entry(number, names[at(names.len())], codes[at(codes.len())])
        })
        .collect();
    fill(path, &seeds);
    let mut database = Database::open(path)?;
    let copied = "sent_at, kind, device_id, device_type, device_name, code, severity, category,
        text, decision, notified_at_ms, is_read, label_id";
    let transaction = database.transaction()?;
    transaction.execute_batch(&format!(
        "CREATE TEMP TABLE seed AS SELECT * FROM event;
         WITH RECURSIVE copy (number) AS (
             SELECT 1 UNION ALL SELECT number + 1 FROM copy WHERE number < {copies}
         )
         INSERT INTO event (received_at_ms, own, {copied})
         SELECT received_at_ms + number * {SEEDS} * 61000, 'copy-' || number || '-' || id, {copied}
         FROM copy CROSS JOIN seed ORDER BY number, id;",
        copies = count / i64::from(SEEDS) - 1
    ))?;
    transaction.commit()?;
    drop(database);
    let mut once = entry(0, "오래된 제습기", "WASHING_IS_COMPLETE");
    once["receivedAtMs"] = (once["receivedAtMs"].as_i64().unwrap_or_default() - 1).into();
    fill(path, &[once]);
    // All of them before today.
    Database::open(path)?.execute(
        "UPDATE event SET received_at_ms = received_at_ms - ?1",
        [120 * 24 * 3_600_000_i64],
    )?;
    Ok(())
}
