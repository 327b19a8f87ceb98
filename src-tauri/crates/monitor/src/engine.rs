//! Handle of the engine. Starts it and forwards requests; the logic lives in the modules below. A
//! [`CancellationToken`] stops it.

mod aging;
mod connect;
mod devices;
mod energy;
mod provider;
mod reminders;
mod schedule;
mod session;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use model::{
    ConnectionState, ForwardTarget, KeyringState, NotificationRules, PasswordForm, ProblemCode,
    RetentionRule, UnixMs,
};
use parking_lot::Mutex;
use secrecy::SecretString;
use thinq::{
    Chain, Error, ListedDevice,
    connect::{ClientId, Country, PersonalToken},
};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, broadcast, mpsc, watch},
    task::spawn_blocking,
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use url::Url;

use aging::ServiceDate;
pub use connect::ConnectSession;
pub use energy::EnergyError;
use session::callback;

use crate::{
    budget::{Budget, Scope},
    clock::{Clock, Zone},
    clock_jumps::Clocks,
    event::DeviceName,
    home_view::HomeView,
    inbound::{INBOUND_CAPACITY, Inbound, Names, StatesToRead},
    ingest::{self, Backlog, Ingest, IngestThread, Judge, Outstanding},
    provider::ActiveProvider,
    reconnect::{Nudger, ReconnectReason},
    session::{Messages, Session},
    sign_in::{ConnectSignIn, HubSignIn, Keyring, KeyringError, KeyringWriter, Prompt, SignIn},
    status::EngineStatus,
    store::{Store, StoreError},
    update::EngineUpdate,
};

/// Capacity of the update channel. A lagging receiver reads from the store instead.
const TOLD_EVENTS: usize = 1024;
/// Fact that persists a pause across restarts.
const PAUSED_UNTIL: &str = "paused_until_ms";

/// Addresses of the service and how to talk to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSettings {
    pub hub_url: Url,
    pub callback_url: Url,
    pub password_form: PasswordForm,
    /// Empty if unset.
    pub emp_client_id: String,
    /// Empty if unset.
    pub connect_client_id: String,
    /// `None` uses the system proxy.
    pub proxy: Option<Url>,
    /// Address of ThinQ Connect in place of the region's.
    pub connect_url: Option<Url>,
    /// Root certificate (PEM) that its broker is trusted with besides those of the system: of the
    /// simulated service.
    pub connect_root: Option<Arc<str>>,
    /// Id of this installation at ThinQ Connect. A sign-in without one makes and keeps its own.
    pub client_id: Option<ClientId>,
}

impl ServiceSettings {
    /// Without key pairs, proxy and addresses in place of LG's.
    pub fn new(hub_url: Url, callback_url: Url) -> Self {
        Self {
            hub_url,
            callback_url,
            password_form: PasswordForm::default(),
            emp_client_id: String::new(),
            connect_client_id: String::new(),
            proxy: None,
            connect_url: None,
            connect_root: None,
            client_id: None,
        }
    }
}

/// User input.
pub enum Credentials {
    Hub(HubCredentials),
    Connect(ConnectCredentials),
}

/// A secret of `None` keeps the one stored for the same hub.
pub struct HubCredentials {
    pub account: String,
    pub password: SecretString,
    pub emp_secret: Option<SecretString>,
    pub connect_secret: Option<SecretString>,
}

pub struct ConnectCredentials {
    pub token: PersonalToken,
    pub country: Country,
}

/// Dependencies of the engine.
pub struct Parts {
    pub store: Store,
    pub keyring: Arc<dyn Keyring>,
    /// Whether a locked keyring may prompt at the start.
    pub keyring_prompt: Prompt,
    pub service: ServiceSettings,
    pub clock: Clock,
    pub zone: Zone,
    pub rules: NotificationRules,
    /// Targets that events are forwarded to; see [`Forwarder`](crate::Forwarder).
    pub targets: Vec<ForwardTarget>,
    pub ingest_thread: IngestThread,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("sign-in failed")]
    Service(#[source] Arc<Error>),

    /// The hub accepted the password but returned no refresh token.
    #[error("hub gave no refresh token")]
    NoRefreshToken,
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Service(Arc::new(error))
    }
}

