//! The way to the resident program: one connection that follows it and comes back when it is lost.
//!
//! ```text
//! Connecting ──▶ Connected ──▶ Lost ──┐ after a delay, for as long as the window lives
//!      │             ▲          ▲ │   │
//!      └─────────────┼──────────┘ │   │
//!                    └────────────┘◀──┘
//! ```
//!
//! A resident program that said it would quit is not looked for again: the window closes.
//!
//! A connection counts as connected once the resident program has agreed to tell what happens, so
//! nothing is missed between the page's first question and the first thing told.

use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};

use contract::{
    Request, Response, Told,
    socket::{Client, Incoming, SocketError},
};
use serde::{Serialize, Serializer};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// What the page hears.
#[derive(Clone, Debug)]
pub(crate) enum LinkEvent {
    Link(LinkState),
    Told(Box<Told>),
}

/// As the page sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LinkState {
    Connected,
    Lost,
}

/// There is no resident program to ask, or it went away before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resident program does not answer")]
pub(crate) struct LinkLost;

impl Serialize for LinkLost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("linkLost")
    }
}

/// How patiently the resident program is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) first_delay: Duration,
    pub(crate) longest_delay: Duration,
    /// For connecting and being answered the first time.
    pub(crate) patience: Duration,
    /// A factor for each delay, so that several windows do not knock at the same moment.
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
    /// For the first time: it is not known yet whether somebody is there.
    Connecting,
    Connected(Arc<Client>),
    Lost,
}

/// Asks over whichever connection there is.
#[derive(Clone)]
pub(crate) struct Link(watch::Receiver<State>);

impl Link {
    /// While the first connection is being made, the question waits for it.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, LinkLost> {
        let client = self.client().await.ok_or(LinkLost)?;
        client.ask(request).await.map_err(|error| {
            debug!(%error, "a question was not answered");
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

/// Keeps the connection. Dropping it loses the link for good.
pub(crate) struct LinkTask {
    socket_path: PathBuf,
    pace: Pace,
    state: watch::Sender<State>,
    heard: mpsc::Sender<LinkEvent>,
}

/// What the resident program says first, and the ear for the rest.
struct Followed {
    client: Arc<Client>,
    incoming: Incoming,
    told: Vec<Told>,
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
                        Some(error) => warn!(%error, "lost the resident program"),
                        None => return self.has_quit(),
                    }
                    failures = 0;
                    returns = true;
                }
                Ok(None) => {
                    self.pass_on(LinkEvent::Told(Box::new(Told::Quitting))).await;
                    return self.has_quit();
                }
                Err(error) if failures == 0 => warn!(%error, "no way to the resident program"),
                Err(error) => debug!(%error, "still no way to the resident program"),
            }
            if !matches!(self.state.send_replace(State::Lost), State::Lost) {
                self.pass_on(LinkEvent::Link(LinkState::Lost)).await;
            }
            sleep(self.pace.delay(failures)).await;
            failures += 1;
        }
    }

    fn has_quit(&self) {
        info!("the resident program has quit");
        self.state.send_replace(State::Lost);
    }

    /// `None` when it quits before it answers.
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
                        if matches!(heard, Told::Quitting) {
                            return Ok(None);
                        }
                        told.push(heard);
                    }
                }
            }
        };
        let Response::Status { status } = response else { return Err(SocketError::Garbled(None)) };
        told.insert(0, Told::StatusChanged { status });
        Ok(Some(Followed { client: Arc::new(client), incoming, told }))
    }

    /// Passes on what is told until the connection ends; `None` when it was told that it would.
    async fn listen(&self, followed: Followed, returns: bool) -> Option<SocketError> {
        let Followed { client, mut incoming, told } = followed;
        self.state.send_replace(State::Connected(client));
        self.pass_on(LinkEvent::Link(LinkState::Connected)).await;
        if returns {
            // Whatever happened meanwhile, this window was not told.
            self.pass_on(LinkEvent::Told(Box::new(Told::HistoryChanged))).await;
        }
        for one in told {
            self.pass_on(LinkEvent::Told(Box::new(one))).await;
        }
        let mut is_ending = false;
        loop {
            let error = match incoming.next().await {
                Ok(Some(told)) => {
                    is_ending |= matches!(told, Told::Quitting);
                    self.pass_on(LinkEvent::Told(Box::new(told))).await;
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
            debug!("nobody hears any more; the window is closing");
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
