//! How each device looked last: reports are merged in as they come, and a look after a gap is
//! compared with it.
//!
//! Long by its tests, which say what is one ending and what are two.

use std::time::Duration;

use model::{EventSource, UnixMs};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;
use thinq::{
    DeviceId, StatusReport,
    state::{self, Happening},
};

use super::{
    Outcome, SAME_ENDING_MS, Store, StoreError,
    labels::note_raw,
    parts::{self, Change},
};
use crate::{
    event::{DeviceName, EventId, NewEvent},
    notification::Decision,
};

/// A device's state as the hub has just answered it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) device_id: DeviceId,
    pub(crate) device_type: String,
    pub(crate) state: Value,
    pub(crate) now_ms: UnixMs,
    /// Something may have happened that nobody told.
    pub(crate) is_after_gap: bool,
}

struct Kept {
    state: Value,
    seen_at_ms: UnixMs,
}

impl Kept {
    fn passed(&self, now_ms: UnixMs) -> Duration {
        let passed_ms = now_ms.saturating_sub(self.seen_at_ms);
        Duration::from_millis(u64::try_from(passed_ms).unwrap_or(0))
    }
}

impl Store {
    /// Keeps the state, and adds what it alone tells as events. After a gap that is all that must
    /// have happened in it; what was told meanwhile is left out.
    pub(crate) fn take_look(
        &self,
        look: &Look,
        decide: impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let kept = kept(&transaction, &look.device_id)?;
        let mut outcomes = Vec::new();
        let change = Change {
            device_id: &look.device_id,
            device_type: &look.device_type,
            before: kept.as_ref().map(|kept| &kept.state),
            after: &look.state,
            report: None,
            message: None,
            now_ms: look.now_ms,
            is_after_gap: look.is_after_gap,
        };
        if let Some(kept) = kept.as_ref().filter(|_| look.is_after_gap) {
            outcomes = self.find_in_gap(&transaction, look, kept, &decide)?;
        }
        outcomes.extend(self.follow(&transaction, &change, &decide)?);
        keep(&transaction, &look.device_id, &look.state, look.now_ms)?;
        transaction.commit()?;
        Ok(outcomes)
    }

    fn find_in_gap(
        &self,
        transaction: &Transaction<'_>,
        look: &Look,
        kept: &Kept,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let passed = kept.passed(look.now_ms);
        let shows_places = state::parts(&look.device_type, &look.state).len() > 1;
        let mut outcomes = Vec::new();
        for Happening { place, code } in
            state::happened_between(&look.device_type, &kept.state, &look.state, passed)
        {
            parts::note_told(transaction, &look.device_id, &place, &code)?;
            let shown = if shows_places { place.as_str() } else { "" };
            let since_ms = kept.seen_at_ms.saturating_sub(SAME_ENDING_MS);
            if find_told(transaction, &look.device_id, code.as_str(), since_ms, shown)?.is_none() {
                let mut device = name_of(transaction, &look.device_id)?;
                device.device_type = Some(look.device_type.clone());
                let event = NewEvent {
                    place: shown.to_owned(),
                    ..NewEvent::found(&code, &look.device_id, device, look.now_ms)
                };
                let added = self.add_decided(transaction, &event, decide)?;
                outcomes.push(Outcome::Event(Box::new(added)));
            }
        }
        Ok(outcomes)
    }

    /// Whether there is a state of the device to compare with.
    pub(crate) fn has_state(&self, id: &DeviceId) -> Result<bool, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT 1 FROM state WHERE device_id = ?1")?
            .exists([id.as_str()])?)
    }

    /// Merges a report. One that tells what a push has told is put beside that push's event; one
    /// that comes first waits for it. Returns what the state alone tells.
    pub(super) fn merge_report(
        &self,
        transaction: &Transaction<'_>,
        report: &StatusReport,
        message: i64,
        now_ms: UnixMs,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let id = &report.device_id;
        let kept = kept(transaction, id)?;
        let passed = kept.as_ref().map_or(Duration::ZERO, |kept| kept.passed(now_ms));
        let before = kept.map(|kept| kept.state);
        let mut after = before.clone().unwrap_or(Value::Null);
        state::apply(&mut after, &report.report, passed);
        keep(transaction, id, &after, now_ms)?;
        // What is known of the device says more than one message.
        let device_type = match type_of(transaction, id)? {
            Some(device_type) => device_type,
            None => report.device_type.clone().unwrap_or_default(),
        };
        if let Some(before) = &before {
            link_report(transaction, id, &device_type, (before, &after), (message, now_ms))?;
        }
        let change = Change {
            device_id: id,
            device_type: &device_type,
            before: before.as_ref(),
            after: &after,
            report: Some(&report.report),
            message: Some(message),
            now_ms,
            is_after_gap: false,
        };
        self.follow(transaction, &change, decide)
    }
}

