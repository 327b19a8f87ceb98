//! Each check against the problems it must find.

use std::collections::BTreeSet;

use model::{ConnectionState, Destination, Feature, ForwardFailure, ForwardTarget};
use words::{Language, Value, Words};

use super::*;

fn target() -> TargetState {
    look::untold(ForwardTarget {
        name: String::from("phone"),
        is_on: true,
        destination: Destination::Command { program: String::from("true"), arguments: Vec::new() },
        categories: None,
        severities: None,
        devices: None,
        waits_in_quiet_hours: false,
        keep_hours: 24,
    })
}

fn failure() -> ForwardFailure {
    ForwardFailure { problem: Problem::of(ProblemCode::TargetUnreachable), detail: String::new() }
}

fn status(connection: ConnectionState) -> Status {
    Status {
        connection,
        provider: None,
        country: None,
        account: None,
        keyring: KeyringState::Available,
        paused_until_ms: None,
        quiet_until_ms: None,
        unread: 0,
        devices: 9,
        home_problem: None,
        history_problem: None,
        notification_problem: None,
        dropped_frames: 0,
        clock: model::HourClock::H24,
        calls_today: 0,
        call_budget: 300,
        update: None,
        demo: None,
        language: String::from("en"),
        version: String::from("0.1.0"),
    }
}

/// Facts without a problem.
fn facts() -> Facts {
    Facts {
        status: Some(status(ConnectionState::Listening { since_ms: 0 })),
        is_demo: false,
        keyring: KeyringState::Available,
        server: Some(server(&["actions", "body"], false)),
        tray_host: Some(TrayHost::Ready),
        address: Line::NotLooked,
        connect: None,
        subscribed: Some((9, 9)),
        clock_ahead_ms: Some(1_000),
        history: HistoryHealth::Sound { bytes: 3_000_000 },
        autostart: Some(AutostartState::On),
        invalid: Vec::new(),
        targets: Vec::new(),
    }
}

fn server(capabilities: &[&str], is_inhibited: bool) -> NotificationServer {
    let capabilities = capabilities.iter().map(|name| (*name).to_owned()).collect();
    let name = String::from("dunst 1.9.0");
    NotificationServer::There { name, capabilities, is_inhibited }
}

fn offline(code: ProblemCode) -> ConnectionState {
    ConnectionState::Offline { since_ms: 0, problem: Problem::of(code), retry_at_ms: 1 }
}

fn invalid(key: &str) -> InvalidSetting {
    InvalidSetting { key: key.to_owned(), found: String::from("x") }
}

/// As while listening to ThinQ Connect.
fn connect(facts: &mut Facts) {
    facts.connect = Some(ConnectFacts {
        is_signed_in: true,
        missing: Vec::new(),
        broker: Some((443, String::from("2049-12-31"))),
        events_until: Some(String::from("2026-12-02 05:40")),
        calls: (12, 60),
    });
}

#[test]
fn a_missing_feature_is_named_and_details_are_given() {
    let mut facts = facts();
    connect(&mut facts);
    facts.connect.as_mut().unwrap().missing = vec![Feature::Pushes, Feature::Energy];

    let checks = judge(&facts).checks;

    let features = checks.iter().filter(|check| check.subject == CheckSubject::Features);
    let named: Vec<_> =
        features.map(|check| check.problem.as_ref().unwrap().feature.unwrap()).collect();
    assert_eq!(named, [Feature::Pushes, Feature::Energy]);
    let detail = |subject| {
        let check = checks.iter().find(|check| check.subject == subject).unwrap();
        check.detail.as_deref().unwrap()
    };
    assert_eq!(detail(CheckSubject::Connect), "12/60");
    assert_eq!(detail(CheckSubject::Broker), "443, 2049-12-31");
    assert_eq!(detail(CheckSubject::Subscriptions), "9, 2026-12-02 05:40");
}

