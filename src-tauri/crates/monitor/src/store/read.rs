//! Read queries: pages of the history, one event in detail, counts.

use std::{error::Error, str::FromStr};

use model::{DeviceId, Gap, NewEvent, RawMessage, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::Type};

use super::{Store, StoreError};
use crate::event::{EventId, StoredEvent};

pub(super) const COLUMNS: &str =
    "id, received_at_ms, sent_at, kind, device_id, device_type, device_name, code,
    severity, category, text, decision, notified_at_ms, is_read, is_found_after_gap,
    is_from_state, place, gap_from_ms, gap_reason";

impl Store {
    pub fn event(&self, id: EventId) -> Result<Option<StoredEvent>, StoreError> {
        event(&self.read(), id)
    }

    /// Frames of an event, in order of arrival.
    pub fn messages(&self, id: EventId) -> Result<Vec<RawMessage>, StoreError> {
        let messages = self
            .read()
            .prepare_cached(
                "SELECT received_at_ms, raw FROM message WHERE event_id = ?1 ORDER BY id",
            )?
            .query_map([id.0], |row| {
                Ok(RawMessage { received_at_ms: row.get(0)?, raw: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(messages)
    }

    pub fn unread_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT count(*) FROM event INDEXED BY event_unread WHERE is_read = 0")?
            .query_one([], |row| row.get(0))?)
    }

    /// Time of receipt of the newest event.
    pub(crate) fn newest_event_ms(&self) -> Result<Option<UnixMs>, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT max(received_at_ms) FROM event")?
            .query_one([], |row| row.get(0))?)
    }

    /// Events after `after` whose notification was due since `since_ms` but not shown, oldest
    /// first: the process was killed between storing and showing, or a receiver lagged.
    pub fn unnotified(
        &self,
        after: EventId,
        since_ms: UnixMs,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self
            .lock()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM event INDEXED BY event_by_time
                 WHERE id > ?1 AND notified_at_ms IS NULL
                     AND decision IN ('notify', 'notifySilently', 'notifyUrgently', 'counted')
                     AND received_at_ms >= ?2
                 ORDER BY id"
            ))?
            .query_map(params![after.0, since_ms], StoredEvent::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(events)
    }
}

/// Parses a closed enum from its name in a column.
pub(super) fn parsed<T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>>(
    name: &str,
) -> rusqlite::Result<T> {
    name.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
    })
}

impl StoredEvent {
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let named = |column: &str| row.get::<_, String>(column);
        let gap = match (row.get("gap_from_ms")?, row.get::<_, Option<String>>("gap_reason")?) {
            (Some(from_ms), Some(reason)) => Some(Gap { from_ms, reason: parsed(&reason)? }),
            (None, _) | (_, None) => None,
        };
        Ok(Self {
            id: EventId(row.get("id")?),
            event: NewEvent {
                received_at_ms: row.get("received_at_ms")?,
                sent_at: row.get("sent_at")?,
                kind: parsed(&named("kind")?)?,
                device_id: row.get::<_, Option<String>>("device_id")?.map(DeviceId::new),
                device_type: row.get("device_type")?,
                device_name: named("device_name")?,
                code: named("code")?,
                severity: parsed(&named("severity")?)?,
                category: parsed(&named("category")?)?,
                text: named("text")?,
                place: named("place")?,
                is_found_after_gap: row.get("is_found_after_gap")?,
                is_from_state: row.get("is_from_state")?,
                gap,
            },
            decision: named("decision")?,
            notified_at_ms: row.get("notified_at_ms")?,
            is_read: row.get("is_read")?,
        })
    }
}

