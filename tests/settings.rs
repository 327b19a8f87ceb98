//! Settings, autostart, self-check and problem report of the built program.

use std::fs;

use contract::{LogLevel, Request, Response, SettingsChange};
use model::{ConnectionState, ProblemCode, Status};
use serde_json::Value;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim};
use tokio::task::yield_now;

use crate::support::{Ended, PrivateHome, simulated, within};

const REAL: &str = "thinq-tray";
const SIGN_IN: [&str; 4] = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];

#[tokio::test]
async fn a_setting_is_changed_in_the_terminal_and_counts_from_then_on() {
    let home = PrivateHome::new();

    let changed = home.run(&["settings", "language", "ko"]).await;

    assert_eq!(changed.code, Some(0), "{changed:?}");
    assert!(changed.stdout.contains("language = \"ko\""), "{changed:?}");
    let settings = only_json(&home.run(&["settings", "--json"]).await);
    assert_eq!(settings["language"], "ko");
    assert_eq!(settings["fixed"], Value::Array(Vec::new()));
    let korean = home.run(&["pause"]).await;
    assert!(korean.stderr.contains("요."), "{korean:?}");
}

#[tokio::test]
async fn a_bad_value_is_refused_and_nothing_is_written() {
    let home = PrivateHome::new();
    let cases = [
        ("proxy", "http://me:secret@proxy", "proxy address"),
        ("hub_url", "ftp://hub", "hub address"),
        ("callback_url", "http://callback", "callback address"),
        ("language", "tlh", "cannot be used"),
        ("log", "loud", "cannot be used"),
        ("autostart", "maybe", "cannot be used"),
    ];

    for (key, value, words) in cases {
        let refused = home.run(&["settings", key, value]).await;
        assert_eq!(refused.code, Some(1), "{key}: {refused:?}");
        assert!(refused.stderr.contains(words), "{key}: {refused:?}");
    }
    assert!(!settings_path(&home).exists());
}

#[tokio::test]
async fn an_edited_file_counts_at_the_next_look_and_half_of_one_does_not() {
    let home = PrivateHome::new();
    let path = settings_path(&home);
    let _resident = home.start_resident().await;
    home.run(&["settings", "log", "debug"]).await;
    let written = fs::read_to_string(&path).unwrap();

    fs::write(&path, format!("\u{feff}language = \"ko\"\r\n{written}")).unwrap();
    let settings = only_json(&home.run(&["settings", "--json"]).await);
    assert_eq!((&settings["language"], &settings["logLevel"]), (&"ko".into(), &"debug".into()));
    let korean = home.run(&["pause"]).await;
    assert!(!korean.stdout.is_ascii(), "{korean:?}");

    fs::write(&path, "language = \"en\"\nlog = ").unwrap();
    let settings = only_json(&home.run(&["settings", "--json"]).await);
    assert_eq!((&settings["language"], &settings["logLevel"]), (&"ko".into(), &"debug".into()));
    assert_eq!(settings["invalid"][0]["key"], "", "{settings}");
}

#[tokio::test]
async fn a_broken_file_is_named_left_alone_and_set_aside_when_asked() {
    let home = PrivateHome::new();
    let path = settings_path(&home);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "# precious\nlanguage = \n").unwrap();

    let shown = home.run(&["settings"]).await;
    let refused = home.run(&["settings", "language", "ko"]).await;

    assert!(shown.stderr.contains("cannot be read"), "{shown:?}");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("put it aside"), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# precious\nlanguage = \n");

    assert_eq!(home.run(&["settings", "--set-aside"]).await.code, Some(0));
    assert_eq!(home.run(&["settings", "language", "ko"]).await.code, Some(0));
    let kept: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    assert!(kept.iter().any(|text| text.starts_with("# precious")), "{kept:?}");
}

#[tokio::test]
async fn what_a_variable_decides_is_said_and_not_changed() {
    let home = PrivateHome::new().with("THINQ_TRAY_LANGUAGE", "en");

    let refused = home.run(&["settings", "language", "ko"]).await;

    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("environment variable"), "{refused:?}");
    let settings = only_json(&home.run(&["settings", "--json"]).await);
    assert_eq!(settings["fixed"], serde_json::json!(["language"]));
}

