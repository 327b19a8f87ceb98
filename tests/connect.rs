//! ThinQ Connect: the engine and the built program with a personal access token.

use std::{process::Stdio, sync::Arc, time::Duration};

use anyhow::Context as _;
use contract::Request;
use jiff::Timestamp;
use model::{ConnectionState, DeviceId, Feature, ProblemCode, Provider};
use monitor::{SignInError, Store};
use serde_json::json;
use thinq_sim::{Call, DEFAULT_TOKEN, Fault, Sim, SimSettings};
use tokio::{io::AsyncWriteExt as _, process::Command, time};

use crate::{
    desktop::{self, Desktop, DesktopOptions, Keyring},
    support::{Engine, MemoryKeyring, TestClock, simulated, simulated_with, within},
};

const DONE: &str = "WASHING_IS_COMPLETE";

fn washer(sim: &Sim) -> String {
    let washer = sim.devices().into_iter().find(|device| device.device_type == "DEVICE_WASHER");
    washer.expect("the home has a washer").id
}

/// Waits until the program is connected and all devices are subscribed.
async fn subscribed(sim: &Sim) {
    let devices = sim.devices().len();
    let all = sim.wait_for_connect_clients(|clients| {
        clients.iter().any(|client| {
            client.is_connected
                && !client.topics.is_empty()
                && client.pushes.len() == devices
                && client.is_home_subscribed
        })
    });
    within("the subscriptions", all).await;
}

async fn listening(sim: &Sim) -> Engine {
    let engine = Engine::fresh(sim);
    signed_in(sim, &engine).await;
    engine
}

async fn signed_in(sim: &Sim, engine: &Engine) {
    let signed_in = engine.sign_in_by_token(sim, DEFAULT_TOKEN, "KR").await;
    signed_in.expect("the simulated service takes its own token");
    engine.listens().await;
}

fn kind(result: Result<(), SignInError>) -> ProblemCode {
    match result.expect_err("the sign-in fails") {
        SignInError::Service(error) => error.kind(),
        SignInError::NoRefreshToken => panic!("a token needs no refresh token"),
    }
}

#[tokio::test]
async fn a_token_signs_in_listens_and_acknowledges_what_is_stored() {
    let sim = simulated().await;
    let engine = listening(&sim).await;
    let status = engine.status();
    assert_eq!(status.devices as usize, sim.devices().len());
    assert_eq!((status.provider, status.country), (Some(Provider::Connect), Some("KR")));
    assert_eq!(status.account, None);
    let mut heard = engine.hear();
    within("the subscriptions", sim.wait_for_calls(Call::SubscribePush, 1)).await;
    let washer = washer(&sim);
    while sim.push(&washer, DONE) == 0 {
        time::sleep(Duration::from_millis(10)).await;
    }

    heard.push(DONE).await;

    within(
        "the acknowledgement",
        sim.wait_for_connect_clients(|clients| {
            clients[0].acknowledged > 0 && clients[0].unacknowledged == 0
        }),
    )
    .await;
    assert_eq!(sim.count(Call::Certificate), 1);
    assert_eq!(sim.count(Call::Devices), 1, "the list of the sign-in is used");
}

