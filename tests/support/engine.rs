//! The engine in the test process, with a simulated service.

use std::sync::Arc;

use jiff::tz::TimeZone;
use model::{ConnectionState, NotificationRules};
use monitor::{
    Added, ConnectCredentials, Credentials, EngineStatus, EngineUpdate, EventId, HubCredentials,
    IngestThread, Monitor, Parts, ServiceSettings, SignInError, Store, StoredEvent,
};
use secrecy::SecretString;
use thinq::connect::{Country, PersonalToken};
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, RawFrame, Sim, SimSettings};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{MemoryKeyring, TestClock, push_frame, within};

/// Dropping it stops the engine; [`Engine::stop`] also waits.
pub(crate) struct Engine {
    pub(crate) monitor: Monitor,
    pub(crate) clock: TestClock,
    pub(crate) keyring: Arc<MemoryKeyring>,
    tracker: TaskTracker,
    stop: DropGuard,
}

/// Updates of the engine since the subscription.
pub(crate) struct Heard(broadcast::Receiver<EngineUpdate>);

/// A static home: only events sent by a test happen.
pub(crate) async fn simulated() -> Sim {
    simulated_with(SimSettings::default()).await
}

pub(crate) async fn simulated_with(settings: SimSettings) -> Sim {
    Sim::start(settings).await.expect("loopback has free ports")
}

impl Engine {
    pub(crate) fn start(
        sim: &Sim,
        keyring: Arc<MemoryKeyring>,
        store: Store,
        clock: &TestClock,
    ) -> Self {
        let tracker = TaskTracker::new();
        let stop = CancellationToken::new();
        let parts = Parts {
            store,
            keyring: Arc::clone(&keyring) as Arc<_>,
            keyring_prompt: monitor::Prompt::Allowed,
            service: service(sim),
            clock: clock.reading(),
            zone: Arc::new(|| TimeZone::UTC),
            rules: NotificationRules::default(),
            targets: Vec::new(),
            ingest_thread: IngestThread::Pool,
        };
        let monitor = Monitor::start(parts, &tracker, &stop);
        Self { monitor, clock: clock.clone(), keyring, tracker, stop: stop.drop_guard() }
    }

    /// Fresh installation: an empty keyring, an empty history.
    pub(crate) fn fresh(sim: &Sim) -> Self {
        Self::with_keyring(sim, MemoryKeyring::empty())
    }

    pub(crate) fn with_keyring(sim: &Sim, keyring: Arc<MemoryKeyring>) -> Self {
        let store = Store::in_memory().expect("memory can be written");
        Self::start(sim, keyring, store, &TestClock::default())
    }

    /// Signed in, and connected to the callback.
    pub(crate) async fn listening(sim: &Sim) -> Self {
        let engine = Self::fresh(sim);
        engine.sign_in(sim).await.expect("the simulated service takes its own password");
        engine.listens().await;
        engine
    }

    pub(crate) async fn sign_in(&self, sim: &Sim) -> Result<(), SignInError> {
        self.sign_in_with(sim, DEFAULT_PASSWORD).await
    }

    /// With ThinQ Connect.
    pub(crate) async fn sign_in_by_token(
        &self,
        sim: &Sim,
        token: &str,
        country: &str,
    ) -> Result<(), SignInError> {
        let credentials = Credentials::Connect(ConnectCredentials {
            token: PersonalToken::new(token.to_owned()).expect("a token fits into a header"),
            country: Country::parse(country).expect("LG serves the country"),
        });
        self.monitor.sign_in(service(sim), credentials).await
    }

    pub(crate) async fn sign_in_with(&self, sim: &Sim, password: &str) -> Result<(), SignInError> {
        let credentials = Credentials::Hub(HubCredentials {
            account: DEFAULT_ACCOUNT.to_owned(),
            password: SecretString::from(password),
            emp_secret: None,
            connect_secret: None,
        });
        self.monitor.sign_in(service(sim), credentials).await
    }

    /// Through another hub, which forwards to the simulated one.
    pub(crate) async fn sign_in_through(&self, sim: &Sim, hub_url: Url) -> Result<(), SignInError> {
        let credentials = Credentials::Hub(HubCredentials {
            account: DEFAULT_ACCOUNT.to_owned(),
            password: SecretString::from(DEFAULT_PASSWORD),
            emp_secret: None,
            connect_secret: None,
        });
        let service = ServiceSettings { hub_url, ..service(sim) };
        self.monitor.sign_in(service, credentials).await
    }

