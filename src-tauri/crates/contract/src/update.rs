//! Updates published to subscribers.

use model::{HistoryEvent, Home, Job, Status};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Settings, View};

/// Update published to subscribers. A subscriber that lagged receives [`Update::HistoryChanged`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "told")]
#[ts(export)]
pub enum Update {
    StatusChanged {
        status: Status,
    },
    /// A new event was stored in the history.
    EventAdded {
        event: HistoryEvent,
    },
    /// A device changed state, or the device list changed.
    HomeChanged {
        home: Home,
    },
    /// A job made progress or ended.
    JobChanged {
        job: Job,
    },
    /// The history changed: reload the visible part.
    HistoryChanged,
    /// The settings changed.
    SettingsChanged {
        settings: Settings,
    },
    /// The rules changed or a device was muted: reload the rules.
    RulesChanged,
    /// A forwarding target changed, or how it does: read [`Request::Forwarding`](crate::Request::Forwarding)
    /// again.
    ForwardingChanged,
    /// Raise the window at this view, and confirm it with
    /// [`Request::WindowRaised`](crate::Request::WindowRaised).
    Show {
        view: View,
        /// See [`Request::ShowWindow`](crate::Request::ShowWindow).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<String>,
    },
    /// The resident program is shutting down on request; do not wait for it.
    Quitting,
}
