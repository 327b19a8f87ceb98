//! Integrity check of the history file, independent of a running store.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Result of an integrity check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryHealth {
    /// The file does not exist yet.
    Absent,
    Sound {
        bytes: u64,
    },
    /// The check timed out; no damage found so far.
    Unchecked {
        bytes: u64,
    },
    Damaged {
        bytes: u64,
    },
    /// The file cannot be opened or read.
    Unreadable,
}

/// Checks the file at `path`, for at most `patience`. Blocks on the disk; does not block writers.
pub fn history_health(path: &Path, patience: Duration) -> HistoryHealth {
    let bytes = size(path);
    if !path.exists() {
        return HistoryHealth::Absent;
    }
    // Read-write, since a WAL left by a killed process has to be recovered first.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else {
        return HistoryHealth::Unreadable;
    };
    let interrupt = connection.get_interrupt_handle();
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if is_done.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let found: rusqlite::Result<String> =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        drop(done);
        match found {
            Ok(text) if text == "ok" => HistoryHealth::Sound { bytes },
            Ok(_) => HistoryHealth::Damaged { bytes },
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy) => {
                    HistoryHealth::Unchecked { bytes }
                }
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    HistoryHealth::Damaged { bytes }
                }
                Some(_) | None => HistoryHealth::Unreadable,
            },
        }
    })
}

/// Size of the file and its WAL.
fn size(path: &Path) -> u64 {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [path.to_owned(), beside("-wal"), beside("-shm")]
        .iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_history_in_use_is_found_sound_and_a_missing_one_absent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        assert_eq!(history_health(&path, PATIENCE), HistoryHealth::Absent);
        let _store = Store::open(&path).unwrap();

        let found = history_health(&path, PATIENCE);

        assert!(matches!(found, HistoryHealth::Sound { bytes } if bytes > 4096), "{found:?}");
    }

    #[test]
    fn a_damaged_history_is_found_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        drop(Store::open(&path).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        for byte in bytes.iter_mut().skip(4096).take(8192) {
            *byte = 0x5a;
        }
        fs::write(&path, bytes).unwrap();

        assert!(matches!(history_health(&path, PATIENCE), HistoryHealth::Damaged { .. }));
        fs::write(&path, "not a database, but long enough to be checked").unwrap();
        assert!(matches!(history_health(&path, PATIENCE), HistoryHealth::Damaged { .. }));
    }
}
