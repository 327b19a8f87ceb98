//! From frames to events: parse, store, decide, publish, in this order.
//!
//! Looks at the home's states and gaps come the same way, so that all is stored in order. Works
//! through what has piled up in groups, one transaction each, so that a burst costs few
//! commits and the memory stays bounded by the channel.

mod judge;
mod publishing;
mod unsettled;
mod upkeep;

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Category, Gap, UnixMs};
use serde_json::Value;
use thinq::{Body, Chain, DeviceId, Frame, parse};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Notify, broadcast, mpsc, oneshot, watch},
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tracing::{debug, error, info, warn};

pub(crate) use judge::Judge;
pub(crate) use unsettled::Unsettled;
use upkeep::QUIET;

use crate::{
    endings,
    event::{Arrival, DeviceName, NewEvent},
    home::Wanted,
    household::Board,
    monitor::{Clock, MonitorEvent},
    status::Status,
    store::{Look, Outcome, Store, StoreError},
    twins::Twins,
};

/// Frames that are waiting to be stored.
pub(crate) const WAITING_FRAMES: usize = 256;

/// Numbers frames for as long as the program runs.
static FRAMES: AtomicU64 = AtomicU64::new(0);

/// What there is to be worked on.
pub(crate) enum Inbound {
    /// `connection` is the number of the connection it came over.
    Frame { connection: u64, frame: Frame },
    /// Nothing could arrive until `until_ms`.
    Gap { gap: Gap, until_ms: UnixMs },
    /// A device's state as the hub has just answered it.
    Look(Box<Seen>),
    /// Endings whose push has not come in time.
    Endings,
}

/// A state on its way into the store.
pub(crate) struct Seen {
    pub(crate) device_id: DeviceId,
    pub(crate) device_type: String,
    pub(crate) state: Value,
    pub(crate) is_after_gap: bool,
    /// Dropped when it is in the store.
    pub(crate) stored: Option<oneshot::Sender<()>>,
}

/// The names of the home's devices, kept at hand for each message.
pub(crate) type Names = Arc<RwLock<HashMap<DeviceId, DeviceName>>>;

pub(crate) struct Ingest {
    pub(crate) store: Arc<Store>,
    pub(crate) names: Names,
    pub(crate) judge: Arc<Judge>,
    pub(crate) unsettled: Arc<Unsettled>,
    /// Notified when a reminder was planned.
    pub(crate) time_changed: Arc<Notify>,
    pub(crate) events: broadcast::Sender<MonitorEvent>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) clock: Clock,
    /// Notified when the list of devices has to be read again.
    pub(crate) home_changed: Arc<Notify>,
    pub(crate) twins: Mutex<Twins>,
    pub(crate) board: Board,
    /// Devices whose state is to be read once.
    pub(crate) wanted: Wanted,
    /// When the next ending has waited long enough for its push.
    pub(crate) ending_due: watch::Sender<Option<Instant>>,
}

