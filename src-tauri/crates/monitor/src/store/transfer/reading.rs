//! Streaming import of an exported file, event by event, in constant memory.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, Read},
};

use model::{DeviceId, UnixMs};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::de;
use serde_json::Value;

use super::{BATCH, Exported, ExportedMessage, FORMAT, Imported, TransferError, VERSION};
use crate::{
    event::StoredEvent,
    store::{
        Store, StoreError,
        labels::{Raw, note_raw},
    },
};

/// Editors on Windows put it before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Maximum size in bytes of one event in the file.
pub(super) const LONGEST_EVENT: usize = 16 * 1024 * 1024;
/// Half a century of a busy home.
const MOST_EVENTS: u32 = 5_000_000;

impl Store {
    /// Adds the events of an exported JSON file that are not present yet. `goes_on` receives the
    /// number of events processed. Unless the whole file is read, none of its events are kept.
    pub fn import(
        &self,
        mut from: impl BufRead,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<Imported, TransferError> {
        if from.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            from.consume(BYTE_ORDER_MARK.len());
        }
        let read_since = Cell::new(0);
        let mut import = Import {
            store: self,
            read_since: &read_since,
            waiting: Vec::new(),
            added: Vec::new(),
            done: Imported::default(),
            seen: 0,
            failure: None,
            goes_on: &mut goes_on,
        };
        let from = Bounded { from, read_since: &read_since };
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
        let id = self.insert(transaction, stored, messages.first().map(ExportedMessage::as_raw))?;
        for (number, message) in messages.iter().enumerate() {
            transaction
                .prepare_cached(
                    "INSERT INTO message (received_at_ms, message_id, event_id, raw)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![message.received_at_ms, message.message_id, id.0, message.raw])?;
            if number > 0 {
                note_raw(transaction, id, message.as_raw())?;
            }
        }
        Ok(Some(id.0))
    }

    /// Adds an event of a damaged history unchanged.
    pub(in crate::store) fn add_recovered(
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

impl ExportedMessage {
    fn as_raw(&self) -> Raw<'_> {
        (self.message_id.as_deref(), &self.raw)
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
                event.kind.into_str(),
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

/// State of an import.
struct Import<'a> {
    store: &'a Store,
    /// Bytes read since the end of the last event.
    read_since: &'a Cell<usize>,
    waiting: Vec<(StoredEvent, Vec<ExportedMessage>)>,
    added: Vec<i64>,
    done: Imported,
    seen: u32,
    failure: Option<TransferError>,
    goes_on: &'a mut dyn FnMut(u32) -> bool,
}

impl Import<'_> {
    fn take(&mut self, value: Value) -> Result<(), TransferError> {
        self.read_since.set(0);
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
        drop(connection);
        self.added.extend(&added);
        self.done.added += u32::try_from(added.len()).unwrap_or(u32::MAX);
        self.done.known += known;
        Ok(())
    }
}

/// Reader that fails if a single event exceeds the size limit.
struct Bounded<'a, R> {
    from: R,
    read_since: &'a Cell<usize>,
}

impl<R: BufRead> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let since = self.read_since.get() + read;
        self.read_since.set(since);
        if since > LONGEST_EVENT {
            return Err(io::Error::other("event exceeds the size limit"));
        }
        Ok(read)
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
                        return Err(de::Error::custom("unsupported format or version"));
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
