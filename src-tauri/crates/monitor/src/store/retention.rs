//! Retention and deletion of events, leaving no trace of them in the file.

use std::time::{Duration, Instant};

use model::{HistoryFilter, RetentionRule, UnixMs};
use rusqlite::Connection;

use super::{
    Store, StoreError,
    filter::has_blank_text,
    search::{PageFrom, ids},
};
use crate::event::EventId;

/// Number of events looked up per query.
const LOOKED_UP: u32 = 1_000;
/// Target duration of a step; also how long an event that arrives meanwhile waits.
const STEP: Duration = Duration::from_millis(20);
/// Minimum number of events per step, regardless of the speed of the disk.
const FEWEST: usize = 10;
/// Pages returned to the file system per step.
const FREED_PAGES: i64 = 64;
/// Size in bytes up to which the file is vacuumed at once.
const WRITTEN_ANEW: i64 = 64 * 1024 * 1024;
/// Name of the fact that records a pending vacuum.
const WIPING: &str = "wiping";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Deletes the events that match `filter`, in steps between which events are stored, and
    /// returns their number. `goes_on` receives the number deleted so far and returns whether to
    /// continue; deleted events are wiped even after a cancellation. Without a filter, deletes
    /// everything received, including reports and finished cycles; with a text of white space,
    /// which chooses nothing, deletes nothing.
    pub fn delete(
        &self,
        filter: &HistoryFilter,
        goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, StoreError> {
        if has_blank_text(filter) {
            return Ok(0);
        }
        self.delete_from(filter, WRITTEN_ANEW, goes_on)
    }

    /// A file larger than `most_bytes` is vacuumed the next time it is opened.
    fn delete_from(
        &self,
        filter: &HistoryFilter,
        most_bytes: i64,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, StoreError> {
        let (deleted, is_done) = self.delete_shown(filter, &mut goes_on)?;
        if is_done && *filter == HistoryFilter::default() {
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
        filter: &HistoryFilter,
        goes_on: &mut dyn FnMut(u32) -> bool,
    ) -> Result<(u32, bool), StoreError> {
        let (mut deleted, mut size) = (0, FEWEST);
        loop {
            let from = PageFrom::After(EventId(i64::MIN));
            let found = ids(&self.read(), from, LOOKED_UP, filter)?;
            let mut rest = &found[..];
            while !rest.is_empty() {
                if !goes_on(deleted) {
                    return Ok((deleted, false));
                }
                let (step, others) = rest.split_at(size.min(rest.len()));
                rest = others;
                let started = Instant::now();
                self.delete_events(step)?;
                deleted += u32::try_from(step.len()).unwrap_or(u32::MAX);
                size = if started.elapsed() > STEP { (size / 2).max(FEWEST) } else { size * 2 };
            }
            if found.len() < LOOKED_UP as usize {
                return Ok((deleted, true));
            }
        }
    }

    fn delete_events(&self, ids: &[EventId]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for id in ids {
            transaction.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([id.0])?;
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
    pub fn expire(&self, rules: &[RetentionRule], now_ms: UnixMs) -> Result<u32, StoreError> {
        let mut deleted = 0;
        for rule in rules.iter().filter(|rule| rule.days > 0) {
            let kept_ms = i64::from(rule.days).saturating_mul(DAY_MS);
            let filter = HistoryFilter {
                categories: vec![rule.category],
                until_ms: Some(now_ms.saturating_sub(kept_ms)),
                ..HistoryFilter::default()
            };
            deleted += self.delete_shown(&filter, &mut |_| true)?.0;
        }
        if deleted > 0 {
            self.delete_unused_labels()?;
        }
        Ok(deleted)
    }

    /// Removes all traces of deleted rows from the file and its WAL, and shrinks the file. Free
    /// pages were overwritten when they were freed. `pause` is called between the steps.
    fn wipe(&self, most_bytes: i64, mut pause: impl FnMut()) -> Result<(), StoreError> {
        self.delete_unused_labels()?;
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
        let _alone = self.writing_back.lock();
        // An open query may pin the WAL: waits for it and blocks the next one.
        let reader = self.reader.lock();
        self.lock().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        drop(reader);
        Ok(())
    }

    fn delete_unused_labels(&self) -> Result<(), StoreError> {
        self.lock().execute(
            "DELETE FROM label WHERE NOT EXISTS
                 (SELECT 1 FROM event INDEXED BY event_by_label WHERE label_id = label.id)",
            [],
        )?;
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

fn bytes(connection: &Connection) -> Result<i64, StoreError> {
    let pages: i64 = connection.query_one("PRAGMA page_count", [], |row| row.get(0))?;
    let size: i64 = connection.query_one("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(pages.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use model::Category;

    use super::*;
    use crate::{
        decision::Decision,
        event::{Arrival, DeviceName, example_event},
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
        }
        assert!(files_have(dir.path(), "Secretwasher"));
        let before = store.size().unwrap().bytes;
        let filter =
            HistoryFilter { text: String::from("secretwasher"), ..HistoryFilter::default() };

        assert_eq!(store.delete(&filter, |_| true).unwrap(), 500);

        for gone in ["Secretwasher", "twa", "WASHING_IS_COMPLETE"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
        assert!(files_have(dir.path(), "Keptdryer"));
        assert!(store.size().unwrap().bytes < before);
        assert_eq!(store.size().unwrap().events, 500);

        assert_eq!(store.delete(&HistoryFilter::default(), |_| true).unwrap(), 500);
        for gone in ["Keptdryer", "DRYING_IS_COMPLETE", "messageid"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
    }

    #[test]
    fn a_text_of_white_space_deletes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("history.db")).unwrap();
        add(&store, "Washer", "WASHING_IS_COMPLETE", 1);

        for text in [" ", "\t\n", "\u{3000}", "\0"] {
            let filter = HistoryFilter { text: text.to_owned(), ..HistoryFilter::default() };
            assert_eq!(store.delete(&filter, |_| true).unwrap(), 0, "{text:?}");
        }
        assert_eq!(store.delete(&HistoryFilter::default(), |_| true).unwrap(), 1);
    }

    #[test]
    fn deleting_stops_when_it_is_told_to() {
        let store = Store::in_memory().unwrap();
        for number in 0..1_000 {
            add(&store, "Washer", "WASHING_IS_COMPLETE", number * DAY);
        }

        let deleted = store.delete(&HistoryFilter::default(), |gone| gone < 400).unwrap();

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
        let filter = HistoryFilter { text: String::from("oldwasher"), ..HistoryFilter::default() };
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
        let before = store.size().unwrap().bytes;
        let filter =
            HistoryFilter { text: String::from("secretwasher"), ..HistoryFilter::default() };

        assert_eq!(store.delete_from(&filter, 0, |_| true).unwrap(), 500);

        assert!(store.size().unwrap().bytes < before * 2 / 3);
        drop(store);
        let store = Store::open_or_get_by(&path, 0).unwrap();
        for gone in ["Secretwasher", "twa", "d-secret"] {
            assert!(!files_have(dir.path(), gone), "{gone} is still there");
        }
        assert!(files_have(dir.path(), "Keptdryer"));
        assert_eq!((store.size().unwrap().events, store.fact(WIPING).unwrap()), (500, None));
    }

    #[test]
    fn each_category_is_kept_as_long_as_its_rule_says() {
        let store = Store::in_memory().unwrap();
        for age in [1, 20, 40, 3_000] {
            for code in ["WASHING_IS_COMPLETE", "WATER_LEAK_HAS_OCCURRED", "DOOR_IS_OPENED"] {
                let event = example_event(code, "Washer", (5_000 - age) * DAY);
                store.add_untold(&event, |_| Decision::Notify).unwrap();
            }
        }
        let rules = [
            RetentionRule { category: Category::Finished, days: 30 },
            RetentionRule { category: Category::Status, days: 10 },
            RetentionRule { category: Category::Safety, days: 0 },
        ];

        assert_eq!(store.expire(&rules, 5_000 * DAY).unwrap(), 2 + 3);

        let counts = store.counts(&HistoryFilter::default()).unwrap();
        let of =
            |category| counts.categories.iter().find(|one| one.category == category).unwrap().count;
        assert_eq!(of(Category::Finished), 2);
        assert_eq!(of(Category::Status), 1);
        assert_eq!(of(Category::Safety), 4);
    }
}
