//! Writing: arrivals become events and messages, in groups, each group whole or not at all.

use model::{EventSource, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    SAME_ENDING_MS, Store, StoreError,
    find::Spot,
    labels::{Label, Raw, note_raw},
    parts, states,
};
use crate::{
    event::{Arrival, EventId, NewEvent, StoredEvent},
    notification::{Decision, Reason, title_of},
};

/// A message with an id that came this recently is the same message, also when the clock was set
/// by a day meanwhile. LG does not say that ids are never reused, so older ones do not count.
pub(super) const SAME_MESSAGE_MS: i64 = 3 * 24 * 60 * 60 * 1000;
/// The same code from the same device within this time is one happening told twice. What the state
/// told first may be told by its push a little later.
/// See `docs/protocol.md#from-message-to-notification`.
pub(super) const SAME_HAPPENING_MS: i64 = 60 * 1000;
/// Status reports are kept this long for looking into problems.
const REPORTS_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Event(Box<Added>),
    /// Told before: the message is kept beside the first one, if it is not the very same.
    Repeated,
    /// A status report: kept, no event.
    Report,
}

/// A new line in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    pub stored: StoredEvent,
    pub decision: Decision,
}

impl Store {
    /// Stores a group of arrivals and returns what became of each, in order. `events` holds what
    /// [`Arrival::to_event`] made of them. What has waited to be written goes before them. After an
    /// error nothing of the group is stored.
    pub(crate) fn add(
        &self,
        arrivals: &[(Arrival, Option<NewEvent>)],
        decide: impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut connection = self.lock();
        self.after_waiting(|waiting| {
            let transaction = connection.transaction()?;
            self.write_all(&transaction, waiting)?;
            let outcomes = self.add_all(&transaction, arrivals, &decide)?;
            transaction.commit()?;
            Ok(outcomes)
        })
    }

    pub(super) fn add_all(
        &self,
        transaction: &Transaction<'_>,
        arrivals: &[(Arrival, Option<NewEvent>)],
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(arrivals.len());
        for messages in arrivals.chunk_by(|(one, _), (next, _)| one.frame == next.frame) {
            // One frame can carry several messages under one id: only other frames count.
            let known = messages
                .iter()
                .map(|(arrival, _)| is_known(transaction, arrival))
                .collect::<Result<Vec<_>, _>>()?;
            for ((arrival, event), is_known) in messages.iter().zip(known) {
                if is_known {
                    outcomes.push(Outcome::Repeated);
                } else {
                    let added = self.add_one(transaction, arrival, event.as_ref(), decide)?;
                    outcomes.extend(added);
                }
            }
        }
        Ok(outcomes)
    }

    fn add_one(
        &self,
        transaction: &Transaction<'_>,
        arrival: &Arrival,
        event: Option<&NewEvent>,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let Some(event) = event else {
            let message = add_message(transaction, arrival, None)?;
            let mut outcomes = vec![Outcome::Report];
            if let thinq::Body::Status(report) = &arrival.message.body {
                let now_ms = arrival.received_at_ms;
                outcomes.extend(self.merge_report(transaction, report, message, now_ms, decide)?);
            }
            return Ok(outcomes);
        };
        if let Some(first) = same_happening(transaction, event)? {
            add_message(transaction, arrival, Some(first))?;
            note_raw(transaction, first, raw_of(arrival))?;
            parts::take_push(transaction, event, first)?;
            return Ok(vec![Outcome::Repeated]);
        }
        let added = self.add_told(transaction, event, Some(raw_of(arrival)), decide)?;
        add_message(transaction, arrival, Some(added.stored.id))?;
        states::adopt_report(transaction, event, added.stored.id)?;
        parts::take_push(transaction, event, added.stored.id)?;
        Ok(vec![Outcome::Event(Box::new(added))])
    }

