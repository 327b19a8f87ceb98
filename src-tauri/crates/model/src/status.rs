//! What the resident program is doing, in the states a user can act on.

use serde::{Deserialize, Serialize};

use crate::{HourClock, Problem};

/// Everything that tray, window and `status --json` show about the present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Status {
    pub connection: Connection,
    /// The account, shortened so that it is recognised but not disclosed: `m…@example.com`.
    pub account: Option<String>,
    pub keyring: KeyringState,
    /// Notifications are held back until then, in milliseconds since the Unix epoch;
    /// [`OPEN_END_MS`](crate::OPEN_END_MS) (`Number.MAX_SAFE_INTEGER`) until it is switched off.
    pub paused_until_ms: Option<i64>,
    /// Quiet hours hold notifications back until then.
    pub quiet_until_ms: Option<i64>,
    /// Events in the history that nobody has looked at.
    pub unread: u32,
    pub devices: u32,
    /// Why devices could not be read or subscribed, so that pushes may stay away.
    pub home_problem: Option<Problem>,
    /// What is wrong with the history; events are notified all the same.
    pub history_problem: Option<Problem>,
    /// What keeps notifications from appearing.
    pub notification_problem: Option<Problem>,
    /// Frames that could not be read since the start. They are counted and never stored.
    pub dropped_frames: u32,
    /// Calls to the hub today, by UTC, over restarts.
    pub calls_today: u32,
    /// Calls in a day beyond which only what is needed is asked.
    pub call_budget: u32,
    /// A newer release, where no package manager tells of it.
    pub update: Option<Release>,
    /// Set in demo mode: what to type into the sign-in dialog.
    pub demo: Option<Demo>,
    /// `en` or `ko`.
    pub language: String,
    /// How the user reads the time of day.
    pub clock: HourClock,
    pub version: String,
}

/// The connection to LG's callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Connection {
    SignedOut,
    Connecting,
    Listening {
        since_ms: i64,
    },
    /// Tried again by itself at `retry_at_ms`.
    Offline {
        since_ms: i64,
        problem: Problem,
        retry_at_ms: i64,
    },
    /// LG refuses the kept sign-in; nothing is tried until the user signs in.
    SignInNeeded {
        problem: Problem,
    },
    /// LG said "too many calls": silence until then.
    Limited {
        until_ms: i64,
    },
}

/// Whether the sign-in survives a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum KeyringState {
    /// It does, or there is no sign-in to keep.
    Available,
    /// No keyring service runs: the sign-in lives in memory only.
    Missing,
    /// The keyring did not open in time: the sign-in lives in memory only.
    Locked,
}

/// A release of this program that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Release {
    pub version: String,
    /// Where it is described and downloaded: an `https` address.
    pub page_url: String,
}

/// The simulated home's account. It opens nothing else, so it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Demo {
    pub account: String,
    pub password: String,
}
