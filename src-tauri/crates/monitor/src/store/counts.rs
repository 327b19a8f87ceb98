//! Counts: events for each choice of a filter, devices with events, and the size of the history.

use std::collections::{BTreeMap, HashSet};

use model::{
    Category, CategoryCount, DeviceCount, DeviceId, HistoryCounts, HistoryFilter, HistorySize,
    KnownDevice, Severity, SeverityCount, VariantArray as _,
};
use rusqlite::{Connection, params_from_iter};

use super::{Store, StoreError, filter::Conditions, read::parsed};

/// Events of one label that match the filter's text and period.
struct Tally {
    device_id: Option<DeviceId>,
    category: Category,
    severity: Severity,
    all: u32,
    unread: u32,
}

impl Store {
    pub fn counts(&self, filter: &HistoryFilter) -> Result<HistoryCounts, StoreError> {
        let connection = self.read();
        let mut counts = HistoryCounts::default();
        let mut of_devices: BTreeMap<DeviceId, u32> = BTreeMap::new();
        let mut of_categories: BTreeMap<Category, u32> =
            Category::VARIANTS.iter().map(|one| (*one, 0)).collect();
        let mut of_severities: BTreeMap<Severity, u32> =
            Severity::VARIANTS.iter().map(|one| (*one, 0)).collect();
        let devices: HashSet<&DeviceId> = filter.device_ids.iter().collect();
        for tally in tallies(&connection, filter)? {
            let is_of_device = devices.is_empty()
                || tally.device_id.as_ref().is_some_and(|id| devices.contains(id));
            let is_of_category =
                filter.categories.is_empty() || filter.categories.contains(&tally.category);
            let is_of_severity =
                filter.severities.is_empty() || filter.severities.contains(&tally.severity);
            let shown = if filter.is_unread { tally.unread } else { tally.all };
            if is_of_device && is_of_category && is_of_severity {
                counts.total += shown;
                counts.unread += tally.unread;
            }
            if is_of_device && is_of_severity {
                *of_categories.entry(tally.category).or_default() += shown;
            }
            if is_of_device && is_of_category {
                *of_severities.entry(tally.severity).or_default() += shown;
            }
            if let Some(id) = tally.device_id.filter(|_| is_of_category && is_of_severity) {
                *of_devices.entry(id).or_default() += shown;
            }
        }
        let count_of = |device: KnownDevice| {
            let count = of_devices.get(&device.id).copied().unwrap_or(0);
            DeviceCount { device, count }
        };
        counts.devices = known_devices(&connection)?.into_iter().map(count_of).collect();
        counts.categories = of_categories
            .into_iter()
            .map(|(category, count)| CategoryCount { category, count })
            .collect();
        counts.severities = of_severities
            .into_iter()
            .map(|(severity, count)| SeverityCount { severity, count })
            .collect();
        Ok(counts)
    }

    pub fn size(&self) -> Result<HistorySize, StoreError> {
        let connection = self.read();
        let events = connection.query_one("SELECT count(*) FROM event", [], |row| row.get(0))?;
        let oldest_at_ms =
            connection.query_one("SELECT min(received_at_ms) FROM event", [], |row| row.get(0))?;
        let pages: i64 = connection.query_one("PRAGMA page_count", [], |row| row.get(0))?;
        let page_size: i64 = connection.query_one("PRAGMA page_size", [], |row| row.get(0))?;
        let journal = connection.path().filter(|path| !path.is_empty()).map_or(0, |path| {
            std::fs::metadata(format!("{path}-wal")).map_or(0, |journal| journal.len())
        });
        let bytes = u64::try_from(pages * page_size).unwrap_or(0) + journal;
        drop(connection);
        Ok(HistorySize { events, bytes, oldest_at_ms, recovery: self.recovery() })
    }
}

/// One for each label with an event that matches.
fn tallies(connection: &Connection, filter: &HistoryFilter) -> Result<Vec<Tally>, StoreError> {
    let mut conditions = Conditions::default();
    for (sql, at_ms) in
        [("received_at_ms >= ?", filter.from_ms), ("received_at_ms < ?", filter.until_ms)]
    {
        if let Some(at_ms) = at_ms {
            conditions.add(sql, [at_ms.into()]);
        }
    }
    conditions.add_text(filter);
    // In order of the label everything is grouped without sorting; the other index has the time and
    // the text.
    let index = if conditions.is_empty() { "event_by_label" } else { "event_by_time" };
    let sql = format!(
        "SELECT device_id, category, severity, events, unread
         FROM (SELECT label_id, count(*) AS events, sum(is_read = 0) AS unread
             FROM event INDEXED BY {index} WHERE {} GROUP BY label_id)
         JOIN label ON label.id = label_id",
        conditions.sql()
    );
    let tallies = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(conditions.parameters), |row| {
            Ok(Tally {
                device_id: row.get::<_, Option<String>>(0)?.map(DeviceId::new),
                category: parsed(row.get_ref(1)?.as_str()?)?,
                severity: parsed(row.get_ref(2)?.as_str()?)?,
                all: row.get(3)?,
                unread: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(tallies)
}

/// Every device that has an event or is known, by name. A device that LG's list had goes by its
/// alias there, another one by the name in its newest event.
pub(super) fn known_devices(connection: &Connection) -> Result<Vec<KnownDevice>, StoreError> {
    let mut devices = connection
        .prepare_cached(
            "SELECT label.device_id,
                 coalesce(nullif(device.alias, ''), label.device_name),
                 coalesce(device.device_type, label.device_type),
                 max((SELECT received_at_ms FROM event INDEXED BY event_by_label
                     WHERE label_id = label.id ORDER BY received_at_ms DESC LIMIT 1))
             FROM label LEFT JOIN device ON device.id = label.device_id
             WHERE label.device_id IS NOT NULL AND EXISTS
                 (SELECT 1 FROM event INDEXED BY event_by_label WHERE label_id = label.id)
             GROUP BY label.device_id",
        )?
        .query_map([], |row| {
            Ok(KnownDevice {
                id: DeviceId::new(row.get::<_, String>(0)?),
                name: row.get(1)?,
                device_type: row.get(2)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    devices
        .sort_by(|one, other| (&one.name, one.id.as_str()).cmp(&(&other.name, other.id.as_str())));
    Ok(devices)
}
