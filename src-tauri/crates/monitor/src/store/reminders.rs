//! Notification state of events: shown, held back, scheduled as reminders.

use model::UnixMs;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, read::COLUMNS};
use crate::event::{EventId, StoredEvent};

/// A reminder that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DueReminder {
    pub(crate) stored: StoredEvent,
    /// Requested by the user; shown regardless of the settings.
    pub(crate) is_asked_for: bool,
}

impl Store {
    /// Schedules `left` reminders for the event, replacing an earlier schedule.
    pub(crate) fn plan_reminder(
        &self,
        id: EventId,
        due_at_ms: UnixMs,
        left: u8,
        is_asked_for: bool,
    ) -> Result<(), StoreError> {
        self.lock()
            .prepare_cached(
                "INSERT INTO reminder (event_id, due_at_ms, left_count, is_asked_for)
                 SELECT id, ?2, ?3, ?4 FROM event WHERE id = ?1
                 ON CONFLICT (event_id) DO UPDATE SET due_at_ms = excluded.due_at_ms,
                     left_count = max(left_count, excluded.left_count),
                     is_asked_for = excluded.is_asked_for",
            )?
            .execute(params![id.0, due_at_ms, left, is_asked_for])?;
        Ok(())
    }

    pub(crate) fn next_reminder(&self) -> Result<Option<UnixMs>, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT min(due_at_ms) FROM reminder")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten())
    }

    /// Reschedules reminders that are due after `latest_ms` for `again_ms`.
    pub(crate) fn bound_reminders(
        &self,
        latest_ms: UnixMs,
        again_ms: UnixMs,
    ) -> Result<(), StoreError> {
        self.lock()
            .prepare_cached("UPDATE reminder SET due_at_ms = ?2 WHERE due_at_ms > ?1")?
            .execute([latest_ms, again_ms])?;
        Ok(())
    }

    /// Returns the reminders that are due and reschedules those with any left for `again_at_ms`.
    /// Deletes those of events that have been read.
    pub(crate) fn take_due_reminders(
        &self,
        now_ms: UnixMs,
        again_at_ms: UnixMs,
    ) -> Result<Vec<DueReminder>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "DELETE FROM reminder
             WHERE event_id IN (SELECT id FROM event JOIN reminder ON id = event_id
                 WHERE is_read = 1)",
            [],
        )?;
        let due = transaction
            .prepare_cached(&format!(
                "SELECT {COLUMNS}, is_asked_for FROM event JOIN reminder ON id = event_id
                 WHERE due_at_ms <= ?1 ORDER BY id"
            ))?
            .query_map([now_ms], |row| {
                let is_asked_for = row.get("is_asked_for")?;
                Ok(DueReminder { stored: StoredEvent::from_row(row)?, is_asked_for })
            })?
            .collect::<Result<_, _>>()?;
        transaction
            .execute("DELETE FROM reminder WHERE due_at_ms <= ?1 AND left_count <= 1", [now_ms])?;
        transaction.execute(
            "UPDATE reminder SET due_at_ms = ?2, left_count = left_count - 1, is_asked_for = 0
             WHERE due_at_ms <= ?1",
            [now_ms, again_at_ms],
        )?;
        transaction.commit()?;
        Ok(due)
    }

    /// Events with scheduled reminders.
    pub(crate) fn reminded_events(&self) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self
            .lock()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM event JOIN reminder ON id = event_id ORDER BY id"
            ))?
            .query_map([], StoredEvent::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }

    pub(crate) fn forget_reminders(&self, ids: &[EventId]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for id in ids {
            transaction
                .prepare_cached("DELETE FROM reminder WHERE event_id = ?1")?
                .execute([id.0])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Marks all of these events as notified by one notification.
    pub fn mark_all_notified(&self, ids: &[EventId], now_ms: UnixMs) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for id in ids {
            transaction
                .prepare_cached("UPDATE event SET notified_at_ms = ?2 WHERE id = ?1")?
                .execute(params![id.0, now_ms])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns the ids of events that are read or deleted.
    pub fn read_among(&self, ids: &[EventId]) -> Result<Vec<EventId>, StoreError> {
        let connection = self.lock();
        let mut unread =
            connection.prepare_cached("SELECT 1 FROM event WHERE id = ?1 AND is_read = 0")?;
        let mut read = Vec::new();
        for id in ids {
            if !unread.exists([id.0])? {
                read.push(*id);
            }
        }
        Ok(read)
    }

    /// Unread events held back since `since_ms` and not shown since, oldest first.
    pub fn held_back(&self, since_ms: UnixMs) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self
            .lock()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM event
                 WHERE decision IN ('quietHours', 'paused') AND notified_at_ms IS NULL
                     AND is_read = 0 AND received_at_ms >= ?1
                 ORDER BY id"
            ))?
            .query_map([since_ms], StoredEvent::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::decision::{Decision, Reason};
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    fn add(store: &Store, code: &str, decision: Decision) -> EventId {
        let event = example_event(code, "Washer", NOW);
        store.add_untold(&event, |_| decision).unwrap().stored.id
    }

    fn due(store: &Store, now_ms: UnixMs) -> Vec<EventId> {
        let due = store.take_due_reminders(now_ms, now_ms + 1000).unwrap();
        due.into_iter().map(|due| due.stored.id).collect()
    }

    #[test]
    fn a_reminder_comes_as_often_as_planned() {
        let store = Store::in_memory().unwrap();
        let id = add(&store, "WASHING_IS_COMPLETE", Decision::Notify);

        store.plan_reminder(id, NOW + 1000, 2, false).unwrap();

        assert_eq!(store.next_reminder().unwrap(), Some(NOW + 1000));
        assert!(due(&store, NOW + 999).is_empty());
        assert_eq!(due(&store, NOW + 1000), [id]);
        assert_eq!(store.next_reminder().unwrap(), Some(NOW + 2000));
        assert_eq!(due(&store, NOW + 2000), [id]);
        assert_eq!(store.next_reminder().unwrap(), None);
    }

    #[test]
    fn what_was_read_or_settled_is_not_reminded_of() {
        let store = Store::in_memory().unwrap();
        let read = add(&store, "WASHING_IS_COMPLETE", Decision::Notify);
        let settled = add(&store, "DRYING_IS_COMPLETE", Decision::Notify);
        for id in [read, settled] {
            store.plan_reminder(id, NOW, 3, false).unwrap();
        }
        assert_eq!(store.reminded_events().unwrap().len(), 2);

        store.mark_read(&[read], true).unwrap();
        store.forget_reminders(&[settled]).unwrap();

        assert!(due(&store, NOW).is_empty());
        assert_eq!(store.next_reminder().unwrap(), None);
    }

    #[test]
    fn only_what_was_held_back_and_not_seen_since_is_told_later() {
        let store = Store::in_memory().unwrap();
        let quiet = Decision::Silent(Reason::QuietHours);
        let held = add(&store, "A", quiet);
        let paused = add(&store, "B", Decision::Silent(Reason::Paused));
        let (read, shown) = (add(&store, "C", quiet), add(&store, "D", quiet));
        add(&store, "E", Decision::Notify);
        store.mark_read(&[read], true).unwrap();
        store.mark_all_notified(&[shown], NOW).unwrap();

        let found = store.held_back(NOW).unwrap();

        assert_eq!(found.iter().map(|stored| stored.id).collect::<Vec<_>>(), [held, paused]);
        assert!(store.held_back(NOW + 1).unwrap().is_empty());
    }
}
