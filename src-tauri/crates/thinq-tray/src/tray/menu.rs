//! The tray's menu and tooltip as plain data, the same on every platform.

use jiff::tz::TimeZone;
use model::{ConnectionState, Home, OPEN_END_MS, PauseUntil, Status};
use monitor::{StoredEvent, decision};
use words::{Value, Words};

use super::devices;
use crate::clock::moment;

/// Number of recent events in the menu.
pub(crate) const LISTED_EVENTS: u32 = 5;
/// Maximum length of a line, as the longest one determines the width of the menu.
const LONGEST_LABEL: usize = 60;

/// Action chosen by the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    OpenHistory {
        event: Option<i64>,
    },
    SignIn,
    SignOut,
    Pause(PauseUntil),
    Resume,
    Reconnect,
    Quit,
    /// No panel shows the icon: the window must be opened instead.
    NoHost,
    /// The panel that showed the icon is gone, but may be restarting.
    HostGone,
}

/// An action with its activation token.
#[derive(Debug)]
pub(crate) struct ActionRequest {
    pub(crate) action: Action,
    /// Activation token of the click, which allows a window to come to the front.
    pub(crate) token: Option<String>,
}

impl From<Action> for ActionRequest {
    fn from(action: Action) -> Self {
        Self { action, token: None }
    }
}

/// Content of the menu beside the status.
#[derive(Default)]
pub(crate) struct Latest {
    /// Newest first.
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) home: Home,
}

/// Line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Text without an action.
    Label(String),
    Command(String, Action),
    Submenu(String, Vec<(String, Action)>),
    Separator,
}

pub(crate) fn lines(
    status: &Status,
    latest: &Latest,
    words: &Words,
    now_ms: i64,
    time_zone: &TimeZone,
) -> Vec<Line> {
    let command = |id: &str, action| Line::Command(words.text(id), action);
    let mut lines = vec![Line::Label(status_text(status, words, now_ms, time_zone))];
    lines.extend(offline_detail(&status.connection, words, now_ms, time_zone).map(Line::Label));
    lines.extend(newer_release(status, words).map(Line::Label));
    if let Some(problem) = &status.notification_problem {
        lines.push(Line::Label(words.text(&format!("problem-{}", problem.code.into_str()))));
    }
    match status.connection {
        ConnectionState::KeyringUnavailable | ConnectionState::Offline { .. } => {
            lines.push(command("tray-reconnect", Action::Reconnect));
        }
        ConnectionState::KeyringLocked => lines.push(command("tray-unlock", Action::Reconnect)),
        ConnectionState::SignedOut
        | ConnectionState::Connecting
        | ConnectionState::Listening { .. }
        | ConnectionState::SignInNeeded { .. }
        | ConnectionState::Limited { .. } => {}
    }
    let devices = devices::lines(&latest.home, words, now_ms, time_zone);
    if !devices.is_empty() {
        lines.push(Line::Separator);
        lines.extend(devices.iter().map(|line| Line::Label(shortened(line))));
    }
    lines.push(Line::Separator);
    lines.push(Line::Label(unread(status, words)));
    if latest.events.is_empty() {
        lines.push(Line::Label(words.text("tray-no-events")));
    }
    for event in &latest.events {
        let label = event_label(event, words, now_ms, time_zone);
        lines.push(Line::Command(label, Action::OpenHistory { event: Some(event.id.0) }));
    }
    lines.push(command("tray-open-history", Action::OpenHistory { event: None }));
    lines.push(Line::Separator);
    lines.push(match status.paused_until_ms {
        Some(_) => command("tray-resume", Action::Resume),
        None => pauses(words),
    });
    let is_in = status.provider.is_some();
    let is_refused = matches!(status.connection, ConnectionState::SignInNeeded { .. });
    if !is_in || is_refused {
        lines.push(command("tray-sign-in", Action::SignIn));
    }
    if is_in {
        lines.push(command("tray-sign-out", Action::SignOut));
    }
    lines.push(Line::Separator);
    lines.push(command("tray-quit", Action::Quit));
    lines
}

fn pauses(words: &Words) -> Line {
    let pauses = [
        ("tray-pause-for-hour", PauseUntil::Minutes { minutes: 60 }),
        ("tray-pause-morning", PauseUntil::Morning),
        ("tray-pause-open", PauseUntil::SwitchedOn),
    ];
    let pauses = pauses.map(|(id, until)| (words.text(id), Action::Pause(until)));
    Line::Submenu(words.text("tray-pause"), pauses.to_vec())
}

