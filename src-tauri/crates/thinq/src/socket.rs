//! The callback's WebSocket: connects with an address and a token, returns frames, and detects dead
//! connections by pings.
//! See `docs/protocol.md#callback`.
//!
//! The WebSocket library logs its request, including the token, at level trace: keep `tungstenite` at
//! `info` or quieter in every log filter.
//!
//! Long because it distinguishes all failures of the library, the proxy and the gateway.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::time::{self, Instant};
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
    error::{Error, Peer, Unreadable, host_of},
    local_network::is_local,
    message::{Frame, LONGEST_FRAME},
    proxy::{Line, Proxies},
    response::is_html,
    tls,
    token::AccessToken,
};

/// Address of LG's callback in 2022.
pub const DEFAULT_CALLBACK_URL: &str =
    "wss://s7vajyybvf.execute-api.ap-northeast-2.amazonaws.com/websocket";

/// Time limit for the closing handshake.
const FAREWELL: Duration = Duration::from_secs(2);
/// Size of the read buffer: a few messages. It grows to four times that and is never shrunk.
const READ_AT_ONCE: usize = 4 * 1024;
const TOKEN_PARAMETER: &str = "access_token";

type Stream = WebSocketStream<MaybeTlsStream<Box<dyn Line>>>;

/// A configured callback service.
#[derive(Clone)]
pub struct Callback {
    url: Url,
    timing: CallbackTiming,
    tls: Connector,
    proxies: Proxies,
}

/// With the defaults a dead connection is detected within 85 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackTiming {
    pub connect_timeout: Duration,
    pub ping_every: Duration,
    /// Time limit for any frame to arrive after a ping.
    pub pong_within: Duration,
}

/// An open connection. [`Connection::close`] performs the closing handshake; dropping does not.
pub struct Connection {
    stream: Stream,
    timing: CallbackTiming,
    next_ping: Instant,
    /// Time of the oldest unanswered ping.
    asked_at: Option<Instant>,
    ending: Option<Ending>,
}

/// The peer has sent a close frame, and the reply is being sent.
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

    /// Connects through `proxy`; `None` follows the system. A local callback is reached directly.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Option<&Url>) -> Self {
        self.proxies = Proxies::new(proxy);
        self
    }

    /// Opens a connection. The token is only checked by the server when connecting.
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
        let socket = self.proxies.reach(Peer::Callback, &self.url).await?;
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

    /// Converts the error of a failed handshake. The library's error is kept only where it cannot contain
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
                Error::InvalidAddress { peer, reason: "host is not valid in a certificate" }
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
    /// Waits for the next frame, while sending pings and answering those of the peer. Cancel safe.
    /// An error ends the connection.
    pub async fn next_frame(&mut self) -> Result<Frame, Error> {
        loop {
            let deadline = self.asked_at.map(|asked_at| asked_at + self.timing.pong_within);
            let patience = self.ending.map(|ending| ending.until);
            tokio::select! {
                // Received data takes precedence over timers.
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

    /// Sends a close frame. Frames in flight are still returned by [`Connection::next_frame`], which
    /// fails once the peer has replied, or after a time limit.
    pub async fn say_goodbye(&mut self) {
        let code = CloseCode::Normal;
        self.ending
            .get_or_insert(Ending { code: Some(code.into()), until: Instant::now() + FAREWELL });
        let frame = CloseFrame { code, reason: "".into() };
        // Errors do not matter: the connection is closing.
        time::timeout(FAREWELL, self.stream.close(Some(frame))).await.ok();
    }

    /// Sends a close frame and waits briefly for the reply.
    pub async fn close(mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let farewell = async {
            self.stream.close(Some(frame)).await?;
            while let Some(received) = self.stream.next().await {
                received?;
            }
            Ok::<(), WebSocketError>(())
        };
        // Errors do not matter: the connection is closed afterwards.
        time::timeout(FAREWELL, farewell).await.ok();
    }

    /// Updates the timers first: when cancelled, the ping stays in the buffer and is sent with the next
    /// one.
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
    // The address contains the access token. Only a simulated callback is unencrypted.
    if url.scheme() == "ws" && !is_local(url) {
        return invalid("not encrypted, and not in this network");
    }
    Ok(())
}

/// Removes the token parameter, which is part of the address in LG's documents.
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
        // From a captive portal or a proxy; the gateway answers in JSON.
        _ if is_page => Error::UnreadableAnswer { peer, reason: Unreadable::Html, status },
        401 | 403 => Error::CallbackRefused { status },
        429 => Error::TooManyCalls { code: None, retry_after: None },
        300..=399 => Error::UnreadableAnswer { peer, reason: Unreadable::Redirect, status },
        200..=299 => Error::UnreadableAnswer { peer, reason: Unreadable::Garbage, status },
        _ => Error::CallbackHandshake { status },
    }
}
