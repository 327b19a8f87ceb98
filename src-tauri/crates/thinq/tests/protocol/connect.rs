//! The calls of ThinQ Connect, and what its failures become.

use model::{DeviceId, Feature, ProblemCode};
use serde_json::json;
use thinq::{
    Error, Remedy,
    connect::{
        ClientId, Connect, ConnectSettings, Country, EnergyDate, EnergyPeriod, EnergyUsage,
        PersonalToken,
    },
};
use url::Url;

use crate::{assert_hides_secrets, server::Server};

const TOKEN: &str = "thinqpat_f00df00d";
const CLIENT_ID: &str = "thinq-tray-4f9f37c2-97a9-4f0e-a8a5-5a6ac6b0beef";

fn settings(address: Option<Url>) -> ConnectSettings {
    let token = PersonalToken::new(TOKEN.to_owned()).unwrap();
    let country = Country::parse("KR").unwrap();
    ConnectSettings { address, ..ConnectSettings::new(token, country, client_id()) }
}

pub(crate) fn client_id() -> ClientId {
    ClientId::parse(CLIENT_ID).unwrap()
}

pub(crate) fn at(server: &Server) -> Connect {
    Connect::new(settings(Some(server.url()))).unwrap()
}

fn nothing() -> Server {
    Server::json(200, &json!({ "messageId": "x", "timestamp": "x", "response": {} }))
}

fn api_error(status: u16, code: &str) -> Server {
    Server::json(status, &json!({ "messageId": "x", "error": { "message": "m", "code": code } }))
}

#[tokio::test]
async fn every_call_says_who_asks_and_for_what_country() {
    let server = Server::json(200, &json!({ "response": null }));

    assert!(at(&server).devices().await.unwrap().is_empty());

    let request = server.request();
    assert_eq!(request.line, "GET /devices HTTP/1.1");
    for (name, value) in [
        ("authorization", Some("Bearer thinqpat_f00df00d")),
        ("x-country", Some("KR")),
        ("x-client-id", Some(CLIENT_ID)),
        ("x-service-phase", Some("OP")),
        ("x-conditional-control", None),
        ("content-type", None),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert_eq!(request.header("x-api-key").unwrap().len(), 40);
    assert_eq!(request.header("x-message-id").unwrap().len(), 22);
}

#[tokio::test]
async fn the_route_is_asked_for_without_token_and_client() {
    let server = Server::json(
        200,
        &json!({ "response": {
            "apiServer": "https://api-kic.example.com",
            "mqttServer": "mqtts://beef-ats.iot.example.com:8883",
            "webSocketServer": "wss://beef-ats.iot.example.com:443/mqtt",
        } }),
    );

    let address = at(&server).route().await.unwrap();

    assert_eq!((address.host.as_str(), address.port), ("beef-ats.iot.example.com", 8883));
    let request = server.request();
    assert_eq!(request.line, "GET /route HTTP/1.1");
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("x-client-id"), None);
    assert_eq!(request.header("x-country"), Some("KR"));

    let error = at(&nothing()).route().await.unwrap_err();
    assert_eq!((error.kind(), error.remedy()), (ProblemCode::ConnectUnknown, Remedy::Retry));
}

#[tokio::test]
async fn calls_have_the_documented_methods_paths_and_bodies() {
    let id = DeviceId::new("MW2-5B");
    macro_rules! assert_call {
        ($connect:ident => $call:expr, $line:literal, $body:expr) => {
            let server = nothing();
            let $connect = at(&server);
            $call.await.unwrap();
            let request = server.request();
            assert_eq!(request.line, concat!($line, " HTTP/1.1"));
            let body: Option<serde_json::Value> = $body;
            assert_eq!((!request.body.is_empty()).then(|| request.json()), body, $line);
            let content_type = body.map(|_| "application/json");
            assert_eq!(request.header("content-type"), content_type, $line);
            let is_control = $line.ends_with("/control");
            assert_eq!(request.header("x-conditional-control").is_some(), is_control, $line);
        };
    }

    assert_call!(c => c.state(&id), "GET /devices/MW2-5B/state", None);
    assert_call!(c => c.profile(&id), "GET /devices/MW2-5B/profile", None);
    let command = json!({ "operation": { "washerOperationMode": "START" } });
    assert_call!(c => c.control(&id, &command), "POST /devices/MW2-5B/control", Some(command.clone()));
    assert_call!(c => c.subscribe_push(&id), "POST /push/MW2-5B/subscribe", None);
    assert_call!(c => c.unsubscribe_push(&id), "DELETE /push/MW2-5B/unsubscribe", None);
    assert_call!(c => c.subscribe_device_list(), "POST /push/devices", None);
    assert_call!(c => c.unsubscribe_device_list(), "DELETE /push/devices", None);
    let day = json!({ "expire": { "unit": "HOUR", "timer": 24 } });
    assert_call!(c => c.subscribe_event(&id), "POST /event/MW2-5B/subscribe", Some(day));
    assert_call!(c => c.unsubscribe_event(&id), "DELETE /event/MW2-5B/unsubscribe", None);
    let client = json!({
        "type": "MQTT", "service-code": "SVC202", "device-type": "607", "allowExist": true,
    });
    assert_call!(c => c.register(), "POST /client", Some(client.clone()));
    assert_call!(c => c.unregister(), "DELETE /client", Some(client));
}

