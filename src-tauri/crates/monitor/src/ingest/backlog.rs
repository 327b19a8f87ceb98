//! Backlog of events that were notified but not written, such as on a full disk. Written before
//! anything else once the file is writable again.

use std::collections::VecDeque;

use model::{EventSource, NewEvent, UnixMs};
use parking_lot::{Mutex, MutexGuard};

use super::record::{Outcome, Recorder};
use crate::{
    decision::{Decision, Reason},
    duplicates::{RecentPush, is_same_message},
    event::{Arrival, EventId},
    inbound::Confirmation,
    store::{Outgoing, Store, StoreError, Transaction},
};

/// Bounds memory. Further events are notified and lost.
const CAPACITY: usize = 1_000;
/// Leaves room for events.
const MOST_REPORTS: usize = 500;
/// A broker sends no more than about twenty messages beyond those confirmed. Further ones are
/// confirmed before they are written, so that a full disk suppresses no notification.
const MOST_UNCONFIRMED: usize = 16;

/// Whether an arrival that was not stored is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    New,
    /// Another message about a notified event.
    Again,
    /// A duplicate of a message.
    Repeated,
}

#[derive(Default)]
pub(crate) struct Backlog(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    arrivals: Vec<Unwritten>,
    /// Confirmations of frames whose messages are not written.
    held: VecDeque<Confirmation>,
}

/// An event that was notified but not yet written, or a report.
#[derive(Debug)]
struct Unwritten {
    arrival: Arrival,
    event: Option<NewEvent>,
    decision: Decision,
    outgoing: Vec<Outgoing>,
}

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().arrivals.is_empty()
    }

    /// Confirms frames whose messages are stored, together with all earlier ones.
    pub(crate) fn confirm(&self, confirmations: Vec<Confirmation>) {
        if self.is_empty() {
            confirmations.into_iter().for_each(Confirmation::confirm);
        } else {
            self.hold(confirmations);
        }
    }

    /// Keeps the confirmations of frames whose messages failed to be written.
    pub(crate) fn hold(&self, confirmations: Vec<Confirmation>) {
        let mut waiting = self.lock();
        waiting.held.extend(confirmations);
        let excess = waiting.held.len().saturating_sub(MOST_UNCONFIRMED);
        waiting.held.drain(..excess).for_each(Confirmation::confirm);
    }

    /// Adds a report that failed to be written.
    pub(crate) fn note_report(&self, arrival: Arrival) {
        let mut waiting = self.lock();
        if waiting.arrivals.len() < MOST_REPORTS {
            let decision = Decision::Silent(Reason::HistoryOnly);
            waiting.arrivals.push(Unwritten {
                arrival,
                event: None,
                decision,
                outgoing: Vec::new(),
            });
        }
    }

    /// Adds an event that failed to be written.
    pub(crate) fn note(
        &self,
        arrival: Arrival,
        event: NewEvent,
        decision: Decision,
        outgoing: Vec<Outgoing>,
    ) {
        let mut waiting = self.lock();
        if waiting.arrivals.len() < CAPACITY {
            waiting.arrivals.push(Unwritten { arrival, event: Some(event), decision, outgoing });
        }
    }

    /// Writes the backlog and then `write` in one transaction. On error nothing is stored and the
    /// backlog is unchanged.
    pub(crate) fn write_before<T>(
        &self,
        store: &Store,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut waiting = self.lock();
        let written = store.write(|transaction| {
            record(transaction, &waiting.arrivals)?;
            write(transaction)
        })?;
        waiting.arrivals.clear();
        waiting.held.drain(..).for_each(Confirmation::confirm);
        Ok(written)
    }

    /// Same as [`Store::mend`], but also writes the backlog.
    pub(crate) fn mend(&self, store: &Store, now_ms: UnixMs) -> Result<bool, StoreError> {
        store.mend(now_ms, || {
            let has_any = !self.is_empty();
            if has_any {
                self.write_before(store, |_| Ok(()))?;
            }
            Ok(has_any)
        })
    }

    /// Classifies an arrival that was not stored, as far as the file is readable.
    pub(crate) fn novelty(&self, store: &Store, arrival: &Arrival, event: &NewEvent) -> Novelty {
        let waiting = self.lock();
        let is_same = |earlier: &Unwritten| {
            // A frame can contain several messages with the same id.
            let is_same = if arrival.message.message_id.is_some() {
                earlier.arrival.message.message_id == arrival.message.message_id
            } else {
                arrival.is_repeated
                    && earlier.arrival.packet_id == arrival.packet_id
                    && earlier.arrival.raw == arrival.raw
            };
            is_same
                && earlier.arrival.frame != arrival.frame
                && is_same_message(earlier.arrival.received_at_ms, arrival.received_at_ms)
        };
        let mut events = waiting.arrivals.iter().filter_map(|earlier| earlier.event.as_ref());
        if waiting.arrivals.iter().any(is_same) {
            Novelty::Repeated
        } else if events.any(|earlier| is_repeated(earlier, event)) {
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

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock()
    }
}

