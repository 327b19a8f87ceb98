//! Requests, their answers, and what is told without being asked.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{EventDetails, HistoryEvent, HistoryPage, Problem, Secret, Status};

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
    /// Events older than `before` (without it, the newest) whose name, words or code contain
    /// `text`, at most `limit` (1 to 500). Answered by [`Response::HistoryPage`].
    HistoryPage {
        #[ts(optional)]
        before: Option<i64>,
        #[ts(optional)]
        text: Option<String>,
        limit: u32,
    },
    /// Answered by [`Response::EventDetails`].
    EventDetails { id: i64 },
    /// Answered by [`Response::Done`]; everybody else is told [`Told::HistoryChanged`].
    EventsMark { ids: Vec<i64>, is_read: bool },
    /// Marks everything up to and including `id` as read. Answered by [`Response::Done`].
    EventsMarkAllRead { up_to: i64 },
    /// Holds notifications back for so many minutes (1 to 10,080). Answered by
    /// [`Response::Status`].
    Pause { minutes: u32 },
    /// Answered by [`Response::Status`].
    Resume,
    /// Connects at once instead of waiting. Answered by [`Response::Done`].
    Reconnect,
    /// Opens the window, or raises it, at `view`. Answered by [`Response::Done`].
    ShowWindow { view: View },
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
    /// Something in the history changed: read again what is shown.
    HistoryChanged,
    /// Raise the window and show this.
    Show {
        view: View,
    },
    /// The resident program ends on purpose; do not wait for it.
    Quitting,
}

/// A place in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "view")]
#[ts(export)]
pub enum View {
    History {
        /// The event to show in detail.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        event: Option<i64>,
    },
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

/// How the password travels to the hub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum PasswordForm {
    #[default]
    Sha512,
    Plain,
}
