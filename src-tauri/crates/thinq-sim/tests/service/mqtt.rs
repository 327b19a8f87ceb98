//! MQTT with an independent client: certificates, sessions, messages and faults.

use std::time::Duration;

use rumqttc::{PublishOptions, QoS};
use serde_json::{Value, json};
use thinq_sim::{Call, ConnectClient, ConnectSettings, Fault, Sim, SimDevice, SimSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    client::{device, signed_in},
    connect_client::{Connect, Identity, Mqtt, connected},
};

/// A client with a certificate whose washer and home are subscribed, and the washer's id.
async fn ready(settings: SimSettings) -> (Sim, Connect, Identity, String) {
    let (sim, client) = connected(settings).await;
    let washer = device(&sim, "DEVICE_WASHER");
    for path in [format!("push/{washer}/subscribe"), "push/devices".to_owned()] {
        assert_eq!(client.post(&path).await.status, 200);
    }
    assert_eq!(client.post(&format!("event/{washer}/subscribe")).await.status, 200);
    let identity = client.identity().await;
    (sim, client, identity, washer)
}

async fn listening() -> (Sim, Connect, Identity, String, Mqtt) {
    let (sim, client, identity, washer) = ready(SimSettings::default()).await;
    let mqtt = client.subscribed(&identity).await;
    (sim, client, identity, washer, mqtt)
}

fn first(clients: &[ConnectClient]) -> &ConnectClient {
    &clients[0]
}

#[tokio::test]
async fn pushes_and_reports_arrive_flat_and_acknowledgements_are_counted() {
    let (sim, _client, _identity, washer, mut mqtt) = listening().await;
    let report = json!([{ "location": { "locationName": "MAIN" }, "cycle": { "cycleCount": 32 } }]);

    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    assert_eq!(sim.report(&washer, &report), 1);
    let push = mqtt.next_json().await;
    let status = mqtt.next_json().await;

    assert_eq!(push["pushType"], "DEVICE_PUSH");
    assert_eq!(push["pushCode"], "WASHING_IS_COMPLETE");
    assert_eq!((&push["deviceId"], &push["deviceType"]), (&json!(washer), &json!("DEVICE_WASHER")));
    assert_eq!(status["pushType"], "DEVICE_STATUS");
    assert_eq!(status["report"], report);
    let acknowledged = sim.wait_for_connect_clients(|clients| first(clients).acknowledged == 2);
    let clients = mqtt.poll_until(acknowledged).await;
    assert_eq!(first(&clients).unacknowledged, 0);
    assert!(first(&clients).is_connected);
}

#[tokio::test]
async fn one_household_serves_both_providers() {
    let (sim, hub) = signed_in(SimSettings::default()).await;
    let washer = device(&sim, "DEVICE_WASHER");
    let connect = Connect::new(&sim, "thinq-tray-1");
    connect.post(&format!("push/{washer}/subscribe")).await;
    hub.post_empty(&format!("push/{washer}")).await;
    let mut mqtt = connect.subscribed(&connect.identity().await).await;
    let mut socket = hub.connect().await;

    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 2);

    assert_eq!(mqtt.next_json().await["pushCode"], "WASHING_IS_COMPLETE");
    assert!(crate::client::next_json(&mut socket).await.to_string().contains("WASHING_IS"));
}

#[tokio::test]
async fn a_home_that_changes_is_published_to_those_who_subscribed_it() {
    let (sim, client, _identity, washer, mut mqtt) = listening().await;
    let oven = SimDevice {
        id: "0VE9A000-1111-4222-9333-444455556666".to_owned(),
        device_type: "DEVICE_OVEN".to_owned(),
        alias: "광파오븐".to_owned(),
    };

    sim.register(&oven);
    sim.rename(&oven.id, "Oven");
    sim.unregister(&washer);
    let types: Vec<Value> =
        [mqtt.next_json().await, mqtt.next_json().await, mqtt.next_json().await]
            .map(|message| message["pushType"].clone())
            .into();

    let expected = ["DEVICE_REGISTERED", "DEVICE_ALIAS_CHANGED", "DEVICE_UNREGISTERED"];
    assert_eq!(types, expected);
    client.delete("push/devices").await;
    assert_eq!(sim.rename(&oven.id, "Oven 2"), 0);
}

#[tokio::test]
async fn messages_wait_for_a_client_that_is_away() {
    let (sim, client, identity, washer, mqtt) = listening().await;

    drop(mqtt);
    sim.wait_for_connect_clients(|clients| !first(clients).is_connected).await;
    assert_eq!(sim.push(&washer, "ERROR_DURING_WASHING"), 1);
    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    let mut mqtt = client.mqtt(&identity);

    assert!(mqtt.connack().await.unwrap(), "the session was kept");
    assert_eq!(mqtt.next_json().await["pushCode"], "ERROR_DURING_WASHING");
    assert_eq!(mqtt.next_json().await["pushCode"], "WASHING_IS_COMPLETE");
}

