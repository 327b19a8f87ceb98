//! User actions on notifications: rules, mutes, reminders, settling.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use model::{DeviceId, NewEvent, NotificationRules, UnixMs};
use thinq::Chain;
use tokio::task::spawn_blocking;
use tracing::warn;

use super::{Monitor, Shared};
use crate::{
    decision::{LateTime, next_midnight},
    event::EventId,
    store::StoreError,
    update::EngineUpdate,
};

/// Fact that persists mutes across restarts.
const MUTED: &str = "muted";

impl Monitor {
    pub fn rules(&self) -> NotificationRules {
        self.shared.judge.rules()
    }

    /// Takes effect with the next event.
    pub fn set_rules(&self, rules: NotificationRules) {
        self.shared.judge.set_rules(rules);
        self.shared.time_changed.notify_one();
        drop(self.shared.events.send(EngineUpdate::RulesChanged));
    }

    pub fn zone(&self) -> TimeZone {
        self.shared.judge.zone()
    }

    /// When an event happened that was missed in a gap.
    pub fn late_time(&self, event: &NewEvent) -> LateTime {
        self.shared.judge.late_time(event)
    }

    /// Devices muted now, with the end of each mute.
    pub fn muted(&self) -> BTreeMap<DeviceId, UnixMs> {
        self.shared.judge.muted()
    }

    pub async fn set_muted(&self, muted: BTreeMap<DeviceId, UnixMs>) {
        let shared = Arc::clone(&self.shared);
        // The mute takes effect even if persisting it fails.
        drop(spawn_blocking(move || shared.set_muted(muted)).await);
        drop(self.shared.events.send(EngineUpdate::RulesChanged));
    }

    /// Mutes a device until midnight.
    pub async fn mute_for_today(&self, device_id: DeviceId) {
        if let Some(until_ms) = next_midnight((self.shared.clock)(), &self.zone()) {
            let mut muted = self.muted();
            muted.insert(device_id, until_ms);
            self.set_muted(muted).await;
        }
    }

    /// Repeats the notification after `after`, regardless of the reminder rules. The event becomes new
    /// again: reminders of events that were read are dropped.
    pub async fn remind_later(&self, id: EventId, after: Duration) -> Result<(), StoreError> {
        let after_ms = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        let due_at_ms = (self.shared.clock)().saturating_add(after_ms);
        let shared = Arc::clone(&self.shared);
        let planned = spawn_blocking(move || {
            shared.store.plan_reminder(id, due_at_ms, 1, true)?;
            shared.store.mark_read(&[id], false)
        });
        let marked = planned.await.unwrap_or(Ok(0))?;
        self.shared.time_changed.notify_one();
        if marked > 0 {
            self.history_changed().await;
        }
        Ok(())
    }

    /// Marks an event as read and cancels its reminders.
    pub async fn settle(&self, id: EventId) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let settled = spawn_blocking(move || {
            shared.outstanding.forget(id);
            shared.store.forget_reminders(&[id])?;
            shared.store.mark_read(&[id], true)
        });
        settled.await.unwrap_or(Ok(0))?;
        drop(self.shared.events.send(EngineUpdate::Settled(vec![id])));
        self.history_changed().await;
        Ok(())
    }

    /// Dismisses the notice about a recovered history.
    pub async fn dismiss_recovery(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.store.forget_recovery()).await.unwrap_or(Ok(()))?;
        // Make subscribers of the status read it again.
        self.shared.status.send_modify(|_| ());
        Ok(())
    }
}

impl Shared {
    pub(super) fn set_muted(&self, muted: BTreeMap<DeviceId, UnixMs>) {
        let text = serde_json::to_string(&muted).ok().filter(|_| !muted.is_empty());
        self.judge.set_muted(muted);
        if let Err(error) = self.store.set_fact(MUTED, text.as_deref()) {
            warn!(error = %Chain(&error), "failed to store muted devices");
        }
    }

    pub(super) fn recall_muted(&self) -> BTreeMap<DeviceId, UnixMs> {
        match self.store.fact(MUTED) {
            Ok(text) => text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            Err(error) => {
                warn!(error = %Chain(&error), "failed to read muted devices");
                BTreeMap::new()
            }
        }
    }
}