/// Records events that were already notified.
fn record(transaction: &Transaction<'_>, waiting: &[Unwritten]) -> Result<(), StoreError> {
    let earlier =
        |event: &NewEvent| waiting.iter().find(|unwritten| unwritten.event.as_ref() == Some(event));
    let decide = |event: &NewEvent| {
        earlier(event).map_or(Decision::Silent(Reason::HistoryOnly), |earlier| earlier.decision)
    };
    let forward = |event: &NewEvent| {
        earlier(event).map(|earlier| earlier.outgoing.clone()).unwrap_or_default()
    };
    let arrivals: Vec<_> = waiting
        .iter()
        .map(|unwritten| (unwritten.arrival.clone(), unwritten.event.clone()))
        .collect();
    let recorder = Recorder { transaction, decide: &decide, forward: &forward };
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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use thinq::{Frame, parse};

    use super::*;

    const REPORT: &str = r#"{"pushType":"DEVICE_STATUS","deviceId":"d-1",
        "deviceType":"DEVICE_WASHER","report":{"cycle":{"cycleCount":1}}}"#;

    fn arrival() -> Arrival {
        let message = parse(&Frame::Text(REPORT.to_owned())).messages.remove(0);
        Arrival {
            received_at_ms: 1,
            frame: 1,
            raw: Arc::from(REPORT),
            message,
            packet_id: Some(7),
            is_repeated: false,
        }
    }

    fn confirmations(count: usize, confirmed: &Arc<AtomicUsize>) -> Vec<Confirmation> {
        let one = || {
            let confirmed = Arc::clone(confirmed);
            Confirmation(Box::new(move || {
                confirmed.fetch_add(1, Ordering::Relaxed);
            }))
        };
        std::iter::repeat_with(one).take(count).collect()
    }

    #[test]
    fn what_is_not_written_is_not_confirmed() {
        let (backlog, store) = (Backlog::default(), Store::in_memory().unwrap());
        let confirmed = Arc::default();
        backlog.confirm(confirmations(1, &confirmed));
        assert_eq!(confirmed.load(Ordering::Relaxed), 1, "nothing waits");

        backlog.note_report(arrival());
        backlog.hold(confirmations(1, &confirmed));
        // A frame without news: its first copy may be the one that waits.
        backlog.confirm(confirmations(1, &confirmed));
        assert_eq!(confirmed.load(Ordering::Relaxed), 1);

        backlog.write_before(&store, |_| Ok(())).unwrap();
        assert_eq!(confirmed.load(Ordering::Relaxed), 3);
        let again = Arrival { frame: 2, is_repeated: true, ..arrival() };
        assert!(store.is_known(&again).unwrap(), "sent again after it was stored");
        let another = Arrival { packet_id: Some(8), ..again };
        assert!(!store.is_known(&another).unwrap(), "the same content in another packet");
    }

    #[test]
    fn a_full_disk_does_not_stop_the_broker() {
        let backlog = Backlog::default();
        let confirmed = Arc::default();
        backlog.note_report(arrival());

        backlog.hold(confirmations(MOST_UNCONFIRMED + 5, &confirmed));

        assert_eq!(confirmed.load(Ordering::Relaxed), 5);
    }
}
