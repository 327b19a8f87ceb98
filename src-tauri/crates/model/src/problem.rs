//! Failures as codes; the catalogue has the text and the remedy for each.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::Feature;

/// Failure as shown by tray, window and command line. The text is the catalogue's `problem-<code>`;
/// the details are in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Problem {
    pub code: ProblemCode,
    /// LG's four-digit code, if LG gave the reason: the catalogue's `api-error-<digits>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub api_code: Option<String>,
    /// The feature that the personal access token lacks, for [`ProblemCode::FeatureMissing`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub feature: Option<Feature>,
}

impl Problem {
    pub fn of(code: ProblemCode) -> Self {
        Self { code, api_code: None, feature: None }
    }
}

/// Only failures that users need to distinguish. Add a code together with its text in both
/// languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum ProblemCode {
    MissingAccount,
    MissingPassword,
    /// Of the hub.
    InvalidAddress,
    InvalidCallbackAddress,
    InvalidProxy,
    MissingToken,
    InvalidToken,
    InvalidCountry,
    InvalidConnectAddress,
    /// ThinQ Connect does not accept the personal access token.
    PersonalTokenRefused,
    /// The personal access token does not allow [`Problem::feature`].
    FeatureMissing,
    CountryRefused,
    ConnectUnreachable,
    ConnectTimedOut,
    /// The server is not ThinQ Connect: a captive portal, for example.
    ConnectUnknown,
    BrokerUnreachable,
    BrokerRefused,
    BrokerEnded,
    BrowserMissing,
    WrongSignIn,
    AccountLocked,
    KeysRefused,
    TokenRefused,
    Terms,
    Api,
    TooManyCalls,
    HubUnreachable,
    /// The server is not a hub.
    HubUnknown,
    HubTimedOut,
    CallbackUnreachable,
    CallbackRefused,
    CallbackEnded,
    Tls,
    /// The server at the callback's address is not the callback, or a response is invalid.
    InvalidAnswer,
    KeyringMissing,
    KeyringLocked,
    /// The resident program is running but does not answer.
    NoAnswer,
    /// Signed out, but the keyring still holds the sign-in.
    SignInLeft,
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
    /// The server takes no notifications for the moment.
    NotificationRefused,
    WindowMissing,
    /// There is no display for the window.
    DisplayMissing,
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
    /// In the sandbox there is a single autostart entry, and it does not belong to the demo.
    AutostartDemo,
    /// No service handles the autostart request.
    AutostartMissing,
    AutostartRefused,
    AutostartUnanswered,
    Demo,
    NotSignedIn,
    DeviceGone,
    NotPossible,
    NoNewState,
    InvalidTarget,
    /// No target, or another one already, has the name.
    TargetName,
    /// The address of a target outside the local network is not encrypted.
    TargetPlain,
    TargetUnreachable,
    TargetTimedOut,
    /// The other side does not accept the secret.
    TargetRefused,
    /// The other side answered with another error.
    TargetFailed,
    /// The keyring has no secret for the target.
    TargetSecretMissing,
    /// A command could not be started.
    CommandMissing,
    /// The user did not confirm that a command may run.
    CommandNotConfirmed,
    /// A command ended with an error or not in time.
    CommandFailed,
    Internal,
}
