//! Events: inserting, comparing with earlier ones, marking as read.

use model::{DeviceId, NewEvent, UnixMs};
use rusqlite::{Connection, Row, params};

use super::{
    Store, StoreError, Transaction,
    labels::{Raw, SearchLabel},
    read::{COLUMNS, parsed},
    search::Position,
};
use crate::{
    decision::title_of,
    duplicates::{RecentPush, SAME_ENDING_MS, SAME_EVENT_MS},
    event::{Arrival, EventId, StoredEvent},
};

/// Retention of status reports, which are kept for diagnosis.
const REPORTS_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Reads only the last minutes, regardless of the length of the history.
pub(crate) const SIMILAR_PUSHES: &str = "
    SELECT id, received_at_ms, code, category, is_from_state, place
    FROM event INDEXED BY event_by_code
    WHERE code = ?1 AND received_at_ms >= ?2 AND received_at_ms <= ?3
        AND kind = 'push' AND device_id IS ?4
    UNION ALL
    SELECT id, received_at_ms, code, category, is_from_state, place
    FROM event INDEXED BY event_from_state
    WHERE is_from_state = 1 AND received_at_ms >= ?2 AND received_at_ms <= ?3
        AND kind = 'push' AND device_id IS ?4
    ORDER BY received_at_ms DESC";

impl Transaction<'_> {
    /// Inserts an event, keeping its id if that is free, otherwise with a new one. `arrival` is its
    /// first message.
    pub(crate) fn insert_event(
        &self,
        stored: &StoredEvent,
        arrival: Option<&Arrival>,
    ) -> Result<EventId, StoreError> {
        self.store.insert(self, stored, arrival.map(raw_of))
    }

    /// Sets the part of an event that has none.
    pub(crate) fn set_place(&self, event: EventId, place: &str) -> Result<(), StoreError> {
        self.prepare_cached("UPDATE event SET place = ?2 WHERE id = ?1 AND place = ''")?
            .execute(params![event.0, place])?;
        Ok(())
    }

    /// Marks an event as notified at its time of receipt.
    pub(crate) fn mark_notified_at_receipt(&self, event: EventId) -> Result<(), StoreError> {
        self.prepare_cached("UPDATE event SET notified_at_ms = received_at_ms WHERE id = ?1")?
            .execute([event.0])?;
        Ok(())
    }

    /// Pushes that may duplicate this event, latest first.
    pub(crate) fn similar_pushes(&self, event: &NewEvent) -> Result<Vec<RecentPush>, StoreError> {
        similar_pushes(self, event)
    }

    /// Pushes of a device since then, highest id first.
    pub(crate) fn pushes_since(
        &self,
        device_id: &DeviceId,
        since_ms: UnixMs,
    ) -> Result<Vec<RecentPush>, StoreError> {
        let pushes = self
            .prepare_cached(
                "SELECT id, received_at_ms, code, category, is_from_state, place
                 FROM event INDEXED BY event_by_time
                 WHERE received_at_ms >= ?1 AND kind = 'push' AND device_id = ?2
                 ORDER BY id DESC",
            )?
            .query_map(params![since_ms, device_id.as_str()], recent_push)?
            .collect::<Result<_, _>>()?;
        Ok(pushes)
    }
}

impl Store {
    /// As [`Transaction::similar_pushes`], for a file that may be read-only.
    pub(crate) fn similar_pushes(&self, event: &NewEvent) -> Result<Vec<RecentPush>, StoreError> {
        similar_pushes(&self.read(), event)
    }
}

fn similar_pushes(
    connection: &Connection,
    event: &NewEvent,
) -> Result<Vec<RecentPush>, StoreError> {
    let pushes = connection
        .prepare_cached(SIMILAR_PUSHES)?
        .query_map(
            params![
                event.code,
                event.received_at_ms.saturating_sub(SAME_ENDING_MS),
                event.received_at_ms.saturating_add(SAME_EVENT_MS),
                event.device_id.as_ref().map(DeviceId::as_str),
            ],
            recent_push,
        )?
        .collect::<Result<_, _>>()?;
    Ok(pushes)
}

fn recent_push(row: &Row<'_>) -> rusqlite::Result<RecentPush> {
    Ok(RecentPush {
        id: EventId(row.get(0)?),
        received_at_ms: row.get(1)?,
        code: row.get(2)?,
        category: parsed(row.get_ref(3)?.as_str()?)?,
        is_from_state: row.get(4)?,
        place: row.get(5)?,
    })
}

pub(super) fn raw_of(arrival: &Arrival) -> Raw<'_> {
    (arrival.message.message_id.as_deref(), &arrival.raw)
}