#[tokio::test]
async fn lists_states_and_profiles_are_read_as_those_of_a_hub() {
    let devices = Server::json(
        200,
        &json!({ "response": [
            { "deviceId": "a1", "deviceInfo": { "deviceType": "DEVICE_WASHER", "alias": "세탁기" } },
            { "deviceId": "a1", "deviceInfo": { "deviceType": "DEVICE_DRYER" } },
        ] }),
    );
    let devices = at(&devices).devices().await.unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].alias, "세탁기");

    let ids = json!({ "response": [{ "deviceId": "a1" }] });
    let pushes = at(&Server::json(200, &ids)).push_subscriptions().await.unwrap().unwrap();
    let events = at(&Server::json(200, &ids)).event_subscriptions().await.unwrap().unwrap();
    assert_eq!((pushes, events), (vec![DeviceId::new("a1")], vec![DeviceId::new("a1")]));
    assert!(at(&api_error(404, "1204")).event_subscriptions().await.unwrap().unwrap().is_empty());

    let state = json!([{ "runState": { "currentState": "END" } }]);
    let server = Server::json(200, &json!({ "response": state }));
    assert_eq!(at(&server).state(&DeviceId::new("a1")).await.unwrap(), state);

    let unused = Connect::new(settings(Some(Url::parse("http://127.0.0.1:1").unwrap()))).unwrap();
    let error = unused.control(&DeviceId::new(".."), &json!({})).await.unwrap_err();
    assert_eq!(error.api_code(), Some("1224"));
}

#[tokio::test]
async fn what_is_so_already_is_a_success() {
    let id = DeviceId::new("x");

    at(&api_error(404, "1207")).subscribe_push(&id).await.unwrap();
    at(&api_error(404, "1207")).subscribe_event(&id).await.unwrap();
    at(&api_error(404, "1207")).subscribe_device_list().await.unwrap();
    for code in ["1204", "1205", "1206", "1211", "1212", "1213", "1217"] {
        at(&api_error(404, code)).unsubscribe_push(&id).await.unwrap();
        at(&api_error(404, code)).unsubscribe_event(&id).await.unwrap();
    }
    let error = at(&api_error(404, "1214")).subscribe_event(&id).await.unwrap_err();
    assert_eq!((error.api_code(), error.remedy()), (Some("1214"), Remedy::TellUser));
}

#[tokio::test]
async fn each_code_has_its_own_remedy() {
    for (status, code, kind, remedy) in [
        (401, "1103", ProblemCode::PersonalTokenRefused, Remedy::SignIn),
        (400, "1218", ProblemCode::PersonalTokenRefused, Remedy::SignIn),
        (401, "1302", ProblemCode::PersonalTokenRefused, Remedy::SignIn),
        (401, "1303", ProblemCode::PersonalTokenRefused, Remedy::SignIn),
        (401, "1304", ProblemCode::Terms, Remedy::TellUser),
        (401, "1305", ProblemCode::FeatureMissing, Remedy::TellUser),
        (401, "1308", ProblemCode::FeatureMissing, Remedy::TellUser),
        (401, "1309", ProblemCode::FeatureMissing, Remedy::TellUser),
        (400, "1307", ProblemCode::CountryRefused, Remedy::FixSettings),
        (400, "1310", ProblemCode::CountryRefused, Remedy::FixSettings),
        (401, "1306", ProblemCode::TooManyCalls, Remedy::Wait),
        (401, "1314", ProblemCode::TooManyCalls, Remedy::Wait),
        (400, "1221", ProblemCode::Api, Remedy::TellUser),
        (401, "1301", ProblemCode::Api, Remedy::TellUser),
        (400, "1216", ProblemCode::Api, Remedy::TellUser),
        (500, "2214", ProblemCode::Api, Remedy::Retry),
    ] {
        let error = at(&api_error(status, code)).devices().await.unwrap_err();

        assert_hides_secrets(&error);
        assert_eq!((error.kind(), error.remedy()), (kind, remedy), "{code}");
        assert_eq!(error.api_code(), Some(code));
    }
}

