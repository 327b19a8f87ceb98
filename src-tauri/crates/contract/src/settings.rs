//! Settings as shown and changed by the window, and the result of the self-check.

use model::{PasswordForm, Problem, RetentionRule};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use ts_rs::TS;

/// All settings. Client secrets are stored in the keyring instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Settings {
    /// `system`, `en` or `ko`.
    pub language: String,
    /// Start when the user logs in.
    pub is_autostarted: bool,
    /// Address in place of that of the region; empty for the region's own.
    pub connect_url: String,
    /// Id of this installation at ThinQ Connect; empty before the first sign-in. Not changed by
    /// users.
    #[serde(default)]
    pub client_id: String,
    pub hub_url: String,
    pub callback_url: String,
    pub password_form: PasswordForm,
    pub emp_client_id: String,
    pub connect_client_id: String,
    /// `http://`, `https://` or `socks5://` address; empty uses the system proxy.
    pub proxy: String,
    pub log_level: LogLevel,
    pub retention: Vec<RetentionRule>,
    /// The user has completed the first run.
    pub is_welcomed: bool,
    /// Keys with an invalid value in the file; their defaults are used.
    #[serde(default)]
    pub invalid: Vec<InvalidSetting>,
    /// Keys overridden by an environment variable or by the demo.
    #[serde(default)]
    pub fixed: Vec<String>,
    /// Path of the settings file.
    #[serde(default)]
    pub path: String,
}

/// Settings to change; the others keep their current values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export, optional_fields)]
pub struct SettingsChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_autostarted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_form: Option<PasswordForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emp_client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_level: Option<LogLevel>,
    /// Categories that are not listed are unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Vec<RetentionRule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_welcomed: Option<bool>,
}

/// Key of the settings file, as spelled there, with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct InvalidSetting {
    /// Empty if the whole file is not valid TOML.
    pub key: String,
    pub found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[ts(export)]
pub enum LogLevel {
    Warn,
    Info,
    Debug,
}

/// Result of the self-check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Checkup {
    /// In display order.
    pub checks: Vec<Check>,
}

/// One check. Its text is the catalogue's `check-<subject>-<finding>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Check {
    pub subject: CheckSubject,
    pub light: Light,
    /// Finding, for example `missing`.
    pub finding: String,
    /// Arguments of the text, for example the server's name.
    pub detail: Option<String>,
    pub problem: Option<Problem>,
    /// Remedy offered by a button.
    pub remedy: Option<CheckRemedy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[derive(IntoStaticStr)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[ts(export)]
pub enum CheckSubject {
    Keyring,
    NotificationServer,
    TrayHost,
    /// The HTTPS API of ThinQ Connect: the region and the token.
    Connect,
    /// The features that the personal access token allows.
    Features,
    /// The MQTT broker of ThinQ Connect.
    Broker,
    Hub,
    Callback,
    Subscriptions,
    Clock,
    Database,
    Autostart,
    Settings,
    /// One line for each forwarding target.
    Forwarding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Light {
    Green,
    Amber,
    Red,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum CheckRemedy {
    SignIn,
    Reconnect,
    TestNotification,
    RepairAutostart,
    OpenSettings,
    /// The forwarding targets of the settings.
    OpenForwarding,
    /// Send [`crate::Request::SettingsSetAside`].
    SetSettingsAside,
    ReadHomeAgain,
}
