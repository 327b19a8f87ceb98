//! Faults that need a dedicated service: a hand-written callback, invalid certificates, paused
//! time, and the built program from outside.

#[cfg(target_os = "linux")]
mod certificates;
mod gateway;
#[cfg(target_os = "linux")]
mod outside;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::tz::TimeZone;
use model::{ConnectionState, EventSource, NotificationRules, ProblemCode};
use monitor::{EngineStatus, IngestThread, Monitor, Parts, Store};
use thinq_sim::{Call, Fault, RawFrame, SimDevice};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::watch,
    time::{self, Instant},
};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use self::gateway::{Gateway, credentials, service};
use crate::support::{Engine, MemoryKeyring, push_frame, simulated, within};

/// Maximum message size accepted by the listener, in bytes.
const LONGEST: usize = 256 * 1024;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_name_without_an_address_is_said_and_tried_again() {
    let sim = simulated().await;
    let engine = Engine::fresh(&sim);
    let gone = Url::parse("wss://callback.invalid/websocket").unwrap();
    let signed_in = engine.monitor.sign_in(service(&sim, gone), credentials()).await;
    signed_in.unwrap();

    let mut status = engine.monitor.status();
    time::pause();
    for _ in 0..5 {
        let kind = next_trouble(&mut status).await;
        assert_eq!(kind, ProblemCode::CallbackUnreachable);
    }
    time::resume();

    assert_eq!(sim.count(Call::SignIn), 1);
    assert!(sim.count(Call::Refresh) <= 1);
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "AFTER").await;
}

#[tokio::test]
async fn an_hour_of_refused_connections_takes_few_tries_and_ends_with_the_open_port() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "BEFORE").await;

    sim.set_fault(Fault::CallbackDown);
    let mut status = engine.monitor.status();
    time::pause();
    sim.reset_all();
    let ends_at = Instant::now() + Duration::from_hours(1);
    let mut tries = 0;
    while time::timeout_at(ends_at, next_trouble(&mut status)).await.is_ok() {
        tries += 1;
    }
    sim.clear_faults();
    let longest_delay = Duration::from_mins(5);
    let again = status.wait_for(|status| is_listening(&status.connection));
    time::timeout(longest_delay * 2, again).await.expect("the port is open").unwrap();
    time::resume();

    // Full jitter averages half of the maximum delay: 120 tries in the first ten minutes, with at
    // most 10 s between them, and 69 while the maximum grows to 5 minutes.
    assert!((150..=240).contains(&tries), "{tries} tries in an hour");
    within("a socket", sim.wait_for_sockets(1)).await;
    engine.settles(&sim, &mut heard, "AFTER").await;
    assert_eq!((told(&engine, "BEFORE"), told(&engine, "AFTER")), (1, 1));
    let history = engine.history();
    let gaps = history.iter().filter(|stored| stored.event.kind == EventSource::Gap);
    assert_eq!(gaps.count(), 1, "one event for the whole hour");
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_is_given_up() {
    let sim = simulated().await;
    sim.set_fault(Fault::CallbackNeverAnswers);
    let engine = Engine::fresh(&sim);
    let mut heard = engine.hear();
    engine.sign_in(&sim).await.unwrap();
    within("the handshake", sim.wait_for_calls(Call::Handshake, 1)).await;
    assert_eq!(engine.status().connection, ConnectionState::Connecting);

    let mut status = engine.monitor.status();
    time::pause();
    let began = Instant::now();
    let kind = next_trouble(&mut status).await;
    time::resume();
    sim.clear_faults();

    assert_eq!(kind, ProblemCode::CallbackUnreachable);
    assert!(began.elapsed() <= Duration::from_secs(21), "{:?}", began.elapsed());
    engine.listens().await;
    within("a socket", sim.wait_for_sockets(1)).await;
    engine.settles(&sim, &mut heard, "AFTER").await;
}

#[tokio::test]
async fn a_black_hole_is_found_whether_the_service_reads_or_not() {
    for reads in [true, false] {
        let (mut gateway, engine) = Gateway::with_engine().await;
        let mut heard = engine.hear();
        let mut old = gateway.accept().await;
        gateway.settles(&mut old, &engine, &mut heard, "BEFORE").await;
        let mut hole = old.into_inner();

        let mut status = engine.monitor.status();
        time::pause();
        let began = Instant::now();
        let swallow = async {
            let mut bytes = [0; 1024];
            while reads && hole.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
            std::future::pending::<()>().await;
        };
        let kind = tokio::select! {
            kind = next_trouble(&mut status) => kind,
            () = swallow => unreachable!(),
        };
        let found_after = began.elapsed();
        time::resume();

        assert_eq!(kind, ProblemCode::CallbackEnded, "reads: {reads}");
        assert!(found_after <= Duration::from_secs(90), "{found_after:?}, reads: {reads}");
        let mut new = gateway.accept().await;
        gateway.settles(&mut new, &engine, &mut heard, "AFTER").await;
        assert_eq!((told(&engine, "BEFORE"), told(&engine, "AFTER")), (1, 1));
    }
}

