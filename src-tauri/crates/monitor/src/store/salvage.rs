//! Recovery of a damaged file: renames it to a dated name and copies all readable data into a new
//! file.
//!
//!  A note beside the file names the file under recovery. A recovery interrupted by a full disk or
//! a killed process is completed the next time the history is opened.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, tz::TimeZone};
use model::{HistoryRecovery, ProblemCode, UnixMs};
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use tracing::warn;

use super::{Store, StoreError, read::COLUMNS};
use crate::event::StoredEvent;

/// Number of ids read at once; a chunk with an unreadable row is read row by row.
const CHUNK: i64 = 64;
/// Last id to try if the file does not yield its highest id.
const LAST_GUESS: i64 = 100_000;
/// Number of consecutive chunks without a readable row after which an index yields the next id.
const BARREN_CHUNKS: u32 = 64;
/// Name of the fact that stores the result of a recovery until the user acknowledges it.
const RECOVERY: &str = "recovery";
/// Tables that cannot be rebuilt, and the statement that copies them. For devices, rows of the new
/// file take precedence; for the others, rows of the damaged one.
const TABLES: [(&str, &str); 5] = [
    ("device", "INSERT OR IGNORE"),
    ("fact", "INSERT OR REPLACE"),
    ("cycle", "INSERT OR REPLACE"),
    ("maintenance", "INSERT OR REPLACE"),
    ("target", "INSERT OR REPLACE"),
];

/// Time of receipt, LG's message id, and the frame.
pub(super) type Message = (UnixMs, Option<String>, String);

