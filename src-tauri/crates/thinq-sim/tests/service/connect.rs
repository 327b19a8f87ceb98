//! The calls of the ThinQ Connect API.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use thinq_sim::{Call, ConnectSettings, Fault, SimSettings};

use crate::{
    client::{device, send},
    connect_client::{Connect, connected, registration},
};

/// As LG's Python SDK sends it: RSA, SHA-512, base64 of the DER.
const CSR_OF_PYTHON: &str = include_str!("csr_sha512.txt");
/// As LG's JavaScript SDK sends it: RSA, SHA-1, PEM.
const CSR_OF_JAVASCRIPT: &str = include_str!("csr_sha1.pem");

#[tokio::test]
async fn the_addresses_need_no_token() {
    let (sim, client) = connected(SimSettings::default()).await;

    let answer = send(client.without_token(Method::GET, "route")).await;

    assert_eq!(answer.response()["mqttServer"], sim.mqtt_server());
    assert!(sim.mqtt_server().starts_with("mqtts://localhost:"));
    assert!(answer.response()["webSocketServer"].as_str().unwrap().starts_with("wss://"));
    assert_eq!(sim.count(Call::Route), 1);
}

#[tokio::test]
async fn the_mqtt_address_can_be_set() {
    let connect = ConnectSettings {
        mqtt_server: Some("mqtts://broker.example:8883".to_owned()),
        ..ConnectSettings::default()
    };
    let (_sim, client) = connected(SimSettings { connect, ..SimSettings::default() }).await;

    assert_eq!(client.get("route").await.response()["mqttServer"], "mqtts://broker.example:8883");
}

#[tokio::test]
async fn devices_profiles_and_states_are_those_of_the_hub() {
    let (sim, client) = connected(SimSettings::default()).await;
    let washer = device(&sim, "DEVICE_WASHER");

    let devices = client.get("devices").await;
    let profile = client.get(&format!("devices/{washer}/profile")).await;
    let state = client.get(&format!("devices/{washer}/state")).await;

    assert_eq!(devices.response().as_array().unwrap().len(), sim.devices().len());
    assert_eq!(devices.response()[0]["deviceInfo"]["deviceType"], "DEVICE_WASHER");
    assert!(profile.response()["property"].is_array());
    assert_eq!(*state.response(), sim.state(&washer).unwrap());
    assert_eq!(client.get("devices/unknown/state").await.code(), (404, "1205"));
    assert_eq!(client.get("elsewhere").await.status, 404);
}