pub(super) fn event(
    connection: &Connection,
    id: EventId,
) -> Result<Option<StoredEvent>, StoreError> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM event WHERE id = ?1"))?
        .query_row([id.0], StoredEvent::from_row)
        .optional()?)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use thinq::{Frame, parse};

    use super::*;
    use crate::{
        decision::Decision,
        event::{Arrival, DeviceName},
        ingest::Outcome,
    };

    static NEXT_FRAME: AtomicU64 = AtomicU64::new(0);

    fn arrival(raw: &str, received_at_ms: UnixMs) -> (Arrival, Option<NewEvent>) {
        let message = parse(&Frame::Text(raw.to_owned())).messages.remove(0);
        let frame = NEXT_FRAME.fetch_add(1, Ordering::Relaxed);
        let arrival = Arrival {
            received_at_ms,
            frame,
            raw: Arc::from(raw),
            message,
            packet_id: None,
            is_repeated: false,
        };
        let event = arrival.to_event(|_| DeviceName {
            alias: String::from("우리집 100% 세탁기"),
            device_type: None,
        });
        (arrival, event)
    }

    fn push(message_id: &str, code: &str) -> String {
        format!(
            r#"{{"messageId":"{message_id}","push":{{"pushType":"DEVICE_PUSH","deviceId":"d","deviceType":"DEVICE_WASHER","pushCode":"{code}"}}}}"#
        )
    }

    fn add(store: &Store, raw: &str, at: UnixMs) -> Outcome {
        store.add(&[arrival(raw, at)], |_| Decision::Notify).unwrap().remove(0)
    }

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_message_that_arrives_twice_is_stored_once() {
        let store = Store::in_memory().unwrap();
        let raw = push("m1", "WASHING_IS_COMPLETE");

        assert!(matches!(add(&store, &raw, 0), Outcome::Event(_)));
        assert_eq!(add(&store, &raw, 5 * MINUTE), Outcome::Repeated);

        assert_eq!(store.page(EventId::END, 10, None).unwrap().len(), 1);
        assert_eq!(store.messages(EventId(1)).unwrap().len(), 1);
    }

    #[test]
    fn a_clock_that_jumps_by_a_day_doubles_nothing() {
        const DAY: i64 = 24 * 60 * MINUTE;
        let store = Store::in_memory().unwrap();
        let raw = push("m1", "WASHING_IS_COMPLETE");

        add(&store, &raw, 10 * DAY);

        for at in [10 * DAY, 9 * DAY, 11 * DAY, 11 * DAY + MINUTE] {
            assert_eq!(add(&store, &raw, at), Outcome::Repeated, "at {at}");
        }
    }

    #[test]
    fn one_happening_told_twice_is_one_event_with_both_messages() {
        let store = Store::in_memory().unwrap();

        add(&store, &push("m1", "WASHING_IS_COMPLETE"), 0);
        assert_eq!(add(&store, &push("m2", "WASHING_IS_COMPLETE"), MINUTE - 1), Outcome::Repeated);
        assert!(matches!(
            add(&store, &push("m3", "WASHING_IS_COMPLETE"), MINUTE + 1),
            Outcome::Event(_)
        ));

        assert_eq!(store.messages(EventId(1)).unwrap().len(), 2);
    }

    #[test]
    fn pages_meet_without_gap_or_overlap() {
        let store = Store::in_memory().unwrap();
        for at in 0..3 {
            add(&store, &push(&format!("m{at}"), "WASHING_IS_COMPLETE"), at * 2 * MINUTE);
        }

        let newer = store.page(EventId::END, 2, None).unwrap();
        let older = store.page(newer[1].id, 2, None).unwrap();

        let ids: Vec<i64> = newer.iter().chain(&older).map(|event| event.id.0).collect();
        assert_eq!(ids, [3, 2, 1]);
    }

    #[test]
    fn pages_go_the_other_way_too() {
        let store = Store::in_memory().unwrap();
        for at in 0..4 {
            add(&store, &push(&format!("m{at}"), "WASHING_IS_COMPLETE"), at * 2 * MINUTE);
        }
        let ids_after = |id, limit| {
            let page = store.page_after(EventId(id), limit, None).unwrap();
            page.iter().map(|event| event.id.0).collect::<Vec<_>>()
        };

        assert_eq!(ids_after(0, 2), [1, 2]);
        assert_eq!(ids_after(2, 10), [3, 4]);
        assert!(ids_after(4, 10).is_empty());
    }

    #[test]
    fn a_search_finds_names_words_of_both_languages_and_codes() {
        let store = Store::in_memory().unwrap();
        add(&store, &push("m1", "WASHING_IS_COMPLETE"), 0);
        let hits = |text: &str| store.page(EventId::END, 10, Some(text)).unwrap().len();

        for text in ["우리집", "laundry", "세탁이 끝", "is_complete", "Washer", "100%"] {
            assert_eq!(hits(text), 1, "{text}");
        }
        for text in ["dryer", "0%0", "WASHING%COMPLETE"] {
            assert_eq!(hits(text), 0, "{text}");
        }
    }

    #[test]
    fn reading_and_unreading_count() {
        let store = Store::in_memory().unwrap();
        add(&store, &push("m1", "WASHING_IS_COMPLETE"), 0);
        add(&store, &push("m2", "DRYING_IS_COMPLETE"), 0);

        assert_eq!(store.mark_read(&[EventId(1), EventId(99)], true).unwrap(), 1);
        assert_eq!(store.unread_count().unwrap(), 1);
        assert_eq!(store.mark_all_read(EventId(2)).unwrap(), 1);
        assert_eq!(store.mark_read(&[EventId(2)], false).unwrap(), 1);
        assert_eq!(store.unread_count().unwrap(), 1);
    }

    #[test]
    fn what_was_stored_and_not_shown_is_found_again() {
        let store = Store::in_memory().unwrap();
        add(&store, &push("m1", "WASHING_IS_COMPLETE"), 0);
        add(&store, &push("m2", "DRYING_IS_COMPLETE"), MINUTE);

        store.mark_all_notified(&[EventId(2)], MINUTE).unwrap();

        let missed = |since| store.unnotified(EventId(0), since).unwrap().len();
        assert_eq!(missed(0), 1);
        assert_eq!(missed(1), 0);
    }
}
