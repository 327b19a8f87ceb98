//! Time-driven work: ends of pauses and quiet hours, reminders, retention, and detection of system
//! sleep.

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

use super::{
    PAUSED_UNTIL, Shared,
    aging::{self, Signs},
};
use crate::{
    clock_jumps::{self, Clocks, Jump},
    decision::{is_reminded, next_midnight},
    reconnect::ReconnectReason,
    store::StoreError,
    update::EngineUpdate,
};

/// Maximum delay for noticing sleep and clock changes while a wall-clock deadline is pending.
const LOOK_AT_CLOCK: Duration = Duration::from_mins(1);
/// A device is muted until midnight; a day may have 25 hours.
const LONGEST_MUTE_MS: i64 = 25 * 60 * 60 * 1000;
/// Largest delay of a reminder that can be chosen.
const LONGEST_REMINDER_MS: i64 = 240 * 60 * 1000;
/// Times beyond the year 9999 mean "until switched off".
const OPEN_END_FROM_MS: UnixMs = 253_402_300_800_000;
const RETENTION_INTERVAL: Duration = Duration::from_hours(24);
/// While the clock is implausibly far ahead of the history.
const HELD_RETENTION_INTERVAL: Duration = Duration::from_hours(1);
/// A home makes some ten events a day, so weeks of it.
const MANY_EXPIRED: u32 = 200;
/// Bounds the drift of timers against the wall clock.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// Interval of clock comparison, the fallback for system sleep signals. Longer on Linux, where the
/// kernel reports wall-clock jumps and each comparison costs a CPU wake-up.
const COMPARE_CLOCKS: Duration =
    if cfg!(target_os = "linux") { Duration::from_mins(5) } else { Duration::from_secs(5) };

impl Shared {
    /// Detects sleep by comparing clocks where no system service reports it.
    pub(super) async fn watch_clocks(self: &Arc<Self>) {
        loop {
            time::sleep(COMPARE_CLOCKS).await;
            self.compare_clocks().await;
        }
    }

    pub(super) async fn compare_clocks(self: &Arc<Self>) {
        let now = Clocks { wall_ms: (self.clock)(), at: Instant::now() };
        let before = *self.seen.lock();
        match clock_jumps::jump(before, now) {
            Some(Jump::Forward(by)) => {
                info!(?by, "wall clock jumped forward");
                self.woke();
            }
            Some(Jump::Back(by)) => {
                info!(?by, "wall clock was set back");
                let shared = Arc::clone(self);
                let bounded = spawn_blocking(move || {
                    shared.shift_pause(by);
                    shared.bound_deadlines(now.wall_ms);
                });
                drop(bounded.await);
                self.time_changed.notify_one();
            }
            None => {}
        }
        *self.seen.lock() = now;
    }

    pub(super) fn woke(&self) {
        let mut seen = self.seen.lock();
        let asleep_from_ms = seen.wall_ms;
        // Report each wake-up once, however many sources detect it.
        *seen = Clocks { wall_ms: (self.clock)(), at: Instant::now() };
        drop(seen);
        self.nudger.tell(ReconnectReason::Woke { asleep_from_ms });
        self.time_changed.notify_one();
    }

    /// Shifts the end of a pause when the clock is set back, so that its length stays the same.
    fn shift_pause(&self, by: Duration) {
        let paused_until_ms = self.status.borrow().paused_until_ms;
        // An open-ended pause has no end to shift.
        if let Some(until_ms) = paused_until_ms.filter(|until_ms| *until_ms < OPEN_END_FROM_MS) {
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            self.set_pause(Some(until_ms.saturating_sub(by_ms)));
        }
    }

    pub(super) fn set_pause(&self, until_ms: Option<UnixMs>) {
        self.judge.set_pause(until_ms);
        self.status.send_modify(|status| status.paused_until_ms = until_ms);
        let value = until_ms.map(|until_ms| format!("{until_ms} {}", (self.clock)()));
        if let Err(error) = self.store.set_fact(PAUSED_UNTIL, value.as_deref()) {
            warn!(error = %Chain(&error), "failed to store the pause");
        }
    }

