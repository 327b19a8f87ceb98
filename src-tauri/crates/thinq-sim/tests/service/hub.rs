//! The hub's calls and what it refuses.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use thinq_sim::{
    Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, PasswordForm, Sim, SimDevice, SimSettings,
};

use crate::client::{Client, device, send, signed_in};

#[tokio::test]
async fn a_sign_in_answers_exactly_the_documented_fields() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    let tokens = client.sign_in(DEFAULT_ACCOUNT, DEFAULT_PASSWORD).await.body;
    let refreshed = client.refresh().await.body;

    let names =
        |object: &Value| -> Vec<String> { object.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&tokens), ["access_token", "expires_in", "refresh_token"]);
    assert_eq!(names(&refreshed), ["access_token", "expires_in"]);
    assert_eq!(tokens["expires_in"], "3600");
    assert_eq!(tokens["access_token"].as_str().unwrap().len(), 96);
    assert_eq!((sim.count(Call::SignIn), sim.count(Call::Refresh)), (2, 1));
}

#[tokio::test]
async fn a_rotating_hub_ends_the_old_refresh_token() {
    let settings = SimSettings { rotates_refresh_token: true, ..SimSettings::default() };
    let (_sim, mut client) = signed_in(settings).await;

    let first = client.refresh().await;
    let again = client.refresh().await;
    first.body["refresh_token"].as_str().unwrap().clone_into(&mut client.refresh_token);
    let with_new = client.refresh().await;

    assert_eq!(again.code(), (500, "500"));
    assert_eq!(with_new.status, 200);
}

#[tokio::test]
async fn wrong_sign_ins_have_their_documented_errors() {
    let (_sim, client) = signed_in(SimSettings::default()).await;

    let wrong_password = client.sign_in(DEFAULT_ACCOUNT, "wrong").await;
    let wrong_account = client.sign_in("someone@example.com", DEFAULT_PASSWORD).await;
    let no_grant = client.token(&json!({ "id": DEFAULT_ACCOUNT })).await;
    let no_refresh_token = client.token(&json!({ "grant_type": "refresh_token" })).await;

    assert_eq!(wrong_password.code(), (500, "500"));
    assert_eq!(wrong_password.body["error"]["message"], "Login Error");
    assert_eq!(wrong_account.code(), (500, "500"));
    assert_eq!(no_grant.code(), (412, "412"));
    assert_eq!(no_grant.body["error"]["message"], "required grant_type");
    assert_eq!(no_refresh_token.body["error"]["message"], "required refresh_token");
    assert_eq!(no_grant.body["messageId"].as_str().unwrap().len(), 22);
    assert!(no_grant.body["timestamp"].as_str().unwrap().contains('T'));
}

#[tokio::test]
async fn a_hub_that_wants_the_hash_refuses_the_plain_password() {
    let settings = SimSettings { password_form: PasswordForm::Sha512, ..SimSettings::default() };
    let sim = Sim::start(settings).await.unwrap();

    let answer = Client::new(&sim).sign_in(DEFAULT_ACCOUNT, DEFAULT_PASSWORD).await;

    assert_eq!(answer.code(), (500, "500"));
}

#[tokio::test]
async fn each_call_wants_its_own_key_pair() {
    let pair = |id: &str| Some((id.to_owned(), format!("{id}-secret")));
    let settings = SimSettings {
        emp_keys: pair("emp"),
        connect_keys: pair("connect"),
        ..SimSettings::default()
    };
    let sim = Sim::start(settings).await.unwrap();
    let mut client = Client::new(&sim);
    let with = |request: reqwest::RequestBuilder, id: &str| {
        request.header("x-client-id", id).header("x-client-secret", format!("{id}-secret"))
    };
    let body = json!({
        "grant_type": "password", "id": DEFAULT_ACCOUNT, "password": DEFAULT_PASSWORD,
    });
    let token_call =
        || client.bare(Method::POST, "token").header("x-country-code", "KR").json(&body);

    let wrong = send(with(token_call(), "connect")).await;
    let tokens = send(with(token_call(), "emp")).await;
    tokens.body["access_token"].as_str().unwrap().clone_into(&mut client.access_token);
    let devices = send(with(client.request(Method::GET, "devices"), "connect")).await;
    let wrong_devices = send(with(client.request(Method::GET, "devices"), "emp")).await;

    assert_eq!(wrong.code(), (500, "500"));
    assert_eq!(devices.status, 200);
    assert_eq!(wrong_devices.code(), (401, "1301"));
}

#[tokio::test]
async fn headers_are_checked() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let token = client.access_token.clone();
    let get = || client.bare(Method::GET, "devices");

    let no_country = send(get().bearer_auth(&token)).await;
    let elsewhere = send(get().header("x-country-code", "US").bearer_auth(&token)).await;
    let no_token = send(get().header("x-country-code", "KR")).await;
    let basic = get().header("x-country-code", "KR").header("authorization", &token);
    let no_bearer = send(basic).await;
    let unknown = send(get().header("x-country-code", "KR").bearer_auth("unknown")).await;
    let bad_id = get().header("x-country-code", "KR").header("x-message-id", "too-short");
    let bad_id = send(bad_id.bearer_auth(&token)).await;

    assert_eq!(no_country.code(), (400, "1216"));
    assert_eq!(elsewhere.code(), (401, "1307"));
    assert_eq!(no_token.code(), (400, "1103"));
    assert_eq!(no_bearer.code(), (400, "1103"));
    assert_eq!(unknown.code(), (400, "1218"));
    assert_eq!(bad_id.code(), (400, "1104"));
    assert_eq!(sim.count(Call::Devices), 6);
}

