//! The callback's WebSocket: one address and token in, frames out, and a death noticed in time.
//! See `docs/protocol.md#callback`.
//!
//! The WebSocket library writes its request, token included, to the `log` at level trace: keep
//! `tungstenite` at `info` or quieter in every log filter.
//!
//! Long, as every way in which the library, the proxy and the gateway fail is told apart here.

use std::{fmt, io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{self, TcpStream},
    time::{self, Instant},
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        Error as WebSocketError, Message as WebSocketMessage,
        client::IntoClientRequest,
        error::{ProtocolError, TlsError},
        handshake::client::Response,
        http::header::CONTENT_TYPE,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};
use url::Url;

use crate::{
    error::{Error, Obstacle, Peer, Unreadable, host_of},
    local_network::{is_local, only_local},
    message::{Frame, LONGEST_FRAME},
    proxy::{Line, Proxies},
    response::is_html,
    tls,
    token::AccessToken,
};

/// Where LG's callback was in 2022.
pub const DEFAULT_CALLBACK_URL: &str =
    "wss://s7vajyybvf.execute-api.ap-northeast-2.amazonaws.com/websocket";

/// How long the other side may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// Some messages. The buffer grows to four times that, and is kept for as long as the connection.
const READ_AT_ONCE: usize = 4 * 1024;
const TOKEN_PARAMETER: &str = "access_token";

type Stream = WebSocketStream<MaybeTlsStream<Box<dyn Line>>>;

/// The callback service, ready to be connected to.
#[derive(Clone)]
pub struct Callback {
    url: Url,
    timing: CallbackTiming,
    tls: Connector,
    proxies: Proxies,
}

/// With the default a dead link is noticed within 85 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackTiming {
    pub connect_timeout: Duration,
    pub ping_every: Duration,
    /// After a ping something must arrive within this time.
    pub pong_within: Duration,
}

/// An open connection. Dropping it cuts the line; [`Connection::close`] says goodbye.
pub struct Connection {
    stream: Stream,
    timing: CallbackTiming,
    next_ping: Instant,
    /// When the oldest unanswered ping was sent.
    asked_at: Option<Instant>,
    ending: Option<Ending>,
}

/// The other side has said goodbye; the answer to it is on its way.
#[derive(Clone, Copy)]
struct Ending {
    code: Option<u16>,
    until: Instant,
}

impl Default for CallbackTiming {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            ping_every: Duration::from_mins(1),
            pong_within: Duration::from_secs(25),
        }
    }
}

impl Callback {
    /// # Errors
    /// [`Error::InvalidAddress`], or [`Error::TlsUnavailable`] for a `wss` address on a system
    /// without certificates.
    pub fn new(mut url: Url, timing: CallbackTiming) -> Result<Self, Error> {
        check_address(&url)?;
        url.set_fragment(None);
        remove_token(&mut url);
        let tls = if url.scheme() == "wss" {
            Connector::Rustls(Arc::new(tls::trusting_the_system()?))
        } else {
            Connector::Plain
        };
        Ok(Self { url, timing, tls, proxies: Proxies::new(None) })
    }

