//! The built program forwards events to a web server, a command and a real MQTT broker.

mod waiting;

use std::{fs, process::Stdio};

use anyhow::Context as _;
use contract::{Request, Response};
use model::{HistoryFilter, ProblemCode, TargetState};
use serde_json::Value;
use tokio::{
    io::AsyncWriteExt as _,
    time::{Duration, sleep},
};

use crate::{
    command_line::{DEMO, listening_demo, only_line, push},
    desktop::{Desktop, DesktopOptions},
    support::{Authority, Mosquitto, PrivateHome, Reply, Running, Subscriber, WebServer, within},
};

const OK: Reply = Reply::Status(200, "", "thank you");

/// A demo, of whose events the made-up ones with the code of a test are looked at.
struct Stage {
    home: PrivateHome,
    running: Running,
}

impl Stage {
    async fn with(targets: &[&[&str]]) -> Self {
        let home = PrivateHome::new();
        let running = listening_demo(&home).await;
        for target in targets {
            let arguments = [&["forward", "add", "--demo"], *target].concat();
            let ended = home.run(&arguments).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
        Self { home, running }
    }

    async fn push(&mut self, code: &str) {
        push(&self.home, &mut self.running, code).await;
    }

    async fn state(&self) -> TargetState {
        let answer = self.home.ask(DEMO, Request::Forwarding).await;
        let Some(Response::Forwarding { mut forwarding }) = answer else { panic!("{answer:?}") };
        forwarding.targets.remove(0)
    }

    async fn until(&self, what: &str, is_wanted: impl Fn(&TargetState) -> bool) -> TargetState {
        let asked = async {
            loop {
                let state = self.state().await;
                if is_wanted(&state) {
                    return state;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        within(what, asked).await
    }

    /// The event of a code, as the window sees it.
    async fn event(&self, code: &str) -> Value {
        let request = Request::HistoryPage {
            before: None,
            after: None,
            filter: HistoryFilter::default(),
            limit: 100,
        };
        let answer = self.home.ask(DEMO, request).await;
        let Some(Response::HistoryPage { page }) = answer else { panic!("{answer:?}") };
        let found = page.events.iter().find(|event| event.event.code == code);
        serde_json::to_value(found.expect("it was stored")).expect("it is JSON")
    }

    async fn quit(self) {
        assert_eq!(self.home.run(&["quit", "--demo"]).await.code, Some(0));
        assert_eq!(self.running.finish().await, Some(0));
    }
}

/// Only events of unknown codes, which are of this category, so that the demo's own stay out.
const UNKNOWN: &str = "--category=status";

#[tokio::test]
async fn each_kind_of_target_gets_an_event() {
    let (hook, ntfy) = (WebServer::start(OK).await.unwrap(), WebServer::start(OK).await.unwrap());
    let dir = tempfile::tempdir().unwrap();
    let written = dir.path().join("event.json").display().to_string();
    let (hook_url, topic_url) = (hook.url("/hook?key=k"), ntfy.url("/notes/washer"));
    let mut stage = Stage::with(&[
        &["webhook", "hook", &hook_url, UNKNOWN],
        &["ntfy", "phone", &topic_url, UNKNOWN],
        &["command", "script", UNKNOWN, "--", "tee", &written],
    ])
    .await;

    stage.push("FORWARDED").await;

    let posted = within("the webhook", hook.wait_for(1)).await.remove(0);
    let event = posted.json();
    assert_eq!(posted.path, "/hook?key=k");
    assert_eq!(posted.headers["content-type"], "application/json");
    assert_eq!(posted.headers["webhook-id"], event["id"].as_str().unwrap());
    assert_eq!(
        (event["code"].as_str(), event["title"].as_str()),
        (Some("FORWARDED"), Some("Dryer"))
    );
    assert_eq!(event["device"]["name"], "Dryer");
    let note = within("the note", ntfy.wait_for(1)).await.remove(0);
    assert_eq!(note.path, "/notes");
    let note = note.json();
    assert_eq!((note["topic"].as_str(), note["title"].as_str()), (Some("washer"), Some("Dryer")));
    assert_eq!(note["sequence_id"], event["id"]);
    stage.until("the deliveries", |state| state.delivered == 1).await;
    let of_command = async {
        loop {
            let text = fs::read_to_string(&written).unwrap_or_default();
            if let Ok(json) = serde_json::from_str::<Value>(&text) {
                return json;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert_eq!(within("the command", of_command).await["id"], event["id"]);

    let listed = only_line(&stage.home.run(&["forward", "list", "--demo", "--json"]).await);
    assert_eq!(listed["targets"].as_array().unwrap().len(), 3, "{listed}");
    assert!(listed["targets"][0]["deliveredAtMs"].is_i64());
    let tested = stage.home.run(&["forward", "test", "--demo", "hook"]).await;
    assert!(tested.stdout.contains("HTTP 200: thank you"), "{tested:?}");
    assert_eq!(hook.posted()[1].json()["isTest"], true);
    let removed = stage.home.run(&["forward", "remove", "--demo", "hook"]).await;
    assert_eq!(removed.code, Some(0), "{removed:?}");
    stage.push("NOT_FORWARDED").await;
    within("the other targets", ntfy.wait_for(2)).await;
    assert_eq!(hook.posted().len(), 2);
    stage.quit().await;
}

#[tokio::test]
async fn a_program_killed_while_it_delivers_delivers_again_under_the_same_id() {
    let server = WebServer::start(Reply::Never).await.unwrap();
    let url = server.url("/");
    let mut stage = Stage::with(&[&["webhook", "hook", &url, UNKNOWN]]).await;

    stage.push("FIRST").await;
    within("the first try", server.wait_for(1)).await;
    stage.push("SECOND").await;
    stage.running.kill().await;
    server.set_reply(OK);
    stage.running = listening_demo(&stage.home).await;

    let posted = within("both events", server.wait_for(3)).await;
    let ids: Vec<_> = posted.iter().map(|one| one.json()["id"].clone()).collect();
    let codes: Vec<_> = posted.iter().map(|one| one.json()["code"].clone()).collect();
    assert_eq!(codes, ["FIRST", "FIRST", "SECOND"]);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
    let found = stage.until("the end", |state| state.waiting == 0).await;
    assert_eq!((found.delivered, found.given_up), (2, 0));
    stage.running.kill().await;
    stage.running = listening_demo(&stage.home).await;
    stage.push("THIRD").await;
    assert_eq!(within("the third", server.wait_for(4)).await[3].json()["code"], "THIRD");
    stage.quit().await;
}

#[tokio::test]
async fn a_server_in_trouble_gets_everything_in_order_once_it_is_well() {
    let busy = Reply::Status(429, "retry-after: 1\r\n", "slow down");
    let server = WebServer::start(busy).await.unwrap();
    let url = server.url("/");
    let mut stage = Stage::with(&[&["webhook", "hook", &url, UNKNOWN]]).await;

    stage.push("ONE").await;
    // A slow target does not keep the event from being shown and stored.
    stage.push("TWO").await;
    let found = stage.until("the failure", |state| state.failure.is_some()).await;
    assert_eq!(found.waiting, 2);
    let failure = found.failure.unwrap();
    assert_eq!(failure.problem.code, ProblemCode::TargetFailed);
    assert_eq!(failure.detail, "HTTP 429: slow down");
    let doctor = stage.home.run(&["doctor", "--demo"]).await;
    assert!(doctor.stdout.contains("hook"), "{doctor:?}");
    server.set_reply(OK);

    let found = stage.until("the deliveries", |state| state.delivered == 2).await;
    assert_eq!((found.waiting, found.given_up, found.failure), (0, 0, None));
    let codes: Vec<_> = server.posted().iter().map(|one| one.json()["code"].clone()).collect();
    assert_eq!(codes.first(), Some(&Value::from("ONE")));
    assert_eq!(codes.last(), Some(&Value::from("TWO")));
    stage.quit().await;
}

#[tokio::test]
async fn a_mistake_in_the_settings_file_costs_no_event() {
    let server = WebServer::start(Reply::Status(503, "", "")).await.unwrap();
    let url = server.url("/");
    let mut stage = Stage::with(&[&["webhook", "hook", &url, UNKNOWN]]).await;
    stage.push("KEPT").await;
    stage.until("the failure", |state| state.failure.is_some()).await;
    stage.running.kill().await;
    let path = stage.home.path().join("config").join(DEMO).join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();

    for mistake in [settings.replace("webhook", "webhok"), format!("{settings}\nnonsense")] {
        fs::write(&path, mistake).unwrap();
        stage.running = listening_demo(&stage.home).await;
        let listed = only_line(&stage.home.run(&["forward", "list", "--demo", "--json"]).await);
        assert_eq!(listed["targets"], Value::from(Vec::<Value>::new()));
        stage.running.kill().await;
    }

    fs::write(&path, settings).unwrap();
    server.set_reply(OK);
    stage.running = listening_demo(&stage.home).await;
    stage.until("the delivery", |state| state.delivered == 1).await;
    // A removed target takes what waits for it along.
    server.set_reply(Reply::Status(503, "", ""));
    stage.push("DROPPED").await;
    stage.until("the failure", |state| state.waiting == 1).await;
    let remove = ["forward", "remove", "--demo", "hook"];
    assert_eq!(stage.home.run(&remove).await.code, Some(0));
    let add = ["forward", "add", "--demo", "webhook", "hook", url.as_str()];
    assert_eq!(stage.home.run(&add).await.code, Some(0));
    assert_eq!(stage.state().await.waiting, 0);
    stage.quit().await;
}

#[tokio::test]
async fn what_a_server_does_not_accept_holds_up_nothing_and_a_refusal_is_not_repeated() {
    let server = WebServer::start(Reply::Status(422, "", "no such field")).await.unwrap();
    let url = server.url("/");
    let mut stage = Stage::with(&[&["webhook", "hook", &url, UNKNOWN]]).await;

    stage.push("UNWANTED").await;
    let found = stage.until("the refusal", |state| state.given_up == 1).await;
    assert_eq!(found.waiting, 0);

    server.set_reply(Reply::Garbage);
    let tested = stage.home.run(&["forward", "test", "--demo", "hook"]).await;
    assert_eq!(tested.code, Some(4), "{tested:?}");

    server.set_reply(Reply::Status(401, "", "who are you?"));
    let before = server.posted().len();
    stage.push("REFUSED").await;
    within("the refused try", server.wait_for(before + 1)).await;
    stage.push("WAITS").await;
    let found = stage.until("the refusal", |state| state.waiting == 2).await;
    assert_eq!(found.failure.unwrap().problem.code, ProblemCode::TargetRefused);
    assert_eq!(server.posted().len(), before + 1);

    // A test that succeeds is a sign that it can go on.
    server.set_reply(OK);
    let tested = stage.home.run(&["forward", "test", "--demo", "hook"]).await;
    assert_eq!(tested.code, Some(0), "{tested:?}");
    stage.until("the deliveries", |state| state.waiting == 0 && state.delivered == 2).await;
    stage.quit().await;
}

#[tokio::test]
async fn nothing_leaves_unencrypted_unless_the_user_permits_it() {
    let stage = Stage::with(&[]).await;

    for (kind, url) in [("webhook", "http://example.com/hook"), ("mqtt", "mqtt://example.com")] {
        let add = stage.home.run(&["forward", "add", "--demo", kind, kind, url]).await;
        assert_eq!(add.code, Some(0), "{add:?}");
        let tested = stage.home.run(&["forward", "test", "--demo", kind]).await;
        assert_eq!(tested.code, Some(1), "{tested:?}");
        assert!(tested.stderr.contains("not encrypted"), "{tested:?}");
    }
    let taken = stage.home.run(&["forward", "add", "--demo", "mqtt", "MQTT", "mqtt://h"]).await;
    assert!(taken.stderr.contains("name cannot be used"), "{taken:?}");
    stage.quit().await;
}

#[tokio::test]
async fn home_assistant_finds_the_home_and_sees_it_go() -> anyhow::Result<()> {
    let broker = Mosquitto::start(None).await?;
    let url = broker.url();
    let mut stage = Stage::with(&[&["mqtt", "broker", &url]]).await;
    let mut all = broker.subscribe("#")?;

    let is_dryer = |payload: &str| payload.contains("\"name\":\"Dryer\"");
    let config = all
        .heard("the discovery", |one| one.topic.ends_with("/config") && is_dryer(&one.payload))
        .await?;
    assert!(config.is_retained && config.topic.starts_with("homeassistant/device/thinq_tray_"));
    let config = config.json()?;
    let (state_topic, id) =
        (config["state_topic"].clone(), config["device"]["identifiers"][0].clone());
    let mut states = broker.subscribe(state_topic.as_str().unwrap())?;
    let found = states.heard("the state", |_| true).await?.json()?;
    for (key, component) in config["components"].as_object().unwrap() {
        assert!(component["unique_id"].as_str().unwrap().starts_with(id.as_str().unwrap()));
        assert!(component["platform"] == "event" || found.get(key).is_some(), "{key}: {found}");
    }
    let mut availability = broker.subscribe(config["availability_topic"].as_str().unwrap())?;
    availability.heard("the availability", |one| one.payload == "online").await?;

    // A test neither leaves nor comes.
    let tested = stage.home.run(&["forward", "test", "--demo", "broker"]).await;
    assert_eq!(tested.code, Some(0), "{tested:?}");
    let test = all.heard("the test", |one| one.payload.contains("\"isTest\":true")).await?;
    assert_eq!(test.topic, "thinq-tray/event");
    stage.push("PUBLISHED").await;
    let event_topic = config["components"]["event"]["state_topic"].as_str().unwrap();
    let event =
        all.heard("the event", |one| one.topic == event_topic && one.payload.contains("PUBLISHED"));
    let event = event.await?;
    assert!(!event.is_retained);
    assert_eq!(event.json()?["event_type"], event.json()?["category"]);

    stage.running.kill().await;
    availability.heard("the will", |one| one.payload == "offline").await?;
    stage.running = listening_demo(&stage.home).await;
    availability.heard("the return", |one| one.payload == "online").await?;
    let removed = stage.home.run(&["forward", "remove", "--demo", "broker"]).await;
    assert_eq!(removed.code, Some(0), "{removed:?}");
    availability.heard("the goodbye", |one| one.payload == "offline").await?;
    let mut kept = broker.subscribe("#")?;
    let only = kept.heard("what is kept", |one| one.is_retained).await?;
    assert_eq!(only.topic, config["availability_topic"].as_str().unwrap());
    stage.quit().await;
    Ok(())
}

#[tokio::test]
async fn a_broker_is_trusted_for_its_certificate_and_name() -> anyhow::Result<()> {
    let authority = Authority::new();
    let root = tempfile::NamedTempFile::new()?;
    fs::write(root.path(), authority.pem())?;
    let broker = Mosquitto::start_with_tls(&authority).await?;
    let test = async |trusted: Option<&str>, host: &str| {
        let home = match trusted {
            Some(path) => PrivateHome::new().with("SSL_CERT_FILE", path),
            None => PrivateHome::new(),
        };
        let running = listening_demo(&home).await;
        let add = ["forward", "add", "--demo", "mqtt", "b", &broker.tls_url(host)];
        assert_eq!(home.run(&add).await.code, Some(0));
        let tested = home.run(&["forward", "test", "--demo", "b"]).await;
        drop(running);
        tested
    };

    let path = root.path().to_str().context("a path is text")?;
    let trusted = test(Some(path), "localhost").await;
    assert_eq!(trusted.code, Some(0), "{trusted:?}");
    for (trusted, host) in [(Some(path), "127.0.0.1"), (None, "localhost")] {
        let refused = test(trusted, host).await;
        assert_eq!(refused.code, Some(4), "{host}: {refused:?}");
        assert!(refused.stderr.to_lowercase().contains("certificate"), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_done_on_one_computer_is_done_on_the_other() -> anyhow::Result<()> {
    let broker = Mosquitto::start(None).await?;
    let url = broker.url();
    let (mut first, mut second) =
        (Stage::with(&[&["mqtt", "b", &url]]).await, Stage::with(&[&["mqtt", "b", &url]]).await);
    let mut settled = broker.subscribe("thinq-tray/+/settled/#")?;
    for (code, is_done) in [("DONE_HERE", true), ("READ_HERE", false)] {
        first.push(code).await;
        second.push(code).await;
        let (here, there) = (first.event(code).await, second.event(code).await);
        assert_eq!((&here["isRead"], &there["isRead"]), (&Value::Bool(false), &Value::Bool(false)));

        let id = here["id"].as_i64().unwrap();
        let request = if is_done {
            Request::EventDone { id }
        } else {
            Request::EventsMark { ids: vec![id], is_read: true }
        };
        assert!(matches!(first.home.ask(DEMO, request).await, Some(Response::Done)));

        let read = async { while second.event(code).await["isRead"] != true {} };
        within("the event read", read).await;
    }

    // Each was told once, and not in circles.
    let topics = async |settled: &mut Subscriber| {
        settled.heard("a message", |_| true).await.map(|message| message.topic)
    };
    assert!(topics(&mut settled).await?.ends_with("/settled/DONE_HERE"));
    assert!(topics(&mut settled).await?.ends_with("/settled/READ_HERE"));
    first.push("LAST").await;
    let id = first.event("LAST").await["id"].as_i64().unwrap();
    first.home.ask(DEMO, Request::EventDone { id }).await;
    assert!(topics(&mut settled).await?.ends_with("/settled/LAST"));

    // A computer that was away hears of it when it comes back.
    let target = &["forward", "remove", "--demo", "b"];
    assert_eq!(second.home.run(target).await.code, Some(0));
    second.push("LAST").await;
    let add = ["forward", "add", "--demo", "mqtt", "b", url.as_str()];
    assert_eq!(second.home.run(&add).await.code, Some(0));
    let read = async { while second.event("LAST").await["isRead"] != true {} };
    within("the event read", read).await;
    first.quit().await;
    second.quit().await;
    Ok(())
}

#[tokio::test]
async fn of_two_computers_one_that_leaves_does_not_take_the_home_along() -> anyhow::Result<()> {
    let broker = Mosquitto::start(None).await?;
    let url = broker.url();
    let (first, second) =
        (Stage::with(&[&["mqtt", "b", &url]]).await, Stage::with(&[&["mqtt", "b", &url]]).await);
    let mut availability = broker.subscribe("thinq-tray/availability")?;
    availability.heard("the availability", |one| one.payload == "online").await?;
    let mut dryer = broker.subscribe("homeassistant/device/+/config")?;
    dryer.heard("the discovery", |one| one.payload.contains("\"Dryer\"")).await?;

    let removed = first.home.run(&["forward", "remove", "--demo", "b"]).await;
    assert_eq!(removed.code, Some(0), "{removed:?}");

    availability.heard("the goodbye", |one| one.payload == "offline").await?;
    availability.heard("the other's answer", |one| one.payload == "online").await?;
    dryer.heard("the removal", |one| one.payload.is_empty()).await?;
    dryer.heard("the other's discovery", |one| one.payload.contains("\"Dryer\"")).await?;
    first.quit().await;
    second.quit().await;
    Ok(())
}

/// The real profile with a real keyring, in which secrets stay.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_targets_are_in_the_keyring_only() -> anyhow::Result<()> {
    const TOKEN: &str = "t0ken-of-the-webhook";
    const PASSWORD: &str = "pa55word-of-the-broker";
    let server = WebServer::start(OK).await?;
    let broker = Mosquitto::start(Some(("home", PASSWORD))).await?;
    let desktop =
        Desktop::start(DesktopOptions { display: false, ..DesktopOptions::default() }).await?;
    let run = async |arguments: &[&str], secret: &str| {
        let mut command = desktop.command("thinq-tray");
        command.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("its input is a pipe")?;
        input.write_all(secret.as_bytes()).await?;
        drop(input);
        let output = within("the end of the command", child.wait_with_output()).await?;
        anyhow::Ok(String::from_utf8([output.stdout, output.stderr].concat())?)
    };
    let start = async || {
        let mut command = desktop.command("thinq-tray");
        let child = command.arg("--hidden").env("THINQ_TRAY_LOG", "trace").kill_on_drop(true);
        let child = child.spawn()?;
        let answer = async {
            while desktop.ask(Request::Status).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        within("the program", answer).await;
        anyhow::Ok(child)
    };
    let mut resident = start().await?;
    let (hook_url, broker_url) = (server.url("/"), broker.url());

    let add =
        ["forward", "add", "webhook", "hook", &hook_url, "--signing=bearer", "--secret-stdin"];
    assert!(run(&add, TOKEN).await?.contains("Added"));
    let add = ["forward", "add", "mqtt", "broker", &broker_url, "--user=home", "--secret-stdin"];
    assert!(run(&add, PASSWORD).await?.contains("Added"));
    // A program that still runs would be asked instead.
    resident.kill().await?;
    let _resident = start().await?;
    assert!(run(&["forward", "test", "hook"], "").await?.contains("was taken"));
    assert_eq!(server.posted()[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(run(&["forward", "test", "broker"], "").await?.contains("was taken"));
    assert!(run(&["sign-out"], "").await?.contains("Signed out"));
    assert!(run(&["forward", "test", "hook"], "").await?.contains("was taken"));

    let add = ["forward", "add", "mqtt", "wrong", &broker_url, "--user=home", "--secret-stdin"];
    assert!(run(&add, "not it").await?.contains("Added"));
    let tested = run(&["forward", "test", "wrong"], "").await?;
    assert!(tested.contains("refuses access"), "{tested}");

    assert!(!desktop.arguments_contain(&[TOKEN, PASSWORD]));
    let Response::ProblemReport { text } = desktop.ask(Request::ProblemReport).await? else {
        anyhow::bail!("no report")
    };
    let mut places = vec![(String::from("report"), text), (String::from("logs"), desktop.logs())];
    let mut dirs = vec![desktop.config_dir(), desktop.data_dir(), desktop.state_dir()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
                places.push((path.display().to_string(), text));
            }
        }
    }
    for name in ["settings.toml", "history.db"] {
        assert!(places.iter().any(|(place, _)| place.ends_with(name)), "{name}");
    }
    for (place, text) in places {
        assert!(!text.contains(TOKEN) && !text.contains(PASSWORD), "{place}");
    }

    assert!(run(&["forward", "remove", "hook"], "").await?.contains("Removed"));
    let again =
        ["forward", "add", "webhook", "hook", &hook_url, "--signing=bearer", "--secret-stdin"];
    let missing = run(&again, "").await?;
    assert!(missing.contains("is missing"), "{missing}");
    Ok(())
}
