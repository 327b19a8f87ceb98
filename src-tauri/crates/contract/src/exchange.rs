//! Requests, their answers, and what is told without being asked.

use model::{
    ControlAction, DeviceDetails, EventDetails, ExportFormat, HistoryCounts, HistoryEvent,
    HistoryFilter, HistoryPage, HistorySize, HistoryStatistics, Home, Job, NotificationReport,
    PasswordForm, PauseUntil, Problem, Rules, Status,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Checkup, Secret, Settings, SettingsChange};

/// What a window or the command line asks of the resident program.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "ask")]
#[ts(export)]
pub enum Request {
    /// Answered by [`Response::Status`].
    Status,
    /// From now on this connection is told what happens; answered by [`Response::Status`].
    Follow,
    /// Answered by [`Response::SignInDefaults`].
    SignInDefaults,
    /// Answered by [`Response::Status`] once LG accepted it, else by [`Response::Failed`].
    SignIn { form: SignInForm },
    /// Answered by [`Response::Status`].
    SignOut,
    /// At most `limit` events (1 to 500), newest first: those next older than `before`, or those next
    /// newer than `after` (0 for the oldest of all), or with neither the newest. `has_more` speaks of
    /// the same direction. Answered by [`Response::HistoryPage`].
    HistoryPage {
        #[ts(optional)]
        before: Option<i64>,
        #[serde(default)]
        #[ts(optional)]
        after: Option<i64>,
        #[serde(default)]
        filter: HistoryFilter,
        limit: u32,
    },
    /// Answered by [`Response::HistoryCounts`].
    HistoryCounts { filter: HistoryFilter },
    /// For the days from `from_ms` up to `until_ms`. Answered by [`Response::HistoryStatistics`].
    HistoryStatistics { from_ms: i64, until_ms: i64 },
    /// Answered by [`Response::HistorySize`].
    HistorySize,
    /// The user has seen what was saved from a damaged history. Answered by [`Response::Status`].
    RecoveryDismiss,
    /// Writes what the filter shows to `path`, which is asked of the user by the window program and
    /// by nobody else. Answered by [`Response::Done`] once it runs; then [`Told::JobChanged`].
    HistoryExport { filter: HistoryFilter, format: ExportFormat, path: String },
    /// Adds the events of an exported JSON file. Answered as [`Request::HistoryExport`].
    HistoryImport { path: String },
    /// Deletes what the filter shows, for good. Answered as [`Request::HistoryExport`].
    HistoryDelete { filter: HistoryFilter },
    /// Stops the job that runs. A file or an import that is not complete does not stay; what was
    /// deleted is gone. Answered by [`Response::Done`].
    JobCancel,
    /// A maintenance was done, or was not after all. Answered by [`Response::Done`].
    MaintenanceMark { device_id: String, code: String, is_done: bool },
    /// Answered by [`Response::EventDetails`].
    EventDetails { id: i64 },
    /// Answered by [`Response::Done`]; everybody else is told [`Told::HistoryChanged`].
    EventsMark { ids: Vec<i64>, is_read: bool },
    /// Marks everything up to and including `id` as read. Answered by [`Response::Done`].
    EventsMarkAllRead { up_to: i64 },
    /// Settles an event: it is read, its notification goes, and no reminder comes. Answered by
    /// [`Response::Done`].
    EventDone { id: i64 },
    /// Holds notifications back. Answered by [`Response::Status`].
    Pause { pause: PauseUntil },
    /// Answered by [`Response::Status`].
    Resume,
    /// Answered by [`Response::Rules`].
    Rules,
    /// Answered by [`Response::Rules`] as they are now.
    RulesChange { rules: Rules },
    /// Shows a test notification. Answered by [`Response::NotificationReport`].
    NotificationTest,
    /// Answered by [`Response::Home`].
    Home,
    /// Reads a device's state and, once, its profile. Answered by [`Response::DeviceDetails`].
    DeviceDetails { id: String },
    /// Switches a device on or off: one that is off is not subscribed. Answered by
    /// [`Response::Home`].
    DeviceWatch { id: String, is_watched: bool },
    /// Does what the user has clicked and confirmed. Answered by [`Response::Done`] once the
    /// appliance has reported its new state, or by [`Response::Failed`].
    DeviceControl { id: String, place: String, action: ControlAction },
    /// Reads devices and states again, and mends subscriptions. Answered by [`Response::Home`].
    HomeRead,
    /// Answered by [`Response::Settings`].
    Settings,
    /// Takes effect at once. Answered by [`Response::Settings`] as they are now, or by
    /// [`Response::Failed`] with the first value that makes no sense.
    SettingsChange { settings: SettingsChange },
    /// Gives a settings file that is not valid TOML a dated name, so that a new one can be written.
    /// Answered by [`Response::Settings`].
    SettingsSetAside,
    /// Answered by [`Response::Checkup`].
    Checkup,
    /// What a problem report would say, for the user to read before it is saved anywhere. Answered
    /// by [`Response::ProblemReport`].
    ProblemReport,
    /// Makes the start with the computer work again. Answered by [`Response::Checkup`].
    AutostartRepair,
    /// Connects at once instead of waiting. Answered by [`Response::Done`].
    Reconnect,
    /// Opens the window, or raises it, at `view`. Answered by [`Response::Done`].
    ShowWindow {
        view: View,
        /// What the desktop gave to whoever asks, so that it lets the window come to the front.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<String>,
    },
    /// Opens the demo beside this program: a program of its own with files of its own, signed in to
    /// a simulated home, with a window. Answered by [`Response::Done`] once the window is on its way.
    DemoStart,
    /// Ends the resident program. Answered by [`Response::Done`].
    Quit,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "answer")]
