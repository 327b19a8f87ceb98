//! Starts sessions from stored and new sign-ins.

use std::{sync::Arc, time::Duration};

use model::{ConnectionState, KeyringState};
use secrecy::SecretString;
use thinq::{
    Callback, CallbackTiming, Chain, Error, Hub, HubSettings, KeyPair, ListedDevice, OnDate,
    Tokens,
    connect::{BrokerAddress, ClientId, Connect, ConnectSettings, Country, PersonalToken},
};
use tokio::{
    sync::Semaphore,
    time::{self, Instant},
};
use tracing::warn;

use super::{ServiceSettings, Shared, aging::ServiceDate};
use crate::{
    backoff::Backoff,
    home::{CALLS_AT_A_TIME, Home},
    provider::{ActiveProvider, ConnectProvider, HubProvider},
    session::{BrokerParts, Messages, Session, Tasks},
    sign_in::{HubSignIn, Prompt, SignIn, TokenKeeper, state_of},
};

const FIRST_KEYRING_RETRY: Duration = Duration::from_secs(2);
const LONGEST_KEYRING_RETRY: Duration = Duration::from_mins(1);

impl Shared {
    /// Reads the stored sign-in until the keyring holds one or the user signs in. Unlocking is
    /// requested once, and again only when the user acts; the keyring reports other changes.
    pub(super) async fn resume(&self, mut at_start: Prompt) {
        let mut changes = self.keyring.changes();
        let mut backoff = Backoff::new(FIRST_KEYRING_RETRY, LONGEST_KEYRING_RETRY);
        let mut prompt = Prompt::Never;
        loop {
            changes.mark_unchanged();
            let loaded = self.keyring.load(prompt).await;
            let mut session = self.session.lock().await;
            if session.is_some() || self.keyring_writer.is_used() {
                return;
            }
            let keyring_state = state_of(&loaded);
            let may_retry = match loaded {
                Ok(Some(sign_in)) => {
                    *session = self.resume_with(sign_in, keyring_state).await;
                    return;
                }
                // Some keyrings report no entries until they are unlocked.
                Ok(None) => false,
                Err(error) => {
                    warn!(error = %Chain(&error), "failed to read the stored sign-in");
                    !error.needs_user()
                }
            };
            let connection = match keyring_state {
                KeyringState::Available => ConnectionState::SignedOut,
                KeyringState::Locked => ConnectionState::KeyringLocked,
                KeyringState::Missing | KeyringState::NotSetUp | KeyringState::Failing => {
                    ConnectionState::KeyringUnavailable
                }
            };
            self.show_no_session(connection, keyring_state);
            drop(session);
            if keyring_state == KeyringState::Locked && at_start == Prompt::Allowed {
                (prompt, at_start) = (Prompt::Allowed, Prompt::Never);
                continue;
            }
            prompt = tokio::select! {
                Ok(()) = changes.changed() => Prompt::Never,
                () = self.unlock_wanted.notified() => Prompt::Allowed,
                () = time::sleep(backoff.next_delay()), if may_retry => Prompt::Never,
            };
        }
    }

    pub(super) fn hub(
        &self,
        service: &ServiceSettings,
        emp_secret: Option<&SecretString>,
        connect_secret: Option<&SecretString>,
    ) -> Result<Hub, Error> {
        Hub::new(HubSettings {
            emp_keys: key_pair(&service.emp_client_id, emp_secret),
            connect_keys: key_pair(&service.connect_client_id, connect_secret),
            password_form: service.password_form,
            on_call: Some(self.budget.on_call()),
            on_date: Some(self.on_date()),
            proxy: service.proxy.clone(),
            ..HubSettings::new(service.hub_url.clone())
        })
    }

    /// Fails for a country or an address that cannot be used.
    pub(super) fn connect(
        &self,
        service: &ServiceSettings,
        token: PersonalToken,
        country: Country,
        client_id: ClientId,
    ) -> Result<ConnectProvider, Error> {
        let connect = Connect::new(ConnectSettings {
            address: service.connect_url.clone(),
            on_call: Some(self.budget.on_call()),
            on_date: Some(self.on_date()),
            proxy: service.proxy.clone(),
            ..ConnectSettings::new(token, country, client_id.clone())
        })?;
        Ok(ConnectProvider::new(connect, client_id, self.budget.clone()))
    }

    fn on_date(&self) -> OnDate {
        let (clock, service_date) = (Arc::clone(&self.clock), Arc::clone(&self.service_date));
        Arc::new(move |date_ms| {
            let ahead_ms = date_ms.saturating_sub(clock());
            *service_date.lock() = Some(ServiceDate { date_ms, ahead_ms, at: Instant::now() });
        })
    }

    fn show_no_session(&self, connection: ConnectionState, keyring_state: KeyringState) {
        self.status.send_if_modified(|status| {
            let is_new = (&status.connection, status.keyring) != (&connection, keyring_state);
            status.connection = connection;
            status.keyring = keyring_state;
            is_new
        });
    }