#[tokio::test]
async fn a_message_without_acknowledgement_comes_again_with_dup() {
    let (sim, client, identity, washer, mut mqtt) = listening().await;
    sim.push(&washer, "WASHING_IS_COMPLETE");
    let sent = mqtt.next().await;

    drop(mqtt);
    sim.wait_for_connect_clients(|clients| !first(clients).is_connected).await;
    let mut mqtt = client.mqtt(&identity);
    assert!(mqtt.connack().await.unwrap());
    let again = mqtt.next().await;

    assert!(!sent.dup && again.dup);
    assert_eq!((sent.pkid, &sent.payload), (again.pkid, &again.payload));
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime_or_when_it_is_forgotten() {
    let connect =
        ConnectSettings { session_lifetime: Duration::ZERO, ..ConnectSettings::default() };
    let short_lived = SimSettings { connect, ..SimSettings::default() };
    for (settings, fault) in
        [(short_lived, None), (SimSettings::default(), Some(Fault::SessionsForgotten))]
    {
        let (sim, client, identity, washer) = ready(settings).await;
        let mqtt = client.subscribed(&identity).await;
        drop(mqtt);
        sim.wait_for_connect_clients(|clients| !first(clients).is_connected).await;
        if let Some(fault) = fault {
            sim.set_fault(fault);
        }
        let mut mqtt = client.mqtt(&identity);

        assert!(!mqtt.connack().await.unwrap());
        assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 0, "the topic is not subscribed");
        mqtt.subscribe(&client.topic()).await.unwrap();
        assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    }
}

#[tokio::test]
async fn a_second_connection_ends_the_first() {
    let (sim, client, identity, _washer, mut first_mqtt) = listening().await;
    let mut second = client.mqtt(&identity);

    let (failure, present) = tokio::join!(first_mqtt.failure(), second.connack());

    drop(failure);
    assert!(present.unwrap());
    let clients = sim.connect_clients();
    assert!(first(&clients).is_connected);
    assert_eq!(first(&clients).connections, 2);
}

#[tokio::test]
async fn foreign_ids_topics_and_certificates_end_in_silence() {
    let (sim, client, identity, _washer) = ready(SimSettings::default()).await;
    let other = Connect::new(&sim, "thinq-tray-2");
    let others = other.identity().await;

    // A client id that is not the certificate's.
    client.mqtt(&others).connack().await.unwrap_err();
    // No certificate.
    client.mqtt_with(client.tls(None, &[b"x-amzn-mqtt-ca"])).connack().await.unwrap_err();
    // A certificate of another authority.
    let (_elsewhere, stranger) = connected(SimSettings::default()).await;
    client.mqtt(&stranger.identity().await).connack().await.unwrap_err();
    // A revoked one.
    sim.revoke_certificates();
    client.mqtt(&identity).connack().await.unwrap_err();
    // A topic of another client.
    let mut mqtt = client.mqtt(&client.identity().await);
    mqtt.connack().await.unwrap();
    mqtt.subscribe("app/clients/thinq-tray-2/push").await.unwrap_err();
    // A message of its own.
    let mut mqtt = client.mqtt(&client.identity().await);
    mqtt.connack().await.unwrap();
    mqtt.client.publish(client.topic(), "{}", PublishOptions::new(QoS::AtLeastOnce)).await.unwrap();
    mqtt.failure().await;
    // After its sign-off.
    crate::client::send(
        other
            .request(reqwest::Method::DELETE, "client")
            .json(&crate::connect_client::registration()),
    )
    .await;
    other.mqtt(&others).connack().await.unwrap_err();

    assert!(sim.connect_clients().iter().all(|client| client.topics.is_empty()));
}

#[tokio::test]
async fn port_443_wants_the_alpn_protocol() {
    let connect = ConnectSettings { requires_alpn: true, ..ConnectSettings::default() };
    let (_sim, client, identity, _washer) =
        ready(SimSettings { connect, ..SimSettings::default() }).await;

    client.mqtt_with(client.tls(Some(&identity), &[])).connack().await.unwrap_err();
    client.mqtt(&identity).connack().await.unwrap();
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let (sim, client) = connected(SimSettings::default()).await;
    sim.set_fault(Fault::CertificatesShortLived(Duration::ZERO));
    let identity = client.identity().await;

    client.mqtt(&identity).connack().await.unwrap_err();

    sim.clear_faults();
    client.mqtt(&client.identity().await).connack().await.unwrap();
}

