//! Failed exchanges with the hub, the callback service and ThinQ Connect, and their remedies.

use std::{error::Error as StdError, fmt, io, time::Duration};

use model::{Feature, Problem, ProblemCode};
use url::Url;

use crate::codes::{self, Action};

type Cause = Box<dyn StdError + Send + Sync>;

/// A failed exchange with the hub, the callback service or ThinQ Connect.
///
/// `Display` states the failure in one clause and leaves the cause to [`StdError::source`]; print
/// it with its causes with [`Chain`]. No variant carries a token, a password, an account, a device or
/// an address beyond its host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("could not reach the {peer} at {host}")]
    Unreachable { peer: Peer, host: String, obstacle: Obstacle, source: Cause },

    #[error("no answer from the {peer} at {host} within {}s", waited.as_secs())]
    TimedOut { peer: Peer, host: String, waited: Duration },

    #[error("no trusted connection to the {peer} at {host}")]
    Tls { peer: Peer, host: String, source: Cause },

    /// Wrong account, password or EMP key pair. Repeating it may lock the account.
    #[error("sign-in was refused")]
    SignInRefused,

    /// The refresh token is expired, revoked or of another key pair.
    #[error("refresh of the sign-in was refused")]
    RefreshRefused,

    /// The hub reports a missing field in the token call.
    #[error("token call lacks a field")]
    MissingField { is_refresh: bool },

    #[error("{peer} answered with error {code} ({})", name.unwrap_or("unknown"))]
    Api { peer: Peer, code: String, name: Option<&'static str>, status: u16 },

    /// HTTP failure without a readable error in the body.
    #[error("{peer} answered with HTTP status {status}")]
    Status { peer: Peer, status: u16 },

    /// ThinQ Connect does not accept the personal access token. `code` is LG's, absent where the
    /// HTTP status said it.
    #[error("personal access token was refused")]
    TokenRefused { code: Option<String> },

    /// The personal access token was made without this feature. Other calls still work.
    #[error("personal access token lacks the feature `{}`", feature.into_str())]
    FeatureMissing { feature: Feature, code: String },

    /// The account lives in another country, or LG does not serve this one.
    #[error("ThinQ Connect does not accept the country")]
    CountryRefused { code: String },

    /// `code` is LG's, absent where the HTTP status said it.
    #[error("too many calls")]
    TooManyCalls { code: Option<String>, retry_after: Option<Duration> },

    #[error("unreadable answer from the {peer} ({reason}, HTTP status {status})")]
    UnreadableAnswer { peer: Peer, reason: Unreadable, status: u16 },

    /// The callback service did not accept the access token.
    #[error("callback refused the access token with HTTP status {status}")]
    CallbackRefused { status: u16 },

    #[error("callback refused the connection with HTTP status {status}")]
    CallbackHandshake { status: u16 },

    /// `code` is the close code; none without a close frame. See `docs/protocol.md#callback`.
    #[error("callback connection ended (close code {})", code.map_or("none".to_owned(), |code| code.to_string()))]
    CallbackEnded { code: Option<u16> },

    #[error("callback connection broke")]
    CallbackBroken { source: io::Error },

    /// A frame beyond the limit, or one that is not WebSocket.
    #[error("callback violated the WebSocket protocol")]
    CallbackViolation,

    /// Pings were not answered: the connection is dead.
    #[error("callback was silent for {}s", waited.as_secs())]
    CallbackSilent { waited: Duration },

    /// The MQTT broker was reached, and closed the connection before accepting it. A certificate, a
    /// client id or a topic that is not accepted shows as this, and so does a failing network.
    #[error("message broker refused the connection without a reason")]
    BrokerRefused,

    #[error("message broker ended the connection")]
    BrokerEnded { source: Option<io::Error> },

    /// A message beyond the limit, or bytes that are not MQTT.
    #[error("message broker broke the protocol")]
    BrokerViolation,

    /// Pings were not answered: the link is dead.
    #[error("message broker was silent for {}s", waited.as_secs())]
    BrokerSilent { waited: Duration },

    #[error("failed to generate a key for the client certificate")]
    KeyGeneration { source: Cause },

    /// A stored sign-in is only sent to the hub that it was made through.
    #[error("stored sign-in was made through another hub")]
    OtherHub,

    #[error("could not reach the proxy at {host}")]
    ProxyUnreachable { host: String, source: Cause },

    /// The proxy requires credentials, or rejected the ones given.
    #[error("the proxy at {host} refused")]
    ProxyRefused { host: String },

    /// Its address may contain a password: only the scheme is kept.
    #[error("proxy address that begins with `{scheme}` is not understood")]
    InvalidProxy { scheme: String },

    #[error("token is not printable text of a sensible length")]
    InvalidToken,

    #[error("address of the {peer} is not valid: {reason}")]
    InvalidAddress { peer: Peer, reason: &'static str },

    #[error("key pair is not printable text")]
    InvalidKeys,

    #[error("no TLS available")]
    TlsUnavailable { source: Cause },
}

/// The server that an [`Error`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Hub,
    Callback,
    /// The HTTPS API of ThinQ Connect.
    Connect,
    /// The MQTT broker of ThinQ Connect.
    Broker,
}

