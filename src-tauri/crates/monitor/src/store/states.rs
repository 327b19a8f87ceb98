//! Last known state of each device, and the report that waits for its push.

use std::time::Duration;

use model::{DeviceId, UnixMs};
use rusqlite::{OptionalExtension as _, params};
use serde_json::Value;

use super::{Store, StoreError, Transaction};
use crate::event::DeviceName;

/// A device's last known state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KnownState {
    pub(crate) state: Value,
    pub(crate) seen_at_ms: UnixMs,
}

impl KnownState {
    /// Time since the last update of the state.
    pub(crate) fn passed(&self, now_ms: UnixMs) -> Duration {
        let passed_ms = now_ms.saturating_sub(self.seen_at_ms);
        Duration::from_millis(u64::try_from(passed_ms).unwrap_or(0))
    }
}

impl Transaction<'_> {
    /// A state that cannot be parsed is treated as absent.
    pub(crate) fn state(&self, id: &DeviceId) -> Result<Option<KnownState>, StoreError> {
        let found: Option<(String, UnixMs)> = self
            .prepare_cached("SELECT state, seen_at_ms FROM state WHERE device_id = ?1")?
            .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.and_then(|(state, seen_at_ms)| {
            Some(KnownState { state: serde_json::from_str(&state).ok()?, seen_at_ms })
        }))
    }

    pub(crate) fn save_state(
        &self,
        id: &DeviceId,
        state: &Value,
        now_ms: UnixMs,
    ) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT INTO state (device_id, state, seen_at_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (device_id) DO UPDATE SET
                 state = excluded.state, seen_at_ms = excluded.seen_at_ms",
        )?
        .execute(params![id.as_str(), state.to_string(), now_ms])?;
        Ok(())
    }

    pub(crate) fn device_name(&self, id: &DeviceId) -> Result<DeviceName, StoreError> {
        let name = self
            .prepare_cached("SELECT alias, device_type FROM device WHERE id = ?1")?
            .query_row([id.as_str()], |row| {
                Ok(DeviceName { alias: row.get(0)?, device_type: row.get(1)? })
            })
            .optional()?;
        Ok(name.unwrap_or_default())
    }

    /// Stores the report of this code, to be matched with a push of the same code.
    pub(crate) fn hold_report(
        &self,
        id: &DeviceId,
        code: &str,
        now_ms: UnixMs,
        message: i64,
    ) -> Result<(), StoreError> {
        self.prepare_cached(
            "UPDATE state SET told_code = ?2, told_at_ms = ?3, told_message = ?4
             WHERE device_id = ?1",
        )?
        .execute(params![id.as_str(), code, now_ms, message])?;
        Ok(())
    }

    /// Removes and returns the report of this code received between these times.
    pub(crate) fn take_report(
        &self,
        id: &DeviceId,
        code: &str,
        (from_ms, until_ms): (UnixMs, UnixMs),
    ) -> Result<Option<i64>, StoreError> {
        let message = self
            .prepare_cached(
                "SELECT told_message FROM state
                 WHERE device_id = ?1 AND told_code = ?2 AND told_at_ms BETWEEN ?3 AND ?4
                     AND told_message IS NOT NULL",
            )?
            .query_row(params![id.as_str(), code, from_ms, until_ms], |row| row.get(0))
            .optional()?;
        if message.is_some() {
            self.prepare_cached("UPDATE state SET told_message = NULL WHERE device_id = ?1")?
                .execute([id.as_str()])?;
        }
        Ok(message)
    }
}

impl Store {
    /// Returns whether a state of the device is stored for comparison.
    pub(crate) fn has_state(&self, id: &DeviceId) -> Result<bool, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT 1 FROM state WHERE device_id = ?1")?
            .exists([id.as_str()])?)
    }
}