#[tokio::test]
async fn revoked_certificates_and_cuts_end_open_connections() {
    let (sim, client, identity, washer, mut mqtt) = listening().await;

    sim.cut_mqtt();
    mqtt.failure().await;
    assert!(mqtt.connack().await.unwrap(), "the session stays");
    sim.revoke_certificates();
    mqtt.failure().await;
    client.mqtt(&identity).connack().await.unwrap_err();

    assert_eq!(sim.push(&washer, "WASHING_IS_COMPLETE"), 1);
    let mut mqtt = client.mqtt(&client.identity().await);
    assert!(mqtt.connack().await.unwrap(), "the session belongs to the client id");
    assert_eq!(mqtt.next_json().await["pushCode"], "WASHING_IS_COMPLETE");
}

#[tokio::test]
async fn refused_connections_get_no_connack_and_a_broker_that_is_gone_no_connection() {
    let (sim, client, identity, _washer, mut mqtt) = listening().await;

    sim.set_fault(Fault::MqttRefused);
    client.mqtt(&identity).connack().await.unwrap_err();
    assert_eq!(sim.count(Call::MqttConnect), 2);
    sim.set_fault(Fault::MqttDown);
    mqtt.failure().await;
    let port = sim.connect_settings().mqtt_address.port();
    let url = url::Url::parse(&format!("tcp://127.0.0.1:{port}")).unwrap();
    crate::faults::port_is_open(&url, false).await;
    sim.clear_faults();
    crate::faults::port_is_open(&url, true).await;

    assert!(mqtt.connack().await.unwrap());
}

#[tokio::test]
async fn a_half_open_connection_answers_no_ping() {
    let (sim, mut client, identity, _washer) = ready(SimSettings::default()).await;
    client.keep_alive_s = 2;
    let mut mqtt = client.subscribed(&identity).await;

    sim.set_fault(Fault::MqttBlackHole);
    mqtt.failure().await;
    sim.wait_for_connect_clients(|clients| !first(clients).is_connected).await;
    sim.clear_faults();

    assert!(client.mqtt(&identity).connack().await.unwrap());
}

#[tokio::test]
async fn connections_drop_after_a_while_and_packets_come_late() {
    let (sim, client, identity, washer, mut mqtt) = listening().await;

    sim.set_fault(Fault::MqttDropsAfter(Duration::ZERO));
    mqtt.failure().await;
    sim.clear_faults();
    sim.set_fault(Fault::MqttSlow(Duration::from_millis(1)));
    let mut mqtt = client.mqtt(&identity);
    assert!(mqtt.connack().await.unwrap());
    sim.push(&washer, "WASHING_IS_COMPLETE");

    assert_eq!(mqtt.next_json().await["pushCode"], "WASHING_IS_COMPLETE");
}

#[tokio::test]
async fn messages_come_twice_and_without_zero_hours_on_demand() {
    let (sim, _client, _identity, washer, mut mqtt) = listening().await;
    sim.set_fault(Fault::MessagesDoubled);
    sim.set_fault(Fault::ZeroHoursLeftOut);

    assert_eq!(sim.report(&washer, &json!({ "timer": { "remainHour": 0, "remainMinute": 0 } })), 1);
    let [one, two] = [mqtt.next().await, mqtt.next().await];

    assert_eq!(one.payload, two.payload);
    assert_ne!(one.pkid, two.pkid);
    let message: Value = serde_json::from_slice(&one.payload).unwrap();
    assert_eq!(message["report"], json!({ "timer": { "remainMinute": 0 } }));
}

#[tokio::test]
async fn a_silent_client_and_a_long_packet_end_the_connection() {
    let connect = ConnectSettings { packet_limit: 64, ..ConnectSettings::default() };
    let (sim, client, identity, _washer) =
        ready(SimSettings { connect, ..SimSettings::default() }).await;
    let address = sim.connect_settings().mqtt_address;
    let length = u8::try_from(client.id.len()).unwrap();
    let connect = |keep_alive_s| {
        let fixed = [0x10, 12 + length];
        let variable = [0, 4, b'M', b'Q', b'T', b'T', 4, 0, 0, keep_alive_s, 0, length];
        [&fixed[..], &variable, client.id.as_bytes()].concat()
    };
    for (keep_alive_s, after_connack) in [(1, &[][..]), (60, &[0x82, 65])] {
        let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        let tls = tokio_rustls::TlsConnector::from(client.tls(Some(&identity), &[]));
        let mut stream = tls.connect("localhost".try_into().unwrap(), tcp).await.unwrap();
        stream.write_all(&connect(keep_alive_s)).await.unwrap();
        let mut connack = [0; 4];
        stream.read_exact(&mut connack).await.unwrap();
        assert_eq!(connack[0], 0x20);
        stream.write_all(after_connack).await.unwrap();

        assert_eq!(stream.read(&mut connack).await.unwrap_or(0), 0, "the connection ends");
    }
}

#[tokio::test]
async fn a_stopping_service_ends_its_connections() {
    let (sim, _client, _identity, _washer, mut mqtt) = listening().await;

    let ((), _failure) = tokio::join!(sim.stop(), mqtt.failure());
}
