//! Fallback for a file that cannot be used.
//!
//!  Without a usable file, the history is kept in memory and failed writes are queued; both are
//! moved into the file as soon as it can be used again.

use std::path::{Path, PathBuf};

use model::{HistoryRecovery, ProblemCode, UnixMs};
use parking_lot::MutexGuard;
use rusqlite::Connection;
use thinq::Chain;
use tracing::error;

use super::{Store, StoreError, attachment::Attachment, salvage::copy};

/// Name of the fact that records when the file became writable again.
const MENDED_AT: &str = "mended_at_ms";

/// State of the fallback.
#[derive(Debug, Default)]
pub(super) struct Fallback {
    /// Path of the file. `None` for a history created in memory.
    pub(super) path: Option<PathBuf>,
    /// The history is temporarily in memory.
    pub(super) is_in_memory: bool,
    /// The open file is no longer the one at `path`.
    pub(super) is_detached: bool,
    pub(super) attachment: Attachment,
    pub(super) problem: Option<ProblemCode>,
    pub(super) recovery: Option<HistoryRecovery>,
}

impl Store {
    /// As [`Store::open`], but recovers a damaged file, and falls back to memory if the file cannot
    /// be used.
    pub fn open_or_get_by(path: &Path, now_ms: UnixMs) -> Result<Self, StoreError> {
        let store = match Self::open_whole(path, now_ms) {
            Ok(store) => {
                if let Err(error) = store.finish_wiping() {
                    error!(error = %Chain(&error), "failed to wipe deleted events");
                }
                store
            }
            Err(error) => {
                error!(error = %Chain(&error), "failed to open the history");
                let store = Self::in_place_of_file(now_ms)?;
                store.plight().problem = Some(error.problem());
                store
            }
        };
        let mut plight = store.plight();
        plight.path = Some(path.to_owned());
        plight.attachment = Attachment::of(path);
        drop(plight);
        Ok(store)
    }

    /// Creates a history in memory until the file is usable. Event ids start above those of any
    /// file, so that events keep them when they are moved into it; later events get higher ids.
    fn in_place_of_file(now_ms: UnixMs) -> Result<Self, StoreError> {
        let store = Self::in_memory()?;
        store
            .lock()
            .execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('event', ?1)", [now_ms])?;
        store.plight().is_in_memory = true;
        Ok(store)
    }

    /// Current problem of the history.
    pub fn problem(&self) -> Option<ProblemCode> {
        self.plight().problem
    }

    pub(crate) fn note_problem(&self, error: &StoreError) {
        self.plight().problem = Some(error.problem());
    }

    /// Tries to recover: opens the file, recovers a damaged one, and writes the backlog with
    /// `write_backlog`, which returns whether there was one. Returns whether the history changed.
    pub(crate) fn mend(
        &self,
        now_ms: UnixMs,
        write_backlog: impl FnOnce() -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let (path, problem, is_in_memory, is_detached) = {
            let plight = self.plight();
            (plight.path.clone(), plight.problem, plight.is_in_memory, plight.is_detached)
        };
        let (Some(path), Some(problem)) = (path, problem) else {
            return write_backlog();
        };
        if is_detached {
            self.reattach(&path, now_ms).inspect_err(|error| self.note_problem(error))?;
            self.plight().is_detached = false;
        } else if is_in_memory {
            let file = Self::open_whole(&path, now_ms);
            self.take_over(file.inspect_err(|error| self.note_problem(error))?)?;
        } else if problem == ProblemCode::HistoryDamaged {
            // No other user may hold the file while it is renamed.
            let _alone = self.writing_back.lock();
            self.replace(Self::in_place_of_file(now_ms)?);
            self.plight().is_in_memory = true;
            let file = Self::recovered(&path, now_ms);
            self.take_over(file.inspect_err(|error| self.note_problem(error))?)?;
        } else if problem == ProblemCode::HistoryFull {
            // The WAL may contain several versions of a page: a checkpoint frees space.
            let _busy = self.lock().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        write_backlog()?;
        // The problem is resolved only if a write succeeds.
        self.set_fact(MENDED_AT, Some(&now_ms.to_string()))?;
        let mut plight = self.plight();
        plight.problem = None;
        plight.attachment = Attachment::of(&path);
        Ok(true)
    }

    /// Moves the contents of memory into `file` and continues with it.
    pub(super) fn take_over(&self, file: Self) -> Result<(), StoreError> {
        // Both locks are held until the switch, so that no event is added after the copy.
        let mut reader = self.reader.lock();
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
        let mut reader = self.reader.lock();
        let mut connection = self.lock();
        (*reader, *connection) = other.into_connections();
    }

    pub(super) fn into_connections(self) -> (Option<Connection>, Connection) {
        let Self { reader, connection, .. } = self;
        let reader = reader.into_inner();
        (reader, connection.into_inner())
    }

    pub(super) fn plight(&self) -> MutexGuard<'_, Fallback> {
        self.plight.lock()
    }
}

#[cfg(unix)]
#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
