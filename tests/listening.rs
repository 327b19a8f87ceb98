//! Staying connected, and parsing everything that the callback sends.

use std::time::Duration;

use model::{ConnectionState, EventSource, ProblemCode};
use monitor::EventId;
use thinq_sim::{Call, Fault, RawFrame, Sim, SimDevice, SimSettings, Wrapping};
use tokio::{net::TcpStream, time};

use crate::support::{Engine, Sample, push_frame, simulated, simulated_with, within};

#[tokio::test]
async fn every_end_of_a_connection_is_followed_by_a_new_one() {
    type End = fn(&Sim);
    let ends: [(&str, End); 4] = [
        ("a normal close", |sim| sim.close_all(1000)),
        ("going away", |sim| sim.close_all(1001)),
        ("a failure of the service", |sim| sim.close_all(1011)),
        ("a reset", Sim::reset_all),
    ];
    for (name, end) in ends {
        let sim = simulated().await;
        let engine = Engine::listening(&sim).await;
        let mut heard = engine.hear();

        end(&sim);

        engine.listens_again(&sim, 2).await;
        engine.settles(&sim, &mut heard, "HEARD_AGAIN").await;
        assert_eq!(sim.count(Call::Refresh), 0, "{name} costs no refresh");
        assert_eq!(sim.count(Call::SignIn), 1, "{name} costs no sign-in");
    }
}

#[tokio::test]
async fn an_end_is_shown_with_its_kind_and_the_time_of_the_next_try() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;

    sim.reset_all();

    let status = engine.until("the end", |status| is_offline(&status.connection)).await;
    let ConnectionState::Offline { since_ms, problem, retry_at_ms } = status.connection else {
        unreachable!()
    };
    assert_eq!(problem.code, ProblemCode::CallbackEnded);
    assert_eq!(since_ms, engine.clock.now_ms());
    assert!((since_ms..=since_ms + 1000).contains(&retry_at_ms));
}

#[tokio::test]
async fn a_refused_handshake_is_tried_again_until_it_is_accepted() {
    let cases = [
        (Fault::CallbackStatus(500), ProblemCode::CallbackUnreachable),
        (Fault::CallbackStatus(503), ProblemCode::CallbackUnreachable),
        (Fault::CallbackHtml, ProblemCode::InvalidAnswer),
        (Fault::CallbackDown, ProblemCode::CallbackUnreachable),
    ];
    for (fault, expected) in cases {
        let sim = simulated().await;
        sim.set_fault(fault);
        if fault == Fault::CallbackDown {
            within("a closed port", refuses(&sim)).await;
        }
        let engine = Engine::fresh(&sim);
        let mut heard = engine.hear();
        engine.sign_in(&sim).await.unwrap();
        let status = engine.until("a refusal", |status| is_offline(&status.connection)).await;
        assert_eq!(kind(&status.connection), Some(expected), "{fault:?}");

        sim.clear_faults();

        engine.listens().await;
        engine.settles(&sim, &mut heard, "HEARD_AT_LAST").await;
        assert_eq!(sim.count(Call::SignIn), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_line_that_went_silent_is_noticed_and_replaced() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();

    sim.set_fault(Fault::CallbackBlackHole);
    let mut status = engine.monitor.status();
    // Skips a minute of silence.
    time::pause();
    let noticed = status.wait_for(|status| is_offline(&status.connection)).await.unwrap().clone();
    time::resume();
    sim.clear_faults();

    assert_eq!(kind(&noticed.connection), Some(ProblemCode::CallbackEnded));
    engine.until("listening", |status| !is_offline(&status.connection)).await;
    let marker = push_frame("id", "device", "HEARD_ON_THE_NEW_LINE");
    sim.send_raw(RawFrame::Text(marker));
    heard.push("HEARD_ON_THE_NEW_LINE").await;
}

#[tokio::test]
async fn nothing_that_arrives_stops_the_listener_or_hides_what_comes_after_it() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();
    let samples = Sample::in_folders(&["bad", "push", "event"]);
    assert!(samples.len() > 90, "{}", samples.len());

    for (index, sample) in samples.iter().enumerate() {
        assert_eq!(sim.send_raw(sample.frame()), 1, "{}", sample.file);
        let marker = format!("BEHIND_{index}");
        engine.settles(&sim, &mut heard, &marker).await;
        let found = engine.history().into_iter().filter(|stored| stored.event.code == marker);
        assert_eq!(found.count(), 1, "behind {}", sample.file);
    }

    let status = engine.status();
    assert!(matches!(status.connection, ConnectionState::Listening { .. }));
    assert_eq!(sim.count(Call::Handshake), 1, "one connection carried them all");
    let of_messages = |expect: &str| {
        let is_so = |sample: &&Sample| sample.kind == "ws_message" && sample.expect == expect;
        samples.iter().filter(is_so).count()
    };
    // One of them is an alarm without a device: it is notified rather than dropped.
    assert!(status.dropped_frames as usize >= of_messages("drop") - 1, "{status:?}");
    assert!((status.dropped_frames as usize) < samples.len() / 2, "{status:?}");
}

#[tokio::test]
async fn a_message_in_many_fragments_is_one_event() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();
    let text = push_frame("id", "우리집 세탁기", "WASHING_IS_COMPLETE");
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(7).map(|letters| letters.iter().collect()).collect();

    sim.send_raw(RawFrame::Fragments(pieces));

    let added = heard.next().await;
    assert_eq!(added.stored.event.device_id.unwrap().as_str(), "우리집 세탁기");
    assert_eq!(engine.monitor.store().messages(added.stored.id).unwrap()[0].raw, text);
}