impl Store {
    /// As [`Store::open`], but recovers a damaged file and completes an interrupted recovery.
    pub(super) fn open_whole(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        if let Some(aside) = unfinished(path) {
            if !aside.exists() {
                put_aside(path, &aside)?;
            }
            return Self::recovered_from(path, &aside, now_ms);
        }
        match Self::open(path) {
            Ok(store) => {
                let kept = store.fact(RECOVERY)?.and_then(|kept| serde_json::from_str(&kept).ok());
                store.plight().recovery = kept;
                Ok(store)
            }
            Err(error) if error.problem() == ProblemCode::HistoryDamaged => {
                Self::recovered(path, now_ms)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets the file aside and creates a new one with all readable data.
    pub(super) fn recovered(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let aside = free_name(path, now_ms);
        let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        fs::write(note(path), name)?;
        put_aside(path, &aside)?;
        warn!("set the damaged history aside");
        Self::recovered_from(path, &aside, now_ms)
    }

    /// Reads the remaining data; events that are already present are not added again.
    fn recovered_from(path: &Path, aside: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let store = match Self::open(path) {
            Err(error) if error.problem() == ProblemCode::HistoryDamaged => {
                // The new file is damaged as well; all of its data is also in the old one.
                put_aside(path, &free_name(path, now_ms))?;
                Self::open(path)?
            }
            opened => opened?,
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let found = match Connection::open_with_flags(aside, flags) {
            Ok(damaged) => copy(&damaged, &store)?,
            Err(_) => Found { events: 0, losses: 1 },
        };
        warn!(events = found.events, losses = found.losses, "history recovered");
        let Found { events, losses } = found;
        let file = aside.to_string_lossy().into_owned();
        let recovery = HistoryRecovery { at_ms: now_ms, events, losses, file };
        let kept = serde_json::to_string(&recovery).map_err(io::Error::from)?;
        store.set_fact(RECOVERY, Some(&kept))?;
        fs::remove_file(note(path))?;
        store.plight().recovery = Some(recovery);
        Ok(store)
    }

    /// Result of the last recovery, until it is acknowledged.
    pub fn recovery(&self) -> Option<HistoryRecovery> {
        self.plight().recovery.clone()
    }

    /// Acknowledges the result of the last recovery.
    pub fn forget_recovery(&self) -> Result<(), StoreError> {
        self.set_fact(RECOVERY, None)?;
        self.plight().recovery = None;
        Ok(())
    }
}

/// Path of the note that names the damaged file until it is recovered.
fn note(path: &Path) -> PathBuf {
    path.with_extension("recovering")
}

/// The damaged file of an incomplete recovery.
fn unfinished(path: &Path) -> Option<PathBuf> {
    let name = fs::read_to_string(note(path)).ok()?;
    // On a full disk the note may exist without its content; nothing was moved in that case.
    let is_ours = name.contains("-damaged-") && !name.contains(['/', '\\']);
    is_ours.then(|| path.with_file_name(name))
}

/// A free file name made of the date and the second.
fn free_name(path: &Path, now_ms: UnixMs) -> PathBuf {
    let at = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(TimeZone::UTC);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut number = 1;
    loop {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let name = format!("{stem}-damaged-{}{more}.db", at.strftime("%Y-%m-%d-%H%M%S"));
        let aside = path.with_file_name(name);
        if !aside.exists() {
            return aside;
        }
        number += 1;
    }
}

/// Moves the WAL first: a new file must never find the WAL of another one.
fn put_aside(path: &Path, aside: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let with_suffix = |path: &Path| {
            let mut name = OsString::from(path);
            name.push(suffix);
            PathBuf::from(name)
        };
        if with_suffix(path).exists() {
            fs::rename(with_suffix(path), with_suffix(aside))?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) events: u32,
    pub(super) losses: u32,
}

/// Copies all readable data of `from` into `to`. Events keep their ids; existing ones are not
/// replaced.
pub(super) fn copy(from: &Connection, to: &Store) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for (table, insert) in TABLES {
        found.losses += copy_table(from, &to.lock(), table, insert)?;
    }
    let last = last_id(from);
    found.losses += u32::from(last.is_none());
    let (mut id, mut barren_chunks) = (0, 0);
    while id < last.unwrap_or(LAST_GUESS) {
        let mut events = Vec::new();
        let is_whole = read_events(from, id + 1, id + CHUNK, &mut events).is_ok();
        if !is_whole {
            events.clear();
            for one in id + 1..=id + CHUNK {
                found.losses += u32::from(read_events(from, one, one, &mut events).is_err());
            }
        }
        id += CHUNK;
        barren_chunks = if events.is_empty() { barren_chunks + 1 } else { 0 };
        if events.is_empty() && (is_whole || barren_chunks >= BARREN_CHUNKS) {
            let Some(next) = next_id(from, id, is_whole) else { break };
            id = next - 1;
            barren_chunks = 0;
        }
        let mut connection = to.lock();
        let transaction = connection.transaction()?;
        found.events += u32::try_from(events.len()).unwrap_or(u32::MAX);
        for (event, messages) in events {
            to.add_recovered(&transaction, &event, messages)?;
        }
        transaction.commit()?;
    }
    // What concerns events that could not be read is dropped.
    for table in ["reminder", "outbox"] {
        found.losses += copy_table(from, &to.lock(), table, "INSERT OR IGNORE")?;
    }
    Ok(found)
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

/// Ids have long gaps where the history was in memory. Past a damaged page, an index yields the
/// next id.
fn next_id(from: &Connection, id: i64, is_readable: bool) -> Option<i64> {
    let seek = "SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT 1";
    let found = from.query_row(seek, [id], |row| row.get(0)).ok().filter(|_| is_readable);
    found.or_else(|| {
        from.query_row(
            "SELECT min(id) FROM event INDEXED BY event_by_time
             WHERE id > ?1 AND received_at_ms > ?2",
            [id, UnixMs::MIN],
            |row| row.get(0),
        )
        .ok()
        .flatten()
    })
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
        // An event without its messages is better than none.
        let of_event = messages
            .query_map([event.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .unwrap_or_default();
        found.push((event, of_event));
    }
    Ok(())
}

/// Returns 1 if part of the table could not be read.
fn copy_table(
    from: &Connection,
    to: &Connection,
    table: &str,
    insert: &str,
) -> Result<u32, StoreError> {
    let Ok(mut rows_of) = from.prepare(&format!("SELECT * FROM {table}")) else { return Ok(1) };
    let columns: Vec<String> = rows_of.column_names().into_iter().map(str::to_owned).collect();
    let places: Vec<String> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
    let mut insert = to.prepare(&format!(
        "{insert} INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    ))?;
    let Ok(mut rows) = rows_of.query([]) else { return Ok(1) };
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> =
                    (0..columns.len()).map(|column| row.get(column)).collect();
                let Ok(values) = values else { continue };
                match insert.execute(params_from_iter(values)) {
                    Err(error)
                        if error.sqlite_error_code()
                            == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
                    inserted => drop(inserted?),
                }
            }
            Ok(None) => return Ok(0),
            Err(_) => return Ok(1),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
#[path = "salvage_tests.rs"]
mod tests;
