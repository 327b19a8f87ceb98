//! The built program as used by terminals and scripts: exit codes, JSON, one instance per user.

use std::net::TcpListener;

use contract::{Request, Response};
use serde_json::Value;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Fault, Sim};
use tokio::net::TcpStream;

use crate::support::{Ended, PrivateHome, Running, push_by_hand, simulated, within};

pub(crate) const DEMO: &str = "thinq-tray-demo";

const LISTEN_DEMO: [&str; 3] = ["listen", "--demo", "--json"];
const SIGN_IN: [&str; 4] = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let home = PrivateHome::new();
    let cases: [&[&str]; 4] =
        [&["dance"], &["pause", "--minutes", "0"], &["history", "--limit", "x"], &["--no-such"]];

    for arguments in cases {
        let ended = home.run(arguments).await;

        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("--help"), "{ended:?}");
    }
}

#[tokio::test]
async fn commands_for_the_running_program_fail_with_1_without_it() {
    let home = PrivateHome::new();

    for command in ["pause", "resume", "reconnect", "quit"] {
        let ended = home.run(&[command]).await;

        assert_eq!(ended.code, Some(1), "{command}: {ended:?}");
        assert!(ended.stderr.contains("not running"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_hub_that_is_not_there_ends_with_4() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let home = PrivateHome::new().with("THINQ_TRAY_HUB_URL", &format!("http://{free}/"));

    let ended = home.run_with(&SIGN_IN, DEFAULT_PASSWORD).await;

    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(!ended.stderr.contains(DEFAULT_PASSWORD));
}

#[tokio::test]
async fn a_wrong_password_ends_with_3_and_is_sent_once() {
    let sim = simulated().await;
    let home = home_of(&sim);

    let ended = home.run_with(&SIGN_IN, "wrong\n").await;

    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn a_hub_that_strangers_can_listen_to_is_warned_of() {
    let home = PrivateHome::new();
    let warns = async |hub: &str| {
        let ended = home.run_with(&[&SIGN_IN[..], &["--hub-url", hub]].concat(), "").await;
        ended.stderr.contains("not on a private network")
    };

    // An empty password is rejected before anything is sent.
    assert!(warns("http://hub.example:5010").await);
    assert!(!warns("https://hub.example").await);
    assert!(!warns("192.168.0.10").await);
}

#[tokio::test]
async fn a_hub_that_answers_nonsense_ends_with_4() {
    for fault in [Fault::HubHtml, Fault::HubGarbage, Fault::HubStatus(503)] {
        let sim = simulated().await;
        sim.set_fault(fault);

        let ended = home_of(&sim).run_with(&SIGN_IN, DEFAULT_PASSWORD).await;

        assert_eq!(ended.code, Some(4), "{fault:?}: {ended:?}");
    }
}

#[tokio::test]
async fn listening_without_a_keyring_ends_with_3_and_says_why() {
    let home = PrivateHome::new();

    let ended = home.run(&["listen"]).await;

    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("Password store is not available"), "{ended:?}");
    assert!(ended.stderr.contains("no password store is running"), "{ended:?}");
}

#[tokio::test]
async fn a_sign_in_without_a_keyring_says_that_it_will_be_asked_again() {
    let sim = simulated().await;
    let home = home_of(&sim);

    let ended = home.run_with(&SIGN_IN, &format!("{DEFAULT_PASSWORD}\n")).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("Signed in."), "{ended:?}");
    assert!(ended.stderr.contains("asked to sign in again"), "{ended:?}");
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn an_address_that_worked_is_kept_for_the_next_time() {
    let sim = simulated().await;
    let home = PrivateHome::new();
    let (hub_url, callback_url) = (sim.hub_url(), sim.callback_url());
    let addresses = ["--hub-url", hub_url.as_str(), "--callback-url", callback_url.as_str()];

    let first = home.run_with(&[&SIGN_IN[..], &addresses].concat(), DEFAULT_PASSWORD).await;
    let second = home.run_with(&SIGN_IN, DEFAULT_PASSWORD).await;

    assert_eq!((first.code, second.code), (Some(0), Some(0)), "{first:?} {second:?}");
    assert_eq!(sim.count(Call::SignIn), 2);
}

#[tokio::test]
async fn the_running_program_is_signed_in_and_out() {
    let sim = simulated().await;
    let home = home_of(&sim);
    let resident = home.start_resident().await;

    assert_eq!(home.run_with(&SIGN_IN, DEFAULT_PASSWORD).await.code, Some(0));
    let devices = sim.devices().len();
    within("the subscriptions", sim.wait_for_calls(Call::SubscribeEvent, devices)).await;
    let ended = home.run(&["sign-out"]).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(sim.count(Call::UnsubscribePush), devices);
    let status = only_line(&home.run(&["status", "--json"]).await);
    assert_eq!(status["connection"]["state"], "signedOut");
    assert!(status["account"].is_null(), "{status}");
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn the_words_follow_the_language() {
    let home = PrivateHome::new().with("THINQ_TRAY_LANGUAGE", "ko");

    let ended = home.run(&["pause"]).await;

    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("요."), "{ended:?}");
}

#[tokio::test]
async fn the_simulated_service_prints_its_addresses_and_ends_on_an_interrupt() {
    let home = PrivateHome::new();
    let mut running = home.start(&["simulate", "--speed", "0"]);

    let printed = running.line().await.unwrap();

    for (name, scheme) in [("hubUrl", "http"), ("callbackUrl", "ws")] {
        let url: url::Url = printed[name].as_str().unwrap().parse().unwrap();
        assert_eq!(url.scheme(), scheme);
        TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap();
    }
    assert!(printed["devices"].as_array().unwrap().len() >= 8);
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", printed["hubUrl"].as_str().unwrap())
        .with("THINQ_TRAY_CALLBACK_URL", printed["callbackUrl"].as_str().unwrap());
    let account = printed["account"].as_str().unwrap();
    let password = printed["password"].as_str().unwrap();
    let sign_in = ["sign-in", "--id", account, "--password-stdin"];
    assert_eq!(home.run_with(&sign_in, password).await.code, Some(0));

    running.interrupt();
    assert_eq!(running.finish().await, Some(0));
}

#[tokio::test]
async fn status_and_history_are_json_without_a_running_program() {
    let home = PrivateHome::new();

    let status = home.run(&["status", "--json"]).await;
    let history = home.run(&["history", "--json"]).await;

    assert_eq!((status.code, history.code), (Some(0), Some(0)), "{status:?} {history:?}");
    let [status] = &status.json()[..] else { panic!("{status:?}") };
    assert_eq!(status["running"], "no");
    assert!(status["isSignedIn"].is_null(), "there is no keyring: {status}");
    assert_eq!(status["unread"], 0);
    assert_eq!(history.stdout, "");
}

#[tokio::test]
async fn the_running_program_is_asked() {
    let home = PrivateHome::new();
    let mut running = listening_demo(&home).await;
    let code = push(&home, &mut running, "ASKED_FOR").await;

    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert_eq!(status["running"], "yes");
    assert_eq!(status["connection"]["state"], "listening");
    assert!(status["unread"].as_u64().unwrap() >= 1, "{status}");

    let found = only_line(&home.run(&["history", &code, "--demo", "--json"]).await);
    assert_eq!((found["code"].as_str(), found["device"].as_str()), (Some(&*code), Some("Dryer")));
    assert!(found["title"].as_str().is_some_and(|title| !title.is_empty()));

    assert_eq!(home.run(&["pause", "--demo", "--minutes", "5"]).await.code, Some(0));
    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert!(status["pausedUntilMs"].is_i64(), "{status}");

    assert_eq!(home.run(&["resume", "--demo"]).await.code, Some(0));
    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert!(status["pausedUntilMs"].is_null(), "{status}");

    assert_eq!(home.run(&["reconnect", "--demo"]).await.code, Some(0));
    assert_eq!(home.run(&["quit", "--demo"]).await.code, Some(0));
    assert_eq!(running.finish().await, Some(0));
    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert_eq!(status["running"], "no");
    assert!(status["lastEventAtMs"].is_i64(), "{status}");
    let kept = only_line(&home.run(&["history", &code, "--demo", "--json"]).await);
    assert_eq!(kept["code"], found["code"]);
}

#[tokio::test]
async fn the_demo_fills_in_its_own_country_in_any_locale() {
    let home = PrivateHome::new().with("LANG", "de_DE.UTF-8").with("LC_ALL", "de_DE.UTF-8");
    let running = listening_demo(&home).await;

    let answer = home.ask(DEMO, Request::SignInDefaults).await;

    let Some(Response::SignInDefaults { defaults }) = answer else { panic!("{answer:?}") };
    let Some(Response::Status { status }) = home.ask(DEMO, Request::Status).await else {
        panic!("the demo runs")
    };
    assert_eq!(Some(defaults.country), status.demo.map(|demo| demo.country));
    assert_eq!(home.run(&["quit", "--demo"]).await.code, Some(0));
    assert_eq!(running.finish().await, Some(0));
}

#[tokio::test]
async fn the_demo_has_a_home_of_one_language_with_both_providers() {
    for (locale, is_korean) in [("en_US.UTF-8", false), ("ko_KR.UTF-8", true)] {
        for provider in ["connect", "hub"] {
            let home = PrivateHome::new()
                .with("LANG", locale)
                .with("LC_ALL", locale)
                .with("THINQ_TRAY_PROVIDER", provider);
            let running = listening_demo(&home).await;

            let named = async {
                loop {
                    let answer = home.ask(DEMO, Request::Home).await;
                    if let Some(Response::Home { home }) = answer
                        && !home.devices.is_empty()
                    {
                        return home.devices.into_iter().map(|device| device.name);
                    }
                }
            };
            for name in within("the home", named).await {
                let has_latin = name.chars().any(|letter| letter.is_ascii_alphabetic());
                assert_eq!(has_latin, !is_korean, "{locale} {provider}: {name}");
                assert_eq!(name.is_ascii(), !is_korean, "{locale} {provider}: {name}");
            }
            running.interrupt();
            assert_eq!(running.finish().await, Some(0));
        }
    }
}

#[tokio::test]
async fn a_second_listener_says_that_one_runs() {
    let home = PrivateHome::new();
    let running = listening_demo(&home).await;

    let second = home.run(&["listen", "--demo"]).await;

    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains("running already"), "{second:?}");
    running.interrupt();
    assert_eq!(running.finish().await, Some(0));
}

#[tokio::test]
async fn what_a_killed_instance_left_is_taken_over() {
    let home = PrivateHome::new();
    let mut killed = listening_demo(&home).await;

    killed.kill().await;

    assert!(home.socket_path(DEMO).exists(), "a killed program cannot tidy up");
    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert_eq!(status["running"], "no");
    let next = listening_demo(&home).await;
    let status = only_line(&home.run(&["status", "--demo", "--json"]).await);
    assert_eq!(status["running"], "yes");
    next.interrupt();
    assert_eq!(next.finish().await, Some(0));
    assert!(!home.socket_path(DEMO).exists());
}

fn home_of(sim: &Sim) -> PrivateHome {
    PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str())
}

pub(crate) async fn listening_demo(home: &PrivateHome) -> Running {
    let mut running = home.start(&LISTEN_DEMO);
    running.listens().await;
    running
}

/// Triggers a push of the demo's dryer, waits until it is printed, and returns the code.
pub(crate) async fn push(home: &PrivateHome, running: &mut Running, code: &str) -> String {
    let answer = home.ask(DEMO, Request::SignInDefaults).await;
    let Some(Response::SignInDefaults { defaults }) = answer else { panic!("{answer:?}") };
    let hub_url = defaults.hub.hub_url.parse().expect("the demo's address is valid");
    // Before the dryer is subscribed, pushes are not delivered.
    let pushed = async { while push_by_hand(&hub_url, "Dryer", code).await.ok() == Some(0) {} };
    within("a subscription", pushed).await;
    while running.event().await.expect("the demo keeps running")["code"] != code {}
    code.to_owned()
}

pub(crate) fn only_line(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut lines = ended.json();
    assert_eq!(lines.len(), 1, "{ended:?}");
    lines.remove(0)
}
