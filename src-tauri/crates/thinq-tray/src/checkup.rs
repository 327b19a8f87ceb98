//! The self-check: the state of each part of the computer and the service as a green, amber or red
//! line, with a remedy.
//!
//! [`look`] gathers facts; [`judge`] is pure.

mod connect;
mod look;
#[cfg(target_os = "linux")]
#[path = "checkup/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "checkup/other.rs"]
mod platform;

use contract::{Check, CheckRemedy, CheckSubject, Checkup, InvalidSetting, Light};
use model::{ConnectionState, KeyringState, Problem, ProblemCode, Status, TargetState};
use monitor::HistoryHealth;

use crate::autostart::AutostartState;
pub(crate) use connect::ConnectFacts;
pub(crate) use look::{look_from_outside, look_within};

/// Maximum difference between the clocks of the computer and the provider.
const CLOCK_TOLERANCE_MS: u64 = 2 * 60 * 1000;

/// Collected facts.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// `None` when the program is not running.
    pub(crate) status: Option<Status>,
    pub(crate) is_demo: bool,
    pub(crate) keyring: KeyringState,
    /// `None` for the operating system's own server, which cannot be queried.
    pub(crate) server: Option<NotificationServer>,
    /// `None` where the desktop cannot be queried.
    pub(crate) tray_host: Option<TrayHost>,
    /// Of the hub, or of ThinQ Connect.
    pub(crate) address: Line,
    /// `None` for a hub.
    pub(crate) connect: Option<ConnectFacts>,
    /// Number of subscribed devices, and of devices that should be subscribed.
    pub(crate) subscribed: Option<(u32, u32)>,
    /// How far the provider's clock is ahead, if known.
    pub(crate) clock_ahead_ms: Option<i64>,
    pub(crate) history: HistoryHealth,
    pub(crate) autostart: Option<AutostartState>,
    pub(crate) invalid: Vec<InvalidSetting>,
    pub(crate) targets: Vec<TargetState>,
}

#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, clippy::allow_attributes, reason = "elsewhere the system cannot be asked")
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotificationServer {
    There {
        name: String,
        capabilities: Vec<String>,
        /// "Do not disturb", where the server reports it.
        is_inhibited: bool,
    },
    Missing,
    Silent,
}

#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, clippy::allow_attributes, reason = "elsewhere the system cannot be asked")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrayHost {
    Ready,
    Missing,
    /// There is a panel, and it does not have this program's icon.
    WithoutIcon,
}

/// Whether an address accepts connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    NotLooked,
    Open,
    Dead,
    /// The way there leads through a proxy whose address is not understood.
    InvalidProxy,
}

/// All possible lines, to check the catalogue.
#[cfg(test)]
pub(crate) const FINDINGS: [(CheckSubject, &[&str]); 14] = [
    (CheckSubject::Keyring, &["ready", "demo", "missing", "locked", "notSetUp", "failing"]),
    (CheckSubject::NotificationServer, &["ready", "plain", "quiet", "missing", "silent", "system"]),
    (CheckSubject::TrayHost, &["ready", "missing", "withoutIcon", "system"]),
    (CheckSubject::Connect, &["ready", "open", "dead", "unknown", "failed"]),
    (CheckSubject::Features, &["ready", "missing", "unknown"]),
    (CheckSubject::Broker, CONNECTION_FINDINGS),
    (CheckSubject::Hub, &["ready", "open", "dead", "unknown", "failed"]),
    (CheckSubject::Callback, CONNECTION_FINDINGS),
    (CheckSubject::Subscriptions, &["ready", "renewed", "some", "failed", "unknown"]),
    (CheckSubject::Clock, &["right", "ahead", "behind", "unknown"]),
    (CheckSubject::Database, &["sound", "empty", "unchecked", "damaged", "unreadable", "memory"]),
    (CheckSubject::Autostart, &["on", "off", "moved", "elsewhere", "unknown"]),
    (CheckSubject::Settings, &["fine", "invalid", "broken"]),
    (CheckSubject::Forwarding, &["ready", "untried", "off", "failing", "notRunning"]),
];

#[cfg(test)]
const CONNECTION_FINDINGS: &[&str] = &[
    "listening",
    "connecting",
    "offline",
    "refused",
    "signedOut",
    "keyringLocked",
    "keyringUnavailable",
    "limited",
    "notRunning",
];

