//! Retention and deletion of events, leaving no trace of them in the file.

use std::time::{Duration, Instant};

use model::{Category, UnixMs};
use rusqlite::Connection;

use super::{
    Store, StoreError,
    filter::Filter,
    find::{PageFrom, Spot, spots_of},
};
use crate::event::EventId;

/// Number of events looked up per query.
const LOOKED_UP: u32 = 1_000;
/// Target duration of a step; also how long an event that arrives meanwhile waits.
const STEP: Duration = Duration::from_millis(20);
/// Minimum number of events per step, regardless of the speed of the disk.
const FEWEST: usize = 10;
/// Pages of the text index merged per step.
const MERGED_PAGES: i64 = 64;
/// Pages returned to the file system per step.
const FREED_PAGES: i64 = 256;
/// Size in bytes up to which the file is vacuumed at once.
const WRITTEN_ANEW: i64 = 64 * 1024 * 1024;
/// Name of the fact that records a pending vacuum.
const WIPING: &str = "wiping";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Retention of the events of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub category: Category,
    /// 0 keeps events forever.
    pub days: u32,
}

impl Retention {
    /// Two years for every category.
    pub const DEFAULT: [Self; 6] = [
        Self { category: Category::Finished, days: 730 },
        Self { category: Category::Failed, days: 730 },
        Self { category: Category::Safety, days: 730 },
        Self { category: Category::Maintenance, days: 730 },
        Self { category: Category::Reminder, days: 730 },
        Self { category: Category::Status, days: 730 },
    ];
}

