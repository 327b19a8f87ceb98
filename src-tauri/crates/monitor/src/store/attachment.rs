//! Whether the path still leads to the file that the connections have open.
//!
//! Cleaners, sync programs and users remove, move, replace or empty files in use. On Unix the
//! connections go on with a file without a name, which ends with the process. Only `stat` looks at
//! the file: closing another descriptor of it would release SQLite's locks.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use model::{ProblemCode, UnixMs};
use rusqlite::config::DbConfig;
use tracing::warn;

use super::{Store, StoreError, create_private_dir, create_private_file};

/// The open file, as last seen at its path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attachment {
    file: Option<FileId>,
    /// The WAL.
    journal: Option<FileId>,
    is_filled: bool,
}

/// Device and inode.
type FileId = (u64, u64);

impl Attachment {
    pub(super) fn of(path: &Path) -> Self {
        let is_filled = fs::metadata(path).is_ok_and(|found| found.len() > 0);
        Self { file: id(path), journal: id(&with_suffix(path, "-wal")), is_filled }
    }
}

impl Store {
    /// Returns whether the file was removed, moved, replaced or emptied since the last look, and
    /// notes the problem, which [`Store::mend`] resolves.
    pub(crate) fn has_lost_file(&self) -> bool {
        let mut plight = self.plight();
        let Some(path) = plight.path.as_deref() else { return false };
        if plight.is_in_memory || plight.is_detached {
            return false;
        }
        let (before, now) = (plight.attachment, Attachment::of(path));
        if now.file != before.file {
            warn!("history file was removed or replaced");
            plight.is_detached = true;
            plight.problem = Some(ProblemCode::HistoryUnavailable);
            return true;
        }
        if before.is_filled && !now.is_filled {
            warn!("history file was emptied");
            plight.problem = Some(ProblemCode::HistoryDamaged);
            return true;
        }
        plight.attachment = now;
        false
    }

    /// Gives the history a name again: writes it to a new file, or adds it to the file that is at
    /// the path by now.
    pub(super) fn reattach(&self, path: &Path, now_ms: UnixMs) -> Result<(), StoreError> {
        // A checkpoint opens the path.
        let _alone = self.writing_back.lock();
        // The last connection to close would remove the WAL at the path, whosever it is.
        let keeps_journal = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        self.lock().set_db_config(keeps_journal, true)?;
        if let Some(reader) = &*self.reader.lock() {
            reader.set_db_config(keeps_journal, true)?;
        }
        // No other file must be opened with the WAL of this one, which stays open without a name.
        let journal = with_suffix(path, "-wal");
        let is_ours = id(&journal).is_some_and(|id| Some(id) == self.plight().attachment.journal);
        if is_ours || !path.exists() {
            for orphan in [journal, with_suffix(path, "-shm")] {
                if orphan.exists() {
                    fs::remove_file(orphan)?;
                }
            }
        }
        if path.exists() {
            return self.take_over(Self::open_whole(path, now_ms)?);
        }
        if let Some(dir) = path.parent() {
            create_private_dir(dir)?;
        }
        let copy = path.with_extension("copy");
        if copy.exists() {
            fs::remove_file(&copy)?;
        }
        create_private_file(&copy)?;
        let mut reader = self.reader.lock();
        // Held until the switch, so that no event is added after the copy.
        let mut connection = self.lock();
        connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        fs::rename(&copy, path)?;
        (*reader, *connection) = Self::open(path)?.into_connections();
        Ok(())
    }
}

#[cfg(unix)]
fn id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;

    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Elsewhere an open file can be neither removed nor replaced.
#[cfg(not(unix))]
fn id(_: &Path) -> Option<FileId> {
    None
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{decision::Decision, event::example_event};

    const NOW: UnixMs = 1_800_000_000_000;

    fn store() -> (TempDir, PathBuf, Store) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join("history.db");
        let store = Store::open_or_get_by(&path, NOW).unwrap();
        add(&store, "BEFORE");
        assert!(!store.has_lost_file());
        (dir, path, store)
    }

    fn add(store: &Store, code: &str) {
        let event = example_event(code, "Washer", NOW + i64::try_from(code.len()).unwrap());
        store.add_untold(&event, |_| Decision::Notify).unwrap();
    }

    fn codes(store: &Store) -> Vec<String> {
        let page = store.page(crate::event::EventId::END, 100, None).unwrap();
        let mut codes: Vec<_> = page.into_iter().map(|stored| stored.event.code).collect();
        codes.sort();
        codes
    }

    /// Adds an event, repairs the history, adds another one, and opens it anew.
    fn codes_afterwards(path: &Path, store: Store) -> Vec<String> {
        add(&store, "DURING");
        assert!(store.has_lost_file());
        assert!(store.problem().is_some());
        assert!(store.mend(NOW, || Ok(false)).unwrap());
        assert_eq!(store.problem(), None);
        add(&store, "AFTER");
        assert!(!store.has_lost_file());
        drop(store);
        codes(&Store::open(path).unwrap())
    }

    #[test]
    fn a_removed_file_is_written_anew() {
        let removals: [fn(&Path); 4] = [
            |path| fs::remove_file(path).unwrap(),
            |path| {
                for suffix in ["", "-wal", "-shm"] {
                    fs::remove_file(with_suffix(path, suffix)).unwrap();
                }
            },
            |path| fs::remove_dir_all(path.parent().unwrap()).unwrap(),
            |path| fs::rename(path, path.with_extension("away")).unwrap(),
        ];
        for remove in removals {
            let (_dir, path, store) = store();
            remove(&path);
            assert_eq!(codes_afterwards(&path, store), ["AFTER", "BEFORE", "DURING"]);
        }
    }

    #[test]
    fn a_file_in_its_place_gets_the_events() {
        let (_other_dir, other_path, other) = store();
        add(&other, "ELSEWHERE");
        drop(other);
        let (_dir, path, store) = store();

        fs::rename(&other_path, &path).unwrap();

        assert_eq!(codes_afterwards(&path, store), ["AFTER", "BEFORE", "DURING", "ELSEWHERE"]);
    }

    #[test]
    fn a_file_of_another_program_is_left_alone_and_the_events_are_kept_until_it_goes() {
        let (_dir, path, store) = store();
        fs::remove_file(&path).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("PRAGMA application_id = 1; CREATE TABLE theirs (a)").unwrap();

        assert!(store.has_lost_file());
        store.mend(NOW, || Ok(false)).unwrap_err();
        assert_eq!(store.problem(), Some(ProblemCode::HistoryForeign));
        add(&store, "MEANWHILE");
        let tables = "SELECT count(*) FROM sqlite_schema";
        assert_eq!(other.query_one(tables, [], |row| row.get::<_, u32>(0)).unwrap(), 1);

        fs::remove_file(&path).unwrap();
        assert!(store.mend(NOW, || Ok(false)).unwrap());
        drop(store);
        assert_eq!(codes(&Store::open(&path).unwrap()), ["BEFORE", "MEANWHILE"]);
    }

    #[test]
    fn an_emptied_file_is_noticed_and_replaced() {
        let (_dir, path, store) = store();
        store.write_back().unwrap();
        assert!(!store.has_lost_file());
        fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();

        assert!(store.has_lost_file());
        assert_eq!(store.problem(), Some(ProblemCode::HistoryDamaged));
        store.mend(NOW, || Ok(false)).unwrap();
        add(&store, "AFTER");
        drop(store);
        assert!(codes(&Store::open(&path).unwrap()).contains(&"AFTER".to_owned()));
    }
}
