//! The home: which devices there are, and that their pushes and events are subscribed.
//!
//! Reads the list at sign-in and when a message says that it changed, never on a timer. Event
//! subscriptions last a day and are renewed before it is over. After a gap the subscriptions are
//! checked and each device's state is read once. All calls go out two at a time.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use thinq::{AccessToken, Chain, Device, DeviceId, Error, Hub, Remedy};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::spawn_blocking,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    budget::{Budget, Scope},
    event::{DeviceName, UnixMs},
    ingest::{Inbound, Names},
    monitor::Clock,
    sign_in::TokenKeeper,
    status::{Status, Trouble},
    store::Store,
};

/// LG allows 1 to 24 hours. See `docs/protocol.md#subscriptions`.
const EVENT_HOURS: u8 = 24;
/// Renewing and the token's refreshes keep an idle home of a dozen devices below 50 calls a day.
const RENEW_AFTER: Duration = Duration::from_hours(22);
/// Changes come in groups: a new washer is registered and renamed within a moment.
const SETTLE: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_hours(1);
const CALLS_AT_A_TIME: usize = 2;
/// Spreads what is read after a gap.
const BETWEEN_READS: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) hub: Hub,
    pub(crate) tokens: TokenKeeper,
    pub(crate) store: Arc<Store>,
    pub(crate) names: Names,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) changed: Arc<Notify>,
    /// What is subscribed, to be given back at sign-out.
    pub(crate) present: Arc<Mutex<Vec<DeviceId>>>,
    pub(crate) subscribed: Arc<Mutex<Subscribed>>,
    pub(crate) budget: Budget,
    pub(crate) clock: Clock,
}

#[derive(Default)]
pub(crate) struct Subscribed {
    /// The devices that have events.
    events: BTreeSet<DeviceId>,
    renewed_at_ms: UnixMs,
}

/// What is asked of the hub for each device.
#[derive(Clone, Copy)]
enum Ask<'a> {
    Push,
    Event,
    PushAndEvent,
    State(&'a mpsc::Sender<Inbound>),
}

/// What a round has to do.
#[derive(Clone, Copy)]
struct Due {
    list: bool,
    looks: bool,
}

impl Home {
    /// Runs until `stop`. `missed` says that something may have happened which nobody told.
    pub(crate) async fn run(
        self,
        inbound: mpsc::Sender<Inbound>,
        missed: Arc<Notify>,
        stop: CancellationToken,
    ) {
        stop.run_until_cancelled(self.keep_up(&inbound, &missed)).await;
    }

    async fn keep_up(&self, inbound: &mpsc::Sender<Inbound>, missed: &Notify) {
        let mut retry = FIRST_RETRY;
        let mut due = Due { list: true, looks: false };
        loop {
            while let Some(left) = self.budget.silence_left(Scope::Home) {
                tokio::select! {
                    () = time::sleep(left) => {}
                    // Whether the silence was lifted shows above.
                    () = self.changed.notified() => due.list = true,
                }
            }
            let result = self.round(due, inbound).await;
            self.show_trouble(result.as_ref().err().map(|error| Trouble::from(&**error)));
            let wait = match result {
                Ok(()) => {
                    retry = FIRST_RETRY;
                    due = Due { list: false, looks: false };
                    RENEW_AFTER
                }
                Err(error) => {
                    warn!(error = %Chain(&*error), "the home could not be read");
                    let wait = self.retry_after(&error, retry);
                    retry = (retry * 2).min(LONGEST_RETRY);
                    wait
                }
            };
            let at = Instant::now() + wait;
            tokio::select! {
                () = time::sleep_until(at) => {}
                () = self.changed.notified() => {
                    due.list = true;
                    time::sleep(SETTLE).await;
                }
                () = missed.notified() => due.looks = true,
            }
        }
    }

    fn show_trouble(&self, trouble: Option<Trouble>) {
        self.status.send_if_modified(|status| {
            let is_new = status.home_trouble != trouble;
            status.home_trouble = trouble;
            is_new
        });
    }

    /// Everything that is due; only renews the events when nothing is.
    async fn round(&self, due: Due, inbound: &mpsc::Sender<Inbound>) -> Result<(), Arc<Error>> {
        let token = if due.list {
            self.read_and_subscribe().await?
        } else {
            let token = self.tokens.access_token().await?;
            if due.looks && !self.is_renewal_due() {
                self.check_subscriptions(&token).await?;
            } else {
                self.renew_events(&token).await?;
            }
            token
        };
        self.look(&token, due.looks, inbound).await
    }

