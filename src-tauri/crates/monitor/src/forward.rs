//! Forwards events to targets outside this computer.
//!
//! Each event is stored in the outbox together with the event itself. Here, one task for each target
//! delivers them in order, at least once, and removes what was delivered. A target that fails delays
//! neither the others nor the notifications.

mod command;
mod home_assistant;
mod http;
mod message;
mod mqtt;
mod settled;
mod worker;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use model::{
    ConnectionState, Destination, ForwardFailure, ForwardTarget, Forwarding, Problem, ProblemCode,
    TargetState,
};
use parking_lot::Mutex;
use secrecy::SecretString;
use thinq::{Chain, clean_text};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    task::spawn_blocking,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use uuid::Uuid;
use words::Words;

use self::{http::Address, message::Message, settled::oldest_ms, worker::Worker};
use crate::{
    clock::Clock,
    engine::Monitor,
    event::EventId,
    ingest::Judge,
    sign_in::{Keyring, KeyringError, Prompt},
    store::{Store, StoreError, TargetRecord},
    update::EngineUpdate,
};

/// Capacity of the channel of settled events. Those that a slow broker misses stay as they are on
/// other computers.
const SETTLED: usize = 64;
/// Maximum length of what the other side says, in characters.
const LONGEST_DETAIL: usize = 240;

/// What the other side answered, or why the message is not delivered.
type Delivery = Result<String, Undelivered>;

/// A failed delivery and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Undelivered {
    failure: ForwardFailure,
    then: Then,
    /// Wanted by the other side.
    retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// After a delay, or at once when the network changes.
    Retry,
    /// Once the target was changed: it would be refused again.
    Blocked,
    /// With the next message: this one is not accepted.
    GiveUp,
}

impl Undelivered {
    fn retried(failure: ForwardFailure) -> Self {
        Self { failure, then: Then::Retry, retry_after: None }
    }

    fn blocked(failure: ForwardFailure) -> Self {
        Self { failure, then: Then::Blocked, retry_after: None }
    }

    fn rejected(failure: ForwardFailure) -> Self {
        Self { failure, then: Then::GiveUp, retry_after: None }
    }
}

fn failure(code: ProblemCode, detail: &str) -> ForwardFailure {
    ForwardFailure { problem: Problem::of(code), detail: clean_text(detail, LONGEST_DETAIL) }
}

/// Handle of the forwarding.
#[derive(Clone)]
pub struct Forwarder(Arc<Shared>);

struct Shared {
    monitor: Monitor,
    store: Arc<Store>,
    judge: Arc<Judge>,
    keyring: Arc<dyn Keyring>,
    clock: Clock,
    words: Words,
    targets: watch::Sender<Vec<ForwardTarget>>,
    /// Events were added to the outbox.
    added: watch::Sender<()>,
    /// The network may work again, or the words have changed.
    retry: watch::Sender<()>,
    /// What was refused may be accepted now.
    unblocked: watch::Sender<()>,
    /// The state of a target changed.
    changed: watch::Sender<()>,
    /// Events that were read or done.
    settled: broadcast::Sender<Vec<EventId>>,
    /// Events that were settled because another computer did so.
    settled_elsewhere: Mutex<HashSet<EventId>>,
    /// Identifies this computer to others of the home, while it runs.
    instance: String,
    stop: CancellationToken,
}

impl Forwarder {
    /// Forwards the events of `monitor` to its targets until `stop`.
    pub fn start(
        monitor: &Monitor,
        words: Words,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let (judge, keyring, clock) = monitor.forwarding_parts();
        let targets = judge.targets();
        let shared = Arc::new(Shared {
            monitor: monitor.clone(),
            store: monitor.store(),
            judge,
            keyring,
            clock,
            words,
            targets: watch::Sender::new(targets),
            added: watch::Sender::default(),
            retry: watch::Sender::default(),
            unblocked: watch::Sender::default(),
            changed: watch::Sender::default(),
            settled: broadcast::Sender::new(SETTLED),
            settled_elsewhere: Mutex::default(),
            instance: Uuid::new_v4().simple().to_string(),
            stop: stop.clone(),
        });
        let (run, workers) = (Arc::clone(&shared), tracker.clone());
        tracker.spawn(async move { run.run(workers).await });
        Self(shared)
    }

