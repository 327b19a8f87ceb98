//! A million events in minutes: some are stored the usual way, the others are inserted with the
//! labels of those, and the indexes are created at the end.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use model::UnixMs;
use monitor::Store;
use rusqlite::{Connection, params};
use serde_json::Value;

use crate::home;

/// Number of events stored the regular way at the start and again after the renaming of appliances;
/// half as many at the end.
const USUAL: usize = 8_000;

/// Template of an event: everything but times and messages.
struct Like {
    event_id: i64,
    label_id: i64,
}

pub(crate) fn fill(path: &Path, count: usize) {
    let renamed = 2 * count / 3 + 1;
    let last = count - USUAL / 2;
    let store = Store::open(path).expect("a new file can be made");
    home::fill(&store, 0..USUAL, count);
    home::fill(&store, renamed..renamed + USUAL, count);
    drop(store);
    let likes = learn(path);
    let numbers = (USUAL..renamed).chain(renamed + USUAL..last);
    write(path, numbers.map(|number| home::frame(number, count)), &likes)
        .expect("the disk has room for the history");
    let store = Store::open(path).expect("it was opened before");
    home::fill(&store, last..count, count);
}

/// Key of similar messages.
fn likeness(raw: &str, alias: &str) -> String {
    let value: Value = serde_json::from_str(raw).unwrap_or_default();
    let push = value.get("push").unwrap_or(&value);
    match (push.get("deviceId"), push.get("pushCode")) {
        (Some(id), Some(code)) => format!("{id} {code} {alias} {}", value.get("push").is_some()),
        (None, _) | (_, None) => raw.to_owned(),
    }
}

fn learn(path: &Path) -> HashMap<String, Like> {
    let connection = Connection::open(path).expect("it was opened before");
    let mut statement = connection
        .prepare(
            "SELECT event.id, event.label_id, event.device_name, message.raw
             FROM event JOIN message ON message.event_id = event.id",
        )
        .expect("the history has these tables");
    let rows = statement.query_map([], |row| {
        let (raw, alias): (String, String) = (row.get(3)?, row.get(2)?);
        let like = Like { event_id: row.get(0)?, label_id: row.get(1)? };
        Ok((likeness(&raw, &alias), like))
    });
    rows.and_then(Iterator::collect).expect("the history can be read")
}

fn write(
    path: &Path,
    frames: impl Iterator<Item = (UnixMs, String)>,
    likes: &HashMap<String, Like>,
) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "cache_size", -256 * 1024)?;
    let transaction = connection.transaction()?;
    let made: Vec<(String, String)> = transaction
        .prepare(
            "SELECT name, sql FROM sqlite_schema
             WHERE type = 'index' AND tbl_name IN ('event', 'message') AND sql IS NOT NULL",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &made {
        transaction.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    let mut add_event = transaction.prepare(
        "INSERT INTO event (received_at_ms, sent_at, kind, device_id, device_type, device_name,
             code, severity, category, text, decision, is_read, label_id, own)
         SELECT ?2, ?3, kind, device_id, device_type, device_name, code, severity, category, text,
             decision, 1, ?4, ?5
         FROM event WHERE id = ?1 RETURNING id",
    )?;
    let mut add_message = transaction.prepare(
        "INSERT INTO message (received_at_ms, message_id, event_id, raw) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (at_ms, raw) in frames {
        let value: Value = serde_json::from_str(&raw).unwrap_or_default();
        let push = value.get("push").unwrap_or(&value);
        let alias = push.get("deviceId").and_then(Value::as_str);
        let alias = alias.map(|id| home::alias(&model::DeviceId::new(id), at_ms));
        // A rare kind without a template is skipped.
        let Some(like) = likes.get(&likeness(&raw, &alias.unwrap_or_default())) else { continue };
        let said = |name| value.get(name).and_then(Value::as_str);
        let own = own(&raw, &value, push);
        let id: i64 = add_event.query_row(
            params![like.event_id, at_ms, said("timestamp"), like.label_id, own],
            |row| row.get(0),
        )?;
        add_message.execute(params![at_ms, said("messageId"), id, raw])?;
    }
    drop((add_event, add_message));
    for (_, sql) in &made {
        transaction.execute_batch(sql)?;
    }
    transaction.commit()
}

/// Values specific to this message: those that contain digits.
fn own(raw: &str, value: &Value, push: &Value) -> String {
    let list = push.get("userList").and_then(Value::as_array);
    let texts = [value.get("messageId"), value.get("timestamp"), push.get("serviceId")];
    let texts: BTreeSet<String> = texts
        .into_iter()
        .flatten()
        .chain(list.into_iter().flatten())
        .filter_map(|value| value.as_str().map(str::to_lowercase))
        .collect();
    if texts.is_empty() {
        return raw.to_lowercase();
    }
    texts.into_iter().collect::<Vec<_>>().join("\n")
}