#[tokio::test]
async fn each_refusal_of_a_sign_in_has_its_own_kind_and_is_not_repeated() {
    for (fault, expected) in [
        (Fault::ConnectStatus(401), ProblemCode::PersonalTokenRefused),
        (Fault::ConnectError(1103), ProblemCode::PersonalTokenRefused),
        (Fault::ConnectError(1307), ProblemCode::CountryRefused),
        (Fault::ConnectError(1306), ProblemCode::TooManyCalls),
        (Fault::ConnectError(1304), ProblemCode::Terms),
        (Fault::FeatureMissing(Call::Devices), ProblemCode::FeatureMissing),
        (Fault::ConnectGarbage, ProblemCode::ConnectUnknown),
        (Fault::ConnectStatus(503), ProblemCode::ConnectUnreachable),
    ] {
        let sim = simulated().await;
        let engine = Engine::fresh(&sim);
        sim.set_fault(fault);

        let failed = engine.sign_in_by_token(&sim, DEFAULT_TOKEN, "KR").await;

        assert_eq!(kind(failed), expected, "{fault:?}");
        assert!(sim.calls().len() <= 2, "{fault:?}: {:?}", sim.calls());
    }
    let sim = simulated().await;
    let engine = Engine::fresh(&sim);
    let wrong = engine.sign_in_by_token(&sim, "thinqpat_wrong", "KR").await;
    assert_eq!(kind(wrong), ProblemCode::PersonalTokenRefused);
    let wrong = engine.sign_in_by_token(&sim, DEFAULT_TOKEN, "US").await;
    assert_eq!(kind(wrong), ProblemCode::CountryRefused);
}

#[tokio::test]
async fn a_token_that_is_refused_later_is_never_used_again() {
    let sim = simulated().await;
    let engine = listening(&sim).await;
    subscribed(&sim).await;
    sim.set_fault(Fault::ConnectStatus(401));
    engine.monitor.read_home().await;
    let status = engine
        .until("a refusal", |status| {
            matches!(status.connection, ConnectionState::SignInNeeded { .. })
        })
        .await;
    let ConnectionState::SignInNeeded { problem } = status.connection else { unreachable!() };
    assert_eq!(problem.code, ProblemCode::PersonalTokenRefused);
    let calls = sim.calls().len();

    sim.cut_mqtt();
    engine.monitor.read_home().await;
    engine.monitor.reconnect().await;
    engine.monitor.network_changed();
    time::sleep(Duration::from_secs(2)).await;

    assert_eq!(sim.calls().len(), calls, "{:?}", sim.calls().split_off(calls));
    // A new token listens again.
    sim.clear_faults();
    engine.sign_in_by_token(&sim, DEFAULT_TOKEN, "KR").await.unwrap();
    engine.listens().await;
}

#[tokio::test]
async fn a_missing_feature_is_named_tried_once_and_the_rest_works() {
    let sim = simulated().await;
    sim.set_fault(Fault::FeatureMissing(Call::SubscribeEvent));
    let engine = listening(&sim).await;
    let mut heard = engine.hear();

    subscribed(&sim).await;

    let status = engine.until("the feature", |status| status.home_problem.is_some()).await;
    let problem = status.home_problem.unwrap();
    assert_eq!(problem.code, ProblemCode::FeatureMissing);
    assert_eq!(problem.feature, Some(Feature::Events));
    // Two calls run beside each other.
    assert!(sim.count(Call::SubscribeEvent) <= 2, "{}", sim.count(Call::SubscribeEvent));
    sim.push(&washer(&sim), DONE);
    heard.push(DONE).await;
}

#[tokio::test]
async fn too_many_calls_silence_https_and_not_a_reconnection() {
    let sim = simulated().await;
    let engine = listening(&sim).await;
    subscribed(&sim).await;
    sim.set_fault(Fault::RateLimited);
    engine.monitor.read_home().await;
    engine
        .until("the demand", |status| {
            status.home_problem.as_ref().is_some_and(|one| one.code == ProblemCode::TooManyCalls)
        })
        .await;
    let calls = sim.calls().iter().filter(|record| record.call != Call::MqttConnect).count();
    let mut heard = engine.hear();

    sim.cut_mqtt();
    within("the connection", sim.wait_for_calls(Call::MqttConnect, 2)).await;
    engine.listens().await;
    sim.push(&washer(&sim), DONE);

    heard.push(DONE).await;
    let later = sim.calls().iter().filter(|record| record.call != Call::MqttConnect).count();
    assert_eq!(later, calls);
}

