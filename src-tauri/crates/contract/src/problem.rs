//! What went wrong, as a code that the catalogue has words and a next step for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A failure as tray, window and command line show it: words are chosen by `code`, the catalogue's
/// `problem-<code>`; the details are in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Problem {
    pub code: ProblemCode,
    /// LG's four digits, when LG gave the reason: the catalogue's `api-error-<digits>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub api_code: Option<String>,
}

impl Problem {
    pub fn of(code: ProblemCode) -> Self {
        Self { code, api_code: None }
    }
}

/// Only what somebody tells apart: add a code together with its words in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ProblemCode {
    MissingAccount,
    MissingPassword,
    InvalidAddress,
    InvalidCallbackAddress,
    InvalidProxy,
    WrongSignIn,
    AccountLocked,
    KeysRefused,
    TokenRefused,
    Terms,
    Api,
    TooManyCalls,
    HubUnreachable,
    HubUnknown,
    HubTimedOut,
    CallbackUnreachable,
    CallbackRefused,
    CallbackEnded,
    Tls,
    InvalidAnswer,
    KeyringMissing,
    KeyringLocked,
    HistoryUnavailable,
    HistoryFull,
    HistoryReadOnly,
    HistoryLocked,
    HistoryForeign,
    HistoryNewer,
    HistoryDamaged,
    FileUnwritable,
    FileUnreadable,
    JobRunning,
    NoNotificationServer,
    WindowMissing,
    OtherVersion,
    AlreadyRunning,
    NotRunning,
    Settings,
    InvalidSetting,
    SettingFixed,
    SettingsBroken,
    OtherHub,
    ProxyUnreachable,
    ProxyRefused,
    Autostart,
    /// In the sandbox there is one start with the computer, and it is not the demo's.
    AutostartDemo,
    /// Nobody takes the request to start with the computer.
    AutostartMissing,
    AutostartRefused,
    AutostartUnanswered,
    Demo,
    NotSignedIn,
    DeviceGone,
    NotPossible,
    NoNewState,
    Internal,
}

impl ProblemCode {
    /// All codes, so that a test can look up the words of each.
    pub const ALL: [Self; 55] = [
        Self::MissingAccount,
        Self::MissingPassword,
        Self::InvalidAddress,
        Self::InvalidCallbackAddress,
        Self::InvalidProxy,
        Self::WrongSignIn,
        Self::AccountLocked,
        Self::KeysRefused,
        Self::TokenRefused,
        Self::Terms,
        Self::Api,
        Self::TooManyCalls,
        Self::HubUnreachable,
        Self::HubUnknown,
        Self::HubTimedOut,
        Self::CallbackUnreachable,
        Self::CallbackRefused,
        Self::CallbackEnded,
        Self::Tls,
        Self::InvalidAnswer,
        Self::KeyringMissing,
        Self::KeyringLocked,
        Self::HistoryUnavailable,
        Self::HistoryFull,
        Self::HistoryReadOnly,
        Self::HistoryLocked,
        Self::HistoryForeign,
        Self::HistoryNewer,
        Self::HistoryDamaged,
        Self::FileUnwritable,
        Self::FileUnreadable,
        Self::JobRunning,
        Self::NoNotificationServer,
        Self::WindowMissing,
        Self::OtherVersion,
        Self::AlreadyRunning,
        Self::NotRunning,
        Self::Settings,
        Self::InvalidSetting,
        Self::SettingFixed,
        Self::SettingsBroken,
        Self::OtherHub,
        Self::ProxyUnreachable,
        Self::ProxyRefused,
        Self::Autostart,
        Self::AutostartDemo,
        Self::AutostartMissing,
        Self::AutostartRefused,
        Self::AutostartUnanswered,
        Self::Demo,
        Self::NotSignedIn,
        Self::DeviceGone,
        Self::NotPossible,
        Self::NoNewState,
        Self::Internal,
    ];

    /// The code as it stands in JSON and in the catalogue's ids, for example `wrongSignIn`.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(_) | Err(_) => String::from("internal"),
        }
    }
}
