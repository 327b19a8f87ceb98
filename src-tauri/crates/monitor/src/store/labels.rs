//! Labels: data shared by many events, stored once, so that searching and counting examine a few
//! hundred labels instead of a million events.
//!
//!  A raw message is split into keys and words, which are shared by many messages and belong to the
//! label, and ids, numbers and times, which are specific to the event.

use std::collections::BTreeSet;

use icu_normalizer::ComposingNormalizerBorrowed;
use model::NewEvent;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::StoreError;
use crate::event::EventId;

/// Maximum length of a shared word; longer ones are free text rather than names of LG's.
const LONGEST_COMMON: usize = 64;

/// Message id, if any, and frame.
pub(super) type Raw<'a> = (Option<&'a str>, &'a str);

/// Normalises case and Unicode composition for searching.
pub(super) fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(&text.to_lowercase()).into_owned()
}

/// Data shared by many events.
#[derive(Debug)]
pub(super) struct SearchLabel {
    device_id: Option<String>,
    device_type: Option<String>,
    device_name: String,
    code: String,
    severity: String,
    category: String,
    words: String,
}

impl SearchLabel {
    /// `words` are the displayed words.
    pub(super) fn of(event: &NewEvent, words: &str) -> Self {
        Self {
            device_id: event.device_id.as_ref().map(|id| id.as_str().to_owned()),
            device_type: event.device_type.clone(),
            device_name: event.device_name.clone(),
            code: event.code.clone(),
            severity: event.severity.into_str().to_owned(),
            category: event.category.into_str().to_owned(),
            words: fold(words),
        }
    }

    /// Returns the id of the label for an event with this first message, and the event-specific
    /// part of the message.
    pub(super) fn id_with(
        &self,
        connection: &Connection,
        raw: Option<Raw<'_>>,
    ) -> Result<(i64, String), StoreError> {
        let parts = raw.map_or_else(Parts::default, |(message_id, raw)| {
            Parts::of(raw, self.device_id.as_deref(), message_id)
        });
        Ok((self.id(connection, &join(&parts.common))?, join(&parts.own)))
    }

    /// Returns the id of the label, inserting it if needed.
    fn id(&self, connection: &Connection, common: &str) -> Result<i64, StoreError> {
        let mut key = serde_json::json!([
            self.device_id,
            self.device_type,
            self.device_name,
            self.code,
            self.severity,
            self.category,
            self.words
        ])
        .to_string();
        if !common.is_empty() {
            key = format!("{key}\n{common}");
        }
        let found = connection
            .prepare_cached("SELECT id FROM label WHERE key = ?1")?
            .query_row([&key], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        Ok(connection
            .prepare_cached(
                "INSERT INTO label (key, device_id, device_type, device_name, code, severity,
                     category, words, common)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
            )?
            .query_row(
                params![
                    key,
                    self.device_id,
                    self.device_type,
                    self.device_name,
                    self.code,
                    self.severity,
                    self.category,
                    self.words,
                    common
                ],
                |row| row.get(0),
            )?)
    }
}

/// Adds another raw message of an event to the search data.
pub(super) fn note_raw(
    connection: &Connection,
    event: EventId,
    (message_id, raw): Raw<'_>,
) -> Result<(), StoreError> {
    let (label, common, own, device_id): (i64, String, String, Option<String>) = connection
        .prepare_cached(
            "SELECT label.id, label.common, event.own, label.device_id
             FROM event JOIN label ON label.id = event.label_id WHERE event.id = ?1",
        )?
        .query_row([event.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut parts = Parts::of(raw, device_id.as_deref(), message_id);
    let mut label = label;
    if common.is_empty() {
        let parted = join(&parts.common);
        if !parted.is_empty() {
            label = with_common(connection, label, &parted)?;
        }
    } else {
        // For a second message, the label contains the words of the first one.
        let known: BTreeSet<&str> = common.lines().collect();
        parts.own.extend(parts.common.into_iter().filter(|part| !known.contains(part.as_str())));
    }
    parts.own.extend(own.lines().map(str::to_owned));
    connection
        .prepare_cached("UPDATE event SET label_id = ?2, own = ?3 WHERE id = ?1")?
        .execute(params![event.0, label, join(&parts.own)])?;
    Ok(())
}

/// Returns the same label for events whose messages have these keys and words.
fn with_common(connection: &Connection, label: i64, common: &str) -> Result<i64, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT id FROM label
             WHERE key = (SELECT key FROM label WHERE id = ?1) || char(10) || ?2",
        )?
        .query_row(params![label, common], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    Ok(connection
        .prepare_cached(
            "INSERT INTO label (key, device_id, device_type, device_name, code, severity, category,
                 words, common)
             SELECT key || char(10) || ?2, device_id, device_type, device_name, code, severity,
                 category, words, ?2
             FROM label WHERE id = ?1 RETURNING id",
        )?
        .query_row(params![label, common], |row| row.get(0))?)
}

