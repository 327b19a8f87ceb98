//! The outbox: events that wait for their delivery to a target, and how each target does.

use model::{ForwardFailure, UnixMs};
use rusqlite::{OptionalExtension as _, params};
use uuid::Uuid;

use super::{Store, StoreError, Transaction, read::COLUMNS};
use crate::event::{EventId, StoredEvent};

/// An event's way to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// Name of the target.
    pub(crate) target: String,
    /// Earliest delivery.
    pub(crate) due_at_ms: UnixMs,
}

/// An event to deliver.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    /// Identifies the event at the other side: the same for all targets and tries. Ids of events
    /// are not unique beyond this computer.
    pub(crate) key: String,
    pub(crate) stored: StoredEvent,
}

/// How a target does, across restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TargetRecord {
    pub(crate) waiting: u32,
    pub(crate) delivered: u32,
    pub(crate) delivered_at_ms: Option<UnixMs>,
    pub(crate) given_up: u32,
    /// Running time since the first of the current failures.
    pub(crate) failing_ms: i64,
    pub(crate) failure: Option<ForwardFailure>,
}

impl Transaction<'_> {
    /// Adds an event to the outbox.
    pub(crate) fn add_outgoing(
        &self,
        event: EventId,
        now_ms: UnixMs,
        outgoing: &[Outgoing],
    ) -> Result<(), StoreError> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let key = Uuid::new_v4().simple().to_string();
        for Outgoing { target, due_at_ms } in outgoing {
            self.prepare_cached(
                "INSERT INTO outbox (target, event_id, key, added_at_ms, due_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![target, event.0, key, now_ms, due_at_ms])?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// The id alone may be that of another event by now.
    fn remove_outgoing(&self, (id, key): (i64, &str)) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM outbox WHERE id = ?1 AND key = ?2")?
            .execute(params![id, key])?;
        Ok(())
    }
}

impl Store {
    /// The first event that is due for a target. `latest_ms` is the latest time for which an event
    /// can wait; later ones were set by a clock ahead, and are due.
    pub(crate) fn next_outgoing(
        &self,
        target: &str,
        now_ms: UnixMs,
        latest_ms: UnixMs,
    ) -> Result<Option<Waiting>, StoreError> {
        Ok(self
            .read()
            .prepare_cached(&format!(
                "SELECT outbox.id AS outbox_id, outbox.key, event.*
                 FROM outbox JOIN (SELECT {COLUMNS} FROM event) AS event ON event.id = event_id
                 WHERE target = ?1 AND (due_at_ms <= ?2 OR due_at_ms > ?3)
                 ORDER BY outbox.id LIMIT 1"
            ))?
            .query_row(params![target, now_ms, latest_ms], |row| {
                Ok(Waiting {
                    id: row.get("outbox_id")?,
                    key: row.get("key")?,
                    stored: StoredEvent::from_row(row)?,
                })
            })
            .optional()?)
    }

    /// When the next event that waits for a target is due.
    pub(crate) fn next_outgoing_at(&self, target: &str) -> Result<Option<UnixMs>, StoreError> {
        Ok(self
            .read()
            .prepare_cached("SELECT min(due_at_ms) FROM outbox WHERE target = ?1")?
            .query_one([target], |row| row.get(0))?)
    }

