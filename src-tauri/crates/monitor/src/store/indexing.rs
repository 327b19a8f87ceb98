//! Incremental maintenance of the trigram indexes. Indexing takes longer than storing an event, so
//! it runs later and does not delay notifications.
//!
//!  `indexed` stores the last indexed ids. Newer rows are scanned, so search results are always
//! complete.

use rusqlite::Connection;

use super::{Store, StoreError};

/// Backlog at which indexing starts: each run adds a segment to the index.
const WORTH: u32 = 128;
/// Batch size; an event that arrives meanwhile waits one or two milliseconds.
const STEP: u32 = 32;
/// Batch size for bulk inserts. The index holds a whole batch in memory.
const AT_ONCE: u32 = 256;
/// Backlog at which indexing takes priority over other work, since unindexed rows are scanned.
const MOST: u32 = 2_048;

impl Store {
    /// Returns whether [`Self::index_some`] has work to do.
    pub(crate) fn is_indexing_worth_while(&self) -> Result<bool, StoreError> {
        is_behind_by(&self.lock(), WORTH)
    }

    /// Indexes one small batch if the backlog is long enough. Returns whether it still is.
    pub(crate) fn index_some(&self) -> Result<bool, StoreError> {
        Ok(self.is_indexing_worth_while()?
            && self.index_next(STEP)?
            && self.is_indexing_worth_while()?)
    }

    /// Indexes up to `MOST` events if the backlog is very long. Returns whether it is still long
    /// enough for [`Self::index_some`].
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

    /// Indexes up to `count` events. Returns whether more remain.
    pub(super) fn index_next(&self, count: u32) -> Result<bool, StoreError> {
        index(&mut self.lock(), count)
    }

    /// Indexes all events in batches, between which other writes can run.
    pub(crate) fn index_all(&self) -> Result<(), StoreError> {
        while self.index_next(AT_ONCE)? {}
        Ok(())
    }
}

/// Returns whether at least `count` events or labels are not indexed.
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
