//! Problems of the history file that a user can act on.

use std::io::ErrorKind;

use rusqlite::{ErrorCode, ffi::SQLITE_IOERR_SHMSIZE};

use super::StoreError;
use crate::status::HistoryTrouble;

impl StoreError {
    pub fn trouble(&self) -> HistoryTrouble {
        match self {
            Self::NewerSchema => HistoryTrouble::Newer,
            Self::Foreign => HistoryTrouble::Foreign,
            Self::Folder(error) => of_folder(error.kind()),
            Self::Database(error) => of_database(error),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => {
                of_database(err)
            }
            Self::Migration(_) => HistoryTrouble::Unavailable,
        }
    }
}

fn of_database(error: &rusqlite::Error) -> HistoryTrouble {
    if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) {
        return HistoryTrouble::DiskFull;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => HistoryTrouble::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            HistoryTrouble::ReadOnly
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryTrouble::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => HistoryTrouble::Damaged,
        Some(_) | None => HistoryTrouble::Unavailable,
    }
}

fn of_folder(kind: ErrorKind) -> HistoryTrouble {
    if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        HistoryTrouble::DiskFull
    } else if matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        HistoryTrouble::ReadOnly
    } else {
        HistoryTrouble::Unavailable
    }
}
