//! Access tokens: requested with the sign-in, renewed before they expire or when rejected.

use std::{sync::Arc, time::Duration};

use model::UnixMs;
use thinq::{AccessToken, Chain, Error, Hub, Remedy, Tokens};
use tokio::{sync::Mutex, time::Instant};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::{HubSignIn, KeyringWriter, Prompt, SignIn};
use crate::clock::Clock;

/// Provides access tokens and refreshes them when they are about to expire or were rejected.
///
/// Refreshes lazily, at the first use after 80 % of the lifetime: tokens are needed only for
/// connecting and calls, and an idle home should cost no calls.
#[derive(Clone)]
pub(crate) struct TokenKeeper {
    hub: Hub,
    keyring_writer: KeyringWriter,
    clock: Clock,
    tracker: TaskTracker,
    state: Arc<Mutex<State>>,
}

struct State {
    sign_in: HubSignIn,
    access: Option<Access>,
    /// Last failed refresh. Answers all waiting callers, and all later ones if it was a rejection.
    failure: Option<(Instant, Arc<Error>)>,
}

/// Age is measured by both clocks: the wall clock may be set, the monotonic clock may stop during
/// sleep.
struct Access {
    token: AccessToken,
    bought_at_ms: UnixMs,
    bought_at: Instant,
    good_for: Duration,
}

impl TokenKeeper {
    pub(crate) fn new(
        hub: Hub,
        keyring_writer: KeyringWriter,
        clock: Clock,
        tracker: TaskTracker,
        sign_in: HubSignIn,
        tokens: Option<Tokens>,
    ) -> Self {
        let access = tokens.map(|tokens| Access::new(&tokens, clock()));
        let state = State { sign_in, access, failure: None };
        Self { hub, keyring_writer, clock, tracker, state: Arc::new(Mutex::new(state)) }
    }

    /// Returns a token that is valid for a while. Concurrent callers share one refresh, which
    /// continues if they stop waiting: a lost answer could be a lost refresh token.
    pub(crate) async fn access_token(&self) -> Result<AccessToken, Arc<Error>> {
        let asked_at = Instant::now();
        let keeper = self.clone();
        let refreshed = self.tracker.spawn(async move {
            let mut state = keeper.state.lock().await;
            if let Some(access) = &state.access
                && access.is_good((keeper.clock)(), Instant::now())
            {
                return Ok(access.token.clone());
            }
            if let Some((failed_at, error)) = &state.failure
                && (error.remedy() == Remedy::SignIn || asked_at < *failed_at)
            {
                return Err(Arc::clone(error));
            }
            keeper.refresh(&mut state).await
        });
        refreshed.await.unwrap_or_else(|_| Err(Arc::new(Error::InvalidToken)))
    }

    /// Marks `token` as rejected; the next caller gets a new one.
    pub(crate) async fn refuse(&self, token: &AccessToken) {
        let mut state = self.state.lock().await;
        if state.access.as_ref().is_some_and(|access| access.token == *token) {
            state.access = None;
        }
    }

    /// The sign-in with the newest refresh token.
    pub(crate) async fn sign_in(&self) -> HubSignIn {
        self.state.lock().await.sign_in.clone()
    }

    async fn refresh(&self, state: &mut State) -> Result<AccessToken, Arc<Error>> {
        match self.hub.refresh(&state.sign_in.refresh).await {
            Ok(tokens) => {
                info!("refreshed access token");
                let access = Access::new(&tokens, (self.clock)());
                let token = access.token.clone();
                state.access = Some(access);
                state.failure = None;
                if let Some(refresh) = tokens.refresh
                    && refresh != state.sign_in.refresh
                {
                    state.sign_in.refresh = refresh;
                    // No user is waiting who could unlock the keyring.
                    let sign_in = SignIn::Hub(state.sign_in.clone());
                    self.keyring_writer.keep(sign_in, Prompt::Never).await;
                }
                Ok(token)
            }
            Err(error) => {
                warn!(error = %Chain(&error), "failed to refresh access token");
                let error = Arc::new(error);
                state.failure = Some((Instant::now(), Arc::clone(&error)));
                Err(error)
            }
        }
    }
}

impl Access {
    fn new(tokens: &Tokens, now_ms: UnixMs) -> Self {
        Self {
            token: tokens.access.clone(),
            bought_at_ms: now_ms,
            bought_at: Instant::now(),
            good_for: tokens.lifetime / 5 * 4,
        }
    }

    fn is_good(&self, now_ms: UnixMs, now: Instant) -> bool {
        let by_day_ms = now_ms.saturating_sub(self.bought_at_ms);
        now.saturating_duration_since(self.bought_at) < self.good_for
            && u128::try_from(by_day_ms).unwrap_or(0) < self.good_for.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use thinq::HubSettings;
    use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};
    use tokio::sync::watch;

    use super::*;
    use crate::sign_in::{Keyring, KeyringFuture};

    /// A keyring that stores nothing.
    struct Nowhere;

    impl Keyring for Nowhere {
        fn secret(&self, _: String, _: Prompt) -> KeyringFuture<'_, Option<SecretString>> {
            Box::pin(async { Ok(None) })
        }

        fn set_secret(&self, _: String, _: SecretString, _: Prompt) -> KeyringFuture<'_, ()> {
            Box::pin(async { Ok(()) })
        }

        fn load(&self, _prompt: Prompt) -> KeyringFuture<'_, Option<SignIn>> {
            Box::pin(async { Ok(None) })
        }

        fn save(&self, _sign_in: SignIn, _prompt: Prompt) -> KeyringFuture<'_, ()> {
            Box::pin(async { Ok(()) })
        }

        fn forget(&self, _prompt: Prompt) -> KeyringFuture<'_, ()> {
            Box::pin(async { Ok(()) })
        }

        fn changes(&self) -> watch::Receiver<()> {
            watch::Sender::default().subscribe()
        }
    }

    #[tokio::test]
    async fn many_callers_at_once_are_one_refresh() {
        let sim = Sim::start(SimSettings::default()).await.unwrap();
        let hub = Hub::new(HubSettings::new(sim.hub_url())).unwrap();
        let password = SecretString::from(DEFAULT_PASSWORD);
        let tokens = hub.sign_in(DEFAULT_ACCOUNT, &password).await.unwrap();
        let sign_in = HubSignIn {
            account: DEFAULT_ACCOUNT.to_owned(),
            refresh: tokens.refresh.unwrap(),
            emp_secret: None,
            connect_secret: None,
            hub_url: None,
        };
        let tracker = TaskTracker::new();
        let clock: Clock = Arc::new(|| 0);
        let writer = KeyringWriter::new(Arc::new(Nowhere), watch::Sender::default());
        let keeper = TokenKeeper::new(hub, writer, clock, tracker.clone(), sign_in, None);

        let callers: Vec<_> = (0..64)
            .map(|_| {
                let keeper = keeper.clone();
                tracker.spawn(async move { keeper.access_token().await })
            })
            .collect();
        let mut given = Vec::new();
        for caller in callers {
            given.push(caller.await.unwrap().unwrap());
        }

        assert!(given.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(sim.count(Call::Refresh), 1);
    }
}
