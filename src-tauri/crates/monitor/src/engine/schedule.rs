//! What the engine does by the clock: the ends of pauses and quiet hours, reminders, tidying up,
//! and noticing that the computer slept.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use model::UnixMs;
use thinq::Chain;
use tokio::{
    task::spawn_blocking,
    time::{self, Instant},
};
use tracing::{info, warn};

use super::{PAUSED_UNTIL, Shared};
use crate::update::Update;
use crate::{
    clock_jumps::{self, Jump, Reading},
    reconnect::Nudge,
    store::StoreError,
};

/// Sleep and clock changes are noticed at least this often while something waits for a time of day.
const LOOK_AT_CLOCK: Duration = Duration::from_mins(1);
/// Times beyond the year 9999 stand for "until it is switched off".
const OPEN_END_FROM_MS: UnixMs = 253_402_300_800_000;
/// A timer that is late by the drift of a day would be noticed.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// Without a word from the system a waking is noticed within this time. On Linux the kernel itself tells
/// when the time of day jumps, and each look costs a wake-up of the processor.
const COMPARE_CLOCKS: Duration =
    if cfg!(target_os = "linux") { Duration::from_mins(5) } else { Duration::from_secs(5) };

impl Shared {
    /// Where no system service tells of sleep, the clocks do.
    pub(super) async fn watch_clocks(self: &Arc<Self>) {
        loop {
            time::sleep(COMPARE_CLOCKS).await;
            self.compare_clocks().await;
        }
    }

    pub(super) async fn compare_clocks(self: &Arc<Self>) {
        let now = Reading { wall_ms: (self.clock)(), at: Instant::now() };
        let before = *self.seen.lock().expect("no holder of the lock panics");
        match clock_jumps::jump(before, now) {
            Some(Jump::Forward(by)) => {
                info!(?by, "the time of day jumped forward");
                self.woke();
            }
            Some(Jump::Back(by)) => {
                info!(?by, "the time of day was put back");
                let shared = Arc::clone(self);
                drop(spawn_blocking(move || shared.shift_pause(by)).await);
                self.time_changed.notify_one();
            }
            None => {}
        }
        *self.seen.lock().expect("no holder of the lock panics") = now;
    }

    pub(super) fn woke(&self) {
        let mut seen = self.seen.lock().expect("no holder of the lock panics");
        let asleep_from_ms = seen.wall_ms;
        // Told once, however many notice it.
        *seen = Reading { wall_ms: (self.clock)(), at: Instant::now() };
        drop(seen);
        self.nudger.tell(Nudge::Woke { asleep_from_ms });
        self.time_changed.notify_one();
    }

    /// A pause of an hour stays one when the clock is put back by a day.
    fn shift_pause(&self, by: Duration) {
        let paused_until_ms = self.status.borrow().paused_until_ms;
        // One that lasts until it is switched off has no end to shift.
        if let Some(until_ms) = paused_until_ms.filter(|until_ms| *until_ms < OPEN_END_FROM_MS) {
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            self.set_pause(Some(until_ms.saturating_sub(by_ms)));
        }
    }

    pub(super) fn set_pause(&self, until_ms: Option<UnixMs>) {
        self.judge.set_pause(until_ms);
        self.status.send_modify(|status| status.paused_until_ms = until_ms);
        let value = until_ms.map(|until_ms| until_ms.to_string());
        if let Err(error) = self.store.set_fact(PAUSED_UNTIL, value.as_deref()) {
            warn!(error = %Chain(&error), "the pause could not be kept");
        }
    }

