//! Secrets are only in their designated places: searches everything that the program writes,
//! prints, answers and shows after a full user journey.

use contract::{
    ConnectForm, HubForm, LogLevel, Request, Response, Secret, SettingsChange, SignInForm,
};
use model::{EventDetails, HistoryFilter, PasswordForm};
use sha2::{Digest as _, Sha512};
use thinq_sim::{Call, ConnectClient, DEFAULT_ACCOUNT, Sim, SimSettings};

use crate::support::{PrivateHome, Running, simulated_with, within};

const PROFILE: &str = "thinq-tray";
const PASSWORD: &str = "correct horse battery staple";
const TOKEN: &str = "thinqpat_a-secret-of-the-user";
const EMP_SECRET: &str = "a-secret-of-the-emp-keys";
const CONNECT_SECRET: &str = "a-secret-of-the-connect-keys";

/// Texts by location.
type Found = Vec<(String, Vec<u8>)>;

#[tokio::test]
async fn no_secret_is_left_anywhere() {
    let settings = SimSettings { password: PASSWORD.to_owned(), ..SimSettings::default() };
    let sim = simulated_with(settings).await;
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str())
        .with("THINQ_TRAY_LOG", "trace");
    let resident = home.start(&["--hidden"]);
    let runs = async { while home.ask(PROFILE, Request::Status).await.is_none() {} };
    within("the program", runs).await;

    let mut found = Found::new();
    journey(&sim, &home, &mut found).await;
    found.extend(seen_from_outside(&resident));
    // The history journal still exists.
    found.extend(files("while it runs", &home));
    let signed_out = home.run(&["sign-out"]).await;
    assert_eq!(signed_out.code, Some(0), "{signed_out:?}");
    assert_eq!(home.run(&["quit"]).await.code, Some(0));
    assert_eq!(resident.finish().await, Some(0));
    found.extend(files("after the end", &home));

    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    for expected in ["history.db", "history.db-wal", ".log", "settings.toml", "arguments", "answer"]
    {
        assert!(places.iter().any(|place| place.contains(expected)), "{expected}: {places:#?}");
    }
    let tokens = sim.issued_tokens();
    assert!(tokens.len() >= 3, "two for the account, and one that was refreshed");
    for (place, bytes) in &found {
        no_secret_is_in(place, bytes, &tokens);
    }
    no_device_is_in_the_log(&sim, &found);
}

#[tokio::test]
async fn nothing_of_a_token_is_left_anywhere() {
    let root = tempfile::NamedTempFile::new().expect("/tmp can be written");
    let mut settings = SimSettings::default();
    settings.connect.root_path = Some(root.path().to_owned());
    settings.connect.token = TOKEN.to_owned();
    let sim = simulated_with(settings).await;
    let home = PrivateHome::new()
        .with("THINQ_TRAY_CONNECT_URL", sim.connect_url().as_str())
        .with("SSL_CERT_FILE", &root.path().to_string_lossy())
        .with("THINQ_TRAY_LOG", "trace");
    let resident = home.start(&["--hidden"]);
    let runs = async { while home.ask(PROFILE, Request::Status).await.is_none() {} };
    within("the program", runs).await;
    let form = ConnectForm { token: Secret::from(TOKEN.to_owned()), country: "KR".to_owned() };
    let request = Request::SignIn { form: SignInForm::Connect(form) };
    let mut found: Found = vec![("printed request".to_owned(), format!("{request:?}").into())];

    let answer = home.ask(PROFILE, request).await;

    assert!(matches!(answer, Some(Response::Status { .. })), "{answer:?}");
    let is_subscribed = |client: &ConnectClient| {
        !client.topics.is_empty() && client.pushes.len() == sim.devices().len()
    };
    let clients = sim.wait_for_connect_clients(|clients| clients.iter().any(is_subscribed));
    let client_id = within("the subscriptions", clients).await.remove(0).id;
    sim.push(&sim.devices()[0].id, "WASHING_IS_COMPLETE");
    within("the event", async { while first_event(&home).await.is_none() {} }).await;
    for request in [
        Request::Status,
        Request::SignInDefaults,
        history(),
        Request::Home,
        Request::Checkup,
        Request::ProblemReport,
    ] {
        let place = format!("answer to {request:?}");
        let answer = home.ask(PROFILE, request).await;
        assert!(answer.is_some(), "no {place}");
        found.push((place, serde_json::to_vec(&answer).expect("an answer is JSON")));
    }
    found.extend(seen_from_outside(&resident));
    found.extend(files("while it runs", &home));
    assert_eq!(home.run(&["sign-out"]).await.code, Some(0));
    assert_eq!(home.run(&["quit"]).await.code, Some(0));
    assert_eq!(resident.finish().await, Some(0));
    found.extend(files("after the end", &home));

    assert!(found.iter().any(|(place, _)| place.contains(".log")));
    for (place, bytes) in &found {
        let text = String::from_utf8_lossy(bytes);
        for secret in [TOKEN, "PRIVATE KEY", "BEGIN CERTIFICATE", "app/clients/"] {
            assert!(!text.contains(secret), "`{secret}` is in {place}");
        }
        // It belongs to the settings.
        if !place.contains("settings.toml") {
            assert!(!text.contains(&client_id), "the client id is in {place}");
        }
    }
    no_device_is_in_the_log(&sim, &found);
}

