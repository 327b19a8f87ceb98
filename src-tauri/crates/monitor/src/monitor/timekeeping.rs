//! What the engine does by the clock: the end of a pause, tidying up, and noticing that the computer
//! slept.

use std::{sync::Arc, time::Duration};

use thinq::Chain;
use tokio::{
    task::spawn_blocking,
    time::{self, Instant},
};
use tracing::{info, warn};

use super::{PAUSED_UNTIL, Shared};
use crate::{
    clocks::{self, Jump, Reading},
    event::UnixMs,
    nudge::Nudge,
};

/// Sleep and clock changes are noticed at least this often while something waits for a time of day.
const LOOK_AT_CLOCK: Duration = Duration::from_mins(1);
/// Without a word from the system a waking is noticed within this time.
const COMPARE_CLOCKS: Duration = Duration::from_secs(5);

impl Shared {
    /// Where no system service tells of sleep, the clocks do.
    pub(super) async fn watch_clocks(&self) {
        loop {
            time::sleep(COMPARE_CLOCKS).await;
            let now = Reading { wall_ms: (self.clock)(), at: Instant::now() };
            let before = *self.seen.lock().expect("no holder of the lock panics");
            match clocks::jump(before, now) {
                Some(Jump::Forward(by)) => {
                    info!(?by, "the time of day jumped forward");
                    self.woke();
                    self.pause_changed.notify_one();
                }
                Some(Jump::Back(by)) => {
                    info!(?by, "the time of day was put back");
                    self.shift_pause(by);
                    self.pause_changed.notify_one();
                }
                None => {}
            }
            *self.seen.lock().expect("no holder of the lock panics") = now;
        }
    }

    pub(super) fn woke(&self) {
        let mut seen = self.seen.lock().expect("no holder of the lock panics");
        let asleep_from_ms = seen.wall_ms;
        // Told once, however many notice it.
        *seen = Reading { wall_ms: (self.clock)(), at: Instant::now() };
        drop(seen);
        self.nudger.tell(Nudge::Woke { asleep_from_ms });
    }

    /// A pause of an hour stays one when the clock is put back by a day.
    fn shift_pause(&self, by: Duration) {
        let paused_until_ms = self.status.borrow().paused_until_ms;
        if let Some(until_ms) = paused_until_ms {
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            self.set_pause(Some(until_ms.saturating_sub(by_ms)));
        }
    }

    pub(super) fn set_pause(&self, until_ms: Option<UnixMs>) {
        self.rules.write().expect("no holder of the lock panics").paused_until_ms = until_ms;
        self.status.send_modify(|status| status.paused_until_ms = until_ms);
        let value = until_ms.map(|until_ms| until_ms.to_string());
        if let Err(error) = self.store.set_fact(PAUSED_UNTIL, value.as_deref()) {
            warn!(error = %Chain(&error), "the pause could not be kept");
        }
    }

    /// Ends a pause when its time has come, tidies up, and lets the ingest finish at the end.
    pub(super) async fn keep_up(self: Arc<Self>) {
        let mut prune_at_ms = (self.clock)();
        loop {
            let now_ms = (self.clock)();
            if now_ms >= prune_at_ms {
                prune_at_ms = now_ms.saturating_add(24 * 60 * 60 * 1000);
                let shared = Arc::clone(&self);
                drop(spawn_blocking(move || shared.store.prune_reports(now_ms)).await);
            }
            let paused_until_ms = self.status.borrow().paused_until_ms;
            if paused_until_ms.is_some_and(|until_ms| now_ms >= until_ms) {
                let shared = Arc::clone(&self);
                drop(spawn_blocking(move || shared.set_pause(None)).await);
            }
            let wait = match self.status.borrow().paused_until_ms {
                // A sleeping computer stops this clock, so the time of day is looked at again.
                Some(until_ms) => millis_until(until_ms, now_ms).min(LOOK_AT_CLOCK),
                None => Duration::from_hours(24),
            };
            let is_over = tokio::select! {
                () = time::sleep(wait) => false,
                () = self.pause_changed.notified() => false,
                () = self.stop.cancelled() => true,
            };
            if is_over {
                self.inbound.lock().expect("no holder of the lock panics").take();
                return;
            }
        }
    }
}

fn millis_until(until_ms: UnixMs, now_ms: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0))
}
