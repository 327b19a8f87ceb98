//! The backlog: events that were notified and could not be written, as of a full disk. They are
//! written before everything else as soon as the file can be written again.

use model::{EventSource, UnixMs};
use std::sync::{Mutex, MutexGuard};

use super::record::{Outcome, Recorder};
use crate::{
    decision::{Decision, Reason},
    duplicates::{RecentPush, is_same_message},
    event::{Arrival, EventId, NewEvent},
    store::{Store, StoreError, Transaction},
};

/// More are notified and then lost: memory is bounded.
const CAPACITY: usize = 1_000;

/// Whether an arrival that could not be stored is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    New,
    /// Another message about an event that was notified.
    Again,
    /// The very same message.
    Repeated,
}

#[derive(Debug, Default)]
pub(crate) struct Backlog(Mutex<Vec<Unwritten>>);

/// Notified, and not written yet.
#[derive(Debug)]
struct Unwritten {
    arrival: Arrival,
    event: NewEvent,
    decision: Decision,
}

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Notes an event that could not be written.
    pub(crate) fn note(&self, arrival: Arrival, event: NewEvent, decision: Decision) {
        let mut waiting = self.lock();
        if waiting.len() < CAPACITY {
            waiting.push(Unwritten { arrival, event, decision });
        }
    }

    /// Writes the backlog and then `write`, in one transaction. After an error nothing is stored
    /// and the backlog stays.
    pub(crate) fn write_before<T>(
        &self,
        store: &Store,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut waiting = self.lock();
        let written = store.write(|transaction| {
            record(transaction, &waiting)?;
            write(transaction)
        })?;
        waiting.clear();
        Ok(written)
    }

    /// As [`Store::mend`]; writes the backlog as well.
    pub(crate) fn mend(&self, store: &Store, now_ms: UnixMs) -> Result<bool, StoreError> {
        store.mend(now_ms, || {
            let has_any = !self.is_empty();
            if has_any {
                self.write_before(store, |_| Ok(()))?;
            }
            Ok(has_any)
        })
    }

    /// Whether an arrival that could not be stored is news, as far as the file can be read.
    pub(crate) fn novelty(&self, store: &Store, arrival: &Arrival, event: &NewEvent) -> Novelty {
        let waiting = self.lock();
        let is_same = |earlier: &Unwritten| {
            // One frame can carry several messages under one id.
            earlier.arrival.frame != arrival.frame
                && arrival.message.message_id.is_some()
                && earlier.arrival.message.message_id == arrival.message.message_id
                && is_same_message(earlier.arrival.received_at_ms, arrival.received_at_ms)
        };
        if waiting.iter().any(is_same) {
            Novelty::Repeated
        } else if waiting.iter().any(|earlier| is_repeated(&earlier.event, event)) {
            Novelty::Again
        } else if store.is_known(arrival).unwrap_or(false) {
            Novelty::Repeated
        } else if event.kind == EventSource::Push
            && store
                .similar_pushes(event)
                .is_ok_and(|pushes| pushes.iter().any(|push| push.is_repeated_by(event)))
        {
            Novelty::Again
        } else {
            Novelty::New
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Unwritten>> {
        self.0.lock().expect("no holder of the lock panics")
    }
}

/// These events were notified already.
fn record(transaction: &Transaction<'_>, waiting: &[Unwritten]) -> Result<(), StoreError> {
    let decide = |event: &NewEvent| {
        let earlier = waiting.iter().find(|unwritten| unwritten.event == *event);
        earlier.map_or(Decision::Silent(Reason::HistoryOnly), |unwritten| unwritten.decision)
    };
    let arrivals: Vec<_> = waiting
        .iter()
        .map(|unwritten| (unwritten.arrival.clone(), Some(unwritten.event.clone())))
        .collect();
    let recorder = Recorder { transaction, decide: &decide };
    for outcome in recorder.arrivals(&arrivals)? {
        let Outcome::Event(added) = outcome else { continue };
        if !matches!(added.decision, Decision::Silent(_)) {
            transaction.mark_notified_at_receipt(added.stored.id)?;
        }
    }
    Ok(())
}

fn is_repeated(earlier: &NewEvent, event: &NewEvent) -> bool {
    let push = RecentPush {
        id: EventId(0),
        received_at_ms: earlier.received_at_ms,
        code: earlier.code.clone(),
        category: earlier.category,
        is_from_state: earlier.is_from_state,
        place: earlier.place.clone(),
    };
    earlier.kind == EventSource::Push
        && earlier.device_id == event.device_id
        && push.is_repeated_by(event)
}