#[tokio::test]
async fn a_revoked_certificate_is_replaced_once_after_three_refusals() {
    let sim = simulated().await;
    let engine = listening(&sim).await;
    subscribed(&sim).await;

    sim.revoke_certificates();

    within("a new certificate", sim.wait_for_calls(Call::Certificate, 2)).await;
    engine.listens().await;
    within("the connection", sim.wait_for_connect_clients(|clients| clients[0].is_connected)).await;
    assert_eq!(sim.count(Call::Certificate), 2);
    assert_eq!(sim.connect_clients().len(), 1, "one client id");
}

/// Stops an engine, lets something happen, and starts it again with the same history.
async fn restarted(sim: &Sim, meanwhile: impl FnOnce(&Sim)) -> (Engine, usize) {
    let dir = tempfile::tempdir().expect("/tmp can be written");
    let store = || Store::open(&dir.path().join("history.db")).expect("the folder can be written");
    let (keyring, clock) = (MemoryKeyring::empty(), TestClock::default());
    let engine = Engine::start(sim, Arc::clone(&keyring), store(), &clock);
    signed_in(sim, &engine).await;
    subscribed(sim).await;
    let all = sim.wait_for_calls(Call::State, sim.devices().len());
    within("the states", all).await;
    engine.stop().await;
    let away = sim.wait_for_connect_clients(|clients| clients.iter().all(|one| !one.is_connected));
    within("the end of the connection", away).await;
    meanwhile(sim);
    let states = sim.count(Call::State);
    clock.advance(Duration::from_mins(10));
    let engine = Engine::start(sim, keyring, store(), &clock);
    engine.listens().await;
    (engine, states)
}