    async fn read_and_subscribe(&self) -> Result<AccessToken, Arc<Error>> {
        let token = self.tokens.access_token().await?;
        let (devices, token) = match self.hub.devices(&token).await {
            Ok(devices) => (devices, token),
            Err(error) if error.remedy() == Remedy::RefreshToken => {
                self.tokens.refuse(&token).await;
                let token = self.tokens.access_token().await?;
                (self.hub.devices(&token).await?, token)
            }
            Err(error) => return Err(Arc::new(error)),
        };
        self.take_over(devices.clone()).await;
        self.subscribe(&token, &devices).await?;
        Ok(token)
    }

    /// By the time of day: a subscription expires while the computer sleeps.
    fn is_renewal_due(&self) -> bool {
        let renewed_at_ms = self.lock_subscribed().renewed_at_ms;
        let passed_ms = (self.clock)().saturating_sub(renewed_at_ms);
        // A clock that was put back tells nothing.
        u128::try_from(passed_ms).map_or(true, |passed| passed >= RENEW_AFTER.as_millis())
    }

    async fn renew_events(&self, token: &AccessToken) -> Result<(), Arc<Error>> {
        let now_ms = (self.clock)();
        let ids: Vec<_> = self.lock_subscribed().events.iter().cloned().collect();
        self.ask_all(token, &ids, Ask::Event).await?;
        self.lock_subscribed().renewed_at_ms = now_ms;
        Ok(())
    }

    /// Asks whether the service still knows what was subscribed, and subscribes what it forgot. A
    /// hub without such lists is believed.
    async fn check_subscriptions(&self, token: &AccessToken) -> Result<(), Arc<Error>> {
        if !self.budget.has_room(2) {
            return Ok(());
        }
        let (pushes, events) =
            tokio::join!(self.hub.push_subscriptions(token), self.hub.event_subscriptions(token));
        let (pushes, events) = (pushes?, events?);
        let present: Vec<_> =
            self.present.lock().expect("no holder of the lock panics").iter().cloned().collect();
        let lost = |known: Option<Vec<DeviceId>>, expected: Vec<DeviceId>| match known {
            Some(known) => expected.into_iter().filter(|id| !known.contains(id)).collect(),
            None => Vec::new(),
        };
        let lost_pushes = lost(pushes, present);
        let lost_events = lost(events, self.lock_subscribed().events.iter().cloned().collect());
        if !lost_pushes.is_empty() || !lost_events.is_empty() {
            let (pushes, events) = (lost_pushes.len(), lost_events.len());
            warn!(pushes, events, "subscriptions were lost");
        }
        self.ask_all(token, &lost_pushes, Ask::Push).await?;
        self.ask_all(token, &lost_events, Ask::Event).await
    }

    /// Reads states, once each: of all devices after a gap, else of those that were never seen, so
    /// that there is something to compare with.
    async fn look(
        &self,
        token: &AccessToken,
        is_after_gap: bool,
        inbound: &mpsc::Sender<Inbound>,
    ) -> Result<(), Arc<Error>> {
        let present = self.present.lock().expect("no holder of the lock panics").clone();
        let store = Arc::clone(&self.store);
        let ids = if is_after_gap {
            present
        } else {
            let unseen = move || {
                let is_unseen = |id: &DeviceId| !store.has_state(id).unwrap_or(true);
                present.into_iter().filter(is_unseen).collect::<Vec<_>>()
            };
            spawn_blocking(unseen).await.unwrap_or_default()
        };
        if !self.budget.has_room(ids.len()) {
            warn!("today's calls are used up, so that states are not read");
            return Ok(());
        }
        self.ask_all(token, &ids, Ask::State(inbound)).await
    }

    async fn look_at(
        &self,
        token: &AccessToken,
        id: &DeviceId,
        inbound: &mpsc::Sender<Inbound>,
    ) -> Result<(), Error> {
        let state = self.hub.state(token, id).await?;
        let device_type = {
            let names = self.names.read().expect("no holder of the lock panics");
            names.get(id).and_then(|known| known.device_type.clone()).unwrap_or_default()
        };
        let look = Inbound::Look { device_id: id.clone(), device_type, state };
        // Nobody is left to take it only when the program ends.
        drop(inbound.send(look).await);
        Ok(())
    }

    async fn take_over(&self, devices: Vec<Device>) {
        let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
        info!(count, "the home was read");
        self.remember(&devices);
        self.status.send_modify(|status| status.devices = count);
        let store = Arc::clone(&self.store);
        match spawn_blocking(move || store.replace_devices(&devices)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(error = %Chain(&error), "devices could not be stored"),
            Err(_) => warn!("devices could not be stored"),
        }
    }