/// Cause of a failed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The name could not be resolved: a typing error, or no network.
    Name,
    /// The host is up but the port is closed.
    Refused,
    /// No route, reset, cut while connecting.
    Network,
}

/// Reason why a response is unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A web page: a captive portal, a proxy, or a router instead of a hub.
    Html,
    NotJson,
    TooLong,
    /// JSON of an unexpected shape.
    WrongShape,
    /// A redirection. Not followed, as it would forward secrets.
    Redirect,
    /// Not HTTP, or not a WebSocket.
    Garbage,
}

/// Action of a caller for an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Retry with back-off.
    Retry,
    /// Refresh the access token once and repeat the call once.
    RefreshToken,
    /// Ask the user to sign in, at ThinQ Connect with a new token. Never repeated with the same
    /// credentials.
    SignIn,
    /// Too many calls: wait for [`Error::retry_after`], or 15 minutes with doubling.
    Wait,
    /// Show the settings: address, keys or country are wrong.
    FixSettings,
    /// Report the error; there is no remedy.
    TellUser,
    /// None needed: the requested state is already reached.
    TreatAsSuccess,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let code = error.kind();
        // The code says more than LG's number, except where the number is all there is.
        let api_code =
            if code == ProblemCode::Api { error.api_code().map(str::to_owned) } else { None };
        Self { code, api_code, feature: error.feature() }
    }
}

