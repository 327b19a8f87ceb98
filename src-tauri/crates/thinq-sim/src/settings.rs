//! Settings of a simulation. The defaults are the values of the real service.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use jiff::Timestamp;

/// The default account.
pub const DEFAULT_ACCOUNT: &str = "demo@example.com";
/// The password of [`DEFAULT_ACCOUNT`]; the account exists on this machine only.
pub const DEFAULT_PASSWORD: &str = "laundry-day";
/// The default personal access token of ThinQ Connect; it is valid on this machine only.
pub const DEFAULT_TOKEN: &str = "thinqpat_simulated_0123456789abcdef";

/// Limits and behaviour of the service, all adjustable for tests.
#[derive(Clone)]
pub struct SimSettings {
    /// 0 takes a free port.
    pub hub_port: u16,
    /// 0 takes a free port.
    pub callback_port: u16,
    pub account: String,
    pub password: String,
    pub password_form: PasswordForm,
    /// Simulated seconds in a real one: at 60 an hour of the household takes a minute, the first
    /// push comes within 10 s and several in the first minute. At 0 the household stands still.
    pub speed: f64,
    pub token_lifetime: Duration,
    /// The callback closes a socket on which no message went either way for this long.
    pub idle_limit: Duration,
    /// The callback closes every socket after this long.
    pub life_limit: Duration,
    /// Longest message in bytes that the callback takes from a client.
    pub frame_limit: usize,
    /// Whether a refresh answers with a new refresh token and ends the old one. The documented
    /// answer has none.
    pub rotates_refresh_token: bool,
    /// Key pair (id, secret) of the token call; without it any pair, or none, is accepted.
    pub emp_keys: Option<(String, String)>,
    /// Key pair (id, secret) of all other calls; without it any pair, or none, is accepted.
    pub connect_keys: Option<(String, String)>,
    pub wrapping: Wrapping,
    pub connect: ConnectSettings,
    /// Equal seeds give equal days. Tokens and message ids are never seeded.
    pub seed: u64,
    pub names: HomeNames,
    /// The clock behind the `timestamp` of answers and messages.
    pub now: fn() -> Timestamp,
}

/// The language of the names that the home's devices have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HomeNames {
    /// Of both, as tests want them.
    #[default]
    Mixed,
    English,
    Korean,
}

/// Accepted form of the password. The form that the real hub wants is not known for certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordForm {
    #[default]
    Either,
    /// Lower-case hexadecimal SHA-512.
    Sha512,
    Plain,
}

/// ThinQ Connect's addresses, account and limits.
#[derive(Clone, Debug)]
pub struct ConnectSettings {
    /// Address of the HTTPS API; port 0 takes a free one.
    pub api_address: SocketAddr,
    /// Address of the MQTT front; port 0 takes a free one.
    pub mqtt_address: SocketAddr,
    /// The address that `/route` answers with; `mqtts://localhost:PORT` if there is none.
    pub mqtt_server: Option<String>,
    /// The personal access token.
    pub token: String,
    /// Country of the account.
    pub country: String,
    /// Whether MQTT clients have to send the ALPN protocol and a server name: AWS requires both
    /// on port 443 and neither on port 8883.
    pub requires_alpn: bool,
    /// How long a session is kept while its client is away.
    pub session_lifetime: Duration,
    /// Longest MQTT packet in bytes that a client may send.
    pub packet_limit: usize,
    /// Where to write the root certificate as PEM.
    pub root_path: Option<PathBuf>,
}

/// Position of the fields in a pushed message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// At the top, without a message id.
    Flat,
    /// Inside `push` or `event`, beside `messageId` and `timestamp`.
    Wrapped,
    /// Wrapped and flat by turns, wrapped first.
    #[default]
    Mixed,
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            hub_port: 0,
            callback_port: 0,
            account: DEFAULT_ACCOUNT.to_owned(),
            password: DEFAULT_PASSWORD.to_owned(),
            password_form: PasswordForm::default(),
            speed: 0.0,
            token_lifetime: Duration::from_hours(1),
            idle_limit: Duration::from_mins(10),
            life_limit: Duration::from_hours(2),
            frame_limit: 128 * 1024,
            rotates_refresh_token: false,
            emp_keys: None,
            connect_keys: None,
            wrapping: Wrapping::default(),
            connect: ConnectSettings::default(),
            seed: 1,
            names: HomeNames::default(),
            now: Timestamp::now,
        }
    }
}

impl Default for ConnectSettings {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            api_address: loopback,
            mqtt_address: loopback,
            mqtt_server: None,
            token: DEFAULT_TOKEN.to_owned(),
            country: "KR".to_owned(),
            requires_alpn: false,
            session_lifetime: Duration::from_hours(1),
            packet_limit: 128 * 1024,
            root_path: None,
        }
    }
}