/// The connection state in one line, with the pause if there is one.
pub(crate) fn status_text(
    status: &Status,
    words: &Words,
    now_ms: i64,
    time_zone: &TimeZone,
) -> String {
    let until = |id: &str, ms| {
        words.text_with(id, &[("until", Value::Text(&moment(ms, now_ms, time_zone, words)))])
    };
    match (&status.connection, status.paused_until_ms) {
        (ConnectionState::SignedOut, _) => words.text("status-signedOut"),
        (ConnectionState::KeyringLocked, _) => words.text("status-keyringLocked"),
        (ConnectionState::KeyringUnavailable, _) => words.text("status-keyringUnavailable"),
        (ConnectionState::Connecting, _) => words.text("status-connecting"),
        (ConnectionState::Listening { .. }, Some(OPEN_END_MS)) => words.text("status-paused-open"),
        (ConnectionState::Listening { .. }, Some(paused)) => until("status-paused", paused),
        (ConnectionState::Listening { .. }, None) => match status.quiet_until_ms {
            Some(quiet) => until("status-quiet", quiet),
            None => words.text("status-listening"),
        },
        (ConnectionState::Offline { .. }, _) => words.text("status-offline"),
        (ConnectionState::SignInNeeded { .. }, _) => words.text("status-signInNeeded"),
        (ConnectionState::Limited { until_ms }, _) => until("status-limited", *until_ms),
    }
}

/// Start, reason and expected end of being offline.
pub(crate) fn offline_detail(
    connection: &ConnectionState,
    words: &Words,
    now_ms: i64,
    time_zone: &TimeZone,
) -> Option<String> {
    let ConnectionState::Offline { since_ms, problem, retry_at_ms } = connection else {
        return None;
    };
    let reason = words.problem(problem);
    let (since, retry) = (
        moment(*since_ms, now_ms, time_zone, words),
        moment(*retry_at_ms, now_ms, time_zone, words),
    );
    Some(words.text_with(
        "status-offline-detail",
        &[
            ("since", Value::Text(&since)),
            ("reason", Value::Text(&reason)),
            ("retry", Value::Text(&retry)),
        ],
    ))
}

/// Notice of a newer release, with its address.
pub(crate) fn newer_release(status: &Status, words: &Words) -> Option<String> {
    let release = status.update.as_ref()?;
    let (version, page) = (Value::Text(&release.version), Value::Text(&release.page_url));
    Some(words.text_with("status-newer-release", &[("version", version), ("page", page)]))
}

pub(crate) fn tooltip(status: &Status, words: &Words, now_ms: i64, time_zone: &TimeZone) -> String {
    let mut text = status_text(status, words, now_ms, time_zone);
    if let Some(detail) = offline_detail(&status.connection, words, now_ms, time_zone) {
        text = format!("{text}. {detail}");
    }
    let text = Value::Text(&text);
    if status.unread == 0 {
        words.text_with("tray-tooltip", &[("status", text)])
    } else {
        let count = Value::from(status.unread);
        words.text_with("tray-tooltip-unread", &[("status", text), ("count", count)])
    }
}

fn unread(status: &Status, words: &Words) -> String {
    words.text_with("tray-unread", &[("count", Value::from(status.unread))])
}

