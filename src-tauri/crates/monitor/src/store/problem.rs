//! Problems of the history file that a user can act on.

use std::io::ErrorKind;

use rusqlite::{ErrorCode, ffi::SQLITE_IOERR_SHMSIZE};

use super::StoreError;
use crate::status::HistoryProblem;

impl StoreError {
    pub fn trouble(&self) -> HistoryProblem {
        match self {
            Self::NewerSchema => HistoryProblem::Newer,
            Self::Foreign => HistoryProblem::Foreign,
            Self::Folder(error) => of_folder(error.kind()),
            Self::Database(error) => of_database(error),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => {
                of_database(err)
            }
            Self::Migration(_) => HistoryProblem::Unavailable,
        }
    }
}

fn of_database(error: &rusqlite::Error) -> HistoryProblem {
    if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) {
        return HistoryProblem::DiskFull;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => HistoryProblem::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            HistoryProblem::ReadOnly
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryProblem::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => HistoryProblem::Damaged,
        Some(_) | None => HistoryProblem::Unavailable,
    }
}

fn of_folder(kind: ErrorKind) -> HistoryProblem {
    if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        HistoryProblem::DiskFull
    } else if matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        HistoryProblem::ReadOnly
    } else {
        HistoryProblem::Unavailable
    }
}