type Change = fn(&mut Facts);
type Case = (Change, CheckSubject, &'static str, Light, Option<CheckRemedy>);

#[rustfmt::skip]
const CASES: &[Case] = &[
    (|_| {}, CheckSubject::Keyring, "ready", Light::Green, None),
    (|f| f.is_demo = true, CheckSubject::Keyring, "demo", Light::Green, None),
    (|f| f.keyring = KeyringState::Missing, CheckSubject::Keyring, "missing", Light::Red, None),
    (|f| f.keyring = KeyringState::Locked, CheckSubject::Keyring, "locked", Light::Amber, Some(CheckRemedy::Reconnect)),
    (|f| { f.keyring = KeyringState::Locked; f.status = None }, CheckSubject::Keyring, "locked", Light::Amber, None),
    (|f| f.keyring = KeyringState::NotSetUp, CheckSubject::Keyring, "notSetUp", Light::Amber, None),
    (|f| f.keyring = KeyringState::Failing, CheckSubject::Keyring, "failing", Light::Red, None),
    (|_| {}, CheckSubject::NotificationServer, "ready", Light::Green, Some(CheckRemedy::TestNotification)),
    (|f| f.server = Some(server(&["body"], false)), CheckSubject::NotificationServer, "plain", Light::Green, Some(CheckRemedy::TestNotification)),
    (|f| f.server = Some(server(&["actions"], true)), CheckSubject::NotificationServer, "quiet", Light::Amber, Some(CheckRemedy::TestNotification)),
    (|f| f.server = Some(NotificationServer::Missing), CheckSubject::NotificationServer, "missing", Light::Red, Some(CheckRemedy::TestNotification)),
    (|f| f.server = Some(NotificationServer::Silent), CheckSubject::NotificationServer, "silent", Light::Red, Some(CheckRemedy::TestNotification)),
    (|f| f.server = None, CheckSubject::NotificationServer, "system", Light::Green, Some(CheckRemedy::TestNotification)),
    (|_| {}, CheckSubject::TrayHost, "ready", Light::Green, None),
    (
        |f| f.tray_host = Some(TrayHost::Missing),
        CheckSubject::TrayHost,
        "missing",
        Light::Amber,
        None,
    ),
    (
        |f| f.tray_host = Some(TrayHost::WithoutIcon),
        CheckSubject::TrayHost,
        "withoutIcon",
        Light::Amber,
        None,
    ),
    (|f| f.tray_host = None, CheckSubject::TrayHost, "system", Light::Green, None),
    (|_| {}, CheckSubject::Hub, "ready", Light::Green, None),
    (|f| { f.status = None; f.address = Line::Open }, CheckSubject::Hub, "open", Light::Green, None),
    (|f| { f.status = None; f.address = Line::InvalidProxy }, CheckSubject::Hub, "failed", Light::Red, Some(CheckRemedy::OpenSettings)),
    (|f| { f.status = None; f.address = Line::Dead }, CheckSubject::Hub, "dead", Light::Red, Some(CheckRemedy::OpenSettings)),
    (|f| f.status = None, CheckSubject::Hub, "unknown", Light::Amber, None),
    (|f| f.status = Some(status(offline(ProblemCode::HubUnreachable))), CheckSubject::Hub, "failed", Light::Red, Some(CheckRemedy::OpenSettings)),
    (|f| f.status = Some(status(offline(ProblemCode::HubTimedOut))), CheckSubject::Hub, "failed", Light::Red, Some(CheckRemedy::ReadHomeAgain)),
    (|f| f.status = Some(status(ConnectionState::SignInNeeded { problem: Problem::of(ProblemCode::OtherHub) })), CheckSubject::Hub, "failed", Light::Red, Some(CheckRemedy::SignIn)),
    (|f| f.status = Some(status(offline(ProblemCode::TooManyCalls))), CheckSubject::Hub, "failed", Light::Amber, None),
    // Problems of the callback are not those of the hub.
    (|f| { f.status = Some(status(offline(ProblemCode::CallbackUnreachable))); f.address = Line::Open }, CheckSubject::Hub, "open", Light::Green, None),
    (|_| {}, CheckSubject::Callback, "listening", Light::Green, None),
    (|f| f.status = Some(status(ConnectionState::Connecting)), CheckSubject::Callback, "connecting", Light::Amber, None),
    (|f| f.status = Some(status(offline(ProblemCode::CallbackUnreachable))), CheckSubject::Callback, "offline", Light::Red, Some(CheckRemedy::Reconnect)),
    (|f| f.status = Some(status(ConnectionState::SignInNeeded { problem: Problem::of(ProblemCode::TokenRefused) })), CheckSubject::Callback, "refused", Light::Red, Some(CheckRemedy::SignIn)),
    (|f| f.status = Some(status(ConnectionState::SignedOut)), CheckSubject::Callback, "signedOut", Light::Amber, Some(CheckRemedy::SignIn)),
    (|f| f.status = Some(status(ConnectionState::KeyringLocked)), CheckSubject::Callback, "keyringLocked", Light::Amber, Some(CheckRemedy::Reconnect)),
    (|f| f.status = Some(status(ConnectionState::KeyringUnavailable)), CheckSubject::Callback, "keyringUnavailable", Light::Red, Some(CheckRemedy::Reconnect)),
    (|f| f.status = Some(status(ConnectionState::Limited { until_ms: 1 })), CheckSubject::Callback, "limited", Light::Amber, None),
    (|f| f.status = None, CheckSubject::Callback, "notRunning", Light::Amber, None),
    (connect, CheckSubject::Connect, "ready", Light::Green, None),
    (|f| { connect(f); f.status = None; f.address = Line::Open }, CheckSubject::Connect, "open", Light::Green, None),
    (|f| { connect(f); f.status = None; f.address = Line::Dead }, CheckSubject::Connect, "dead", Light::Red, Some(CheckRemedy::Reconnect)),
    (|f| { connect(f); f.status = None }, CheckSubject::Connect, "unknown", Light::Amber, None),
    (|f| { connect(f); f.status = None; f.address = Line::InvalidProxy }, CheckSubject::Connect, "failed", Light::Red, Some(CheckRemedy::OpenSettings)),
    (|f| { connect(f); f.status = Some(status(offline(ProblemCode::ConnectUnreachable))) }, CheckSubject::Connect, "failed", Light::Red, Some(CheckRemedy::ReadHomeAgain)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::SignInNeeded { problem: Problem::of(ProblemCode::PersonalTokenRefused) })) }, CheckSubject::Connect, "failed", Light::Red, Some(CheckRemedy::SignIn)),
    (|f| { connect(f); f.status = Some(status(offline(ProblemCode::TooManyCalls))) }, CheckSubject::Connect, "failed", Light::Amber, None),
    // Problems of the broker are not those of the API.
    (|f| { connect(f); f.status = Some(status(offline(ProblemCode::BrokerRefused))); f.address = Line::Open }, CheckSubject::Connect, "open", Light::Green, None),
    (connect, CheckSubject::Features, "ready", Light::Green, None),
    (|f| { connect(f); f.connect.as_mut().unwrap().missing = vec![Feature::Energy] }, CheckSubject::Features, "missing", Light::Amber, Some(CheckRemedy::SignIn)),
    (|f| f.connect = Some(ConnectFacts::default()), CheckSubject::Features, "unknown", Light::Amber, None),
    (connect, CheckSubject::Broker, "listening", Light::Green, None),
    (|f| { connect(f); f.status = Some(status(ConnectionState::Connecting)) }, CheckSubject::Broker, "connecting", Light::Amber, None),
    (|f| { connect(f); f.status = Some(status(offline(ProblemCode::BrokerRefused))) }, CheckSubject::Broker, "offline", Light::Red, Some(CheckRemedy::Reconnect)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::SignInNeeded { problem: Problem::of(ProblemCode::PersonalTokenRefused) })) }, CheckSubject::Broker, "refused", Light::Red, Some(CheckRemedy::SignIn)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::SignedOut)) }, CheckSubject::Broker, "signedOut", Light::Amber, Some(CheckRemedy::SignIn)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::KeyringLocked)) }, CheckSubject::Broker, "keyringLocked", Light::Amber, Some(CheckRemedy::Reconnect)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::KeyringUnavailable)) }, CheckSubject::Broker, "keyringUnavailable", Light::Red, Some(CheckRemedy::Reconnect)),
    (|f| { connect(f); f.status = Some(status(ConnectionState::Limited { until_ms: 1 })) }, CheckSubject::Broker, "limited", Light::Amber, None),
    (|f| { connect(f); f.status = None }, CheckSubject::Broker, "notRunning", Light::Amber, None),
    (connect, CheckSubject::Subscriptions, "renewed", Light::Green, None),
    (|_| {}, CheckSubject::Subscriptions, "ready", Light::Green, None),
    (|f| f.subscribed = Some((7, 9)), CheckSubject::Subscriptions, "some", Light::Amber, Some(CheckRemedy::ReadHomeAgain)),
    (|f| f.status.as_mut().unwrap().home_problem = Some(Problem::of(ProblemCode::Api)), CheckSubject::Subscriptions, "failed", Light::Red, Some(CheckRemedy::ReadHomeAgain)),
    (|f| f.subscribed = None, CheckSubject::Subscriptions, "unknown", Light::Amber, None),
    (|_| {}, CheckSubject::Clock, "right", Light::Green, None),
    (|f| f.clock_ahead_ms = Some(600_000), CheckSubject::Clock, "behind", Light::Amber, None),
    (|f| f.clock_ahead_ms = Some(-600_000), CheckSubject::Clock, "ahead", Light::Amber, None),
    (|f| f.clock_ahead_ms = None, CheckSubject::Clock, "unknown", Light::Green, None),
    (|_| {}, CheckSubject::Database, "sound", Light::Green, None),
    (|f| f.history = HistoryHealth::Absent, CheckSubject::Database, "empty", Light::Green, None),
    (|f| f.history = HistoryHealth::Unchecked { bytes: 1 }, CheckSubject::Database, "unchecked", Light::Green, None),
    (|f| f.history = HistoryHealth::Damaged { bytes: 1 }, CheckSubject::Database, "damaged", Light::Red, None),
    (|f| f.history = HistoryHealth::Unreadable, CheckSubject::Database, "unreadable", Light::Red, None),
    (|f| f.status.as_mut().unwrap().history_problem = Some(Problem::of(ProblemCode::HistoryUnavailable)), CheckSubject::Database, "memory", Light::Red, None),
    (|_| {}, CheckSubject::Autostart, "on", Light::Green, None),
    (|f| f.autostart = Some(AutostartState::Off), CheckSubject::Autostart, "off", Light::Green, None),
    (|f| f.autostart = Some(AutostartState::Moved), CheckSubject::Autostart, "moved", Light::Red, Some(CheckRemedy::RepairAutostart)),
    (|f| f.autostart = Some(AutostartState::Elsewhere), CheckSubject::Autostart, "elsewhere", Light::Amber, Some(CheckRemedy::RepairAutostart)),
    (|f| f.autostart = None, CheckSubject::Autostart, "unknown", Light::Amber, None),
    (|_| {}, CheckSubject::Settings, "fine", Light::Green, None),
    (|f| f.invalid = vec![invalid("proxy"), invalid("log")], CheckSubject::Settings, "invalid", Light::Amber, Some(CheckRemedy::OpenSettings)),
    (|f| f.invalid = vec![invalid("")], CheckSubject::Settings, "broken", Light::Red, Some(CheckRemedy::SetSettingsAside)),
    (|f| f.targets = vec![TargetState { delivered_at_ms: Some(1), ..target() }], CheckSubject::Forwarding, "ready", Light::Green, None),
    (|f| f.targets = vec![target()], CheckSubject::Forwarding, "untried", Light::Amber, Some(CheckRemedy::OpenForwarding)),
    (|f| { f.targets = vec![target()]; f.targets[0].target.is_on = false }, CheckSubject::Forwarding, "off", Light::Green, None),
    (|f| f.targets = vec![TargetState { failure: Some(failure()), ..target() }], CheckSubject::Forwarding, "failing", Light::Amber, Some(CheckRemedy::OpenForwarding)),
    (|f| { f.targets = vec![target()]; f.status = None }, CheckSubject::Forwarding, "notRunning", Light::Amber, Some(CheckRemedy::OpenForwarding)),
];

