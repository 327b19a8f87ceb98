//! A session: all tasks that run while signed in. Dropping it stops them.

mod broker;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::ConnectionState;
use thinq::{Callback, Chain, Error, Remedy, connect::BrokerAddress};
use tokio::{
    sync::{Mutex, mpsc, watch},
    task::JoinHandle,
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use url::Url;

use crate::{
    budget::{Budget, Scope},
    clock::Clock,
    home::{Home, Missed},
    inbound::{Delivery, Inbound},
    listener::{Connect, Listener, Transport, show},
    provider::{ActiveProvider, ConnectProvider},
    reconnect::Nudger,
    sign_in::TokenKeeper,
    status::EngineStatus,
};
pub use broker::BrokerFacts;
use broker::{BrokerService, BrokerState};

/// Number of consecutive failures after which the token is refreshed once: an expired token can
/// show as a plain failure. See `docs/protocol.md#callback`.
const REFRESH_AT_FAILURE: u32 = 3;
/// Time limit for giving back subscriptions at a sign-out.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);

pub(crate) struct Session {
    pub(crate) home: Home,
    stop: CancellationToken,
    listener: JoinHandle<()>,
    /// Whether the listener gives the broker's session back when it stops.
    is_leaving: Arc<AtomicBool>,
    broker: watch::Receiver<Option<BrokerFacts>>,
}

pub(crate) struct Tasks<'a> {
    pub(crate) tracker: &'a TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) inbound: mpsc::Sender<Inbound>,
    pub(crate) nudger: &'a Nudger,
    pub(crate) budget: Budget,
    pub(crate) status: watch::Sender<EngineStatus>,
    pub(crate) clock: Clock,
}

/// The transport of a session.
pub(crate) enum Messages {
    Callback(Callback),
    Broker(BrokerParts),
}

pub(crate) struct BrokerParts {
    pub(crate) proxy: Option<Url>,
    /// Root certificate in PEM that is trusted besides those of the system.
    pub(crate) root: Option<Arc<str>>,
    /// If known already.
    pub(crate) address: Option<BrokerAddress>,
}

impl Session {
    pub(crate) fn start(tasks: Tasks<'_>, messages: Messages, home: Home) -> Self {
        let missed = Arc::default();
        let is_leaving = Arc::default();
        let (facts, broker) = watch::channel(None);
        let listener = match (messages, &home.provider) {
            (Messages::Callback(callback), ActiveProvider::Hub(provider)) => {
                let (tokens, budget) = (provider.tokens.clone(), tasks.budget.clone());
                let service = CallbackService { callback, tokens, budget };
                tasks.listen(service, &home, Scope::Connection, &missed)
            }
            (Messages::Broker(parts), ActiveProvider::Connect(provider)) => {
                let service = BrokerService {
                    provider: provider.clone(),
                    proxy: parts.proxy,
                    root: parts.root,
                    clock: Arc::clone(&tasks.clock),
                    is_leaving: Arc::clone(&is_leaving),
                    facts,
                    state: Mutex::new(BrokerState::new(parts.address)),
                };
                tasks.end_when_refused(provider.clone());
                tasks.listen(service, &home, Scope::Connect, &missed)
            }
            (Messages::Callback(_) | Messages::Broker(_), _) => {
                unreachable!("the transport is that of the provider")
            }
        };
        tasks.tracker.spawn(home.clone().run(tasks.inbound, missed, tasks.stop.clone()));
        Self { home, stop: tasks.stop, listener, is_leaving, broker }
    }

    /// The last connection to a broker.
    pub(crate) fn broker(&self) -> Option<BrokerFacts> {
        *self.broker.borrow()
    }

    /// Stops and cancels all subscriptions on a best-effort basis.
    pub(crate) async fn leave(mut self) {
        // Stop the listener first, so nothing of the account is published any more.
        self.is_leaving.store(true, Ordering::Relaxed);
        self.stop.cancel();
        let leaving = async {
            let (stopped, ()) = tokio::join!(&mut self.listener, self.home.unsubscribe_all());
            drop(stopped);
            if let ActiveProvider::Connect(provider) = &self.home.provider
                && let Err(error) = provider.unregister().await
            {
                warn!(error = %Chain(&*error), "failed to unregister the client");
            }
        };
        if time::timeout(LEAVE_WITHIN, leaving).await.is_err() {
            warn!("subscriptions not cancelled in time");
        }
    }
}

impl Tasks<'_> {
    fn listen<C: Connect + 'static>(
        &self,
        service: C,
        home: &Home,
        scope: Scope,
        missed: &Arc<Missed>,
    ) -> JoinHandle<()> {
        let listener = Listener {
            service,
            inbound: self.inbound.clone(),
            status: self.status.clone(),
            clock: Arc::clone(&self.clock),
            nudges: self.nudger.nudges(),
            budget: self.budget.clone(),
            scope,
            missed: Arc::clone(missed),
            is_resumed: home.is_resumed,
            away: None,
            connections: 0,
            failing_since: None,
        };
        self.tracker.spawn(listener.run(self.stop.clone()))
    }

    /// Ends the session when a call is refused, even while the broker still accepts the certificate.
    fn end_when_refused(&self, provider: ConnectProvider) {
        let (status, stop) = (self.status.clone(), self.stop.clone());
        self.tracker.spawn(async move {
            let Some(error) = stop.run_until_cancelled(provider.refused()).await else { return };
            let problem = (&*error).into();
            show(&status, &stop, ConnectionState::SignInNeeded { problem });
            stop.cancel();
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct CallbackService {
    callback: Callback,
    tokens: TokenKeeper,
    budget: Budget,
}

impl Connect for CallbackService {
    type Transport = thinq::Connection;

    /// Refreshes a rejected token and retries once.
    async fn connect(&self, failures: u32) -> Result<Self::Transport, Arc<Error>> {
        if let Some(left) = self.budget.silence_left(Scope::Connection) {
            return Err(Arc::new(Error::TooManyCalls { code: None, retry_after: Some(left) }));
        }
        let token = self.tokens.access_token().await?;
        let token = if failures == REFRESH_AT_FAILURE {
            self.tokens.refuse(&token).await;
            self.tokens.access_token().await?
        } else {
            token
        };
        match self.callback.connect(&token).await {
            Ok(connection) => Ok(connection),
            Err(error) if error.remedy() == Remedy::RefreshToken => {
                self.tokens.refuse(&token).await;
                let token = self.tokens.access_token().await?;
                self.callback.connect(&token).await.map_err(Arc::new)
            }
            Err(error) => Err(Arc::new(error)),
        }
    }
}

impl Transport for thinq::Connection {
    async fn next_frame(&mut self) -> Result<Delivery, Arc<Error>> {
        thinq::Connection::next_frame(self).await.map(Delivery::from).map_err(Arc::new)
    }

    async fn say_goodbye(&mut self) {
        thinq::Connection::say_goodbye(self).await;
    }

    /// A callback keeps nothing, so no goodbye is needed.
    async fn close(self) {}
}
