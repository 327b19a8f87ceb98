//! Delivers the events of one target, one after the other.

use std::{sync::Arc, time::Duration};

use model::{Destination, ForwardFailure, ForwardTarget, UnixMs};
use secrecy::SecretString;
use thinq::Chain;
use tokio::{
    sync::watch,
    time::{self, Instant},
};
use tracing::{debug, info, warn};

use super::{Delivery, Shared, Then, Undelivered, message::Message, mqtt::Broker};
use crate::{
    backoff::Backoff,
    sign_in::Prompt,
    store::{Store, StoreError, Waiting},
};

const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_mins(10);
/// Interval in which events are given up while nothing is tried.
const GIVE_UP_INTERVAL: Duration = Duration::from_hours(1);
/// Timers stop during system sleep, so the wall clock is read again.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// No quiet hours last longer.
const LONGEST_QUIET_MS: i64 = 8 * 24 * 60 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Delivers the events of one target.
pub(super) struct Worker {
    shared: Arc<Shared>,
    target: ForwardTarget,
    backoff: Backoff,
    /// Of the last failure, in this run.
    failed_at: Option<Instant>,
    secret: Option<SecretString>,
    /// Open connection of an MQTT target.
    broker: Option<Broker>,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, target: ForwardTarget) -> Self {
        let backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
        Self { shared, target, backoff, failed_at: None, secret: None, broker: None }
    }

    /// Cancel safe: an event that is being delivered is delivered again.
    pub(super) async fn run(&mut self) {
        let mut added = self.shared.added.subscribe();
        let mut retry = self.shared.retry.subscribe();
        let mut unblocked = self.shared.unblocked.subscribe();
        loop {
            added.mark_unchanged();
            retry.mark_unchanged();
            unblocked.mark_unchanged();
            if let Err(undelivered) = self.connect().await {
                self.failed(undelivered, None, &mut retry, &mut unblocked).await;
                continue;
            }
            let next = match self.next().await {
                Ok(next) => next,
                Err(error) => {
                    warn!(error = %Chain(&error), "failed to read the outbox");
                    time::sleep(self.backoff.next_delay()).await;
                    continue;
                }
            };
            let waiting = match next {
                Next::Now(waiting) => waiting,
                Next::In(wait) => {
                    if let Err(undelivered) = self.wait(wait, &mut added, &mut retry).await {
                        self.failed(undelivered, None, &mut retry, &mut unblocked).await;
                    }
                    continue;
                }
            };
            match self.send(&waiting).await {
                Ok(answer) => {
                    debug!(target = %self.target.name, answer, "forwarded an event");
                    self.backoff.reset();
                    self.failed_at = None;
                    self.note_delivered(&waiting).await;
                }
                Err(undelivered) => {
                    self.failed(undelivered, Some(&waiting), &mut retry, &mut unblocked).await;
                }
            }
        }
    }

    /// Says goodbye to a broker. Home Assistant forgets the home if its target is gone.
    pub(super) async fn leave(self) {
        let Some(broker) = self.broker else { return };
        let is_kept = self.shared.targets.borrow().iter().any(|target| {
            target.is_on && target.name == self.target.name && is_same_home(target, &self.target)
        });
        let is_final = !is_kept && !self.shared.stop.is_cancelled();
        broker.leave(&self.shared, is_final).await;
    }

    /// Opens the connection to a broker, if it is not open.
    async fn connect(&mut self) -> Result<(), Undelivered> {
        if self.broker.is_some() || !matches!(self.target.destination, Destination::Mqtt { .. }) {
            return Ok(());
        }
        let secret = self.shared.secret(&self.target, Prompt::Never).await?;
        let ForwardTarget { name, destination, .. } = &self.target;
        let broker = Broker::connect(&self.shared, name, destination, secret.as_ref()).await?;
        self.broker = Some(broker);
        if self.failed_at.take().is_some() {
            self.backoff.reset();
            let name = self.target.name.clone();
            self.note(move |store| store.note_recovered(&name)).await;
        }
        Ok(())
    }

    /// Waits for an event to deliver, for `wait` at most. A broker is listened to meanwhile.
    async fn wait(
        &mut self,
        wait: Duration,
        added: &mut watch::Receiver<()>,
        retry: &mut watch::Receiver<()>,
    ) -> Result<(), Undelivered> {
        let until = time::timeout(wait.min(LONGEST_WAIT), added.changed());
        let Some(broker) = &mut self.broker else {
            drop(until.await);
            return Ok(());
        };
        tokio::pin!(until);
        loop {
            tokio::select! {
                _ = &mut until => return Ok(()),
                Ok(()) = retry.changed() => broker.look_again(),
                news = broker.next() => broker.handle(&self.shared, news?).await?,
            }
        }
    }

    /// Notes a failure, and waits until a try makes sense.
    async fn failed(
        &mut self,
        undelivered: Undelivered,
        waiting: Option<&Waiting>,
        retry: &mut watch::Receiver<()>,
        unblocked: &mut watch::Receiver<()>,
    ) {
        let Undelivered { failure, then, retry_after } = undelivered;
        self.broker = None;
        let ForwardFailure { problem, detail } = &failure;
        let (target, code) = (&self.target.name, problem.code.into_str());
        info!(%target, code, detail, "failed to forward an event");
        let rejected = waiting
            .filter(|_| then == Then::GiveUp)
            .map(|waiting| (waiting.id, waiting.key.clone()));
        self.note_failing(&failure, rejected).await;
        match then {
            Then::GiveUp => {}
            Then::Retry => {
                // A server that wants to be left alone is.
                let delay = retry_after.unwrap_or_else(|| self.backoff.next_delay());
                tokio::select! {
                    () = time::sleep(delay) => {}
                    Ok(()) = retry.changed(), if retry_after.is_none() => {}
                    Ok(()) = unblocked.changed() => {}
                }
            }
            // Not tried until then: a password or token that was refused would be again.
            Then::Blocked => {
                while time::timeout(GIVE_UP_INTERVAL, unblocked.changed()).await.is_err() {
                    self.note_failing(&failure, None).await;
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Next, StoreError> {
        let (name, now_ms) = (self.target.name.clone(), (self.shared.clock)());
        self.shared
            .in_store(move |store| {
                let latest_ms = now_ms.saturating_add(LONGEST_QUIET_MS);
                Ok(match store.next_outgoing(&name, now_ms, latest_ms)? {
                    Some(waiting) => Next::Now(Box::new(waiting)),
                    None => Next::In(match store.next_outgoing_at(&name)? {
                        Some(due_at_ms) => millis(due_at_ms.saturating_sub(now_ms)),
                        None => Duration::MAX,
                    }),
                })
            })
            .await
    }

    async fn send(&mut self, waiting: &Waiting) -> Delivery {
        // A failed one may have been changed.
        if self.failed_at.is_some() || self.secret.is_none() {
            self.secret = self.shared.secret(&self.target, Prompt::Never).await?;
        }
        let message = Message::of(&waiting.stored.event, &waiting.key, &self.shared.words);
        if let Some(broker) = &mut self.broker {
            return broker.deliver(&self.shared, &message).await;
        }
        self.shared.deliver(&self.target, self.secret.as_ref(), &message).await
    }

    async fn note_delivered(&mut self, waiting: &Waiting) {
        let (name, now_ms) = (self.target.name.clone(), (self.shared.clock)());
        let (id, key) = (waiting.id, waiting.key.clone());
        self.note(move |store| store.note_delivered(&name, (id, &key), now_ms)).await;
    }

    /// An event is given up when its target has failed for as long as events are kept, by the
    /// running time, and the event is that old, by the wall clock, which alone could be wrong.
    async fn note_failing(&mut self, failure: &ForwardFailure, rejected: Option<(i64, String)>) {
        let now = Instant::now();
        let after = self.failed_at.replace(now).map_or(Duration::ZERO, |before| now - before);
        let after_ms = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        let keep_ms = i64::from(self.target.keep_hours) * HOUR_MS;
        let (name, now_ms) = (self.target.name.clone(), (self.shared.clock)());
        let failure = failure.clone();
        self.note(move |store| {
            store.note_failed(&name, &failure, after_ms)?;
            let mut given_up = 0;
            if let Some((id, key)) = &rejected {
                store.give_up(&name, (*id, key))?;
                given_up += 1;
            }
            if store.target_record(&name)?.failing_ms >= keep_ms {
                given_up += store.give_up_older(&name, now_ms.saturating_sub(keep_ms))?;
            }
            if given_up > 0 {
                warn!(target = %name, given_up, "gave up events");
            }
            Ok(())
        })
        .await;
    }

    async fn note(&mut self, work: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static) {
        if let Err(error) = self.shared.in_store(work).await {
            // It is delivered again, under the same key.
            warn!(error = %Chain(&error), "failed to note a delivery");
            time::sleep(FIRST_RETRY).await;
        }
        self.shared.changed.send_replace(());
    }
}

/// Whether Home Assistant finds the same home at both.
fn is_same_home(one: &ForwardTarget, other: &ForwardTarget) -> bool {
    match (&one.destination, &other.destination) {
        (
            Destination::Mqtt { url, topic, is_home_assistant, .. },
            Destination::Mqtt { url: of_url, topic: of_topic, is_home_assistant: of_other, .. },
        ) => url == of_url && topic == of_topic && is_home_assistant == of_other,
        _ => false,
    }
}

enum Next {
    Now(Box<Waiting>),
    In(Duration),
}

fn millis(ms: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