#[derive(Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<Store>,
    backlog: Arc<Backlog>,
    keyring: Arc<dyn Keyring>,
    keyring_writer: KeyringWriter,
    /// Notified when the user acts while the keyring is locked.
    unlock_wanted: Notify,
    clock: Clock,
    names: Names,
    judge: Arc<Judge>,
    outstanding: Arc<Outstanding>,
    /// Whether notifications were held back at the last check.
    is_held: Mutex<bool>,
    status: watch::Sender<EngineStatus>,
    events: broadcast::Sender<EngineUpdate>,
    /// Taken by the first subscriber.
    first_events: Mutex<Option<broadcast::Receiver<EngineUpdate>>>,
    home_changed: Arc<Notify>,
    /// Notified when the next deadline changes.
    time_changed: Arc<Notify>,
    view: HomeView,
    states_to_read: StatesToRead,
    mend: Arc<Notify>,
    tracker: TaskTracker,
    stop: CancellationToken,
    /// `None` once the engine stops; dropping the last sender ends the ingest.
    inbound: Mutex<Option<mpsc::Sender<Inbound>>>,
    budget: Budget,
    nudger: Nudger,
    /// Clock readings of the last check.
    seen: Mutex<Clocks>,
    retention: Mutex<Vec<RetentionRule>>,
    retention_changed: AtomicBool,
    /// Serializes reads of energy.
    energy_turn: AsyncMutex<()>,
    /// Serializes sign-in and sign-out.
    session: AsyncMutex<Option<Session>>,
    kept: Mutex<Option<SignIn>>,
    service: Mutex<ServiceSettings>,
    /// From the last answer of the provider.
    service_date: Arc<Mutex<Option<ServiceDate>>>,
    started_at: Instant,
}

impl Monitor {
    /// Starts the engine on `tracker` and resumes the stored sign-in. Cancelling `stop` ends it;
    /// waiting for the tracker waits until all received frames are stored.
    pub fn start(parts: Parts, tracker: &TaskTracker, stop: &CancellationToken) -> Self {
        let (inbound, waiting) = mpsc::channel(INBOUND_CAPACITY);
        let store = Arc::new(parts.store);
        let status = watch::Sender::new(EngineStatus::default());
        let (events, first_events) = broadcast::channel(TOLD_EVENTS);
        let budget = Budget::recall(&store, &status, &parts.clock);
        let seen = Clocks { wall_ms: (parts.clock)(), at: Instant::now() };
        let judge = Judge::new(Arc::clone(&parts.clock), parts.zone, parts.rules, parts.targets);
        let weak_inbound = inbound.downgrade();
        let (ending_due, due) = watch::channel(None);
        let shared = Arc::new(Shared {
            view: HomeView::new(Arc::clone(&store)),
            store,
            backlog: Arc::default(),
            keyring_writer: KeyringWriter::new(Arc::clone(&parts.keyring), status.clone()),
            keyring: parts.keyring,
            unlock_wanted: Notify::new(),
            clock: parts.clock,
            names: Names::default(),
            judge: Arc::new(judge),
            outstanding: Arc::default(),
            is_held: Mutex::new(false),
            status,
            events,
            first_events: Mutex::new(Some(first_events)),
            home_changed: Arc::new(Notify::new()),
            time_changed: Arc::new(Notify::new()),
            states_to_read: StatesToRead::default(),
            mend: Arc::default(),
            tracker: tracker.clone(),
            stop: stop.clone(),
            inbound: Mutex::new(Some(inbound)),
            budget,
            nudger: Nudger::default(),
            seen: Mutex::new(seen),
            retention: Mutex::default(),
            retention_changed: AtomicBool::new(false),
            energy_turn: AsyncMutex::new(()),
            session: AsyncMutex::new(None),
            kept: Mutex::new(None),
            service: Mutex::new(parts.service),
            service_date: Arc::default(),
            started_at: Instant::now(),
        });
        shared.recall();
        let ingest = Ingest {
            store: Arc::clone(&shared.store),
            backlog: Arc::clone(&shared.backlog),
            names: Arc::clone(&shared.names),
            judge: Arc::clone(&shared.judge),
            outstanding: Arc::clone(&shared.outstanding),
            time_changed: Arc::clone(&shared.time_changed),
            events: shared.events.clone(),
            status: shared.status.clone(),
            clock: Arc::clone(&shared.clock),
            home_changed: Arc::clone(&shared.home_changed),
            duplicate_frames: Mutex::default(),
            view: shared.view.clone(),
            states_to_read: shared.states_to_read.clone(),
            ending_due,
        };
        tracker.spawn(ingest.run(waiting, parts.ingest_thread));
        tracker.spawn(ingest::run_endings(due, weak_inbound, stop.clone()));
        let keep_up = Arc::clone(&shared);
        tracker.spawn(async move { keep_up.keep_up().await });
        let watch = Arc::clone(&shared);
        tracker.spawn(async move {
            watch.stop.run_until_cancelled(watch.watch_clocks()).await;
        });
        tracker.spawn(shared.budget.clone().run(stop.clone()));
        tracker.spawn(shared.keyring_writer.clone().run(stop.clone()));
        let resume = Arc::clone(&shared);
        tracker.spawn(async move {
            resume.stop.run_until_cancelled(resume.resume(parts.keyring_prompt)).await;
        });
        Self { shared }
    }