    pub(super) async fn resume_with(
        &self,
        sign_in: SignIn,
        keyring_state: KeyringState,
    ) -> Option<Session> {
        let service = self.service.lock().clone();
        match self.prepare(&service, &sign_in) {
            Ok(prepared) => self.begin(prepared, sign_in, None, keyring_state).await,
            Err(error) => {
                warn!(error = %Chain(&error), "settings do not permit resuming the sign-in");
                let problem = (&error).into();
                self.status.send_modify(|status| {
                    status.connection = ConnectionState::SignInNeeded { problem };
                    status.set_sign_in(&sign_in);
                    status.keyring = keyring_state;
                });
                *self.kept.lock() = Some(sign_in);
                None
            }
        }
    }

    /// Fails for settings that do not fit the stored sign-in.
    fn prepare(
        &self,
        service: &ServiceSettings,
        sign_in: &SignIn,
    ) -> Result<(ActiveProvider, Messages), Error> {
        match sign_in {
            SignIn::Hub(sign_in) => {
                if sign_in.hub_url.as_ref().is_some_and(|hub| *hub != service.hub_url) {
                    return Err(Error::OtherHub);
                }
                let (emp, connect) = (sign_in.emp_secret.as_ref(), sign_in.connect_secret.as_ref());
                let hub = self.hub(service, emp, connect)?;
                let callback = callback(service)?;
                Ok(self.hub_session(hub, callback, sign_in.clone(), None))
            }
            SignIn::Connect(sign_in) => {
                if sign_in.address != service.connect_url {
                    return Err(Error::OtherHub);
                }
                let client_id =
                    service.client_id.clone().unwrap_or_else(|| sign_in.client_id.clone());
                let provider =
                    self.connect(service, sign_in.token.clone(), sign_in.country, client_id)?;
                Ok(Self::connect_session(service, provider, None))
            }
        }
    }

    pub(super) fn hub_session(
        &self,
        hub: Hub,
        callback: Callback,
        sign_in: HubSignIn,
        tokens: Option<Tokens>,
    ) -> (ActiveProvider, Messages) {
        let tokens = TokenKeeper::new(
            hub.clone(),
            self.keyring_writer.clone(),
            Arc::clone(&self.clock),
            self.tracker.clone(),
            sign_in,
            tokens,
        );
        (ActiveProvider::Hub(HubProvider { hub, tokens }), Messages::Callback(callback))
    }

    pub(super) fn connect_session(
        service: &ServiceSettings,
        provider: ConnectProvider,
        address: Option<BrokerAddress>,
    ) -> (ActiveProvider, Messages) {
        let messages = Messages::Broker(BrokerParts {
            proxy: service.proxy.clone(),
            root: service.connect_root.clone(),
            address,
        });
        (ActiveProvider::Connect(provider), messages)
    }

    /// `devices`: the list, if it was read with the sign-in. `None` while the engine stops.
    pub(super) async fn begin(
        &self,
        (provider, messages): (ActiveProvider, Messages),
        sign_in: SignIn,
        devices: Option<Vec<ListedDevice>>,
        keyring_state: KeyringState,
    ) -> Option<Session> {
        let inbound = self.inbound.lock().clone()?;
        *self.kept.lock() = Some(sign_in.clone());
        self.status.send_modify(|status| {
            status.connection = ConnectionState::Connecting;
            status.set_sign_in(&sign_in);
            status.keyring = keyring_state;
        });
        let home = Home {
            provider,
            is_resumed: devices.is_none(),
            store: Arc::clone(&self.store),
            names: Arc::clone(&self.names),
            status: self.status.clone(),
            changed: Arc::clone(&self.home_changed),
            present: Arc::default(),
            renewed: Arc::default(),
            budget: self.budget.clone(),
            clock: Arc::clone(&self.clock),
            view: self.view.clone(),
            states_to_read: self.states_to_read.clone(),
            mend: Arc::clone(&self.mend),
            calls: Arc::new(Semaphore::new(CALLS_AT_A_TIME)),
            inbound: inbound.downgrade(),
        };
        // The account may differ.
        self.view.forget();
        if let Some(devices) = devices {
            home.take_over(devices).await;
        }
        let tasks = Tasks {
            tracker: &self.tracker,
            stop: self.stop.child_token(),
            inbound,
            nudger: &self.nudger,
            budget: self.budget.clone(),
            status: self.status.clone(),
            clock: Arc::clone(&self.clock),
        };
        Some(Session::start(tasks, messages, home))
    }
}

pub(super) fn callback(service: &ServiceSettings) -> Result<Callback, Error> {
    let callback = Callback::new(service.callback_url.clone(), CallbackTiming::default())?;
    Ok(callback.with_proxy(service.proxy.as_ref()))
}

fn key_pair(id: &str, secret: Option<&SecretString>) -> Option<KeyPair> {
    if id.is_empty() {
        return None;
    }
    Some(KeyPair { id: id.to_owned(), secret: secret.cloned().unwrap_or_default() })
}