#[tokio::test]
async fn the_running_program_speaks_another_language_at_once() {
    let home = PrivateHome::new();
    let resident = home.start_resident().await;
    assert_eq!(status(&home).await.language, "en");

    let change = SettingsChange {
        language: Some("ko".to_owned()),
        log_level: Some(LogLevel::Debug),
        ..SettingsChange::default()
    };
    let settings = change_settings(&home, change).await.unwrap();

    assert_eq!((settings.language.as_str(), settings.log_level), ("ko", LogLevel::Debug));
    within("the language", async { while status(&home).await.language != "ko" {} }).await;
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn the_log_tells_more_from_the_moment_it_is_asked_to() {
    let home = PrivateHome::new();
    assert_eq!(home.run(&["settings", "log", "warn"]).await.code, Some(0));
    let resident = home.start_resident().await;
    let tells = |text: &str| {
        let files = home.files();
        let logs = files.iter().filter(|(path, _)| path.to_string_lossy().ends_with(".log"));
        logs.into_iter().any(|(_, log)| String::from_utf8_lossy(log).contains(text))
    };
    assert!(!tells("INFO"));

    let level = SettingsChange { log_level: Some(LogLevel::Info), ..SettingsChange::default() };
    change_settings(&home, level).await.unwrap();
    let hub = SettingsChange { hub_url: Some("hub.local".to_owned()), ..SettingsChange::default() };
    change_settings(&home, hub).await.unwrap();

    let logged = async {
        while !tells("service settings changed") {
            yield_now().await;
        }
    };
    within("a line at info", logged).await;
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn two_who_change_different_settings_lose_nothing_of_each_other() {
    let home = PrivateHome::new();
    let resident = home.start_resident().await;
    let language = SettingsChange { language: Some("ko".to_owned()), ..SettingsChange::default() };
    let welcomed = SettingsChange { is_welcomed: Some(true), ..SettingsChange::default() };

    let (first, second) =
        tokio::join!(change_settings(&home, language), change_settings(&home, welcomed));

    assert!(first.is_ok() && second.is_ok());
    let text = fs::read_to_string(settings_path(&home)).unwrap();
    assert!(text.contains("language = \"ko\"") && text.contains("welcomed = true"), "{text}");
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn another_hub_gets_nothing_of_the_old_sign_in_and_the_old_one_needs_no_new_one() {
    let (sim, other) = (simulated().await, simulated().await);
    let home = PrivateHome::new();
    let resident = home.start_resident().await;
    sign_in(&home, &sim).await;
    within("the socket", sim.wait_for_sockets(1)).await;
    let hub = |url: &str| SettingsChange { hub_url: Some(url.to_owned()), ..Default::default() };

    change_settings(&home, hub(other.hub_url().as_str())).await.unwrap();

    let ConnectionState::SignInNeeded { problem } = status(&home).await.connection else {
        panic!("{:?}", status(&home).await.connection)
    };
    assert_eq!(problem.code, ProblemCode::OtherHub);
    assert_eq!((other.count(Call::Refresh), other.count(Call::SignIn)), (0, 0));

    change_settings(&home, hub(sim.hub_url().as_str())).await.unwrap();
    listens(&home).await;
    assert_eq!(sim.count(Call::SignIn), 1);
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn the_start_with_the_computer_is_switched_and_follows_the_program() {
    let home = PrivateHome::new();
    let entry = home.path().join("config/autostart/thinq-tray.desktop");

    assert_eq!(home.run(&["settings", "autostart", "true"]).await.code, Some(0));
    let written = fs::read_to_string(&entry).unwrap();
    assert!(written.contains("/thinq-tray\" --hidden\n"), "{written}");

    // As if the program had been installed elsewhere.
    let line = written.lines().find(|line| line.starts_with("Exec=")).unwrap();
    fs::write(&entry, written.replace(line, "Exec=\"/nowhere/thinq-tray\" --hidden")).unwrap();
    let moved = only_json_of_any(&home.run(&["doctor", "--json"]).await);
    assert_eq!(finding(&moved, "autostart"), "moved");
    let resident = home.start_resident().await;
    assert_eq!(fs::read_to_string(&entry).unwrap(), written);
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));

    assert_eq!(home.run(&["settings", "autostart", "false"]).await.code, Some(0));
    assert!(!entry.exists());
}

#[tokio::test]
async fn the_doctor_finds_what_is_missing_and_ends_with_1() {
    let home = PrivateHome::new();

    let ended = home.run(&["doctor", "--json"]).await;

    assert_eq!(ended.code, Some(1), "{ended:?}");
    let checkup = only_json_of_any(&ended);
    assert_eq!(checkup["checks"].as_array().unwrap().len(), 11);
    for (subject, expected) in [
        ("keyring", "missing"),
        ("notificationServer", "missing"),
        ("connect", "unknown"),
        ("broker", "notRunning"),
        ("database", "empty"),
        ("autostart", "off"),
        ("settings", "fine"),
    ] {
        assert_eq!(finding(&checkup, subject), expected, "{checkup}");
    }
    let text = home.run(&["doctor"]).await;
    assert!(text.stdout.contains("✗ Password store: "), "{text:?}");
    assert!(!text.stdout.contains('{'), "{text:?}");
}

#[tokio::test]
async fn the_report_of_a_whole_journey_names_nobody_and_nothing() {
    let sim = simulated().await;
    let home = PrivateHome::new().with("THINQ_TRAY_LOG", "debug").with("USER", "mina-of-the-test");
    let resident = home.start_resident().await;
    sign_in(&home, &sim).await;
    let devices = sim.devices();
    within("the subscriptions", sim.wait_for_calls(Call::SubscribeEvent, devices.len())).await;
    listens(&home).await;
    let checkup = only_json_of_any(&home.run(&["doctor", "--json"]).await);
    assert_eq!(finding(&checkup, "hub"), "ready");
    assert_eq!(finding(&checkup, "callback"), "listening");
    assert_eq!(finding(&checkup, "clock"), "right");
    assert_eq!(finding(&checkup, "database"), "sound");

    let report = home.run(&["doctor", "--report", "-"]).await;

    assert_eq!(report.code, Some(0), "{report:?}");
    let text = &report.stdout;
    for expected in ["ThinQ Tray 0.", "green callback: listening", "devices: ", "signed in", "INFO"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    let home_dir = home.path().to_string_lossy().into_owned();
    let mut personal = vec![DEFAULT_ACCOUNT, DEFAULT_PASSWORD, &home_dir, "mina-of-the-test"];
    let tokens = sim.issued_tokens();
    personal.extend(tokens.iter().map(String::as_str));
    for device in &devices {
        personal.extend([device.id.as_str(), device.alias.as_str()]);
    }
    for name in personal {
        assert!(!text.contains(name), "`{name}` is in the report: {text}");
    }
    let path = home.path().join("report.txt");
    let saved = home.run(&["doctor", "--report", path.to_str().unwrap()]).await;
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let again = home.run(&["doctor", "--report", path.to_str().unwrap()]).await;
    assert_eq!(again.code, Some(1), "a report that is there is overwritten: {again:?}");
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

fn settings_path(home: &PrivateHome) -> std::path::PathBuf {
    home.path().join("config/thinq-tray/settings.toml")
}

async fn sign_in(home: &PrivateHome, sim: &Sim) {
    let (hub, callback) = (sim.hub_url(), sim.callback_url());
    let addresses = ["--hub-url", hub.as_str(), "--callback-url", callback.as_str()];
    let ended = home.run_with(&[&SIGN_IN[..], &addresses].concat(), DEFAULT_PASSWORD).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

async fn status(home: &PrivateHome) -> Status {
    match home.ask(REAL, Request::Status).await {
        Some(Response::Status { status }) => status,
        other => panic!("{other:?}"),
    }
}

async fn listens(home: &PrivateHome) {
    within("the connection", async {
        while !matches!(status(home).await.connection, ConnectionState::Listening { .. }) {}
    })
    .await;
}

async fn change_settings(
    home: &PrivateHome,
    settings: SettingsChange,
) -> Result<contract::Settings, ProblemCode> {
    match home.ask(REAL, Request::SettingsChange { settings }).await {
        Some(Response::Settings { settings }) => Ok(settings),
        Some(Response::Failed { problem }) => Err(problem.code),
        other => panic!("{other:?}"),
    }
}

fn only_json(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    only_json_of_any(ended)
}

fn only_json_of_any(ended: &Ended) -> Value {
    let mut lines = ended.json();
    assert_eq!(lines.len(), 1, "{ended:?}");
    lines.remove(0)
}

fn finding(checkup: &Value, subject: &str) -> String {
    let checks = checkup["checks"].as_array().expect("there are checks");
    let check = checks.iter().find(|check| check["subject"] == subject);
    check.expect("each subject has a line")["finding"].as_str().unwrap_or_default().to_owned()
}
