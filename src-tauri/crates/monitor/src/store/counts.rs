//! Event counts for each choice of a filter, and the size of the history.

use std::collections::{BTreeMap, HashMap};

use model::{Category, Severity, UnixMs, VariantArray as _};
use rusqlite::{Connection, OptionalExtension as _, params};
use thinq::DeviceId;

use super::{
    Store, StoreError,
    filter::{Candidate, Filter, candidates},
    find::{NEARBY, Spot},
};
use crate::event::EventId;

/// Maximum number of text hits counted one by one.
const COUNTED_HITS: u32 = 20_000;

/// Events per choice, with the other conditions of the filter unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: u32,
    /// Unread events that match the filter, whether or not it is limited to unread ones.
    pub unread: u32,
    /// Every device that ever had an event, by name.
    pub devices: Vec<(KnownDevice, u32)>,
    pub categories: Vec<(Category, u32)>,
    pub severities: Vec<(Severity, u32)>,
    /// The counts are lower bounds.
    pub is_at_least: bool,
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

/// Events of a label in the period: all and unread.
type Tally = (u32, u32);

impl Store {
    pub fn counts(&self, filter: &Filter) -> Result<Counts, StoreError> {
        let connection = self.read();
        let labels = candidates(&connection, filter)?;
        let tallies = tallies(&connection, filter, &labels)?;
        let mut summed: Vec<(&Candidate, bool, Tally)> = labels
            .iter()
            .filter_map(|(id, label)| Some((label, label.has_text, *tallies.get(id)?)))
            .collect();
        let hits = own_hits(&connection, filter, &labels)?;
        let is_at_least = hits.values().map(|(all, _)| all).sum::<u32>() >= COUNTED_HITS;
        summed.extend(hits.iter().filter_map(|(id, tally)| Some((labels.get(id)?, true, *tally))));

        let mut counts = Counts { is_at_least, ..Counts::default() };
        let mut of_devices: BTreeMap<&str, u32> = BTreeMap::new();
        let mut of_categories: Vec<_> = Category::VARIANTS.iter().map(|one| (*one, 0)).collect();
        let mut of_severities: Vec<_> = Severity::VARIANTS.iter().map(|one| (*one, 0)).collect();
        for (label, has_text, (all, unread)) in summed {
            let shown = if filter.is_unread { unread } else { all };
            if let Some(id) = &label.device_id {
                let of_device = of_devices.entry(id).or_default();
                if has_text && label.is_of_category && label.is_of_severity {
                    *of_device += shown;
                }
            }
            if !has_text {
                continue;
            }
            if label.is_of_device && label.is_of_severity {
                add(&mut of_categories, label.category, shown);
            }
            if label.is_of_device && label.is_of_category {
                add(&mut of_severities, label.severity, shown);
            }
            if label.may_pass() {
                counts.total += shown;
                counts.unread += unread;
            }
        }
        for label in labels.values() {
            if let Some(id) = &label.device_id {
                of_devices.entry(id).or_default();
            }
        }
        let known = known_devices(&connection)?;
        counts.devices = known
            .into_iter()
            .filter_map(|device| {
                let count = of_devices.get(device.id.as_str()).copied()?;
                Some((device, count))
            })
            .collect();
        counts.categories = of_categories;
        counts.severities = of_severities;
        Ok(counts)
    }