fn link_report(
    transaction: &Transaction<'_>,
    id: &DeviceId,
    device_type: &str,
    (before, after): (&Value, &Value),
    (message, now_ms): (i64, UnixMs),
) -> Result<(), StoreError> {
    for Happening { place, code } in
        state::happened_between(device_type, before, after, Duration::ZERO)
    {
        let since_ms = now_ms.saturating_sub(SAME_ENDING_MS);
        if let Some(event) = find_told(transaction, id, code.as_str(), since_ms, &place)? {
            link(transaction, message, event)?;
        } else {
            transaction
                .prepare_cached(
                    "UPDATE state SET told_code = ?2, told_at_ms = ?3, told_message = ?4
                     WHERE device_id = ?1",
                )?
                .execute(params![id.as_str(), code.as_str(), now_ms, message])?;
        }
    }
    Ok(())
}

/// Puts a report that told the same a moment earlier beside the event.
pub(super) fn adopt_report(
    transaction: &Transaction<'_>,
    event: &NewEvent,
    id: EventId,
) -> Result<(), StoreError> {
    let (Some(device_id), EventSource::Push) = (&event.device_id, event.kind) else {
        return Ok(());
    };
    let waiting: Option<i64> = transaction
        .prepare_cached(
            "SELECT told_message FROM state
             WHERE device_id = ?1 AND told_code = ?2 AND told_at_ms BETWEEN ?3 AND ?4
                 AND told_message IS NOT NULL",
        )?
        .query_row(
            params![
                device_id.as_str(),
                event.code,
                event.received_at_ms.saturating_sub(SAME_ENDING_MS),
                event.received_at_ms.saturating_add(SAME_ENDING_MS),
            ],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(message) = waiting {
        link(transaction, message, id)?;
        transaction
            .prepare_cached("UPDATE state SET told_message = NULL WHERE device_id = ?1")?
            .execute([device_id.as_str()])?;
    }
    Ok(())
}

pub(super) fn link(
    transaction: &Transaction<'_>,
    message: i64,
    event: EventId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE message SET event_id = ?2 WHERE id = ?1")?
        .execute([message, event.0])?;
    let found: Option<(Option<String>, String)> = transaction
        .prepare_cached("SELECT message_id, raw FROM message WHERE id = ?1")?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map_or(Ok(()), |(id, raw)| note_raw(transaction, event, (id.as_deref(), &raw)))
}

/// The latest event of the device with this code since then, unless it is about another part.
pub(super) fn find_told(
    transaction: &Transaction<'_>,
    device_id: &DeviceId,
    code: &str,
    since_ms: UnixMs,
    place: &str,
) -> Result<Option<EventId>, StoreError> {
    Ok(transaction
        .prepare_cached(
            "SELECT id FROM event
             WHERE code = ?1 AND received_at_ms >= ?2 AND kind = 'push' AND device_id = ?3
                 AND (place = '' OR ?4 = '' OR place = ?4)
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![code, since_ms, device_id.as_str(), place], |row| {
            row.get(0).map(EventId)
        })
        .optional()?)
}

/// A state that cannot be read counts as none.
fn kept(transaction: &Transaction<'_>, id: &DeviceId) -> Result<Option<Kept>, StoreError> {
    let found: Option<(String, UnixMs)> = transaction
        .prepare_cached("SELECT state, seen_at_ms FROM state WHERE device_id = ?1")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(state, seen_at_ms)| {
        Some(Kept { state: serde_json::from_str(&state).ok()?, seen_at_ms })
    }))
}