impl Store {
    /// Inserts an event, keeping its id if that is free, otherwise with a new one. `raw` is its
    /// first message.
    pub(super) fn insert(
        &self,
        transaction: &rusqlite::Transaction<'_>,
        stored: &StoredEvent,
        raw: Option<Raw<'_>>,
    ) -> Result<EventId, StoreError> {
        let event = &stored.event;
        let (label, own) =
            SearchLabel::of(event, &self.searched_words(event)).id_with(transaction, raw)?;
        let is_free = stored.id.0 != 0
            && !transaction
                .prepare_cached("SELECT 1 FROM event WHERE id = ?1")?
                .exists([stored.id.0])?;
        Ok(transaction
            .prepare_cached(
                "INSERT INTO event (id, received_at_ms, sent_at, kind, device_id, device_type,
                     device_name, code, severity, category, text, label_id, decision, is_read,
                     is_found_after_gap, gap_from_ms, gap_reason, is_from_state, place,
                     notified_at_ms, own)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                     ?17, ?18, ?19, ?20, ?21) RETURNING id",
            )?
            .query_row(
                params![
                    is_free.then_some(stored.id.0),
                    event.received_at_ms,
                    event.sent_at,
                    event.kind.into_str(),
                    event.device_id.as_ref().map(DeviceId::as_str),
                    event.device_type,
                    event.device_name,
                    event.code,
                    event.severity.into_str(),
                    event.category.into_str(),
                    event.text,
                    label,
                    stored.decision,
                    stored.is_read,
                    event.is_found_after_gap,
                    event.gap.map(|gap| gap.from_ms),
                    event.gap.map(|gap| gap.reason.into_str()),
                    event.is_from_state,
                    event.place,
                    stored.notified_at_ms,
                    own,
                ],
                |row| row.get(0).map(EventId),
            )?)
    }

    /// Searchable words: name, part, type and title in both languages, and the code.
    fn searched_words(&self, event: &NewEvent) -> String {
        let mut found = vec![event.device_name.clone(), event.code.clone(), event.place.clone()];
        for words in &self.words {
            found.push(title_of(event, words));
            if let Some(device_type) = &event.device_type {
                found.push(words.device_type_name(device_type));
            }
        }
        found.join("\n")
    }

    /// Marks events as read or unread; returns the number of changed events.
    pub fn mark_read(&self, ids: &[EventId], is_read: bool) -> Result<usize, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut changed = 0;
        for id in ids {
            changed += transaction
                .prepare_cached("UPDATE event SET is_read = ?2 WHERE id = ?1 AND is_read <> ?2")?
                .execute(params![id.0, is_read])?;
        }
        transaction.commit()?;
        Ok(changed)
    }

    /// Marks all events up to and including `last`, by time, as read; returns the number of changed
    /// events.
    pub fn mark_all_read(&self, last: EventId) -> Result<usize, StoreError> {
        let connection = self.lock();
        let Some(last) = Position::of(&connection, last)? else { return Ok(0) };
        Ok(connection.execute(
            "UPDATE event SET is_read = 1
             WHERE is_read = 0 AND (received_at_ms, id) <= (?1, ?2)",
            params![last.received_at_ms, last.id],
        )?)
    }

    /// Unread events of a code since then.
    pub(crate) fn unread_of(
        &self,
        code: &str,
        since_ms: UnixMs,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self
            .read()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM event INDEXED BY event_by_code
                 WHERE code = ?1 AND received_at_ms >= ?2 AND is_read = 0 ORDER BY id"
            ))?
            .query_map(params![code, since_ms], StoredEvent::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }

    /// Unread events since then, up to and including `last`.
    pub(crate) fn unread_since(
        &self,
        since_ms: UnixMs,
        last: EventId,
    ) -> Result<Vec<EventId>, StoreError> {
        let ids = self
            .read()
            .prepare_cached(
                "SELECT id FROM event INDEXED BY event_unread
                 WHERE is_read = 0 AND received_at_ms >= ?1 AND id <= ?2",
            )?
            .query_map([since_ms, last.0], |row| row.get(0).map(EventId))?
            .collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// Deletes old status reports.
    pub fn prune_reports(&self, now_ms: UnixMs) -> Result<usize, StoreError> {
        Ok(self.lock().execute(
            "DELETE FROM message WHERE event_id IS NULL AND received_at_ms < ?1",
            [now_ms.saturating_sub(REPORTS_KEPT_MS)],
        )?)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::decision::Decision;
    use crate::event::example_event;

    const HOUR_MS: i64 = 3_600_000;

    /// Steps of SQLite's virtual machine.
    fn steps_of_comparing(hours: i64) -> i32 {
        let store = Store::in_memory().unwrap();
        for hour in 1..=hours {
            let mut event = example_event("WASHING_IS_COMPLETE", "Washer", hour * HOUR_MS);
            event.is_from_state = hour % 3 == 0;
            store.add_untold(&event, |_| Decision::Notify).unwrap();
        }
        let news = example_event("DRYING_IS_COMPLETE", "Washer", (hours + 1) * HOUR_MS);
        let connection = store.lock();
        let statement = || connection.prepare_cached(SIMILAR_PUSHES).unwrap();
        statement().reset_status(StatementStatus::VmStep);

        assert!(similar_pushes(&connection, &news).unwrap().is_empty());

        statement().get_status(StatementStatus::VmStep)
    }

    #[test]
    fn a_push_is_compared_with_the_last_minutes_however_long_the_history_is() {
        let steps = steps_of_comparing(10);

        assert!(steps > 0, "no comparison ran");
        assert_eq!(steps_of_comparing(1_000), steps);
    }
}
