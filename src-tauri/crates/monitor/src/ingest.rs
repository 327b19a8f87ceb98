//! From frames to events: parse, store, decide, publish, in this order.
//!
//! Works through what has piled up in groups, one transaction each, so that a burst costs few
//! commits and the memory stays bounded by the channel.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use thinq::{Body, Chain, DeviceId, Frame, parse};
use tokio::{
    sync::{Notify, broadcast, mpsc, watch},
    task::spawn_blocking,
};
use tracing::{debug, error, warn};

use crate::{
    event::{Arrival, DeviceName, EventId, NewEvent, StoredEvent},
    monitor::{Clock, MonitorEvent},
    notification::{Decision, Rules, decide},
    status::Status,
    store::{Added, Outcome, Store, StoreError},
};

/// Frames that are waiting to be stored.
pub(crate) const WAITING_FRAMES: usize = 256;

/// The names of the home's devices, kept at hand for each message.
pub(crate) type Names = Arc<RwLock<HashMap<DeviceId, DeviceName>>>;

pub(crate) struct Ingest {
    pub(crate) store: Arc<Store>,
    pub(crate) names: Names,
    pub(crate) rules: Arc<RwLock<Rules>>,
    pub(crate) events: broadcast::Sender<MonitorEvent>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) clock: Clock,
    /// Notified when the list of devices has to be read again.
    pub(crate) home_changed: Arc<Notify>,
}

impl Ingest {
    /// Runs until all senders of frames are gone, so that nothing that was read is lost.
    pub(crate) async fn run(self, mut frames: mpsc::Receiver<Frame>) {
        let ingest = Arc::new(self);
        let mut group = Vec::new();
        while frames.recv_many(&mut group, WAITING_FRAMES).await > 0 {
            let worker = Arc::clone(&ingest);
            let frames = std::mem::take(&mut group);
            // Disk work; a panic in it must not end the listening.
            if spawn_blocking(move || worker.take(&frames)).await.is_err() {
                error!("a group of frames could not be worked on");
            }
        }
    }

    fn take(&self, frames: &[Frame]) {
        let arrivals: Vec<_> = frames.iter().flat_map(|frame| self.read(frame)).collect();
        if arrivals.is_empty() {
            return;
        }
        let rules = self.rules.read().expect("no holder of the lock panics").clone();
        let now_ms = (self.clock)();
        let judge = |event: &NewEvent| decide(event, &rules, now_ms);
        match self.store.add(&arrivals, judge) {
            Ok(outcomes) => {
                self.publish(outcomes);
                self.count(false);
            }
            Err(error) => {
                self.publish_unstored(&error, arrivals, judge);
                self.count(true);
            }
        }
    }

    fn read(&self, frame: &Frame) -> Vec<(Arrival, Option<NewEvent>)> {
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
        let mut arrivals = Vec::with_capacity(parsed.messages.len());
        for message in parsed.messages {
            let arrival = Arrival { received_at_ms, raw: Arc::clone(&raw), message };
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
                }
            }
            Body::Status(_) | Body::Text(_) => {}
        }
    }

    fn publish(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                // Nobody may be listening to events yet; they are in the store.
                Outcome::Event(added) => drop(self.events.send(MonitorEvent::Added(added))),
                Outcome::Repeated => debug!("a message told what was known"),
                Outcome::Report => {}
            }
        }
    }

    /// A broken history silences no notification.
    fn publish_unstored(
        &self,
        error: &StoreError,
        arrivals: Vec<(Arrival, Option<NewEvent>)>,
        judge: impl Fn(&NewEvent) -> Decision,
    ) {
        error!(error = %Chain(error), "events could not be stored");
        for event in arrivals.into_iter().filter_map(|(_, event)| event) {
            let decision = judge(&event);
            let stored = StoredEvent {
                id: EventId(0),
                event,
                decision: decision.name().to_owned(),
                notified_at_ms: None,
                is_read: false,
            };
            drop(self.events.send(MonitorEvent::Unstored(Box::new(Added { stored, decision }))));
        }
    }

    fn count(&self, is_broken: bool) {
        let unread = self.store.unread_count();
        self.status.send_if_modified(|status| {
            let before = (status.unread, status.is_history_broken);
            status.is_history_broken = is_broken || unread.is_err();
            status.unread = unread.unwrap_or(status.unread);
            before != (status.unread, status.is_history_broken)
        });
    }
}
