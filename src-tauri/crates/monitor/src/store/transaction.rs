//! One transaction of the writing connection, with a method for each small question and write.

use std::ops::Deref;

use super::{Store, StoreError};

/// All or nothing of it is stored.
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
    /// Commits what `write` did, or nothing if it fails. Blocks on the disk; `write` must not use
    /// the store itself.
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

    /// Does what `write` does and takes it back, which prepares its statements.
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
