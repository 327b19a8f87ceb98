//! Energy that devices used, as LG measured it.

use model::{DeviceEnergy, DeviceId, EnergyUse, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Store, StoreError};

/// When a device's energy was last asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnergyRead {
    pub(crate) read_at_ms: UnixMs,
    /// Days since the Unix epoch, in UTC.
    pub(crate) day: i64,
    /// Calls on that day.
    pub(crate) calls: u32,
    /// LG's name of what is measured; `None` for a device that measures nothing.
    pub(crate) property: Option<String>,
}

impl Store {
    /// `None` before the first read.
    pub(crate) fn energy_read(&self, id: &DeviceId) -> Result<Option<EnergyRead>, StoreError> {
        Ok(self
            .lock()
            .prepare_cached(
                "SELECT read_at_ms, day, calls, property FROM energy_read WHERE device_id = ?1",
            )?
            .query_row([id.as_str()], |row| {
                Ok(EnergyRead {
                    read_at_ms: row.get(0)?,
                    day: row.get(1)?,
                    calls: row.get(2)?,
                    property: row.get(3)?,
                })
            })
            .optional()?)
    }

    /// Notes a read, and adds or corrects values.
    pub(crate) fn keep_energy(
        &self,
        id: &DeviceId,
        read: &EnergyRead,
        uses: &[EnergyUse],
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO energy_read (device_id, read_at_ms, day, calls, property)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id.as_str(), read.read_at_ms, read.day, read.calls, read.property])?;
        for EnergyUse { date, watt_hours } in uses {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO energy (device_id, date, watt_hours)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id.as_str(), date, watt_hours])?;
        }
        Ok(transaction.commit()?)
    }

    /// `None` for a device that measures nothing, as far as known.
    pub(crate) fn energy(&self, id: &DeviceId) -> Result<Option<DeviceEnergy>, StoreError> {
        let Some(read) = self.energy_read(id)?.filter(|read| read.property.is_some()) else {
            return Ok(None);
        };
        let connection = self.lock();
        let (days, months) = uses(&connection, id)?.into_iter().partition(is_day);
        Ok(Some(DeviceEnergy { days, months, read_at_ms: read.read_at_ms }))
    }

    /// Energy of all devices, for an export: device, its name, and its use.
    pub(crate) fn all_energy(&self) -> Result<Vec<(DeviceId, String, EnergyUse)>, StoreError> {
        Ok(self
            .read()
            .prepare_cached(
                "SELECT date, watt_hours, device_id, coalesce(alias, '') FROM energy
                 LEFT JOIN device ON device.id = device_id ORDER BY device_id, date",
            )?
            .query_map([], |row| {
                Ok((DeviceId::new(row.get::<_, String>(2)?), row.get(3)?, energy_use(row)?))
            })?
            .collect::<Result<_, _>>()?)
    }
}

fn uses(connection: &Connection, id: &DeviceId) -> Result<Vec<EnergyUse>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT date, watt_hours FROM energy WHERE device_id = ?1 ORDER BY date")?
        .query_map([id.as_str()], energy_use)?
        .collect::<Result<_, _>>()?)
}

fn energy_use(row: &Row<'_>) -> rusqlite::Result<EnergyUse> {
    Ok(EnergyUse { date: row.get(0)?, watt_hours: row.get(1)? })
}

/// Dates of months have no day.
fn is_day(energy: &EnergyUse) -> bool {
    energy.date.len() == "2026-11-30".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_by_day_and_month_and_corrected() {
        let store = Store::in_memory().unwrap();
        let id = DeviceId::new("d-1");
        assert_eq!(store.energy(&id).unwrap(), None);
        let energy = |date: &str, watt_hours| EnergyUse { date: date.to_owned(), watt_hours };
        let property = Some(String::from("energyUsage"));
        let read = EnergyRead { read_at_ms: 5, day: 1, calls: 3, property };

        store.keep_energy(&id, &read, &[energy("2026-11-30", 1), energy("2026-11", 9)]).unwrap();
        store.keep_energy(&id, &read, &[energy("2026-11-30", 2), energy("2026-11-29", 7)]).unwrap();

        let found = store.energy(&id).unwrap().unwrap();
        assert_eq!(found.days, [energy("2026-11-29", 7), energy("2026-11-30", 2)]);
        assert_eq!(found.months, [energy("2026-11", 9)]);
        assert_eq!(store.energy_read(&id).unwrap(), Some(read));
        let nothing = EnergyRead { property: None, ..EnergyRead::default() };
        store.keep_energy(&id, &nothing, &[]).unwrap();
        assert_eq!(store.energy(&id).unwrap(), None);
    }
}
