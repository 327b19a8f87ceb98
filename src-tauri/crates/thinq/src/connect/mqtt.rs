//! The transport of ThinQ Connect: one MQTT session over TLS, with the client certificate. See
//! `docs/protocol.md#mqtt`.
//!
//! The session itself is that of [`crate::mqtt`].

use std::{collections::VecDeque, fmt, io, sync::Arc, time::Duration};

use rumqttc::{
    AckMode, AsyncClient, ConnAck, Event, ManualAck, MqttOptions, Packet, Publish, QoS,
    SubscribeFilter, SubscribeReasonCode,
};
use rustls::{
    CertificateError, ClientConfig, Error as TlsError,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::time;
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::Url;

use super::{
    broker::{BrokerAddress, MQTT_PORT},
    certificate::ClientCertificate,
    token::ClientId,
};
use crate::{
    error::{Error, Obstacle, Peer, shown_host},
    message::Frame,
    mqtt::Session,
    proxy::{Line, Proxies},
    tls,
};

/// AWS takes client certificates on the port of the web with this protocol name only.
const ALPN: &[u8] = b"x-amzn-mqtt-ca";
const WEB_PORT: u16 = 443;
/// Time limit of a goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// More messages before an accepted subscription than a broker has on the way at once.
const MOST_EARLY: usize = 1_000;
const BROKER: Peer = Peer::Broker;
const NO_NAME: Error = Error::InvalidAddress { peer: BROKER, reason: "no name of a server" };

/// The MQTT broker of one client, ready to be connected to.
#[derive(Clone)]
pub struct Broker {
    address: BrokerAddress,
    client_id: ClientId,
    topics: Vec<String>,
    tls: ClientConfig,
    timing: BrokerTiming,
    proxies: Proxies,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerTiming {
    /// For each port that is tried, up to the accepted subscription.
    pub connect_timeout: Duration,
    /// Whole seconds. A dead link is noticed within two of these.
    pub keep_alive: Duration,
}

/// An open session, subscribed to all topics. Dropping it cuts the line and keeps the session at
/// the broker, as [`MqttConnection::close`] does after a goodbye.
pub struct MqttConnection {
    port: u16,
    session_present: bool,
    timing: BrokerTiming,
    session: Session,
    /// Came before the subscription was accepted: messages of a kept session.
    early: VecDeque<Received>,
}

/// A message and its receipt.
#[derive(Debug)]
pub struct Received {
    pub frame: Frame,
    /// `None` for a message that the broker does not keep.
    pub packet_id: Option<u16>,
    /// Sent before, and not acknowledged then.
    pub is_repeated: bool,
    pub receipt: Receipt,
}

/// The acknowledgement of one message. The broker forgets the message after [`Receipt::confirm`];
/// one whose receipt is dropped comes again in the next connection.
pub struct Receipt {
    client: AsyncClient,
    /// `None` for a message that the broker does not keep.
    acknowledgement: Option<ManualAck>,
}

type TlsLine = TlsStream<Box<dyn Line>>;

impl Default for BrokerTiming {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(20), keep_alive: Duration::from_secs(45) }
    }
}

impl Broker {
    /// # Errors
    /// [`Error::TlsUnavailable`] on a system without certificates.
    pub fn new(
        address: BrokerAddress,
        client_id: ClientId,
        certificate: &ClientCertificate,
        timing: BrokerTiming,
    ) -> Result<Self, Error> {
        Ok(Self {
            address,
            client_id,
            topics: certificate.topics.clone(),
            tls: tls::with_client_certificate(Arc::clone(&certificate.key))?,
            timing,
            proxies: Proxies::new(None),
        })
    }

    /// Goes through `proxy`; `None` follows the system. A broker nearby is reached directly.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Option<&Url>) -> Self {
        self.proxies = Proxies::new(proxy);
        self
    }

    /// Also trusts this root certificate (PEM), for a simulated broker.
    ///
    /// # Errors
    /// [`Error::TlsUnavailable`] for anything but one certificate.
    pub fn trusting(mut self, root: &str) -> Result<Self, Error> {
        let root = CertificateDer::from_pem_slice(root.as_bytes())
            .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })?;
        let mut config = tls::trusting_also(root)?;
        config.client_auth_cert_resolver = self.tls.client_auth_cert_resolver;
        self.tls = config;
        Ok(self)
    }

    /// Opens a connection and subscribes to all topics, whether or not the broker has kept the
    /// session. Cancelling it closes everything.
    ///
    /// # Errors
    /// [`Error::BrokerRefused`] when the broker was reached and let the client in no further: the
    /// certificate, the client id or a topic is not accepted, which no answer says.
    pub async fn connect(&self) -> Result<MqttConnection, Error> {
        let own_port = self.address.port;
        if own_port != MQTT_PORT {
            return self.connect_at(own_port).await;
        }
        match self.connect_at(WEB_PORT).await {
            // Blocked, or held by something that looks into TLS.
            Err(Error::Unreachable { .. } | Error::TimedOut { .. } | Error::Tls { .. }) => {
                self.connect_at(own_port).await
            }
            result => result,
        }
    }

    async fn connect_at(&self, port: u16) -> Result<MqttConnection, Error> {
        let url = self.address.at(port).ok_or(NO_NAME)?;
        let waited = self.timing.connect_timeout;
        let connecting = async { self.subscribe(self.open(&url).await?, port).await };
        time::timeout(waited, connecting).await.unwrap_or_else(|_elapsed| {
            Err(Error::TimedOut { peer: BROKER, host: shown_host(BROKER, &url), waited })
        })
    }

    /// A line to the broker, encrypted.
    async fn open(&self, url: &Url) -> Result<TlsLine, Error> {
        let name = ServerName::try_from(self.address.host.clone()).map_err(|_unfit| NO_NAME)?;
        let line = self.proxies.reach(BROKER, url).await?;
        let mut config = self.tls.clone();
        if url.port_or_known_default() != Some(MQTT_PORT) {
            config.alpn_protocols = vec![ALPN.to_vec()];
        }
        let connected = TlsConnector::from(Arc::new(config)).connect(name, line).await;
        connected.map_err(|error| handshake_failure(error, shown_host(BROKER, url)))
    }

    async fn subscribe(&self, line: TlsLine, port: u16) -> Result<MqttConnection, Error> {
        let mut options = MqttOptions::new(self.client_id.as_str(), "");
        options.set_clean_session(false).set_ack_mode(AckMode::Manual);
        let BrokerTiming { connect_timeout, keep_alive } = self.timing;
        let session = Session::over(line, options, keep_alive, connect_timeout)?;
        let mut connection = MqttConnection {
            port,
            session_present: false,
            timing: self.timing,
            session,
            early: VecDeque::new(),
        };
        let ConnAck { session_present, .. } = connection.accepted().await?;
        connection.session_present = session_present;
        connection.subscribe(&self.topics).await?;
        Ok(connection)
    }
}

