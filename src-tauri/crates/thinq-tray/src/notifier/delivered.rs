//! Marks delivered notifications in the history in the background, so that the next notification
//! does not wait for the disk.
//!
//! Deliveries during a write form the next batch. They are shown again if the program is killed first.

use monitor::{EventId, StoreError};
use thinq::Chain;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tracing::warn;

use crate::{app::App, clock::now_ms};

#[derive(Default)]
pub(super) struct Delivered {
    waiting: Vec<EventId>,
    writing: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Delivered {
    pub(super) fn add(&mut self, events: Vec<EventId>) {
        self.waiting.extend(events);
    }

    /// Starts to write the batch unless a write is running.
    pub(super) fn write(&mut self, app: &App) {
        if self.writing.is_some() || self.waiting.is_empty() {
            return;
        }
        let (store, events) = (app.monitor.store(), std::mem::take(&mut self.waiting));
        self.writing = Some(spawn_blocking(move || store.mark_all_notified(&events, now_ms())));
    }

    /// Waits for the running write; never returns without one. Cancel safe.
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
        Ok(Err(error)) => {
            warn!(error = %Chain(&error), "failed to mark a notification as delivered");
        }
        Err(error) => warn!(%error, "failed to mark a notification as delivered"),
    }
}