    /// Stores an event that no message told.
    pub(crate) fn add_untold(
        &self,
        event: &NewEvent,
        decide: impl Fn(&NewEvent) -> Decision,
    ) -> Result<Added, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let added = self.add_decided(&transaction, event, &decide)?;
        transaction.commit()?;
        Ok(added)
    }

    pub(super) fn add_decided(
        &self,
        transaction: &Transaction<'_>,
        event: &NewEvent,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Added, StoreError> {
        self.add_told(transaction, event, None, decide)
    }

    /// `raw` is the message that told it.
    fn add_told(
        &self,
        transaction: &Transaction<'_>,
        event: &NewEvent,
        raw: Option<Raw<'_>>,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Added, StoreError> {
        let decision = decide(event);
        let mut stored = StoredEvent {
            id: EventId(0),
            event: event.clone(),
            decision: decision.name().to_owned(),
            notified_at_ms: None,
            is_read: is_read_at_once(event, decision),
        };
        stored.id = self.insert(transaction, &stored, raw)?;
        Ok(Added { stored, decision })
    }

    /// Gives it an id of its own, unless it has one that nobody else has. `raw` is its first message.
    pub(super) fn insert(
        &self,
        transaction: &Transaction<'_>,
        stored: &StoredEvent,
        raw: Option<Raw<'_>>,
    ) -> Result<EventId, StoreError> {
        let event = &stored.event;
        let (label, own) =
            Label::of(event, &self.searched_words(event)).id_with(transaction, raw)?;
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
                    event.device_id.as_ref().map(thinq::DeviceId::as_str),
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

    /// What a search looks through: name, part, type and title in both languages, and the code.
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

    /// Marks events as read or unread; returns how many changed.
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

    /// Marks everything up to and including `last`, by time, as read; returns how many changed.
    pub fn mark_all_read(&self, last: EventId) -> Result<usize, StoreError> {
        let connection = self.lock();
        let Some(last) = Spot::of(&connection, last)? else { return Ok(0) };
        Ok(connection.execute(
            "UPDATE event SET is_read = 1
             WHERE is_read = 0 AND (received_at_ms, id) <= (?1, ?2)",
            params![last.received_at_ms, last.id],
        )?)
    }

    /// Forgets status reports that nobody will look into any more.
    pub fn prune_reports(&self, now_ms: UnixMs) -> Result<usize, StoreError> {
        Ok(self.lock().execute(
            "DELETE FROM message WHERE event_id IS NULL AND received_at_ms < ?1",
            [now_ms.saturating_sub(REPORTS_KEPT_MS)],
        )?)
    }
}

/// A gap is no news, and what is ignored is none by the user's wish: nobody has to look at it.
fn is_read_at_once(event: &NewEvent, decision: Decision) -> bool {
    event.kind == EventSource::Gap || decision == Decision::Silent(Reason::Ignored)
}

pub(super) fn is_known(connection: &Connection, arrival: &Arrival) -> Result<bool, StoreError> {
    let Some(message_id) = &arrival.message.message_id else { return Ok(false) };
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM message
             WHERE message_id = ?1 AND received_at_ms BETWEEN ?2 AND ?3",
        )?
        .exists(params![
            message_id,
            arrival.received_at_ms.saturating_sub(SAME_MESSAGE_MS),
            arrival.received_at_ms.saturating_add(SAME_MESSAGE_MS),
        ])?)
}

/// Looks at the last minutes alone, however long the history is.
pub(super) const SAME_HAPPENING: &str = "
    SELECT id FROM (
        SELECT id, received_at_ms FROM event INDEXED BY event_by_code
        WHERE code = ?1 AND received_at_ms > ?2 AND received_at_ms <= ?3
            AND kind = 'push' AND device_id IS ?4
        UNION ALL
        SELECT id, received_at_ms FROM event INDEXED BY event_from_state
        WHERE is_from_state = 1 AND received_at_ms > ?5 AND received_at_ms <= ?3
            AND kind = 'push' AND device_id IS ?4
            AND (code = ?1 OR category = 'failed' AND category = ?6)
    ) ORDER BY received_at_ms DESC LIMIT 1";

pub(super) fn same_happening(
    connection: &Connection,
    event: &NewEvent,
) -> Result<Option<EventId>, StoreError> {
    if event.kind != EventSource::Push {
        return Ok(None);
    }
    Ok(connection
        .prepare_cached(SAME_HAPPENING)?
        .query_row(
            params![
                event.code,
                event.received_at_ms.saturating_sub(SAME_HAPPENING_MS),
                event.received_at_ms.saturating_add(SAME_HAPPENING_MS),
                event.device_id.as_ref().map(thinq::DeviceId::as_str),
                event.received_at_ms.saturating_sub(SAME_ENDING_MS),
                event.category.into_str(),
            ],
            |row| row.get(0).map(EventId),
        )
        .optional()?)
}

fn raw_of(arrival: &Arrival) -> Raw<'_> {
    (arrival.message.message_id.as_deref(), &arrival.raw)
}

fn add_message(
    transaction: &Transaction<'_>,
    arrival: &Arrival,
    event: Option<EventId>,
) -> Result<i64, StoreError> {
    Ok(transaction
        .prepare_cached(
            "INSERT INTO message (received_at_ms, message_id, event_id, raw)
             VALUES (?1, ?2, ?3, ?4) RETURNING id",
        )?
        .query_row(
            params![
                arrival.received_at_ms,
                arrival.message.message_id,
                event.map(|id| id.0),
                &*arrival.raw
            ],
            |row| row.get(0),
        )?)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::notification::Decision;

    const HOUR_MS: i64 = 3_600_000;

    /// Steps of SQLite's virtual machine.
    fn steps_of_comparing(hours: i64) -> i32 {
        let store = Store::in_memory().unwrap();
        for hour in 1..=hours {
            let mut event = NewEvent::example("WASHING_IS_COMPLETE", "Washer", hour * HOUR_MS);
            event.is_from_state = hour % 3 == 0;
            store.add_untold(&event, |_| Decision::Notify).unwrap();
        }
        let news = NewEvent::example("DRYING_IS_COMPLETE", "Washer", (hours + 1) * HOUR_MS);
        let connection = store.lock();
        let statement = || connection.prepare_cached(SAME_HAPPENING).unwrap();
        statement().reset_status(StatementStatus::VmStep);

        assert_eq!(same_happening(&connection, &news).unwrap(), None);

        statement().get_status(StatementStatus::VmStep)
    }

    #[test]
    fn a_push_is_compared_with_the_last_minutes_however_long_the_history_is() {
        let steps = steps_of_comparing(10);

        assert!(steps > 0, "it was compared");
        assert_eq!(steps_of_comparing(1_000), steps);
    }
}
