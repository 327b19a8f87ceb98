//! The history: one SQLite file, one method for each question that is asked.
//!
//! Events that somebody sees, the raw messages behind them, the devices' names, and the few facts
//! that outlive a restart. Nothing in it is secret; all of it is personal.

mod checkpoint;
mod counts;
mod cycles;
mod devices;
mod events;
mod filter;
mod find;
mod health;
mod indexing;
mod labels;
mod messages;
#[cfg(test)]
mod model_tests;
mod problem;
mod read;
mod recovery;
mod reminders;
mod retention;
mod salvage;
mod schema;
mod states;
mod statistics;
mod transaction;
mod transfer;

use std::{
    fs::{self, OpenOptions},
    path::Path,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use words::{Language, Words};

pub use counts::{Counts, KnownDevice, Size};
pub(crate) use devices::PresentDevice;
#[cfg(test)]
pub(crate) use events::SIMILAR_PUSHES;
pub use filter::Filter;
pub use find::{Found, PageFrom};
pub use health::{HistoryHealth, history_health};
use recovery::Plight;
pub use retention::Retention;
pub use salvage::Recovery;
pub(crate) use states::KnownState;
pub use statistics::{Cycles, Maintenance, Statistics};
pub(crate) use transaction::Transaction;
pub use transfer::{Imported, TransferError};

/// `ThQT`, so that the file is known as ours.
const APPLICATION_ID: i32 = 0x5468_5154;
/// Somebody else may be writing. A push that cannot be stored is told as late as this.
const BUSY_PATIENCE: Duration = Duration::from_millis(250);
/// Of each connection, in KiB: plenty for a history that is read a page at a time. The system keeps
/// what is read again and again.
const CACHE: i32 = -256;
/// More than are used.
const STATEMENTS: usize = 128;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("history was written by a newer version of the app")]
    NewerSchema,

    #[error("file belongs to another program")]
    Foreign,

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
    /// A long question keeps no event waiting. None in memory, where there is one connection.
    /// Closed first: only the other one can write the journal back.
    reader: Mutex<Option<Connection>>,
    connection: Mutex<Connection>,
    /// Held while waiting for the connection: whoever waits comes before whoever has just had it.
    turn: Mutex<()>,
    plight: Mutex<Plight>,
    /// Held while the journal is written back, and by whoever has to be alone with it.
    writing_back: Mutex<()>,
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
        connection.busy_timeout(BUSY_PATIENCE)?;
        if !is_ours(&connection)? {
            return Err(StoreError::Foreign);
        }
        if connection.query_one("PRAGMA page_count", [], |row| row.get::<_, i64>(0))? == 0 {
            // So that it can be made small in steps.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        if application_id(&connection)? != APPLICATION_ID {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        // A power cut may take the last commits of a WAL with it, never its integrity; a killed
        // process loses nothing.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        checkpoint::leave_to_others(&connection)?;
        Self::new(connection, Some(path))
    }

    /// A history that vanishes with the value.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::new(Connection::open_in_memory()?, None)
    }

    fn new(mut connection: Connection, path: Option<&Path>) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY_PATIENCE)?;
        // One that reads before it writes would not wait for another writer at all.
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        // Preparing them anew for each event takes longer than running them.
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
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
            Some(path) => Some(reader(path)?),
            None => None,
        };
        Ok(Self {
            reader: Mutex::new(reader),
            connection: Mutex::new(connection),
            turn: Mutex::default(),
            plight: Mutex::default(),
            writing_back: Mutex::default(),
            words,
        })
    }

    /// For questions; whoever holds it must not ask for the other one.
    fn read(&self) -> Reading<'_> {
        let reader = self.reader.lock().expect("no holder of the lock panics");
        if reader.is_some() { Reading::Own(reader) } else { Reading::Shared(self.lock()) }
    }

    /// For tests that break the file, or look into it.
    #[cfg(test)]
    pub(crate) fn database(&self) -> MutexGuard<'_, Connection> {
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        let _turn = self.turn.lock().expect("no holder of the lock panics");
        self.connection.lock().expect("no holder of the lock panics")
    }
}

/// The connection that questions go to.
enum Reading<'a> {
    Own(MutexGuard<'a, Option<Connection>>),
    /// In memory there is only one.
    Shared(MutexGuard<'a, Connection>),
}

impl std::ops::Deref for Reading<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(reader) => reader.as_ref().expect("it was there when it was locked"),
            Self::Shared(connection) => connection,
        }
    }
}

fn application_id(connection: &Connection) -> Result<i32, StoreError> {
    Ok(connection.query_one("PRAGMA application_id", [], |row| row.get(0))?)
}

/// An empty file is ours to fill; one from before it carried our id has our tables.
fn is_ours(connection: &Connection) -> Result<bool, StoreError> {
    let id = application_id(connection)?;
    let tables: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let own: i64 = connection.query_one(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'message', 'fact')",
        [],
        |row| row.get(0),
    )?;
    Ok(id == APPLICATION_ID || (id == 0 && (tables == 0 || own == 3)))
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_PATIENCE)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
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
    fn both_connections_keep_few_pages() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("history.db")).unwrap();
        let cache = |connection: &Connection| {
            connection.query_one("PRAGMA cache_size", [], |row| row.get::<_, i32>(0)).unwrap()
        };

        assert_eq!((cache(&store.lock()), cache(&store.read())), (CACHE, CACHE));
    }

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
