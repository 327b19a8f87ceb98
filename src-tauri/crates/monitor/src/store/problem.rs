//! Problems of the history file that a user can act on.

use std::io::ErrorKind;

use model::ProblemCode;
use rusqlite::{ErrorCode, ffi::SQLITE_IOERR_SHMSIZE};

use super::StoreError;

impl StoreError {
    pub fn problem(&self) -> ProblemCode {
        match self {
            Self::NewerSchema => ProblemCode::HistoryNewer,
            Self::Foreign => ProblemCode::HistoryForeign,
            Self::Folder(error) => of_folder(error.kind()),
            Self::Database(error) => of_database(error),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => {
                of_database(err)
            }
            Self::Migration(_) => ProblemCode::HistoryUnavailable,
        }
    }
}

fn of_database(error: &rusqlite::Error) -> ProblemCode {
    if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) {
        return ProblemCode::HistoryFull;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => ProblemCode::HistoryFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ProblemCode::HistoryReadOnly
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ProblemCode::HistoryLocked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ProblemCode::HistoryDamaged,
        Some(_) | None => ProblemCode::HistoryUnavailable,
    }
}

fn of_folder(kind: ErrorKind) -> ProblemCode {
    if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        ProblemCode::HistoryFull
    } else if matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        ProblemCode::HistoryReadOnly
    } else {
        ProblemCode::HistoryUnavailable
    }
}
