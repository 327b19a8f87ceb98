//! The indexes of trigrams, brought up to date behind the events: that takes longer than storing an
//! event, and a notification need not wait for it.
//!
//! `indexed` says up to which ids they have what is there. The rest is looked through one by one, so
//! that nothing is ever not found.

use rusqlite::Connection;

use super::{Store, StoreError};

/// So many make it worth while: the index grows by a piece each time.
const WORTH: u32 = 128;
/// So many are brought into it at once; an event that comes meanwhile waits a millisecond or two.
const STEP: u32 = 32;
/// As above, where many are stored at once anyway. The index holds all of a step in memory.
const AT_ONCE: u32 = 256;
/// With more than these it is time, whatever else waits: they are looked through one by one.
const MOST: u32 = 2_048;

impl Store {
    /// Whether [`Self::index_some`] has something to do.
    pub(crate) fn is_indexing_worth_while(&self) -> Result<bool, StoreError> {
        is_behind_by(&self.lock(), WORTH)
    }

    /// Brings some events into the index, if that is worth while. Returns whether it still is.
    pub(crate) fn index_some(&self) -> Result<bool, StoreError> {
        Ok(self.is_indexing_worth_while()?
            && self.index_next(STEP)?
            && self.is_indexing_worth_while()?)
    }

    /// Brings events into the index when there are very many. Returns whether it is worth while to go
    /// on.
    pub(crate) fn index_if_much_behind(&self) -> Result<bool, StoreError> {
        if !self.is_indexing_worth_while()? {
            return Ok(false);
        }
        if !is_behind_by(&self.lock(), MOST)? {
            return Ok(true);
        }
        for _ in 0..MOST / AT_ONCE {
            self.index_next(AT_ONCE)?;
        }
        self.is_indexing_worth_while()
    }

    /// Brings the next few events into the index. Returns whether there are more of them.
    pub(super) fn index_next(&self, count: u32) -> Result<bool, StoreError> {
        index(&mut self.lock(), count)
    }

    /// Brings all of them into the index, in steps between which events are stored.
    pub(crate) fn index_all(&self) -> Result<(), StoreError> {
        while self.index_next(AT_ONCE)? {}
        Ok(())
    }
}

/// At least so many events, or labels, are not in their index.
fn is_behind_by(connection: &Connection, count: u32) -> Result<bool, StoreError> {
    let at = count.saturating_sub(1);
    let of_events = connection
        .prepare_cached(
            "SELECT 1 FROM event NOT INDEXED WHERE id > (SELECT events_up_to FROM indexed)
             ORDER BY id LIMIT 1 OFFSET ?1",
        )?
        .exists([at])?;
    Ok(of_events
        || connection
            .prepare_cached(
                "SELECT 1 FROM label NOT INDEXED WHERE id > (SELECT labels_up_to FROM indexed)
                 ORDER BY id LIMIT 1 OFFSET ?1",
            )?
            .exists([at])?)
}

fn index(connection: &mut Connection, count: u32) -> Result<bool, StoreError> {
    if !is_behind_by(connection, 1)? {
        return Ok(false);
    }
    let transaction = connection.transaction()?;
    let up_to = |table: &str| {
        transaction
            .prepare_cached(&format!(
                "SELECT coalesce(
                     (SELECT max(id) FROM (SELECT id FROM {table} NOT INDEXED
                         WHERE id > (SELECT {table}s_up_to FROM indexed) ORDER BY id LIMIT ?1)),
                     (SELECT {table}s_up_to FROM indexed))"
            ))?
            .query_row([count], |row| row.get::<_, i64>(0))
    };
    let (labels_up_to, events_up_to) = (up_to("label")?, up_to("event")?);
    transaction
        .prepare_cached(
            "INSERT INTO label_search (rowid, words, common)
             SELECT id, words, common FROM label NOT INDEXED
             WHERE id > (SELECT labels_up_to FROM indexed) AND id <= ?1 ORDER BY id",
        )?
        .execute([labels_up_to])?;
    transaction
        .prepare_cached(
            "INSERT INTO own_search (rowid, own) SELECT id, own FROM event NOT INDEXED
             WHERE id > (SELECT events_up_to FROM indexed) AND id <= ?1 AND own <> '' ORDER BY id",
        )?
        .execute([events_up_to])?;
    transaction
        .prepare_cached("UPDATE indexed SET labels_up_to = ?1, events_up_to = ?2")?
        .execute([labels_up_to, events_up_to])?;
    let is_more = is_behind_by(&transaction, 1)?;
    transaction.commit()?;
    Ok(is_more)
}

#[cfg(test)]
#[path = "indexing_tests.rs"]
mod tests;
