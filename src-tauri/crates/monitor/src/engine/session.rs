//! Starts sessions from stored and new sign-ins.

use std::{sync::Arc, time::Duration};

use model::{ConnectionState, KeyringState};
use secrecy::SecretString;
use thinq::{Callback, CallbackTiming, Chain, Error, Hub, HubSettings, KeyPair, OnDate, Tokens};
use tokio::{sync::Semaphore, time};
use tracing::warn;

use super::{ServiceSettings, Shared};
use crate::{
    backoff::Backoff,
    home::{CALLS_AT_A_TIME, Home},
    session::{Session, Tasks},
    sign_in::{SignIn, TokenKeeper, state_of},
    status::shortened,
};

const FIRST_KEYRING_RETRY: Duration = Duration::from_secs(2);
const LONGEST_KEYRING_RETRY: Duration = Duration::from_mins(1);

impl Shared {
    /// Reads the stored sign-in, retrying until the keyring answers or the user signs in.
    pub(super) async fn resume(&self) {
        let mut backoff = Backoff::new(FIRST_KEYRING_RETRY, LONGEST_KEYRING_RETRY);
        loop {
            let loaded = self.keyring.load().await;
            let mut session = self.session.lock().await;
            if session.is_some() || self.keyring_writer.is_used() {
                return;
            }
            let keyring_state = state_of(&loaded);
            match loaded {
                Ok(Some(sign_in)) => {
                    *session = self.resume_with(sign_in, keyring_state);
                    return;
                }
                Ok(None) => {
                    self.show_signed_out(keyring_state);
                    return;
                }
                Err(error) => {
                    warn!(error = %Chain(&error), "failed to read the stored sign-in");
                    self.show_signed_out(keyring_state);
                }
            }
            drop(session);
            time::sleep(backoff.next_delay()).await;
        }
    }

    pub(super) fn hub(
        &self,
        service: &ServiceSettings,
        emp_secret: Option<&SecretString>,
        connect_secret: Option<&SecretString>,
    ) -> Result<Hub, Error> {
        let (clock, ahead) = (Arc::clone(&self.clock), Arc::clone(&self.hub_clock_ahead_ms));
        let on_date: OnDate = Arc::new(move |date_ms| {
            let ahead_ms = date_ms.saturating_sub(clock());
            *ahead.lock().expect("no holder of the lock panics") = Some(ahead_ms);
        });
        Hub::new(HubSettings {
            emp_keys: key_pair(&service.emp_client_id, emp_secret),
            connect_keys: key_pair(&service.connect_client_id, connect_secret),
            password_form: service.password_form,
            on_call: Some(self.budget.on_call()),
            on_date: Some(on_date),
            proxy: service.proxy.clone(),
            ..HubSettings::new(service.hub_url.clone())
        })
    }

    fn show_signed_out(&self, keyring_state: KeyringState) {
        self.status.send_if_modified(|status| {
            let before = (status.connection.clone(), status.keyring);
            status.connection = ConnectionState::SignedOut;
            status.keyring = keyring_state;
            before != (ConnectionState::SignedOut, keyring_state)
        });
    }

    pub(super) fn resume_with(
        &self,
        sign_in: SignIn,
        keyring_state: KeyringState,
    ) -> Option<Session> {
        let service = self.service.lock().expect("no holder of the lock panics").clone();
        let (emp, connect) = (sign_in.emp_secret.as_ref(), sign_in.connect_secret.as_ref());
        let is_elsewhere = sign_in.hub_url.as_ref().is_some_and(|hub| *hub != service.hub_url);
        let prepared = if is_elsewhere {
            Err(Error::OtherHub)
        } else {
            self.hub(&service, emp, connect).and_then(|hub| Ok((hub, callback(&service)?)))
        };
        match prepared {
            Ok((hub, callback)) => self.begin(hub, callback, sign_in, None, keyring_state),
            Err(error) => {
                warn!(error = %Chain(&error), "settings do not permit resuming the sign-in");
                let problem = (&error).into();
                let account = shortened(&sign_in.account);
                *self.kept.lock().expect("no holder of the lock panics") = Some(sign_in);
                self.status.send_modify(|status| {
                    status.connection = ConnectionState::SignInNeeded { problem };
                    status.account = Some(account);
                    status.keyring = keyring_state;
                });
                None
            }
        }
    }

    /// `None` while the engine stops.
    pub(super) fn begin(
        &self,
        hub: Hub,
        callback: Callback,
        sign_in: SignIn,
        tokens: Option<Tokens>,
        keyring_state: KeyringState,
    ) -> Option<Session> {
        let inbound = self.inbound.lock().expect("no holder of the lock panics").clone()?;
        *self.kept.lock().expect("no holder of the lock panics") = Some(sign_in.clone());
        self.status.send_modify(|status| {
            status.connection = ConnectionState::Connecting;
            status.account = Some(shortened(&sign_in.account));
            status.keyring = keyring_state;
        });
        let keeper = TokenKeeper::new(
            hub.clone(),
            self.keyring_writer.clone(),
            Arc::clone(&self.clock),
            self.tracker.clone(),
            sign_in,
            tokens,
        );
        let home = Home {
            hub,
            tokens: keeper,
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
        let tasks = Tasks {
            tracker: &self.tracker,
            stop: self.stop.child_token(),
            inbound,
            nudger: &self.nudger,
            budget: self.budget.clone(),
            status: self.status.clone(),
            clock: Arc::clone(&self.clock),
        };
        Some(Session::start(tasks, callback, home))
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