    /// With an EMP key pair; without its secret, the stored one is used.
    pub(crate) async fn sign_in_with_keys(
        &self,
        sim: &Sim,
        id: &str,
        secret: Option<&str>,
    ) -> Result<(), SignInError> {
        let credentials = Credentials::Hub(HubCredentials {
            account: DEFAULT_ACCOUNT.to_owned(),
            password: SecretString::from(DEFAULT_PASSWORD),
            emp_secret: secret.map(SecretString::from),
            connect_secret: None,
        });
        let service = ServiceSettings { emp_client_id: id.to_owned(), ..service(sim) };
        self.monitor.sign_in(service, credentials).await
    }

    pub(crate) fn status(&self) -> EngineStatus {
        self.monitor.status().borrow().clone()
    }

    pub(crate) async fn until(
        &self,
        what: &str,
        is_so: impl Fn(&EngineStatus) -> bool,
    ) -> EngineStatus {
        let mut status = self.monitor.status();
        let reached = within(what, status.wait_for(is_so)).await;
        reached.expect("the engine outlives its test").clone()
    }

    pub(crate) async fn listens(&self) {
        self.until("listening", |status| {
            matches!(status.connection, ConnectionState::Listening { .. })
        })
        .await;
    }

    /// As [`Engine::listens`], after `handshakes` handshakes with the service.
    pub(crate) async fn listens_again(&self, sim: &Sim, handshakes: usize) {
        within("a handshake", sim.wait_for_calls(Call::Handshake, handshakes)).await;
        // Between the end of a connection and the next accepted one there is no listener.
        self.listens().await;
    }

    /// Pushes and events of every device of the home are subscribed.
    pub(crate) async fn subscribes(&self, sim: &Sim) {
        let subscribed = sim.wait_for_calls(Call::SubscribeEvent, sim.devices().len());
        within("the subscriptions", subscribed).await;
    }

    /// Subscribes to updates.
    pub(crate) fn hear(&self) -> Heard {
        Heard(self.monitor.events())
    }

    /// Sends a unique push and waits for its event: everything sent before it has been processed by
    /// then.
    pub(crate) async fn settles(&self, sim: &Sim, heard: &mut Heard, marker: &str) {
        let frame = push_frame(&format!("id-{marker}"), &format!("device-{marker}"), marker);
        assert_eq!(sim.send_raw(RawFrame::Text(frame)), 1, "one socket is open for {marker}");
        heard.push(marker).await;
    }

    /// The whole history, newest first.
    pub(crate) fn history(&self) -> Vec<StoredEvent> {
        self.find(None)
    }

    pub(crate) fn find(&self, text: Option<&str>) -> Vec<StoredEvent> {
        let page = self.monitor.store().page(EventId::END, 10_000, text);
        page.expect("the history can be read")
    }

    /// Stops it as the app does, and closes the history file.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.tracker.close();
        within("the engine's end", self.tracker.wait()).await;
    }
}

impl Heard {
    pub(crate) async fn next(&mut self) -> Added {
        loop {
            match within("an event", self.0.recv()).await {
                Ok(EngineUpdate::Added(added)) => return *added,
                Ok(EngineUpdate::Unstored(added)) => panic!("{added:?} was not stored"),
                Ok(
                    EngineUpdate::HistoryChanged
                    | EngineUpdate::Expired(_)
                    | EngineUpdate::Reminder(_)
                    | EngineUpdate::Settled(_)
                    | EngineUpdate::HoldEnded
                    | EngineUpdate::RulesChanged,
                )
                | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => panic!("the engine stopped"),
            }
        }
    }

    /// The next event with this push code; skips others.
    pub(crate) async fn push(&mut self, code: &str) -> Added {
        loop {
            let added = self.next().await;
            if added.stored.event.code == code {
                return added;
            }
        }
    }
}

fn service(sim: &Sim) -> ServiceSettings {
    ServiceSettings {
        connect_url: Some(sim.connect_url()),
        connect_root: Some(Arc::from(sim.root_certificate())),
        ..ServiceSettings::new(sim.hub_url(), sim.callback_url())
    }
}
