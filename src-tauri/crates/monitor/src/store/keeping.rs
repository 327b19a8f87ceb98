//! How long events are kept, and deleting them so that nothing of them stays in the file.

use std::collections::BTreeSet;

use rusqlite::Connection;
use thinq::Category;

use super::{
    Store, StoreError,
    filter::Filter,
    find::{PageFrom, Spot, spots_of},
};
use crate::event::{EventId, UnixMs};

/// So few that an event that comes meanwhile does not wait.
const BATCH: u32 = 200;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long the events of a category are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub category: Category,
    /// 0 keeps them for ever.
    pub days: u32,
}

impl Retention {
    /// Everything for two years.
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
    /// Deletes what `filter` shows, in small steps, and returns how many events those were.
    /// `goes_on` is told how many are gone and says whether to go on. Without a filter everything
    /// that arrived goes, reports and known cycles as well.
    pub fn delete(
        &self,
        filter: &Filter,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, StoreError> {
        let mut deleted = 0;
        while goes_on(deleted) {
            let gone = self.delete_some(filter)?;
            deleted += gone;
            if gone < BATCH {
                break;
            }
        }
        if *filter == Filter::default() {
            self.lock().execute_batch(
                "DELETE FROM message; DELETE FROM cycle; DELETE FROM maintenance;",
            )?;
        }
        self.wipe()?;
        Ok(deleted)
    }

    fn delete_some(&self, filter: &Filter) -> Result<u32, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let spots: BTreeSet<Spot> =
            spots_of(&transaction, PageFrom::After(EventId(i64::MIN)), filter, BATCH)?;
        for spot in &spots {
            transaction.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([spot.id])?;
        }
        transaction.commit()?;
        Ok(u32::try_from(spots.len()).unwrap_or(u32::MAX))
    }

    /// Forgets what is older than its category is kept; returns how many events those were.
    pub fn expire(&self, rules: &[Retention], now_ms: UnixMs) -> Result<u32, StoreError> {
        let mut deleted = 0;
        for rule in rules.iter().filter(|rule| rule.days > 0) {
            let kept_ms = i64::from(rule.days).saturating_mul(DAY_MS);
            let filter = Filter {
                categories: vec![rule.category],
                until_ms: Some(now_ms.saturating_sub(kept_ms)),
                ..Filter::default()
            };
            loop {
                let gone = self.delete_some(&filter)?;
                deleted += gone;
                if gone < BATCH {
                    break;
                }
            }
        }
        if deleted > 0 {
            wipe_words(&self.lock())?;
        }
        Ok(deleted)
    }

    /// Leaves nothing of what was deleted in the file or its journal, and makes the file small.
    /// What is free was overwritten when it was freed.
    fn wipe(&self) -> Result<(), StoreError> {
        // A question that is being answered may hold the journal: the next one waits here.
        let reader = self.reader.lock().expect("no holder of the lock panics");
        let connection = self.lock();
        wipe_words(&connection)?;
        connection.execute_batch("VACUUM;")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        drop(connection);
        drop(reader);
        Ok(())
    }
}

/// The index of trigrams keeps deleted words until its parts are merged.
fn wipe_words(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "DELETE FROM label WHERE events = 0;
         INSERT INTO label_search (label_search) VALUES ('optimize');
         INSERT INTO own_search (own_search) VALUES ('optimize');",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        event::{Arrival, DeviceName, NewEvent},
        notification::Decision,
    };

    const DAY: i64 = DAY_MS;

    fn add(store: &Store, name: &str, code: &str, at: UnixMs) {
        let raw = format!(
            r#"{{"messageId":"id-{name}-{at}","push":{{"pushType":"DEVICE_PUSH","deviceId":"d-{name}","deviceType":"DEVICE_WASHER","pushCode":"{code}"}}}}"#
        );
        let message = thinq::parse(&thinq::Frame::Text(raw.clone())).messages.remove(0);
        let arrival =
            Arrival { received_at_ms: at, frame: at.unsigned_abs(), raw: raw.into(), message };
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
            let event = NewEvent::example("WASHING_IS_COMPLETE", "Washer", number);
            store.add_untold(&event, |_| Decision::Notify).unwrap();
        }

        let deleted = store.delete(&Filter::default(), |gone| gone < 400).unwrap();

        assert_eq!(deleted, 400);
        assert_eq!(store.size().unwrap().events, 600);
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
