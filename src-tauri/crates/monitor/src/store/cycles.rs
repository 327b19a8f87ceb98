//! Current cycle of each part of each device, and finished cycles.

use std::{collections::HashMap, time::Duration};

use model::{DeviceId, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Store, StoreError, Transaction};
use crate::cycle::{Cycle, DueEnding};

impl Transaction<'_> {
    pub(crate) fn cycle(&self, id: &DeviceId, place: &str) -> Result<Cycle, StoreError> {
        let cycle = self
            .prepare_cached(
                "SELECT started_at_ms, told_code, ended_at_ms, ended_code, remaining_ms, timed_at_ms
                 FROM part WHERE device_id = ?1 AND place = ?2",
            )?
            .query_row(params![id.as_str(), place], read)
            .optional()?;
        Ok(cycle.unwrap_or_default())
    }

    pub(crate) fn save_cycle(
        &self,
        id: &DeviceId,
        place: &str,
        cycle: &Cycle,
    ) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO part (device_id, place, started_at_ms, told_code, ended_at_ms,
                 ended_code, remaining_ms, timed_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id.as_str(),
            place,
            cycle.started_at_ms,
            cycle.told_code,
            cycle.ended_at_ms,
            cycle.ended_code,
            cycle.remaining_ms,
            cycle.timed_at_ms
        ])?;
        Ok(())
    }

    /// Adds a finished cycle to the statistics.
    pub(crate) fn add_finished_cycle(
        &self,
        id: &DeviceId,
        place: &str,
        started_at_ms: UnixMs,
        ended_at_ms: UnixMs,
    ) -> Result<(), StoreError> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO cycle (device_id, place, started_at_ms, ended_at_ms)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id.as_str(), place, started_at_ms, ended_at_ms])?;
        Ok(())
    }

    /// Endings that have waited this long for their push, oldest first.
    pub(crate) fn due_endings(
        &self,
        now_ms: UnixMs,
        wait: Duration,
    ) -> Result<Vec<DueEnding>, StoreError> {
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        // Endings in the future count as due: a clock set back must not delay them indefinitely.
        let due = self
            .prepare_cached(
                "SELECT device_id, place, ended_at_ms, ended_code FROM part
                 WHERE ended_at_ms <= ?1 OR ended_at_ms > ?2 ORDER BY ended_at_ms",
            )?
            .query_map(params![now_ms.saturating_sub(wait_ms), now_ms], |row| {
                Ok(DueEnding {
                    device_id: DeviceId::new(row.get::<_, String>(0)?),
                    place: row.get(1)?,
                    ended_at_ms: row.get(2)?,
                    code: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(due)
    }
}

impl Store {
    /// Time of the earliest ending that waits for its push.
    pub(crate) fn first_ending(&self) -> Result<Option<UnixMs>, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT min(ended_at_ms) FROM part")?
            .query_one([], |row| row.get(0))?)
    }
}

/// The cycles of all parts, by device and place.
pub(super) fn all(
    connection: &Connection,
) -> Result<HashMap<DeviceId, HashMap<String, Cycle>>, StoreError> {
    let mut cycles: HashMap<DeviceId, HashMap<String, Cycle>> = HashMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT device_id, place,
                started_at_ms, told_code, ended_at_ms, ended_code, remaining_ms, timed_at_ms
         FROM part",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = DeviceId::new(row.get::<_, String>("device_id")?);
        cycles.entry(id).or_default().insert(row.get("place")?, read(row)?);
    }
    Ok(cycles)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Cycle> {
    Ok(Cycle {
        started_at_ms: row.get("started_at_ms")?,
        told_code: row.get("told_code")?,
        ended_at_ms: row.get("ended_at_ms")?,
        ended_code: row.get("ended_code")?,
        remaining_ms: row.get("remaining_ms")?,
        timed_at_ms: row.get("timed_at_ms")?,
    })
}
