//! From the engine's types to the contract's.

use model::{Connection, Problem, ProblemCode};
use monitor::{HistoryProblem, SignInError, Trouble};
use thinq::{Chain, Error, ErrorKind, Peer};
use tracing::warn;

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
        SignInError::Service(Error::InvalidAddress { peer: Peer::Callback, .. }) => {
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
        ErrorKind::ProxyRefused => ProblemCode::ProxyRefused,
        ErrorKind::InvalidProxy => ProblemCode::InvalidProxy,
        ErrorKind::Terms => ProblemCode::Terms,
        ErrorKind::Api | ErrorKind::FeatureMissing | ErrorKind::CountryRefused => ProblemCode::Api,
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
