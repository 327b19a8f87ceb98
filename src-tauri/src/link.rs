//! The link to the resident program: one connection that subscribes to updates and is reestablished
//! when lost.
//!
//! ```text
//! Connecting ──▶ Connected ──▶ Lost ──┐ after a delay, for as long as the window lives
//!      │             ▲          ▲ │   │
//!      └─────────────┼──────────┘ │   │
//!                    └────────────┘◀──┘
//! ```
//!
//! The window closes instead of reconnecting when the resident program announces that it quits.
//!
//! The link is connected once the resident program has confirmed the subscription, so that no update is
//! missed between the page's first request and the first update.

use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};

use contract::{
    Request, Response, Update,
    socket::{Client, Incoming, SocketError},
};
use serde::{Serialize, Serializer};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// Events sent to the page.
#[derive(Clone, Debug)]
pub(crate) enum LinkEvent {
    Link(LinkState),
    Update(Box<Update>),
}

/// State of the link in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LinkState {
    Connected,
    Lost,
}

/// There is no resident program, or the connection was lost before the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("resident program does not answer")]
pub(crate) struct LinkLost;

impl Serialize for LinkLost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("linkLost")
    }
}

/// Delays and time limits for connecting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) first_delay: Duration,
    pub(crate) longest_delay: Duration,
    /// Time limit for connecting and subscribing.
    pub(crate) patience: Duration,
    /// Random factor for each delay, so that several windows do not reconnect at once.
    pub(crate) jitter: fn() -> f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(5),
            patience: Duration::from_secs(5),
            jitter: || rand::random_range(0.8..1.2),
        }
    }
}

impl Pace {
    fn delay(&self, failures: u32) -> Duration {
        let doubled = self.first_delay.saturating_mul(2_u32.saturating_pow(failures));
        doubled.min(self.longest_delay).mul_f64((self.jitter)())
    }
}

enum State {
    /// First attempt: it is not known yet whether the resident program is running.
    Connecting,
    Connected(Arc<Client>),
    Lost,
}

/// Sends requests over the current connection.
#[derive(Clone)]
pub(crate) struct Link(watch::Receiver<State>);

impl Link {
    /// Waits for the first connection attempt.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, LinkLost> {
        let client = self.client().await.ok_or(LinkLost)?;
        client.ask(request).await.map_err(|error| {
            debug!(%error, "request was not answered");
            LinkLost
        })
    }

    pub(crate) async fn state(&self) -> LinkState {
        match self.client().await {
            Some(_) => LinkState::Connected,
            None => LinkState::Lost,
        }
    }

    async fn client(&self) -> Option<Arc<Client>> {
        let mut states = self.0.clone();
        let state = states.wait_for(|state| !matches!(state, State::Connecting)).await.ok()?;
        match &*state {
            State::Connected(client) => Some(Arc::clone(client)),
            State::Connecting | State::Lost => None,
        }
    }
}

/// Maintains the connection. Dropping it closes the link permanently.
pub(crate) struct LinkTask {
    socket_path: PathBuf,
    pace: Pace,
    state: watch::Sender<State>,
    heard: mpsc::Sender<LinkEvent>,
}

/// A subscribed connection with the updates received so far.
struct Followed {
    client: Arc<Client>,
    incoming: Incoming,
    told: Vec<Update>,
}

impl LinkTask {
    pub(crate) fn new(
        socket_path: PathBuf,
        pace: Pace,
        heard: mpsc::Sender<LinkEvent>,
    ) -> (Self, Link) {
        let (state, states) = watch::channel(State::Connecting);
        (Self { socket_path, pace, state, heard }, Link(states))
    }

    /// Runs until `stop` is cancelled.
    pub(crate) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.keep()).await;
    }

    async fn keep(&self) {
        let mut failures = 0;
        let mut returns = false;
        loop {
            let followed = timeout(self.pace.patience, self.follow()).await;
            match followed.unwrap_or(Err(SocketError::Closed)) {
                Ok(Some(followed)) => {
                    info!("connected to the resident program");
                    match self.listen(followed, returns).await {
                        Some(error) => warn!(%error, "lost the connection to the resident program"),
                        None => return self.has_quit(),
                    }
                    failures = 0;
                    returns = true;
                }
                Ok(None) => {
                    self.pass_on(LinkEvent::Update(Box::new(Update::Quitting))).await;
                    return self.has_quit();
                }
                Err(error) if failures == 0 => {
                    warn!(%error, "failed to connect to the resident program");
                }
                Err(error) => debug!(%error, "still not connected to the resident program"),
            }
            if !matches!(self.state.send_replace(State::Lost), State::Lost) {
                self.pass_on(LinkEvent::Link(LinkState::Lost)).await;
            }
            sleep(self.pace.delay(failures)).await;
            failures += 1;
        }
    }

    fn has_quit(&self) {
        info!("resident program has quit");
        self.state.send_replace(State::Lost);
    }

    /// Returns `None` when the resident program quits before it responds.
    async fn follow(&self) -> Result<Option<Followed>, SocketError> {
        let (client, mut incoming) = Client::connect(&self.socket_path).await?;
        let mut told = Vec::new();
        let response = {
            let mut asked = pin!(client.ask(Request::Follow));
            loop {
                tokio::select! {
                    response = &mut asked => break response?,
                    heard = incoming.next() => {
                        let heard = heard?.ok_or(SocketError::Closed)?;
                        if matches!(heard, Update::Quitting) {
                            return Ok(None);
                        }
                        told.push(heard);
                    }
                }
            }
        };
        let Response::Status { status } = response else { return Err(SocketError::Garbled(None)) };
        told.insert(0, Update::StatusChanged { status });
        Ok(Some(Followed { client: Arc::new(client), incoming, told }))
    }

    /// Forwards updates until the connection ends. Returns `None` when the end was announced.
    async fn listen(&self, followed: Followed, returns: bool) -> Option<SocketError> {
        let Followed { client, mut incoming, told } = followed;
        self.state.send_replace(State::Connected(client));
        self.pass_on(LinkEvent::Link(LinkState::Connected)).await;
        if returns {
            // Updates during the interruption were missed.
            self.pass_on(LinkEvent::Update(Box::new(Update::HistoryChanged))).await;
        }
        for one in told {
            self.pass_on(LinkEvent::Update(Box::new(one))).await;
        }
        let mut is_ending = false;
        loop {
            let error = match incoming.next().await {
                Ok(Some(told)) => {
                    is_ending |= matches!(told, Update::Quitting);
                    self.pass_on(LinkEvent::Update(Box::new(told))).await;
                    continue;
                }
                Ok(None) => SocketError::Closed,
                Err(error) => error,
            };
            return (!is_ending).then_some(error);
        }
    }

    async fn pass_on(&self, heard: LinkEvent) {
        if self.heard.send(heard).await.is_err() {
            debug!("dropped an event: the window is closing");
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