fn keep(
    transaction: &Transaction<'_>,
    id: &DeviceId,
    state: &Value,
    now_ms: UnixMs,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO state (device_id, state, seen_at_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (device_id) DO UPDATE SET
                 state = excluded.state, seen_at_ms = excluded.seen_at_ms",
        )?
        .execute(params![id.as_str(), state.to_string(), now_ms])?;
    Ok(())
}

fn type_of(transaction: &Transaction<'_>, id: &DeviceId) -> Result<Option<String>, StoreError> {
    Ok(transaction
        .prepare_cached("SELECT device_type FROM device WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?)
}

/// The type and the state of a device, as far as both are known.
pub(super) fn known_state(
    transaction: &Transaction<'_>,
    id: &DeviceId,
) -> Result<Option<(String, Value)>, StoreError> {
    let device_type = type_of(transaction, id)?;
    let kept = kept(transaction, id)?;
    Ok(device_type.zip(kept.map(|kept| kept.state)))
}

pub(super) fn name_of(
    transaction: &Transaction<'_>,
    id: &DeviceId,
) -> Result<DeviceName, StoreError> {
    let name = transaction
        .prepare_cached("SELECT alias, device_type FROM device WHERE id = ?1")?
        .query_row([id.as_str()], |row| {
            Ok(DeviceName { alias: row.get(0)?, device_type: row.get(1)? })
        })
        .optional()?;
    Ok(name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use thinq::{Frame, parse};

    use super::*;
    use crate::event::Arrival;

    const MINUTE: i64 = 60_000;

    fn look(run_state: &str, now_ms: UnixMs) -> Look {
        Look {
            device_id: DeviceId::new("d"),
            device_type: String::from("DEVICE_WASHER"),
            state: json!([{ "runState": { "currentState": run_state } }]),
            now_ms,
            is_after_gap: true,
        }
    }

    fn take(store: &Store, look: &Look) -> Vec<String> {
        let outcomes = store.take_look(look, |_| Decision::Notify).unwrap();
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Event(added) => added.stored.event.code,
                Outcome::Repeated | Outcome::Report => unreachable!(),
            })
            .collect()
    }

    fn add(store: &Store, raw: &Value, at: UnixMs) -> Outcome {
        let raw = raw.to_string();
        let message = parse(&Frame::Text(raw.clone())).messages.remove(0);
        let frame = u64::try_from(at).unwrap();
        let arrival = Arrival { received_at_ms: at, frame, raw: Arc::from(raw), message };
        let event = arrival.to_event(|_| DeviceName::default());
        store.add(&[(arrival, event)], |_| Decision::Notify).unwrap().remove(0)
    }

    fn report(run_state: &str) -> Value {
        json!({ "pushType": "DEVICE_STATUS", "deviceId": "d", "deviceType": "DEVICE_WASHER",
                "report": [{ "runState": { "currentState": run_state } }] })
    }

    fn push() -> Value {
        json!({ "pushType": "DEVICE_PUSH", "deviceId": "d", "deviceType": "DEVICE_WASHER",
                "pushCode": "WASHING_IS_COMPLETE" })
    }

    #[test]
    fn an_ending_in_a_gap_is_found_once() {
        let store = Store::in_memory().unwrap();

        assert!(take(&store, &look("RUNNING", 0)).is_empty());
        assert_eq!(take(&store, &look("END", 30 * MINUTE)), ["WASHING_IS_COMPLETE"]);
        assert!(take(&store, &look("END", 60 * MINUTE)).is_empty());

        let found = store.page(EventId::END, 10, None).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].event.is_found_after_gap);
    }

    #[test]
    fn what_was_told_before_the_gap_is_not_found_in_it() {
        let store = Store::in_memory().unwrap();
        take(&store, &look("RUNNING", 0));

        add(&store, &push(), 10 * MINUTE);

        assert!(take(&store, &look("END", 30 * MINUTE)).is_empty());
    }

    #[test]
    fn reports_are_merged_into_what_is_known() {
        let store = Store::in_memory().unwrap();
        take(&store, &look("RUNNING", 0));

        add(&store, &report("END"), MINUTE);

        assert!(take(&store, &look("END", 30 * MINUTE)).is_empty(), "it was seen before the gap");
    }

    #[test]
    fn a_push_and_a_report_of_one_ending_are_one_event_in_either_order() {
        for is_push_first in [true, false] {
            let store = Store::in_memory().unwrap();
            take(&store, &look("RUNNING", 0));
            let mut messages = [push(), report("END")];
            if !is_push_first {
                messages.reverse();
            }

            add(&store, &messages[0], 10 * MINUTE);
            add(&store, &messages[1], 12 * MINUTE);

            let events = store.page(EventId::END, 10, None).unwrap();
            assert_eq!(events.len(), 1);
            assert_eq!(
                store.messages(events[0].id).unwrap().len(),
                2,
                "push first: {is_push_first}"
            );
        }
    }

    fn due(store: &Store, now_ms: UnixMs) -> Vec<String> {
        let outcomes = store.take_endings(now_ms, |_| Decision::Notify).unwrap();
        let codes = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Event(added) => added.stored.event.code,
            Outcome::Repeated | Outcome::Report => unreachable!(),
        });
        codes.collect()
    }

    fn washer_at_work() -> Store {
        let store = Store::in_memory().unwrap();
        take(&store, &look("INITIAL", 0));
        add(&store, &report("RUNNING"), MINUTE);
        store
    }

    #[test]
    fn an_ending_without_its_push_is_told_after_a_minute_and_once() {
        let store = washer_at_work();

        add(&store, &report("END"), 30 * MINUTE);

        assert!(due(&store, 30 * MINUTE + 59_000).is_empty());
        assert_eq!(store.first_ending().unwrap(), Some(30 * MINUTE));
        assert_eq!(due(&store, 31 * MINUTE), ["WASHING_IS_COMPLETE"]);
        assert!(due(&store, 40 * MINUTE).is_empty());
        add(&store, &push(), 32 * MINUTE);
        assert_eq!(
            store.page(EventId::END, 10, None).unwrap().len(),
            1,
            "one within three minutes"
        );
    }

    #[test]
    fn an_ending_whose_push_comes_in_time_is_told_by_the_push() {
        for (push_at, end_at) in [(30, 31), (31, 30)] {
            let store = washer_at_work();
            let mut messages = [(push_at, push()), (end_at, report("END"))];
            messages.sort_by_key(|(at, _)| *at);
            for (at, message) in messages {
                add(&store, &message, at * MINUTE);
            }

            assert!(due(&store, 60 * MINUTE).is_empty());
            assert_eq!(store.page(EventId::END, 10, None).unwrap().len(), 1);
        }
    }

    #[test]
    fn what_ends_within_three_minutes_of_its_start_was_stopped() {
        let store = washer_at_work();

        add(&store, &report("END"), 3 * MINUTE);

        assert!(due(&store, 60 * MINUTE).is_empty());
    }

    #[test]
    fn looking_after_the_load_tells_nothing_and_its_end_tells_what_was_not_told() {
        let store = washer_at_work();

        add(&store, &report("COOL_DOWN"), 30 * MINUTE);
        assert!(due(&store, 40 * MINUTE).is_empty());
        add(&store, &report("END"), 50 * MINUTE);
        assert_eq!(due(&store, 60 * MINUTE), ["WASHING_IS_COMPLETE"]);
        add(&store, &report("COOL_DOWN"), 61 * MINUTE);
        add(&store, &report("END"), 70 * MINUTE);
        assert!(due(&store, 80 * MINUTE).is_empty(), "in and out of it after the end");
    }

    #[test]
    fn the_next_cycle_ends_anew() {
        let store = washer_at_work();
        add(&store, &report("END"), 30 * MINUTE);
        due(&store, 31 * MINUTE);

        add(&store, &report("RUNNING"), 40 * MINUTE);
        add(&store, &report("END"), 70 * MINUTE);

        assert_eq!(due(&store, 71 * MINUTE), ["WASHING_IS_COMPLETE"]);
    }
}