    fn remember(&self, devices: &[Device]) {
        let mut names = self.names.write().expect("no holder of the lock panics");
        for device in devices {
            let device_type = Some(device.device_type.clone());
            let name = DeviceName { alias: device.alias.clone(), device_type };
            names.insert(device.id.clone(), name);
        }
        drop(names);
        let ids = devices.iter().map(|device| device.id.clone()).collect();
        *self.present.lock().expect("no holder of the lock panics") = ids;
    }

    /// Subscribes pushes and events of every device.
    async fn subscribe(&self, token: &AccessToken, devices: &[Device]) -> Result<(), Arc<Error>> {
        let now_ms = (self.clock)();
        self.lock_subscribed().events.clear();
        let ids: Vec<_> = devices.iter().map(|device| device.id.clone()).collect();
        self.ask_all(token, &ids, Ask::PushAndEvent).await?;
        self.lock_subscribed().renewed_at_ms = now_ms;
        Ok(())
    }

    /// Events may be missing for a key although pushes work; the app is useful with pushes alone.
    async fn subscribe_one(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        self.hub.subscribe_push(token, id).await?;
        match self.hub.subscribe_event(token, id, EVENT_HOURS).await {
            Ok(()) => {
                self.lock_subscribed().events.insert(id.clone());
                Ok(())
            }
            Err(error) if error.remedy() == Remedy::TellUser => {
                info!(error = %Chain(&error), device = ?id, "no events for a device");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for each device, two at a time. One device's failure is no other's; a failure that
    /// stands for all ends the round.
    async fn ask_all(
        &self,
        token: &AccessToken,
        ids: &[DeviceId],
        ask: Ask<'_>,
    ) -> Result<(), Arc<Error>> {
        let mut first_failure = None;
        for (round, pair) in ids.chunks(CALLS_AT_A_TIME).enumerate() {
            // Everybody comes back from an outage at the same time.
            if round > 0 && matches!(ask, Ask::State(_)) {
                time::sleep(BETWEEN_READS).await;
            }
            let (one, other) = match pair {
                [one, other] => {
                    tokio::join!(self.ask(token, one, ask), self.ask(token, other, ask))
                }
                [one] => (self.ask(token, one, ask).await, Ok(())),
                _ => continue,
            };
            for error in [one, other].into_iter().filter_map(Result::err) {
                if stands_for_all(&error) {
                    return Err(Arc::new(error));
                }
                warn!(error = %Chain(&error), "a device could not be asked for");
                first_failure.get_or_insert(error);
            }
        }
        match first_failure {
            Some(error) if error.remedy() == Remedy::Retry => Err(Arc::new(error)),
            Some(_) | None => Ok(()),
        }
    }

    async fn ask(&self, token: &AccessToken, id: &DeviceId, ask: Ask<'_>) -> Result<(), Error> {
        match ask {
            Ask::Push => self.hub.subscribe_push(token, id).await,
            Ask::Event => self.hub.subscribe_event(token, id, EVENT_HOURS).await,
            Ask::PushAndEvent => self.subscribe_one(token, id).await,
            Ask::State(inbound) => self.look_at(token, id, inbound).await,
        }
    }

    fn lock_subscribed(&self) -> MutexGuard<'_, Subscribed> {
        self.subscribed.lock().expect("no holder of the lock panics")
    }

    fn retry_after(&self, error: &Error, retry: Duration) -> Duration {
        match error.remedy() {
            Remedy::Wait => self.budget.silence(Scope::Home, error.retry_after()),
            Remedy::Retry => retry,
            // Nothing that trying again would change.
            Remedy::SignIn
            | Remedy::RefreshToken
            | Remedy::FixSettings
            | Remedy::TellUser
            | Remedy::TreatAsSuccess => RENEW_AFTER,
        }
    }

    /// Gives the subscriptions back, as far as it works.
    pub(crate) async fn unsubscribe_all(&self) {
        let Ok(token) = self.tokens.access_token().await else { return };
        let ids = self.present.lock().expect("no holder of the lock panics").clone();
        for id in ids {
            let (push, event) = tokio::join!(
                self.hub.unsubscribe_push(&token, &id),
                self.hub.unsubscribe_event(&token, &id)
            );
            for error in [push.err(), event.err()].into_iter().flatten() {
                warn!(error = %Chain(&error), "a subscription could not be given back");
                if stands_for_all(&error) {
                    return;
                }
            }
        }
    }
}

/// The next call would fail in the same way.
fn stands_for_all(error: &Error) -> bool {
    match error.remedy() {
        Remedy::Wait | Remedy::SignIn | Remedy::RefreshToken | Remedy::FixSettings => true,
        Remedy::Retry => error.api_code().is_none(),
        Remedy::TellUser | Remedy::TreatAsSuccess => false,
    }
}