    pub fn status(&self) -> watch::Receiver<EngineStatus> {
        self.shared.status.subscribe()
    }

    /// Updates from now on.
    pub fn events(&self) -> broadcast::Receiver<EngineUpdate> {
        self.shared.events.subscribe()
    }

    /// All updates since the start for the first caller, updates from now on for later callers.
    /// Reminders due at startup may be published before any subscriber exists.
    pub fn events_since_start(&self) -> broadcast::Receiver<EngineUpdate> {
        let first = self.shared.first_events.lock().take();
        first.unwrap_or_else(|| self.events())
    }

    /// The event history. Its methods block on the disk.
    pub fn store(&self) -> Arc<Store> {
        Arc::clone(&self.shared.store)
    }

    pub(crate) fn forwarding_parts(&self) -> (Arc<Judge>, Arc<dyn Keyring>, Clock) {
        let shared = &self.shared;
        (Arc::clone(&shared.judge), Arc::clone(&shared.keyring), Arc::clone(&shared.clock))
    }

    pub fn service(&self) -> ServiceSettings {
        self.shared.service.lock().clone()
    }

    /// Offset of LG's or the hub's clock ahead of the local clock, from the last answer.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        let date = *self.shared.service_date.lock();
        date.map(|date| date.ahead_ms)
    }

    /// The current or stored sign-in.
    pub fn sign_in_kept(&self) -> Option<SignIn> {
        self.shared.kept.lock().clone()
    }

    /// Calls to LG in the current hour.
    pub fn calls_this_hour(&self) -> u32 {
        self.shared.budget.calls_this_hour()
    }

    /// Signs in, stores what is needed to resume, and starts listening. On failure a running session
    /// continues. A password is sent once and never stored.
    pub async fn sign_in(
        &self,
        service: ServiceSettings,
        credentials: Credentials,
    ) -> Result<(), SignInError> {
        let shared = &self.shared;
        let mut session = shared.session.lock().await;
        let (prepared, sign_in, devices) = match credentials {
            Credentials::Hub(credentials) => {
                let (prepared, sign_in) = self.sign_in_at_hub(&service, credentials).await?;
                (prepared, sign_in, None)
            }
            Credentials::Connect(credentials) => {
                let signed_in = self.sign_in_at_connect(&service, credentials).await;
                let (prepared, sign_in, devices) = signed_in.map_err(SignInError::Service)?;
                (prepared, sign_in, Some(devices))
            }
        };
        info!("signed in");
        *shared.service.lock() = service;
        // End the old session before starting the new one.
        if let Some(old) = session.take() {
            // Otherwise its broker would keep messages that no client reads.
            let is_left = matches!(
                (&old.home.provider, &sign_in),
                (ActiveProvider::Connect(_), SignIn::Hub(_))
            );
            if is_left {
                old.leave().await;
            }
        }
        let keyring_state = shared.status.borrow().keyring;
        *session = shared.begin(prepared, sign_in.clone(), devices, keyring_state).await;
        drop(session);
        // A keyring waiting for its user must not delay listening.
        shared.keyring_writer.keep(sign_in, Prompt::Allowed).await;
        Ok(())
    }

    async fn sign_in_at_hub(
        &self,
        service: &ServiceSettings,
        credentials: HubCredentials,
    ) -> Result<((ActiveProvider, Messages), SignIn), SignInError> {
        let shared = &self.shared;
        // Stored secrets are valid only for the hub they were entered for.
        let kept = match self.sign_in_kept() {
            Some(SignIn::Hub(kept)) => Some(kept).filter(|kept| match &kept.hub_url {
                Some(hub_url) => *hub_url == service.hub_url,
                None => self.service().hub_url == service.hub_url,
            }),
            Some(SignIn::Connect(_)) | None => None,
        };
        let emp_secret = credentials.emp_secret.or_else(|| kept.as_ref()?.emp_secret.clone());
        let connect_secret =
            credentials.connect_secret.or_else(|| kept.as_ref()?.connect_secret.clone());
        let hub = shared.hub(service, emp_secret.as_ref(), connect_secret.as_ref())?;
        let callback = callback(service)?;
        let tokens = hub.sign_in(&credentials.account, &credentials.password).await?;
        let refresh = tokens.refresh.clone().ok_or(SignInError::NoRefreshToken)?;
        let sign_in = HubSignIn {
            account: credentials.account,
            refresh,
            emp_secret,
            connect_secret,
            hub_url: Some(service.hub_url.clone()),
        };
        let prepared = shared.hub_session(hub, callback, sign_in.clone(), Some(tokens));
        Ok((prepared, SignIn::Hub(sign_in)))
    }

    /// Asks for the broker, which proves network and region, then for the devices, which proves the
    /// token.
    async fn sign_in_at_connect(
        &self,
        service: &ServiceSettings,
        ConnectCredentials { token, country }: ConnectCredentials,
    ) -> Result<((ActiveProvider, Messages), SignIn, Vec<ListedDevice>), Arc<Error>> {
        let client_id = service.client_id.clone().unwrap_or_else(ClientId::generate);
        let provider = self.shared.connect(service, token.clone(), country, client_id.clone())?;
        let address = provider.route().await?;
        let devices = ActiveProvider::Connect(provider.clone()).devices().await?;
        let address_of_api = service.connect_url.clone();
        let sign_in = ConnectSignIn { token, country, client_id, address: address_of_api };
        let prepared = Shared::connect_session(service, provider, Some(address));
        Ok((prepared, SignIn::Connect(sign_in), devices))
    }

    /// Cancels the subscriptions on a best-effort basis and deletes the stored sign-in. Signs out
    /// even if the keyring fails: the stored sign-in is then left there, and deleted once the
    /// keyring permits.
    pub async fn sign_out(&self) -> Result<(), KeyringError> {
        let mut session = self.shared.session.lock().await;
        let keyring_state = self.shared.status.borrow().keyring;
        if let Some(session) = session.take() {
            session.leave().await;
        }
        let forgotten = self.shared.keyring_writer.forget().await;
        *self.shared.kept.lock() = None;
        self.shared.forget_home().await;
        self.shared.status.send_modify(|status| {
            status.connection = ConnectionState::SignedOut;
            status.provider = None;
            status.country = None;
            status.account = None;
            status.devices = 0;
            status.home_problem = None;
        });
        info!("signed out");
        // Without a keyring, nothing was stored unless there was one before.
        match forgotten {
            Err(KeyringError::Missing(_)) if keyring_state != KeyringState::Available => Ok(()),
            forgotten => forgotten,
        }
    }

    /// Retries a waiting connection immediately, a failed read of the home, and an unreadable
    /// keyring, which may prompt. No-op while everything works.
    #[expect(clippy::unused_async, reason = "callers await the request to the engine")]
    pub async fn reconnect(&self) {
        self.shared.nudger.tell(ReconnectReason::TryNow);
        self.shared.keyring_writer.user_acted();
        let waits_for_keyring = matches!(
            self.shared.status.borrow().connection,
            ConnectionState::KeyringLocked | ConnectionState::KeyringUnavailable
        );
        if waits_for_keyring {
            self.shared.unlock_wanted.notify_one();
        }
        if self.shared.status.borrow().home_problem.is_some() {
            self.shared.budget.lift_silence(Scope::Home);
            self.shared.budget.lift_silence(Scope::Connect);
            self.shared.home_changed.notify_one();
        }
    }

    /// Lets a locked keyring prompt, now or when it turns out to be locked.
    pub fn unlock_keyring(&self) {
        self.shared.unlock_wanted.notify_one();
    }

    /// After system sleep: drops open connections and reconnects immediately.
    pub fn woke(&self) {
        self.shared.woke();
    }

    /// After a clock change reported by the system: distinguishes sleep from a changed clock.
    pub async fn clock_set(&self) {
        self.shared.compare_clocks().await;
    }

    /// After a network change: connects immediately, or renews the open connection.
    pub fn network_changed(&self) {
        self.shared.nudger.tell(ReconnectReason::NetworkChanged);
    }

    /// Pauses notifications until `until_ms`; `None` ends the pause.
    pub async fn pause(&self, until_ms: Option<UnixMs>) {
        let shared = Arc::clone(&self.shared);
        // The pause takes effect even if persisting it fails.
        drop(spawn_blocking(move || shared.set_pause(until_ms)).await);
        if until_ms.is_none() {
            // A pause ended by the user needs no digest.
            self.shared.look_at_hold();
        }
        self.shared.time_changed.notify_one();
    }

    /// Sets the retention rules; older events expire immediately.
    pub fn set_retention(&self, rules: Vec<RetentionRule>) {
        *self.shared.retention.lock() = rules;
        self.shared.retention_changed.store(true, Ordering::Relaxed);
        self.shared.time_changed.notify_one();
    }

    /// Schedules a repair if a read found the history damaged. Ignores other errors, which callers
    /// handle.
    pub fn history_failed(&self, error: &StoreError) {
        if error.problem() == ProblemCode::HistoryDamaged {
            self.shared.store.note_problem(error);
            self.shared.time_changed.notify_one();
        }
    }

    /// Publishes that events were marked and recounts unread events.
    pub async fn history_changed(&self) {
        self.shared.tell_history_changed().await;
    }
}

