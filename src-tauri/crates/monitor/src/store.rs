//! Event history: one SQLite file, one method per query.
//!
//!  Stores events, their raw messages, device names, and the few facts that survive a restart.
//! Contains no secrets, but all of it is personal data.

mod attachment;
mod checkpoint;
mod counts;
mod cycles;
mod devices;
mod energy;
mod events;
mod filter;
mod health;
mod labels;
mod messages;
#[cfg(test)]
mod model_tests;
mod outbox;
mod problem;
mod read;
mod recovery;
mod reminders;
mod retention;
mod salvage;
mod schema;
mod search;
mod states;
mod statistics;
mod transaction;
mod transfer;

use std::{
    fs::{self, OpenOptions},
    path::Path,
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use words::{Language, Words};

pub(crate) use devices::{EVENTS_SUBSCRIBED_AT, PresentDevice};
pub(crate) use energy::EnergyRead;
#[cfg(test)]
pub(crate) use events::SIMILAR_PUSHES;
pub use filter::is_blank_search;
pub use health::{HistoryHealth, history_health};
pub(crate) use outbox::{Outgoing, TargetRecord, Waiting};
use recovery::Fallback;
pub use search::{PageFrom, SearchHit};
pub(crate) use states::KnownState;
pub(crate) use transaction::Transaction;
pub use transfer::{Imported, TransferError};

/// `ThQT`; identifies the file as a history of this app.
const APPLICATION_ID: i32 = 0x5468_5154;
/// Busy timeout while another process writes. Upper bound of the delay before a push that cannot be
/// stored is published.
const BUSY_PATIENCE: Duration = Duration::from_millis(250);
/// Cache per connection: 256 KiB, enough for paged reads. The operating system caches pages that
/// are read often.
const CACHE: i32 = -256;
/// Capacity of the prepared-statement cache; above the number of statements in use.
const STATEMENTS: usize = 128;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("history was written by a newer version of the app")]
    NewerSchema,

    #[error("file belongs to another program")]
    Foreign,

    #[error("history directory is not usable")]
    Folder(#[from] std::io::Error),

    #[error("history database failed")]
    Database(#[from] rusqlite::Error),

    #[error("history migration failed")]
    Migration(#[source] rusqlite_migration::Error),
}

/// Methods block on the disk. Async callers go through [`tokio::task::spawn_blocking`].
#[derive(Debug)]
pub struct Store {
    /// Separate from `connection` so that long queries do not delay writes. `None` for a history in
    /// memory, which has one connection. Closed first: only the last connection checkpoints the
    /// WAL.
    reader: Mutex<Option<Connection>>,
    connection: Mutex<Connection>,
    /// Held while waiting for `connection`: a waiting caller is served before the previous holder.
    turn: Mutex<()>,
    plight: Mutex<Fallback>,
    /// Held during a checkpoint, and by operations that need exclusive access.
    writing_back: Mutex<()>,
    /// Both languages: search results do not depend on the language of the screen.
    words: [Words; 2],
}

impl Store {
    /// Opens the history at `path`, creating or migrating it as needed. The file is accessible to
    /// its user only.
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
            // Required for incremental vacuum.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        if application_id(&connection)? != APPLICATION_ID {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        // A power cut may lose the last commits in the WAL but does not corrupt the file; a killed
        // process loses nothing.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        checkpoint::leave_to_others(&connection)?;
        Self::new(connection, Some(path))
    }

    /// Creates a history in memory, dropped with the value.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::new(Connection::open_in_memory()?, None)
    }

    fn new(mut connection: Connection, path: Option<&Path>) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY_PATIENCE)?;
        // A deferred transaction that reads first would fail instead of waiting for another writer.
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        // Preparing the statements again for each event takes longer than running them.
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

    /// Locks the reading connection. Callers must not lock the writing one while holding it.
    fn read(&self) -> ReadConnection<'_> {
        let reader = self.reader.lock();
        if reader.is_some() {
            ReadConnection::Own(reader)
        } else {
            ReadConnection::Shared(self.lock())
        }
    }

    /// Access for tests that corrupt or inspect the file.
    #[cfg(test)]
    pub(crate) fn database(&self) -> MutexGuard<'_, Connection> {
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        let _turn = self.turn.lock();
        self.connection.lock()
    }
}

/// Connection used for queries.
enum ReadConnection<'a> {
    Own(MutexGuard<'a, Option<Connection>>),
    /// In memory there is one connection only.
    Shared(MutexGuard<'a, Connection>),
}

impl std::ops::Deref for ReadConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(reader) => reader.as_ref().expect("checked when the lock was taken"),
            Self::Shared(connection) => connection,
        }
    }
}

fn application_id(connection: &Connection) -> Result<i32, StoreError> {
    Ok(connection.query_one("PRAGMA application_id", [], |row| row.get(0))?)
}

/// Accepts an empty file, and one that has our tables but predates the application id.
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

/// Creates the directory and its parents, accessible to their user only.
#[cfg(unix)]
pub fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
pub fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

/// SQLite creates the WAL with the mode of the database.
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