#[test]
fn each_state_of_things_has_its_line_and_what_mends_it() {
    for (change, subject, finding, light, remedy) in CASES {
        let mut facts = facts();
        change(&mut facts);

        let checkup = judge(&facts);

        let check = checkup.checks.iter().find(|check| check.subject == *subject).unwrap();
        assert_eq!(check.finding, *finding, "{subject:?}");
        assert_eq!((check.light, check.remedy), (*light, *remedy), "{subject:?} {finding}");
    }
}

#[test]
fn every_line_was_looked_at_and_none_is_unknown() {
    let known: BTreeSet<_> = FINDINGS
        .iter()
        .flat_map(|(subject, findings)| findings.iter().map(move |one| words_id(*subject, one)))
        .collect();
    let seen: BTreeSet<_> =
        CASES.iter().map(|(_, subject, finding, ..)| words_id(*subject, finding)).collect();

    assert_eq!(known, seen);
}

#[test]
fn all_is_green_on_a_good_day_and_one_line_makes_it_red() {
    let good = judge(&facts());
    assert!(good.checks.iter().all(|check| check.light == Light::Green), "{good:#?}");
    assert!(!is_red(&good));

    let bad = judge(&Facts { history: HistoryHealth::Unreadable, ..facts() });
    assert!(is_red(&bad));
}

