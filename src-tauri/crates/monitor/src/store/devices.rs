//! Devices and facts: state other than events that survives a restart.

use std::collections::HashMap;

use model::{DeviceId, UnixMs};
use rusqlite::{OptionalExtension as _, params};
use serde_json::Value;
use thinq::ListedDevice;

use super::{Store, StoreError, cycles};
use crate::cycle::Cycle;

/// Fact with the time of the last event subscription.
pub(crate) const EVENTS_SUBSCRIBED_AT: &str = "events_subscribed_at_ms";

/// A device of the home with its last known state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PresentDevice {
    pub(crate) id: DeviceId,
    pub(crate) name: String,
    pub(crate) device_type: String,
    pub(crate) model: Option<String>,
    pub(crate) is_watched: bool,
    pub(crate) seen_at_ms: Option<UnixMs>,
    pub(crate) state: Option<Value>,
    /// By place; parts without a known cycle are absent.
    pub(crate) cycles: HashMap<String, Cycle>,
}

impl Store {
    /// All devices with known names, including removed ones.
    pub fn devices(&self) -> Result<Vec<ListedDevice>, StoreError> {
        let devices = self
            .lock()
            .prepare_cached("SELECT id, device_type, model, alias, group_id FROM device")?
            .query_map([], |row| {
                Ok(ListedDevice {
                    id: DeviceId::new(row.get::<_, String>("id")?),
                    device_type: row.get("device_type")?,
                    model: row.get("model")?,
                    alias: row.get("alias")?,
                    is_reportable: None,
                    group_id: row.get("group_id")?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(devices)
    }

    /// Replaces the device list with that of the hub; devices missing from it are marked as
    /// removed.
    pub fn replace_devices(&self, devices: &[ListedDevice]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("UPDATE device SET is_gone = 1", [])?;
        for (position, device) in (0_i64..).zip(devices) {
            transaction
                .prepare_cached(
                    "INSERT INTO device (id, device_type, model, alias, group_id, position)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (id) DO UPDATE SET
                         device_type = excluded.device_type, model = excluded.model,
                         alias = excluded.alias, group_id = excluded.group_id,
                         position = excluded.position, is_gone = 0",
                )?
                .execute(params![
                    device.id.as_str(),
                    device.device_type,
                    device.model,
                    device.alias,
                    device.group_id,
                    position
                ])?;
        }
        Ok(transaction.commit()?)
    }

    /// Devices of the home in LG's order, with their last known states and cycles. No write happens
    /// in between.
    pub(crate) fn present_devices(&self) -> Result<Vec<PresentDevice>, StoreError> {
        let connection = self.lock();
        let mut cycles = cycles::all(&connection)?;
        let devices = connection
            .prepare_cached(
                "SELECT id, alias, device_type, model, is_watched, seen_at_ms, state
                 FROM device LEFT JOIN state ON state.device_id = device.id
                 WHERE is_gone = 0 ORDER BY position, id",
            )?
            .query_map([], |row| {
                let state: Option<String> = row.get("state")?;
                let id = DeviceId::new(row.get::<_, String>("id")?);
                Ok(PresentDevice {
                    cycles: cycles.remove(&id).unwrap_or_default(),
                    id,
                    name: row.get("alias")?,
                    device_type: row.get("device_type")?,
                    model: row.get("model")?,
                    is_watched: row.get("is_watched")?,
                    seen_at_ms: row.get("seen_at_ms")?,
                    state: state.and_then(|state| serde_json::from_str(&state).ok()),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(devices)
    }

    /// State and profile of a device, as LG's JSON.
    pub fn device_documents(
        &self,
        id: &DeviceId,
    ) -> Result<(Option<Value>, Option<Value>), StoreError> {
        let found: Option<(Option<String>, Option<String>)> = self
            .lock()
            .prepare_cached(
                "SELECT state, profile FROM device LEFT JOIN state ON state.device_id = device.id
                 WHERE id = ?1",
            )?
            .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let read = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(found.map_or((None, None), |(state, profile)| (read(state), read(profile))))
    }

    pub(crate) fn keep_profile(&self, id: &DeviceId, profile: &Value) -> Result<(), StoreError> {
        self.lock()
            .prepare_cached("UPDATE device SET profile = ?2 WHERE id = ?1")?
            .execute(params![id.as_str(), profile.to_string()])?;
        Ok(())
    }

    /// Enables or disables a device; the setting survives its removal and return.
    pub(crate) fn set_watched(&self, id: &DeviceId, is_watched: bool) -> Result<(), StoreError> {
        self.lock()
            .prepare_cached("UPDATE device SET is_watched = ?2 WHERE id = ?1")?
            .execute(params![id.as_str(), is_watched])?;
        Ok(())
    }

    /// `false` once the user has disabled the device.
    pub(crate) fn is_watched(&self, id: &DeviceId) -> Result<bool, StoreError> {
        let found: Option<bool> = self
            .lock()
            .prepare_cached("SELECT is_watched FROM device WHERE id = ?1")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(true))
    }

    /// Called on sign-out: keeps names for the history, deletes states.
    pub(crate) fn forget_home(&self) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("UPDATE device SET is_gone = 1, profile = NULL", [])?;
        transaction.execute("DELETE FROM state", [])?;
        transaction.execute("DELETE FROM part", [])?;
        transaction.execute("DELETE FROM energy", [])?;
        transaction.execute("DELETE FROM energy_read", [])?;
        transaction.execute("DELETE FROM fact WHERE name = ?1", [EVENTS_SUBSCRIBED_AT])?;
        Ok(transaction.commit()?)
    }

    pub fn device_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .lock()
            .query_one("SELECT count(*) FROM device WHERE is_gone = 0", [], |row| row.get(0))?)
    }

    /// Adds to the call count of a day and returns the new total.
    pub(crate) fn add_calls(&self, day: i64, calls: u32) -> Result<u32, StoreError> {
        const KEPT_DAYS: i64 = 31;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction
            .prepare_cached("DELETE FROM calls WHERE day < ?1")?
            .execute([day.saturating_sub(KEPT_DAYS)])?;
        let count = transaction
            .prepare_cached(
                "INSERT INTO calls (day, count) VALUES (?1, ?2)
                 ON CONFLICT (day) DO UPDATE SET count = count + excluded.count RETURNING count",
            )?
            .query_row(params![day, calls], |row| row.get(0))?;
        transaction.commit()?;
        Ok(count)
    }

    /// A single value that survives a restart.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .lock()
            .query_row("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// Sets or deletes a fact.
    pub fn set_fact(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let connection = self.lock();
        match value {
            Some(value) => connection.execute(
                "INSERT INTO fact (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value
                 WHERE value IS NOT excluded.value",
                [name, value],
            )?,
            None => connection.execute("DELETE FROM fact WHERE name = ?1", [name])?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, alias: &str) -> ListedDevice {
        ListedDevice {
            id: DeviceId::new(id),
            device_type: String::from("DEVICE_WASHER"),
            model: None,
            alias: alias.to_owned(),
            is_reportable: None,
            group_id: None,
        }
    }

    #[test]
    fn a_device_that_is_gone_keeps_its_name() {
        let store = Store::in_memory().unwrap();
        store.replace_devices(&[device("a", "Washer"), device("b", "Dryer")]).unwrap();

        store.replace_devices(&[device("a", "New washer")]).unwrap();

        assert_eq!(store.device_count().unwrap(), 1);
        let names: Vec<_> = store.devices().unwrap().into_iter().map(|d| d.alias).collect();
        assert_eq!(names, ["New washer", "Dryer"]);
    }

    #[test]
    fn a_fact_is_kept_replaced_and_forgotten() {
        let store = Store::in_memory().unwrap();

        store.set_fact("paused_until_ms", Some("1")).unwrap();
        store.set_fact("paused_until_ms", Some("2")).unwrap();
        assert_eq!(store.fact("paused_until_ms").unwrap().as_deref(), Some("2"));

        store.set_fact("paused_until_ms", None).unwrap();
        assert_eq!(store.fact("paused_until_ms").unwrap(), None);
    }
}
