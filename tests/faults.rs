//! Faults of the network, the service and a sleeping computer: reconnects, loses nothing,
//! duplicates nothing, and reports a correct status throughout.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use model::{ConnectionState, EventSource, GapReason, NotificationRules};
use monitor::{Credentials, HubCredentials, IngestThread, Monitor, Parts, ServiceSettings, Store};
use secrecy::SecretString;
use serde_json::json;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Fault, RawFrame, Sim, SimSettings};
use tokio::time;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{
    Engine, MemoryKeyring, TestClock, push_frame, simulated, simulated_with, within,
};

const WEEK: u32 = 7 * 24;

#[tokio::test]
async fn every_fault_of_the_callback_is_survived_with_nothing_lost_and_nothing_doubled() {
    type Strike = fn(&Sim);
    let faults: [(&str, Strike); 12] = [
        ("a normal close", |sim| sim.close_all(1000)),
        ("going away", |sim| sim.close_all(1001)),
        ("too large", |sim| sim.close_all(1009)),
        ("a failure", |sim| sim.close_all(1011)),
        ("a reset", Sim::reset_all),
        ("a token refused once", |sim| {
            sim.set_fault(Fault::TokenRefusedOnce);
            sim.reset_all();
        }),
        ("a token that died", |sim| {
            sim.expire_tokens();
            sim.reset_all();
        }),
        ("500", |sim| strike(sim, Fault::CallbackStatus(500))),
        ("503", |sim| strike(sim, Fault::CallbackStatus(503))),
        ("a captive portal", |sim| strike(sim, Fault::CallbackHtml)),
        ("a closed port", |sim| strike(sim, Fault::CallbackDown)),
        ("a ping flood", |sim| {
            sim.ping_flood(1000);
            sim.close_all(1001);
        }),
    ];
    for (name, strike) in faults {
        let sim = simulated().await;
        let engine = Engine::listening(&sim).await;
        engine.subscribes(&sim).await;
        let mut heard = engine.hear();
        engine.settles(&sim, &mut heard, "BEFORE").await;
        let handshakes = sim.count(Call::Handshake);

        strike(&sim);
        engine.until(name, |status| !is_listening(&status.connection)).await;
        sim.clear_faults();

        engine.listens_again(&sim, handshakes + 1).await;
        within(name, sim.wait_for_sockets(1)).await;
        engine.settles(&sim, &mut heard, "AFTER").await;
        let told = |code: &str| {
            let is_it = |stored: &&monitor::StoredEvent| stored.event.code == code;
            engine.history().iter().filter(is_it).count()
        };
        assert_eq!((told("BEFORE"), told("AFTER")), (1, 1), "{name}");
        assert_eq!(sim.count(Call::SignIn), 1, "{name}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_for_good_asks_for_a_sign_in_after_one_refresh() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let handshakes = sim.count(Call::Handshake);

    strike(&sim, Fault::TokenRefused);

    engine
        .until("a question", |status| {
            matches!(status.connection, ConnectionState::SignInNeeded { .. })
        })
        .await;
    assert_eq!(sim.count(Call::Handshake), handshakes + 2, "one more attempt");
    assert_eq!(sim.count(Call::Refresh), 1);
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn a_hub_that_is_down_does_not_end_the_listening() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();

    sim.set_fault(Fault::HubDown);
    sim.reset_all();

    engine.listens_again(&sim, 2).await;
    engine.settles(&sim, &mut heard, "WITHOUT_A_HUB").await;
}

#[tokio::test]
async fn what_happened_while_the_computer_slept_is_found_and_marked() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let devices = sim.devices();
    let washer = devices.iter().find(|device| device.device_type == "DEVICE_WASHER").unwrap();
    let run = |state: &str| json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": state } }]);
    sim.report(&washer.id, &run("SPINNING"));
    // Reads every device once as a reference for comparison.
    within("the first state reads", sim.wait_for_calls(Call::State, devices.len())).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "SEEN").await;

    strike(&sim, Fault::CallbackDown);
    engine.until("the end", |status| !is_listening(&status.connection)).await;
    within("no socket", sim.wait_for_sockets(0)).await;
    sim.report(&washer.id, &run("END"));
    engine.clock.advance(Duration::from_mins(18));
    sim.clear_faults();
    engine.monitor.woke();

    let gap = heard.next().await.stored.event;
    assert_eq!(gap.kind, EventSource::Gap);
    assert_eq!(gap.gap.map(|gap| gap.reason), Some(GapReason::Asleep));
    assert!(gap.received_at_ms - gap.gap.unwrap().from_ms >= 18 * 60 * 1000);
    let found = heard.push("WASHING_IS_COMPLETE").await.stored.event;
    assert!(found.is_found_after_gap);
    assert_eq!(found.device_id.unwrap().as_str(), washer.id);
    within("one read each", sim.wait_for_calls(Call::State, 2 * devices.len())).await;
}