#[test]
fn every_line_has_words_and_all_words_have_a_line() {
    let (english, korean) = (Words::new(Language::English), Words::new(Language::Korean));
    let mut ids: BTreeSet<String> = BTreeSet::from([String::from("check-report-saved")]);
    for (subject, findings) in FINDINGS {
        ids.insert(format!("check-{}", subject.into_str()));
        ids.extend(findings.iter().map(|finding| words_id(subject, finding)));
    }

    for id in &ids {
        for words in [&english, &korean] {
            let text = words.text_with(id, &[("detail", Value::Text("x"))]);
            assert!(words.has(id) && !text.contains('{'), "{id}: {text}");
        }
    }
    let catalogue = include_str!("../../words/catalogue/en/check.ftl");
    let written = catalogue.lines().filter_map(|line| line.split_once(" = ").map(|(id, _)| id));
    let written: BTreeSet<_> =
        written.filter(|id| !id.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(written, ids);
}

#[test]
fn each_appliance_counts_by_what_came_of_it() {
    use model::{Device, Home, Subscription};

    let device = |name: &str, push, is_watched| Device {
        id: model::DeviceId::new(name),
        name: name.to_owned(),
        device_type: String::from("DEVICE_WASHER"),
        model: None,
        is_watched,
        push,
        events: Subscription::Active,
        parts: Vec::new(),
        open_doors: Vec::new(),
        seen_at_ms: None,
    };
    let failed = Problem::from(&thinq::Error::InvalidToken);
    let home = Home {
        devices: vec![
            device("works", Subscription::Active, true),
            device("fails", Subscription::Failed { problem: failed }, true),
            device("waits", Subscription::Pending, true),
            device("has none", Subscription::Unsupported, true),
            device("is off", Subscription::Off, false),
        ],
    };

    assert_eq!(look::subscribed(&home), (1, 3));
}

#[test]
fn an_appliance_that_fails_is_said_beside_those_that_work() {
    let mut facts = facts();
    facts.subscribed = Some((8, 9));
    facts.status.as_mut().unwrap().home_problem = Some(Problem::of(ProblemCode::Api));

    let check = subscriptions(&facts);

    assert_eq!((check.light, check.finding.as_str()), (Light::Amber, "some"));
    assert_eq!(check.detail.as_deref(), Some("8/9"));
    assert!(check.problem.is_some());
}