/// Signs in with every kind of secret and performs typical actions.
async fn journey(sim: &Sim, home: &PrivateHome, found: &mut Found) {
    let form = HubForm {
        hub_url: sim.hub_url().to_string(),
        callback_url: sim.callback_url().to_string(),
        account: DEFAULT_ACCOUNT.to_owned(),
        password: Secret::from(PASSWORD.to_owned()),
        password_form: PasswordForm::Sha512,
        emp_client_id: "emp".to_owned(),
        emp_client_secret: Some(Secret::from(EMP_SECRET.to_owned())),
        connect_client_id: "connect".to_owned(),
        connect_client_secret: Some(Secret::from(CONNECT_SECRET.to_owned())),
    };
    let request = Request::SignIn { form: SignInForm::Hub(form) };
    found.push(("printed request".to_owned(), format!("{request:?}").into_bytes()));
    let answer = home.ask(PROFILE, request).await;
    assert!(matches!(answer, Some(Response::Status { .. })), "{answer:?}");
    let devices = sim.devices();
    within("the subscriptions", sim.wait_for_calls(Call::SubscribeEvent, devices.len())).await;
    // Also covers a token refresh.
    sim.expire_tokens();
    sim.reset_all();
    within("the refresh", sim.wait_for_calls(Call::Refresh, 1)).await;
    within("the new socket", sim.wait_for_sockets(1)).await;
    sim.push(&devices[0].id, "WASHING_IS_COMPLETE");
    within("the event", async { while first_event(home).await.is_none() {} }).await;

    let change = SettingsChange {
        language: Some("ko".to_owned()),
        log_level: Some(LogLevel::Debug),
        ..SettingsChange::default()
    };
    let newest = 1;
    for (name, request) in [
        ("settings change", Request::SettingsChange { settings: change }),
        ("settings", Request::Settings),
        ("status", Request::Status),
        ("defaults", Request::SignInDefaults),
        ("history", history()),
        ("event", Request::EventDetails { id: newest }),
        ("home", Request::Home),
        ("device", Request::DeviceDetails { id: model::DeviceId::new(&devices[0].id) }),
        ("rules", Request::Rules),
        ("self-check", Request::Checkup),
        ("problem report", Request::ProblemReport),
    ] {
        let answer = home.ask(PROFILE, request).await;
        assert!(answer.is_some(), "no answer about the {name}");
        let json = serde_json::to_vec(&answer).expect("an answer is JSON");
        found.push((format!("answer about the {name}"), json));
    }
    let printed = home.run(&["status", "--json"]).await;
    found.push(("what `status` prints".to_owned(), printed.stdout.into_bytes()));
    found.push(("what `status` complains".to_owned(), printed.stderr.into_bytes()));
}

fn history() -> Request {
    Request::HistoryPage { before: None, after: None, filter: HistoryFilter::default(), limit: 500 }
}

async fn first_event(home: &PrivateHome) -> Option<EventDetails> {
    match home.ask(PROFILE, Request::EventDetails { id: 1 }).await {
        Some(Response::EventDetails { details }) => Some(details),
        _ => None,
    }
}

/// Data visible to every process of the same user, and to a crash dump.
fn seen_from_outside(resident: &Running) -> Found {
    let read = |name: &str| resident.shown(name);
    let limits = String::from_utf8(read("limits")).expect("limits are text");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    assert!(core.is_some_and(|line| line.split_whitespace().nth(4) == Some("0")), "{core:?}");
    vec![
        ("the program's arguments".to_owned(), read("cmdline")),
        ("the program's environment".to_owned(), read("environ")),
    ]
}

fn files(when: &str, home: &PrivateHome) -> Found {
    let named =
        |(path, bytes): (std::path::PathBuf, _)| (format!("{} {when}", path.display()), bytes);
    home.files().into_iter().map(named).collect()
}

fn no_secret_is_in(place: &str, bytes: &[u8], tokens: &[String]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in [PASSWORD, EMP_SECRET, CONNECT_SECRET, &sha512_hex(PASSWORD)] {
        assert!(!text.contains(secret), "a secret is in {place}");
    }
    // The sign-in dialog starts with the account, which appears nowhere else.
    if !place.contains("defaults") && !place.contains("request") {
        assert!(!text.contains(DEFAULT_ACCOUNT), "the account is in {place}");
    }
    assert!(!has_secret_digits(bytes), "a token or a hash is in {place}");
    assert!(!text.contains("access_token="), "the callback's address is in {place}");
    for token in tokens {
        assert!(!text.contains(token), "a token is in {place}");
    }
}

fn no_device_is_in_the_log(sim: &Sim, found: &Found) {
    for (place, bytes) in found.iter().filter(|(place, _)| place.contains(".log")) {
        let log = String::from_utf8_lossy(bytes);
        for device in sim.devices() {
            let is_in = log.contains(&device.id) || log.contains(&device.alias);
            assert!(!is_in, "a device is in {place}");
        }
    }
}

fn sha512_hex(text: &str) -> String {
    use std::fmt::Write as _;

    let mut hex = String::new();
    for byte in Sha512::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}").expect("a string takes all");
    }
    hex
}

/// Tokens of the simulated service have 96 hexadecimal digits and the password hash has 128; a
/// device id has at most 64.
fn has_secret_digits(bytes: &[u8]) -> bool {
    bytes.split(|byte| !byte.is_ascii_hexdigit()).any(|run| run.len() >= 96)
}

#[test]
fn a_hash_and_a_token_are_found_and_an_id_is_not() {
    assert!(has_secret_digits(format!("password={};", "a1".repeat(64)).as_bytes()));
    assert!(has_secret_digits(format!("\"{}\"", "b2".repeat(48)).as_bytes()));
    assert!(!has_secret_digits("c3".repeat(32).as_bytes()));
}
