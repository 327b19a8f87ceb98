//! Who may open a socket, and which messages come through it.

use serde_json::{Value, json};
use thinq_sim::{Call, Sim, SimDevice, SimSettings, Wrapping};

use crate::client::{Client, device, next_json, refused_with, signed_in};

async fn subscribed(settings: SimSettings) -> (Sim, Client, String) {
    let (sim, client) = signed_in(settings).await;
    let washer = device(&sim, "DEVICE_WASHER");
    assert_eq!(client.post_empty(&format!("push/{washer}")).await.status, 200);
    assert_eq!(client.post_empty(&format!("event/{washer}")).await.status, 200);
    (sim, client, washer)
}

fn washer_report(word: &str) -> Value {
    json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": word } }])
}

#[tokio::test]
async fn a_push_arrives_wrapped_and_flat_by_turns() {
    let (sim, client, washer) = subscribed(SimSettings::default()).await;
    let mut socket = client.connect().await;

    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    assert_eq!(sim.push(&washer, "ERROR_DURING_WASHING"), 1);
    let wrapped = next_json(&mut socket).await;
    let flat = next_json(&mut socket).await;

    assert_eq!(wrapped["push"]["pushType"], "DEVICE_PUSH");
    assert_eq!(wrapped["push"]["deviceId"], washer);
    assert_eq!(wrapped["push"]["deviceType"], "DEVICE_WASHER");
    assert_eq!(wrapped["push"]["pushCode"], "WASHING_IS_COMPLETE");
    assert_eq!(wrapped["messageId"].as_str().unwrap().len(), 22);
    assert_eq!(flat["pushType"], "DEVICE_PUSH");
    assert_eq!(flat["pushCode"], "ERROR_DURING_WASHING");
    assert!(flat.get("messageId").is_none());
}

#[tokio::test]
async fn a_report_arrives_and_changes_the_state() {
    let settings = SimSettings { wrapping: Wrapping::Wrapped, ..SimSettings::default() };
    let (sim, client, washer) = subscribed(settings).await;
    let mut socket = client.connect().await;

    assert_eq!(sim.report(&washer, &washer_report("SPINNING")), 1);
    let message = next_json(&mut socket).await;

    assert_eq!(message["event"]["pushType"], "DEVICE_STATUS");
    assert_eq!(message["event"]["report"], washer_report("SPINNING"));
    assert_eq!(sim.state(&washer).unwrap()[0]["runState"]["currentState"], "SPINNING");
}

#[tokio::test]
async fn only_what_is_subscribed_is_told() {
    let (sim, client, washer) = subscribed(SimSettings::default()).await;
    let dryer = device(&sim, "DEVICE_DRYER");
    let _socket = client.connect().await;

    sim.expire_event_subscriptions();

    assert_eq!(sim.push(&dryer, "DRYING_IS_COMPLETE"), 0);
    assert_eq!(sim.report(&washer, &washer_report("END")), 0);
    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
}

#[tokio::test]
async fn every_open_socket_hears_a_push() {
    let (sim, client, washer) = subscribed(SimSettings::default()).await;
    let mut first = client.connect().await;
    let mut second = client.connect().await;
    sim.wait_for_sockets(2).await;

    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 2);

    let at_first = next_json(&mut first).await;
    assert_eq!(at_first, next_json(&mut second).await);
}

#[tokio::test]
async fn a_home_that_changes_tells_its_sockets() {
    let settings = SimSettings { wrapping: Wrapping::Wrapped, ..SimSettings::default() };
    let (sim, client, washer) = subscribed(settings).await;
    let mut socket = client.connect().await;
    let oven = SimDevice {
        id: "0VE9A000-1111-4222-9333-444455556666".to_owned(),
        device_type: "DEVICE_OVEN".to_owned(),
        alias: "광파오븐".to_owned(),
    };

    sim.register(&oven);
    sim.rename(&oven.id, "Oven");
    sim.unregister(&washer);
    let [joined, renamed, left] =
        [next_json(&mut socket).await, next_json(&mut socket).await, next_json(&mut socket).await];

    assert_eq!(joined["push"]["pushType"], "DEVICE_REGISTERED");
    assert_eq!(joined["push"]["alias"], "광파오븐");
    assert_eq!(renamed["push"]["pushType"], "DEVICE_ALIAS_CHANGED");
    assert_eq!(renamed["push"]["alias"], "Oven");
    assert_eq!(left["push"]["pushType"], "DEVICE_UNREGISTERED");
    let listed = client.get("devices").await.response().to_string();
    assert!(listed.contains("Oven") && !listed.contains(&washer));
    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 0);
}

#[tokio::test]
async fn the_token_is_checked_at_the_handshake_only() {
    let (sim, client, washer) = subscribed(SimSettings::default()).await;

    assert_eq!(refused_with(client.connect_with("").await), 401);
    assert_eq!(refused_with(client.connect_with("?access_token=unknown").await), 403);
    let mut socket = client.connect().await;
    sim.expire_tokens();
    assert_eq!(refused_with(client.try_connect().await), 401);
    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    assert_eq!(next_json(&mut socket).await["push"]["deviceId"], washer);
    assert_eq!(sim.count(Call::Handshake), 4);
}

#[tokio::test]
async fn another_path_is_forbidden() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let mut address = sim.callback_url();
    address.set_path("/elsewhere");
    address.set_query(Some(&format!("access_token={}", client.access_token)));

    assert_eq!(refused_with(client.connect_to(address.as_str()).await), 403);
}