#[tokio::test]
async fn headers_are_checked() {
    let (sim, client) = connected(SimSettings::default()).await;
    let devices = |request: reqwest::RequestBuilder| send(request.bearer_auth("wrong"));

    let without_key = send(client.bare(Method::GET, "devices")).await;
    let wrong_token = devices(client.without_token(Method::GET, "devices")).await;
    let no_token = send(client.without_token(Method::GET, "devices")).await;
    let mut elsewhere = client.request(Method::GET, "devices").build().unwrap();
    elsewhere.headers_mut().insert("x-country", "DE".parse().unwrap());
    let elsewhere = reqwest::Client::builder().no_proxy().build().unwrap().execute(elsewhere);

    assert_eq!(
        (without_key.status, without_key.text.as_str()),
        (403, r#"{"message":"Forbidden"}"#)
    );
    assert_eq!((wrong_token.status, wrong_token.text.as_str()), (401, ""));
    assert_eq!((no_token.status, no_token.text.as_str()), (401, ""));
    assert!(elsewhere.await.unwrap().text().await.unwrap().contains("1307"));
    assert_eq!(sim.count(Call::Devices), 4);
    assert_eq!(sim.calls_within(Duration::from_mins(1)), 4);
    assert_eq!(sim.calls()[1].client_id.as_deref(), Some(client.id.as_str()));
}

#[tokio::test]
async fn subscriptions_belong_to_the_client_id() {
    let (sim, client) = connected(SimSettings::default()).await;
    let other = Connect::new(&sim, "thinq-tray-2");
    let washer = device(&sim, "DEVICE_WASHER");
    let day = json!({ "expire": { "unit": "HOUR", "timer": 24 } });
    // As LG's SDK sends it.
    let longer = json!({ "expire": { "unit": "HOUR", "timer": 4464 } });

    assert_eq!(client.post(&format!("push/{washer}/subscribe")).await.status, 200);
    let again = client.post(&format!("push/{washer}/subscribe")).await;
    assert_eq!(client.post_json(&format!("event/{washer}/subscribe"), &day).await.status, 200);
    assert_eq!(client.post_json(&format!("event/{washer}/subscribe"), &longer).await.status, 200);
    assert_eq!(client.post("push/devices").await.status, 200);

    assert_eq!(again.code(), (404, "1207"));
    assert_eq!(*client.get("push").await.response(), json!([{ "deviceId": washer }]));
    assert_eq!(*client.get("event").await.response(), json!([{ "deviceId": washer }]));
    assert_eq!(*client.get("push/devices").await.response(), json!([client.id]));
    assert!(other.get("push").await.response().is_null());
    assert_eq!(*other.get("event").await.response(), json!([]));
    let known = &sim.connect_clients()[0];
    assert_eq!((&known.pushes[0], &known.events[0]), (&washer, &washer));
    assert!(known.is_home_subscribed);

    sim.expire_event_subscriptions();
    assert_eq!(client.delete(&format!("event/{washer}/unsubscribe")).await.code(), (404, "1204"));
    assert_eq!(client.delete(&format!("push/{washer}/unsubscribe")).await.status, 200);
    assert_eq!(client.delete(&format!("push/{washer}/unsubscribe")).await.code(), (404, "1206"));
    assert_eq!(client.delete("push/devices").await.status, 200);
    assert_eq!(client.delete("push/devices").await.code(), (404, "1206"));
}

#[tokio::test]
async fn a_command_needs_its_header_and_changes_the_device() {
    let (sim, client) = connected(SimSettings::default()).await;
    let cooler = device(&sim, "DEVICE_AIR_CONDITIONER");
    let command = json!({ "temperature": { "targetTemperature": 21 } });

    let done = client.control(&cooler, &command).await;
    let unconditional = client.post_json(&format!("devices/{cooler}/control"), &command).await;
    let unknown = client.control(&cooler, &json!({ "flight": { "altitude": 9000 } })).await;

    assert_eq!(*done.response(), json!({}));
    assert_eq!(sim.state(&cooler).unwrap()["temperature"]["targetTemperature"], 21);
    assert_eq!(unconditional.code(), (400, "1216"));
    assert_eq!(unknown.code(), (400, "2207"));
}

#[tokio::test]
async fn energy_is_there_for_those_that_have_it() {
    let (sim, client) = connected(SimSettings::default()).await;
    let path = |device_type: &str, rest: &str| {
        format!("devices/energy/{}/{rest}", device(&sim, device_type))
    };
    let usage = "usage?property=energyUsage&period=DAILY&startDate=20241001&endDate=20241003";

    let profile = client.get(&path("DEVICE_WASHER", "profile")).await;
    let days = client.get(&path("DEVICE_WASHER", usage)).await;
    let without = client.get(&path("DEVICE_WATER_PURIFIER", "profile")).await;
    let unsupported = client.get(&path("DEVICE_ROBOT_CLEANER", "profile")).await;
    let unacceptable = client.get(&path("DEVICE_KIMCHI_REFRIGERATOR", "profile")).await;

    let expected = json!({ "resultCode": "0000", "result": { "property": ["energyUsage"] } });
    assert_eq!(*profile.response(), expected);
    let days = &days.response()["result"];
    assert_eq!(days["property"], json!(["energyUsage"]));
    assert_eq!(days["dataList"].as_array().unwrap().len(), 3);
    assert_eq!(days["dataList"][2]["usedDate"], "20241003");
    assert!(days["dataList"][2]["energyUsage"].as_f64().unwrap() > 100.0);
    assert_eq!(without.response()["result"]["property"], json!([]));
    assert_eq!(unsupported.code(), (406, "1221"));
    assert_eq!((unacceptable.status, unacceptable.text.as_str()), (406, ""));
}

#[tokio::test]
async fn a_client_is_registered_before_it_gets_a_certificate() {
    let (sim, client) = connected(SimSettings::default()).await;
    let mut once = registration();
    once["allowExist"] = json!(false);

    let too_early = client.certificate(CSR_OF_PYTHON.trim()).await;
    assert_eq!(client.post_json("client", &once).await.status, 200);
    assert_eq!(client.post_json("client", &once).await.status, 400);
    assert_eq!(client.register().await.status, 200);

    assert_eq!(too_early.code(), (404, "1203"));
    for csr in [CSR_OF_PYTHON.trim(), CSR_OF_JAVASCRIPT] {
        let answer = client.certificate(csr).await;
        let result = &answer.response()["result"];
        assert!(result["certificatePem"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE"));
        assert_eq!(result["subscriptions"], json!([client.topic()]));
    }
    assert_eq!(client.certificate("AAAA").await.code(), (400, "1102"));
    let mut tampered = CSR_OF_PYTHON.trim().to_owned();
    tampered.replace_range(780..784, "AAAA");
    assert_eq!(client.certificate(&tampered).await.code().0, 400);
    assert_eq!(sim.connect_clients()[0].certificates, 2);

    let signed_off = send(client.request(Method::DELETE, "client").json(&registration())).await;
    let again = send(client.request(Method::DELETE, "client").json(&registration())).await;
    assert_eq!((signed_off.status, again.code()), (200, (404, "1203")));
    assert!(!sim.connect_clients()[0].is_registered);
}

#[tokio::test]
async fn the_same_port_takes_tls_with_the_names_of_lg() {
    let directory = tempfile::tempdir().unwrap();
    let root_path = directory.path().join("root.pem");
    let connect =
        ConnectSettings { root_path: Some(root_path.clone()), ..ConnectSettings::default() };
    let (sim, mut client) = connected(SimSettings { connect, ..SimSettings::default() }).await;
    let root = std::fs::read(root_path).unwrap();
    let address = sim.connect_settings().api_address;
    let https = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&root).unwrap()])
        .resolve("api-kic.lgthinq.com", address)
        .resolve("www.amazontrust.com", address)
        .build()
        .unwrap();
    client.use_http(https, format!("https://api-kic.lgthinq.com:{}/", address.port()));

    let devices = client.get("devices").await;
    let url = format!("https://www.amazontrust.com:{}/", address.port());
    client.url = url;
    let downloaded = send(client.bare(Method::GET, "repository/AmazonRootCA1.pem")).await;

    assert_eq!(devices.status, 200);
    assert_eq!(downloaded.text.as_bytes(), root);
    assert!(!downloaded.text.contains("error"));
}