fn event_label(stored: &StoredEvent, words: &Words, now_ms: i64, time_zone: &TimeZone) -> String {
    let event = &stored.event;
    let time = moment(event.received_at_ms, now_ms, time_zone, words);
    let title = decision::title_with_times(event, words, |ms| moment(ms, now_ms, time_zone, words));
    let device = decision::device_of(event, words);
    let label = if event.kind == model::EventSource::Gap {
        title
    } else if device.is_empty() || event.kind != model::EventSource::Push {
        format!("{time}  {title}")
    } else {
        words.text_with(
            "tray-event",
            &[
                ("time", Value::Text(&time)),
                ("device", Value::Text(&device)),
                ("title", Value::Text(&title)),
            ],
        )
    };
    shortened(&label)
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST_LABEL {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(LONGEST_LABEL - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use model::{KeyringState, Problem, ProblemCode};
    use monitor::EventId;
    use words::Language;

    use super::*;

    const NOON: i64 = 1_795_521_600_000;

    fn status(connection: ConnectionState) -> Status {
        Status {
            connection,
            provider: Some(model::Provider::Hub),
            country: None,
            account: Some(String::from("m…@example.com")),
            keyring: KeyringState::Available,
            paused_until_ms: None,
            quiet_until_ms: None,
            unread: 2,
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

    fn labels(status: &Status, language: Language) -> Vec<String> {
        let stored = StoredEvent {
            id: EventId(7),
            event: monitor::example_event("WASHING_IS_COMPLETE", "우리집 세탁기", NOON - 60_000),
            decision: String::from("notify"),
            notified_at_ms: None,
            is_read: false,
        };
        let latest = Latest { events: vec![stored], home: Home::default() };
        lines(status, &latest, &Words::new(language), NOON, &TimeZone::UTC)
            .into_iter()
            .filter_map(|line| match line {
                Line::Label(text) | Line::Command(text, _) | Line::Submenu(text, _) => Some(text),
                Line::Separator => None,
            })
            .collect()
    }

    #[test]
    fn the_menu_tells_the_state_the_last_events_and_what_can_be_done() {
        let listening = status(ConnectionState::Listening { since_ms: 0 });

        assert_eq!(
            labels(&listening, Language::English),
            [
                "Listening for notifications",
                "2 new events",
                "11:59  우리집 세탁기: Laundry is done",
                "Open history",
                "Pause notifications",
                "Sign out",
                "Quit",
            ]
        );
        assert!(labels(&listening, Language::Korean).iter().any(|l| l.contains("세탁이 끝났어요")));
    }

    #[test]
    fn offline_offers_to_try_now_and_a_refused_sign_in_to_sign_in() {
        let problem = Problem::of(ProblemCode::CallbackUnreachable);
        let offline = status(ConnectionState::Offline {
            since_ms: NOON - 3_600_000,
            problem: problem.clone(),
            retry_at_ms: NOON + 60_000,
        });
        let shown = labels(&offline, Language::English);
        assert_eq!(shown[0], "Offline, trying again");
        assert!(shown[1].starts_with("Since 11:00. "), "{}", shown[1]);
        assert!(shown[1].ends_with(" Next try at 12:01."), "{}", shown[1]);
        assert!(shown.contains(&String::from("Try now")));
        let tooltip = tooltip(&offline, &Words::new(Language::English), NOON, &TimeZone::UTC);
        assert!(tooltip.contains(&shown[1]), "{tooltip}");

        let refused = status(ConnectionState::SignInNeeded { problem });
        assert!(labels(&refused, Language::English).contains(&String::from("Sign in…")));
    }

    #[test]
    fn a_newer_release_is_told_with_the_place_where_it_is() {
        let mut outdated = status(ConnectionState::Listening { since_ms: 0 });
        outdated.update = Some(model::Release {
            version: String::from("0.2.0"),
            page_url: String::from("https://example.com/0.2.0"),
        });

        let labels = labels(&outdated, Language::English);

        assert_eq!(labels[1], "Version 0.2.0 of ThinQ Tray is out: https://example.com/0.2.0");
    }

    #[test]
    fn a_pause_is_shown_with_its_end_and_can_be_ended() {
        let mut paused = status(ConnectionState::Listening { since_ms: 0 });
        paused.paused_until_ms = Some(NOON + 3_600_000);

        let labels = labels(&paused, Language::English);

        assert_eq!(labels[0], "Notifications paused until 13:00");
        assert!(labels.contains(&String::from("Resume notifications")));
    }

    #[test]
    fn pauses_and_quiet_hours_are_told_with_their_ends_and_what_is_wrong_with_notifications() {
        let words = Words::new(Language::English);
        let text = |status: &Status| status_text(status, &words, NOON, &TimeZone::UTC);
        let mut now = status(ConnectionState::Listening { since_ms: 0 });

        now.quiet_until_ms = Some(NOON + 3_600_000);
        assert_eq!(text(&now), "Quiet hours until 13:00");
        now.paused_until_ms = Some(OPEN_END_MS);
        assert_eq!(text(&now), "Notifications paused until you switch them on again");

        now.notification_problem = Some(Problem::of(ProblemCode::NoNotificationServer));
        let problem = words.text("problem-noNotificationServer");
        assert!(labels(&now, Language::English).contains(&problem));
    }

    #[test]
    fn notifications_can_be_paused_for_three_times() {
        let now = status(ConnectionState::Listening { since_ms: 0 });
        let lines =
            lines(&now, &Latest::default(), &Words::new(Language::English), NOON, &TimeZone::UTC);

        let pauses = lines
            .into_iter()
            .find_map(|line| if let Line::Submenu(_, pauses) = line { Some(pauses) } else { None });

        let untils: Vec<_> = pauses.unwrap().into_iter().map(|(_, action)| action).collect();
        assert_eq!(
            untils,
            [
                Action::Pause(PauseUntil::Minutes { minutes: 60 }),
                Action::Pause(PauseUntil::Morning),
                Action::Pause(PauseUntil::SwitchedOn),
            ]
        );
    }
}
