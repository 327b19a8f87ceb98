//! The history: one SQLite file, one method for each question that is asked.
//!
//! Events that somebody sees, the raw messages behind them, the devices' names, and the few facts
//! that outlive a restart. Nothing in it is secret; all of it is personal.

mod counts;
mod devices;
mod filter;
mod find;
mod health;
mod labels;
mod names;
mod parts;
mod read;
mod reminders;
mod schema;
mod states;
mod statistics;
mod write;

use std::{
    fs::{self, OpenOptions},
    path::Path,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use words::{Language, Words};

pub use counts::{Counts, KnownDevice, Size};
pub use filter::Filter;
pub use find::{Found, FoundIn, PageFrom};
pub use health::{HistoryHealth, history_health};
pub(crate) use parts::ENDING_WAITS;
pub(crate) use states::Look;
pub use statistics::{Cycles, Maintenance, Statistics};
pub use write::Added;
pub(crate) use write::Outcome;

/// A push and the state tell of one ending within this time of each other.
/// See `docs/protocol.md#from-message-to-notification`.
const SAME_ENDING_MS: i64 = 3 * 60 * 1000;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("history was written by a newer version of the app")]
    NewerSchema,

    #[error("history folder cannot be used")]
    Folder(#[from] std::io::Error),

    #[error("history database failed")]
    Database(#[from] rusqlite::Error),

    #[error("history could not be brought up to date")]
    Migration(#[source] rusqlite_migration::Error),
}

/// Methods block on the disk. Async callers go through [`tokio::task::spawn_blocking`].
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    /// A long question keeps no event waiting. None in memory, where there is one connection.
    reader: Option<Mutex<Connection>>,
    /// Both languages: what is searched does not change with the language of the screen.
    words: [Words; 2],
}

impl Store {
    /// Opens the history at `path`, creating or migrating it as needed. The file is for its user
    /// only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(dir) = path.parent() {
            create_private_dir(dir)?;
        }
        create_private_file(path)?;
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A power cut may take the last commits of a WAL with it, never its integrity; a killed
        // process loses nothing.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Self::new(connection, Some(path))
    }

    /// A history that vanishes with the value.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::new(Connection::open_in_memory()?, None)
    }

    fn new(mut connection: Connection, path: Option<&Path>) -> Result<Self, StoreError> {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        // 512 KiB of pages are plenty for a history that is read a page at a time.
        connection.pragma_update(None, "cache_size", -512)?;
        schema::MIGRATIONS.to_latest(&mut connection).map_err(|error| {
            let is_newer = matches!(
                error,
                rusqlite_migration::Error::MigrationDefinition(
                    rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead
                )
            );
            if is_newer { StoreError::NewerSchema } else { StoreError::Migration(error) }
        })?;
        let words = Language::ALL.map(Words::new);
        let reader = match path {
            Some(path) => Some(Mutex::new(reader(path)?)),
            None => None,
        };
        Ok(Self { connection: Mutex::new(connection), reader, words })
    }

    /// For questions; whoever holds it must not ask for the other one.
    fn read(&self) -> MutexGuard<'_, Connection> {
        match &self.reader {
            Some(reader) => reader.lock().expect("no holder of the lock panics"),
            None => self.lock(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().expect("no holder of the lock panics")
    }
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Makes the folder and those above it, for their user only.
#[cfg(unix)]
pub fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
pub fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

/// SQLite gives its journal the mode of the database.
fn create_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid() {
        schema::MIGRATIONS.validate().unwrap();
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        drop(Store::open(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();

        assert!(matches!(Store::open(&path), Err(StoreError::NewerSchema)));
    }

    #[cfg(unix)]
    #[test]
    fn the_history_is_for_its_user_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join("history.db");

        let _store = Store::open(&path).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&dir.path().join("data").join("history.db-wal")), 0o600);
    }
}
