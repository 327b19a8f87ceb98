//! Timer that notifies the ingest when a pending ending has waited long enough for its push.

use std::time::Duration;

use model::UnixMs;
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{cycle::ENDING_WAITS, inbound::Inbound};

/// Tolerance, as the wall clock may lag slightly behind the timer.
const SLACK: Duration = Duration::from_millis(50);

/// Runs until `stop` or until the receiver is dropped. Sleeps while `due` is `None`.
pub(crate) async fn run(
    mut due: watch::Receiver<Option<Instant>>,
    inbound: mpsc::WeakSender<Inbound>,
    stop: CancellationToken,
) {
    loop {
        let at = *due.borrow_and_update();
        tokio::select! {
            () = sleep_until(at) => {}
            changed = due.changed() => {
                if changed.is_err() {
                    return;
                }
                continue;
            }
            () = stop.cancelled() => return,
        }
        // A strong sender would keep the ingest running.
        let Some(inbound) = inbound.upgrade() else { return };
        if inbound.send(Inbound::Endings).await.is_err() || due.changed().await.is_err() {
            return;
        }
    }
}

/// Deadline for the push of an ending seen at `ended_at_ms`.
pub(crate) fn due_at(ended_at_ms: UnixMs, now_ms: UnixMs) -> Instant {
    let waited =
        Duration::from_millis(u64::try_from(now_ms.saturating_sub(ended_at_ms)).unwrap_or(0));
    Instant::now() + ENDING_WAITS.saturating_sub(waited) + SLACK
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
