//! The checks of ThinQ Connect: its HTTPS API, the features of the token, and the message broker.

use contract::{Check, CheckRemedy, CheckSubject, Light};
use model::{Feature, Problem, ProblemCode, Status};

use super::{Api, Facts, connection_check, line};

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
    const SIGN_IN: [ProblemCode; 3] =
        [ProblemCode::PersonalTokenRefused, ProblemCode::CountryRefused, ProblemCode::OtherHub];
    const SETTINGS: [ProblemCode; 2] =
        [ProblemCode::InvalidConnectAddress, ProblemCode::InvalidProxy];
    let api = Api {
        subject: CheckSubject::Connect,
        is_cause: is_of_api,
        remedy: |code| {
            if SIGN_IN.contains(&code) {
                CheckRemedy::SignIn
            } else if SETTINGS.contains(&code) {
                CheckRemedy::OpenSettings
            } else {
                CheckRemedy::ReadHomeAgain
            }
        },
        dead: CheckRemedy::Reconnect,
    };
    let check = api.check(facts);
    let (count, most) = connect.calls;
    let detail = (check.finding == "ready").then(|| format!("{count}/{most}"));
    Check { detail, ..check }
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