impl Error {
    /// Callers act on the remedy, never on the variant or the message, so that a new variant only needs
    /// a remedy here.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::CallbackHandshake { .. }
            | Self::CallbackEnded { .. }
            | Self::CallbackBroken { .. }
            | Self::CallbackViolation
            | Self::CallbackSilent { .. }
            | Self::BrokerRefused
            | Self::BrokerEnded { .. }
            | Self::BrokerViolation
            | Self::BrokerSilent { .. }
            | Self::KeyGeneration { .. }
            | Self::ProxyUnreachable { .. }
            | Self::TlsUnavailable { .. }
            // A captive portal presents a wrong certificate, temporarily.
            | Self::Tls { peer: Peer::Callback | Peer::Connect | Peer::Broker, .. } => Remedy::Retry,
            // Not retried often: wrong passwords may lock the account.
            Self::ProxyRefused { .. }
            | Self::InvalidProxy { .. }
            | Self::Tls { peer: Peer::Hub, .. }
            | Self::InvalidAddress { .. }
            | Self::CountryRefused { .. }
            | Self::InvalidKeys => Remedy::FixSettings,
            Self::SignInRefused
            | Self::TokenRefused { .. }
            | Self::RefreshRefused
            | Self::OtherHub
            | Self::MissingField { is_refresh: true } => Remedy::SignIn,
            Self::MissingField { is_refresh: false } | Self::FeatureMissing { .. } => {
                Remedy::TellUser
            }
            Self::Api { peer, code, status, .. } => api_remedy(*peer, code, *status),
            Self::Status { peer, status } => status_remedy(*peer, *status),
            Self::TooManyCalls { .. } => Remedy::Wait,
            Self::UnreadableAnswer { peer, reason, status } => match (peer, reason) {
                (Peer::Hub, Unreadable::Redirect) => Remedy::FixSettings,
                (Peer::Hub, _) if (400..500).contains(status) => status_remedy(*peer, *status),
                // A web page instead of ThinQ Connect comes from a captive portal.
                (Peer::Hub | Peer::Callback | Peer::Connect | Peer::Broker, _) => Remedy::Retry,
            },
            Self::CallbackRefused { .. } | Self::InvalidToken => Remedy::RefreshToken,
        }
    }

    /// The problem that users are told, which selects the text.
    pub fn kind(&self) -> ProblemCode {
        match self {
            // The server failed, or a proxy in front of it is up while it is down.
            Self::Unreachable { peer, .. }
            | Self::Status { peer, status: 500.. }
            | Self::UnreadableAnswer {
                peer: peer @ (Peer::Hub | Peer::Connect),
                status: 500..,
                ..
            } => unreachable_kind(*peer),
            Self::TimedOut { peer, .. } => timeout_kind(*peer),
            Self::CallbackHandshake { .. } => ProblemCode::CallbackUnreachable,
            Self::Tls { .. } | Self::TlsUnavailable { .. } | Self::KeyGeneration { .. } => {
                ProblemCode::Tls
            }
            Self::SignInRefused => ProblemCode::WrongSignIn,
            Self::OtherHub => ProblemCode::OtherHub,
            Self::ProxyUnreachable { .. } => ProblemCode::ProxyUnreachable,
            Self::ProxyRefused { .. } => ProblemCode::ProxyRefused,
            Self::InvalidProxy { .. } => ProblemCode::InvalidProxy,
            Self::RefreshRefused
            | Self::MissingField { is_refresh: true }
            | Self::Status { status: 401, .. }
            | Self::InvalidToken => ProblemCode::TokenRefused,
            Self::TokenRefused { .. } => ProblemCode::PersonalTokenRefused,
            Self::MissingField { is_refresh: false } => ProblemCode::Api,
            Self::FeatureMissing { .. } => ProblemCode::FeatureMissing,
            Self::CountryRefused { .. } => ProblemCode::CountryRefused,
            Self::Api { peer, code, .. } => api_kind(*peer, code),
            Self::TooManyCalls { .. } => ProblemCode::TooManyCalls,
            Self::Status { peer: Peer::Connect, .. }
            | Self::UnreadableAnswer { peer: Peer::Connect, .. } => ProblemCode::ConnectUnknown,
            Self::Status { .. } | Self::UnreadableAnswer { peer: Peer::Hub, .. } => {
                ProblemCode::HubUnknown
            }
            Self::UnreadableAnswer { peer: Peer::Callback | Peer::Broker, .. }
            | Self::CallbackViolation
            | Self::BrokerViolation => ProblemCode::InvalidAnswer,
            Self::CallbackRefused { .. } => ProblemCode::CallbackRefused,
            Self::CallbackEnded { .. }
            | Self::CallbackBroken { .. }
            | Self::CallbackSilent { .. } => ProblemCode::CallbackEnded,
            Self::BrokerRefused => ProblemCode::BrokerRefused,
            Self::BrokerEnded { .. } | Self::BrokerSilent { .. } => ProblemCode::BrokerEnded,
            Self::InvalidAddress { peer, .. } => match peer {
                Peer::Hub | Peer::Broker => ProblemCode::InvalidAddress,
                Peer::Callback => ProblemCode::InvalidCallbackAddress,
                Peer::Connect => ProblemCode::InvalidConnectAddress,
            },
            Self::InvalidKeys => ProblemCode::KeysRefused,
        }
    }

    /// LG's own code, four digits, where the server gave one.
    pub fn api_code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. }
            | Self::FeatureMissing { code, .. }
            | Self::CountryRefused { code } => Some(code),
            Self::TooManyCalls { code, .. } | Self::TokenRefused { code } => code.as_deref(),
            Self::SignInRefused | Self::RefreshRefused => Some("0500"),
            Self::MissingField { .. } => Some("0412"),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Tls { .. }
            | Self::Status { .. }
            | Self::UnreadableAnswer { .. }
            | Self::CallbackRefused { .. }
            | Self::CallbackHandshake { .. }
            | Self::CallbackEnded { .. }
            | Self::CallbackBroken { .. }
            | Self::CallbackViolation
            | Self::CallbackSilent { .. }
            | Self::BrokerRefused
            | Self::BrokerEnded { .. }
            | Self::BrokerViolation
            | Self::BrokerSilent { .. }
            | Self::KeyGeneration { .. }
            | Self::OtherHub
            | Self::ProxyUnreachable { .. }
            | Self::ProxyRefused { .. }
            | Self::InvalidProxy { .. }
            | Self::InvalidToken
            | Self::InvalidAddress { .. }
            | Self::InvalidKeys
            | Self::TlsUnavailable { .. } => None,
        }
    }

    /// The feature that the personal access token lacks.
    pub fn feature(&self) -> Option<Feature> {
        if let Self::FeatureMissing { feature, .. } = self { Some(*feature) } else { None }
    }

    /// Delay requested by the server after too many calls.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::TooManyCalls { retry_after, .. } = self { *retry_after } else { None }
    }
}

