//! Data for the charts of the history. Days and weeks are in local time.
//!
//!  Kept in one file: each chart has its query and its test across a daylight-saving change.

use std::collections::{BTreeMap, HashMap};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use model::{
    Category, CategoryCount, DayCounts, DeviceCycles, DeviceId, DeviceWeek, HistoryStatistics,
    KnownDevice, Maintenance, UnixMs, WeekCount,
};
use rusqlite::{Connection, params};

use super::{Store, StoreError, counts::known_devices, read::parsed};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Granularity of local time: UTC offsets are multiples of a quarter of an hour.
const QUARTER_MS: i64 = 15 * MINUTE_MS;
const HOURS_OF_WEEK: usize = 7 * 24;
/// Codes of finished tasks that are not cycles.
const NO_CYCLES: [&str; 2] = ["CHARGING_IS_COMPLETE", "PREHEATING_IS_COMPLETE"];
/// Codes that report completed maintenance rather than maintenance that is due.
const DONE_CODES: [&str; 2] = ["FILTER_RESET_COMPLETE", "WATER_FILTER_RESET_COMPLETE"];

/// The columns of a label that charts need.
struct Label {
    device: Option<usize>,
    category: Category,
    is_cycle: bool,
}

/// A time in local time.
#[derive(Clone, Copy)]
struct Local {
    date: Date,
    hour_of_week: usize,
}

impl Store {
    pub fn statistics(
        &self,
        from_ms: UnixMs,
        until_ms: UnixMs,
        time_zone: &TimeZone,
    ) -> Result<HistoryStatistics, StoreError> {
        let connection = self.read();
        let devices = known_devices(&connection)?;
        let labels = labels(&connection, &devices)?;
        let mut days = empty_days(from_ms, until_ms, time_zone);
        let mondays: Vec<Date> = mondays(&days);
        let mut weeks = vec![vec![0; HOURS_OF_WEEK]; devices.len()];
        let mut cycles: Vec<BTreeMap<Date, u32>> = vec![BTreeMap::new(); devices.len()];
        let mut statement = connection.prepare_cached(
            "SELECT received_at_ms, label_id FROM event INDEXED BY event_by_time
             WHERE received_at_ms >= ?1 AND received_at_ms < ?2 ORDER BY received_at_ms",
        )?;
        let mut rows = statement.query([from_ms, until_ms])?;
        let mut quarter: Option<(i64, Local)> = None;
        while let Some(row) = rows.next()? {
            let received_at_ms: UnixMs = row.get(0)?;
            let Some(label) = labels.get(&row.get(1)?) else { continue };
            let number = received_at_ms.div_euclid(QUARTER_MS);
            let local = match quarter {
                Some((known, local)) if known == number => local,
                Some(_) | None => local_of(received_at_ms, time_zone),
            };
            quarter = Some((number, local));
            let of_day = days.entry(local.date).or_default();
            *of_day.entry(label.category).or_default() += 1;
            let Some(device) = label.device else { continue };
            if let Some(hour) =
                weeks.get_mut(device).and_then(|week| week.get_mut(local.hour_of_week))
            {
                *hour += 1;
            }
            if let Some(of_device) = cycles.get_mut(device).filter(|_| label.is_cycle) {
                *of_device.entry(monday_of(local.date)).or_default() += 1;
            }
        }
        let statistics = HistoryStatistics {
            days: days.into_iter().map(day_counts).collect(),
            weeks: devices
                .iter()
                .cloned()
                .zip(weeks)
                .filter(|(_, hours)| hours.iter().any(|count| *count > 0))
                .map(|(device, hours)| DeviceWeek { device, hours })
                .collect(),
            cycles: cycles_of(&connection, &devices, &cycles, &mondays, (from_ms, until_ms))?,
            maintenance: maintenance(&connection, &devices)?,
        };
        Ok(statistics)
    }

    /// Marks maintenance as done, or clears the mark.
    pub fn mark_maintenance(
        &self,
        device_id: &DeviceId,
        code: &str,
        done_at_ms: Option<UnixMs>,
    ) -> Result<(), StoreError> {
        let (connection, device_id) = (self.lock(), device_id.as_str());
        match done_at_ms {
            Some(done_at_ms) => connection.execute(
                "INSERT INTO maintenance (device_id, code, done_at_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device_id, code) DO UPDATE SET done_at_ms = excluded.done_at_ms",
                params![device_id, code, done_at_ms],
            )?,
            None => connection.execute(
                "DELETE FROM maintenance WHERE device_id = ?1 AND code = ?2",
                [device_id, code],
            )?,
        };
        Ok(())
    }
}