impl Store {
    /// Deletes the events that match `filter`, in steps between which events are stored, and
    /// returns their number. `goes_on` receives the number deleted so far and returns whether to
    /// continue; deleted events are wiped even after a cancellation. Without a filter, deletes
    /// everything received, including reports and finished cycles.
    pub fn delete(
        &self,
        filter: &Filter,
        goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, StoreError> {
        self.delete_from(filter, WRITTEN_ANEW, goes_on)
    }

    /// A file larger than `most_bytes` is vacuumed the next time it is opened.
    fn delete_from(
        &self,
        filter: &Filter,
        most_bytes: i64,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, StoreError> {
        let (deleted, is_done) = self.delete_shown(filter, &mut goes_on)?;
        if is_done && *filter == Filter::default() {
            while self.delete_reports()? == LOOKED_UP as usize {}
            self.lock().execute_batch("DELETE FROM cycle; DELETE FROM maintenance;")?;
        }
        self.wipe(most_bytes, || {
            // Deleted events are wiped even after a cancellation.
            let _goes_on = goes_on(deleted);
        })?;
        Ok(deleted)
    }

    /// Also returns whether the deletion ran to completion.
    fn delete_shown(
        &self,
        filter: &Filter,
        goes_on: &mut dyn FnMut(u32) -> bool,
    ) -> Result<(u32, bool), StoreError> {
        let (mut deleted, mut size) = (0, FEWEST);
        loop {
            let from = PageFrom::After(EventId(i64::MIN));
            let spots: Vec<Spot> =
                spots_of(&self.read(), from, filter, LOOKED_UP)?.into_iter().collect();
            let mut rest = &spots[..];
            while !rest.is_empty() {
                if !goes_on(deleted) {
                    return Ok((deleted, false));
                }
                let (step, others) = rest.split_at(size.min(rest.len()));
                rest = others;
                let started = Instant::now();
                self.delete_at(step)?;
                deleted += u32::try_from(step.len()).unwrap_or(u32::MAX);
                size = if started.elapsed() > STEP { (size / 2).max(FEWEST) } else { size * 2 };
            }
            if spots.len() < LOOKED_UP as usize {
                return Ok((deleted, true));
            }
        }
    }

    fn delete_at(&self, spots: &[Spot]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for spot in spots {
            transaction.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([spot.id])?;
        }
        Ok(transaction.commit()?)
    }

    fn delete_reports(&self) -> Result<usize, StoreError> {
        Ok(self.lock().execute(
            "DELETE FROM message WHERE id IN
                 (SELECT id FROM message WHERE event_id IS NULL LIMIT ?1)",
            [LOOKED_UP],
        )?)
    }

    /// Deletes events that exceed the retention of their category; returns their number.
    pub fn expire(&self, rules: &[Retention], now_ms: UnixMs) -> Result<u32, StoreError> {
        let mut deleted = 0;
        for rule in rules.iter().filter(|rule| rule.days > 0) {
            let kept_ms = i64::from(rule.days).saturating_mul(DAY_MS);
            let filter = Filter {
                categories: vec![rule.category],
                until_ms: Some(now_ms.saturating_sub(kept_ms)),
                ..Filter::default()
            };
            deleted += self.delete_shown(&filter, &mut |_| true)?.0;
        }
        if deleted > 0 {
            self.wipe_words(&mut || ())?;
        }
        Ok(deleted)
    }

    /// Removes all traces of deleted rows from the file and its WAL, and shrinks the file. Free
    /// pages were overwritten when they were freed. `pause` is called between the steps.
    fn wipe(&self, most_bytes: i64, mut pause: impl FnMut()) -> Result<(), StoreError> {
        self.wipe_words(&mut pause)?;
        while self.give_back()? {
            pause();
        }
        if bytes(&self.lock())? > most_bytes {
            self.set_fact(WIPING, Some("1"))?;
            return self.empty_journal();
        }
        self.write_anew()
    }

    /// Vacuums a file that was too large for it at the time of deletion.
    pub(super) fn finish_wiping(&self) -> Result<(), StoreError> {
        if self.fact(WIPING)?.is_none() {
            return Ok(());
        }
        self.write_anew()?;
        self.set_fact(WIPING, None)
    }

    /// Pages from which rows were moved retain old content, so all pages are rewritten.
    fn write_anew(&self) -> Result<(), StoreError> {
        let connection = self.lock();
        // For files created by an older version.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.execute_batch("VACUUM;")?;
        drop(connection);
        self.empty_journal()
    }

    fn empty_journal(&self) -> Result<(), StoreError> {
        let _alone = self.writing_back.lock().expect("no holder of the lock panics");
        // An open query may pin the WAL: waits for it and blocks the next one.
        let reader = self.reader.lock().expect("no holder of the lock panics");
        self.lock().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        drop(reader);
        Ok(())
    }

    /// The trigram indexes retain deleted words until their segments are merged.
    fn wipe_words(&self, pause: &mut dyn FnMut()) -> Result<(), StoreError> {
        self.lock().execute_batch(
            "DELETE FROM label WHERE events = 0;
             INSERT INTO label_search (label_search) VALUES ('optimize');",
        )?;
        // A negative number starts a full merge.
        let mut pages = -MERGED_PAGES;
        while merge(&self.lock(), pages)? {
            pages = MERGED_PAGES;
            pause();
        }
        Ok(())
    }

    /// Returns whether free pages remain.
    fn give_back(&self) -> Result<bool, StoreError> {
        let connection = self.lock();
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({FREED_PAGES})"))?;
        let is_stepwise: i64 = connection.query_one("PRAGMA auto_vacuum", [], |row| row.get(0))?;
        let free: i64 = connection.query_one("PRAGMA freelist_count", [], |row| row.get(0))?;
        Ok(is_stepwise == 2 && free > 0)
    }
}

/// Returns whether anything was merged: a single changed row is only bookkeeping.
fn merge(connection: &Connection, pages: i64) -> Result<bool, StoreError> {
    let before = connection.total_changes();
    connection
        .prepare_cached("INSERT INTO own_search (own_search, rank) VALUES ('merge', ?1)")?
        .execute([pages])?;
    Ok(connection.total_changes().saturating_sub(before) > 1)
}

fn bytes(connection: &Connection) -> Result<i64, StoreError> {
    let pages: i64 = connection.query_one("PRAGMA page_count", [], |row| row.get(0))?;
    let size: i64 = connection.query_one("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(pages.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        decision::Decision,
        event::{Arrival, DeviceName, NewEvent},
    };

    const DAY: i64 = DAY_MS;

    fn add(store: &Store, name: &str, code: &str, at: UnixMs) {
        let raw = format!(
            r#"{{"messageId":"id-{name}-{at}","push":{{"pushType":"DEVICE_PUSH","deviceId":"d-{name}","deviceType":"DEVICE_WASHER","pushCode":"{code}"}}}}"#
        );
        let message = thinq::parse(&thinq::Frame::Text(raw.clone())).messages.remove(0);
        let arrival = Arrival {
            received_at_ms: at,
            frame: at.unsigned_abs(),
            raw: raw.into(),
            message,
            packet_id: None,
            is_repeated: false,
        };
        let alias = name.to_owned();
        let event = arrival.to_event(|_| DeviceName { alias: alias.clone(), device_type: None });
        store.add(&[(arrival, event)], |_| Decision::Notify).unwrap();
    }

    fn files_have(dir: &Path, text: &str) -> bool {
        let has = |bytes: &[u8]| {
            let (small, large) = (text.to_lowercase(), text.to_uppercase());
            [text, &small, &large]
                .iter()
                .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        };
        fs::read_dir(dir).unwrap().any(|file| has(&fs::read(file.unwrap().path()).unwrap()))
    }

    #[test]
    fn what_is_deleted_is_nowhere_in_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("history.db")).unwrap();
        for number in 0..500 {
            add(&store, "Secretwasher", "WASHING_IS_COMPLETE", number * DAY);
            add(&store, "Keptdryer", "DRYING_IS_COMPLETE", number * DAY);
            if number == 400 {
                store.index_all().unwrap();
            }
        }
        assert!(files_have(dir.path(), "Secretwasher"));
        let before = store.size().unwrap().bytes;
        let filter = Filter { text: String::from("secretwasher"), ..Filter::default() };

        assert_eq!(store.delete(&filter, |_| true).unwrap(), 500);

        for gone in ["Secretwasher", "twa", "WASHING_IS_COMPLETE"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
        assert!(files_have(dir.path(), "Keptdryer"));
        assert!(store.size().unwrap().bytes < before);
        assert_eq!(store.size().unwrap().events, 500);

        assert_eq!(store.delete(&Filter::default(), |_| true).unwrap(), 500);
        for gone in ["Keptdryer", "DRYING_IS_COMPLETE", "messageid"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
    }

    #[test]
    fn deleting_stops_when_it_is_told_to() {
        let store = Store::in_memory().unwrap();
        for number in 0..1_000 {
            add(&store, "Washer", "WASHING_IS_COMPLETE", number * DAY);
        }

        let deleted = store.delete(&Filter::default(), |gone| gone < 400).unwrap();

        assert!((400..1_000).contains(&deleted), "{deleted}");
        assert_eq!(store.size().unwrap().events, 1_000 - deleted);
        let last = store.page(EventId::END, 1, None).unwrap().remove(0);
        assert_eq!(store.messages(last.id).unwrap().len(), 1, "a remaining event is incomplete");
    }

    #[test]
    fn events_are_stored_between_the_steps_of_a_long_deletion() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("history.db")).unwrap();
        for number in 0..1_000 {
            add(&store, "Oldwasher", "WASHING_IS_COMPLETE", number * DAY);
        }
        let filter = Filter { text: String::from("oldwasher"), ..Filter::default() };
        let (mut added, mut after_the_last) = (0, 0);

        // Hangs if a step holds the history until the next one.
        let deleted = store.delete_from(&filter, 0, |gone| {
            added += 1;
            add(&store, "Newdryer", "DRYING_IS_COMPLETE", (10_000 + added) * DAY);
            after_the_last += i64::from(gone == 1_000);
            true
        });

        assert_eq!(deleted.unwrap(), 1_000);
        assert!(added - after_the_last >= 6, "only {} steps", added - after_the_last);
        assert!(after_the_last > 1, "wiping ran in one step");
        assert_eq!(i64::from(store.size().unwrap().events), added);
        assert!(store.unread_count().unwrap() > 0);
    }

