//! Deferred maintenance of the history: indexing and checkpoints of the journal.

use std::{sync::Arc, time::Duration};

use thinq::Chain;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::{debug, warn};

use super::Ingest;
use crate::{
    status::HistoryProblem,
    store::{Store, StoreError},
};

/// Idle time before maintenance starts. Related messages arrive closer together.
pub(super) const QUIET: Duration = Duration::from_millis(100);

impl Ingest {
    /// Whether maintenance is pending. It can be postponed for a while.
    pub(super) fn has_upkeep(&self, is_indexing_worth_while: Result<bool, StoreError>) -> bool {
        self.note_indexed(is_indexing_worth_while) || self.store.is_journal_long()
    }

    /// Runs the next unit of maintenance, which delays events that arrive meanwhile. Returns
    /// whether more is pending.
    pub(super) fn keep_up(&self) -> bool {
        self.note_indexed(self.store.index_some())
    }

    /// Returns `false` on failure, as the next event would fail as well.
    fn note_indexed(&self, indexed: Result<bool, StoreError>) -> bool {
        indexed.unwrap_or_else(|error| {
            warn!(error = %Chain(&error), "failed to index texts");
            if error.trouble() == HistoryProblem::Damaged {
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
        debug!(error = %Chain(&error), "failed to checkpoint the journal");
    }
}
