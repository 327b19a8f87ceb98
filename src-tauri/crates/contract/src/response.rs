//! Responses to requests.

use model::{
    DeviceDetails, DeviceEnergy, EventDetails, ForwardFailure, Forwarding, HistoryCounts,
    HistoryPage, HistorySize, HistoryStatistics, Home, NotificationReport, PasswordForm, Problem,
    Provider, Rules, Status,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Checkup, Settings};

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "answer")]
#[ts(export)]
pub enum Response {
    Done,
    Status {
        status: Status,
    },
    SignInDefaults {
        defaults: SignInDefaults,
    },
    HistoryPage {
        page: HistoryPage,
    },
    EventDetails {
        details: EventDetails,
    },
    HistoryCounts {
        counts: HistoryCounts,
    },
    HistoryStatistics {
        statistics: HistoryStatistics,
    },
    HistorySize {
        size: HistorySize,
    },
    Rules {
        rules: Rules,
    },
    NotificationReport {
        report: NotificationReport,
    },
    Home {
        home: Home,
    },
    DeviceDetails {
        details: DeviceDetails,
    },
    /// `None` for a device that LG does not measure.
    DeviceEnergy {
        energy: Option<DeviceEnergy>,
    },
    Forwarding {
        forwarding: Forwarding,
    },
    /// What the other side answered to a test message, or why it did not get it.
    ForwardTest {
        said: String,
        failure: Option<ForwardFailure>,
    },
    Settings {
        settings: Settings,
    },
    Checkup {
        checkup: Checkup,
    },
    ProblemReport {
        text: String,
    },
    Failed {
        problem: Problem,
    },
}

/// Initial values of the sign-in dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SignInDefaults {
    /// Provider of the last sign-in; [`Provider::Connect`] before the first one.
    pub provider: Provider,
    /// Country of the last sign-in, else of the system's locale; empty if LG does not serve it.
    pub country: String,
    /// Countries that ThinQ Connect serves: two capital letters each, sorted.
    pub countries: Vec<String>,
    pub hub: HubDefaults,
}

/// Initial values of a sign-in through a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HubDefaults {
    pub hub_url: String,
    pub callback_url: String,
    /// Account of the last sign-in if the keyring still has it; else empty.
    pub account: String,
    pub password_form: PasswordForm,
    pub emp_client_id: String,
    pub has_emp_client_secret: bool,
    pub connect_client_id: String,
    pub has_connect_client_secret: bool,
}