#[tokio::test]
async fn answers_without_a_code_are_judged_by_their_status() {
    for (status, body, kind, remedy, code) in [
        (401, "", ProblemCode::PersonalTokenRefused, Remedy::SignIn, None),
        (
            401,
            r#"{"message":"Unauthorized"}"#,
            ProblemCode::PersonalTokenRefused,
            Remedy::SignIn,
            None,
        ),
        (403, r#"{"message":"Forbidden"}"#, ProblemCode::ConnectUnknown, Remedy::TellUser, None),
        (404, "", ProblemCode::ConnectUnknown, Remedy::TellUser, None),
        (406, "", ProblemCode::Api, Remedy::TellUser, Some("1221")),
        (429, "", ProblemCode::TooManyCalls, Remedy::Wait, None),
        (500, r#"{"message":"Oops"}"#, ProblemCode::ConnectUnreachable, Remedy::Retry, None),
        (503, "<html>busy</html>", ProblemCode::ConnectUnreachable, Remedy::Retry, None),
        (401, "<html>sign in</html>", ProblemCode::ConnectUnknown, Remedy::Retry, None),
        (302, "", ProblemCode::ConnectUnknown, Remedy::Retry, None),
        (200, "", ProblemCode::ConnectUnknown, Remedy::Retry, None),
    ] {
        let server = Server::answering(status, "application/json", body.as_bytes());

        let error = at(&server).devices().await.unwrap_err();

        assert_hides_secrets(&error);
        assert_eq!((error.kind(), error.remedy()), (kind, remedy), "{status} {body}");
        assert_eq!(error.api_code(), code, "{status} {body}");
    }
    let limited = at(&Server::answering(429, "", b"")).devices().await.unwrap_err();
    assert_eq!(limited.retry_after().unwrap().as_secs(), 7);
}

#[tokio::test]
async fn a_missing_feature_is_named() {
    let id = DeviceId::new("x");
    let missing = |error: Error| {
        let Error::FeatureMissing { feature, .. } = error else { panic!("{error:?}") };
        feature
    };
    let connect = || at(&api_error(401, "1309"));

    assert_eq!(missing(connect().devices().await.unwrap_err()), Feature::Devices);
    assert_eq!(missing(connect().state(&id).await.unwrap_err()), Feature::States);
    assert_eq!(missing(connect().control(&id, &json!({})).await.unwrap_err()), Feature::Control);
    assert_eq!(missing(connect().subscribe_push(&id).await.unwrap_err()), Feature::Pushes);
    assert_eq!(missing(connect().subscribe_event(&id).await.unwrap_err()), Feature::Events);
    assert_eq!(missing(connect().energy_profile(&id).await.unwrap_err()), Feature::Energy);
    let shown = connect().energy_profile(&id).await.unwrap_err().to_string();
    assert_eq!(shown, "personal access token lacks the feature `energy`");
}

#[tokio::test]
async fn energy_is_read_where_a_device_measures_it() {
    let id = DeviceId::new("x");
    let (first, last) = (
        EnergyDate { year: 2026, month: 11, day: 1 },
        EnergyDate { year: 2026, month: 11, day: 2 },
    );
    let usage = async |server: &Server| {
        let connect = at(server);
        connect.energy_usage(&id, "energyUsage", EnergyPeriod::Daily, first, last).await
    };
    let profile = |properties: &[&str]| json!({ "response": { "resultCode": "0000", "result": { "property": properties } } });

    let server = Server::json(200, &profile(&["energyUsage"]));
    assert_eq!(at(&server).energy_profile(&id).await.unwrap(), ["energyUsage"]);
    assert_eq!(server.request().line, "GET /devices/energy/x/profile HTTP/1.1");
    assert!(at(&Server::json(200, &profile(&[]))).energy_profile(&id).await.unwrap().is_empty());
    for none in [api_error(400, "1221"), Server::answering(406, "", b"")] {
        assert!(at(&none).energy_profile(&id).await.unwrap().is_empty());
    }

    let server = Server::json(
        200,
        &json!({ "response": { "resultCode": "0000", "result": {
            "dataList": [{ "energyUsage": 250.0, "usedDate": "20261101" }],
        } } }),
    );
    assert_eq!(usage(&server).await.unwrap(), [EnergyUsage { date: first, watt_hours: 250.0 }]);
    assert_eq!(
        server.request().line,
        "GET /devices/energy/x/usage?property=energyUsage&period=DAILY&startDate=20261101\
         &endDate=20261102 HTTP/1.1"
    );
    assert!(usage(&Server::answering(406, "", b"")).await.unwrap().is_empty());

    let failed = json!({ "response": { "resultCode": "2214", "result": {} } });
    let error = usage(&Server::json(200, &failed)).await.unwrap_err();
    assert_eq!((error.api_code(), error.remedy()), (Some("2214"), Remedy::Retry));
}

#[test]
fn the_token_leaves_this_machine_encrypted_only() {
    let new = |address: &str| Connect::new(settings(Some(Url::parse(address).unwrap())));

    for fit in ["https://api.example.com", "https://192.168.0.2/x", "http://127.0.0.1:1"] {
        new(fit).unwrap();
    }
    new("http://localhost:1").unwrap();
    new("http://[::1]:1").unwrap();
    for unfit in [
        "http://api.example.com",
        "http://192.168.0.2",
        "http://hub.local",
        "ws://127.0.0.1",
        "https://a:b@api.example.com",
        "https://api.example.com/?x=1",
    ] {
        let error = new(unfit).unwrap_err();
        assert_eq!(
            (error.kind(), error.remedy()),
            (ProblemCode::InvalidConnectAddress, Remedy::FixSettings)
        );
    }
}

#[test]
fn without_an_address_the_countrys_region_is_used() {
    let connect = Connect::new(settings(None)).unwrap();

    let shown = format!("{connect:?} {:?}", settings(None));

    assert!(shown.contains("api-kic.lgthinq.com"), "{shown}");
    for secret in ["f00d", "beef"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
