//! A session of MQTT over one open line.
//!
//! Besides `connect/mqtt.rs`, which speaks with LG's broker, the one file that knows the MQTT library.
//! TCP, proxies and TLS are our own, so that each failure is told apart; the library gets an open
//! line, and none to reconnect with.

use std::{collections::VecDeque, future::Future, io, pin::Pin, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rumqttc::{
    AsyncClient, ConnectionError, Error as PacketError, Event, EventLoop, LastWill, MqttOptions,
    Packet, PublishNotice, PublishOptions, QoS, StateError, SubscribeReasonCode,
};
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time,
};
use tokio_rustls::TlsConnector;
use url::Url;
use uuid::Uuid;

use crate::{
    error::{Error, Obstacle, Peer, shown_host},
    local_network::is_local,
    message::LONGEST_FRAME,
    proxy::{Line, Proxies},
    tls,
};

/// Up to the accepted connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// Time limit of a goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
const PLAIN_PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
const BROKER: Peer = Peer::Broker;

/// The library's `poll` promises no cancel safety, so its future outlives a cancelled wait.
type NextEvent = Pin<Box<dyn Future<Output = (EventLoop, Result<Event, ConnectionError>)> + Send>>;

/// The client and the events of one session.
pub(crate) struct Session {
    pub(crate) client: AsyncClient,
    next: NextEvent,
    keep_alive: Duration,
}

impl Session {
    /// `timeout` is that of the whole connection.
    pub(crate) fn over<L>(
        line: L,
        mut options: MqttOptions,
        keep_alive: Duration,
        timeout: Duration,
    ) -> Result<Self, Error>
    where
        L: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        let seconds = keep_alive.as_secs().clamp(1, u64::from(u16::MAX));
        let line = Arc::new(Mutex::new(Some(line)));
        options
            .set_keep_alive(u16::try_from(seconds).unwrap_or(u16::MAX))
            .set_max_packet_size(LONGEST_FRAME, LONGEST_FRAME)
            .set_socket_connector(move |_address, _options| {
                let line = line.lock().take();
                async move { line.ok_or_else(|| io::Error::other("the one line is used up")) }
            });
        let (client, mut event_loop) = AsyncClient::builder(options)
            .unbounded()
            .try_build()
            .map_err(|_unfit| Error::BrokerViolation)?;
        // The timeout around it comes first.
        event_loop.network_options.set_connection_timeout(timeout.as_secs() + 1);
        Ok(Self { client, next: next_event(event_loop), keep_alive })
    }

    /// Has to be awaited all the time: also sends. Cancel safe.
    pub(crate) async fn event(&mut self) -> Result<Event, Error> {
        self.raw_event().await.map_err(|error| failure(error, self.keep_alive))
    }

    async fn raw_event(&mut self) -> Result<Event, ConnectionError> {
        let (event_loop, event) = self.next.as_mut().await;
        self.next = next_event(event_loop);
        event
    }

    /// Sends what waits, and a goodbye.
    pub(crate) async fn close(mut self) {
        if self.client.try_disconnect().is_ok() {
            // The library ends with an error of its own after the goodbye.
            let ending = async { while self.event().await.is_ok() {} };
            time::timeout(FAREWELL, ending).await.ok();
        }
    }
}

fn next_event(mut event_loop: EventLoop) -> NextEvent {
    Box::pin(async move {
        let event = event_loop.poll().await;
        (event_loop, event)
    })
}

