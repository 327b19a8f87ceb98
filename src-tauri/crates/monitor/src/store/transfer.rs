//! The history as a file: written for a spreadsheet or to be read again, and read again.
//!
//! An exported JSON file has one event a line. It is read event by event, so that a large one needs
//! no more memory than a small one.
//!
//! Long, as what writes a format stands beside what reads it.

use std::{
    fmt,
    io::{self, BufRead, Write},
};

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize, de};
use serde_json::Value;
use thinq::DeviceId;
use words::Words;

use super::{Store, StoreError, filter::Filter, find::PageFrom, labels::note_raw, names};
use crate::{
    event::{EventId, Gap, NewEvent, StoredEvent, UnixMs},
    notification::{Decision, device_of, title_of},
};

const FORMAT: &str = "thinq-tray-history";
const VERSION: u32 = 1;
const BATCH: u32 = 200;
/// LG's messages have some hundred bytes.
const LONGEST_RAW: usize = 1024 * 1024;
const LONGEST_TEXT: usize = 16 * 1024;
const MOST_MESSAGES: usize = 1_000;
/// Half a century of a busy home.
const MOST_EVENTS: u32 = 5_000_000;

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("history failed")]
    Store(#[from] StoreError),

    #[error("file could not be read or written")]
    File(#[from] io::Error),

    #[error("file is not an exported history")]
    Format(#[source] serde_json::Error),

    #[error("stopped when it was asked to")]
    Cancelled,
}

impl From<rusqlite::Error> for TransferError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// For spreadsheets: a line an event, in words.
    Csv,
    /// Everything, to be imported again.
    Json,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u32,
    /// They were there already.
    pub known: u32,
    /// They make no sense.
    pub unreadable: u32,
}

/// An event as it stands in an exported file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    received_at_ms: UnixMs,
    sent_at: Option<String>,
    kind: String,
    device_id: Option<String>,
    device_type: Option<String>,
    device_name: String,
    #[serde(default)]
    place: String,
    code: String,
    severity: String,
    category: String,
    text: String,
    decision: String,
    notified_at_ms: Option<UnixMs>,
    is_read: bool,
    #[serde(default)]
    is_found_after_gap: bool,
    #[serde(default)]
    is_from_state: bool,
    gap_from_ms: Option<UnixMs>,
    gap_reason: Option<String>,
    messages: Vec<ExportedMessage>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportedMessage {
    received_at_ms: UnixMs,
    message_id: Option<String>,
    raw: String,
}

impl Store {
    /// Writes what `filter` shows, oldest first. `goes_on` is told how many events are written and
    /// says whether to go on.
    pub fn export(
        &self,
        filter: &Filter,
        format: ExportFormat,
        (words, time_zone): (&Words, &TimeZone),
        out: &mut dyn Write,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, TransferError> {
        match format {
            ExportFormat::Csv => write_head(out, words)?,
            ExportFormat::Json => {
                write!(out, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"events\":[")?;
            }
        }
        let unhighlighted = filter.clone();
        let mut from = PageFrom::After(EventId(i64::MIN));
        let mut written = 0;
        loop {
            if !goes_on(written) {
                return Err(TransferError::Cancelled);
            }
            let page = self.find(from, BATCH, &unhighlighted)?;
            let Some(last) = page.last() else { break };
            from = PageFrom::After(last.stored.id);
            for found in &page {
                match format {
                    ExportFormat::Csv => write_line(out, &found.stored, words, time_zone)?,
                    ExportFormat::Json => {
                        out.write_all(if written == 0 { b"\n" } else { b",\n" })?;
                        let exported = self.exported(&found.stored)?;
                        serde_json::to_writer(&mut *out, &exported).map_err(io::Error::from)?;
                    }
                }
                written += 1;
            }
        }
        if format == ExportFormat::Json {
            out.write_all(b"\n]}\n")?;
        }
        out.flush()?;
        Ok(written)
    }

    fn exported(&self, stored: &StoredEvent) -> Result<Exported, StoreError> {
        let messages = self
            .read()
            .prepare_cached(
                "SELECT received_at_ms, message_id, raw FROM message WHERE event_id = ?1 ORDER BY id",
            )?
            .query_map([stored.id.0], |row| {
                Ok(ExportedMessage {
                    received_at_ms: row.get(0)?,
                    message_id: row.get(1)?,
                    raw: row.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(Exported::of(stored, messages))
    }

    /// Adds the events of an exported JSON file that are not there yet. `goes_on` is told how many
    /// events were looked at. Unless all of the file was read, nothing of it stays.
    pub fn import(
        &self,
        from: impl BufRead,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<Imported, TransferError> {
        let mut import = Import {
            store: self,
            waiting: Vec::new(),
            added: Vec::new(),
            done: Imported::default(),
            seen: 0,
            failure: None,
            goes_on: &mut goes_on,
        };
        let mut parser = serde_json::Deserializer::from_reader(from);
        let read =
            de::Deserializer::deserialize_map(&mut parser, &mut import).and_then(|()| parser.end());
        let failure = import.failure.take();
        let result = match (failure, read) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) if error.is_io() => Err(TransferError::File(error.into())),
            (None, Err(error)) => Err(TransferError::Format(error)),
            (None, Ok(())) => import.flush(),
        };
        if let Err(error) = result {
            let added = import.added;
            self.take_back(&added)?;
            return Err(error);
        }
        Ok(import.done)
    }

    fn take_back(&self, ids: &[i64]) -> Result<(), StoreError> {
        for ids in ids.chunks(BATCH as usize) {
            let mut connection = self.lock();
            let transaction = connection.transaction()?;
            for id in ids {
                transaction.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([id])?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn add_exported(
        &self,
        transaction: &Transaction<'_>,
        (stored, messages): &(StoredEvent, Vec<ExportedMessage>),
    ) -> Result<Option<i64>, StoreError> {
        if is_known(transaction, stored)? {
            return Ok(None);
        }
        let id = self.insert(transaction, stored)?;
        for message in messages {
            transaction
                .prepare_cached(
                    "INSERT INTO message (received_at_ms, message_id, event_id, raw)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![message.received_at_ms, message.message_id, id.0, message.raw])?;
            note_raw(transaction, id, (message.message_id.as_deref(), &message.raw))?;
        }
        Ok(Some(id.0))
    }

    /// For the recovery of a damaged history: as it was there.
    pub(super) fn add_recovered(
        &self,
        transaction: &Transaction<'_>,
        stored: &StoredEvent,
        messages: Vec<(UnixMs, Option<String>, String)>,
    ) -> Result<bool, StoreError> {
        let messages = messages
            .into_iter()
            .map(|(received_at_ms, message_id, raw)| ExportedMessage {
                received_at_ms,
                message_id,
                raw,
            })
            .collect();
        Ok(self.add_exported(transaction, &(stored.clone(), messages))?.is_some())
    }
}

fn is_known(transaction: &Transaction<'_>, stored: &StoredEvent) -> Result<bool, StoreError> {
    let event = &stored.event;
    let found: Option<i64> = transaction
        .prepare_cached(
            "SELECT 1 FROM event INDEXED BY event_by_time
             WHERE received_at_ms = ?1 AND kind = ?2 AND device_id IS ?3 AND code = ?4
                 AND text = ?5 AND place = ?6 AND gap_from_ms IS ?7 AND sent_at IS ?8 LIMIT 1",
        )?
        .query_row(
            params![
                event.received_at_ms,
                names::of_kind(event.kind),
                event.device_id.as_ref().map(DeviceId::as_str),
                event.code,
                event.text,
                event.place,
                event.gap.map(|gap| gap.from_ms),
                event.sent_at,
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.is_some())
}

/// Reads the file from its start to its end.
struct Import<'a> {
    store: &'a Store,
    waiting: Vec<(StoredEvent, Vec<ExportedMessage>)>,
    added: Vec<i64>,
    done: Imported,
    seen: u32,
    failure: Option<TransferError>,
    goes_on: &'a mut dyn FnMut(u32) -> bool,
}

impl Import<'_> {
    fn take(&mut self, value: Value) -> Result<(), TransferError> {
        self.seen += 1;
        let exported = serde_json::from_value::<Exported>(value).ok();
        match exported.filter(Exported::is_within_limits).and_then(Exported::into_stored) {
            Some(event) if self.seen <= MOST_EVENTS => self.waiting.push(event),
            Some(_) | None => self.done.unreadable += 1,
        }
        if self.waiting.len() >= BATCH as usize {
            self.flush()?;
        }
        if self.seen.is_multiple_of(BATCH) && !(self.goes_on)(self.seen) {
            return Err(TransferError::Cancelled);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TransferError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut connection = self.store.lock();
        let transaction = connection.transaction()?;
        let mut added = Vec::new();
        let mut known = 0;
        for event in &waiting {
            match self.store.add_exported(&transaction, event)? {
                Some(id) => added.push(id),
                None => known += 1,
            }
        }
        transaction.commit()?;
        self.done.added += u32::try_from(added.len()).unwrap_or(u32::MAX);
        self.done.known += known;
        self.added.append(&mut added);
        Ok(())
    }
}

impl<'de> de::Visitor<'de> for &mut Import<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an exported history")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut format, mut version, mut has_events) = (String::new(), 0, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "format" => format = map.next_value()?,
                "version" => version = map.next_value()?,
                "events" => {
                    if format != FORMAT || version != VERSION {
                        return Err(de::Error::custom("another format or version"));
                    }
                    map.next_value_seed(Events(&mut *self))?;
                    has_events = true;
                }
                _ => drop(map.next_value::<de::IgnoredAny>()?),
            }
        }
        if has_events { Ok(()) } else { Err(de::Error::custom("no events")) }
    }
}

struct Events<'a, 'b>(&'a mut Import<'b>);

impl<'de> de::DeserializeSeed<'de> for Events<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Events<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("events")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut events: A) -> Result<(), A::Error> {
        while let Some(value) = events.next_element()? {
            if let Err(failure) = self.0.take(value) {
                self.0.failure = Some(failure);
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl Exported {
    fn of(stored: &StoredEvent, messages: Vec<ExportedMessage>) -> Self {
        let event = stored.event.clone();
        Self {
            received_at_ms: event.received_at_ms,
            sent_at: event.sent_at,
            kind: names::of_kind(event.kind).to_owned(),
            device_id: event.device_id.map(|id| id.as_str().to_owned()),
            device_type: event.device_type,
            device_name: event.device_name,
            place: event.place,
            code: event.code,
            severity: names::of_severity(event.severity).to_owned(),
            category: names::of_category(event.category).to_owned(),
            text: event.text,
            decision: stored.decision.clone(),
            notified_at_ms: stored.notified_at_ms,
            is_read: stored.is_read,
            is_found_after_gap: event.is_found_after_gap,
            is_from_state: event.is_from_state,
            gap_from_ms: event.gap.map(|gap| gap.from_ms),
            gap_reason: event.gap.map(|gap| names::of_gap_reason(gap.reason).to_owned()),
            messages,
        }
    }

    fn is_within_limits(&self) -> bool {
        let texts = [
            self.sent_at.as_deref(),
            self.device_id.as_deref(),
            self.device_type.as_deref(),
            Some(&self.device_name),
            Some(&self.place),
            Some(&self.code),
            Some(&self.text),
        ];
        texts.into_iter().flatten().all(|text| text.len() <= LONGEST_TEXT)
            && self.messages.len() <= MOST_MESSAGES
            && self.messages.iter().all(|message| message.raw.len() <= LONGEST_RAW)
            && Timestamp::from_millisecond(self.received_at_ms).is_ok()
            && Decision::from_name(&self.decision).is_some()
    }

    /// `None` for names that this version does not know.
    fn into_stored(self) -> Option<(StoredEvent, Vec<ExportedMessage>)> {
        let gap = match (self.gap_from_ms, self.gap_reason) {
            (Some(from_ms), Some(reason)) => {
                Some(Gap { from_ms, reason: names::find(&names::GAP_REASONS, &reason).ok()? })
            }
            (None, _) | (_, None) => None,
        };
        let event = NewEvent {
            received_at_ms: self.received_at_ms,
            sent_at: self.sent_at,
            kind: names::find(&names::KINDS, &self.kind).ok()?,
            device_id: self.device_id.map(DeviceId::new),
            device_type: self.device_type,
            device_name: self.device_name,
            place: self.place,
            code: self.code,
            severity: names::find(&names::SEVERITIES, &self.severity).ok()?,
            category: names::find(&names::CATEGORIES, &self.category).ok()?,
            text: self.text,
            is_found_after_gap: self.is_found_after_gap,
            is_from_state: self.is_from_state,
            gap,
        };
        let stored = StoredEvent {
            id: EventId(0),
            event,
            decision: self.decision,
            // Nobody is told now of what another computer has not shown.
            notified_at_ms: self.notified_at_ms.or(Some(self.received_at_ms)),
            is_read: self.is_read,
        };
        Some((stored, self.messages))
    }
}

fn write_head(out: &mut dyn Write, words: &Words) -> io::Result<()> {
    let head = [
        "export-time",
        "export-device",
        "export-event",
        "export-category",
        "export-severity",
        "export-code",
        "export-sent",
        "export-read",
    ]
    .map(|id| words.text(id));
    // Spreadsheets take a file without it for one in the system's old encoding.
    out.write_all("\u{feff}".as_bytes())?;
    write_fields(out, &head)
}

fn write_line(
    out: &mut dyn Write,
    stored: &StoredEvent,
    words: &Words,
    time_zone: &TimeZone,
) -> io::Result<()> {
    let event = &stored.event;
    let time = Timestamp::from_millisecond(event.received_at_ms)
        .unwrap_or_default()
        .to_zoned(time_zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string();
    let category = words.text(&format!("export-category-{}", names::of_category(event.category)));
    let severity = words.text(&format!("export-severity-{}", names::of_severity(event.severity)));
    let read = words.text(if stored.is_read { "export-yes" } else { "export-no" });
    write_fields(
        out,
        &[
            time,
            device_of(event, words),
            title_of(event, words),
            category,
            severity,
            event.code.clone(),
            event.sent_at.clone().unwrap_or_default(),
            read,
        ],
    )
}

fn write_fields(out: &mut dyn Write, fields: &[String]) -> io::Result<()> {
    let line: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    write!(out, "{}\r\n", line.join(","))
}

/// A spreadsheet must not take a text from outside for a formula.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains(['"', ',', ';', '\n', '\r', '\'']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