    /// Forgets what is kept no longer.
    async fn tidy_up(self: &Arc<Self>, now_ms: UnixMs) {
        let shared = Arc::clone(self);
        let tidied = spawn_blocking(move || {
            shared.store.prune_reports(now_ms)?;
            let rules = shared.retention.lock().expect("no holder of the lock panics").clone();
            shared.store.expire(&rules, now_ms)
        });
        match tidied.await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(expired)) => {
                info!(expired, "old events were forgotten");
                self.tell_history_changed().await;
            }
            Ok(Err(error)) => warn!(error = %Chain(&error), "old events could not be forgotten"),
        }
    }

    /// Tries to write to a history that could not be written; true while that does not work.
    async fn mend_history(self: &Arc<Self>, now_ms: UnixMs) -> bool {
        if self.store.trouble().is_none() {
            return false;
        }
        let shared = Arc::clone(self);
        let mended = spawn_blocking(move || shared.backlog.mend(&shared.store, now_ms)).await;
        if let Ok(Ok(_)) = mended {
            info!("the history can be written again");
            self.tell_history_changed().await;
        }
        let trouble = self.store.trouble();
        self.status.send_if_modified(|status| {
            let before = std::mem::replace(&mut status.history_trouble, trouble);
            before != trouble
        });
        trouble.is_some()
    }

    /// Counts the unread events again, and tells everybody to read again.
    pub(super) async fn tell_history_changed(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        if let Ok(Ok(unread)) = spawn_blocking(move || shared.store.unread_count()).await {
            self.status.send_if_modified(|status| {
                let is_new = status.unread != unread;
                status.unread = unread;
                is_new
            });
        }
        drop(self.events.send(Update::HistoryChanged));
    }

    /// Does what is due, tidies up, and lets the ingest finish at the end.
    pub(super) async fn keep_up(self: Arc<Self>) {
        let mut prune_at_ms = (self.clock)();
        loop {
            let now_ms = (self.clock)();
            if now_ms >= prune_at_ms || self.retention_changed.swap(false, Ordering::Relaxed) {
                prune_at_ms = now_ms.saturating_add(24 * 60 * 60 * 1000);
                self.tidy_up(now_ms).await;
            }
            let shared = Arc::clone(&self);
            let next_ms =
                spawn_blocking(move || shared.do_what_is_due(now_ms)).await.ok().flatten();
            let wait = match next_ms {
                // A sleeping computer stops this clock, so the time of day is looked at again.
                Some(next_ms) if self.status.borrow().paused_until_ms.is_some() => {
                    millis_until(next_ms, now_ms).min(LOOK_AT_CLOCK)
                }
                Some(next_ms) => millis_until(next_ms, now_ms).min(LONGEST_WAIT),
                None => Duration::from_hours(24),
            };
            let wait = if self.mend_history(now_ms).await { wait.min(LOOK_AT_CLOCK) } else { wait };
            let is_over = tokio::select! {
                () = time::sleep(wait) => false,
                () = self.time_changed.notified() => false,
                () = self.stop.cancelled() => true,
            };
            if is_over {
                self.inbound.lock().expect("no holder of the lock panics").take();
                return;
            }
        }
    }

    /// Returns when to look again.
    fn do_what_is_due(&self, now_ms: UnixMs) -> Option<UnixMs> {
        let paused_until_ms = self.status.borrow().paused_until_ms;
        if paused_until_ms.is_some_and(|until_ms| now_ms >= until_ms) {
            self.set_pause(None);
        }
        let was_held = self.look_at_hold();
        let status = self.status.borrow();
        let (paused, quiet) = (status.paused_until_ms, status.quiet_until_ms);
        drop(status);
        if paused.is_some() || quiet.is_some() {
            // What is due meanwhile comes at the end.
            return [paused, quiet].into_iter().flatten().min();
        }
        if was_held {
            // Nobody may be listening.
            drop(self.events.send(Update::HoldEnded));
        }
        let next_reminder_ms = self.remind(now_ms).unwrap_or_else(|error| {
            warn!(error = %Chain(&error), "reminders could not be read");
            None
        });
        [self.judge.next_quiet(now_ms), next_reminder_ms].into_iter().flatten().min()
    }

    /// Returns whether something held notifications back before.
    pub(super) fn look_at_hold(&self) -> bool {
        let quiet_until_ms = self.judge.quiet_until((self.clock)());
        self.status.send_if_modified(|status| {
            let is_new = status.quiet_until_ms != quiet_until_ms;
            status.quiet_until_ms = quiet_until_ms;
            is_new
        });
        let is_held = quiet_until_ms.is_some() || self.status.borrow().paused_until_ms.is_some();
        std::mem::replace(&mut *self.is_held.lock().expect("no holder of the lock panics"), is_held)
    }

    /// Tells of the reminders that are due; returns when the next one is.
    fn remind(&self, now_ms: UnixMs) -> Result<Option<UnixMs>, StoreError> {
        let reminders = self.judge.rules().reminders;
        let again_at_ms = now_ms.saturating_add(reminders.after_ms());
        for due in self.store.take_due_reminders(now_ms, again_at_ms)? {
            // The user may have switched them off since.
            if due.is_asked_for || reminders.wants(&due.stored.event) {
                drop(self.events.send(Update::Reminder(Box::new(due.stored))));
            }
        }
        self.store.next_reminder()
    }
}

fn millis_until(until_ms: UnixMs, now_ms: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0))
}
