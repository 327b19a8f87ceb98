//! The checks of ThinQ Connect: its HTTPS API, the features of the token, and the message broker.

use contract::{Check, CheckRemedy, CheckSubject, Light};
use model::{ConnectionState, Feature, Problem, ProblemCode, Status};

use super::{Facts, Line, connection_check, connection_problem, line};

/// Facts about a session of ThinQ Connect.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectFacts {
    pub(crate) is_signed_in: bool,
    /// Features that the token lacks, as far as tried.
    pub(crate) missing: Vec<Feature>,
    /// Port of the broker, and the last day of the client certificate.
    pub(crate) broker: Option<(u16, String)>,
    /// Local time at which the event subscriptions end.
    pub(crate) events_until: Option<String>,
    /// Calls in the current hour, and how many are allowed.
    pub(crate) calls: (u32, u32),
}

/// Whether region and token work.
pub(super) fn api(facts: &Facts, connect: &ConnectFacts) -> Check {
    let line = |light, finding| line(CheckSubject::Connect, light, finding);
    let problem = facts.status.as_ref().and_then(|status| {
        let of_connection = connection_problem(&status.connection);
        of_connection.into_iter().chain(&status.home_problem).find(|problem| is_of_api(problem))
    });
    if let Some(problem) = problem {
        return api_problem(problem);
    }
    let has_answered = facts.status.as_ref().is_some_and(|status| {
        matches!(
            status.connection,
            ConnectionState::Listening { .. } | ConnectionState::Limited { .. }
        )
    });
    match facts.address {
        _ if has_answered => {
            let (count, most) = connect.calls;
            Check { detail: Some(format!("{count}/{most}")), ..line(Light::Green, "ready") }
        }
        Line::Open => line(Light::Green, "open"),
        Line::Dead => Check { remedy: Some(CheckRemedy::Reconnect), ..line(Light::Red, "dead") },
        Line::NotLooked => line(Light::Amber, "unknown"),
        Line::InvalidProxy => api_problem(&Problem::of(ProblemCode::InvalidProxy)),
    }
}

fn api_problem(problem: &Problem) -> Check {
    let sign_in =
        [ProblemCode::PersonalTokenRefused, ProblemCode::CountryRefused, ProblemCode::OtherHub];
    let settings = [ProblemCode::InvalidConnectAddress, ProblemCode::InvalidProxy];
    let (light, remedy) = if problem.code == ProblemCode::TooManyCalls {
        // Resumes automatically.
        (Light::Amber, None)
    } else if sign_in.contains(&problem.code) {
        (Light::Red, Some(CheckRemedy::SignIn))
    } else if settings.contains(&problem.code) {
        (Light::Red, Some(CheckRemedy::OpenSettings))
    } else {
        (Light::Red, Some(CheckRemedy::ReadHomeAgain))
    };
    let problem = Some(problem.clone());
    Check { problem, remedy, ..line(CheckSubject::Connect, light, "failed") }
}

/// A line for each feature that the token lacks.
pub(super) fn features(connect: &ConnectFacts) -> Vec<Check> {
    let line = |light, finding| line(CheckSubject::Features, light, finding);
    if connect.missing.is_empty() {
        return vec![if connect.is_signed_in {
            line(Light::Green, "ready")
        } else {
            line(Light::Amber, "unknown")
        }];
    }
    let missing = connect.missing.iter().map(|&feature| Check {
        problem: Some(Problem {
            feature: Some(feature),
            ..Problem::of(ProblemCode::FeatureMissing)
        }),
        remedy: Some(CheckRemedy::SignIn),
        ..line(Light::Amber, "missing")
    });
    missing.collect()
}

pub(super) fn broker(status: Option<&Status>, connect: &ConnectFacts) -> Check {
    let check = connection_check(CheckSubject::Broker, status);
    let detail = connect.broker.as_ref().map(|(port, until)| format!("{port}, {until}"));
    if check.finding == "listening" { Check { detail, ..check } } else { check }
}

/// Whether the API caused the problem, rather than the broker.
fn is_of_api(problem: &Problem) -> bool {
    const OF_API: [ProblemCode; 10] = [
        ProblemCode::Api,
        ProblemCode::ConnectTimedOut,
        ProblemCode::ConnectUnknown,
        ProblemCode::ConnectUnreachable,
        ProblemCode::CountryRefused,
        ProblemCode::InvalidConnectAddress,
        ProblemCode::OtherHub,
        ProblemCode::PersonalTokenRefused,
        ProblemCode::Terms,
        ProblemCode::TooManyCalls,
    ];
    OF_API.contains(&problem.code)
}