/// Lines in display order.
pub(crate) fn judge(facts: &Facts) -> Checkup {
    let mut checks = vec![
        keyring(facts),
        notification_server(facts.server.as_ref()),
        tray_host(facts.tray_host),
    ];
    if let Some(connect) = &facts.connect {
        checks.push(connect::api(facts, connect));
        checks.extend(connect::features(connect));
        checks.push(connect::broker(facts.status.as_ref(), connect));
    } else {
        checks.push(hub(facts));
        checks.push(connection_check(CheckSubject::Callback, facts.status.as_ref()));
    }
    checks.extend([
        subscriptions(facts),
        clock(facts.clock_ahead_ms),
        database(facts),
        autostart(facts.autostart),
        settings(&facts.invalid),
    ]);
    checks.extend(facts.targets.iter().map(|state| forwarding(state, facts.status.is_some())));
    Checkup { checks }
}

pub(crate) fn is_red(checkup: &Checkup) -> bool {
    checkup.checks.iter().any(|check| check.light == Light::Red)
}

/// Catalogue id of a line.
pub(crate) fn words_id(subject: CheckSubject, finding: &str) -> String {
    format!("check-{}-{finding}", subject.into_str())
}

fn line(subject: CheckSubject, light: Light, finding: &str) -> Check {
    Check { subject, light, finding: finding.to_owned(), detail: None, problem: None, remedy: None }
}

fn keyring(facts: &Facts) -> Check {
    let line = |light, finding| line(CheckSubject::Keyring, light, finding);
    match facts.keyring {
        _ if facts.is_demo => line(Light::Green, "demo"),
        KeyringState::Available => line(Light::Green, "ready"),
        KeyringState::Missing => line(Light::Red, "missing"),
        KeyringState::Locked => Check {
            remedy: facts.status.as_ref().map(|_| CheckRemedy::Reconnect),
            ..line(Light::Amber, "locked")
        },
        KeyringState::NotSetUp => line(Light::Amber, "notSetUp"),
        KeyringState::Failing => line(Light::Red, "failing"),
    }
}

fn notification_server(server: Option<&NotificationServer>) -> Check {
    let line = |light, finding| line(CheckSubject::NotificationServer, light, finding);
    let test = Some(CheckRemedy::TestNotification);
    match server {
        Some(NotificationServer::There { name, capabilities, is_inhibited }) => {
            let has_buttons = capabilities.iter().any(|capability| capability == "actions");
            let found = match (is_inhibited, has_buttons) {
                (true, _) => line(Light::Amber, "quiet"),
                (false, true) => line(Light::Green, "ready"),
                (false, false) => line(Light::Green, "plain"),
            };
            Check { detail: Some(name.clone()), remedy: test, ..found }
        }
        Some(NotificationServer::Missing) => Check { remedy: test, ..line(Light::Red, "missing") },
        Some(NotificationServer::Silent) => Check { remedy: test, ..line(Light::Red, "silent") },
        None => Check { remedy: test, ..line(Light::Green, "system") },
    }
}

fn tray_host(found: Option<TrayHost>) -> Check {
    let line = |light, finding| line(CheckSubject::TrayHost, light, finding);
    match found {
        Some(TrayHost::Ready) => line(Light::Green, "ready"),
        Some(TrayHost::Missing) => line(Light::Amber, "missing"),
        Some(TrayHost::WithoutIcon) => line(Light::Amber, "withoutIcon"),
        None => line(Light::Green, "system"),
    }
}

/// The server that calls go to: a hub, or ThinQ Connect.
struct Api {
    subject: CheckSubject,
    /// Whether it caused the problem, rather than the connection that brings messages.
    is_cause: fn(&Problem) -> bool,
    remedy: fn(ProblemCode) -> CheckRemedy,
    /// If its port does not answer.
    dead: CheckRemedy,
}

impl Api {
    fn check(&self, facts: &Facts) -> Check {
        let line = |light, finding| line(self.subject, light, finding);
        let problem = facts.status.as_ref().and_then(|status| {
            let of_connection = connection_problem(&status.connection);
            let mut problems = of_connection.into_iter().chain(&status.home_problem);
            problems.find(|problem| (self.is_cause)(problem))
        });
        if let Some(problem) = problem {
            return self.failed(problem);
        }
        let has_answered = facts.status.as_ref().is_some_and(|status| {
            matches!(
                status.connection,
                ConnectionState::Listening { .. } | ConnectionState::Limited { .. }
            )
        });
        match facts.address {
            _ if has_answered => line(Light::Green, "ready"),
            Line::Open => line(Light::Green, "open"),
            Line::Dead => Check { remedy: Some(self.dead), ..line(Light::Red, "dead") },
            Line::NotLooked => line(Light::Amber, "unknown"),
            Line::InvalidProxy => self.failed(&Problem::of(ProblemCode::InvalidProxy)),
        }
    }