    /// Brings deadlines that were set by a clock far ahead within reach: none of them would come
    /// for years.
    pub(super) fn bound_deadlines(&self, now_ms: UnixMs) {
        let mut muted = self.judge.muted();
        let latest_ms = now_ms.saturating_add(LONGEST_MUTE_MS);
        if muted.values().any(|until_ms| *until_ms > latest_ms) {
            let midnight_ms = next_midnight(now_ms, &self.judge.zone()).unwrap_or(now_ms);
            for until_ms in muted.values_mut().filter(|until_ms| **until_ms > latest_ms) {
                *until_ms = midnight_ms;
            }
            self.set_muted(muted);
        }
        let latest_ms = now_ms.saturating_add(LONGEST_REMINDER_MS);
        let again_ms = now_ms.saturating_add(self.judge.rules().reminders.after_ms());
        if let Err(error) = self.store.bound_reminders(latest_ms, again_ms) {
            warn!(error = %Chain(&error), "failed to reschedule reminders");
        }
    }

    /// Applies the retention rules; returns the delay of the next run.
    async fn tidy_up(self: &Arc<Self>) -> Duration {
        let signs = Signs {
            wall_ms: (self.clock)(),
            service: *self.service_date.lock(),
            ran: self.started_at.elapsed(),
        };
        let shared = Arc::clone(self);
        let tidied = spawn_blocking(move || {
            // A history in memory knows nothing of the age of the file.
            if shared.store.problem().is_some() {
                return Ok::<_, StoreError>(None);
            }
            let Some(aging) = aging::advance(&shared.store, signs)? else { return Ok(None) };
            shared.store.prune_reports(aging.now_ms)?;
            let rules = shared.retention.lock().clone();
            Ok(Some((aging, shared.store.expire(&rules, aging.now_ms)?)))
        });
        match tidied.await {
            Ok(Ok(None)) | Err(_) => RETENTION_INTERVAL,
            Ok(Ok(Some((aging, expired)))) => {
                if aging.is_held {
                    warn!("clock is far ahead of the history; retention waits");
                }
                if expired > 0 {
                    info!(expired, "expired old events");
                    self.tell_history_changed().await;
                    if expired >= MANY_EXPIRED {
                        drop(self.events.send(EngineUpdate::Expired(expired)));
                    }
                }
                if aging.is_held { HELD_RETENTION_INTERVAL } else { RETENTION_INTERVAL }
            }
            Ok(Err(error)) => {
                warn!(error = %Chain(&error), "failed to expire old events");
                RETENTION_INTERVAL
            }
        }
    }

    /// Retries writing to a failed history; returns true while it still fails.
    async fn mend_history(self: &Arc<Self>, now_ms: UnixMs) -> bool {
        if self.store.problem().is_none() && !self.store.has_lost_file() {
            return false;
        }
        let shared = Arc::clone(self);
        let mended = spawn_blocking(move || shared.backlog.mend(&shared.store, now_ms)).await;
        if let Ok(Ok(_)) = mended {
            info!("history is writable again");
            self.tell_history_changed().await;
        }
        let trouble = self.store.problem();
        self.status.send_if_modified(|status| {
            let before = std::mem::replace(&mut status.history_problem, trouble);
            before != trouble
        });
        trouble.is_some()
    }

    /// Recounts unread events and publishes that the history changed.
    pub(super) async fn tell_history_changed(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        if let Ok(Ok(unread)) = spawn_blocking(move || shared.store.unread_count()).await {
            self.status.send_if_modified(|status| {
                let is_new = status.unread != unread;
                status.unread = unread;
                is_new
            });
        }
        drop(self.events.send(EngineUpdate::HistoryChanged));
    }