#[tokio::test]
async fn replays_across_restarts_double_nothing_and_lose_nothing() {
    const MESSAGES: usize = 1_000;
    const REPLAYS: usize = 10;
    let sim = simulated().await;
    let keyring = MemoryKeyring::empty();
    let clock = TestClock::default();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    for restart in 0..2 {
        let store = Store::open(&path).unwrap();
        let engine = Engine::start(&sim, Arc::clone(&keyring), store, &clock);
        if restart == 0 {
            engine.sign_in(&sim).await.unwrap();
        }
        engine.listens().await;
        let mut heard = engine.hear();
        for replay in 0..REPLAYS / 2 {
            for number in 0..MESSAGES {
                let frame = push_frame(&format!("id-{number}"), "d", &format!("CODE_{number}"));
                assert_eq!(sim.send_raw(RawFrame::Text(frame)), 1);
            }
            engine.settles(&sim, &mut heard, &format!("MARK_{restart}_{replay}")).await;
        }
        assert_eq!(engine.find(Some("CODE_")).len(), MESSAGES);
        engine.stop().await;
        within("no socket", sim.wait_for_sockets(0)).await;
        clock.advance(Duration::from_hours(23));
    }
}

#[tokio::test]
async fn fifty_wakings_are_followed_by_a_connection_each() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut took = Vec::new();
    for waking in 1..=50 {
        let began = Instant::now();
        engine.monitor.woke();
        engine.listens_again(&sim, 1 + waking).await;
        within("one socket", sim.wait_for_sockets(1)).await;
        took.push(began.elapsed());
    }
    took.sort();
    println!("connected after waking: p50 {:?}, p95 {:?}, most {:?}", took[24], took[47], took[49]);
}

#[tokio::test]
async fn too_many_calls_at_the_handshake_are_shown_as_a_silence() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let handshakes = sim.count(Call::Handshake);

    strike(&sim, Fault::CallbackStatus(429));

    let status = engine
        .until("a silence", |status| matches!(status.connection, ConnectionState::Limited { .. }))
        .await;
    let ConnectionState::Limited { until_ms } = status.connection else { unreachable!() };
    assert_eq!(until_ms - engine.clock.now_ms(), 60 * 60 * 1000);
    engine.monitor.reconnect().await;
    engine.monitor.network_changed();
    assert_eq!(sim.count(Call::Handshake), handshakes + 1, "no early retry");
}

/// A week in paused time: everything in one process, on a clock moved only by the test.
#[tokio::test(start_paused = true)]
async fn a_quiet_week_stays_connected_and_flat_and_costs_few_calls() {
    let sim = simulated_with(SimSettings::default()).await;
    let tracker = TaskTracker::new();
    let stop = CancellationToken::new();
    let began = time::Instant::now();
    let parts = Parts {
        store: Store::in_memory().unwrap(),
        keyring: MemoryKeyring::empty(),
        keyring_prompt: monitor::Prompt::Allowed,
        service: service(&sim),
        clock: Arc::new(move || {
            1_800_000_000_000 + i64::try_from(began.elapsed().as_millis()).unwrap()
        }),
        zone: Arc::new(|| TimeZone::UTC),
        rules: NotificationRules::default(),
        targets: Vec::new(),
        ingest_thread: IngestThread::Pool,
    };
    let monitor = Monitor::start(parts, &tracker, &stop);
    let credentials = Credentials::Hub(HubCredentials {
        account: DEFAULT_ACCOUNT.to_owned(),
        password: SecretString::from(DEFAULT_PASSWORD),
        emp_secret: None,
        connect_secret: None,
    });
    monitor.sign_in(service(&sim), credentials).await.unwrap();
    let mut status = monitor.status();
    status.wait_for(|status| is_listening(&status.connection)).await.unwrap();
    time::sleep(Duration::from_hours(1)).await;

    let (mut calls, mut figures) = (hub_calls(&sim), Vec::new());
    for hour in 1..=WEEK {
        time::sleep(Duration::from_hours(1)).await;
        assert!(is_listening(&status.borrow_and_update().connection), "hour {hour}");
        if hour.is_multiple_of(24) {
            let now = hub_calls(&sim);
            assert!(now - calls < 50, "{} calls in a day", now - calls);
            calls = now;
            figures.push((memory_kib(), open_files(), tracker.len()));
        }
    }

    println!(
        "memory KiB, files, tasks, day by day: {figures:?}; handshakes {}",
        sim.count(Call::Handshake)
    );
    // Other tests may run in this process: a leak never returns to a low value.
    let first = figures[0];
    let later = &figures[3..];
    let memory = later.iter().map(|figures| figures.0).min().unwrap();
    let files = later.iter().map(|figures| figures.1).min().unwrap();
    assert!(memory < first.0 + 8 * 1024, "memory: {figures:?}");
    assert!(files <= first.1 + 2, "files: {figures:?}");
    assert!(later.iter().all(|figures| figures.2 == first.2), "tasks: {figures:?}");
    stop.cancel();
}

fn strike(sim: &Sim, fault: Fault) {
    sim.set_fault(fault);
    sim.reset_all();
}

fn is_listening(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::Listening { .. })
}

fn service(sim: &Sim) -> ServiceSettings {
    ServiceSettings::new(sim.hub_url(), sim.callback_url())
}

/// The callback does not count as a call to the hub.
fn hub_calls(sim: &Sim) -> usize {
    sim.calls().iter().filter(|record| record.call != Call::Handshake).count()
}

/// 0 where the system does not report it.
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").map(Iterator::count).unwrap_or_default()
}