#[tokio::test]
async fn an_expired_token_is_told_from_an_unknown_one_until_it_is_refreshed() {
    let (sim, mut client) = signed_in(SimSettings::default()).await;

    sim.expire_tokens();
    let expired = client.get("devices").await;
    let tokens = client.refresh().await.body;
    tokens["access_token"].as_str().unwrap().clone_into(&mut client.access_token);
    let fresh = client.get("devices").await;
    sim.revoke_tokens();
    let revoked = client.refresh().await;

    assert_eq!(expired.code(), (401, "1302"));
    assert_eq!(fresh.status, 200);
    assert_eq!(revoked.code(), (500, "500"));
}

#[tokio::test]
async fn a_token_lives_no_longer_than_its_lifetime() {
    let settings = SimSettings { token_lifetime: Duration::ZERO, ..SimSettings::default() };
    let (_sim, client) = signed_in(settings).await;

    assert_eq!(client.get("devices").await.code(), (401, "1302"));
}

#[tokio::test]
async fn the_home_has_at_least_nine_appliances_with_state_and_profile() {
    let (sim, client) = signed_in(SimSettings::default()).await;

    let list = client.get("devices").await;

    assert!(list.response().as_array().unwrap().len() >= 9);
    assert_eq!(list.body["messageId"], "fNvdZ1brTn-wWKUlWGoSVw");
    for SimDevice { id, device_type, .. } in sim.devices() {
        let state = client.get(&format!("devices/{id}")).await;
        let profile = client.get(&format!("devices/profile/{id}")).await;
        assert!(state.response().is_object() || state.response().is_array(), "{device_type}");
        assert!(profile.response().is_object(), "{device_type}");
    }
    let washer = client.get(&format!("devices/{}", device(&sim, "DEVICE_WASHER"))).await;
    assert_eq!(washer.response()[0]["location"]["locationName"], "MAIN");
    let tower = device(&sim, "DEVICE_WASHTOWER");
    let tower = client.get(&format!("devices/profile/{tower}")).await;
    assert_eq!(tower.response()["dryer"]["notification"]["push"][0], "DRYING_IS_COMPLETE");
}

#[tokio::test]
async fn an_unknown_device_or_path_is_not_found() {
    let (_sim, client) = signed_in(SimSettings::default()).await;

    let device = client.get("devices/nobody").await;
    let path = client.get("kitchen").await;

    assert_eq!(device.code(), (404, "1205"));
    assert_eq!((path.status, path.text.as_str()), (404, ""));
}

#[tokio::test]
async fn push_subscriptions_are_kept_once() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let path = format!("push/{}", device(&sim, "DEVICE_WASHER"));

    let before = client.get("push").await;
    let first = client.post_empty(&path).await;
    let second = client.post_empty(&path).await;
    let listed = client.get("push").await;
    let removed = client.delete(&path).await;
    let removed_again = client.delete(&path).await;

    assert_eq!(before.response(), &Value::Null);
    assert_eq!(first.response(), &json!({}));
    assert_eq!(second.code(), (404, "1207"));
    assert_eq!(listed.response()[0]["deviceId"], device(&sim, "DEVICE_WASHER"));
    assert_eq!(removed.status, 200);
    assert_eq!(removed_again.code(), (404, "1206"));
    let record = sim.calls().into_iter().find(|record| record.call == Call::SubscribePush);
    assert_eq!(record.unwrap().device_id, Some(device(&sim, "DEVICE_WASHER")));
}

#[tokio::test]
async fn event_subscriptions_renew_and_expire() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let path = format!("event/{}", device(&sim, "DEVICE_WASHER"));
    let hours = |unit: &str, timer: i32| json!({ "expire": { "unit": unit, "timer": timer } });

    assert_eq!(client.post(&path, &hours("HOUR", 24)).await.status, 200);
    assert_eq!(client.post_empty(&path).await.status, 200, "subscribing again renews");
    assert_eq!(client.post(&path, &hours("HOUR", 25)).await.code(), (400, "1102"));
    assert_eq!(client.post(&path, &hours("DAY", 1)).await.code(), (400, "1102"));
    assert_eq!(client.get("event").await.response().as_array().unwrap().len(), 1);
    sim.expire_event_subscriptions();
    assert_eq!(client.get("event").await.response(), &json!([]));
    assert_eq!(client.delete(&path).await.code(), (404, "1204"));
}

#[tokio::test]
async fn an_appliance_without_events_refuses_their_subscription() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let purifier = device(&sim, "DEVICE_WATER_PURIFIER");

    assert_eq!(client.post_empty(&format!("event/{purifier}")).await.code(), (404, "1214"));
    assert_eq!(client.post_empty(&format!("push/{purifier}")).await.status, 200);
}

#[tokio::test]
async fn a_control_call_starts_the_washer() {
    let (sim, client) = signed_in(SimSettings::default()).await;
    let path = format!("devices/{}", device(&sim, "DEVICE_WASHER"));
    let start = json!({
        "location": { "locationName": "MAIN" },
        "operation": { "washerOperationMode": "START" },
    });

    let done = client.post(&path, &start).await;
    let unknown = client.post(&path, &json!({ "flight": { "altitude": 9000 } })).await;
    let unreadable = client.post(&path, &json!([])).await;

    assert_eq!(done.response(), &json!({}));
    let state = client.get(&path).await;
    assert_eq!(state.response()[0]["runState"]["currentState"], "DETECTING");
    assert_eq!(unknown.code(), (400, "2207"));
    assert_eq!(unreadable.code(), (400, "1000"));
}
