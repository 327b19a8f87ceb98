//! The hub and the callback behind a proxy: HTTP and SOCKS 5, with and without a password.

use std::{fs, net::TcpListener as Port};

use contract::{Request, Response, SettingsChange};
use model::{ConnectionState, ProblemCode, Status};
use thinq::{AccessToken, Callback, CallbackTiming, Chain, Error, Hub, HubSettings, Secret};
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim};
use url::Url;

use crate::support::{
    Authority, Door, PrivateHome, TestProxy, TlsDoor, base64, push_by_hand, simulated, within,
};

const REAL: &str = "thinq-tray";
const USER: &str = "me";
const PASSWORD: &str = "proxy-secret";
const LOCKED: Door = Door::Locked(USER, PASSWORD);
/// GNOME writes `socks` without a version.
const SCHEMES: [&str; 3] = ["http", "socks5", "socks"];

/// A hub that only the proxy can reach.
fn far_hub(proxy: &str) -> Hub {
    let mut settings =
        HubSettings::new(Url::parse("http://hub.example:5010").expect("the test is set up"));
    settings.proxy = Some(Url::parse(proxy).expect("the test is set up"));
    Hub::new(settings).expect("the test is set up")
}

async fn sign_in(hub: &Hub) -> Result<(), Error> {
    hub.sign_in(DEFAULT_ACCOUNT, &Secret::from(DEFAULT_PASSWORD)).await.map(drop)
}

async fn connect(proxy: &str) -> Result<(), Error> {
    let url = Url::parse("wss://callback.example/websocket").expect("the test is set up");
    let callback = Callback::new(url, CallbackTiming::default()).expect("the test is set up");
    let token = AccessToken::new("a-token".to_owned()).expect("the test is set up");
    callback
        .with_proxy(Some(&Url::parse(proxy).expect("the test is set up")))
        .connect(&token)
        .await
        .map(drop)
}

async fn before(sim: &Sim, door: Door) -> TestProxy {
    let hub = sim.hub_url();
    TestProxy::start(door, hub.socket_addrs(|| None).expect("the test is set up")[0]).await
}

#[tokio::test]
async fn a_hub_elsewhere_is_reached_through_each_kind_of_proxy() {
    let sim = simulated().await;
    for scheme in SCHEMES {
        for (door, who) in [(Door::Open, None), (LOCKED, Some((USER, PASSWORD)))] {
            let proxy = before(&sim, door).await;

            let signed_in = sign_in(&far_hub(&proxy.url(scheme, who))).await;

            assert!(signed_in.is_ok(), "{scheme} {door:?}: {signed_in:?}");
            assert_eq!(proxy.asked(), ["hub.example:5010"], "{scheme} {door:?}");
        }
    }
}