/// Migrates a history without labels.
pub(super) fn describe_all(transaction: &Transaction<'_>) -> rusqlite_migration::HookResult {
    // Qualified with the table name: otherwise a column resolves to the nearest table that has it.
    const KEY: &str =
        "json_array(event.device_id, event.device_type, event.device_name, event.code,
        event.severity, event.category, event.words)";
    transaction.execute_batch(&format!(
        "CREATE TEMP TABLE described AS
         SELECT DISTINCT {KEY} AS key, 0 AS label_id, device_id, device_type, device_name, code,
             severity, category, words
         FROM event;
         CREATE UNIQUE INDEX temp.described_key ON described (key);"
    ))?;
    let mut described = transaction.prepare(
        "SELECT key, device_id, device_type, device_name, code, severity, category, words
         FROM described",
    )?;
    let mut rows = described.query([])?;
    while let Some(row) = rows.next()? {
        let described: String = row.get(0)?;
        let label = SearchLabel {
            device_id: row.get(1)?,
            device_type: row.get(2)?,
            device_name: row.get(3)?,
            code: row.get(4)?,
            severity: row.get(5)?,
            category: row.get(6)?,
            words: fold(&row.get::<_, String>(7)?),
        };
        let id = label.id(transaction, "").map_err(hook_error)?;
        transaction
            .prepare_cached("UPDATE described SET label_id = ?2 WHERE key = ?1")?
            .execute(params![described, id])?;
    }
    drop(rows);
    drop(described);
    transaction.execute_batch(&format!(
        "UPDATE event SET label_id = (SELECT label_id FROM described WHERE key = {KEY});
         DROP TABLE described;"
    ))?;
    let mut messages = transaction.prepare(
        "SELECT event_id, message_id, raw FROM message WHERE event_id IS NOT NULL ORDER BY id",
    )?;
    let mut rows = messages.query([])?;
    while let Some(row) = rows.next()? {
        let (message_id, raw): (Option<String>, String) = (row.get(1)?, row.get(2)?);
        note_raw(transaction, EventId(row.get(0)?), (message_id.as_deref(), &raw))
            .map_err(hook_error)?;
    }
    drop(rows);
    drop(messages);
    transaction.execute_batch("ALTER TABLE event DROP COLUMN words;")?;
    Ok(())
}

fn hook_error(error: StoreError) -> rusqlite_migration::HookError {
    if let StoreError::Database(error) = error {
        error.into()
    } else {
        rusqlite_migration::HookError::Hook(error.to_string())
    }
}

/// Searchable parts of a raw message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    common: BTreeSet<String>,
    own: BTreeSet<String>,
}

impl Parts {
    /// The device's own id is shared by all of its messages, even if it contains digits; the
    /// message id is specific to this one.
    fn of(raw: &str, device_id: Option<&str>, message_id: Option<&str>) -> Self {
        let mut parts = Self::default();
        match serde_json::from_str(raw) {
            Ok(value) => parts.collect(&value, device_id, message_id),
            // Plain text is also the event's text.
            Err(_) => drop(parts.own.insert(fold(raw).replace('\n', " "))),
        }
        parts
    }

    fn collect(&mut self, value: &Value, device_id: Option<&str>, message_id: Option<&str>) {
        match value {
            Value::Null => {}
            Value::Bool(is) => drop(self.common.insert(is.to_string())),
            Value::Number(number) => drop(self.own.insert(number.to_string())),
            Value::String(text) => {
                let is_common = Some(text.as_str()) == device_id
                    || (text.len() <= LONGEST_COMMON
                        && Some(text.as_str()) != message_id
                        && !text.contains(|letter: char| letter.is_ascii_digit()));
                let part = fold(text).replace('\n', " ");
                if is_common {
                    self.common.insert(part)
                } else {
                    self.own.insert(part)
                };
            }
            Value::Array(values) => {
                for value in values {
                    self.collect(value, device_id, message_id);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.common.insert(fold(key));
                    self.collect(value, device_id, message_id);
                }
            }
        }
    }
}

fn join(parts: &BTreeSet<String>) -> String {
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_falls_into_what_many_share_and_what_is_its_own() {
        let raw = r#"{"messageId":"m-1","push":{"deviceId":"d1","pushCode":"DONE","alias":"건조기","left":5}}"#;

        let parts = Parts::of(raw, Some("d1"), None);

        let list = |parts: &BTreeSet<String>| join(parts).replace('\n', " ");
        assert_eq!(
            list(&parts.common),
            "alias d1 deviceid done left messageid push pushcode 건조기"
        );
        assert_eq!(list(&parts.own), "5 m-1");
    }

    #[test]
    fn the_id_of_a_message_is_its_own_also_without_a_digit() {
        let raw = r#"{"messageId":"AbC_def","push":{"pushCode":"DONE"}}"#;

        let parts = Parts::of(raw, None, Some("AbC_def"));

        assert_eq!(join(&parts.own), "abc_def");
        assert_eq!(join(&parts.common).replace('\n', " "), "done messageid push pushcode");
    }
}
