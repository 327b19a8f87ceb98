//! From the engine's types to the contract's.

use contract::{
    Category, Connection, EventKind, Gap, GapReason, HistoryEvent, KeyringState, Problem,
    ProblemCode, Severity,
};
use monitor::{NewEvent, SignInError, StoredEvent, Trouble, VaultState};
use thinq::{Chain, DeviceId, Error, ErrorKind, Part};
use tracing::warn;

pub(crate) fn history_event(stored: &StoredEvent) -> HistoryEvent {
    let event = &stored.event;
    HistoryEvent {
        id: stored.id.0,
        received_at_ms: event.received_at_ms,
        kind: match event.kind {
            monitor::EventKind::Push => EventKind::Push,
            monitor::EventKind::Registered => EventKind::Registered,
            monitor::EventKind::Unregistered => EventKind::Unregistered,
            monitor::EventKind::Renamed => EventKind::Renamed,
            monitor::EventKind::Text => EventKind::Text,
            monitor::EventKind::Gap => EventKind::Gap,
        },
        code: event.code.clone(),
        device_id: event.device_id.as_ref().map(|id| id.as_str().to_owned()),
        place: event.place.clone(),
        device_name: event.device_name.clone(),
        device_type: event.device_type.clone(),
        severity: match event.severity {
            thinq::Severity::Info => Severity::Info,
            thinq::Severity::Attention => Severity::Attention,
            thinq::Severity::Error => Severity::Error,
        },
        category: match event.category {
            thinq::Category::Finished => Category::Finished,
            thinq::Category::Failed => Category::Failed,
            thinq::Category::Safety => Category::Safety,
            thinq::Category::Maintenance => Category::Maintenance,
            thinq::Category::Reminder => Category::Reminder,
            thinq::Category::Status => Category::Status,
        },
        text: event.text.clone(),
        is_read: stored.is_read,
        is_found_after_gap: event.is_found_after_gap,
        found_in: Vec::new(),
        gap: event.gap.map(|gap| Gap {
            from_ms: gap.from_ms,
            reason: match gap.reason {
                monitor::GapReason::Service => GapReason::Service,
                monitor::GapReason::Network => GapReason::Network,
                monitor::GapReason::Asleep => GapReason::Asleep,
            },
        }),
    }
}

/// Back again, as far as words are chosen by it.
pub(crate) fn told(event: &HistoryEvent) -> NewEvent {
    NewEvent {
        received_at_ms: event.received_at_ms,
        sent_at: None,
        kind: match event.kind {
            EventKind::Push => monitor::EventKind::Push,
            EventKind::Registered => monitor::EventKind::Registered,
            EventKind::Unregistered => monitor::EventKind::Unregistered,
            EventKind::Renamed => monitor::EventKind::Renamed,
            EventKind::Text => monitor::EventKind::Text,
            EventKind::Gap => monitor::EventKind::Gap,
        },
        device_id: event.device_id.as_ref().map(DeviceId::new),
        device_type: event.device_type.clone(),
        device_name: event.device_name.clone(),
        code: event.code.clone(),
        severity: thinq::Severity::Info,
        category: thinq::Category::Status,
        text: event.text.clone(),
        place: event.place.clone(),
        is_found_after_gap: event.is_found_after_gap,
        is_from_state: false,
        gap: event.gap.map(|gap| monitor::Gap {
            from_ms: gap.from_ms,
            reason: match gap.reason {
                GapReason::Service => monitor::GapReason::Service,
                GapReason::Network => monitor::GapReason::Network,
                GapReason::Asleep => monitor::GapReason::Asleep,
            },
        }),
    }
}

pub(crate) fn connection(connection: &monitor::Connection) -> Connection {
    match connection {
        monitor::Connection::SignedOut => Connection::SignedOut,
        monitor::Connection::Connecting => Connection::Connecting,
        monitor::Connection::Listening { since_ms } => {
            Connection::Listening { since_ms: *since_ms }
        }
        monitor::Connection::Offline { since_ms, trouble, retry_at_ms } => Connection::Offline {
            since_ms: *since_ms,
            problem: problem(trouble),
            retry_at_ms: *retry_at_ms,
        },
        monitor::Connection::SignInNeeded { trouble } => {
            Connection::SignInNeeded { problem: problem(trouble) }
        }
        monitor::Connection::Limited { until_ms } => Connection::Limited { until_ms: *until_ms },
    }
}

pub(crate) fn keyring_state(state: VaultState) -> KeyringState {
    match state {
        VaultState::Available => KeyringState::Available,
        VaultState::Missing => KeyringState::Missing,
        VaultState::Locked => KeyringState::Locked,
    }
}

/// The words for a failed sign-in; the story behind them goes to the log.
pub(crate) fn sign_in_problem(error: &SignInError) -> Problem {
    warn!(error = %Chain(error), "sign-in failed");
    match error {
        SignInError::Service(Error::InvalidAddress { part: Part::Callback, .. }) => {
            Problem::of(ProblemCode::InvalidCallbackAddress)
        }
        SignInError::Service(error) => problem(&Trouble::from(error)),
        SignInError::NoRefreshToken => Problem::of(ProblemCode::InvalidAnswer),
    }
}

pub(crate) fn problem(trouble: &Trouble) -> Problem {
    let code = match trouble.kind {
        ErrorKind::WrongSignIn => ProblemCode::WrongSignIn,
        ErrorKind::HubUnreachable => ProblemCode::HubUnreachable,
        ErrorKind::HubUnknown => ProblemCode::HubUnknown,
        ErrorKind::HubTimedOut => ProblemCode::HubTimedOut,
        ErrorKind::TooManyCalls => ProblemCode::TooManyCalls,
        ErrorKind::KeysRefused => ProblemCode::KeysRefused,
        ErrorKind::TokenRefused => ProblemCode::TokenRefused,
        ErrorKind::OtherHub => ProblemCode::OtherHub,
        ErrorKind::ProxyUnreachable => ProblemCode::ProxyUnreachable,
        ErrorKind::Terms => ProblemCode::Terms,
        ErrorKind::Api => ProblemCode::Api,
        ErrorKind::CallbackUnreachable => ProblemCode::CallbackUnreachable,
        ErrorKind::CallbackRefused => ProblemCode::CallbackRefused,
        ErrorKind::CallbackEnded => ProblemCode::CallbackEnded,
        ErrorKind::Tls => ProblemCode::Tls,
        ErrorKind::InvalidAddress => ProblemCode::InvalidAddress,
        ErrorKind::InvalidAnswer => ProblemCode::InvalidAnswer,
    };
    // The code says more than LG's number, except where the number is all there is.
    let api_code = if code == ProblemCode::Api { trouble.api_code.clone() } else { None };
    Problem { code, api_code }
}