#[tokio::test]
async fn a_hub_nearby_never_hears_of_a_proxy() {
    let sim = simulated().await;
    let proxy = before(&sim, Door::Open).await;
    let mut settings = HubSettings::new(sim.hub_url());
    settings.proxy = Some(Url::parse(&proxy.url("http", None)).unwrap());

    sign_in(&Hub::new(settings).unwrap()).await.unwrap();

    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_its_password_is_not() {
    let sim = simulated().await;
    let wrong = Some((USER, "proxy-wrong"));
    for scheme in SCHEMES {
        for (door, who) in [(LOCKED, None), (LOCKED, wrong), (Door::Shut, wrong)] {
            let proxy = before(&sim, door).await;
            let url = proxy.url(scheme, who);

            let errors = [
                sign_in(&far_hub(&url)).await.expect_err("it is refused"),
                connect(&url).await.expect_err("it is refused"),
            ];

            for error in errors {
                let story = format!("{scheme} {door:?}: {}, {error:?}", Chain(&error));
                assert_eq!(error.kind(), ProblemCode::ProxyRefused, "{story}");
                let secrets = ["proxy-wrong", &base64("me:proxy-wrong")];
                assert!(!secrets.iter().any(|secret| story.contains(secret)), "{story}");
            }
            assert_eq!(sim.count(Call::SignIn), 0, "{scheme}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_blamed_and_nobody_else() {
    let free = Port::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for scheme in SCHEMES {
        let url = format!("{scheme}://{USER}:{PASSWORD}@{free}");

        let errors = [
            sign_in(&far_hub(&url)).await.expect_err("no proxy is listening"),
            connect(&url).await.expect_err("no proxy is listening"),
        ];

        for error in errors {
            let story = format!("{scheme}: {}, {error:?}", Chain(&error));
            assert_eq!(error.kind(), ProblemCode::ProxyUnreachable, "{story}");
            assert!(!story.contains(PASSWORD), "{story}");
        }
    }
}

/// The built program with a local hub and the callback behind a proxy set by the system.
async fn listens_through(variable: &'static str, scheme: &str) {
    let sim = simulated().await;
    let authority = Authority::new();
    let door = TlsDoor::open(&authority, "callback.example", &sim).await;
    let proxy = TestProxy::start(LOCKED, door.address()).await;
    let files = tempfile::tempdir().expect("the test is set up");
    let ca_path = files.path().join("ca.pem");
    fs::write(&ca_path, authority.pem()).expect("the test is set up");
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", "wss://callback.example/websocket")
        .with("THINQ_TRAY_LOG", "trace")
        .with("SSL_CERT_FILE", &ca_path.to_string_lossy())
        .with(variable, &proxy.url(scheme, Some((USER, PASSWORD))));
    let resident = home.start(&["--hidden"]);
    within("the program", async { while home.ask(REAL, Request::Status).await.is_none() {} }).await;
    let arguments = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];
    assert_eq!(home.run_with(&arguments, DEFAULT_PASSWORD).await.code, Some(0));

    let listening =
        |connection: &ConnectionState| matches!(connection, ConnectionState::Listening { .. });
    shows(&home, "listening", listening).await;
    let subscribed =
        async { while push_by_hand(&sim.hub_url(), "Dryer", "DONE").await.ok() == Some(0) {} };
    within("a subscription", subscribed).await;
    let stored = async { while status(&home).await.unread == 0 {} };
    within("the event", stored).await;
    assert!(proxy.asked().iter().all(|asked| asked == "callback.example:443"));

    // The password changes.
    proxy.set(Door::Locked(USER, "another"));
    sim.reset_all();
    let refused = |connection: &ConnectionState| {
        let ConnectionState::Offline { problem, .. } = connection else { return false };
        problem.code == ProblemCode::ProxyRefused
    };
    shows(&home, "the refusal", refused).await;
    let said = home.run(&["status"]).await;
    assert!(said.stdout.to_lowercase().contains("proxy"), "{said:?}");

    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
    let secrets = [PASSWORD, &base64(&format!("{USER}:{PASSWORD}"))];
    for (path, bytes) in home.files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{}", path.display());
    }
}

#[tokio::test]
async fn notifications_come_through_an_http_proxy_with_a_password() {
    listens_through("HTTPS_PROXY", "http").await;
}

#[tokio::test]
async fn notifications_come_through_a_socks_proxy_with_a_password() {
    listens_through("all_proxy", "SOCKS").await;
}

#[tokio::test]
async fn a_proxy_that_is_not_understood_is_named_and_its_password_is_not() {
    let sim = simulated().await;
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", "wss://callback.example/websocket")
        .with("THINQ_TRAY_LOG", "trace")
        .with("ALL_PROXY", &format!("quic://{USER}:{PASSWORD}@127.0.0.1:1"));
    let resident = home.start(&["--hidden"]);
    within("the program", async { while home.ask(REAL, Request::Status).await.is_none() {} }).await;

    let arguments = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];
    assert_eq!(home.run_with(&arguments, DEFAULT_PASSWORD).await.code, Some(0));

    shows(&home, "the proxy", |connection| {
        let ConnectionState::Offline { problem, .. } = connection else { return false };
        problem.code == ProblemCode::InvalidProxy
    })
    .await;
    for command in ["status", "doctor"] {
        let said = home.run(&[command]).await;
        assert!(said.stdout.contains("proxy address"), "{command}: {said:?}");
    }
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
    let texts: Vec<_> = home
        .files()
        .into_iter()
        .map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    assert!(texts.iter().any(|text| text.contains("begins with `quic`")), "no log names it");
    assert!(!texts.iter().any(|text| text.contains(PASSWORD)));

    let far = home.with("THINQ_TRAY_HUB_URL", "http://hub.example:5010");
    let said = far.run_with(&arguments, DEFAULT_PASSWORD).await;
    assert_ne!(said.code, Some(0));
    assert!(format!("{said:?}").contains("proxy address"), "{said:?}");
}

#[tokio::test]
async fn the_settings_name_the_proxy_that_does_not_answer() {
    let free = Port::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let sim = simulated().await;
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", "wss://callback.example/websocket");
    let resident = home.start(&["--hidden"]);
    within("the program", async { while home.ask(REAL, Request::Status).await.is_none() {} }).await;
    let proxy = Some(format!("http://{free}"));
    let settings = SettingsChange { proxy, ..SettingsChange::default() };
    home.ask(REAL, Request::SettingsChange { settings }).await.unwrap();

    let arguments = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];
    assert_eq!(home.run_with(&arguments, DEFAULT_PASSWORD).await.code, Some(0));

    shows(&home, "the proxy", |connection| {
        let ConnectionState::Offline { problem, .. } = connection else { return false };
        problem.code == ProblemCode::ProxyUnreachable
    })
    .await;
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

async fn status(home: &PrivateHome) -> Status {
    match home.ask(REAL, Request::Status).await {
        Some(Response::Status { status }) => status,
        other => panic!("{other:?}"),
    }
}

/// Polls until the condition holds.
async fn shows(home: &PrivateHome, what: &str, is_so: impl Fn(&ConnectionState) -> bool) {
    let asking = async { while !is_so(&status(home).await.connection) {} };
    within(what, asking).await;
}
