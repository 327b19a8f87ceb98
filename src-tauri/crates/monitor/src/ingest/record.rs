//! Records arrivals, device states and gaps as events: infers endings, decides on the notification
//! of each event, and stores both in one transaction.

use std::time::Duration;

use model::{DeviceId, EventSource, NewEvent, UnixMs};
use serde_json::Value;
use thinq::{
    Body, PushCode, StatusReport,
    state::{self, Inferred, parts, tells_time},
};

use crate::{
    cycle::{ENDING_WAITS, PartChange, part_told},
    decision::{Decision, Reason},
    duplicates::SAME_ENDING_MS,
    event::{Arrival, EventId, StoredEvent, event_from_state},
    store::{KnownState, Outgoing, StoreError, Transaction},
    update::Added,
};

/// Result of recording an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Event(Box<Added>),
    /// A repetition. Its message is linked to the first event unless it is identical.
    Repeated,
    /// A status report: stored without an event.
    Report,
    /// A report that leaves the state of a device unclear.
    Unclear(DeviceId),
}

/// A device's state as just read from the hub.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StateRead {
    pub(crate) device_id: DeviceId,
    pub(crate) device_type: String,
    pub(crate) state: Value,
    pub(crate) now_ms: UnixMs,
    /// Messages may have been missed since the previous state.
    pub(crate) is_after_gap: bool,
}

/// Records into one transaction.
pub(crate) struct Recorder<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) decide: &'a dyn Fn(&NewEvent) -> Decision,
    /// The targets that an event is forwarded to.
    pub(crate) forward: &'a dyn Fn(&NewEvent) -> Vec<Outgoing>,
}

/// A device's state before and after.
struct Change<'a> {
    device_id: &'a DeviceId,
    device_type: &'a str,
    before: Option<&'a Value>,
    after: &'a Value,
    /// Content of a status report and its message; `None` for a full state.
    report: Option<(&'a Value, i64)>,
    now_ms: UnixMs,
    is_after_gap: bool,
}

