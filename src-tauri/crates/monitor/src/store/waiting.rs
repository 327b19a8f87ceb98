//! What the file does not take waits in memory, and is written as soon as the file takes it.

use model::EventSource;
use rusqlite::Transaction;

use super::{
    SAME_ENDING_MS, Store, StoreError,
    write::{Outcome, SAME_HAPPENING_MS, SAME_MESSAGE_MS, is_known, same_happening},
};
use crate::{
    event::{Arrival, NewEvent},
    notification::{Decision, Reason},
};

/// More that cannot be written is told and then forgotten: memory is bounded.
const MOST_WAITING: usize = 1_000;

/// Whether what could not be stored is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    New,
    /// Another message about what was told before.
    Again,
    /// The very same message.
    Repeated,
}

/// Told, and not written yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    arrivals: Vec<(Arrival, Option<NewEvent>)>,
    /// One for each of them.
    decisions: Vec<Decision>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// Others may have come since `earlier` was taken out.
    fn put_before(&mut self, mut earlier: Self) {
        earlier.arrivals.append(&mut self.arrivals);
        earlier.decisions.append(&mut self.decisions);
        *self = earlier;
    }

    fn telling(&self, arrival: &Arrival, event: &NewEvent) -> Telling {
        let mut telling = Telling::New;
        for (before, earlier) in &self.arrivals {
            if is_same_message(before, arrival) {
                return Telling::Repeated;
            }
            if earlier.as_ref().is_some_and(|earlier| is_same_happening(earlier, event)) {
                telling = Telling::Again;
            }
        }
        telling
    }

    fn decision_of(&self, event: &NewEvent) -> Option<Decision> {
        let is_it = |(_, waiting): &(Arrival, Option<NewEvent>)| waiting.as_ref() == Some(event);
        let place = self.arrivals.iter().position(is_it)?;
        self.decisions.get(place).copied()
    }
}

impl Store {
    /// Whether a message that could not be stored tells something new, as far as can be seen.
    pub(crate) fn telling(&self, arrival: &Arrival, event: &NewEvent) -> Telling {
        // Whoever is writing what waits has either done so or failed by then.
        let writer = self.lock();
        let telling = self.plight().waiting.telling(arrival, event);
        drop(writer);
        if telling != Telling::New {
            return telling;
        }
        // A file that cannot be written can often be read.
        let connection = self.read();
        if is_known(&connection, arrival).unwrap_or(false) {
            Telling::Repeated
        } else if same_happening(&connection, event).is_ok_and(|first| first.is_some()) {
            Telling::Again
        } else {
            Telling::New
        }
    }

    /// Notes an event that could not be written, to be written later.
    pub(crate) fn keep_waiting(
        &self,
        error: &StoreError,
        (arrival, event): (Arrival, NewEvent),
        decision: Decision,
    ) {
        let mut plight = self.plight();
        plight.trouble = Some(error.trouble());
        if plight.waiting.arrivals.len() < MOST_WAITING {
            plight.waiting.arrivals.push((arrival, Some(event)));
            plight.waiting.decisions.push(decision);
        }
    }

    /// Writes what waits. Returns whether there was something.
    pub(super) fn write_waiting(&self) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        self.after_waiting(|waiting| {
            if waiting.is_empty() {
                return Ok(false);
            }
            let transaction = connection.transaction()?;
            self.write_all(&transaction, waiting)?;
            transaction.commit()?;
            Ok(true)
        })
    }

    /// What waits is given to `write`, and goes on waiting when that fails. The caller holds the
    /// connection.
    pub(super) fn after_waiting<T>(
        &self,
        write: impl FnOnce(&Waiting) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let waiting = std::mem::take(&mut self.plight().waiting);
        let written = write(&waiting);
        if written.is_err() {
            self.plight().waiting.put_before(waiting);
        }
        written
    }

    /// It was told already, so that nobody is told again.
    pub(super) fn write_all(
        &self,
        transaction: &Transaction<'_>,
        waiting: &Waiting,
    ) -> Result<(), StoreError> {
        let decide = |event: &NewEvent| {
            waiting.decision_of(event).unwrap_or(Decision::Silent(Reason::HistoryOnly))
        };
        for outcome in self.add_all(transaction, &waiting.arrivals, &decide)? {
            let Outcome::Event(added) = outcome else { continue };
            let is_shown = !matches!(added.decision, Decision::Silent(_));
            if is_shown {
                transaction
                    .prepare_cached(
                        "UPDATE event SET notified_at_ms = received_at_ms WHERE id = ?1",
                    )?
                    .execute([added.stored.id.0])?;
            }
        }
        Ok(())
    }
}

/// One frame can carry several messages under one id.
fn is_same_message(before: &Arrival, arrival: &Arrival) -> bool {
    let apart_ms = arrival.received_at_ms.saturating_sub(before.received_at_ms).saturating_abs();
    before.frame != arrival.frame
        && arrival.message.message_id.is_some()
        && before.message.message_id == arrival.message.message_id
        && apart_ms <= SAME_MESSAGE_MS
}

/// As the history itself finds it, which has the last word when it is written.
fn is_same_happening(earlier: &NewEvent, event: &NewEvent) -> bool {
    let later_ms = event.received_at_ms.saturating_sub(earlier.received_at_ms);
    let within_ms = if earlier.is_from_state { SAME_ENDING_MS } else { SAME_HAPPENING_MS };
    earlier.kind == EventSource::Push
        && event.kind == EventSource::Push
        && earlier.device_id == event.device_id
        && earlier.code == event.code
        && later_ms >= -SAME_HAPPENING_MS
        && later_ms < within_ms
}
