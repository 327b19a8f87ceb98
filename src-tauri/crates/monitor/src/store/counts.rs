//! Counts: events for each choice of a filter, devices with events, and the size of the history.

use std::collections::{BTreeMap, HashSet};

use model::{Category, DeviceId, Severity, UnixMs, VariantArray as _};
use rusqlite::{Connection, params_from_iter};

use super::{
    Store, StoreError,
    filter::{Conditions, Filter},
    read::parsed,
};

/// How many events each choice would match, with the other parts of the filter unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: u32,
    /// Unread events that the filter matches, whether or not it is limited to them.
    pub unread: u32,
    /// Every device that ever had an event, by name.
    pub devices: Vec<(KnownDevice, u32)>,
    pub categories: Vec<(Category, u32)>,
    pub severities: Vec<(Severity, u32)>,
}

/// A device of the history, with its most recent name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    pub id: DeviceId,
    pub name: String,
    pub device_type: Option<String>,
}

/// Size of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub events: u32,
    pub bytes: u64,
    pub oldest_at_ms: Option<UnixMs>,
}

/// Events of one label that match the filter's text and period.
struct Tally {
    device_id: Option<DeviceId>,
    category: Category,
    severity: Severity,
    all: u32,
    unread: u32,
}

impl Store {
    pub fn counts(&self, filter: &Filter) -> Result<Counts, StoreError> {
        let connection = self.read();
        let mut counts = Counts::default();
        let mut of_devices: BTreeMap<DeviceId, u32> = BTreeMap::new();
        let mut of_categories: Vec<_> = Category::VARIANTS.iter().map(|one| (*one, 0)).collect();
        let mut of_severities: Vec<_> = Severity::VARIANTS.iter().map(|one| (*one, 0)).collect();
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
                add(&mut of_categories, tally.category, shown);
            }
            if is_of_device && is_of_category {
                add(&mut of_severities, tally.severity, shown);
            }
            if let Some(id) = tally.device_id.filter(|_| is_of_category && is_of_severity) {
                *of_devices.entry(id).or_default() += shown;
            }
        }
        let count_of = |device: KnownDevice| {
            let count = of_devices.get(&device.id).copied().unwrap_or(0);
            (device, count)
        };
        counts.devices = known_devices(&connection)?.into_iter().map(count_of).collect();
        counts.categories = of_categories;
        counts.severities = of_severities;
        Ok(counts)
    }

    pub fn size(&self) -> Result<Size, StoreError> {
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
        Ok(Size { events, bytes, oldest_at_ms })
    }
}

fn add<T: Copy + PartialEq>(sums: &mut [(T, u32)], value: T, count: u32) {
    for (known, sum) in sums {
        if *known == value {
            *sum += count;
        }
    }
}

/// One for each label with an event that matches.
fn tallies(connection: &Connection, filter: &Filter) -> Result<Vec<Tally>, StoreError> {
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