    /// Goes through `proxy`; `None` follows the system. A callback nearby is reached directly.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Option<&Url>) -> Self {
        self.proxies = Proxies::new(proxy);
        self
    }

    /// Opens a connection; the token is looked at now and never again.
    pub async fn connect(&self, token: &AccessToken) -> Result<Connection, Error> {
        let waited = self.timing.connect_timeout;
        let stream = time::timeout(waited, self.open(token)).await.map_err(|_elapsed| {
            Error::TimedOut { peer: Peer::Callback, host: host_of(&self.url), waited }
        })??;
        Ok(Connection {
            stream,
            timing: self.timing,
            next_ping: Instant::now() + self.timing.ping_every,
            asked_at: None,
            ending: None,
        })
    }

    async fn open(&self, token: &AccessToken) -> Result<Stream, Error> {
        let socket: Box<dyn Line> = match self.proxies.reach(&self.url).await? {
            Some(line) => line,
            None => Box::new(self.reach().await?),
        };
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(TOKEN_PARAMETER, token.expose());
        let request = url.as_str().into_client_request().map_err(|_unfit| {
            Error::InvalidAddress { peer: Peer::Callback, reason: "not fit for a request" }
        })?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AT_ONCE)
            .max_message_size(Some(LONGEST_FRAME))
            .max_frame_size(Some(LONGEST_FRAME));
        let connected =
            client_async_tls_with_config(request, socket, Some(config), Some(self.tls.clone()));
        let (stream, _response) = connected.await.map_err(|error| self.refusal(error))?;
        Ok(stream)
    }

    async fn reach(&self) -> Result<TcpStream, Error> {
        let unreachable = |obstacle: Obstacle, source: io::Error| Error::Unreachable {
            peer: Peer::Callback,
            host: host_of(&self.url),
            obstacle,
            source: Box::new(source),
        };
        let mut addresses: Vec<_> = match self.url.host() {
            Some(host) => net::lookup_host((
                host.to_string().trim_matches(['[', ']']).to_owned(),
                self.url.port_or_known_default().unwrap_or_default(),
            ))
            .await
            .map_err(|error| unreachable(Obstacle::Name, error))?
            .collect(),
            None => Vec::new(),
        };
        if self.url.scheme() == "ws" {
            let near = only_local(addresses.into_iter());
            addresses = near.map_err(|error| unreachable(Obstacle::Name, error))?;
        }
        let socket = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| unreachable(tls::obstacle(&error), error))?;
        // Small frames only; a failure costs speed, not the connection.
        socket.set_nodelay(true).ok();
        Ok(socket)
    }

    /// What a failed handshake means. The library's own error is kept only where it cannot hold
    /// the address.
    fn refusal(&self, error: WebSocketError) -> Error {
        let peer = Peer::Callback;
        let host = host_of(&self.url);
        match error {
            WebSocketError::Http(response) => refusal_by_status(&response),
            WebSocketError::Io(source) if tls::is_to_blame(&source) => {
                Error::Tls { peer, host, source: Box::new(source) }
            }
            WebSocketError::Tls(TlsError::InvalidDnsName) => {
                Error::InvalidAddress { peer, reason: "no name a certificate could have" }
            }
            WebSocketError::Tls(source) => Error::Tls { peer, host, source: Box::new(source) },
            WebSocketError::Io(source) => Error::Unreachable {
                peer,
                host,
                obstacle: tls::obstacle(&source),
                source: Box::new(source),
            },
            WebSocketError::Url(_) => {
                Error::InvalidAddress { peer, reason: "not fit for a request" }
            }
            WebSocketError::Protocol(_)
            | WebSocketError::ConnectionClosed
            | WebSocketError::AlreadyClosed
            | WebSocketError::Capacity(_)
            | WebSocketError::WriteBufferFull(_)
            | WebSocketError::Utf8(_)
            | WebSocketError::AttackAttempt
            | WebSocketError::HttpFormat(_) => {
                Error::UnreadableAnswer { peer, reason: Unreadable::Garbage, status: 0 }
            }
        }
    }
}

impl Connection {
    /// Waits for the next frame, sends own pings and answers the other's meanwhile. Cancel safe.
    /// After an error the connection is over.
    pub async fn next_frame(&mut self) -> Result<Frame, Error> {
        loop {
            let deadline = self.asked_at.map(|asked_at| asked_at + self.timing.pong_within);
            let patience = self.ending.map(|ending| ending.until);
            tokio::select! {
                // What has arrived is read before the clock is looked at.
                biased;
                received = self.stream.next() => {
                    self.asked_at = None;
                    if let Some(frame) = self.take(received)? {
                        return Ok(frame);
                    }
                }
                () = reached(patience) => return Err(self.over()),
                () = reached(deadline) => {
                    return Err(Error::CallbackSilent { waited: self.timing.pong_within });
                }
                () = time::sleep_until(self.next_ping), if self.ending.is_none() => {
                    self.ping().await?;
                }
            }
        }
    }

    /// Says goodbye. What is still on its way comes from [`Connection::next_frame`], which fails
    /// once the other side has answered, or soon after.
    pub async fn say_goodbye(&mut self) {
        let code = CloseCode::Normal;
        self.ending
            .get_or_insert(Ending { code: Some(code.into()), until: Instant::now() + FAREWELL });
        let frame = CloseFrame { code, reason: "".into() };
        // Whether it arrives or not: the connection is over soon.
        time::timeout(FAREWELL, self.stream.close(Some(frame))).await.ok();
    }

