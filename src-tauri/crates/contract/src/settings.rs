//! The settings as the window shows and changes them, and what the self-check found.

use model::{PasswordForm, Problem, RetentionRule};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use ts_rs::TS;

/// All of them. Client secrets are in the keyring and not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Settings {
    /// `system`, `en` or `ko`.
    pub language: String,
    /// Start with the computer.
    pub is_autostarted: bool,
    pub hub_url: String,
    pub callback_url: String,
    pub password_form: PasswordForm,
    pub emp_client_id: String,
    pub connect_client_id: String,
    /// `http://`, `https://` or `socks5://` address; empty follows the system.
    pub proxy: String,
    pub log_level: LogLevel,
    pub retention: Vec<RetentionRule>,
    /// The user has been through the first run.
    pub is_welcomed: bool,
    /// Keys whose value in the file makes no sense; their defaults are used.
    #[serde(default)]
    pub invalid: Vec<InvalidSetting>,
    /// Keys that an environment variable decides, or the demo, so that the file does not.
    #[serde(default)]
    pub fixed: Vec<String>,
    /// Where the file is.
    #[serde(default)]
    pub path: String,
}

/// What shall be different; the rest stays as it is, whoever changed it meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export, optional_fields)]
pub struct SettingsChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_autostarted: Option<bool>,
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
    /// Categories that are not named stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Vec<RetentionRule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_welcomed: Option<bool>,
}

/// A key of the file, in its own spelling, with what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct InvalidSetting {
    /// Empty when the file as a whole is not valid TOML.
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

/// What the self-check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Checkup {
    /// In the order they are shown.
    pub checks: Vec<Check>,
}

/// One line. Its words are the catalogue's `check-<subject>-<finding>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Check {
    pub subject: CheckSubject,
    pub light: Light,
    /// What was found, for example `missing`.
    pub finding: String,
    /// Names and figures for the words, for example the server's name.
    pub detail: Option<String>,
    pub problem: Option<Problem>,
    /// What a button can do about it.
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
    Hub,
    Callback,
    Subscriptions,
    Clock,
    Database,
    Autostart,
    Settings,
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
    /// Ask for [`crate::Request::SettingsSetAside`].
    SetSettingsAside,
    ReadHomeAgain,
}
