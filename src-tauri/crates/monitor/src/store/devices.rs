//! Devices and facts: what outlives a restart beside the events.

use rusqlite::{OptionalExtension as _, params};
use thinq::{Device, DeviceId};

use super::{Store, StoreError};

impl Store {
    /// All devices whose names are known, those that are gone included.
    pub fn devices(&self) -> Result<Vec<Device>, StoreError> {
        let devices = self
            .lock()
            .prepare_cached("SELECT id, device_type, model, alias, group_id FROM device")?
            .query_map([], |row| {
                Ok(Device {
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

    /// Takes over the list of the hub; devices that are not on it are gone.
    pub fn replace_devices(&self, devices: &[Device]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("UPDATE device SET is_gone = 1", [])?;
        for device in devices {
            transaction
                .prepare_cached(
                    "INSERT INTO device (id, device_type, model, alias, group_id)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (id) DO UPDATE SET
                         device_type = excluded.device_type, model = excluded.model,
                         alias = excluded.alias, group_id = excluded.group_id, is_gone = 0",
                )?
                .execute(params![
                    device.id.as_str(),
                    device.device_type,
                    device.model,
                    device.alias,
                    device.group_id
                ])?;
        }
        Ok(transaction.commit()?)
    }

    pub fn device_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .lock()
            .query_one("SELECT count(*) FROM device WHERE is_gone = 0", [], |row| row.get(0))?)
    }

    /// Adds to the calls of a day and returns how many there are now.
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

    /// A single value that outlives a restart.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .lock()
            .query_row("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// Sets a fact, or forgets it.
    pub fn set_fact(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let connection = self.lock();
        match value {
            Some(value) => connection.execute(
                "INSERT INTO fact (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
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

    fn device(id: &str, alias: &str) -> Device {
        Device {
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