#[tokio::test]
async fn a_line_that_is_half_open_after_a_sleep_is_dropped_and_replaced_at_once() {
    let (mut gateway, engine) = Gateway::with_engine().await;
    let mut heard = engine.hear();
    let mut old = gateway.accept().await;
    gateway.settles(&mut old, &engine, &mut heard, "BEFORE").await;

    engine.monitor.woke();

    let mut new = gateway.accept().await;
    // Sent into a connection without a reader; a write error is irrelevant.
    let stale = push_frame("stale", "device", "STALE");
    old.send(Message::text(stale)).await.ok();
    gateway.settles(&mut new, &engine, &mut heard, "AFTER").await;
    assert_eq!(told(&engine, "STALE"), 0);
    assert_eq!((told(&engine, "BEFORE"), told(&engine, "AFTER")), (1, 1));
}

#[tokio::test]
async fn the_longest_frame_is_taken_and_a_longer_one_ends_the_connection_only() {
    let (mut gateway, engine) = Gateway::with_engine().await;
    let mut heard = engine.hear();
    let mut line = gateway.accept().await;

    line.send(Message::text(padded("LONGEST_FRAME", LONGEST))).await.unwrap();
    heard.push("LONGEST_FRAME").await;
    gateway.settles(&mut line, &engine, &mut heard, "BEHIND_IT").await;
    let mut status = engine.monitor.status();
    status.mark_unchanged();
    // The peer may close before everything was sent.
    line.send(Message::text(padded("TOO_LONG_FRAME", LONGEST + 1))).await.ok();
    let kind = within("the end", next_trouble(&mut status)).await;

    assert_eq!(kind, ProblemCode::InvalidAnswer);
    let mut new = gateway.accept().await;
    gateway.settles(&mut new, &engine, &mut heard, "AFTER").await;
    assert_eq!((told(&engine, "LONGEST_FRAME"), told(&engine, "TOO_LONG_FRAME")), (1, 0));
}

#[tokio::test]
async fn a_frame_that_trickles_in_is_one_event_on_the_same_connection() {
    let (mut gateway, engine) = Gateway::with_engine().await;
    let mut heard = engine.hear();
    let mut line = gateway.accept().await;
    let text = padded("TRICKLED_FRAME", 60_000);
    let length = u16::try_from(text.len()).unwrap();

    let socket = line.get_mut();
    socket.write_all(&[0x81, 126]).await.unwrap();
    socket.write_all(&length.to_be_bytes()).await.unwrap();
    for piece in text.as_bytes().chunks(37) {
        socket.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }

    heard.push("TRICKLED_FRAME").await;
    gateway.settles(&mut line, &engine, &mut heard, "AFTER").await;
    assert_eq!(told(&engine, "TRICKLED_FRAME"), 1);
}

#[tokio::test]
async fn a_ping_flood_hides_no_message_and_ends_no_connection() {
    let (mut gateway, engine) = Gateway::with_engine().await;
    let mut heard = engine.hear();
    let (mut sending, mut receiving) = gateway.accept().await.split();

    let flood = async {
        for number in 0..5_000 {
            sending.send(Message::Ping(Vec::new().into())).await.unwrap();
            if number == 2_500 {
                let frame = push_frame("flood", "device", "IN_THE_FLOOD");
                sending.send(Message::text(frame)).await.unwrap();
            }
        }
        heard.push("IN_THE_FLOOD").await;
        let frame = push_frame("after", "device", "AFTER");
        sending.send(Message::text(frame)).await.unwrap();
        heard.push("AFTER").await;
    };
    tokio::select! {
        () = flood => {}
        () = async { while receiving.next().await.is_some_and(|read| read.is_ok()) {} } => {
            panic!("the connection ended")
        }
    }

    assert!(is_listening(&engine.status().connection));
    assert_eq!((told(&engine, "IN_THE_FLOOD"), told(&engine, "AFTER")), (1, 1));
}

#[tokio::test]
async fn a_hub_that_goes_down_leaves_an_open_connection_alone() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let known = sim.devices().len();

    sim.set_fault(Fault::HubStatus(503));
    sim.register(&kettle());
    let status = engine.until("trouble", |status| status.home_problem.is_some()).await;
    assert!(is_listening(&status.connection));
    assert_eq!(status.home_problem.unwrap().code, ProblemCode::HubUnreachable);
    engine.settles(&sim, &mut heard, "WITHOUT_A_HUB").await;
    sim.clear_faults();
    engine.monitor.reconnect().await;

    engine.until("no trouble", |status| status.home_problem.is_none()).await;
    let subscribed = sim.wait_for_calls(Call::SubscribeEvent, known + 1);
    within("the kettle's subscription", subscribed).await;
    assert_eq!(sim.count(Call::Handshake), 1, "a single connection");
    assert_eq!(told(&engine, "WITHOUT_A_HUB"), 1);
}

