//! Status of the engine, in states that a user can act on.

use model::{ConnectionState, KeyringState, Problem, ProblemCode, Provider, UnixMs};

use crate::{clock::day_of, sign_in::SignIn};

/// Current status of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineStatus {
    pub connection: ConnectionState,
    /// `None` while signed out.
    pub provider: Option<Provider>,
    /// Country of the ThinQ Connect account: two capital letters.
    pub country: Option<&'static str>,
    /// Account at the hub, abbreviated.
    pub account: Option<String>,
    pub keyring: KeyringState,
    pub paused_until_ms: Option<UnixMs>,
    /// End of the current quiet hours.
    pub quiet_until_ms: Option<UnixMs>,
    pub unread: u32,
    pub devices: u32,
    /// The device list or a subscription failed: some or all pushes do not arrive.
    pub home_problem: Option<Problem>,
    /// The history cannot be read or written; events are notified nevertheless.
    pub history_problem: Option<ProblemCode>,
    /// Frames that could not be parsed since the start.
    pub dropped_frames: u32,
    /// Calls to LG on `calls_day`.
    pub(crate) calls: u32,
    /// Days since the Unix epoch.
    pub(crate) calls_day: i64,
}

impl EngineStatus {
    pub(crate) fn set_sign_in(&mut self, sign_in: &SignIn) {
        (self.provider, self.account, self.country) = match sign_in {
            SignIn::Hub(hub) => (Some(Provider::Hub), Some(shortened(&hub.account)), None),
            SignIn::Connect(connect) => {
                (Some(Provider::Connect), None, Some(connect.country.code()))
            }
        };
    }

    /// Calls to LG on the day of `now_ms`, in UTC.
    pub fn calls_on(&self, now_ms: UnixMs) -> u32 {
        if self.calls_day == day_of(now_ms) { self.calls } else { 0 }
    }
}

impl Default for EngineStatus {
    fn default() -> Self {
        Self {
            connection: ConnectionState::SignedOut,
            provider: None,
            country: None,
            account: None,
            keyring: KeyringState::Available,
            paused_until_ms: None,
            quiet_until_ms: None,
            unread: 0,
            devices: 0,
            home_problem: None,
            history_problem: None,
            dropped_frames: 0,
            calls: 0,
            calls_day: 0,
        }
    }
}

/// Shortened account name, recognisable to its owner only.
fn shortened(account: &str) -> String {
    let (name, host) = account.split_once('@').unwrap_or((account, ""));
    let first: String = name.chars().take(1).collect();
    if host.is_empty() { format!("{first}…") } else { format!("{first}…@{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_shown_shortened() {
        assert_eq!(shortened("mina@example.com"), "m…@example.com");
        assert_eq!(shortened("홍길동"), "홍…");
        assert_eq!(shortened(""), "…");
    }
}