impl Shared {
    /// Keeps device names for the history; deletes everything else.
    async fn forget_home(&self) {
        let (store, view) = (Arc::clone(&self.store), self.view.clone());
        let forgotten = spawn_blocking(move || {
            let forgotten = store.forget_home();
            view.forget();
            view.refresh();
            forgotten
        });
        if let Ok(Err(error)) = forgotten.await {
            warn!(error = %Chain(&error), "failed to delete stored devices");
        }
    }

    /// Restores state of earlier runs from the history.
    fn recall(&self) {
        self.view.refresh();
        let devices = self.store.devices();
        let paused = self.store.fact(PAUSED_UNTIL);
        let unread = self.store.unread_count();
        let failures = [devices.as_ref().err(), paused.as_ref().err(), unread.as_ref().err()];
        for error in failures.into_iter().flatten() {
            warn!(error = %Chain(error), "failed to read the history");
        }
        let mut names = self.names.write();
        for device in devices.unwrap_or_default() {
            let device_type = Some(device.device_type);
            names.insert(device.id, DeviceName { alias: device.alias, device_type });
        }
        drop(names);
        let now_ms = (self.clock)();
        let paused_until_ms =
            paused.ok().flatten().and_then(|value| schedule::pause_left(&value, now_ms));
        self.judge.set_pause(paused_until_ms);
        self.judge.set_muted(self.recall_muted());
        self.bound_deadlines(now_ms);
        match self.store.reminded_events() {
            Ok(events) => events.iter().for_each(|stored| self.outstanding.note(stored)),
            Err(error) => warn!(error = %Chain(&error), "failed to read reminders"),
        }
        let trouble = unread.as_ref().err().map(StoreError::problem).or(self.store.problem());
        self.status.send_modify(|status| {
            // Unknown until the keyring answers.
            status.connection = ConnectionState::Connecting;
            status.paused_until_ms = paused_until_ms;
            status.history_problem = trouble;
            status.unread = unread.unwrap_or_default();
        });
    }
}
