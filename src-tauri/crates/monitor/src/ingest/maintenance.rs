//! What the history needs now and then, and no event has to wait for: indexes that follow, a journal
//! that is written back.

use std::{sync::Arc, time::Duration};

use thinq::Chain;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::{debug, warn};

use super::Ingest;
use crate::{
    status::HistoryTrouble,
    store::{Store, StoreError},
};

/// Upkeep begins when nothing has come for this long: what belongs together comes closer.
pub(super) const QUIET: Duration = Duration::from_millis(100);

impl Ingest {
    /// The history is as good without it, for a while.
    pub(super) fn has_upkeep(&self, is_indexing_worth_while: Result<bool, StoreError>) -> bool {
        self.note_indexed(is_indexing_worth_while) || self.store.is_journal_long()
    }

    /// The next part of the upkeep that an event waits for, if it comes meanwhile. Returns whether
    /// there is more.
    pub(super) fn keep_up(&self) -> bool {
        self.note_indexed(self.store.index_some())
    }

    /// `false` where it failed: what else fails here fails for the next event as well.
    fn note_indexed(&self, indexed: Result<bool, StoreError>) -> bool {
        indexed.unwrap_or_else(|error| {
            warn!(error = %Chain(&error), "texts could not be indexed");
            if error.trouble() == HistoryTrouble::Damaged {
                self.note_trouble(&error);
            }
            false
        })
    }

    pub(super) fn write_back_beside(&self, writing_back: &mut Option<JoinHandle<()>>) {
        let is_free = writing_back.as_ref().is_none_or(JoinHandle::is_finished);
        if is_free && self.store.is_journal_long() {
            let store = Arc::clone(&self.store);
            *writing_back = Some(spawn_blocking(move || write_back(&store)));
        }
    }
}

fn write_back(store: &Store) {
    if let Err(error) = store.write_back() {
        debug!(error = %Chain(&error), "the journal could not be written back");
    }
}