#[tokio::test]
async fn a_token_that_dies_under_many_callers_is_refreshed_once() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();

    sim.expire_tokens();
    // The home and the listener need a token at the same time.
    sim.register(&kettle());
    sim.reset_all();

    engine.listens_again(&sim, 2).await;
    within("a socket", sim.wait_for_sockets(1)).await;
    let all = sim.devices().len();
    within("the subscriptions", sim.wait_for_calls(Call::SubscribeEvent, all)).await;
    engine.settles(&sim, &mut heard, "AFTER").await;
    assert_eq!(sim.count(Call::Refresh), 1);
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_by_a_day_costs_neither_messages_nor_calls() {
    for jump_ms in [DAY_MS, -DAY_MS] {
        let sim = simulated().await;
        let tracker = TaskTracker::new();
        let stop = CancellationToken::new();
        let (began, offset) = (Instant::now(), Arc::new(AtomicI64::new(1_800_000_000_000)));
        let set = Arc::clone(&offset);
        let now_ms = move || {
            let ran_ms = i64::try_from(began.elapsed().as_millis()).unwrap();
            offset.load(Ordering::SeqCst) + ran_ms
        };
        let service = service(&sim, sim.callback_url());
        let parts = Parts {
            store: Store::in_memory().unwrap(),
            keyring: MemoryKeyring::empty(),
            keyring_prompt: monitor::Prompt::Allowed,
            service: service.clone(),
            clock: Arc::new(now_ms.clone()),
            zone: Arc::new(|| TimeZone::UTC),
            rules: NotificationRules::default(),
            targets: Vec::new(),
            ingest_thread: IngestThread::Pool,
        };
        let monitor = Monitor::start(parts, &tracker, &stop);
        monitor.sign_in(service, credentials()).await.unwrap();
        let mut status = monitor.status();
        status.wait_for(|status| is_listening(&status.connection)).await.unwrap();
        let frame = |id: &str| RawFrame::Text(push_frame(id, id, "TOLD"));
        sim.send_raw(frame("first"));
        status.wait_for(|status| status.unread == 1).await.unwrap();
        monitor.pause(Some(now_ms() + 60 * 60 * 1000)).await;
        // The home has been read and subscribed.
        time::sleep(Duration::from_mins(5)).await;
        let calls = sim.calls().len();

        set.fetch_add(jump_ms, Ordering::SeqCst);
        // Once with a signal of the system, once detected by the engine itself.
        if jump_ms > 0 {
            monitor.clock_set().await;
            time::sleep(Duration::from_secs(20)).await;
        } else {
            time::sleep(Duration::from_mins(6)).await;
        }

        status.wait_for(|status| is_listening(&status.connection)).await.unwrap();
        let paused_until_ms = status.borrow().paused_until_ms;
        if jump_ms > 0 {
            assert_eq!(paused_until_ms, None, "it ended by the wall clock");
        } else {
            let left_ms = paused_until_ms.expect("it keeps running") - now_ms();
            assert!((48 * 60 * 1000..=50 * 60 * 1000).contains(&left_ms), "{left_ms} ms left");
        }
        assert!(sim.count(Call::Refresh) <= 1, "no storm");
        // Each device is subscribed and read at most once more.
        let (asked, devices) = (sim.calls().len() - calls, sim.devices().len());
        assert!(asked <= 2 * devices + 5, "{asked} calls for {devices} devices");
        sim.wait_for_sockets(1).await;
        // Sent again after the jump, and sent twice.
        sim.send_raw(frame("first"));
        sim.send_raw(frame("second"));
        sim.send_raw(frame("second"));
        sim.send_raw(frame("third"));
        let pushes = || monitor.store().page(monitor::EventId::END, 100, Some("TOLD")).unwrap();
        while pushes().len() < 3 {
            status.changed().await.unwrap();
        }
        assert_eq!(pushes().len(), 3);
        time::sleep(Duration::from_hours(2)).await;
        assert_eq!(status.borrow().paused_until_ms, None);
        assert!(is_listening(&status.borrow().connection));
        assert!(sim.count(Call::Refresh) <= 4, "{} refreshes", sim.count(Call::Refresh));
        assert_eq!(sim.count(Call::SignIn), 1);
        stop.cancel();
    }
}

/// Kind of the next problem published; a failed retry counts as a new one.
async fn next_trouble(status: &mut watch::Receiver<EngineStatus>) -> ProblemCode {
    loop {
        status.changed().await.expect("the engine outlives its test");
        let connection = status.borrow_and_update().connection.clone();
        if let ConnectionState::Offline { problem, .. } = connection {
            return problem.code;
        }
    }
}

fn is_listening(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::Listening { .. })
}

fn told(engine: &Engine, code: &str) -> usize {
    engine.history().iter().filter(|stored| stored.event.code == code).count()
}

/// A push of `length` bytes; trailing spaces are padding.
fn padded(code: &str, length: usize) -> String {
    let mut frame = push_frame(code, code, code);
    frame.push_str(&" ".repeat(length - frame.len()));
    frame
}

fn kettle() -> SimDevice {
    SimDevice {
        id: "kettle-1".to_owned(),
        device_type: "DEVICE_KETTLE".to_owned(),
        alias: "Kettle".to_owned(),
    }
}