    /// Runs due work and maintenance; closes the inbound channel on stop.
    pub(super) async fn keep_up(self: Arc<Self>) {
        let mut tidy_at = Instant::now();
        loop {
            let now_ms = (self.clock)();
            // On the monotonic clock: a clock that was set must not start it.
            if Instant::now() >= tidy_at || self.retention_changed.swap(false, Ordering::Relaxed) {
                tidy_at = Instant::now() + self.tidy_up().await;
            }
            let shared = Arc::clone(&self);
            let next_ms =
                spawn_blocking(move || shared.do_what_is_due(now_ms)).await.ok().flatten();
            let wait = match next_ms {
                // Timers stop during system sleep, so the wall clock is checked again.
                Some(next_ms) if self.status.borrow().paused_until_ms.is_some() => {
                    millis_until(next_ms, now_ms).min(LOOK_AT_CLOCK)
                }
                Some(next_ms) => millis_until(next_ms, now_ms).min(LONGEST_WAIT),
                None => RETENTION_INTERVAL,
            };
            let wait = wait.min(tidy_at.saturating_duration_since(Instant::now()));
            let wait = if self.mend_history(now_ms).await { wait.min(LOOK_AT_CLOCK) } else { wait };
            let is_over = tokio::select! {
                () = time::sleep(wait) => false,
                () = self.time_changed.notified() => false,
                () = self.stop.cancelled() => true,
            };
            if is_over {
                self.inbound.lock().take();
                return;
            }
        }
    }

    /// Returns the time of the next check.
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
            // Reminders due in the meantime are published when the hold ends.
            return [paused, quiet].into_iter().flatten().min();
        }
        if was_held {
            // There may be no subscribers.
            drop(self.events.send(EngineUpdate::HoldEnded));
        }
        let next_reminder_ms = self.remind(now_ms).unwrap_or_else(|error| {
            warn!(error = %Chain(&error), "failed to read reminders");
            None
        });
        [self.judge.next_quiet(now_ms), next_reminder_ms].into_iter().flatten().min()
    }

    /// Updates the hold state; returns the previous one.
    pub(super) fn look_at_hold(&self) -> bool {
        let quiet_until_ms = self.judge.quiet_until((self.clock)());
        self.status.send_if_modified(|status| {
            let is_new = status.quiet_until_ms != quiet_until_ms;
            status.quiet_until_ms = quiet_until_ms;
            is_new
        });
        let is_held = quiet_until_ms.is_some() || self.status.borrow().paused_until_ms.is_some();
        std::mem::replace(&mut *self.is_held.lock(), is_held)
    }

    /// Publishes due reminders; returns the time of the next one.
    fn remind(&self, now_ms: UnixMs) -> Result<Option<UnixMs>, StoreError> {
        let reminders = self.judge.rules().reminders;
        let again_at_ms = now_ms.saturating_add(reminders.after_ms());
        for due in self.store.take_due_reminders(now_ms, again_at_ms)? {
            // The user may have disabled reminders since.
            if due.is_asked_for || is_reminded(&due.stored.event, reminders) {
                drop(self.events.send(EngineUpdate::Reminder(Box::new(due.stored))));
            }
        }
        self.store.next_reminder()
    }
}

/// End of a stored pause: its end, and when it was set. A pause that was set in the future, by a
/// clock far ahead, keeps its length.
pub(super) fn pause_left(kept: &str, now_ms: UnixMs) -> Option<UnixMs> {
    let (until_ms, set_at_ms) = match kept.split_once(' ') {
        Some((until_ms, set_at_ms)) => (until_ms.parse().ok()?, set_at_ms.parse().ok()?),
        None => (kept.parse().ok()?, now_ms),
    };
    if until_ms >= OPEN_END_FROM_MS || set_at_ms <= now_ms {
        return Some(until_ms);
    }
    Some(until_ms.saturating_sub(set_at_ms).saturating_add(now_ms))
}

fn millis_until(until_ms: UnixMs, now_ms: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0))
}