/// Without the library's own errors, which may hold packets.
fn failure(error: ConnectionError, keep_alive: Duration) -> Error {
    match error {
        ConnectionError::Io(source)
        | ConnectionError::MqttState(
            StateError::Io(source) | StateError::Deserialization(PacketError::Io(source)),
        ) => Error::BrokerEnded { source: Some(source) },
        ConnectionError::MqttState(StateError::ConnectionAborted)
        | ConnectionError::RequestsDone => Error::BrokerEnded { source: None },
        ConnectionError::MqttState(StateError::AwaitPingResp)
        | ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout => {
            Error::BrokerSilent { waited: keep_alive.saturating_mul(2) }
        }
        ConnectionError::ConnectionRefused(_) => Error::BrokerRefused,
        ConnectionError::MqttState(_)
        | ConnectionError::NotConnAck(_)
        | ConnectionError::DisconnectTimeout
        | ConnectionError::SessionStateMismatch { .. }
        | ConnectionError::SessionStore(_)
        | ConnectionError::SessionRestore(_)
        | ConnectionError::BrokerTransportMismatch
        | _ => Error::BrokerViolation,
    }
}

/// A broker of the user, who may have set it up for other programs.
pub struct OwnBroker<'a> {
    /// `mqtt://` or `mqtts://`; the port defaults to 1883 and 8883.
    pub url: &'a Url,
    /// Empty for none.
    pub user: &'a str,
    pub password: Option<&'a SecretString>,
    /// Published by the broker when the connection breaks.
    pub will: Option<Publication>,
    /// Permits a connection without encryption beyond the local network.
    pub allows_plain: bool,
    /// `None` follows the system. A broker in the local network is reached directly.
    pub proxy: Option<&'a Url>,
}

/// A message to publish, at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    pub topic: String,
    pub payload: String,
    /// The broker keeps it for later subscribers. An empty payload deletes what it keeps.
    pub is_retained: bool,
}

/// A connection to a broker of the user. Dropping it cuts the line, so that the broker publishes the
/// will.
pub struct OwnConnection {
    session: Session,
    /// Came while a subscription was waited for.
    early: VecDeque<Heard>,
}

/// A message of another client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub topic: String,
    /// Untrusted.
    pub payload: Vec<u8>,
}

/// A publication on its way.
pub struct Published(PublishNotice);

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnBrokerError {
    #[error("address is neither mqtt:// nor mqtts:// with a host")]
    Address,

    #[error("address is not encrypted")]
    NotEncrypted,

    /// User name or password.
    #[error("broker refused the connection: {0}")]
    Refused(String),

    #[error(transparent)]
    Failed(#[from] Error),
}

impl OwnBroker<'_> {
    /// Opens a connection. Cancelling it closes everything.
    ///
    /// # Errors
    /// [`OwnBrokerError::Refused`] if the broker says so; other errors may pass.
    pub async fn connect(self) -> Result<OwnConnection, OwnBrokerError> {
        let (is_tls, port) = match self.url.scheme() {
            "mqtt" => (false, PLAIN_PORT),
            "mqtts" => (true, TLS_PORT),
            _ => return Err(OwnBrokerError::Address),
        };
        let host = self.url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(OwnBrokerError::Address)?;
        // A line without TLS that is not permitted to leave the local network, does not.
        let scheme = match (is_tls, self.allows_plain) {
            (true, _) => "wss",
            (false, true) => "http",
            (false, false) => "ws",
        };
        let port = self.url.port().unwrap_or(port);
        let url: Url =
            format!("{scheme}://{host}:{port}/").parse().map_err(|_| OwnBrokerError::Address)?;
        // Not of the address as it was given: its scheme knows no IP addresses.
        if !is_tls && !self.allows_plain && !is_local(&url) {
            return Err(OwnBrokerError::NotEncrypted);
        }
        time::timeout(CONNECT_TIMEOUT, self.open(&url, is_tls)).await.unwrap_or_else(|_elapsed| {
            let host = shown_host(BROKER, &url);
            Err(Error::TimedOut { peer: BROKER, host, waited: CONNECT_TIMEOUT }.into())
        })
    }

    async fn open(self, url: &Url, is_tls: bool) -> Result<OwnConnection, OwnBrokerError> {
        let line = Proxies::new(self.proxy).reach(BROKER, url).await?;
        let line: Box<dyn Line> = if is_tls {
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(host).map_err(|_unfit| OwnBrokerError::Address)?;
            let config = Arc::new(tls::trusting_the_system()?);
            let connected = TlsConnector::from(config).connect(name, line).await;
            Box::new(connected.map_err(|error| handshake_failure(error, url))?)
        } else {
            line
        };
        let client_id = format!("thinq-tray-{}", &Uuid::new_v4().simple().to_string()[..8]);
        let mut options = MqttOptions::new(client_id, "");
        options.set_clean_session(true);
        if !self.user.is_empty() {
            let password = self.password.map_or("", |password| password.expose_secret());
            options.set_credentials(self.user, password.to_owned());
        }
        if let Some(Publication { topic, payload, is_retained }) = self.will {
            options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, is_retained));
        }
        let mut session = Session::over(line, options, KEEP_ALIVE, CONNECT_TIMEOUT)?;
        loop {
            match session.raw_event().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    return Ok(OwnConnection { session, early: VecDeque::new() });
                }
                Ok(_) => {}
                Err(ConnectionError::ConnectionRefused(code)) => {
                    return Err(OwnBrokerError::Refused(format!("{code:?}")));
                }
                Err(error) => return Err(failure(error, KEEP_ALIVE).into()),
            }
        }
    }
}