impl Recorder<'_> {
    /// Records a batch. Returns the outcome of each arrival in order, followed by inferred events.
    /// The events must come from [`Arrival::to_event`].
    pub(crate) fn arrivals(
        &self,
        arrivals: &[(Arrival, Option<NewEvent>)],
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(arrivals.len());
        for messages in arrivals.chunk_by(|(one, _), (next, _)| one.frame == next.frame) {
            // A frame can contain several messages with the same id, so only other frames count.
            let known = messages
                .iter()
                .map(|(arrival, _)| self.transaction.is_known(arrival))
                .collect::<Result<Vec<_>, _>>()?;
            for ((arrival, event), is_known) in messages.iter().zip(known) {
                if is_known {
                    outcomes.push(Outcome::Repeated);
                } else if let Some(event) = event {
                    outcomes.push(self.push(arrival, event)?);
                } else {
                    outcomes.extend(self.report(arrival)?);
                }
            }
        }
        Ok(outcomes)
    }

    fn push(&self, arrival: &Arrival, event: &NewEvent) -> Result<Outcome, StoreError> {
        let similar = if event.kind == EventSource::Push {
            self.transaction.similar_pushes(event)?
        } else {
            Vec::new()
        };
        if let Some(first) = similar.iter().find(|push| push.is_repeated_by(event)) {
            self.transaction.add_repetition(arrival, first.id)?;
            self.end_cycle(event, first.id)?;
            return Ok(Outcome::Repeated);
        }
        let added = self.add(event, Some(arrival))?;
        self.transaction.add_message(arrival, Some(added.stored.id))?;
        self.adopt_report(event, added.stored.id)?;
        self.end_cycle(event, added.stored.id)?;
        Ok(Outcome::Event(Box::new(added)))
    }

    /// Merges a report into the device's state. A report of an event already pushed is linked to
    /// it; a report that arrives before its push is kept for it.
    fn report(&self, arrival: &Arrival) -> Result<Vec<Outcome>, StoreError> {
        let message = self.transaction.add_message(arrival, None)?;
        let mut outcomes = vec![Outcome::Report];
        if let Body::Status(report) = &arrival.message.body {
            outcomes.extend(self.merge(report, message, arrival.received_at_ms)?);
        }
        Ok(outcomes)
    }

    fn merge(
        &self,
        report: &StatusReport,
        message: i64,
        now_ms: UnixMs,
    ) -> Result<Vec<Outcome>, StoreError> {
        let id = &report.device_id;
        let known = self.transaction.state(id)?;
        let passed = known.as_ref().map_or(Duration::ZERO, |known| known.passed(now_ms));
        let before = known.map(|known| known.state);
        let mut after = before.clone().unwrap_or(Value::Null);
        let is_unclear = state::apply(&mut after, &report.report, passed);
        self.transaction.save_state(id, &after, now_ms)?;
        // The device list is more reliable than a single message.
        let known_type = self.transaction.device_name(id)?.device_type;
        let device_type = known_type.or_else(|| report.device_type.clone()).unwrap_or_default();
        let change = Change {
            device_id: id,
            device_type: &device_type,
            before: before.as_ref(),
            after: &after,
            report: Some((&report.report, message)),
            now_ms,
            is_after_gap: false,
        };
        self.link_report(&change, message)?;
        let mut outcomes = self.follow(&change)?;
        if is_unclear {
            outcomes.push(Outcome::Unclear(id.clone()));
        }
        Ok(outcomes)
    }

    /// Records a state and the events inferred from it. After a gap, infers all events missed in it
    /// except those already recorded.
    pub(crate) fn state(&self, read: &StateRead) -> Result<Vec<Outcome>, StoreError> {
        let known = self.transaction.state(&read.device_id)?;
        let mut outcomes = Vec::new();
        if let Some(known) = known.as_ref().filter(|_| read.is_after_gap) {
            outcomes = self.find_in_gap(read, known)?;
        }
        outcomes.extend(self.follow(&Change {
            device_id: &read.device_id,
            device_type: &read.device_type,
            before: known.as_ref().map(|known| &known.state),
            after: &read.state,
            report: None,
            now_ms: read.now_ms,
            is_after_gap: read.is_after_gap,
        })?);
        self.transaction.save_state(&read.device_id, &read.state, read.now_ms)?;
        Ok(outcomes)
    }

    fn find_in_gap(
        &self,
        read: &StateRead,
        known: &KnownState,
    ) -> Result<Vec<Outcome>, StoreError> {
        let (transaction, id) = (self.transaction, &read.device_id);
        let passed = known.passed(read.now_ms);
        let has_several = parts(&read.device_type, &read.state).len() > 1;
        let since_ms = known.seen_at_ms.saturating_sub(SAME_ENDING_MS);
        let mut outcomes = Vec::new();
        for Inferred { place, code } in
            state::happened_between(&read.device_type, &known.state, &read.state, passed)
        {
            let mut cycle = transaction.cycle(id, &place)?;
            cycle.note_told(code.as_str());
            transaction.save_cycle(id, &place, &cycle)?;
            let shown = if has_several { place.as_str() } else { "" };
            let told = transaction.pushes_since(id, since_ms)?;
            if told.iter().any(|push| push.tells(code.as_str(), shown)) {
                continue;
            }
            let mut device = transaction.device_name(id)?;
            device.device_type = Some(read.device_type.clone());
            let event = NewEvent {
                is_found_after_gap: true,
                ..event_from_state(&code, id, shown, device, read.now_ms)
            };
            outcomes.push(Outcome::Event(Box::new(self.event(&event)?)));
        }
        Ok(outcomes)
    }

    /// Advances the cycle of each part of a device; returns the events inferred from the state.
    fn follow(&self, change: &Change<'_>) -> Result<Vec<Outcome>, StoreError> {
        let (transaction, id) = (self.transaction, change.device_id);
        let before = change.before.map(|state| parts(change.device_type, state));
        let after = parts(change.device_type, change.after);
        let since_ms = change.now_ms.saturating_sub(SAME_ENDING_MS);
        let mut outcomes = Vec::new();
        for part in &after {
            let recent = transaction.pushes_since(id, since_ms)?;
            let mut cycle = transaction.cycle(id, &part.place)?;
            let place = if after.len() > 1 { part.place.as_str() } else { "" };
            let consequences = cycle.follow(
                PartChange {
                    device_type: change.device_type,
                    before: before.as_ref().and_then(|parts| find(parts, &part.place)),
                    after: part,
                    place,
                    is_timed: change
                        .report
                        .is_none_or(|(report, _)| tells_time(report, &part.place)),
                    is_after_gap: change.is_after_gap,
                    now_ms: change.now_ms,
                },
                &recent,
            );
            transaction.save_cycle(id, &part.place, &cycle)?;
            if let Some(started_at_ms) = consequences.over_since_ms {
                transaction.add_finished_cycle(id, &part.place, started_at_ms, change.now_ms)?;
            }
            if let Some(event) = consequences.told_by {
                transaction.set_place(event, place)?;
            }
            let Some(code) = consequences.error else { continue };
            let told = recent.iter().find(|push| push.tells_error(code.as_str()));
            let event = if let Some(push) = told {
                push.id
            } else {
                let mut device = transaction.device_name(id)?;
                device.device_type.get_or_insert_with(|| change.device_type.to_owned());
                let event = event_from_state(&code, id, place, device, change.now_ms);
                let added = self.event(&event)?;
                let added_id = added.stored.id;
                outcomes.push(Outcome::Event(Box::new(added)));
                added_id
            };
            if let Some((_, message)) = change.report {
                transaction.link_message(message, event)?;
            }
        }
        Ok(outcomes)
    }

    /// Records endings whose push did not arrive, with the time they were seen.
    pub(crate) fn due_endings(&self, now_ms: UnixMs) -> Result<Vec<Outcome>, StoreError> {
        let transaction = self.transaction;
        let mut outcomes = Vec::new();
        for ending in transaction.due_endings(now_ms, ENDING_WAITS)? {
            let id = &ending.device_id;
            let mut cycle = transaction.cycle(id, &ending.place)?;
            cycle.note_told(&ending.code);
            transaction.save_cycle(id, &ending.place, &cycle)?;
            let device = transaction.device_name(id)?;
            let known = device.device_type.as_ref().zip(transaction.state(id)?);
            let has_several = known
                .is_some_and(|(device_type, known)| parts(device_type, &known.state).len() > 1);
            let place = if has_several { ending.place.as_str() } else { "" };
            let since_ms = ending.ended_at_ms.saturating_sub(SAME_ENDING_MS);
            let told = transaction.pushes_since(id, since_ms)?;
            if told.iter().any(|push| push.tells(&ending.code, place)) {
                continue;
            }
            let code = PushCode::new(&ending.code);
            let event = event_from_state(&code, id, place, device, ending.ended_at_ms);
            let added = self.event(&event)?;
            self.adopt_report(&event, added.stored.id)?;
            outcomes.push(Outcome::Event(Box::new(added)));
        }
        Ok(outcomes)
    }

    /// Records an event that has no message.
    pub(crate) fn event(&self, event: &NewEvent) -> Result<Added, StoreError> {
        self.add(event, None)
    }

    fn add(&self, event: &NewEvent, arrival: Option<&Arrival>) -> Result<Added, StoreError> {
        let decision = (self.decide)(event);
        let mut stored = StoredEvent {
            id: EventId(0),
            event: event.clone(),
            decision: decision.name().to_owned(),
            notified_at_ms: None,
            is_read: is_read_at_once(event, decision),
        };
        stored.id = self.transaction.insert_event(&stored, arrival)?;
        let outgoing = (self.forward)(event);
        self.transaction.add_outgoing(stored.id, event.received_at_ms, &outgoing)?;
        Ok(Added { stored, decision })
    }

    fn link_report(&self, change: &Change<'_>, message: i64) -> Result<(), StoreError> {
        let Some(before) = change.before else { return Ok(()) };
        let inferred =
            state::happened_between(change.device_type, before, change.after, Duration::ZERO);
        if inferred.is_empty() {
            return Ok(());
        }
        let (transaction, id) = (self.transaction, change.device_id);
        let told = transaction.pushes_since(id, change.now_ms.saturating_sub(SAME_ENDING_MS))?;
        for Inferred { place, code } in inferred {
            if let Some(push) = told.iter().find(|push| push.tells(code.as_str(), &place)) {
                transaction.link_message(message, push.id)?;
            } else {
                transaction.hold_report(id, code.as_str(), change.now_ms, message)?;
            }
        }
        Ok(())
    }

    /// Links an earlier report of the same event.
    fn adopt_report(&self, event: &NewEvent, id: EventId) -> Result<(), StoreError> {
        let (Some(device_id), EventSource::Push) = (&event.device_id, event.kind) else {
            return Ok(());
        };
        let times = (
            event.received_at_ms.saturating_sub(SAME_ENDING_MS),
            event.received_at_ms.saturating_add(SAME_ENDING_MS),
        );
        match self.transaction.take_report(device_id, &event.code, times)? {
            Some(message) => self.transaction.link_message(message, id),
            None => Ok(()),
        }
    }

    /// Marks the cycle of the matching part as ended by a push.
    fn end_cycle(&self, event: &NewEvent, id: EventId) -> Result<(), StoreError> {
        let transaction = self.transaction;
        let Some(device_id) = &event.device_id else { return Ok(()) };
        let device_type = transaction.device_name(device_id)?.device_type;
        let Some((device_type, known)) = device_type.zip(transaction.state(device_id)?) else {
            return Ok(());
        };
        let code = PushCode::new(&event.code);
        let mut cycles = Vec::new();
        for part in parts(&device_type, &known.state) {
            let cycle = transaction.cycle(device_id, &part.place)?;
            cycles.push((part, cycle));
        }
        let has_several = cycles.len() > 1;
        if let Some((part, cycle)) = part_told(&device_type, &mut cycles, &code) {
            cycle.note_told(code.as_str());
            transaction.save_cycle(device_id, &part.place, cycle)?;
            if has_several {
                transaction.set_place(id, &part.place)?;
            }
        }
        Ok(())
    }
}

