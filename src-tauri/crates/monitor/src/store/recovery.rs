//! Getting by with a file that cannot be used.
//!
//! Without its file the history lives in memory, and what could not be written waits there; both
//! are taken over as soon as the file can be used again.

use std::{
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
};

use model::UnixMs;
use rusqlite::Connection;
use thinq::Chain;
use tracing::error;

use super::{Recovery, Store, StoreError, salvage::copy};
use crate::status::HistoryTrouble;

/// The name of the fact that says when the file could be written again.
const MENDED_AT: &str = "mended_at_ms";

/// How the store gets by.
#[derive(Debug, Default)]
pub(super) struct Plight {
    /// Where the file would be. `None` for a history that is meant to live in memory.
    path: Option<PathBuf>,
    /// The history lives in memory for now.
    is_in_memory: bool,
    pub(super) trouble: Option<HistoryTrouble>,
    pub(super) recovery: Option<Recovery>,
}

impl Store {
    /// As [`Store::open`]; a damaged file is set aside and read, and with one that cannot be used
    /// the history lives in memory until it can.
    pub fn open_or_get_by(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let store = match Self::open_whole(path, now_ms) {
            Ok(store) => {
                if let Err(error) = store.finish_wiping() {
                    error!(error = %Chain(&error), "deleted events could not be wiped out");
                }
                store
            }
            Err(error) => {
                error!(error = %Chain(&error), "the history cannot be opened");
                let store = Self::in_place_of_file(now_ms)?;
                store.plight().trouble = Some(error.trouble());
                store
            }
        };
        store.plight().path = Some(path.to_owned());
        Ok(store)
    }

    /// In memory, until there is a file. Its events get ids that no file has, so that they keep
    /// them when they come into one; later events still get larger ones.
    fn in_place_of_file(now_ms: UnixMs) -> Result<Self, StoreError> {
        let store = Self::in_memory()?;
        store
            .lock()
            .execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('event', ?1)", [now_ms])?;
        store.plight().is_in_memory = true;
        Ok(store)
    }

    /// What is wrong at the moment.
    pub fn trouble(&self) -> Option<HistoryTrouble> {
        self.plight().trouble
    }

    pub(crate) fn note_trouble(&self, error: &StoreError) {
        self.plight().trouble = Some(error.trouble());
    }

    /// Tries to recover: opens the file, reads a damaged one, and writes the backlog by
    /// `write_backlog`, which returns whether there was one. Returns whether the history changed.
    pub(crate) fn mend(
        &self,
        now_ms: UnixMs,
        write_backlog: impl FnOnce() -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let (path, trouble, is_in_memory) = {
            let plight = self.plight();
            (plight.path.clone(), plight.trouble, plight.is_in_memory)
        };
        let (Some(path), Some(trouble)) = (path, trouble) else {
            return write_backlog();
        };
        if is_in_memory {
            let file = Self::open_whole(&path, now_ms);
            self.take_over(file.inspect_err(|error| self.note_trouble(error))?)?;
        } else if trouble == HistoryTrouble::Damaged {
            // Nobody may hold the file while it gets another name.
            let _alone = self.writing_back.lock().expect("no holder of the lock panics");
            self.replace(Self::in_place_of_file(now_ms)?);
            self.plight().is_in_memory = true;
            let file = Self::recovered(&path, now_ms);
            self.take_over(file.inspect_err(|error| self.note_trouble(error))?)?;
        } else if trouble == HistoryTrouble::DiskFull {
            // The journal may hold pages many times over: writing it back makes room.
            let _busy = self.lock().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        write_backlog()?;
        // Only a disk that takes something is sound again.
        self.set_fact(MENDED_AT, Some(&now_ms.to_string()))?;
        self.plight().trouble = None;
        Ok(true)
    }

    /// Puts what is in memory into `file`, and goes on with that.
    fn take_over(&self, file: Self) -> Result<(), StoreError> {
        // Nothing comes between the last that is copied and the change.
        let mut reader = self.reader.lock().expect("no holder of the lock panics");
        let mut connection = self.lock();
        copy(&connection, &file)?;
        let recovery = file.recovery();
        (*reader, *connection) = file.into_connections();
        drop((reader, connection));
        let mut plight = self.plight();
        plight.is_in_memory = false;
        plight.recovery = recovery.or(plight.recovery.take());
        Ok(())
    }

    fn replace(&self, other: Self) {
        let mut reader = self.reader.lock().expect("no holder of the lock panics");
        let mut connection = self.lock();
        (*reader, *connection) = other.into_connections();
    }

    fn into_connections(self) -> (Option<Connection>, Connection) {
        let Self { reader, connection, .. } = self;
        let reader = reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        (reader, connection.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn plight(&self) -> MutexGuard<'_, Plight> {
        self.plight.lock().expect("no holder of the lock panics")
    }
}

#[cfg(unix)]
#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
