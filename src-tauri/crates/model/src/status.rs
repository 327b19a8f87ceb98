//! Status of the resident program, in states a user can act on.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{HourClock, Problem, Provider};

/// Current status as shown by tray, window and `status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Status {
    pub connection: ConnectionState,
    /// `None` while signed out.
    pub provider: Option<Provider>,
    /// Country of the ThinQ Connect account: two capital letters.
    pub country: Option<String>,
    /// Account at the hub, abbreviated so that it is recognisable but not disclosed: `m…@example.com`.
    pub account: Option<String>,
    pub keyring: KeyringState,
    /// End of the pause of notifications, in milliseconds since the Unix epoch;
    /// [`OPEN_END_MS`](crate::OPEN_END_MS) (`Number.MAX_SAFE_INTEGER`) for a pause without an end.
    pub paused_until_ms: Option<i64>,
    /// End of the quiet hours that currently suppress notifications.
    pub quiet_until_ms: Option<i64>,
    /// Number of unread events in the history.
    pub unread: u32,
    pub devices: u32,
    /// Reason why devices could not be read or subscribed; pushes may be missing.
    pub home_problem: Option<Problem>,
    /// Problem with the history; events are still notified.
    pub history_problem: Option<Problem>,
    /// Problem that prevents notifications from appearing.
    pub notification_problem: Option<Problem>,
    /// Frames that could not be parsed since the start. They are counted and never stored.
    pub dropped_frames: u32,
    /// Calls to the hub today (UTC), across restarts.
    pub calls_today: u32,
    /// Calls per day beyond which only necessary requests are sent.
    pub call_budget: u32,
    /// A newer release, unless a package manager handles updates.
    pub update: Option<Release>,
    /// Set in demo mode: values for the sign-in dialog.
    pub demo: Option<Demo>,
    /// `en` or `ko`.
    pub language: String,
    /// The user's format of the time of day.
    pub clock: HourClock,
    pub version: String,
}

/// The connection to LG's callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum ConnectionState {
    SignedOut,
    /// The stored sign-in cannot be read until the keyring is unlocked.
    KeyringLocked,
    /// No keyring answered, so a stored sign-in may exist; [`Status::keyring`] has the reason.
    KeyringUnavailable,
    Connecting,
    Listening {
        since_ms: i64,
    },
    /// Retried automatically at `retry_at_ms`.
    Offline {
        since_ms: i64,
        problem: Problem,
        retry_at_ms: i64,
    },
    /// LG rejects the stored sign-in; no retry until the user signs in.
    SignInNeeded {
        problem: Problem,
    },
    /// LG answered "too many calls": no requests until then.
    Limited {
        until_ms: i64,
    },
}

/// Whether the sign-in survives a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(IntoStaticStr)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum KeyringState {
    /// It does, or there is no sign-in to store.
    Available,
    /// No keyring service is running: the sign-in is kept in memory only.
    Missing,
    /// The keyring was not unlocked: the sign-in is kept in memory only.
    Locked,
    /// The keyring has no collection for new entries: the sign-in is kept in memory only.
    NotSetUp,
    /// The keyring does not answer, or with errors: the sign-in is kept in memory only.
    Failing,
}

/// Available release of this program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Release {
    pub version: String,
    /// Page with description and download: an `https` address.
    pub page_url: String,
}

/// Account of the simulated home. It is valid nowhere else, so it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Demo {
    pub account: String,
    pub password: String,
    /// Personal access token of the simulated ThinQ Connect.
    pub token: String,
    /// Two capital letters.
    pub country: String,
}