/// Gaps need no attention, and ignored events are hidden by the user's rule.
fn is_read_at_once(event: &NewEvent, decision: Decision) -> bool {
    event.kind == EventSource::Gap || decision == Decision::Silent(Reason::Ignored)
}

fn find<'a>(parts: &'a [state::PartState], place: &str) -> Option<&'a state::PartState> {
    let only = if parts.len() == 1 { parts.first() } else { None };
    parts.iter().find(|part| part.place == place).or(only)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use thinq::{Frame, parse};

    use super::*;
    use crate::{
        event::{Arrival, DeviceName, EventId},
        store::Store,
    };

    const MINUTE: i64 = 60_000;

    fn look(run_state: &str, now_ms: UnixMs) -> StateRead {
        StateRead {
            device_id: DeviceId::new("d"),
            device_type: String::from("DEVICE_WASHER"),
            state: json!([{ "runState": { "currentState": run_state } }]),
            now_ms,
            is_after_gap: true,
        }
    }

    fn take(store: &Store, look: &StateRead) -> Vec<String> {
        let outcomes = store.take_look(look).unwrap();
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Event(added) => added.stored.event.code,
                Outcome::Repeated | Outcome::Report | Outcome::Unclear(_) => unreachable!(),
            })
            .collect()
    }

    fn add(store: &Store, raw: &Value, at: UnixMs) -> Outcome {
        let raw = raw.to_string();
        let message = parse(&Frame::Text(raw.clone())).messages.remove(0);
        let frame = u64::try_from(at).unwrap();
        let arrival = Arrival {
            received_at_ms: at,
            frame,
            raw: Arc::from(raw),
            message,
            packet_id: None,
            is_repeated: false,
        };
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

        assert!(take(&store, &look("END", 30 * MINUTE)).is_empty(), "already seen before the gap");
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
        let outcomes = store.take_endings(now_ms).unwrap();
        let codes = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Event(added) => added.stored.event.code,
            Outcome::Repeated | Outcome::Report | Outcome::Unclear(_) => unreachable!(),
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
        assert!(due(&store, 80 * MINUTE).is_empty(), "leaving and re-entering the end state");
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