#[ts(export)]
pub enum Response {
    Done,
    Status { status: Status },
    SignInDefaults { defaults: SignInDefaults },
    HistoryPage { page: HistoryPage },
    EventDetails { details: EventDetails },
    HistoryCounts { counts: HistoryCounts },
    HistoryStatistics { statistics: HistoryStatistics },
    HistorySize { size: HistorySize },
    Rules { rules: Rules },
    NotificationReport { report: NotificationReport },
    Home { home: Home },
    DeviceDetails { details: DeviceDetails },
    Settings { settings: Settings },
    Checkup { checkup: Checkup },
    ProblemReport { text: String },
    Failed { problem: Problem },
}

/// What followers are told. A follower that missed some is told [`Told::HistoryChanged`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "told")]
#[ts(export)]
pub enum Told {
    StatusChanged {
        status: Status,
    },
    /// A new event is in the history.
    EventAdded {
        event: HistoryEvent,
    },
    /// An appliance does something else, or the home has others.
    HomeChanged {
        home: Home,
    },
    /// A long piece of work goes on, or ended.
    JobChanged {
        job: Job,
    },
    /// Something in the history changed: read again what is shown.
    HistoryChanged,
    /// Somebody changed the settings.
    SettingsChanged {
        settings: Settings,
    },
    /// Somebody changed the rules, or muted a device: read them again.
    RulesChanged,
    /// Raise the window and show this.
    Show {
        view: View,
        /// As in [`Request::ShowWindow`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<String>,
    },
    /// The resident program ends on purpose; do not wait for it.
    Quitting,
}

/// A place in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "view")]
#[ts(export)]
pub enum View {
    Now,
    History {
        /// The event to show in detail.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        event: Option<i64>,
    },
    Devices {
        /// The device to show in detail.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        device: Option<String>,
    },
    Rules,
    Settings,
    /// The self-check.
    Checkup,
    SignIn,
}

/// The sign-in dialog, filled in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SignInForm {
    pub hub_url: String,
    pub callback_url: String,
    pub account: String,
    #[ts(type = "string")]
    pub password: Secret,
    pub password_form: PasswordForm,
    /// The id of the EMP key pair; empty for none.
    pub emp_client_id: String,
    /// `None` keeps the secret that is in the keyring for the same hub.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub emp_client_secret: Option<Secret>,
    /// The id of the connect key pair; empty for none.
    pub connect_client_id: String,
    /// `None` keeps the secret that is in the keyring for the same hub.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub connect_client_secret: Option<Secret>,
}

/// What the sign-in dialog starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SignInDefaults {
    pub hub_url: String,
    pub callback_url: String,
    /// The account of the last sign-in, if the keyring still knows it; else empty.
    pub account: String,
    pub password_form: PasswordForm,
    pub emp_client_id: String,
    pub has_emp_client_secret: bool,
    pub connect_client_id: String,
    pub has_connect_client_secret: bool,
}