#[tokio::test]
async fn api_faults_answer_as_the_service_does() {
    let (sim, client) = connected(SimSettings::default()).await;

    for status in [401, 406, 429, 503] {
        sim.set_fault(Fault::ConnectStatus(status));
        let answer = client.get("devices").await;
        assert_eq!((answer.status, answer.text.as_str()), (status, ""));
    }
    sim.clear_faults();
    for (code, status) in [
        ("1103", 400),
        ("1218", 400),
        ("1302", 401),
        ("1304", 401),
        ("1306", 401),
        ("1307", 401),
        ("1309", 401),
        ("1310", 401),
        ("1314", 401),
    ] {
        sim.set_fault(Fault::ConnectError(code.parse().unwrap()));
        assert_eq!(client.get("devices").await.code(), (status, code));
    }
    assert_eq!(client.get("route").await.status, 200, "the addresses belong to no account");
    sim.clear_faults();
    sim.set_fault(Fault::ConnectGarbage);
    assert!(client.get("devices").await.body.is_null());
    sim.clear_faults();
    sim.set_fault(Fault::FeatureMissing(Call::EnergyProfile));
    let energy = client.get(&format!("devices/energy/{}/profile", sim.devices()[0].id)).await;
    assert_eq!(energy.code(), (401, "1309"));
    assert_eq!(client.get("devices").await.status, 200);
    sim.clear_faults();
    sim.set_fault(Fault::UnknownDeviceType);
    let devices = client.get("devices").await;
    assert_eq!(devices.response()[0]["deviceInfo"]["deviceType"], "DEVICE_UNHEARD_OF");
    sim.clear_faults();
    sim.set_fault(Fault::RateLimited);
    assert_eq!(client.get("devices").await.code(), (401, "1306"));
}

#[tokio::test]
async fn a_slow_api_answers_late_and_one_that_is_down_refuses_connections() {
    let (sim, client) = connected(SimSettings::default()).await;

    sim.set_fault(Fault::ConnectSlow(Duration::from_mins(1)));
    let asked = client.request(Method::GET, "devices").timeout(Duration::from_millis(100));
    assert!(asked.send().await.unwrap_err().is_timeout());
    sim.clear_faults();
    sim.set_fault(Fault::ConnectDown);
    crate::faults::port_is_open(&sim.connect_url(), false).await;

    assert!(client.request(Method::GET, "devices").send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn curl_controls_the_simulation_over_this_port_too() {
    let (sim, client) = connected(SimSettings::default()).await;
    let body = json!({ "fault": "connect-error", "status": 1304 });

    let set = send(client.bare(Method::POST, "simulate/fault").json(&body)).await;

    assert_eq!(set.status, 200);
    assert_eq!(client.get("devices").await.code(), (401, "1304"));
    let clients = send(client.bare(Method::GET, "simulate/clients")).await;
    assert_eq!(clients.body, json!(sim.connect_clients()));
}
