//! Connections to the message broker of ThinQ Connect.
//!
//! A refusal is silent there: a certificate that is not accepted looks like a failing network. After
//! three refusals in a row a new certificate is requested once, if HTTPS works.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::UnixMs;
use thinq::{
    Error,
    connect::{Broker, BrokerAddress, BrokerTiming, MqttConnection},
};
use tokio::sync::{Mutex, watch};
use tracing::info;
use url::Url;

use crate::{
    clock::Clock,
    inbound::Delivery,
    listener::{Connect, Meanwhile, Transport},
    provider::ConnectProvider,
};

/// Refusals in a row after which a new certificate is requested.
const REFUSALS: u32 = 3;
/// Certificates within a day, as LG counts calls.
const MOST_CERTIFICATES: usize = 6;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Bounds the age of a connection where certificates live for decades.
const LONGEST_AGE: Duration = Duration::from_hours(30 * 24);

/// The last connection to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerFacts {
    pub port: u16,
    pub certificate_until_ms: UnixMs,
}

/// What is needed to open a connection.
pub(crate) struct BrokerService {
    pub(crate) provider: ConnectProvider,
    pub(crate) proxy: Option<Url>,
    /// Trusted besides those of the system: that of a simulated broker.
    pub(crate) root: Option<Arc<str>>,
    pub(crate) clock: Clock,
    pub(crate) is_leaving: Arc<AtomicBool>,
    pub(crate) facts: watch::Sender<Option<BrokerFacts>>,
    pub(crate) state: Mutex<BrokerState>,
}

#[derive(Default)]
pub(crate) struct BrokerState {
    /// From the sign-in.
    address: Option<BrokerAddress>,
    ready: Option<Ready>,
    /// Since the last accepted connection.
    refusals: u32,
    /// Whether a new certificate was requested because of them.
    is_renewed: bool,
    /// Times of the requests within a day.
    requested_at_ms: VecDeque<UnixMs>,
}

/// A broker with a certificate.
#[derive(Clone)]
struct Ready {
    broker: Broker,
    renew_at_ms: UnixMs,
    expires_at_ms: UnixMs,
}

pub(crate) struct BrokerTransport {
    /// `None` once replaced by another connection.
    connection: Option<MqttConnection>,
    broker: Broker,
    renew_after: Duration,
    is_leaving: Arc<AtomicBool>,
}

impl Connect for BrokerService {
    type Transport = BrokerTransport;

    async fn connect(&self, _failures: u32) -> Result<BrokerTransport, Arc<Error>> {
        let mut state = self.state.lock().await;
        let Ready { broker, renew_at_ms, expires_at_ms } = self.ready(&mut state).await?;
        match broker.connect().await {
            Ok(connection) => {
                state.refusals = 0;
                state.is_renewed = false;
                self.facts.send_replace(Some(BrokerFacts {
                    port: connection.port(),
                    certificate_until_ms: expires_at_ms,
                }));
                let left_ms = renew_at_ms.saturating_sub((self.clock)());
                let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
                Ok(BrokerTransport {
                    connection: Some(connection),
                    broker,
                    renew_after: left.min(LONGEST_AGE),
                    is_leaving: Arc::clone(&self.is_leaving),
                })
            }
            Err(error) => {
                if matches!(error, Error::BrokerRefused) {
                    state.refusals = state.refusals.saturating_add(1);
                }
                Err(Arc::new(error))
            }
        }
    }
}

impl BrokerService {
    /// The broker with a certificate that is accepted, as far as known.
    async fn ready(&self, state: &mut BrokerState) -> Result<Ready, Arc<Error>> {
        let now_ms = (self.clock)();
        let is_doubted = state.refusals >= REFUSALS && !state.is_renewed;
        if let Some(ready) = state.ready.clone() {
            let is_needed = is_doubted || now_ms >= ready.renew_at_ms;
            if !is_needed || !state.may_request(now_ms) {
                return Ok(ready);
            }
        }
        let address = match state.address.take() {
            Some(address) => address,
            None => self.provider.route().await?,
        };
        state.requested_at_ms.push_back(now_ms);
        let certificate = self.provider.certificate().await?;
        info!("received a client certificate");
        let timing = BrokerTiming::default();
        let broker = Broker::new(address, self.provider.client_id().clone(), &certificate, timing)?
            .with_proxy(self.proxy.as_ref());
        let broker = match &self.root {
            Some(root) => broker.trusting(root)?,
            None => broker,
        };
        let expires_at_ms = certificate.expires_at_ms();
        let life_ms = expires_at_ms.saturating_sub(now_ms).max(0);
        let renew_at_ms = expires_at_ms.saturating_sub((life_ms / 10).min(DAY_MS));
        let ready = Ready { broker, renew_at_ms, expires_at_ms };
        state.ready = Some(ready.clone());
        state.is_renewed |= is_doubted;
        Ok(ready)
    }
}

impl BrokerState {
    pub(crate) fn new(address: Option<BrokerAddress>) -> Self {
        Self { address, ..Self::default() }
    }

    fn may_request(&mut self, now_ms: UnixMs) -> bool {
        self.requested_at_ms.retain(|at_ms| now_ms.saturating_sub(*at_ms) < DAY_MS);
        self.requested_at_ms.len() < MOST_CERTIFICATES
    }
}

impl Transport for BrokerTransport {
    async fn next_frame(&mut self) -> Result<Delivery, Arc<Error>> {
        match &mut self.connection {
            Some(connection) => connection.next().await.map(Delivery::from).map_err(Arc::new),
            None => Err(Arc::new(Error::BrokerEnded { source: None })),
        }
    }

    /// The broker ends a connection when its client opens another one, so this one is dead.
    async fn say_goodbye(&mut self) {
        self.connection = None;
    }

    /// The broker keeps the session, unless the user signs out.
    async fn close(self) {
        match self.connection {
            Some(connection) if self.is_leaving.load(Ordering::Relaxed) => {
                connection.leave(&self.broker).await;
            }
            Some(connection) => connection.close().await,
            None => {}
        }
    }

    fn meanwhile(&self) -> Meanwhile {
        match &self.connection {
            Some(connection) if connection.session_present() => Meanwhile::Kept,
            Some(_) | None => Meanwhile::Forgotten,
        }
    }

    fn renew_after(&self) -> Duration {
        self.renew_after
    }
}
