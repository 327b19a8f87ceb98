//! From the engine's types to the contract's.

pub(crate) mod rules;

use model::{Connection, HistoryEvent, HistoryFilter, Problem, ProblemCode, RetentionRule};
use monitor::{
    Filter, HistoryProblem, NewEvent, Retention, SearchHit, SignInError, StoredEvent, Trouble,
};
use thinq::{Chain, DeviceId, Error, ErrorKind, Peer};
use tracing::warn;

pub(crate) fn history_event(stored: &StoredEvent) -> HistoryEvent {
    let event = &stored.event;
    HistoryEvent {
        id: stored.id.0,
        received_at_ms: event.received_at_ms,
        kind: event.kind,
        code: event.code.clone(),
        device_id: event.device_id.as_ref().map(|id| id.as_str().to_owned()),
        place: event.place.clone(),
        device_name: event.device_name.clone(),
        device_type: event.device_type.clone(),
        severity: event.severity,
        category: event.category,
        text: event.text.clone(),
        is_read: stored.is_read,
        is_found_after_gap: event.is_found_after_gap,
        found_in: Vec::new(),
        gap: event.gap,
    }
}

/// As [`history_event`], with where the text was found.
pub(crate) fn found_event(found: &SearchHit) -> HistoryEvent {
    HistoryEvent { found_in: found.found_in.clone(), ..history_event(&found.stored) }
}

pub(crate) fn filter(filter: &HistoryFilter) -> Filter {
    Filter {
        text: filter.text.clone(),
        device_ids: filter.device_ids.iter().map(DeviceId::new).collect(),
        categories: filter.categories.clone(),
        severities: filter.severities.clone(),
        is_unread: filter.is_unread,
        from_ms: filter.from_ms,
        until_ms: filter.until_ms,
    }
}

pub(crate) fn history_trouble(trouble: HistoryProblem) -> ProblemCode {
    match trouble {
        HistoryProblem::DiskFull => ProblemCode::HistoryFull,
        HistoryProblem::ReadOnly => ProblemCode::HistoryReadOnly,
        HistoryProblem::Locked => ProblemCode::HistoryLocked,
        HistoryProblem::Foreign => ProblemCode::HistoryForeign,
        HistoryProblem::Newer => ProblemCode::HistoryNewer,
        HistoryProblem::Damaged => ProblemCode::HistoryDamaged,
        HistoryProblem::Unavailable => ProblemCode::HistoryUnavailable,
    }
}

pub(crate) fn retention(rules: &[RetentionRule]) -> Vec<Retention> {
    rules.iter().map(|rule| Retention { category: rule.category, days: rule.days }).collect()
}

/// Back again, as far as words are chosen by it.
pub(crate) fn told(event: &HistoryEvent) -> NewEvent {
    NewEvent {
        received_at_ms: event.received_at_ms,
        sent_at: None,
        kind: event.kind,
        device_id: event.device_id.as_ref().map(DeviceId::new),
        device_type: event.device_type.clone(),
        device_name: event.device_name.clone(),
        code: event.code.clone(),
        severity: model::Severity::Info,
        category: model::Category::Status,
        text: event.text.clone(),
        place: event.place.clone(),
        is_found_after_gap: event.is_found_after_gap,
        is_from_state: false,
        gap: event.gap,
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

/// The words for a failed sign-in; the story behind them goes to the log.
pub(crate) fn sign_in_problem(error: &SignInError) -> Problem {
    warn!(error = %Chain(error), "sign-in failed");
    match error {
        SignInError::Service(error) => {
            if let Error::InvalidAddress { peer: Peer::Callback, .. } = **error {
                return Problem::of(ProblemCode::InvalidCallbackAddress);
            }
            if let Error::InvalidAddress { peer: Peer::Connect, .. } = **error {
                return Problem::of(ProblemCode::InvalidConnectAddress);
            }
            problem(&Trouble::from(&**error))
        }
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
        ErrorKind::ProxyRefused => ProblemCode::ProxyRefused,
        ErrorKind::InvalidProxy => ProblemCode::InvalidProxy,
        ErrorKind::Terms => ProblemCode::Terms,
        ErrorKind::Api => ProblemCode::Api,
        ErrorKind::PersonalTokenRefused => ProblemCode::PersonalTokenRefused,
        ErrorKind::FeatureMissing => ProblemCode::FeatureMissing,
        ErrorKind::CountryRefused => ProblemCode::CountryRefused,
        ErrorKind::ConnectUnreachable => ProblemCode::ConnectUnreachable,
        ErrorKind::ConnectTimedOut => ProblemCode::ConnectTimedOut,
        ErrorKind::ConnectUnknown => ProblemCode::ConnectUnknown,
        ErrorKind::BrokerUnreachable => ProblemCode::BrokerUnreachable,
        ErrorKind::BrokerRefused => ProblemCode::BrokerRefused,
        ErrorKind::BrokerEnded => ProblemCode::BrokerEnded,
        ErrorKind::CallbackUnreachable => ProblemCode::CallbackUnreachable,
        ErrorKind::CallbackRefused => ProblemCode::CallbackRefused,
        ErrorKind::CallbackEnded => ProblemCode::CallbackEnded,
        ErrorKind::Tls => ProblemCode::Tls,
        ErrorKind::InvalidAddress => ProblemCode::InvalidAddress,
        ErrorKind::InvalidAnswer => ProblemCode::InvalidAnswer,
    };
    // The code says more than LG's number, except where the number is all there is.
    let api_code = if code == ProblemCode::Api { trouble.api_code.clone() } else { None };
    Problem { code, api_code, feature: trouble.feature }
}