fn labels(
    connection: &Connection,
    devices: &[KnownDevice],
) -> Result<HashMap<i64, Label>, StoreError> {
    let places: HashMap<&str, usize> =
        devices.iter().enumerate().map(|(place, device)| (device.id.as_str(), place)).collect();
    let found = connection
        .prepare_cached("SELECT id, device_id, category, code FROM label")?
        .query_map([], |row| {
            let device_id: Option<String> = row.get(1)?;
            let category = parsed(row.get_ref(2)?.as_str()?)?;
            let code = row.get_ref(3)?.as_str()?;
            let label = Label {
                device: device_id.and_then(|id| places.get(id.as_str()).copied()),
                category,
                is_cycle: category == Category::Finished && !NO_CYCLES.contains(&code),
            };
            Ok((row.get(0)?, label))
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// Events of a day.
type Day = BTreeMap<Category, u32>;

fn day_counts((date, counts): (Date, Day)) -> DayCounts {
    let counts = counts.into_iter().map(|(category, count)| CategoryCount { category, count });
    DayCounts { day: date.to_string(), counts: counts.collect() }
}

/// Every day in the period.
fn empty_days(from_ms: UnixMs, until_ms: UnixMs, time_zone: &TimeZone) -> BTreeMap<Date, Day> {
    /// Upper bound on the number of days; a period without a start has no list of days.
    const LONGEST: usize = 366 * 20;
    if from_ms >= until_ms {
        return BTreeMap::new();
    }
    let (first, last) =
        (local_of(from_ms, time_zone).date, local_of(until_ms.saturating_sub(1), time_zone).date);
    first
        .series(1.day())
        .take_while(|date| *date <= last)
        .take(LONGEST)
        .map(|date| (date, Day::new()))
        .collect()
}

fn local_of(at_ms: UnixMs, time_zone: &TimeZone) -> Local {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(time_zone.clone());
    let day = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0);
    Local { date: at.date(), hour_of_week: day * 24 + usize::try_from(at.hour()).unwrap_or(0) }
}

fn monday_of(date: Date) -> Date {
    if date.weekday() == Weekday::Monday {
        return date;
    }
    date.nth_weekday(-1, Weekday::Monday).unwrap_or(date)
}

fn mondays(days: &BTreeMap<Date, Day>) -> Vec<Date> {
    let mut mondays: Vec<Date> = days.keys().map(|date| monday_of(*date)).collect();
    mondays.dedup();
    mondays
}

fn cycles_of(
    connection: &Connection,
    devices: &[KnownDevice],
    counted: &[BTreeMap<Date, u32>],
    mondays: &[Date],
    (from_ms, until_ms): (UnixMs, UnixMs),
) -> Result<Vec<DeviceCycles>, StoreError> {
    let mut average = connection.prepare_cached(
        "SELECT avg(ended_at_ms - started_at_ms) FROM cycle
         WHERE device_id = ?1 AND ended_at_ms >= ?2 AND ended_at_ms < ?3",
    )?;
    let mut found = Vec::new();
    for (device, weeks) in devices.iter().zip(counted) {
        if weeks.is_empty() {
            continue;
        }
        let average_ms: Option<f64> =
            average.query_row(params![device.id.as_str(), from_ms, until_ms], |row| row.get(0))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "minutes of a cycle, and positive by the table's trigger"
        )]
        let average_minutes = average_ms.map(|ms| (ms / 60_000.0).round() as u32);
        let weeks = mondays.iter().map(|monday| WeekCount {
            monday: monday.to_string(),
            count: weeks.get(monday).copied().unwrap_or(0),
        });
        found.push(DeviceCycles {
            device: device.clone(),
            weeks: weeks.collect(),
            average_minutes,
        });
    }
    Ok(found)
}