#[tokio::test]
async fn a_burst_is_stored_whole_and_in_order() {
    const BURST: u32 = 2_000;
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;

    for number in 0..BURST {
        let (id, device) = (format!("id-{number}"), format!("device-{number}"));
        let frame = push_frame(&id, &device, &format!("BURST_{number}"));
        assert_eq!(sim.send_raw(RawFrame::Text(frame)), 1);
    }

    engine.until("the whole burst", |status| status.unread == BURST).await;
    let codes: Vec<String> =
        engine.history().into_iter().rev().map(|stored| stored.event.code).collect();
    let sent: Vec<String> = (0..BURST).map(|number| format!("BURST_{number}")).collect();
    assert_eq!(codes, sent);
}

#[tokio::test]
async fn a_replayed_message_is_stored_once() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();
    let frame = push_frame("the-same-id", "washer", "WASHING_IS_COMPLETE");

    sim.send_raw(RawFrame::Text(frame.clone()));
    engine.settles(&sim, &mut heard, "FIRST").await;
    engine.clock.advance(Duration::from_mins(5));
    sim.send_raw(RawFrame::Text(frame));
    engine.settles(&sim, &mut heard, "SECOND").await;

    let found = engine.find(Some("WASHING_IS_COMPLETE"));
    assert_eq!(found.len(), 1);
    assert_eq!(engine.monitor.store().messages(found[0].id).unwrap().len(), 1);
}

#[tokio::test]
async fn one_happening_told_flat_and_wrapped_is_one_event_with_both_messages() {
    let settings = SimSettings { wrapping: Wrapping::Mixed, ..SimSettings::default() };
    let sim = simulated_with(settings).await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let washer = &sim.devices()[0];

    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    engine.settles(&sim, &mut heard, "AFTERWARDS").await;

    let found = engine.find(Some("WASHING_IS_COMPLETE"));
    assert_eq!(found.len(), 1);
    let messages = engine.monitor.store().messages(found[0].id).unwrap();
    let wrapped: Vec<bool> =
        messages.iter().map(|message| message.raw.contains("\"push\"")).collect();
    assert_eq!(wrapped, [true, false]);
}

#[tokio::test]
async fn a_report_is_kept_and_is_no_event() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let washer = &sim.devices()[0];

    let report = serde_json::json!([{ "runState": { "currentState": "SPINNING" } }]);
    assert_eq!(sim.report(&washer.id, &report), 1);
    engine.settles(&sim, &mut heard, "AFTERWARDS").await;

    assert_eq!(engine.history().len(), 1);
    assert_eq!(engine.monitor.store().event(EventId(2)).unwrap(), None);
}

#[tokio::test]
async fn an_appliance_that_joins_is_subscribed_and_called_by_its_name() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let known = sim.devices().len();
    let kettle = SimDevice {
        id: "kettle-1".to_owned(),
        device_type: "DEVICE_KETTLE".to_owned(),
        alias: "주전자".to_owned(),
    };

    sim.register(&kettle);

    let registered = heard.next().await.stored.event;
    assert_eq!(
        (registered.kind, registered.device_name.as_str()),
        (EventSource::Registered, "주전자")
    );
    let again = sim.wait_for_calls(Call::SubscribeEvent, known + 1);
    within("the new subscription", again).await;
    assert_eq!(sim.push(&kettle.id, "WATER_IS_BOILED"), 1);
    assert_eq!(heard.push("WATER_IS_BOILED").await.stored.event.device_name, "주전자");
}

#[tokio::test]
async fn a_new_name_counts_from_the_next_message_on() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let washer = &sim.devices()[0];

    sim.rename(&washer.id, "Bubbles");
    sim.push(&washer.id, "WASHING_IS_COMPLETE");

    let renamed = heard.next().await.stored.event;
    assert_eq!((renamed.kind, renamed.text.as_str()), (EventSource::Renamed, "Bubbles"));
    assert_eq!(heard.next().await.stored.event.device_name, "Bubbles");
}

fn is_offline(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::Offline { .. })
}

fn kind(connection: &ConnectionState) -> Option<ProblemCode> {
    if let ConnectionState::Offline { problem, .. } = connection {
        Some(problem.code)
    } else {
        None
    }
}

/// The port closes shortly after the request to close it.
async fn refuses(sim: &Sim) {
    let port = sim.callback_url().port().expect("the simulated callback has a port");
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {}
}