impl MqttConnection {
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the broker has kept the session, and with it all messages since the last connection.
    pub fn session_present(&self) -> bool {
        self.session_present
    }

    /// The next message. Also sends pings and confirmed acknowledgements, so it has to be awaited
    /// all the time. Cancel safe: nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// The connection is over then, whatever the error says.
    pub async fn next(&mut self) -> Result<Received, Error> {
        if let Some(received) = self.early.pop_front() {
            return Ok(received);
        }
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = self.event().await? {
                return Ok(self.received(publish));
            }
        }
    }

    /// Sends the confirmed acknowledgements and says goodbye. The broker keeps the session, and
    /// with it what comes meanwhile.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// As [`Self::close`], with an end of the subscriptions before: for signing out.
    pub async fn leave(mut self, broker: &Broker) {
        if self.session.client.try_unsubscribe_many(broker.topics.clone()).is_ok() {
            let ending = async {
                while !matches!(
                    self.event().await,
                    Ok(Event::Incoming(Packet::UnsubAck(_))) | Err(_)
                ) {}
            };
            time::timeout(FAREWELL, ending).await.ok();
        }
        self.close().await;
    }

    async fn accepted(&mut self) -> Result<ConnAck, Error> {
        loop {
            if let Event::Incoming(Packet::ConnAck(accepted)) =
                self.event().await.map_err(before_accepted)?
            {
                return Ok(accepted);
            }
        }
    }

    async fn subscribe(&mut self, topics: &[String]) -> Result<(), Error> {
        let filters =
            topics.iter().map(|topic| SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce));
        self.session.client.try_subscribe_many(filters).map_err(|_unfit| Error::BrokerViolation)?;
        while self.early.len() < MOST_EARLY {
            let event = self.event().await.map_err(before_accepted)?;
            if let Event::Incoming(Packet::SubAck(answer)) = event {
                let is_refused = answer.return_codes.contains(&SubscribeReasonCode::Failure);
                return if is_refused { Err(Error::BrokerRefused) } else { Ok(()) };
            }
            if let Event::Incoming(Packet::Publish(publish)) = event {
                let received = self.received(publish);
                self.early.push_back(received);
            }
        }
        Err(Error::BrokerViolation)
    }

    async fn event(&mut self) -> Result<Event, Error> {
        self.session.event().await
    }

    fn received(&self, publish: Publish) -> Received {
        Received {
            packet_id: (publish.pkid != 0).then_some(publish.pkid),
            is_repeated: publish.dup,
            receipt: Receipt {
                acknowledgement: self.session.client.prepare_ack(&publish),
                client: self.session.client.clone(),
            },
            frame: Frame::Binary(publish.payload.into()),
        }
    }
}

impl Receipt {
    /// For a message that is stored. Sent while [`MqttConnection::next`] is awaited; without effect
    /// when the connection is over.
    pub fn confirm(self) {
        if let Some(acknowledgement) = self.acknowledgement {
            self.client.try_manual_ack(acknowledgement).ok();
        }
    }
}

/// Why there is no TLS. The name in a certificate's error is the broker's, and left out.
fn handshake_failure(error: io::Error, host: String) -> Error {
    let told = tls::causes(&error).find_map(|cause| cause.downcast_ref::<TlsError>().cloned());
    match told {
        Some(TlsError::AlertReceived(_)) => Error::BrokerRefused,
        Some(TlsError::InvalidCertificate(CertificateError::NotValidForNameContext { .. })) => {
            let source = TlsError::InvalidCertificate(CertificateError::NotValidForName);
            Error::Tls { peer: BROKER, host, source: Box::new(source) }
        }
        Some(source) => Error::Tls { peer: BROKER, host, source: Box::new(source) },
        None => {
            let source = Box::new(error);
            Error::Unreachable { peer: BROKER, host, obstacle: Obstacle::Network, source }
        }
    }
}

/// An end before the session is open is a refusal, as far as anyone can see.
fn before_accepted(error: Error) -> Error {
    if matches!(error, Error::BrokerEnded { .. }) { Error::BrokerRefused } else { error }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("timing", &self.timing).finish_non_exhaustive()
    }
}

impl fmt::Debug for MqttConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttConnection")
            .field("session_present", &self.session_present)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt")
    }
}