    pub fn targets(&self) -> Vec<ForwardTarget> {
        self.0.targets.borrow().clone()
    }

    /// Replaces the targets. Events that wait for one that is missing stay, as it may be missing
    /// by a mistake in the settings file only: see [`Self::forget`].
    pub fn set_targets(&self, targets: Vec<ForwardTarget>) {
        self.0.judge.set_targets(targets.clone());
        self.0.targets.send_replace(targets);
    }

    /// Drops the events that wait for a target, and its counts: it was removed, or is new.
    pub async fn forget(&self, name: &str) {
        let name = name.to_owned();
        let forgotten = self.0.in_store(move |store| store.forget_target(&name)).await;
        if let Err(error) = forgotten {
            warn!(error = %Chain(&error), "failed to forget a target");
        }
        self.0.changed.send_replace(());
    }

    /// Stores the secret of a target; empty deletes it. A blocked target is tried again.
    ///
    /// # Errors
    /// As the keyring says.
    pub async fn set_secret(&self, name: &str, secret: SecretString) -> Result<(), KeyringError> {
        self.0.keyring.set_secret(name.to_owned(), secret, Prompt::Allowed).await?;
        self.0.unblocked.send_replace(());
        Ok(())
    }

    /// Deletes the secret of a removed target.
    ///
    /// # Errors
    /// As the keyring says.
    pub async fn forget_secret(&self, name: &str) -> Result<(), KeyringError> {
        self.0.keyring.set_secret(name.to_owned(), SecretString::default(), Prompt::Allowed).await
    }

    /// After a change of the language, in which a broker shows the home.
    pub fn retry(&self) {
        self.0.retry.send_replace(());
    }

    /// Events were read on this computer: others of the home settle them.
    pub fn note_read(&self, ids: Vec<EventId>) {
        // There may be no broker.
        drop(self.0.settled.send(ids));
    }

    /// As [`Self::note_read`], for all events of the last day up to and including `last`.
    pub async fn note_all_read(&self, last: EventId) {
        let since_ms = oldest_ms((self.0.clock)());
        let unread = self.0.in_store(move |store| store.unread_since(since_ms, last));
        self.note_read(unread.await.unwrap_or_default());
    }

    /// Changes when the state of a target changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// The targets and how they do.
    pub async fn state(&self) -> Result<Forwarding, StoreError> {
        let targets = self.targets();
        let store = Arc::clone(&self.0.store);
        let read = spawn_blocking(move || {
            let states = targets.into_iter().map(|target| {
                let record = store.target_record(&target.name)?;
                Ok(state_of(target, record))
            });
            Ok(Forwarding { targets: states.collect::<Result<_, StoreError>>()? })
        });
        read.await.unwrap_or_else(|_panicked| Ok(Forwarding::default()))
    }

    /// Sends a test message, which is not stored; returns what the other side answered. `secret` is
    /// used in place of the stored one.
    ///
    /// # Errors
    /// The failure as it is shown for a target.
    pub async fn test(
        &self,
        target: &ForwardTarget,
        secret: Option<SecretString>,
    ) -> Result<String, ForwardFailure> {
        let key = Uuid::new_v4().simple().to_string();
        let message = Message::test(&key, (self.0.clock)(), &self.0.words);
        let secret = match secret {
            Some(secret) => Some(secret),
            None => self.0.secret(target, Prompt::Allowed).await.map_err(|error| error.failure)?,
        };
        let sent = self.0.deliver(target, secret.as_ref(), &message).await;
        // What is refused is not tried by itself, so a success of a test continues it.
        if sent.is_ok() {
            self.0.unblocked.send_replace(());
        }
        sent.map_err(|undelivered| undelivered.failure)
    }
}

/// Cancel safe.
async fn next_event(
    events: &mut Option<broadcast::Receiver<EngineUpdate>>,
) -> Result<EngineUpdate, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

fn state_of(target: ForwardTarget, record: TargetRecord) -> TargetState {
    let TargetRecord { waiting, delivered, delivered_at_ms, given_up, failing_ms: _, failure } =
        record;
    TargetState { target, waiting, delivered_at_ms, delivered, given_up, failure }
}

