//! Transaction on the writing connection, with one method per query and write.

use std::ops::Deref;

use super::{Store, StoreError};

/// Committed as a whole or not at all.
pub(crate) struct Transaction<'a> {
    transaction: rusqlite::Transaction<'a>,
    pub(super) store: &'a Store,
}

impl<'a> Deref for Transaction<'a> {
    type Target = rusqlite::Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl Store {
    /// Runs `write` in a transaction; rolls back if it fails. Blocks on the disk. `write` must not
    /// use the store itself.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.lock();
        let transaction = Transaction { transaction: connection.transaction()?, store: self };
        let written = write(&transaction)?;
        transaction.transaction.commit()?;
        Ok(written)
    }

    /// Runs `write` and rolls it back, which fills the statement cache.
    pub(crate) fn rehearse(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = Transaction { transaction: connection.transaction()?, store: self };
        write(&transaction)?;
        Ok(transaction.transaction.rollback()?)
    }
}