/// Covers the whole history rather than a period: maintenance stays due across months.
fn maintenance(
    connection: &Connection,
    devices: &[KnownDevice],
) -> Result<Vec<Maintenance>, StoreError> {
    let told = connection
        .prepare_cached(
            "SELECT label.device_id, label.code, min(event.received_at_ms),
                 max(event.received_at_ms), count(DISTINCT event.received_at_ms / 86400000),
                 (SELECT done_at_ms FROM maintenance
                  WHERE maintenance.device_id = label.device_id AND maintenance.code = label.code)
             FROM label JOIN event INDEXED BY event_by_label ON event.label_id = label.id
             WHERE label.category = 'maintenance' AND label.device_id IS NOT NULL
                 AND label.code <> ''
             GROUP BY label.device_id, label.code
             ORDER BY max(event.received_at_ms)",
        )?
        .query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, UnixMs>(2)?,
                row.get::<_, UnixMs>(3)?,
                row.get::<_, i64>(4)?,
                row.get::<_, Option<UnixMs>>(5)?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let found = told.into_iter().filter_map(|(id, code, first, last, times, done_at_ms)| {
        if DONE_CODES.contains(&code.as_str()) {
            return None;
        }
        let device = devices.iter().find(|device| device.id.as_str() == id)?.clone();
        let every_days = (times > 1)
            .then(|| u32::try_from((last - first) / DAY_MS / (times - 1)).ok())
            .flatten()
            .filter(|days| *days > 0);
        Some(Maintenance {
            device,
            code,
            last_told_at_ms: last,
            done_at_ms: done_at_ms.filter(|done| *done >= last),
            every_days,
        })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::decision::Decision;
    use crate::event::example_event;

    fn store_of(events: &[(&str, &str, &str)]) -> Store {
        let store = Store::in_memory().unwrap();
        for (device, code, at) in events {
            let at_ms = at.parse::<Timestamp>().unwrap().as_millisecond();
            let event = example_event(code, device, at_ms);
            store.add_untold(&event, |_| Decision::Notify).unwrap();
        }
        store
    }

    fn ms(at: &str) -> UnixMs {
        at.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn days_are_local_and_a_day_without_events_is_there_too() {
        let store = store_of(&[
            ("Washer", "WASHING_IS_COMPLETE", "2026-11-20T14:59:59Z"),
            ("Washer", "WASHING_IS_COMPLETE", "2026-11-20T15:00:00Z"),
            ("Washer", "WATER_LEAK_HAS_OCCURRED", "2026-11-22T01:00:00Z"),
        ]);
        let seoul = TimeZone::fixed(jiff::tz::offset(9));

        let found =
            store.statistics(ms("2026-11-19T15:00:00Z"), ms("2026-11-22T15:00:00Z"), &seoul);

        let days: Vec<(String, u32)> = found
            .unwrap()
            .days
            .into_iter()
            .map(|day| (day.day, day.counts.iter().map(|one| one.count).sum()))
            .collect();
        let expected = [("2026-11-20", 1), ("2026-11-21", 1), ("2026-11-22", 1)];
        assert_eq!(days, expected.map(|(day, count)| (day.to_owned(), count)));
    }

    #[test]
    fn a_week_has_its_hours_when_the_clock_goes_back() {
        // In Berlin, 02:00 occurs twice in the night of 2026-10-25.
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let store = store_of(&[
            ("Dryer", "DRYING_IS_COMPLETE", "2026-10-25T00:30:00Z"),
            ("Dryer", "DRYING_IS_COMPLETE", "2026-10-25T01:30:00Z"),
            ("Dryer", "DRYING_IS_COMPLETE", "2026-10-25T02:30:00Z"),
        ]);

        let found = store
            .statistics(ms("2026-10-24T22:00:00Z"), ms("2026-10-25T23:00:00Z"), &berlin)
            .unwrap();

        assert_eq!(found.days.len(), 1, "a 25-hour day is one day");
        let hours = &found.weeks[0].hours;
        assert_eq!((hours[6 * 24 + 2], hours[6 * 24 + 3]), (2, 1));
        assert_eq!(found.cycles[0].weeks[0].monday, "2026-10-19");
        assert_eq!(found.cycles[0].weeks[0].count, 3);
    }

    #[test]
    fn an_average_needs_cycles_whose_start_and_end_are_known() {
        let store = store_of(&[("Washer", "WASHING_IS_COMPLETE", "2026-11-20T12:00:00Z")]);
        let period = (ms("2026-11-16T00:00:00Z"), ms("2026-11-23T00:00:00Z"));
        let average = || {
            let found = store.statistics(period.0, period.1, &TimeZone::UTC).unwrap();
            found.cycles[0].average_minutes
        };
        assert_eq!(average(), None);

        store
            .lock()
            .execute(
                "INSERT INTO cycle VALUES ('example-Washer', '', ?1, ?2), ('example-Washer', '', ?3, ?4)",
                [
                    ms("2026-11-20T11:00:00Z"),
                    ms("2026-11-20T12:00:00Z"),
                    ms("2026-11-21T11:00:00Z"),
                    ms("2026-11-21T11:30:00Z"),
                ],
            )
            .unwrap();

        assert_eq!(average(), Some(45));
    }

    #[test]
    fn a_maintenance_is_due_until_it_is_marked_and_again_when_told_again() {
        let filter = "TIME_TO_CLEAN_FILTER";
        let store = store_of(&[
            ("Air", filter, "2026-09-01T10:00:00Z"),
            ("Air", filter, "2026-10-01T10:00:00Z"),
            ("Air", filter, "2026-10-31T10:00:00Z"),
        ]);
        let look = || {
            let found = store.statistics(0, 1, &TimeZone::UTC).unwrap().maintenance;
            (found[0].done_at_ms, found[0].every_days)
        };
        assert_eq!(look(), (None, Some(30)));

        let done = ms("2026-11-02T10:00:00Z");
        store.mark_maintenance(&DeviceId::new("example-Air"), filter, Some(done)).unwrap();
        assert_eq!(look().0, Some(done));

        let again = example_event(filter, "Air", ms("2026-11-30T10:00:00Z"));
        store.add_untold(&again, |_| Decision::Notify).unwrap();
        assert_eq!(look(), (None, Some(30)));

        store.mark_maintenance(&DeviceId::new("example-Air"), filter, None).unwrap();
        assert_eq!(look().0, None);
    }
}
