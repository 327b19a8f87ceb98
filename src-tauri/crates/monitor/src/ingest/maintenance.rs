//! Checkpoints of the journal when no message has arrived for a while.

use std::{sync::Arc, time::Duration};

use thinq::Chain;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::debug;

use super::Ingest;
use crate::store::Store;

/// Idle time before a checkpoint starts. Related messages arrive closer together.
pub(super) const QUIET: Duration = Duration::from_millis(100);

impl Ingest {
    pub(super) fn write_back_beside(&self, writing_back: &mut Option<JoinHandle<()>>) {
        if writing_back.as_ref().is_none_or(JoinHandle::is_finished) {
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