    fn failed(&self, problem: &Problem) -> Check {
        let (light, remedy) = if problem.code == ProblemCode::TooManyCalls {
            // Resumes automatically.
            (Light::Amber, None)
        } else {
            (Light::Red, Some((self.remedy)(problem.code)))
        };
        let problem = Some(problem.clone());
        Check { problem, remedy, ..line(self.subject, light, "failed") }
    }
}

fn hub(facts: &Facts) -> Check {
    const SIGN_IN: [ProblemCode; 3] =
        [ProblemCode::WrongSignIn, ProblemCode::TokenRefused, ProblemCode::OtherHub];
    let api = Api {
        subject: CheckSubject::Hub,
        is_cause: is_of_hub,
        remedy: |code| {
            if SIGN_IN.contains(&code) {
                CheckRemedy::SignIn
            } else if code == ProblemCode::HubTimedOut {
                CheckRemedy::ReadHomeAgain
            } else {
                CheckRemedy::OpenSettings
            }
        },
        dead: CheckRemedy::OpenSettings,
    };
    api.check(facts)
}

/// The connection that brings messages: `subject` is the callback or the broker.
fn connection_check(subject: CheckSubject, status: Option<&Status>) -> Check {
    let line = |light, finding| line(subject, light, finding);
    let Some(status) = status else { return line(Light::Amber, "notRunning") };
    match &status.connection {
        ConnectionState::Listening { .. } => line(Light::Green, "listening"),
        ConnectionState::Connecting => line(Light::Amber, "connecting"),
        ConnectionState::Offline { problem, .. } => Check {
            problem: Some(problem.clone()),
            remedy: Some(CheckRemedy::Reconnect),
            ..line(Light::Red, "offline")
        },
        ConnectionState::SignInNeeded { problem } => Check {
            problem: Some(problem.clone()),
            remedy: Some(CheckRemedy::SignIn),
            ..line(Light::Red, "refused")
        },
        ConnectionState::KeyringLocked => {
            Check { remedy: Some(CheckRemedy::Reconnect), ..line(Light::Amber, "keyringLocked") }
        }
        ConnectionState::KeyringUnavailable => {
            Check { remedy: Some(CheckRemedy::Reconnect), ..line(Light::Red, "keyringUnavailable") }
        }
        ConnectionState::SignedOut => {
            Check { remedy: Some(CheckRemedy::SignIn), ..line(Light::Amber, "signedOut") }
        }
        ConnectionState::Limited { .. } => line(Light::Amber, "limited"),
    }
}

fn subscriptions(facts: &Facts) -> Check {
    let line = |light, finding| line(CheckSubject::Subscriptions, light, finding);
    let problem = facts.status.as_ref().and_then(|status| status.home_problem.clone());
    let again = Some(CheckRemedy::ReadHomeAgain);
    match (problem, facts.subscribed) {
        (problem, Some((active, all))) if (problem.is_none() || active > 0) && active < all => {
            Check {
                detail: Some(format!("{active}/{all}")),
                problem,
                remedy: again,
                ..line(Light::Amber, "some")
            }
        }
        (Some(problem), _) => {
            Check { problem: Some(problem), remedy: again, ..line(Light::Red, "failed") }
        }
        (None, Some((_, all))) => {
            let events_until = facts.connect.as_ref().and_then(|facts| facts.events_until.as_ref());
            match events_until {
                Some(until) => Check {
                    detail: Some(format!("{all}, {until}")),
                    ..line(Light::Green, "renewed")
                },
                None => Check { detail: Some(all.to_string()), ..line(Light::Green, "ready") },
            }
        }
        (None, None) => line(Light::Amber, "unknown"),
    }
}

fn clock(ahead_ms: Option<i64>) -> Check {
    let line = |light, finding| line(CheckSubject::Clock, light, finding);
    match ahead_ms {
        None => line(Light::Green, "unknown"),
        Some(ahead_ms) if ahead_ms.unsigned_abs() <= CLOCK_TOLERANCE_MS => {
            line(Light::Green, "right")
        }
        Some(ahead_ms) => {
            // The hub's clock is ahead if this computer's is behind.
            let finding = if ahead_ms > 0 { "behind" } else { "ahead" };
            let minutes = ahead_ms.unsigned_abs() / 60_000;
            Check { detail: Some(minutes.to_string()), ..line(Light::Amber, finding) }
        }
    }
}

