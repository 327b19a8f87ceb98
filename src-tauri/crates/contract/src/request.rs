//! Requests of windows and the command line.

use model::{
    ControlAction, DeviceId, ExportFormat, ForwardTarget, HistoryFilter, PasswordForm, PauseUntil,
    Rules,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[cfg(doc)]
use crate::Response;
use crate::{DesktopVariables, Secret, SettingsChange};

/// Request of a window or the command line to the resident program.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "ask")]
#[ts(export)]
pub enum Request {
    /// Answered by [`Response::Status`].
    Status,
    /// Subscribes this connection to updates. Answered by [`Response::Status`].
    Follow,
    /// Answered by [`Response::SignInDefaults`].
    SignInDefaults,
    /// Answered by [`Response::Status`] once LG has accepted the sign-in, else by
    /// [`Response::Failed`].
    SignIn { form: SignInForm },
    /// Opens LG's page for personal access tokens in the user's browser. Answered by
    /// [`Response::Done`].
    TokenPageOpen,
    /// Answered by [`Response::Status`].
    SignOut,
    /// Up to `limit` events (1 to 500), newest first: the next older than `before`, the next newer
    /// than `after` (0 for the oldest), or the newest if neither is set. `has_more` refers to the
    /// same direction. Answered by [`Response::HistoryPage`].
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
    /// Covers the days from `from_ms` up to `until_ms`. Answered by
    /// [`Response::HistoryStatistics`].
    HistoryStatistics { from_ms: i64, until_ms: i64 },
    /// Answered by [`Response::HistorySize`].
    HistorySize,
    /// Dismisses the notice about a recovered history. Answered by [`Response::Status`].
    RecoveryDismiss,
    /// Writes the events matching the filter to `path`. Only the window program asks the user for
    /// the path. Answered by [`Response::Done`] once the job runs; then
    /// [`Update::JobChanged`](crate::Update::JobChanged).
    HistoryExport { filter: HistoryFilter, format: ExportFormat, path: String },
    /// Adds the events of an exported JSON file. Answered like [`Request::HistoryExport`].
    HistoryImport { path: String },
    /// Permanently deletes the events matching the filter. Answered like
    /// [`Request::HistoryExport`].
    HistoryDelete { filter: HistoryFilter },
    /// Cancels the running job. An incomplete export or import is discarded; deletions are not
    /// undone. Answered by [`Response::Done`].
    JobCancel,
    /// Marks a maintenance as done or not done. Answered by [`Response::Done`].
    MaintenanceMark { device_id: DeviceId, code: String, is_done: bool },
    /// Answered by [`Response::EventDetails`].
    EventDetails { id: i64 },
    /// Answered by [`Response::Done`]; other subscribers receive
    /// [`Update::HistoryChanged`](crate::Update::HistoryChanged).
    EventsMark { ids: Vec<i64>, is_read: bool },
    /// Marks everything up to and including `id` as read. Answered by [`Response::Done`].
    EventsMarkAllRead { up_to: i64 },
    /// Settles an event: marks it as read, withdraws its notification and cancels its reminders.
    /// Answered by [`Response::Done`].
    EventDone { id: i64 },
    /// Repeats the notification of an event in 30 minutes. Answered by [`Response::Done`].
    EventRemind { id: i64 },
    /// Mutes a device until midnight. Answered by [`Response::Done`]; other subscribers receive
    /// [`Update::RulesChanged`](crate::Update::RulesChanged).
    DeviceMute { id: DeviceId },
    /// Pauses notifications. Answered by [`Response::Status`].
    Pause { pause: PauseUntil },
    /// Answered by [`Response::Status`].
    Resume,
    /// Answered by [`Response::Rules`].
    Rules,
    /// Answered by [`Response::Rules`] with the new rules.
    RulesChange { rules: Rules },
    /// Shows a test notification. Answered by [`Response::NotificationReport`].
    NotificationTest,
    /// Answered by [`Response::Home`].
    Home,
    /// Reads the state of a device and, once, its profile. Answered by [`Response::DeviceDetails`].
    DeviceDetails { id: DeviceId },
    /// Answered by [`Response::DeviceEnergy`].
    DeviceEnergy { id: DeviceId },
    /// Enables or disables a device; a disabled device is not subscribed. Answered by
    /// [`Response::Home`].
    DeviceWatch { id: DeviceId, is_watched: bool },
    /// Runs a control that the user has confirmed. Answered by [`Response::Done`] once the device
    /// has reported its new state, or by [`Response::Failed`].
    DeviceControl { id: DeviceId, place: String, action: ControlAction },
    /// Reloads devices and states, and repairs subscriptions. Answered by [`Response::Home`].
    HomeRead,
    /// Answered by [`Response::Forwarding`].
    Forwarding,
    /// Adds a target, or replaces the one of the same name. `secret`: `None` keeps the stored one,
    /// an empty one deletes it. Answered by [`Response::Forwarding`].
    ForwardSave {
        target: ForwardTarget,
        #[serde(default)]
        #[ts(type = "string", optional)]
        secret: Option<Secret>,
        /// Adds the target, and refuses a name that another one has. Otherwise replaces it, and
        /// refuses a name that none has.
        is_new: bool,
    },
    /// Removes a target, its secret, and the events that wait for it. Answered by
    /// [`Response::Forwarding`].
    ForwardRemove { name: String },
    /// Sends a test message to a target, which need not be saved. `secret`: `None` uses the stored
    /// one. Answered by [`Response::ForwardTest`].
    ForwardTest {
        target: ForwardTarget,
        #[serde(default)]
        #[ts(type = "string", optional)]
        secret: Option<Secret>,
    },
    /// Answered by [`Response::Settings`].
    Settings,
    /// Takes effect immediately. Answered by [`Response::Settings`] with the new settings, or by
    /// [`Response::Failed`] with the first invalid value.
    SettingsChange { settings: SettingsChange },
    /// Renames a settings file that is not valid TOML, adding the date, so that a new one can be
    /// written. Answered by [`Response::Settings`].
    SettingsSetAside,
    /// Answered by [`Response::Checkup`].
    Checkup,
    /// Content of a problem report, for review before it is saved. Answered by
    /// [`Response::ProblemReport`].
    ProblemReport,
    /// Repairs autostart. Answered by [`Response::Checkup`].
    AutostartRepair,
    /// Connects immediately, skipping the back-off. Answered by [`Response::Done`].
    Reconnect,
    /// Opens or raises the window at `view`. Answered by [`Response::Done`] once it is open, or by
    /// [`Response::Failed`].
    ShowWindow {
        view: View,
        /// Desktop on which the window is wanted [default: that of the resident program].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        desktop: Option<DesktopVariables>,
        /// Activation token that the desktop gave to the client; allows the window to take focus.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<String>,
    },
    /// The program was started again on this desktop, without a window. Answered by
    /// [`Response::Done`].
    DesktopVisit { desktop: DesktopVariables },
    /// Confirms that a window that was started is open. Answered by [`Response::Done`].
    WindowOpened,
    /// Confirms that the window handled [`Update::Show`](crate::Update::Show) and was not closing. Answered by
    /// [`Response::Done`].
    WindowRaised,
    /// Starts the demo as a separate process with its own files, signed in to a simulated home,
    /// with a window. Answered by [`Response::Done`] once the window is starting.
    DemoStart,
    /// Stops the resident program. Answered by [`Response::Done`].
    Quit,
}

impl Request {
    /// Whether the response waits neither for the network, the disk nor the user.
    pub(crate) fn is_quick(&self) -> bool {
        matches!(
            self,
            Self::Status | Self::SignInDefaults | Self::Settings | Self::Reconnect | Self::Quit
        )
    }
}

/// View of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "view")]
#[ts(export)]
pub enum View {
    Now,
    History {
        /// Event to show in detail.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        event: Option<i64>,
    },
    Devices {
        /// Device to show in detail.
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

/// A sign-in, as the user filled it in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", tag = "provider")]
#[ts(export)]
pub enum SignInForm {
    Connect(ConnectForm),
    Hub(HubForm),
}

/// Sign-in with ThinQ Connect.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConnectForm {
    /// Personal access token. Whitespace around it is removed.
    #[ts(type = "string")]
    pub token: Secret,
    /// Country of the token's account: two letters.
    pub country: String,
}

/// Sign-in through a hub.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HubForm {
    pub hub_url: String,
    pub callback_url: String,
    pub account: String,
    #[ts(type = "string")]
    pub password: Secret,
    pub password_form: PasswordForm,
    /// Id of the EMP key pair; empty for none.
    pub emp_client_id: String,
    /// `None` reuses the secret stored in the keyring for the same hub.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub emp_client_secret: Option<Secret>,
    /// Id of the connect key pair; empty for none.
    pub connect_client_id: String,
    /// `None` reuses the secret stored in the keyring for the same hub.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub connect_client_secret: Option<Secret>,
}