    #[test]
    fn a_large_file_is_small_at_once_and_written_anew_when_it_is_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        let store = Store::open(&path).unwrap();
        for number in 0..1_000 {
            let name = if number % 2 == 0 { "Secretwasher" } else { "Keptdryer" };
            add(&store, name, "WASHING_IS_COMPLETE", number * DAY);
            // An updated row grows and moves its neighbours.
            store.mark_all_notified(&[EventId(1 + number / 2)], number * DAY).unwrap();
        }
        store.index_all().unwrap();
        let before = store.size().unwrap().bytes;
        let filter = Filter { text: String::from("secretwasher"), ..Filter::default() };

        assert_eq!(store.delete_from(&filter, 0, |_| true).unwrap(), 500);

        assert!(store.size().unwrap().bytes < before * 2 / 3);
        drop(store);
        let store = Store::open_or_get_by(&path, 0).unwrap();
        for gone in ["Secretwasher", "twa", "d-secret"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
        assert!(files_have(dir.path(), "Keptdryer"));
        assert_eq!((store.size().unwrap().events, store.fact(WIPING).unwrap()), (500, None));
        store.index_all().unwrap();
        for index in ["label_search", "own_search"] {
            let check =
                format!("INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)");
            store.lock().execute(&check, []).unwrap();
        }
    }

    #[test]
    fn each_category_is_kept_as_long_as_its_rule_says() {
        let store = Store::in_memory().unwrap();
        for age in [1, 20, 40, 3_000] {
            for code in ["WASHING_IS_COMPLETE", "WATER_LEAK_HAS_OCCURRED", "DOOR_IS_OPENED"] {
                let event = NewEvent::example(code, "Washer", (5_000 - age) * DAY);
                store.add_untold(&event, |_| Decision::Notify).unwrap();
            }
        }
        let rules = [
            Retention { category: Category::Finished, days: 30 },
            Retention { category: Category::Status, days: 10 },
            Retention { category: Category::Safety, days: 0 },
        ];

        assert_eq!(store.expire(&rules, 5_000 * DAY).unwrap(), 2 + 3);

        let counts = store.counts(&Filter::default()).unwrap();
        let of = |category| counts.categories.iter().find(|(one, _)| *one == category).unwrap().1;
        assert_eq!(of(Category::Finished), 2);
        assert_eq!(of(Category::Status), 1);
        assert_eq!(of(Category::Safety), 4);
    }
}