    /// Says goodbye and waits a moment for the answer.
    pub async fn close(mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let farewell = async {
            self.stream.close(Some(frame)).await?;
            while let Some(received) = self.stream.next().await {
                received?;
            }
            Ok::<(), WebSocketError>(())
        };
        // Whether the goodbye arrives or not: the connection is gone afterwards.
        time::timeout(FAREWELL, farewell).await.ok();
    }

    /// Sets the clocks first: when cancelled half way the ping is in the buffer and goes out with
    /// the next one.
    async fn ping(&mut self) -> Result<(), Error> {
        self.next_ping = Instant::now() + self.timing.ping_every;
        self.asked_at.get_or_insert_with(Instant::now);
        let sending = self.stream.send(WebSocketMessage::Ping("".into()));
        match time::timeout(self.timing.pong_within, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failure(error)),
            Err(_elapsed) => Err(Error::CallbackSilent { waited: self.timing.pong_within }),
        }
    }

    fn take(
        &mut self,
        received: Option<Result<WebSocketMessage, WebSocketError>>,
    ) -> Result<Option<Frame>, Error> {
        match received {
            Some(Ok(WebSocketMessage::Text(text))) => {
                Ok(Some(Frame::Text(text.as_str().to_owned())))
            }
            Some(Ok(WebSocketMessage::Binary(bytes))) => Ok(Some(Frame::Binary(bytes.into()))),
            Some(Ok(WebSocketMessage::Close(frame))) => {
                let code = frame.map(|frame| u16::from(frame.code));
                self.ending = Some(Ending { code, until: Instant::now() + FAREWELL });
                Ok(None)
            }
            Some(Ok(
                WebSocketMessage::Ping(_) | WebSocketMessage::Pong(_) | WebSocketMessage::Frame(_),
            )) => Ok(None),
            Some(Err(error)) => Err(self.failure(error)),
            None => Err(self.over()),
        }
    }

    fn over(&self) -> Error {
        Error::CallbackEnded { code: self.ending.and_then(|ending| ending.code) }
    }

    fn failure(&self, error: WebSocketError) -> Error {
        match error {
            _ if self.ending.is_some() => self.over(),
            WebSocketError::Io(source) => Error::CallbackBroken { source },
            WebSocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake)
            | WebSocketError::ConnectionClosed
            | WebSocketError::AlreadyClosed
            | WebSocketError::Tls(_)
            | WebSocketError::WriteBufferFull(_)
            | WebSocketError::AttackAttempt
            | WebSocketError::Url(_)
            | WebSocketError::Http(_)
            | WebSocketError::HttpFormat(_) => self.over(),
            WebSocketError::Capacity(_) | WebSocketError::Utf8(_) | WebSocketError::Protocol(_) => {
                Error::CallbackViolation
            }
        }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("host", &host_of(&self.url))
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("timing", &self.timing).finish_non_exhaustive()
    }
}

async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

fn check_address(url: &Url) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidAddress { peer: Peer::Callback, reason });
    if !matches!(url.scheme(), "ws" | "wss") {
        return invalid("neither ws nor wss");
    }
    if !url.has_host() {
        return invalid("no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("a user name or password in it");
    }
    // The access token stands in the address. LG's own is encrypted; only a simulated one is not.
    if url.scheme() == "ws" && !is_local(url) {
        return invalid("not encrypted, and not in this network");
    }
    Ok(())
}

/// LG writes the address with its parameter; whoever copies it copies that as well.
fn remove_token(url: &mut Url) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != TOKEN_PARAMETER)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
}

fn refusal_by_status(response: &Response) -> Error {
    let peer = Peer::Callback;
    let status = response.status().as_u16();
    let body = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let is_page = is_html(&body)
        || response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("text/html"));
    match status {
        // A captive portal or a proxy; the gateway itself answers in JSON.
        _ if is_page => Error::UnreadableAnswer { peer, reason: Unreadable::Html, status },
        401 | 403 => Error::CallbackRefused { status },
        429 => Error::TooManyCalls { code: None, retry_after: None },
        300..=399 => Error::UnreadableAnswer { peer, reason: Unreadable::Redirect, status },
        200..=299 => Error::UnreadableAnswer { peer, reason: Unreadable::Garbage, status },
        _ => Error::CallbackHandshake { status },
    }
}