    pub fn size(&self) -> Result<Size, StoreError> {
        let connection = self.read();
        let events =
            connection
                .query_one("SELECT coalesce(sum(events), 0) FROM label", [], |row| row.get(0))?;
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

    /// Previous and next event of the same device, by time.
    pub fn neighbours(
        &self,
        id: EventId,
    ) -> Result<(Option<EventId>, Option<EventId>), StoreError> {
        let connection = self.read();
        let Some(spot) = Spot::of(&connection, id)?.filter(|spot| spot.id == id.0) else {
            return Ok((None, None));
        };
        let labels = connection
            .prepare_cached(
                "SELECT id FROM label WHERE events > 0
                     AND device_id = (SELECT device_id FROM event WHERE id = ?1)",
            )?
            .query_map([id.0], |row| row.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        let (mut previous, mut next): (Option<Spot>, Option<Spot>) = (None, None);
        for label in labels {
            let beside = |condition: &str| {
                connection
                    .prepare_cached(&format!(
                        "SELECT received_at_ms, id FROM event INDEXED BY event_by_label
                         WHERE label_id = ?1 AND (received_at_ms, id) {condition} LIMIT 1"
                    ))?
                    .query_row(params![label, spot.received_at_ms, spot.id], |row| {
                        Ok(Spot { received_at_ms: row.get(0)?, id: row.get(1)? })
                    })
                    .optional()
            };
            let older = beside("< (?2, ?3) ORDER BY received_at_ms DESC, id DESC")?;
            let newer = beside("> (?2, ?3) ORDER BY received_at_ms, id")?;
            previous = previous.max(older);
            next = match (next, newer) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        let id_of = |spot: Option<Spot>| spot.map(|spot| EventId(spot.id));
        Ok((id_of(previous), id_of(next)))
    }
}

fn add<T: Copy + PartialEq>(sums: &mut [(T, u32)], value: T, count: u32) {
    for (known, sum) in sums {
        if *known == value {
            *sum += count;
        }
    }
}

/// Tallies of every label in the period of the filter.
fn tallies(
    connection: &Connection,
    filter: &Filter,
    labels: &HashMap<i64, Candidate>,
) -> Result<HashMap<i64, Tally>, StoreError> {
    let mut tallies: HashMap<i64, Tally> =
        labels.iter().map(|(id, label)| (*id, (label.events, label.unread))).collect();
    let (from_ms, until_ms) = (filter.from_ms, filter.until_ms);
    if from_ms.is_none() && until_ms.is_none() {
        return Ok(tallies);
    }
    // Counts the smaller side: inside the period or outside of it.
    let from_ms = from_ms.unwrap_or(UnixMs::MIN);
    let until_ms = until_ms.unwrap_or(UnixMs::MAX);
    if is_most(connection, from_ms, until_ms)? {
        for (start, end) in [(UnixMs::MIN, from_ms), (until_ms, UnixMs::MAX)] {
            each_label(connection, start, end, |label, is_read| {
                if let Some((all, unread)) = tallies.get_mut(&label) {
                    *all = all.saturating_sub(1);
                    *unread = unread.saturating_sub(u32::from(!is_read));
                }
            })?;
        }
    } else {
        tallies.clear();
        each_label(connection, from_ms, until_ms, |label, is_read| {
            let (all, unread) = tallies.entry(label).or_default();
            *all += 1;
            *unread += u32::from(!is_read);
        })?;
    }
    Ok(tallies)
}

/// Returns whether the period covers most of the time span of the history.
fn is_most(connection: &Connection, from_ms: UnixMs, until_ms: UnixMs) -> Result<bool, StoreError> {
    let end = |which: &str| {
        connection.query_one(&format!("SELECT {which}(received_at_ms) FROM event"), [], |row| {
            row.get::<_, Option<UnixMs>>(0)
        })
    };
    let (Some(oldest), Some(newest)) = (end("min")?, end("max")?) else { return Ok(false) };
    let inside = until_ms.min(newest).saturating_sub(from_ms.max(oldest));
    Ok(inside > newest.saturating_sub(oldest) / 2)
}

fn each_label(
    connection: &Connection,
    from_ms: UnixMs,
    until_ms: UnixMs,
    mut take: impl FnMut(i64, bool),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT label_id, is_read FROM event INDEXED BY event_by_time
         WHERE received_at_ms >= ?1 AND received_at_ms < ?2",
    )?;
    let mut rows = statement.query([from_ms, until_ms])?;
    while let Some(row) = rows.next()? {
        take(row.get(0)?, row.get(1)?);
    }
    Ok(())
}

/// Counts events with the text in their event-specific part whose labels do not contain it.
fn own_hits(
    connection: &Connection,
    filter: &Filter,
    labels: &HashMap<i64, Candidate>,
) -> Result<HashMap<i64, Tally>, StoreError> {
    let mut hits: HashMap<i64, Tally> = HashMap::new();
    let Some(query) = filter.query().filter(|query| !query.is_short()) else { return Ok(hits) };
    let from_ms = filter.from_ms.unwrap_or(UnixMs::MIN);
    let until_ms = filter.until_ms.unwrap_or(UnixMs::MAX);
    // A short period is scanned without the text index.
    let sql = if is_short(connection, from_ms, until_ms)? {
        "SELECT label_id, is_read FROM event INDEXED BY event_by_time
         WHERE ?1 <> '' AND instr(own, ?2) > 0 AND received_at_ms >= ?3 AND received_at_ms < ?4"
    } else {
        "SELECT event.label_id, event.is_read
         FROM own_search CROSS JOIN event ON event.id = own_search.rowid
         WHERE own_search MATCH ?1 AND instr(event.own, ?2) > 0
             AND event.received_at_ms >= ?3 AND event.received_at_ms < ?4
         UNION ALL
         SELECT label_id, is_read FROM event NOT INDEXED
         WHERE id > (SELECT events_up_to FROM indexed) AND instr(own, ?2) > 0
             AND received_at_ms >= ?3 AND received_at_ms < ?4"
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![query.trigrams(), query.as_str(), from_ms, until_ms])?;
    let mut counted = 0;
    while let Some(row) = rows.next()? {
        let label: i64 = row.get(0)?;
        if labels.get(&label).is_some_and(|label| label.has_text) {
            continue;
        }
        let is_read: bool = row.get(1)?;
        let (all, unread) = hits.entry(label).or_default();
        *all += 1;
        *unread += u32::from(!is_read);
        counted += 1;
        if counted >= COUNTED_HITS {
            break;
        }
    }
    Ok(hits)
}

/// Returns whether few events were received in the period.
fn is_short(
    connection: &Connection,
    from_ms: UnixMs,
    until_ms: UnixMs,
) -> Result<bool, StoreError> {
    let events: usize = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY event_by_time
                 WHERE received_at_ms >= ?1 AND received_at_ms < ?2 LIMIT ?3)",
        )?
        .query_row(params![from_ms, until_ms, i64::try_from(NEARBY).unwrap_or(i64::MAX)], |row| {
            row.get::<_, u32>(0)
        })
        .map(|events| events as usize)?;
    Ok(events < NEARBY)
}

/// Every device that is known or has an event, by name. A device from LG's list has its alias, any
/// other the name in its newest event.
pub(super) fn known_devices(connection: &Connection) -> Result<Vec<KnownDevice>, StoreError> {
    let mut devices = connection
        .prepare_cached(
            "SELECT label.device_id,
                 coalesce(nullif(device.alias, ''), label.device_name),
                 coalesce(device.device_type, label.device_type),
                 max((SELECT received_at_ms FROM event INDEXED BY event_by_label
                     WHERE label_id = label.id ORDER BY received_at_ms DESC LIMIT 1))
             FROM label LEFT JOIN device ON device.id = label.device_id
             WHERE label.events > 0 AND label.device_id IS NOT NULL
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