fn unreachable_kind(peer: Peer) -> ProblemCode {
    match peer {
        Peer::Hub => ProblemCode::HubUnreachable,
        Peer::Callback => ProblemCode::CallbackUnreachable,
        Peer::Connect => ProblemCode::ConnectUnreachable,
        Peer::Broker => ProblemCode::BrokerUnreachable,
    }
}

fn timeout_kind(peer: Peer) -> ProblemCode {
    match peer {
        Peer::Hub => ProblemCode::HubTimedOut,
        Peer::Connect => ProblemCode::ConnectTimedOut,
        Peer::Callback | Peer::Broker => unreachable_kind(peer),
    }
}

fn api_remedy(peer: Peer, code: &str, status: u16) -> Remedy {
    if api_kind(peer, code) == ProblemCode::KeysRefused {
        return Remedy::FixSettings;
    }
    match codes::find(code).map(|known| known.action) {
        Some(Action::Retry) => Remedy::Retry,
        Some(Action::RefreshToken) => Remedy::RefreshToken,
        Some(Action::Reauthenticate) => Remedy::SignIn,
        Some(Action::TreatAsSuccess) => Remedy::TreatAsSuccess,
        // An unknown code: a server failure may be temporary, other errors are not.
        None if status >= 500 => Remedy::Retry,
        Some(Action::FixRequest | Action::TellUser) | None => Remedy::TellUser,
    }
}

fn api_kind(peer: Peer, code: &str) -> ProblemCode {
    match code {
        // ThinQ Connect has one key for all clients, which is no setting.
        "1203" | "1216" | "1301" | "1305" if peer == Peer::Hub => ProblemCode::KeysRefused,
        "1103" | "1218" | "1302" | "1303" => ProblemCode::TokenRefused,
        "1304" => ProblemCode::Terms,
        "1306" | "1314" => ProblemCode::TooManyCalls,
        _ => ProblemCode::Api,
    }
}

/// See `docs/protocol.md#errors`, last table.
fn status_remedy(peer: Peer, status: u16) -> Remedy {
    match status {
        401 => Remedy::RefreshToken,
        404 if peer == Peer::Hub => Remedy::FixSettings,
        429 => Remedy::Wait,
        408 | 500 | 502.. => Remedy::Retry,
        _ => Remedy::TellUser,
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hub => "hub",
            Self::Callback => "callback",
            Self::Connect => "ThinQ Connect",
            Self::Broker => "message broker",
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "a web page",
            Self::NotJson => "not JSON",
            Self::TooLong => "too long",
            Self::WrongShape => "of another shape",
            Self::Redirect => "a redirection",
            Self::Garbage => "of another protocol",
        })
    }
}

/// Host and port: the part of an address that may be shown.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The address of a server in an error. The broker's host belongs to one account, so only its port
/// is shown.
pub(crate) fn shown_host(peer: Peer, url: &Url) -> String {
    match peer {
        Peer::Broker => format!("port {}", url.port_or_known_default().unwrap_or_default()),
        Peer::Hub | Peer::Callback | Peer::Connect => host_of(url),
    }
}

/// Prints an error and its causes on one line: `could not reach host: connection refused`.
pub struct Chain<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