impl Ingest {
    /// Runs until all senders of frames are gone, so that nothing that was read is lost.
    pub(crate) async fn run(self, inbound: mpsc::Receiver<Inbound>) {
        let ingest = Arc::new(self);
        // Time that is paused, which only a runtime of one thread can do, stands still while a
        // blocking task works: there each piece of work is a task of its own.
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return ingest.follow(inbound, Place::Tasks).await;
        }
        // One thread for as long as it runs: what is kept in memory for the history is kept once,
        // and an event changes threads once less.
        let following = spawn_blocking(move || {
            Handle::current().block_on(ingest.follow(inbound, Place::Here));
        });
        drop(following.await);
    }

    async fn follow(self: Arc<Self>, mut inbound: mpsc::Receiver<Inbound>, place: Place) {
        let mut writing_back = None;
        let mut group = Vec::new();
        let mut upkeep_in = place.run(&self, Self::begin).await.then_some(QUIET);
        loop {
            let news = inbound.recv_many(&mut group, WAITING_FRAMES);
            let received = match upkeep_in {
                Some(patience) => timeout(patience, news).await.ok(),
                None => Some(news.await),
            };
            match received {
                Some(0) => break,
                Some(_) => {
                    let group = std::mem::take(&mut group);
                    let has_upkeep = place.run(&self, |ingest| ingest.work(group)).await;
                    upkeep_in = has_upkeep.then_some(QUIET);
                }
                None => {
                    let has_upkeep = place.run(&self, Self::keep_up).await;
                    upkeep_in = has_upkeep.then_some(Duration::ZERO);
                    if !has_upkeep {
                        self.write_back_beside(&mut writing_back);
                    }
                }
            }
        }
        if let Some(writing_back) = writing_back {
            drop(writing_back.await);
        }
    }

    /// What an earlier run left to do. Returns whether there is upkeep.
    fn begin(&self) -> bool {
        self.expect_endings();
        if let Err(error) = self.store.rehearse((self.clock)()) {
            // The first event says what is wrong.
            debug!(error = %Chain(&error), "storing could not be rehearsed");
        }
        self.has_upkeep(self.store.is_indexing_worth_while())
    }

    /// Returns whether there is upkeep.
    fn work(&self, group: Vec<Inbound>) -> bool {
        self.take(group);
        self.has_upkeep(self.store.index_if_much_behind())
    }

    fn take(&self, group: Vec<Inbound>) {
        let mut arrivals = Vec::new();
        let mut seen = Vec::new();
        let mut is_home_touched = false;
        for inbound in group {
            match inbound {
                Inbound::Frame { connection, frame } => {
                    let read = self.read(connection, &frame);
                    is_home_touched |= read.iter().any(|(arrival, _)| touches_home(arrival));
                    arrivals.extend(read);
                }
                Inbound::Gap { gap, until_ms } => {
                    self.take_arrivals(std::mem::take(&mut arrivals));
                    self.take_gap(gap, until_ms);
                }
                Inbound::Look(look) => {
                    is_home_touched = true;
                    self.take_arrivals(std::mem::take(&mut arrivals));
                    let Seen { device_id, device_type, state, is_after_gap, stored } = *look;
                    let now_ms = (self.clock)();
                    self.take_look(&Look { device_id, device_type, state, now_ms, is_after_gap });
                    seen.push(stored);
                }
                Inbound::Endings => {
                    is_home_touched = true;
                    self.take_arrivals(std::mem::take(&mut arrivals));
                    let judge = |event: &NewEvent| self.judge.decide(event);
                    self.take_stored(self.store.take_endings((self.clock)(), judge));
                }
            }
        }
        // A push can be what an ending waits for.
        let may_end = is_home_touched || self.ending_due.borrow().is_some();
        self.take_arrivals(arrivals);
        if is_home_touched {
            self.board.refresh();
        }
        drop(seen);
        if may_end {
            self.expect_endings();
        }
    }

    /// Endings that wait, those of an earlier run included.
    fn expect_endings(&self) {
        match self.store.first_ending() {
            Ok(ended_at_ms) => {
                let now_ms = (self.clock)();
                self.ending_due
                    .send_replace(ended_at_ms.map(|at_ms| endings::due_at(at_ms, now_ms)));
            }
            Err(error) => warn!(error = %Chain(&error), "endings could not be looked up"),
        }
    }

    fn take_gap(&self, gap: Gap, until_ms: UnixMs) {
        info!(reason = ?gap.reason, "there was a gap");
        self.judge.gap_ended(gap.from_ms);
        let event = NewEvent::about_gap(gap, until_ms);
        match self.store.add_untold(&event, |event| self.judge.decide(event)) {
            Ok(added) => self.publish(vec![Outcome::Event(Box::new(added))]),
            Err(error) => {
                error!(error = %Chain(&error), "a gap could not be stored");
                self.note_trouble(&error);
            }
        }
    }

    fn take_look(&self, look: &Look) {
        let outcomes = self.store.take_look(look, |event| self.judge.decide(event));
        self.take_stored(outcomes);
    }

    fn take_stored(&self, outcomes: Result<Vec<Outcome>, StoreError>) {
        match outcomes {
            Ok(outcomes) => self.publish(outcomes),
            Err(error) => {
                error!(error = %Chain(&error), "a state could not be stored");
                self.note_trouble(&error);
            }
        }
    }

    fn take_arrivals(&self, arrivals: Vec<(Arrival, Option<NewEvent>)>) {
        if arrivals.is_empty() {
            return;
        }
        match self.store.add(&arrivals, |event| self.judge.decide(event)) {
            Ok(outcomes) => {
                self.publish(outcomes);
                self.settle_by_reports(&arrivals);
            }
            Err(error) => {
                self.publish_unstored(&error, arrivals);
                self.note_trouble(&error);
            }
        }
    }

    fn note_trouble(&self, error: &StoreError) {
        self.store.note_trouble(error);
        self.count(Some(error.trouble()));
    }

    fn read(&self, connection: u64, frame: &Frame) -> Vec<(Arrival, Option<NewEvent>)> {
        let mut twins = self.twins.lock().expect("no holder of the lock panics");
        if twins.is_twin(connection, frame, Instant::now()) {
            debug!(length = frame.len(), "a frame came over both connections");
            return Vec::new();
        }
        drop(twins);
        let parsed = parse(frame);
        if let Some(dropped) = parsed.dropped {
            warn!(?dropped, length = frame.len(), "a frame could not be read");
            self.status.send_modify(|status| {
                status.dropped_frames = status.dropped_frames.saturating_add(1);
            });
        }
        if let Some(ignored) = parsed.ignored {
            debug!(?ignored, length = frame.len(), "a frame was ignored");
        }
        let raw: Arc<str> = match frame {
            Frame::Text(text) => Arc::from(text.as_str()),
            Frame::Binary(bytes) => Arc::from(String::from_utf8_lossy(bytes)),
        };
        let received_at_ms = (self.clock)();
        let number = FRAMES.fetch_add(1, Ordering::Relaxed);
        let mut arrivals = Vec::with_capacity(parsed.messages.len());
        for message in parsed.messages {
            let arrival = Arrival { received_at_ms, frame: number, raw: Arc::clone(&raw), message };
            let event = arrival.to_event(|id| self.name_of(id));
            self.keep_up_with(&arrival.message.body);
            arrivals.push((arrival, event));
        }
        arrivals
    }

    fn name_of(&self, id: &DeviceId) -> DeviceName {
        self.names
            .read()
            .expect("no holder of the lock panics")
            .get(id)
            .cloned()
            .unwrap_or_default()
    }

    /// Messages about the home change what the next ones are called.
    fn keep_up_with(&self, body: &Body) {
        match body {
            Body::Registered(registered) => {
                let name = DeviceName {
                    alias: registered.alias.clone(),
                    device_type: registered.device_type.clone(),
                };
                let mut names = self.names.write().expect("no holder of the lock panics");
                names.insert(registered.device_id.clone(), name);
                drop(names);
                self.home_changed.notify_one();
            }
            Body::AliasChanged { device_id, alias } => {
                let mut names = self.names.write().expect("no holder of the lock panics");
                names.entry(device_id.clone()).or_default().alias.clone_from(alias);
                drop(names);
                self.home_changed.notify_one();
            }
            Body::Unregistered(_) => self.home_changed.notify_one(),
            Body::Push(push) => {
                let is_stranger = push.device_id.as_ref().is_some_and(|id| {
                    !self.names.read().expect("no holder of the lock panics").contains_key(id)
                });
                if is_stranger {
                    self.home_changed.notify_one();
                } else if push.code.category() == Category::Finished
                    && let Some(id) = &push.device_id
                {
                    // Some appliances tell of their end by a push alone.
                    self.wanted.want(id.clone());
                }
            }
            Body::Status(_) | Body::Text(_) => {}
        }
    }
}

/// Where work waits for the disk.
#[derive(Clone, Copy)]
enum Place {
    /// On the thread that follows the frames.
    Here,
    /// Each in a blocking task of its own.
    Tasks,
}

impl Place {
    async fn run<T: Default + Send + 'static>(
        self,
        ingest: &Arc<Ingest>,
        work: impl FnOnce(&Ingest) -> T + Send + 'static,
    ) -> T {
        match self {
            Self::Here => guarded(|| work(ingest)),
            Self::Tasks => {
                let ingest = Arc::clone(ingest);
                spawn_blocking(move || guarded(|| work(&ingest))).await.unwrap_or_default()
            }
        }
    }
}

/// A panic in it must not end the listening.
fn guarded<T: Default>(work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        error!("work on the history was broken off");
        T::default()
    })
}

/// Whether a message can change what is shown of the home: a push says what happened, not how an
/// appliance is.
fn touches_home(arrival: &Arrival) -> bool {
    match arrival.message.body {
        Body::Push(_) | Body::Text(_) => false,
        Body::Status(_)
        | Body::Registered(_)
        | Body::Unregistered(_)
        | Body::AliasChanged { .. } => true,
    }
}

#[cfg(test)]
#[path = "ingest_tests.rs"]
mod tests;
