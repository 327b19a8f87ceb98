//! What goes to the hub, and what its failures become.

use std::{net::TcpListener, time::Duration};

use model::{DeviceId, PasswordForm, ProblemCode};
use serde_json::json;
use thinq::{Error, Hub, HubSettings, KeyPair, Obstacle, Remedy, Secret, Unreadable};
use url::Url;

use crate::{ACCESS, REFRESH, access, assert_hides_secrets, refresh, server::Server};

fn keys(id: &str) -> KeyPair {
    KeyPair { id: id.to_owned(), secret: Secret::from(format!("cafe-{id}")) }
}

fn hub_with_keys(server: &Server, password_form: PasswordForm) -> Hub {
    let mut settings = HubSettings::new(server.url());
    settings.emp_keys = Some(keys("emp"));
    settings.connect_keys = Some(keys("connect"));
    settings.password_form = password_form;
    Hub::new(settings).unwrap()
}

fn tokens() -> Server {
    Server::json(200, &json!({ "access_token": ACCESS, "expires_in": "3600" }))
}

fn api_error(status: u16, code: &str) -> Server {
    Server::json(status, &json!({ "error": { "message": "Some words", "code": code } }))
}

#[tokio::test]
async fn sign_in_sends_a_hash_and_the_emp_keys() {
    let server = tokens();

    let tokens = hub_with_keys(&server, PasswordForm::Sha512)
        .sign_in("someone@example.com", &Secret::from("abc"))
        .await
        .unwrap();

    let request = server.request();
    assert_eq!(tokens.access, access());
    assert_eq!(request.line, "POST /token HTTP/1.1");
    assert_eq!(request.header("x-client-id"), Some("emp"));
    assert_eq!(request.header("x-client-secret"), Some("cafe-emp"));
    assert_eq!(request.header("x-country-code"), Some("KR"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body = request.json();
    assert_eq!(body["grant_type"], "password");
    assert_eq!(body["id"], "someone@example.com");
    assert!(body["password"].as_str().unwrap().starts_with("ddaf35a193617abacc417349ae204131"));
}

#[tokio::test]
async fn the_password_goes_as_it_is_where_the_settings_say_so() {
    let server = tokens();

    hub_with_keys(&server, PasswordForm::Plain)
        .sign_in("someone@example.com", &Secret::from("hunter2"))
        .await
        .unwrap();

    assert_eq!(server.request().json()["password"], "hunter2");
}

#[tokio::test]
async fn refresh_sends_the_refresh_token_only() {
    let server = tokens();

    let tokens = server.hub().refresh(&refresh()).await.unwrap();

    assert!(tokens.refresh.is_none());
    let request = server.request();
    assert_eq!(request.json(), json!({ "grant_type": "refresh_token", "refresh_token": REFRESH }));
    assert_eq!(request.header("x-client-id"), None);
}

#[tokio::test]
async fn other_calls_send_the_access_token_and_the_connect_keys() {
    let server = Server::json(200, &json!({ "response": [] }));

    hub_with_keys(&server, PasswordForm::Sha512).devices(&access()).await.unwrap();

    let request = server.request();
    assert_eq!(request.line, "GET /devices HTTP/1.1");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {ACCESS}").as_str()));
    assert_eq!(request.header("x-client-id"), Some("connect"));
    let message_id = request.header("x-message-id").unwrap();
    assert_eq!(message_id.len(), 22);
    assert!(!message_id.contains(['+', '/', '=']));
}

#[tokio::test]
async fn device_ids_cannot_leave_their_place_in_the_path() {
    let server = Server::json(200, &json!({ "response": {} }));
    let id = DeviceId::new("../token?x=#\r\nX-Evil: 1");

    server.hub().state(&access(), &id).await.unwrap();

    let request = server.request();
    assert_eq!(request.line, "GET /devices/..%2Ftoken%3Fx%3D%23%0D%0AX-Evil%3A%201 HTTP/1.1");
    assert_eq!(request.header("x-evil"), None);
    let unused = Hub::new(HubSettings::new(Url::parse("http://127.0.0.1:1").unwrap())).unwrap();
    for id in ["", ".", ".."] {
        let error = unused.state(&access(), &DeviceId::new(id)).await.unwrap_err();
        assert_eq!(error.api_code(), Some("1224"));
    }
}

#[tokio::test]
async fn calls_have_the_documented_methods_and_paths() {
    let id = DeviceId::new("HW1-5B");
    let nothing = || Server::json(200, &json!({ "response": {} }));

    let server = nothing();
    server.hub().profile(&access(), &id).await.unwrap();
    assert_eq!(server.request().line, "GET /devices/profile/HW1-5B HTTP/1.1");

    let server = nothing();
    server.hub().control(&access(), &id, &json!({ "a": 1 })).await.unwrap();
    let request = server.request();
    assert_eq!(request.line, "POST /devices/HW1-5B HTTP/1.1");
    assert_eq!(request.json(), json!({ "a": 1 }));

    let server = nothing();
    server.hub().subscribe_push(&access(), &id).await.unwrap();
    let request = server.request();
    assert_eq!(request.line, "POST /push/HW1-5B HTTP/1.1");
    assert!(request.body.is_empty());

    let server = nothing();
    server.hub().unsubscribe_push(&access(), &id).await.unwrap();
    assert_eq!(server.request().line, "DELETE /push/HW1-5B HTTP/1.1");

    let server = nothing();
    server.hub().subscribe_event(&access(), &id).await.unwrap();
    let request = server.request();
    assert_eq!(request.line, "POST /event/HW1-5B HTTP/1.1");
    assert_eq!(request.json(), json!({ "expire": { "unit": "HOUR", "timer": 24 } }));
}

#[tokio::test]
async fn what_is_so_already_is_a_success() {
    let id = DeviceId::new("x");

    api_error(404, "1207").hub().subscribe_push(&access(), &id).await.unwrap();
    for code in ["1204", "1205", "1206", "1211", "1212", "1213", "1217"] {
        api_error(404, code).hub().unsubscribe_push(&access(), &id).await.unwrap();
        api_error(404, code).hub().unsubscribe_event(&access(), &id).await.unwrap();
    }
    let error = api_error(404, "1205").hub().subscribe_push(&access(), &id).await.unwrap_err();
    assert_eq!(error.api_code(), Some("1205"));
}

#[tokio::test]
async fn a_hub_without_list_calls_is_no_failure() {
    let page = Server::answering(404, "text/html", b"<pre>Cannot GET /push</pre>");
    assert_eq!(page.hub().push_subscriptions(&access()).await.unwrap(), None);

    let none = api_error(404, "1204");
    assert_eq!(none.hub().event_subscriptions(&access()).await.unwrap(), Some(Vec::new()));

    let error = api_error(401, "1302").hub().push_subscriptions(&access()).await.unwrap_err();
    assert_eq!(error.remedy(), Remedy::RefreshToken);
}

#[tokio::test]
async fn a_refused_sign_in_is_told_from_a_failing_server() {
    let words = |message: &str| json!({ "error": { "message": message, "code": "500" } });

    let hub = Server::json(500, &words("Login Error")).hub();
    let wrong = hub.sign_in("someone@example.com", &Secret::from("hunter2")).await.unwrap_err();
    let revoked = Server::json(500, &words("Login Error")).hub().refresh(&refresh()).await;
    let outage = Server::json(500, &words("Internal server error")).hub().refresh(&refresh()).await;

    assert_hides_secrets(&wrong);
    assert_eq!(wrong.kind(), ProblemCode::WrongSignIn);
    assert_eq!(wrong.remedy(), Remedy::SignIn);
    let revoked = revoked.unwrap_err();
    assert_eq!((revoked.kind(), revoked.remedy()), (ProblemCode::TokenRefused, Remedy::SignIn));
    assert_eq!(outage.unwrap_err().remedy(), Remedy::Retry);
}

#[tokio::test]
async fn the_code_decides_and_not_the_status() {
    for (status, code, kind, remedy) in [
        (401, "1306", ProblemCode::TooManyCalls, Remedy::Wait),
        (401, "1304", ProblemCode::Terms, Remedy::TellUser),
        (401, "1301", ProblemCode::KeysRefused, Remedy::FixSettings),
        (401, "1302", ProblemCode::TokenRefused, Remedy::RefreshToken),
        (400, "1218", ProblemCode::TokenRefused, Remedy::RefreshToken),
        (401, "1303", ProblemCode::TokenRefused, Remedy::SignIn),
        (503, "2101", ProblemCode::Api, Remedy::TellUser),
        (500, "0000", ProblemCode::Api, Remedy::Retry),
        (200, "1302", ProblemCode::TokenRefused, Remedy::RefreshToken),
    ] {
        let error = api_error(status, code).hub().devices(&access()).await.unwrap_err();
        assert_eq!((error.kind(), error.remedy()), (kind, remedy), "{code}");
        assert_eq!(error.api_code(), Some(code));
    }
}

#[tokio::test]
async fn too_many_calls_carry_the_hubs_own_wish() {
    let error =
        Server::answering(429, "text/plain", b"").hub().devices(&access()).await.unwrap_err();

    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn something_that_is_no_hub_is_recognised() {
    let portal = b"<!DOCTYPE html><title>Welcome</title>";
    let long = vec![b' '; 2 * 1024 * 1024];
    for (server, reason) in [
        (Server::answering(200, "text/html", portal), Unreadable::Html),
        (Server::answering(200, "text/plain", b"hello"), Unreadable::NotJson),
        (Server::answering(200, "application/json", b"{\"a\":1}"), Unreadable::WrongShape),
        (Server::answering(200, "application/json", b""), Unreadable::WrongShape),
        (Server::answering(200, "application/json", &long), Unreadable::TooLong),
        (Server::answering(302, "text/html", portal), Unreadable::Redirect),
        (Server::sending(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()), Unreadable::Garbage),
    ] {
        let error = server.hub().devices(&access()).await.unwrap_err();

        assert_hides_secrets(&error);
        assert_eq!(error.kind(), ProblemCode::HubUnknown, "{error}");
        assert!(
            matches!(error, Error::UnreadableAnswer { reason: found, .. } if found == reason),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}")).unwrap();

    let error = Hub::new(HubSettings::new(url)).unwrap().refresh(&refresh()).await.unwrap_err();

    assert_hides_secrets(&error);
    assert_eq!(error.kind(), ProblemCode::HubUnreachable);
    assert!(matches!(error, Error::Unreachable { obstacle: Obstacle::Refused, .. }), "{error:?}");
}

#[tokio::test]
async fn a_hub_that_hangs_up_is_unreachable() {
    let error = Server::sending(Vec::new()).hub().devices(&access()).await.unwrap_err();

    assert_eq!(error.kind(), ProblemCode::HubUnreachable, "{error:?}");
}

#[tokio::test]
async fn a_hub_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", silent.local_addr().unwrap())).unwrap();
    let mut settings = HubSettings::new(url);
    settings.timeout = Duration::from_millis(50);

    let error = Hub::new(settings).unwrap().devices(&access()).await.unwrap_err();

    assert_eq!(error.kind(), ProblemCode::HubTimedOut);
    assert_hides_secrets(&error);
}

#[tokio::test]
async fn a_hub_without_tls_at_an_https_address_is_a_matter_of_tls() {
    let server = Server::speaking_first(b"220 not TLS\r\n");
    let mut url = server.url();
    url.set_scheme("https").unwrap();

    let error = match Hub::new(HubSettings::new(url)) {
        Ok(hub) => hub.devices(&access()).await.unwrap_err(),
        Err(error) => error,
    };

    assert_eq!(error.kind(), ProblemCode::Tls, "{error:?}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for address in [
        "ftp://hub.local",
        "http://someone:hunter2@hub.local",
        "http://hub.local/?access_token=f00d",
        "mailto:hub@local",
    ] {
        let error = Hub::new(HubSettings::new(Url::parse(address).unwrap())).unwrap_err();
        assert_eq!(error.kind(), ProblemCode::InvalidAddress);
        assert_hides_secrets(&error);
    }
    let mut settings = HubSettings::new(Url::parse("http://hub.local").unwrap());
    settings.emp_keys = Some(keys("line\nend"));
    assert!(!format!("{settings:?}").contains("cafe"));
    assert!(matches!(Hub::new(settings), Err(Error::InvalidKeys)));
}

/// Answers one call on each connection and closes it when the next one comes, as a web server does
/// that has just given up waiting.
#[tokio::test]
async fn a_connection_that_the_hub_closes_after_an_answer_fails_no_call() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || crate::server::answer_once(stream.unwrap()));
        }
    });
    let hub = Hub::new(HubSettings::new(url)).unwrap();

    for call in 0..4 {
        let answered = hub.subscribe_push(&access(), &DeviceId::new("washer")).await;
        assert!(answered.is_ok(), "call {call}: {answered:?}");
    }
}
