//! Getting by with a file that cannot be used, and getting back what a damaged one still has.
//!
//! Without its file the history lives in memory, and what could not be written waits there; both
//! are taken over as soon as the file can be used again. A damaged file is set aside under a dated
//! name, next to the new one, and is only read.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use thinq::Chain;
use tracing::{error, warn};

use super::{HistoryTrouble, Store, StoreError, read::COLUMNS};
use crate::event::{StoredEvent, UnixMs};

/// More that cannot be written is told and then forgotten: memory is bounded.
const MOST_WAITING: usize = 1_000;
/// A chunk with something unreadable is read one by one.
const CHUNK: i64 = 64;
/// Without a word from the file itself, ids are tried up to this one.
const LAST_GUESS: i64 = 100_000;
/// So many chunks with nothing readable, and nothing is expected of the next ones.
const BARREN_CHUNKS: u32 = 64;
/// The name of the fact that says when the file could be written again.
const MENDED_AT: &str = "mended_at_ms";
/// What is worth as much as the events. The rest is found out again.
const TABLES: [&str; 4] = ["device", "fact", "cycle", "maintenance"];

/// What was saved from a damaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    pub events: u32,
    /// Places at which something could not be read.
    pub losses: u32,
}

/// How the store gets by.
#[derive(Debug, Default)]
pub(super) struct Plight {
    /// Where the file would be. `None` for a history that is meant to live in memory.
    path: Option<PathBuf>,
    /// The history lives in memory for now.
    is_in_memory: bool,
    trouble: Option<HistoryTrouble>,
    recovery: Option<Recovery>,
    waiting: Vec<(StoredEvent, Message)>,
}

/// When a message came, LG's id of it, and the frame.
pub(super) type Message = (UnixMs, Option<String>, String);

impl Store {
    /// As [`Store::open`]; a damaged file is set aside and read, and with one that cannot be used
    /// the history lives in memory until it can.
    pub fn open_or_get_by(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let error = match Self::open(path) {
            Ok(store) => {
                store.plight().path = Some(path.to_owned());
                return Ok(store);
            }
            Err(error) => error,
        };
        let trouble = error.trouble();
        error!(error = %Chain(&error), "the history cannot be opened");
        let recovered = match trouble {
            HistoryTrouble::Damaged => Self::recovered(path, now_ms).ok(),
            HistoryTrouble::DiskFull
            | HistoryTrouble::ReadOnly
            | HistoryTrouble::Locked
            | HistoryTrouble::Foreign
            | HistoryTrouble::Newer
            | HistoryTrouble::Unavailable => None,
        };
        let store = if let Some(store) = recovered {
            store
        } else {
            let store = Self::in_memory()?;
            store.plight().is_in_memory = true;
            store.plight().trouble = Some(trouble);
            store
        };
        store.plight().path = Some(path.to_owned());
        Ok(store)
    }

    /// What is wrong at the moment.
    pub fn trouble(&self) -> Option<HistoryTrouble> {
        self.plight().trouble
    }

    /// What was saved since the program started.
    pub fn recovery(&self) -> Option<Recovery> {
        self.plight().recovery
    }

    pub(crate) fn note_trouble(&self, error: &StoreError) {
        self.plight().trouble = Some(error.trouble());
    }

    /// Whether something is wrong, or waits to be written.
    pub(crate) fn is_waiting(&self) -> bool {
        let plight = self.plight();
        !plight.waiting.is_empty() || (plight.trouble.is_some() && !plight.is_in_memory)
    }

    /// Notes an event that could not be written, to be written later.
    pub(crate) fn keep_waiting(&self, error: &StoreError, event: StoredEvent, message: Message) {
        let mut plight = self.plight();
        plight.trouble = Some(error.trouble());
        if plight.waiting.len() < MOST_WAITING {
            plight.waiting.push((event, message));
        }
    }

    /// Tries to be whole again: opens the file, reads a damaged one, writes what waits. Returns
    /// whether what is shown has changed.
    pub fn mend(&self, now_ms: UnixMs) -> Result<bool, StoreError> {
        let (path, trouble, is_in_memory) = {
            let plight = self.plight();
            (plight.path.clone(), plight.trouble, plight.is_in_memory)
        };
        let (Some(path), Some(trouble)) = (path, trouble) else {
            return self.write_waiting();
        };
        if is_in_memory {
            let opened = match Self::open(&path) {
                Err(error) if error.trouble() == HistoryTrouble::Damaged => {
                    Self::recovered(&path, now_ms)
                }
                opened => opened,
            };
            let file = opened.inspect_err(|error| {
                self.plight().trouble = Some(error.trouble());
            })?;
            self.take_over(file)?;
        } else if trouble == HistoryTrouble::Damaged {
            // Nobody may hold the file while it gets another name.
            self.replace(Self::in_memory()?);
            self.plight().is_in_memory = true;
            let file = Self::recovered(&path, now_ms)?;
            self.take_over(file)?;
        }
        self.write_waiting()?;
        // Only a disk that takes something is sound again.
        self.set_fact(MENDED_AT, Some(&now_ms.to_string()))?;
        self.plight().trouble = None;
        Ok(true)
    }

    /// Puts what is in memory into `file`, and goes on with that.
    fn take_over(&self, file: Self) -> Result<(), StoreError> {
        let recovery = file.recovery();
        copy(&self.lock(), &file)?;
        self.replace(file);
        let mut plight = self.plight();
        plight.is_in_memory = false;
        plight.recovery = recovery.or(plight.recovery);
        Ok(())
    }

    fn replace(&self, other: Self) {
        let Self { reader, connection, .. } = other;
        let reader = reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        let connection = connection.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.reader.lock().expect("no holder of the lock panics") = reader;
        *self.lock() = connection;
    }

