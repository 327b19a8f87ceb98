//! WAL checkpoints, run concurrently with writers: a checkpoint waits for the disk, which storing
//! an event should not.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{BUSY_PATIENCE, Store};

/// WAL size in bytes that triggers a checkpoint: some dozens of events.
const WORTH_BYTES: u64 = 4 << 20;
/// Size in bytes to which the WAL file is truncated on reset. The file size shows the fill level
/// only above this.
const KEPT_BYTES: i64 = 1 << 20;
/// Pages of 4 KiB after which a writer runs the checkpoint itself.
const MOST_PAGES: i64 = 4096;

/// Leaves checkpoints to [`Store::write_back`] unless the WAL grows without bound.
pub(super) fn leave_to_others(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "wal_autocheckpoint", MOST_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", KEPT_BYTES)
}

impl Store {
    /// Returns whether the WAL is long enough for a checkpoint.
    pub(crate) fn is_journal_long(&self) -> bool {
        let journal = self.file().and_then(|file| {
            let mut journal = file.into_os_string();
            journal.push("-wal");
            fs::metadata(journal).ok()
        });
        journal.is_some_and(|journal| journal.len() > WORTH_BYTES)
    }

    /// Checkpoints as much of the WAL as readers permit, on a separate connection. An error here
    /// also occurs for the next writer, which handles it.
    pub(crate) fn write_back(&self) -> rusqlite::Result<()> {
        let _alone = self.writing_back.lock();
        let Some(file) = self.file() else { return Ok(()) };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY_PATIENCE)?;
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        // Truncating a long file takes some milliseconds, so it is done here instead of with the
        // next event. The WAL is already synced, and the zero timeout waits for no other
        // connection.
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        // Some dozens of events have filled the caches with pages that may not be needed again.
        self.lock().execute_batch("PRAGMA shrink_memory")?;
        self.read().execute_batch("PRAGMA shrink_memory")
    }

    /// `None` for a history in memory, and while another file may be at the path.
    fn file(&self) -> Option<PathBuf> {
        if self.plight().is_detached {
            return None;
        }
        self.lock().path().filter(|path| !path.is_empty()).map(PathBuf::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(path: PathBuf) -> u64 {
        fs::metadata(path).unwrap().len()
    }

    /// Grows the WAL by more than a page per write.
    fn write(store: &Store, times: usize) {
        let page = "x".repeat(4096);
        for _ in 0..times {
            store
                .database()
                .execute("INSERT INTO message (received_at_ms, raw) VALUES (0, ?1)", [&page])
                .unwrap();
        }
    }

    #[test]
    fn who_stores_leaves_the_file_alone_until_the_journal_is_written_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        let store = Store::open(&path).unwrap();
        store.write_back().unwrap();
        let before = bytes(path.clone());

        write(&store, 600);

        assert!(store.is_journal_long());
        assert_eq!(bytes(path.clone()), before);
        store.write_back().unwrap();
        assert!(bytes(path) > before + (600 << 12));
        assert!(!store.is_journal_long(), "the WAL is truncated");
    }

    #[test]
    fn a_history_in_memory_has_no_journal() {
        let store = Store::in_memory().unwrap();

        assert!(!store.is_journal_long());
        store.write_back().unwrap();
    }
}
