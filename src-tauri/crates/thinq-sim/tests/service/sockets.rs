//! How open sockets behave: limits, pings, raw frames, and every way to end.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use thinq_sim::{Call, Fault, RawFrame, SimSettings};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::client::{close_code, next, next_json, signed_in};

const SHORT: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_quiet_socket_is_closed_with_1001() {
    let settings = SimSettings { idle_limit: SHORT, ..SimSettings::default() };
    let (sim, client) = signed_in(settings).await;

    assert_eq!(close_code(&mut client.connect().await).await, 1001);
    sim.wait_for_sockets(0).await;
}

#[tokio::test]
async fn a_busy_socket_is_closed_at_the_end_of_its_life() {
    let settings = SimSettings { life_limit: SHORT, ..SimSettings::default() };
    let (_sim, client) = signed_in(settings).await;
    let mut socket = client.connect().await;

    let mut answers = 0;
    while socket.send(Message::text("still here")).await.is_ok() {
        match next(&mut socket).await {
            Some(Ok(Message::Text(_))) => answers += 1,
            Some(Ok(Message::Close(frame))) => {
                assert_eq!(u16::from(frame.unwrap().code), 1001);
                break;
            }
            other => panic!("unexpected: {other:?}"),
        }
    }

    assert!(answers > 0);
}

#[tokio::test]
async fn what_a_client_says_is_forbidden() {
    let (_sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    socket.send(Message::text("{}")).await.unwrap();
    let answer = next_json(&mut socket).await;

    assert_eq!(answer["message"], "Forbidden");
    assert!(answer["connectionId"].is_string() && answer["requestId"].is_string());
}

#[tokio::test]
async fn a_message_beyond_the_limit_closes_with_1009() {
    let settings = SimSettings { frame_limit: 1024, ..SimSettings::default() };
    let (_sim, client) = signed_in(settings).await;
    let mut socket = client.connect().await;

    socket.send(Message::text("x".repeat(1025))).await.unwrap();

    assert_eq!(close_code(&mut socket).await, 1009);
}

#[tokio::test]
async fn pings_are_answered_and_can_flood() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    socket.send(Message::Ping(Bytes::from_static(b"4711"))).await.unwrap();
    let pong = next(&mut socket).await.unwrap().unwrap();
    sim.ping_flood(500);
    let mut pings = 0;
    while pings < 500 {
        assert!(next(&mut socket).await.unwrap().unwrap().is_ping());
        pings += 1;
    }

    assert_eq!(pong, Message::Pong(Bytes::from_static(b"4711")));
}

#[tokio::test]
async fn raw_frames_arrive_as_they_are() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;
    let long = "가".repeat(50_000);
    let pieces = ["{\"push", "Type\":", "\"X\"}"].map(str::to_owned).to_vec();

    assert_eq!(sim.send_raw(RawFrame::Text("normal_water_start".to_owned())), 1);
    sim.send_raw(RawFrame::Binary(vec![0xff, 0x00]));
    sim.send_raw(RawFrame::Fragments(pieces));
    sim.send_raw(RawFrame::Text(long.clone()));

    let mut received = Vec::new();
    for _ in 0..4 {
        received.push(next(&mut socket).await.unwrap().unwrap());
    }
    assert_eq!(
        received,
        [
            Message::text("normal_water_start"),
            Message::binary(vec![0xff, 0x00]),
            Message::text(r#"{"pushType":"X"}"#),
            Message::text(long),
        ]
    );
}

#[tokio::test]
async fn sockets_close_with_the_code_that_was_asked_for() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    sim.close_all(1000);

    assert_eq!(close_code(&mut socket).await, 1000);
    sim.wait_for_sockets(0).await;
}

#[tokio::test]
async fn a_reset_ends_sockets_without_a_close_frame() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    sim.reset_all();

    assert!(matches!(next(&mut socket).await, Some(Err(Error::Io(_) | Error::Protocol(_)))));
    sim.wait_for_sockets(0).await;
}

#[tokio::test]
async fn a_socket_whose_client_left_is_no_longer_counted() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;
    sim.wait_for_sockets(1).await;

    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}

    sim.wait_for_sockets(0).await;
    assert_eq!(sim.send_raw(RawFrame::Text(String::new())), 0);
}

#[tokio::test]
async fn stopping_closes_sockets_and_waits_for_no_slow_call() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;
    sim.set_fault(Fault::HubSlow(Duration::from_hours(1)));
    let call = client.get("devices");

    let (code, answer, ()) = tokio::join!(close_code(&mut socket), call, async {
        sim.wait_for_calls(Call::Devices, 1).await;
        sim.stop().await;
    });

    assert_eq!(code, 1001);
    assert_eq!(answer.status, 200, "a request in hand is answered");
}

#[tokio::test]
async fn a_dropped_simulation_ends_its_sockets() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    drop(sim);

    assert_eq!(close_code(&mut socket).await, 1001);
}