impl Shared {
    /// Keeps one worker for each target that is on.
    async fn run(self: Arc<Self>, tracker: TaskTracker) {
        let mut targets = self.targets.subscribe();
        let mut status = self.monitor.status();
        let mut is_listening = false;
        let mut workers: HashMap<String, (ForwardTarget, CancellationToken)> = HashMap::new();
        loop {
            let wanted = targets.borrow_and_update().clone();
            workers.retain(|_, (target, stop)| {
                let is_kept = wanted.iter().any(|wanted| wanted == target);
                if !is_kept {
                    stop.cancel();
                }
                is_kept
            });
            for target in wanted.into_iter().filter(|target| target.is_on) {
                if workers.contains_key(&target.name) {
                    continue;
                }
                let stop = self.stop.child_token();
                let mut worker = Worker::new(Arc::clone(&self), target.clone());
                let stopped = stop.clone();
                tracker.spawn(async move {
                    stopped.run_until_cancelled(worker.run()).await;
                    worker.leave().await;
                });
                workers.insert(target.name.clone(), (target, stop));
            }
            self.changed.send_replace(());
            // Without targets nobody needs to wake, and a receiver that does not read keeps events.
            let mut events = (!workers.is_empty()).then(|| self.monitor.events());
            self.added.send_replace(());
            loop {
                tokio::select! {
                    changed = targets.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    event = next_event(&mut events) => match event {
                        Ok(EngineUpdate::Added(_) | EngineUpdate::HistoryChanged)
                        | Err(RecvError::Lagged(_)) => {
                            self.added.send_replace(());
                        }
                        Ok(EngineUpdate::Settled(ids)) => drop(self.settled.send(ids)),
                        Ok(_) => {}
                        Err(RecvError::Closed) => return,
                    },
                    // Where LG is reached, others may be.
                    Ok(()) = status.changed(), if !workers.is_empty() => {
                        let listens = matches!(
                            status.borrow_and_update().connection,
                            ConnectionState::Listening { .. }
                        );
                        if listens && !is_listening {
                            self.retry.send_replace(());
                        }
                        is_listening = listens;
                    }
                    () = self.stop.cancelled() => return,
                }
            }
        }
    }

    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || work(&store))
            .await
            .unwrap_or_else(|panicked| Err(StoreError::Folder(std::io::Error::other(panicked))))
    }

    /// The secret that the target needs.
    async fn secret(
        &self,
        target: &ForwardTarget,
        prompt: Prompt,
    ) -> Result<Option<SecretString>, Undelivered> {
        if !target.has_secret() {
            return Ok(None);
        }
        match self.keyring.secret(target.name.clone(), prompt).await {
            Ok(Some(secret)) => Ok(Some(secret)),
            Ok(None) => Err(Undelivered::blocked(failure(ProblemCode::TargetSecretMissing, ""))),
            Err(error) => {
                let code = match &error {
                    KeyringError::Locked | KeyringError::Refused => ProblemCode::KeyringLocked,
                    KeyringError::Missing(_) | KeyringError::NotSetUp | KeyringError::Failed(_) => {
                        ProblemCode::KeyringMissing
                    }
                };
                Err(Undelivered::retried(failure(code, &Chain(&error).to_string())))
            }
        }
    }

    async fn deliver(
        &self,
        target: &ForwardTarget,
        secret: Option<&SecretString>,
        message: &Message,
    ) -> Delivery {
        let proxy = self.monitor.service().proxy;
        match &target.destination {
            Destination::Webhook { url, signing, allows_plain } => {
                let address = Address { url, allows_plain: *allows_plain, proxy: proxy.as_ref() };
                http::to_webhook(address, *signing, secret, message, (self.clock)()).await
            }
            Destination::Ntfy { url, has_token: _, allows_plain } => {
                let address = Address { url, allows_plain: *allows_plain, proxy: proxy.as_ref() };
                http::to_ntfy(address, secret, message).await
            }
            Destination::Command { program, arguments } => {
                command::run(program, arguments, message.to_json()).await
            }
            // Events are published on the open connection of the worker.
            Destination::Mqtt { .. } => {
                mqtt::test(self, &target.destination, secret, message).await
            }
        }
    }
}