#[tokio::test]
async fn what_came_while_the_program_was_away_arrives_late_and_no_state_is_read() {
    let sim = simulated().await;
    let washer = washer(&sim);

    let (engine, states) = restarted(&sim, |sim| {
        sim.push(&washer, DONE);
    })
    .await;

    let stored = async {
        while engine.history().is_empty() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("the message", stored).await;
    time::sleep(Duration::from_secs(3)).await;
    let history = engine.history();
    assert_eq!(history.len(), 1);
    assert!(history[0].event.is_found_after_gap, "told as late");
    assert_eq!(sim.count(Call::State), states, "the messages are the truth");
    assert_eq!(sim.connect_clients()[0].unacknowledged, 0);
    assert_eq!(sim.connect_clients().len(), 1, "the client id is kept");
}

#[tokio::test]
async fn after_a_forgotten_session_the_states_are_read_once() {
    let sim = simulated().await;
    let washer = washer(&sim);
    sim.report(
        &washer,
        &json!([{ "location": { "locationName": "MAIN" },
        "runState": { "currentState": "RUNNING" },
        "timer": { "remainHour": 0, "remainMinute": 5, "totalHour": 1, "totalMinute": 0 } }]),
    );

    let (engine, states) = restarted(&sim, |sim| {
        sim.set_fault(Fault::SessionsForgotten);
        sim.report(
            &washer,
            &json!([{ "location": { "locationName": "MAIN" },
            "runState": { "currentState": "END" },
            "timer": { "remainHour": 0, "remainMinute": 0 } }]),
        );
    })
    .await;

    let all = sim.wait_for_calls(Call::State, states + sim.devices().len());
    within("the states", all).await;
    let stored = async {
        while engine.history().is_empty() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("what happened", stored).await;
    let history = engine.history();
    assert_eq!(history[0].event.code, DONE);
    assert!(history[0].event.is_found_after_gap);
    assert_eq!(sim.count(Call::State), states + sim.devices().len(), "once each");
}

#[tokio::test]
async fn signing_out_gives_everything_back() {
    let sim = simulated().await;
    let engine = listening(&sim).await;
    subscribed(&sim).await;

    engine.monitor.sign_out().await.unwrap();

    let clients = sim.connect_clients();
    let client = clients.first().unwrap();
    assert!(!client.is_registered && !client.is_connected && !client.is_home_subscribed);
    assert!(client.pushes.is_empty() && client.topics.is_empty(), "{client:?}");
    assert_eq!(engine.status().provider, None);
}

#[tokio::test]
async fn energy_is_read_at_most_four_times_a_day_and_kept() {
    // The clock of the engine under test; a certificate of that day is not valid yet.
    let now = || Timestamp::from_millisecond(1_800_000_000_000).expect("a time");
    let sim = simulated_with(SimSettings { now, ..SimSettings::default() }).await;
    let engine = Engine::fresh(&sim);
    engine.sign_in_by_token(&sim, DEFAULT_TOKEN, "KR").await.unwrap();
    let mut measured = None;
    for device in sim.devices() {
        let id = DeviceId::new(&device.id);
        if let Some(energy) = engine.monitor.energy(&id).await.unwrap() {
            measured = Some((id, energy));
            break;
        }
    }
    let (id, energy) = measured.expect("one of the devices is measured");
    assert!(!energy.days.is_empty() && !energy.months.is_empty(), "{energy:?}");
    let calls = || sim.count(Call::EnergyProfile) + sim.count(Call::EnergyUsage);
    let before = calls();

    let again = engine.monitor.energy(&id).await.unwrap();

    assert_eq!(again, Some(energy));
    assert_eq!(calls(), before);
}

/// The built program on a desktop without a display.
struct Stage {
    desktop: Desktop,
    sim: Sim,
    root: tempfile::NamedTempFile,
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        let root = tempfile::NamedTempFile::new()?;
        let mut settings = SimSettings::default();
        settings.connect.root_path = Some(root.path().to_owned());
        let sim = Sim::start(settings).await?;
        let options = DesktopOptions {
            tray_host: false,
            display: false,
            keyring: Keyring::Unlocked,
            ..DesktopOptions::default()
        };
        Ok(Self { desktop: Desktop::start(options).await?, sim, root })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desktop.command("thinq-tray");
        command
            .args(arguments)
            .env("THINQ_TRAY_CONNECT_URL", self.sim.connect_url().as_str())
            .env("SSL_CERT_FILE", self.root.path())
            .env("THINQ_TRAY_LOG", "trace");
        command
    }

    async fn start(&self) -> anyhow::Result<tokio::process::Child> {
        let child = self.command(&["--hidden"]).kill_on_drop(true).spawn()?;
        self.desktop.wait_until_ready().await?;
        Ok(child)
    }

    async fn sign_in(&self, token: &str) -> anyhow::Result<(Option<i32>, String)> {
        let mut command = self.command(&["sign-in", "--country", "KR", "--token-stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("standard input is a pipe")?;
        input.write_all(format!(" {token}\n").as_bytes()).await?;
        drop(input);
        let output = desktop::within("the sign-in", child.wait_with_output()).await??;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8(text)?))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_signs_in_shows_a_push_and_loses_nothing_when_killed() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let washer = washer(&stage.sim);
    let mut resident = stage.start().await?;
    let (code, text) = stage.sign_in("thinqpat_wrong").await?;
    assert_eq!(code, Some(3), "{text}");

    let (code, text) = stage.sign_in(DEFAULT_TOKEN).await?;

    assert_eq!(code, Some(0), "{text}");
    let count = stage.sim.devices().len();
    assert!(text.contains(&format!("{count} appliances were found")), "{text}");
    subscribed(&stage.sim).await;
    stage.sim.push(&washer, DONE);
    let shown = stage.desktop.wait_for_notification(|shown| shown.body == "Laundry is done").await;
    shown.with_context(|| stage.desktop.logs())?;

    resident.kill().await?;
    stage.sim.push(&washer, "ERROR_DURING_WASHING");
    let mut resident = stage.start().await?;
    let body = "The wash stopped with a problem (while not connected)";
    stage.desktop.wait_for_notification(|shown| shown.body == body).await?;

    let history = rusqlite::Connection::open(stage.desktop.history_path())?;
    let codes: Vec<String> = history
        .prepare("SELECT code FROM event WHERE kind = 'push' ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    assert_eq!(codes, [DONE, "ERROR_DURING_WASHING"]);
    assert_eq!(stage.sim.connect_clients().len(), 1, "the client id is kept");
    assert!(!stage.desktop.arguments_contain(&[DEFAULT_TOKEN]));
    let client_id = stage.sim.connect_clients()[0].id.clone();
    let logs = stage.desktop.logs();
    for secret in [DEFAULT_TOKEN, &client_id, "PRIVATE KEY", "BEGIN CERTIFICATE", "app/clients"] {
        assert!(!logs.contains(secret), "`{secret}` is in the log");
    }
    stage.desktop.ask(Request::Quit).await?;
    desktop::within("the end", resident.wait()).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_from_a_gap_says_when_it_happened() -> anyhow::Result<()> {
    /// Shorter interruptions are no gaps.
    const GAP_MS: i64 = 5_500;
    let stage = Stage::set().await?;
    let washer = washer(&stage.sim);
    let resident = stage.start().await?;
    let (code, text) = stage.sign_in(DEFAULT_TOKEN).await?;
    assert_eq!(code, Some(0), "{text}");
    subscribed(&stage.sim).await;
    stage.sim.push(&washer, "DOOR_IS_OPEN");
    stage.desktop.wait_for_notification(|shown| shown.body == "A door was left open").await?;

    let from = Timestamp::now();
    stage.sim.set_fault(Fault::MqttDown);
    let cut = stage.sim.wait_for_connect_clients(|all| all.iter().all(|one| !one.is_connected));
    within("the end of the connection", cut).await;
    stage.sim.push(&washer, DONE);
    let gap = async {
        while Timestamp::now().as_millisecond() - from.as_millisecond() < GAP_MS {
            time::sleep(Duration::from_millis(50)).await;
        }
    };
    desktop::within("the gap", gap).await?;
    stage.sim.clear_faults();

    let late = |body: &str| body.starts_with("Laundry is done (");
    let shown = stage.desktop.wait_for_notification(|shown| late(&shown.body)).await;
    let shown = shown.with_context(|| stage.desktop.logs())?;
    let until = Timestamp::now();
    let minute = |at: Timestamp| at.strftime("%-I:%M %p").to_string();
    let mut possible = Vec::new();
    for from in [from, from + Duration::from_mins(1)].map(minute) {
        possible.push(format!("Laundry is done ({from}, while not connected)"));
        for until in [until - Duration::from_mins(1), until].map(minute) {
            possible
                .push(format!("Laundry is done (between {from} and {until}, while not connected)"));
        }
    }
    assert!(possible.contains(&shown.body), "{} is none of {possible:?}", shown.body);
    drop(resident);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_arrival_and_commit_loses_no_message() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let washer = washer(&stage.sim);
    let mut resident = stage.start().await?;
    let (code, text) = stage.sign_in(DEFAULT_TOKEN).await?;
    assert_eq!(code, Some(0), "{text}");
    subscribed(&stage.sim).await;
    let other_writer = rusqlite::Connection::open(stage.desktop.history_path())?;
    let codes = || -> anyhow::Result<Vec<String>> {
        let mut statement =
            other_writer.prepare("SELECT code FROM event WHERE kind = 'push' ORDER BY id")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    // Nothing can be committed from here on; the notification does not wait for that.
    other_writer.execute_batch("BEGIN IMMEDIATE")?;
    stage.sim.push(&washer, DONE);
    let shown = stage.desktop.wait_for_notification(|shown| shown.body == "Laundry is done").await;
    shown.with_context(|| stage.desktop.logs())?;

    resident.kill().await?;
    other_writer.execute_batch("ROLLBACK")?;
    assert_eq!(codes()?, [""; 0]);
    let mut resident = stage.start().await?;

    let stored = async {
        while codes()?.is_empty() {
            time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    desktop::within("the message that was not confirmed", stored).await??;
    assert_eq!(codes()?, [DONE]);
    stage.desktop.ask(Request::Quit).await?;
    desktop::within("the end", resident.wait()).await??;
    assert_eq!(codes()?, [DONE], "stored once");
    Ok(())
}