    /// Removes a delivered event, by its id and key, and ends the target's failures.
    pub(crate) fn note_delivered(
        &self,
        target: &str,
        waiting: (i64, &str),
        now_ms: UnixMs,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.remove_outgoing(waiting)?;
            transaction
                .prepare_cached(
                    "INSERT INTO target (name, delivered, delivered_at_ms) VALUES (?1, 1, ?2)
                     ON CONFLICT (name) DO UPDATE SET delivered = delivered + 1,
                         delivered_at_ms = ?2, failing_ms = 0, failure = NULL",
                )?
                .execute(params![target, now_ms])?;
            Ok(())
        })
    }

    /// Notes a failed try that came `after_ms` after the previous one.
    pub(crate) fn note_failed(
        &self,
        target: &str,
        failure: &ForwardFailure,
        after_ms: i64,
    ) -> Result<(), StoreError> {
        let failure = serde_json::to_string(failure).map_err(std::io::Error::from)?;
        self.lock()
            .prepare_cached(
                "INSERT INTO target (name, failing_ms, failure) VALUES (?1, ?3, ?2)
                 ON CONFLICT (name) DO UPDATE SET failing_ms = failing_ms + ?3, failure = ?2",
            )?
            .execute(params![target, failure, after_ms])?;
        Ok(())
    }

    /// Removes an event that is not delivered.
    pub(crate) fn give_up(&self, target: &str, waiting: (i64, &str)) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.remove_outgoing(waiting)?;
            transaction
                .prepare_cached(
                    "INSERT INTO target (name, given_up) VALUES (?1, 1)
                     ON CONFLICT (name) DO UPDATE SET given_up = given_up + 1",
                )?
                .execute([target])?;
            Ok(())
        })
    }

    /// Gives up all events that were added before then; returns their number.
    pub(crate) fn give_up_older(
        &self,
        target: &str,
        before_ms: UnixMs,
    ) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let count = transaction
                .prepare_cached("DELETE FROM outbox WHERE target = ?1 AND added_at_ms <= ?2")?
                .execute(params![target, before_ms])?;
            transaction
                .prepare_cached("UPDATE target SET given_up = given_up + ?2 WHERE name = ?1")?
                .execute(params![target, i64::try_from(count).unwrap_or(i64::MAX)])?;
            Ok(count)
        })
    }

    /// Ends the failures of a target that has delivered nothing since.
    pub(crate) fn note_recovered(&self, target: &str) -> Result<(), StoreError> {
        self.lock()
            .prepare_cached("UPDATE target SET failing_ms = 0, failure = NULL WHERE name = ?1")?
            .execute([target])?;
        Ok(())
    }

    pub(crate) fn target_record(&self, target: &str) -> Result<TargetRecord, StoreError> {
        let connection = self.read();
        let waiting = connection
            .prepare_cached("SELECT count(*) FROM outbox WHERE target = ?1")?
            .query_one([target], |row| row.get(0))?;
        let record = connection
            .prepare_cached(
                "SELECT delivered, delivered_at_ms, given_up, failing_ms, failure
                 FROM target WHERE name = ?1",
            )?
            .query_row([target], |row| {
                let failure: Option<String> = row.get(4)?;
                Ok(TargetRecord {
                    waiting,
                    delivered: row.get(0)?,
                    delivered_at_ms: row.get(1)?,
                    given_up: row.get(2)?,
                    failing_ms: row.get(3)?,
                    failure: failure.and_then(|text| serde_json::from_str(&text).ok()),
                })
            })
            .optional()?;
        Ok(record.unwrap_or(TargetRecord { waiting, ..TargetRecord::default() }))
    }

    /// Forgets everything of a target.
    pub(crate) fn forget_target(&self, target: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM outbox WHERE target = ?1", [target])?;
            transaction.execute("DELETE FROM target WHERE name = ?1", [target])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{Problem, ProblemCode};

    use super::*;
    use crate::{decision::Decision, event::example_event};

    const NOW: UnixMs = 1_800_000_000_000;
    const LATEST: UnixMs = NOW + 90_000_000;

    fn add(store: &Store, code: &str, targets: &[(&str, UnixMs)]) -> EventId {
        let event = example_event(code, "Washer", NOW);
        let id = store.add_untold(&event, |_| Decision::Notify).unwrap().stored.id;
        let outgoing: Vec<_> = targets
            .iter()
            .map(|(target, due_at_ms)| Outgoing {
                target: (*target).to_owned(),
                due_at_ms: *due_at_ms,
            })
            .collect();
        store.write(|transaction| transaction.add_outgoing(id, NOW, &outgoing)).unwrap();
        id
    }

    fn next(store: &Store, target: &str, now_ms: UnixMs) -> Option<Waiting> {
        store.next_outgoing(target, now_ms, LATEST).unwrap()
    }

    #[test]
    fn each_target_gets_its_events_in_order_under_one_key() {
        let store = Store::in_memory().unwrap();
        let first = add(&store, "WASHING_IS_COMPLETE", &[("a", NOW), ("b", NOW)]);
        let second = add(&store, "DOOR_IS_OPEN", &[("a", NOW)]);

        let (of_a, of_b) = (next(&store, "a", NOW).unwrap(), next(&store, "b", NOW).unwrap());
        assert_eq!((of_a.stored.id, of_b.stored.id), (first, first));
        assert_eq!((of_a.key.len(), &of_a.key), (32, &of_b.key));

        store.note_delivered("a", (of_a.id, &of_a.key), NOW + 1).unwrap();

        assert_eq!(next(&store, "a", NOW).unwrap().stored.id, second);
        assert_eq!(next(&store, "b", NOW).unwrap().stored.id, first);
        let record = store.target_record("a").unwrap();
        assert_eq!((record.waiting, record.delivered), (1, 1));
        assert_eq!(record.delivered_at_ms, Some(NOW + 1));
    }

    #[test]
    fn an_event_waits_until_it_is_due_and_not_for_years() {
        let store = Store::in_memory().unwrap();
        add(&store, "WASHING_IS_COMPLETE", &[("a", NOW + 1_000)]);
        let urgent = add(&store, "WATER_LEAK_HAS_OCCURRED", &[("a", NOW)]);

        assert_eq!(next(&store, "a", NOW).unwrap().stored.id, urgent);
        assert_eq!(store.next_outgoing_at("a").unwrap(), Some(NOW));
        assert_ne!(next(&store, "a", NOW + 1_000).unwrap().stored.id, urgent);

        add(&store, "DOOR_IS_OPEN", &[("b", NOW * 2)]);
        assert!(next(&store, "b", NOW).is_some());
    }

    #[test]
    fn failures_last_until_a_delivery_and_removed_targets_are_forgotten() {
        let store = Store::in_memory().unwrap();
        add(&store, "WASHING_IS_COMPLETE", &[("a", NOW)]);
        let failure = ForwardFailure {
            problem: Problem::of(ProblemCode::TargetUnreachable),
            detail: String::from("no route"),
        };

        store.note_failed("a", &failure, 0).unwrap();
        store.note_failed("a", &failure, 500).unwrap();
        let record = store.target_record("a").unwrap();
        assert_eq!((record.failing_ms, record.failure), (500, Some(failure)));

        let waiting = next(&store, "a", NOW).unwrap();
        store.give_up("a", (waiting.id, &waiting.key)).unwrap();
        let record = store.target_record("a").unwrap();
        assert_eq!((record.waiting, record.given_up), (0, 1));

        add(&store, "DOOR_IS_OPEN", &[("a", NOW)]);
        let waiting = next(&store, "a", NOW).unwrap();
        store.note_delivered("a", (waiting.id, &waiting.key), NOW).unwrap();
        assert_eq!(store.target_record("a").unwrap().failure, None);

        store.forget_target("a").unwrap();
        assert_eq!(store.target_record("a").unwrap(), TargetRecord::default());
    }

    #[test]
    fn a_deleted_event_is_not_delivered() {
        let store = Store::in_memory().unwrap();
        add(&store, "WASHING_IS_COMPLETE", &[("a", NOW)]);

        store.database().execute("DELETE FROM event", []).unwrap();

        assert!(next(&store, "a", NOW).is_none());
        assert_eq!(store.target_record("a").unwrap().waiting, 0);
    }
}