impl OwnConnection {
    /// Queues a publication, which is sent while [`OwnConnection::next`] is awaited.
    ///
    /// # Errors
    /// For an invalid topic.
    pub fn publish(&self, publication: Publication) -> Result<Published, OwnBrokerError> {
        let Publication { topic, payload, is_retained } = publication;
        let options = PublishOptions::at_least_once();
        let options = if is_retained { options.retained() } else { options };
        let published = self.session.client.try_publish_tracked(topic, payload, options);
        published.map(Published).map_err(|_unfit| Error::BrokerViolation.into())
    }

    /// Subscribes to a topic, which may have wildcards.
    ///
    /// # Errors
    /// When the broker does not permit it, or the connection is over.
    pub async fn subscribe(&mut self, topic: &str) -> Result<(), OwnBrokerError> {
        let asked = self.session.client.try_subscribe(topic, QoS::AtLeastOnce);
        asked.map_err(|_unfit| Error::BrokerViolation)?;
        loop {
            match self.session.event().await? {
                Event::Incoming(Packet::SubAck(answer)) => {
                    let is_refused = answer.return_codes.contains(&SubscribeReasonCode::Failure);
                    return if is_refused {
                        Err(OwnBrokerError::Refused(String::from("subscription")))
                    } else {
                        Ok(())
                    };
                }
                Event::Incoming(Packet::Publish(publish)) => self.early.push_back(heard(&publish)),
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    }

    /// The next message. Also sends, so it has to be awaited all the time. Cancel safe.
    ///
    /// # Errors
    /// The connection is over then.
    pub async fn next(&mut self) -> Result<Heard, OwnBrokerError> {
        if let Some(heard) = self.early.pop_front() {
            return Ok(heard);
        }
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = self.session.event().await? {
                return Ok(heard(&publish));
            }
        }
    }

    /// Sends what waits and says goodbye, so that the broker publishes no will.
    pub async fn close(self) {
        self.session.close().await;
    }
}

impl Published {
    /// Waits until the broker has taken the message; false if the connection ended before.
    pub async fn is_taken(self) -> bool {
        self.0.wait_async().await.is_ok()
    }
}

fn heard(publish: &rumqttc::Publish) -> Heard {
    Heard {
        topic: String::from_utf8_lossy(&publish.topic).into_owned(),
        payload: publish.payload.to_vec(),
    }
}

fn handshake_failure(error: io::Error, url: &Url) -> Error {
    let host = shown_host(BROKER, url);
    if tls::is_to_blame(&error) {
        return Error::Tls { peer: BROKER, host, source: Box::new(error) };
    }
    Error::Unreachable { peer: BROKER, host, obstacle: Obstacle::Network, source: Box::new(error) }
}
