//! What a simulation is started with. The defaults are the values of the real service.

use std::time::Duration;

use jiff::Timestamp;

/// The account that signs in unless the settings name another.
pub const DEFAULT_ACCOUNT: &str = "demo@example.com";
/// The password of [`DEFAULT_ACCOUNT`]; the account exists on this machine only.
pub const DEFAULT_PASSWORD: &str = "laundry-day";

/// The service's limits and habits, all adjustable for tests.
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
    /// push comes within 10 s and several in the first minute. At 0 the household stands still
    /// and only what a test asks for happens.
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
    /// Equal seeds live through equal days. Tokens and message ids are never seeded.
    pub seed: u64,
    /// The clock behind the `timestamp` of answers and messages.
    pub now: fn() -> Timestamp,
}

/// How the hub wants the password. What the real one wants is not known for certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordForm {
    #[default]
    Either,
    /// Lower-case hexadecimal SHA-512.
    Sha512,
    Plain,
}

/// Where the fields of a pushed message stand.
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
            seed: 1,
            now: Timestamp::now,
        }
    }
}
