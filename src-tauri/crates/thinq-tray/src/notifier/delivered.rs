//! Notes in the history what a server took, beside the notifications that follow: the next one does
//! not wait for the disk.
//!
//! What is taken meanwhile is noted in one go. If the program is killed before, it is shown again.

use monitor::{EventId, StoreError};
use thinq::Chain;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tracing::warn;

use crate::{app::App, clock::now_ms};

#[derive(Default)]
pub(super) struct Noted {
    waiting: Vec<EventId>,
    writing: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Noted {
    pub(super) fn add(&mut self, events: Vec<EventId>) {
        self.waiting.extend(events);
    }

    /// Begins to write what waits, unless something is being written.
    pub(super) fn write(&mut self, app: &App) {
        if self.writing.is_some() || self.waiting.is_empty() {
            return;
        }
        let (store, events) = (app.monitor.store(), std::mem::take(&mut self.waiting));
        self.writing = Some(spawn_blocking(move || store.mark_all_notified(&events, now_ms())));
    }

    /// Waits until what is being written is; for ever, if nothing is. Cancel safe.
    pub(super) async fn written(&mut self) {
        let Some(writing) = &mut self.writing else { return std::future::pending().await };
        report(writing.await);
        self.writing = None;
    }

    pub(super) async fn write_all(&mut self, app: &App) {
        while self.writing.is_some() || !self.waiting.is_empty() {
            self.write(app);
            self.written().await;
        }
    }
}

fn report(written: Result<Result<(), StoreError>, JoinError>) {
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(error = %Chain(&error), "a notification was not noted"),
        Err(error) => warn!(%error, "a notification was not noted"),
    }
}