    fn write_waiting(&self) -> Result<bool, StoreError> {
        let waiting = std::mem::take(&mut self.plight().waiting);
        if waiting.is_empty() {
            return Ok(false);
        }
        let written = (|| {
            let mut connection = self.lock();
            let transaction = connection.transaction()?;
            for (event, message) in &waiting {
                self.add_recovered(&transaction, event, vec![message.clone()])?;
            }
            Ok(transaction.commit()?)
        })();
        if written.is_err() {
            self.plight().waiting = waiting;
        }
        written.map(|()| true)
    }

    /// Sets the file aside and begins a new one with what can be read of it.
    fn recovered(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let aside = set_aside(path, now_ms)?;
        warn!("the damaged history was set aside");
        let store = Self::open(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let recovery = match Connection::open_with_flags(&aside, flags) {
            Ok(damaged) => copy(&damaged, &store)?,
            Err(_) => Recovery { events: 0, losses: 1 },
        };
        warn!(events = recovery.events, losses = recovery.losses, "the history was recovered");
        store.plight().recovery = Some(recovery);
        Ok(store)
    }

    fn plight(&self) -> std::sync::MutexGuard<'_, Plight> {
        self.plight.lock().expect("no holder of the lock panics")
    }
}

/// The file and its journal get a name of the day and the second.
fn set_aside(path: &Path, now_ms: UnixMs) -> std::io::Result<PathBuf> {
    let at = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(TimeZone::UTC);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut number = 1;
    let aside = loop {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let name = format!("{stem}-damaged-{}{more}.db", at.strftime("%Y-%m-%d-%H%M%S"));
        let aside = path.with_file_name(name);
        if !aside.exists() {
            break aside;
        }
        number += 1;
    };
    for suffix in ["-wal", "-shm"] {
        let beside = |path: &Path| {
            let mut name = OsString::from(path);
            name.push(suffix);
            PathBuf::from(name)
        };
        if beside(path).exists() {
            fs::rename(beside(path), beside(&aside))?;
        }
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// What can be read of `from`, into `to`. What is there already stays.
fn copy(from: &Connection, to: &Store) -> Result<Recovery, StoreError> {
    let mut recovery = Recovery::default();
    for table in TABLES {
        recovery.losses += copy_table(from, &to.lock(), table)?;
    }
    let last = last_id(from);
    recovery.losses += u32::from(last.is_none());
    let (mut id, mut barren_chunks) = (0, 0);
    while id < last.unwrap_or(LAST_GUESS) && (last.is_some() || barren_chunks < BARREN_CHUNKS) {
        let mut found = Vec::new();
        if read_events(from, id + 1, id + CHUNK, &mut found).is_err() {
            found.clear();
            for one in id + 1..=id + CHUNK {
                if read_events(from, one, one, &mut found).is_err() {
                    recovery.losses += 1;
                }
            }
            barren_chunks = if found.is_empty() { barren_chunks + 1 } else { 0 };
        }
        id += CHUNK;
        let mut connection = to.lock();
        let transaction = connection.transaction()?;
        for (event, messages) in found {
            recovery.events += u32::from(to.add_recovered(&transaction, &event, messages)?);
        }
        transaction.commit()?;
    }
    Ok(recovery)
}

fn last_id(from: &Connection) -> Option<i64> {
    let ask = |sql: &str| from.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    let noted = ask("SELECT seq FROM sqlite_sequence WHERE name = 'event'");
    let found = ask("SELECT max(id) FROM event");
    match (noted, found) {
        (Ok(Some(noted)), Ok(Some(found))) => Some(noted.max(found)),
        (Ok(Some(id)), _) | (_, Ok(Some(id))) => Some(id),
        (Err(rusqlite::Error::QueryReturnedNoRows) | Ok(None), Ok(None)) => Some(0),
        (Ok(None) | Err(_), Ok(None) | Err(_)) => None,
    }
}

fn read_events(
    from: &Connection,
    first: i64,
    last: i64,
    found: &mut Vec<(StoredEvent, Vec<Message>)>,
) -> Result<(), StoreError> {
    let mut events = from.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id"
    ))?;
    let mut messages = from.prepare_cached(
        "SELECT received_at_ms, message_id, raw FROM message WHERE event_id = ?1 ORDER BY id",
    )?;
    let mut rows = events.query([first, last])?;
    while let Some(row) = rows.next()? {
        let event = StoredEvent::from_row(row)?;
        // An event without its messages is worth more than none.
        let of_event = messages
            .query_map([event.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .unwrap_or_default();
        found.push((event, of_event));
    }
    Ok(())
}

/// Returns 1 when not all of it could be read.
fn copy_table(from: &Connection, to: &Connection, table: &str) -> Result<u32, StoreError> {
    let Ok(mut rows_of) = from.prepare(&format!("SELECT * FROM {table}")) else { return Ok(1) };
    let columns: Vec<String> = rows_of.column_names().into_iter().map(str::to_owned).collect();
    let places: Vec<String> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
    let mut insert = to.prepare(&format!(
        "INSERT OR IGNORE INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    ))?;
    let Ok(mut rows) = rows_of.query([]) else { return Ok(1) };
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> =
                    (0..columns.len()).map(|column| row.get(column)).collect();
                if let Ok(values) = values {
                    insert.execute(params_from_iter(values))?;
                }
            }
            Ok(None) => return Ok(0),
            Err(_) => return Ok(1),
        }
    }
}

/// Nothing is wrong.
pub(super) fn no_plight() -> Mutex<Plight> {
    Mutex::default()
}

#[cfg(unix)]
#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