fn database(facts: &Facts) -> Check {
    let line = |light, finding| line(CheckSubject::Database, light, finding);
    let problem = facts.status.as_ref().and_then(|status| status.history_problem.clone());
    if let Some(problem) = problem {
        return Check { problem: Some(problem), ..line(Light::Red, "memory") };
    }
    match facts.history {
        HistoryHealth::Absent => line(Light::Green, "empty"),
        HistoryHealth::Sound { bytes } => {
            Check { detail: Some(size(bytes)), ..line(Light::Green, "sound") }
        }
        HistoryHealth::Unchecked { bytes } => {
            Check { detail: Some(size(bytes)), ..line(Light::Green, "unchecked") }
        }
        HistoryHealth::Damaged { bytes } => {
            Check { detail: Some(size(bytes)), ..line(Light::Red, "damaged") }
        }
        HistoryHealth::Unreadable => line(Light::Red, "unreadable"),
    }
}

fn autostart(found: Option<AutostartState>) -> Check {
    let line = |light, finding| line(CheckSubject::Autostart, light, finding);
    let repair = Some(CheckRemedy::RepairAutostart);
    match found {
        Some(AutostartState::On) => line(Light::Green, "on"),
        Some(AutostartState::Off) => line(Light::Green, "off"),
        Some(AutostartState::Moved) => Check { remedy: repair, ..line(Light::Red, "moved") },
        Some(AutostartState::Elsewhere) => {
            Check { remedy: repair, ..line(Light::Amber, "elsewhere") }
        }
        None => line(Light::Amber, "unknown"),
    }
}

fn settings(invalid: &[InvalidSetting]) -> Check {
    let line = |light, finding| line(CheckSubject::Settings, light, finding);
    if invalid.is_empty() {
        return line(Light::Green, "fine");
    }
    if invalid.iter().any(|invalid| invalid.key.is_empty()) {
        let remedy = Some(CheckRemedy::SetSettingsAside);
        return Check { remedy, ..line(Light::Red, "broken") };
    }
    let keys: Vec<&str> = invalid.iter().map(|invalid| invalid.key.as_str()).collect();
    Check {
        detail: Some(keys.join(", ")),
        remedy: Some(CheckRemedy::OpenSettings),
        ..line(Light::Amber, "invalid")
    }
}

fn forwarding(state: &TargetState, is_running: bool) -> Check {
    let (light, finding) = match state {
        _ if !state.target.is_on => (Light::Green, "off"),
        _ if !is_running => (Light::Amber, "notRunning"),
        TargetState { failure: Some(_), .. } => (Light::Amber, "failing"),
        TargetState { delivered_at_ms: None, .. } => (Light::Amber, "untried"),
        TargetState { delivered_at_ms: Some(_), .. } => (Light::Green, "ready"),
    };
    let problem = state.failure.as_ref().map(|failure| failure.problem.clone());
    Check {
        detail: Some(state.target.name.clone()),
        problem: problem.filter(|_| finding == "failing"),
        remedy: (light != Light::Green).then_some(CheckRemedy::OpenForwarding),
        ..line(CheckSubject::Forwarding, light, finding)
    }
}

fn connection_problem(connection: &ConnectionState) -> Option<&Problem> {
    match connection {
        ConnectionState::Offline { problem, .. } | ConnectionState::SignInNeeded { problem } => {
            Some(problem)
        }
        ConnectionState::SignedOut
        | ConnectionState::KeyringLocked
        | ConnectionState::KeyringUnavailable
        | ConnectionState::Connecting
        | ConnectionState::Listening { .. }
        | ConnectionState::Limited { .. } => None,
    }
}

/// Whether the hub caused the problem, rather than the callback.
fn is_of_hub(problem: &Problem) -> bool {
    const OF_HUB: [ProblemCode; 11] = [
        ProblemCode::Api,
        ProblemCode::HubTimedOut,
        ProblemCode::HubUnknown,
        ProblemCode::HubUnreachable,
        ProblemCode::InvalidAddress,
        ProblemCode::KeysRefused,
        ProblemCode::OtherHub,
        ProblemCode::Terms,
        ProblemCode::TokenRefused,
        ProblemCode::TooManyCalls,
        ProblemCode::WrongSignIn,
    ];
    OF_HUB.contains(&problem.code)
}

/// Formats a file size, always with a decimal point; the text around it comes from the catalogue.
fn size(bytes: u64) -> String {
    let kib = bytes.div_ceil(1024);
    if kib < 1024 {
        format!("{kib} KiB")
    } else {
        format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
    }
}

#[cfg(test)]
#[path = "checkup_tests.rs"]
mod tests;
