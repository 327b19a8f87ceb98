//! Turns frames into events: parse, store, decide, publish, in this order.
//!
//! Device states and gaps share the queue, so that everything is stored in order. Queued items are
//! processed in batches with one transaction each: a burst costs few commits, and the channel
//! bounds memory.

mod backlog;
mod bench_support;
mod duplicate_frames;
mod endings;
mod judge;
mod maintenance;
mod outstanding;
mod publish;
mod record;
#[cfg(test)]
mod test_support;
mod warm_up;

use std::{
    mem::take,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{Category, DeviceId, EventSource, Gap, NewEvent, UnixMs};
use parking_lot::Mutex;
use thinq::{Body, Chain, Frame, parse};
use tokio::{
    runtime::Handle,
    sync::{Notify, broadcast, mpsc, watch},
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tracing::{debug, error, info, warn};

pub(crate) use backlog::Backlog;
#[cfg(test)]
pub(crate) use backlog::Novelty;
use duplicate_frames::DuplicateFrames;
pub(crate) use endings::run as run_endings;
pub(crate) use judge::Judge;
use maintenance::QUIET;
pub(crate) use outstanding::Outstanding;
pub(crate) use record::Outcome;
use record::{Recorder, StateRead};

use crate::{
    clock::Clock,
    event::{Arrival, DeviceName},
    home_view::HomeView,
    inbound::{
        Confirmation, Delivery, INBOUND_CAPACITY, Inbound, Names, StateAnswer, StatesToRead,
    },
    status::EngineStatus,
    store::{Store, StoreError},
    update::EngineUpdate,
};

/// Numbers frames across all connections of a run.
static FRAMES: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Ingest {
    pub(crate) store: Arc<Store>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) names: Names,
    pub(crate) judge: Arc<Judge>,
    pub(crate) outstanding: Arc<Outstanding>,
    /// Notified when a reminder is scheduled.
    pub(crate) time_changed: Arc<Notify>,
    pub(crate) events: broadcast::Sender<EngineUpdate>,
    pub(crate) status: watch::Sender<EngineStatus>,
    pub(crate) clock: Clock,
    /// Notified when the device list must be read again.
    pub(crate) home_changed: Arc<Notify>,
    pub(crate) duplicate_frames: Mutex<DuplicateFrames>,
    pub(crate) view: HomeView,
    /// Devices whose state must be read once.
    pub(crate) states_to_read: StatesToRead,
    /// When the next pending ending has waited long enough for its push.
    pub(crate) ending_due: watch::Sender<Option<Instant>>,
}

impl Ingest {
    /// Runs until all frame senders are dropped, so no received frame is lost.
    pub(crate) async fn run(self, inbound: mpsc::Receiver<Inbound>, thread: IngestThread) {
        let ingest = Arc::new(self);
        match thread {
            IngestThread::Pool => ingest.follow(inbound, thread).await,
            IngestThread::Own => {
                let following = spawn_blocking(move || {
                    Handle::current().block_on(ingest.follow(inbound, thread));
                });
                drop(following.await);
            }
        }
    }

    async fn follow(self: Arc<Self>, mut inbound: mpsc::Receiver<Inbound>, thread: IngestThread) {
        let mut writing_back = None;
        let mut group = Vec::new();
        let mut is_journal_long = thread.run(&self, Self::begin).await;
        loop {
            let news = inbound.recv_many(&mut group, INBOUND_CAPACITY);
            let received =
                if is_journal_long { timeout(QUIET, news).await.ok() } else { Some(news.await) };
            match received {
                Some(0) => break,
                Some(_) => {
                    let group = take(&mut group);
                    is_journal_long = thread.run(&self, |ingest| ingest.work(group)).await;
                }
                None => {
                    self.write_back_beside(&mut writing_back);
                    is_journal_long = false;
                }
            }
        }
        if let Some(writing_back) = writing_back {
            drop(writing_back.await);
        }
        thread.run(&self, Self::check_file).await;
    }

    /// Finishes work of an earlier run. Returns whether the journal is long.
    fn begin(&self) -> bool {
        self.expect_endings();
        if let Err(error) = warm_up::warm_up(&self.store, (self.clock)()) {
            // The first event reports the failure.
            debug!(error = %Chain(&error), "warm-up failed");
        }
        self.store.is_journal_long()
    }

    /// Returns whether the journal is long.
    fn work(&self, group: Vec<Inbound>) -> bool {
        self.take(group);
        self.check_file();
        self.store.is_journal_long()
    }

    fn take(&self, group: Vec<Inbound>) {
        let mut arrivals = Vec::new();
        let mut confirmations = Vec::new();
        let mut seen = Vec::new();
        let mut is_home_touched = false;
        for inbound in group {
            match inbound {
                Inbound::Frame { connection, mut delivery } => {
                    confirmations.extend(delivery.confirmation.take());
                    let read = self.read(connection, &delivery);
                    is_home_touched |= read.iter().any(|(arrival, _)| touches_home(arrival));
                    arrivals.extend(read);
                }
                Inbound::Gap { gap, until_ms } => {
                    self.take_arrivals(take(&mut arrivals), take(&mut confirmations));
                    self.take_gap(gap, until_ms);
                }
                Inbound::State(look) => {
                    is_home_touched = true;
                    self.take_arrivals(take(&mut arrivals), take(&mut confirmations));
                    let StateAnswer { device_id, device_type, state, is_after_gap, stored } = *look;
                    let now_ms = (self.clock)();
                    self.take_state(&StateRead {
                        device_id,
                        device_type,
                        state,
                        now_ms,
                        is_after_gap,
                    });
                    seen.push(stored);
                }
                Inbound::Endings => {
                    is_home_touched = true;
                    self.take_arrivals(take(&mut arrivals), take(&mut confirmations));
                    self.take_recorded(
                        self.record(|recorder| recorder.due_endings((self.clock)())),
                    );
                }
            }
        }
        // A push may match a pending ending.
        let may_end = is_home_touched || self.ending_due.borrow().is_some();
        self.take_arrivals(arrivals, confirmations);
        if is_home_touched {
            self.view.refresh();
        }
        drop(seen);
        if may_end {
            self.expect_endings();
        }
    }

    /// Schedules pending endings, including those of an earlier run.
    fn expect_endings(&self) {
        match self.store.first_ending() {
            Ok(ended_at_ms) => {
                let now_ms = (self.clock)();
                self.ending_due
                    .send_replace(ended_at_ms.map(|at_ms| endings::due_at(at_ms, now_ms)));
            }
            Err(error) => warn!(error = %Chain(&error), "failed to read pending endings"),
        }
    }

    fn take_gap(&self, gap: Gap, until_ms: UnixMs) {
        info!(reason = ?gap.reason, "connection gap");
        self.judge.gap_ended(gap.from_ms..=until_ms);
        let event = NewEvent { gap: Some(gap), ..NewEvent::of(EventSource::Gap, until_ms) };
        match self.record(|recorder| recorder.event(&event)) {
            Ok(added) => self.publish(vec![Outcome::Event(Box::new(added))]),
            Err(error) => {
                error!(error = %Chain(&error), "failed to store a gap");
                self.note_problem(&error);
            }
        }
    }

    fn take_state(&self, read: &StateRead) {
        self.take_recorded(self.record(|recorder| recorder.state(read)));
    }

    fn record<T>(
        &self,
        record: impl FnOnce(Recorder<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let decide = |event: &NewEvent| self.judge.decide(event);
        let forward = |event: &NewEvent| self.judge.outgoing(event);
        self.store.write(|transaction| {
            record(Recorder { transaction, decide: &decide, forward: &forward })
        })
    }

    fn take_recorded(&self, outcomes: Result<Vec<Outcome>, StoreError>) {
        match outcomes {
            Ok(outcomes) => self.publish(outcomes),
            Err(error) => {
                error!(error = %Chain(&error), "failed to store a device state");
                self.note_problem(&error);
            }
        }
    }

    /// Confirms frames once their messages are committed. Frames without a new message are confirmed
    /// as well, unless an earlier copy is not written yet.
    fn take_arrivals(
        &self,
        arrivals: Vec<(Arrival, Option<NewEvent>)>,
        confirmations: Vec<Confirmation>,
    ) {
        if arrivals.is_empty() {
            self.backlog.confirm(confirmations);
            return;
        }
        let decide = |event: &NewEvent| self.judge.decide(event);
        let forward = |event: &NewEvent| self.judge.outgoing(event);
        let recorded = self.backlog.write_before(&self.store, |transaction| {
            Recorder { transaction, decide: &decide, forward: &forward }.arrivals(&arrivals)
        });
        match recorded {
            Ok(outcomes) => {
                self.publish(outcomes);
                self.settle_by_reports(&arrivals);
                self.backlog.confirm(confirmations);
            }
            Err(error) => {
                self.publish_unstored(&error, arrivals, confirmations);
                self.note_problem(&error);
            }
        }
    }

    fn note_problem(&self, error: &StoreError) {
        self.store.note_problem(error);
        self.count(Some(error.problem()));
    }

    fn read(&self, connection: u64, delivery: &Delivery) -> Vec<(Arrival, Option<NewEvent>)> {
        let Delivery { frame, packet_id, is_repeated, is_late, .. } = delivery;
        let mut duplicate_frames = self.duplicate_frames.lock();
        if duplicate_frames.is_duplicate(connection, frame, Instant::now()) {
            debug!(length = frame.len(), "ignored duplicate frame");
            return Vec::new();
        }
        drop(duplicate_frames);
        let parsed = parse(frame);
        if let Some(dropped) = parsed.dropped {
            warn!(?dropped, length = frame.len(), "failed to parse a frame");
            self.status.send_modify(|status| {
                status.dropped_frames = status.dropped_frames.saturating_add(1);
            });
        }
        if let Some(ignored) = parsed.ignored {
            debug!(?ignored, length = frame.len(), "ignored frame");
        }
        let raw: Arc<str> = match frame {
            Frame::Text(text) => Arc::from(text.as_str()),
            Frame::Binary(bytes) => Arc::from(String::from_utf8_lossy(bytes)),
        };
        let received_at_ms = (self.clock)();
        let number = FRAMES.fetch_add(1, Ordering::Relaxed);
        let mut arrivals = Vec::with_capacity(parsed.messages.len());
        for message in parsed.messages {
            let arrival = Arrival {
                received_at_ms,
                frame: number,
                raw: Arc::clone(&raw),
                message,
                packet_id: *packet_id,
                is_repeated: *is_repeated,
            };
            let mut event = arrival.to_event(|id| self.name_of(id));
            if let Some(event) = &mut event {
                event.is_found_after_gap = *is_late;
            }
            self.keep_up_with(&arrival.message.body, *is_late);
            arrivals.push((arrival, event));
        }
        arrivals
    }

    fn name_of(&self, id: &DeviceId) -> DeviceName {
        self.names.read().get(id).cloned().unwrap_or_default()
    }

    /// Applies device list changes, which affect the names in later messages.
    fn keep_up_with(&self, body: &Body, is_late: bool) {
        match body {
            Body::Registered(registered) => {
                let name = DeviceName {
                    alias: registered.alias.clone(),
                    device_type: registered.device_type.clone(),
                };
                let mut names = self.names.write();
                names.insert(registered.device_id.clone(), name);
                drop(names);
                self.home_changed.notify_one();
            }
            Body::AliasChanged { device_id, alias } => {
                let mut names = self.names.write();
                names.entry(device_id.clone()).or_default().alias.clone_from(alias);
                drop(names);
                self.home_changed.notify_one();
            }
            Body::Unregistered(_) => self.home_changed.notify_one(),
            Body::Push(push) => {
                let is_stranger =
                    push.device_id.as_ref().is_some_and(|id| !self.names.read().contains_key(id));
                if is_stranger {
                    self.home_changed.notify_one();
                } else if push.code.category() == Category::Finished
                    // Reports of what happened meanwhile were kept as well.
                    && !is_late
                    && let Some(id) = &push.device_id
                {
                    // Some appliances report their end by push only.
                    self.states_to_read.want(id.clone());
                }
            }
            Body::Status(_) | Body::Text(_) => {}
        }
    }
}

/// Thread for blocking work of the ingest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestThread {
    /// One thread for the lifetime of the engine. Memory cached for the history exists once, and
    /// each event wakes one thread less.
    Own,
    /// A blocking task per batch, for runtimes with paused time, which does not advance while such
    /// a task runs.
    Pool,
}

impl IngestThread {
    async fn run<T: Default + Send + 'static>(
        self,
        ingest: &Arc<Ingest>,
        work: impl FnOnce(&Ingest) -> T + Send + 'static,
    ) -> T {
        match self {
            Self::Own => guarded(|| work(ingest)),
            Self::Pool => {
                let ingest = Arc::clone(ingest);
                spawn_blocking(move || guarded(|| work(&ingest))).await.unwrap_or_default()
            }
        }
    }
}

/// A panic in `work` must not stop the ingest.
fn guarded<T: Default>(work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        error!("work on the history panicked");
        T::default()
    })
}

/// Whether a message can change the published home. Pushes describe events, not device state.
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
