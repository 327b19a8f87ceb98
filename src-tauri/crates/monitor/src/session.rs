//! A session: all tasks that run while signed in. Dropping it stops them.

use std::sync::Arc;

use crate::status::EngineStatus;
use thinq::{Callback, Error, Frame, Remedy};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    budget::{Budget, Scope},
    clock::Clock,
    home::Home,
    inbound::Inbound,
    listener::{Connect, Listener, Transport},
    reconnect::Nudger,
    sign_in::TokenKeeper,
};

/// Number of consecutive failures after which the token is refreshed once: an expired token can
/// show as a plain failure. See `docs/protocol.md#callback`.
const REFRESH_AT_FAILURE: u32 = 3;

pub(crate) struct Session {
    pub(crate) home: Home,
    stop: CancellationToken,
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

impl Session {
    pub(crate) fn start(tasks: Tasks<'_>, callback: Callback, home: Home) -> Self {
        let missed = Arc::new(Notify::new());
        let listener = Listener {
            service: CallbackService {
                callback,
                tokens: home.tokens.clone(),
                budget: tasks.budget.clone(),
            },
            inbound: tasks.inbound.clone(),
            status: tasks.status,
            clock: tasks.clock,
            nudges: tasks.nudger.nudges(),
            budget: tasks.budget,
            missed: Arc::clone(&missed),
            away: None,
            connections: 0,
            failing_since: None,
        };
        tasks.tracker.spawn(listener.run(tasks.stop.clone()));
        tasks.tracker.spawn(home.clone().run(tasks.inbound, missed, tasks.stop.clone()));
        Self { home, stop: tasks.stop }
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
    async fn next_frame(&mut self) -> Result<Frame, Arc<Error>> {
        thinq::Connection::next_frame(self).await.map_err(Arc::new)
    }

    async fn say_goodbye(&mut self) {
        thinq::Connection::say_goodbye(self).await;
    }
}
