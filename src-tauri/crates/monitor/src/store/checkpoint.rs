//! Writing the journal back into the file, beside whoever writes: it waits for the disk, which no
//! event should.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{BUSY_PATIENCE, Store};

/// Worth writing back: some dozens of events.
const WORTH_BYTES: u64 = 4 << 20;
/// What the journal's file is cut to when it begins anew. Its size tells how full it is only above
/// this.
const KEPT_BYTES: i64 = 1 << 20;
/// Pages of 4 KiB. Whoever writes that much at once writes it back as well.
const MOST_PAGES: i64 = 4096;

/// Leaves writing back to [`Store::write_back`], but for a journal that grows and grows.
pub(super) fn leave_to_others(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "wal_autocheckpoint", MOST_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", KEPT_BYTES)
}

impl Store {
    /// Whether the journal has grown so much that it should be written back.
    pub(crate) fn is_journal_long(&self) -> bool {
        let journal = self.file().and_then(|file| {
            let mut journal = file.into_os_string();
            journal.push("-wal");
            fs::metadata(journal).ok()
        });
        journal.is_some_and(|journal| journal.len() > WORTH_BYTES)
    }

    /// Writes the journal back as far as nobody reads it, over a connection of its own. What fails
    /// here fails for the next writer as well, who knows what to do about it.
    pub(crate) fn write_back(&self) -> rusqlite::Result<()> {
        let _alone = self.writing_back.lock().expect("no holder of the lock panics");
        let Some(file) = self.file() else { return Ok(()) };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY_PATIENCE)?;
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        // Cutting a long file takes some milliseconds: not when the next event is stored. There is
        // nothing left to wait for the disk for, and nobody is waited for.
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        // Some dozens of events have filled the caches, and nobody may ask for those pages again.
        self.lock().execute_batch("PRAGMA shrink_memory")?;
        self.read().execute_batch("PRAGMA shrink_memory")
    }

    /// None in memory.
    fn file(&self) -> Option<PathBuf> {
        self.lock().path().filter(|path| !path.is_empty()).map(PathBuf::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(path: PathBuf) -> u64 {
        fs::metadata(path).unwrap().len()
    }

    /// Grows the journal by a page and more for each of them.
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
        assert!(!store.is_journal_long(), "it is cut");
    }

    #[test]
    fn a_history_in_memory_has_no_journal() {
        let store = Store::in_memory().unwrap();

        assert!(!store.is_journal_long());
        store.write_back().unwrap();
    }
}
