//! Faults on demand, from the handle and from curl.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt};
use reqwest::Method;
use serde_json::json;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Fault, RawFrame, SimSettings};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::client::{Client, close_code, device, next, refused_with, send, signed_in};

/// Asks until the port is as wanted: a port closes and opens a moment after its fault.
pub(crate) async fn port_is_open(url: &url::Url, wanted: bool) {
    let address = (url.host_str().unwrap(), url.port().unwrap());
    while TcpStream::connect(address).await.is_ok() != wanted {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_hub_that_is_down_refuses_connections_until_it_is_up() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    sim.set_fault(Fault::HubDown);
    port_is_open(&sim.hub_url(), false).await;
    let refused = client.request(Method::GET, "devices").send().await;
    sim.clear_faults();
    port_is_open(&sim.hub_url(), true).await;

    assert!(refused.unwrap_err().is_connect());
    assert_eq!(client.get("devices").await.status, 200);
}

#[tokio::test]
async fn a_slow_hub_answers_late() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    sim.set_fault(Fault::HubSlow(Duration::from_mins(1)));

    let asked = client.request(Method::GET, "devices").timeout(Duration::from_millis(100));
    let late = asked.send().await.unwrap_err();
    sim.set_fault(Fault::HubSlow(Duration::from_millis(1)));

    assert!(late.is_timeout());
    assert_eq!(client.get("devices").await.status, 200);
}

#[tokio::test]
async fn a_broken_hub_answers_nonsense() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    sim.set_fault(Fault::HubGarbage);
    let garbage = client.get("devices").await;
    sim.clear_faults();
    sim.set_fault(Fault::HubHtml);
    let page = client.sign_in(DEFAULT_ACCOUNT, DEFAULT_PASSWORD).await;
    sim.clear_faults();
    sim.set_fault(Fault::HubStatus(503));
    let status = client.get("devices").await;

    assert_eq!((garbage.status, garbage.body.is_null()), (200, true));
    assert!(page.text.starts_with("<!doctype html>"));
    assert_eq!((status.status, status.text.as_str()), (503, ""));
}

#[tokio::test]
async fn api_faults_have_their_codes() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    sim.set_fault(Fault::RateLimited);
    assert_eq!(client.get("devices").await.code(), (401, "1306"));
    assert_eq!(client.refresh().await.status, 200, "the token call is not limited");
    sim.clear_faults();
    sim.set_fault(Fault::TermsRefused);
    assert_eq!(client.get("devices").await.code(), (401, "1304"));
    sim.set_fault(Fault::AccountLocked);
    let locked = client.sign_in(DEFAULT_ACCOUNT, DEFAULT_PASSWORD).await;
    assert_eq!(locked.code(), (500, "500"));
}

#[tokio::test]
async fn the_callback_refuses_as_it_is_told() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    sim.set_fault(Fault::TokenRefusedOnce);
    assert_eq!(refused_with(client.try_connect().await), 401);
    client.connect().await;
    sim.set_fault(Fault::TokenRefused);
    assert_eq!(refused_with(client.try_connect().await), 401);
    assert_eq!(refused_with(client.try_connect().await), 401);
    sim.clear_faults();
    sim.set_fault(Fault::CallbackStatus(500));
    assert_eq!(refused_with(client.try_connect().await), 500);
    sim.clear_faults();
    sim.set_fault(Fault::CallbackHtml);
    assert_eq!(refused_with(client.try_connect().await), 200);
}

#[tokio::test]
async fn a_callback_that_is_down_keeps_its_open_sockets() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut socket = client.connect().await;

    sim.set_fault(Fault::CallbackDown);
    port_is_open(&sim.callback_url(), false).await;
    sim.send_raw(RawFrame::Text("still here".to_owned()));

    assert!(matches!(client.try_connect().await, Err(Error::Io(_))));
    assert_eq!(next(&mut socket).await.unwrap().unwrap(), Message::text("still here"));
    sim.clear_faults();
    port_is_open(&sim.callback_url(), true).await;
    client.connect().await;
}

#[tokio::test]
async fn a_black_hole_swallows_messages_and_pings_for_good() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut lost = client.connect().await;

    sim.set_fault(Fault::CallbackBlackHole);
    let mut also_lost = client.connect().await;
    lost.send(Message::Ping(Bytes::from_static(b"?"))).await.unwrap();
    sim.send_raw(RawFrame::Text("swallowed".to_owned()));
    sim.clear_faults();
    let mut fine = client.connect().await;
    sim.send_raw(RawFrame::Text("heard".to_owned()));

    assert_eq!(next(&mut fine).await.unwrap().unwrap(), Message::text("heard"));
    assert!(next(&mut lost).now_or_never().is_none());
    sim.reset_all();
    assert_eq!(close_code(&mut lost).await, 1006);
    assert_eq!(close_code(&mut also_lost).await, 1006);
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_hangs_until_the_fault_is_cleared() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    sim.set_fault(Fault::CallbackNeverAnswers);

    let (connected, ()) = tokio::join!(client.try_connect(), async {
        sim.wait_for_calls(Call::Handshake, 1).await;
        sim.clear_faults();
    });

    assert!(connected.is_err());
    client.connect().await;
}

#[tokio::test]
async fn sockets_drop_without_a_close_frame() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    sim.set_fault(Fault::CallbackDropsAfter(Duration::from_millis(20)));

    assert_eq!(close_code(&mut client.connect().await).await, 1006);
}

#[tokio::test]
async fn a_person_with_curl_pushes_and_breaks_things() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let washer = device(&sim, "DEVICE_WASHER");
    client.post_empty(&format!("push/{washer}")).await;
    let mut socket = client.connect().await;
    let bare = async |client: &Client, path: &str, body: serde_json::Value| {
        send(client.bare(Method::POST, path).json(&body)).await
    };

    let push = json!({ "deviceId": "세탁기", "pushCode": "WASHING_IS_COMPLETE" });
    let pushed = bare(&client, "simulate/push", push).await;
    let fault = json!({ "fault": "hub-status", "status": 502 });
    let broken = bare(&client, "simulate/fault", fault).await;
    let while_broken = client.get("devices").await;
    let cleared = bare(&client, "simulate/fault", json!({ "fault": "none" })).await;
    let unknown = bare(&client, "simulate/fault", json!({ "fault": "flood" })).await;
    let unreadable = bare(&client, "simulate/push", json!({})).await;

    assert_eq!(pushed.body["sockets"], 1);
    assert!(next(&mut socket).await.unwrap().unwrap().is_text());
    assert_eq!((broken.status, while_broken.status, cleared.status), (200, 502, 200));
    assert_eq!(client.get("devices").await.status, 200);
    assert_eq!((unknown.status, unreadable.status), (404, 400));
}

#[tokio::test]
async fn a_hub_that_went_down_by_curl_comes_back_by_itself() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    let fault = json!({ "fault": "hub-down", "seconds": 0.1 });
    send(client.bare(Method::POST, "simulate/fault").json(&fault)).await;
    port_is_open(&sim.hub_url(), false).await;
    port_is_open(&sim.hub_url(), true).await;

    assert_eq!(client.get("devices").await.status, 200);
}
