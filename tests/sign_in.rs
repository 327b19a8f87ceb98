//! Sign-in, staying signed in, sign-out.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use model::{ConnectionState, KeyringState, ProblemCode};
use monitor::SignInError;
use secrecy::SecretString;
use thinq::{Hub, HubSettings};
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Fault, Sim, SimSettings};
use tokio::{net::TcpStream, time};

use crate::support::{Broken, Engine, MemoryKeyring, simulated, simulated_with, within};

#[tokio::test]
async fn the_right_password_listens_and_subscribes_every_device() {
    let sim = simulated().await;
    let engine = Engine::fresh(&sim);
    let mut heard = engine.hear();

    engine.sign_in(&sim).await.unwrap();

    engine.listens().await;
    engine.subscribes(&sim).await;
    let devices = sim.devices();
    let home: BTreeSet<String> = devices.iter().map(|device| device.id.clone()).collect();
    for call in [Call::SubscribePush, Call::SubscribeEvent] {
        assert_eq!(sim.count(call), home.len(), "{call:?}");
        assert_eq!(subscribed(&sim, call), home, "{call:?}");
    }
    assert_eq!(sim.count(Call::SignIn), 1);
    let status = engine.status();
    assert_eq!(status.devices as usize, home.len());
    assert_eq!(status.account.as_deref(), Some("d…@example.com"));
    assert_eq!(status.keyring, KeyringState::Available);
    assert!(engine.keyring.refresh_token().is_some());

    assert_eq!(sim.push(&devices[0].id, "WASHING_IS_COMPLETE"), 1);
    let added = heard.push("WASHING_IS_COMPLETE").await;
    assert_eq!(added.stored.event.device_name, devices[0].alias);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_named() {
    let sim = simulated().await;
    let engine = Engine::fresh(&sim);

    let refused = engine.sign_in_with(&sim, "wrong").await;

    assert_eq!(kind(refused), ProblemCode::WrongSignIn);
    assert_eq!(sim.count(Call::SignIn), 1);
    assert_eq!(sim.calls().len(), 1, "nothing else was asked: {:?}", sim.calls());
    assert_eq!(engine.keyring.saves(), 0);
    let status = engine.until("signed out", |status| !is_connecting(&status.connection)).await;
    assert_eq!(status.connection, ConnectionState::SignedOut);
}

#[tokio::test]
async fn a_failed_sign_in_leaves_the_running_session_alone() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();

    let refused = engine.sign_in_with(&sim, "wrong").await;

    assert_eq!(kind(refused), ProblemCode::WrongSignIn);
    engine.settles(&sim, &mut heard, "STILL_HERE").await;
    assert!(matches!(engine.status().connection, ConnectionState::Listening { .. }));
}

#[tokio::test]
async fn each_trouble_with_the_hub_has_its_own_kind() {
    let cases = [
        (Fault::HubHtml, ProblemCode::HubUnknown),
        (Fault::HubGarbage, ProblemCode::HubUnknown),
        (Fault::HubStatus(404), ProblemCode::HubUnknown),
        (Fault::HubStatus(503), ProblemCode::HubUnreachable),
        (Fault::AccountLocked, ProblemCode::WrongSignIn),
        (Fault::HubDown, ProblemCode::HubUnreachable),
    ];
    for (fault, expected) in cases {
        let sim = simulated().await;
        let engine = Engine::fresh(&sim);
        sim.set_fault(fault);
        if fault == Fault::HubDown {
            within("a closed port", refuses(&sim)).await;
        }

        let failed = within("an answer", engine.sign_in(&sim)).await;

        assert_eq!(kind(failed), expected, "{fault:?}");
        assert!(sim.count(Call::SignIn) <= 1, "{fault:?} is no reason to repeat the password");
    }
}

#[tokio::test]
async fn a_hub_that_never_answers_is_given_up() {
    let sim = simulated().await;
    let engine = Engine::fresh(&sim);
    sim.set_fault(Fault::HubSlow(Duration::from_mins(5)));

    time::pause();
    let failed = engine.sign_in(&sim).await;

    assert_eq!(kind(failed), ProblemCode::HubTimedOut);
}

#[tokio::test]
async fn terms_and_too_many_calls_have_their_own_kind() {
    let cases = [
        (Fault::TermsRefused, ProblemCode::Terms),
        (Fault::RateLimited, ProblemCode::TooManyCalls),
    ];
    for (fault, expected) in cases {
        let sim = simulated().await;
        let hub = Hub::new(HubSettings::new(sim.hub_url())).unwrap();
        let password = SecretString::from(DEFAULT_PASSWORD);
        let tokens = hub.sign_in(DEFAULT_ACCOUNT, &password).await.unwrap();
        sim.set_fault(fault);

        let refused = hub.devices(&tokens.access).await;

        assert_eq!(refused.unwrap_err().kind(), expected);
    }
}

#[tokio::test]
async fn a_home_that_may_not_be_read_is_asked_for_once_listened_to_and_told_of() {
    let cases = [
        (Fault::TermsRefused, ProblemCode::Terms),
        (Fault::RateLimited, ProblemCode::TooManyCalls),
    ];
    for (fault, expected) in cases {
        let sim = simulated().await;
        sim.set_fault(fault);
        let engine = Engine::listening(&sim).await;
        let mut heard = engine.hear();
        within("the list call", sim.wait_for_calls(Call::Devices, 1)).await;

        engine.settles(&sim, &mut heard, "HEARD_ALL_THE_SAME").await;

        assert_eq!(sim.count(Call::Devices), 1, "{fault:?}");
        assert_eq!(sim.count(Call::SubscribePush), 0, "{fault:?}");
        let told = engine
            .until("the trouble", |status| {
                status.home_problem.as_ref().map(|problem| problem.code) == Some(expected)
            })
            .await;
        drop(told);

        // Once the cause is gone, a retry succeeds.
        sim.clear_faults();
        engine.monitor.reconnect().await;
        engine
            .until("the home", |status| status.home_problem.is_none() && status.devices > 0)
            .await;
    }
}

#[tokio::test]
async fn the_secret_of_the_keys_is_kept_for_its_hub_and_for_no_other() {
    let keys = Some(("id".to_owned(), "key-secret".to_owned()));
    let home =
        simulated_with(SimSettings { emp_keys: keys.clone(), ..SimSettings::default() }).await;
    let other = simulated_with(SimSettings { emp_keys: keys, ..SimSettings::default() }).await;
    let engine = Engine::fresh(&home);

    engine.sign_in_with_keys(&home, "id", Some("key-secret")).await.unwrap();
    engine.sign_in_with_keys(&home, "id", None).await.unwrap();
    let refused = engine.sign_in_with_keys(&other, "id", None).await;

    assert_eq!(kind(refused), ProblemCode::WrongSignIn);
}

#[tokio::test]
async fn a_refresh_without_a_refresh_token_keeps_the_old_one() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    // Afterwards only the callback uses the token.
    within("the states", sim.wait_for_calls(Call::State, sim.devices().len())).await;
    let first = engine.keyring.refresh_token();

    for round in 1..=2 {
        let handshakes = sim.count(Call::Handshake);
        sim.expire_tokens();
        sim.close_all(1000);
        // The expired token is rejected, the new one accepted.
        engine.listens_again(&sim, handshakes + 2).await;

        assert_eq!(sim.count(Call::Refresh), round);
    }

    assert_eq!(engine.keyring.refresh_token(), first);
    assert_eq!(engine.keyring.saves(), 1);
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_and_opens_the_next_run() {
    let settings = SimSettings { rotates_refresh_token: true, ..SimSettings::default() };
    let sim = simulated_with(settings).await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    // Afterwards only the callback uses the token.
    within("the states", sim.wait_for_calls(Call::State, sim.devices().len())).await;
    let first = engine.keyring.refresh_token();

    sim.expire_tokens();
    sim.close_all(1000);
    engine.listens_again(&sim, 3).await;

    assert_ne!(engine.keyring.refresh_token(), first);
    let keyring = Arc::clone(&engine.keyring);
    engine.stop().await;
    let next = Engine::with_keyring(&sim, keyring);
    next.listens().await;
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn a_kept_sign_in_resumes_with_one_refresh_and_no_password() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let keyring = Arc::clone(&engine.keyring);
    engine.stop().await;
    within("the old socket's end", sim.wait_for_sockets(0)).await;

    let next = Engine::with_keyring(&sim, keyring);

    next.listens().await;
    let all = sim.wait_for_calls(Call::SubscribeEvent, 2 * sim.devices().len());
    within("the subscriptions", all).await;
    assert_eq!(sim.count(Call::SignIn), 1);
    assert_eq!(sim.count(Call::Refresh), 1, "listener and home share one refresh");
    assert_eq!(next.status().account.as_deref(), Some("d…@example.com"));
}

#[tokio::test]
async fn a_refused_refresh_asks_for_a_sign_in_and_leaves_the_hub_alone() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let keyring = Arc::clone(&engine.keyring);
    engine.stop().await;
    sim.revoke_tokens();

    let next = Engine::with_keyring(&sim, keyring);
    let status = next.until("a refusal", |status| needs_sign_in(&status.connection)).await;
    next.monitor.reconnect().await;
    next.monitor.sign_out().await.unwrap();

    let ConnectionState::SignInNeeded { problem } = status.connection else { unreachable!() };
    assert_eq!(problem.code, ProblemCode::TokenRefused);
    assert_eq!(sim.count(Call::Refresh), 1);
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn a_session_that_the_service_ends_asks_for_a_sign_in_and_a_new_one_listens() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;

    sim.revoke_tokens();
    sim.reset_all();
    engine.until("a refusal", |status| needs_sign_in(&status.connection)).await;

    assert_eq!(sim.count(Call::Refresh), 1);
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
}

#[tokio::test]
async fn without_a_keyring_the_session_works_and_says_so() {
    let cases = [
        (Broken::Missing, KeyringState::Missing, ConnectionState::KeyringUnavailable),
        (Broken::Locked, KeyringState::Locked, ConnectionState::KeyringLocked),
        (Broken::NotSetUp, KeyringState::NotSetUp, ConnectionState::KeyringUnavailable),
    ];
    for (broken, expected, connection) in cases {
        let sim = simulated().await;
        let engine = Engine::with_keyring(&sim, MemoryKeyring::broken(broken));
        let before =
            engine.until("the keyring's answer", |status| status.keyring == expected).await;
        assert_eq!(before.connection, connection);
        let mut heard = engine.hear();

        engine.sign_in(&sim).await.unwrap();

        engine.listens().await;
        assert_eq!(engine.status().keyring, expected);
        engine.settles(&sim, &mut heard, "HEARD_FROM_MEMORY").await;
    }
}

#[tokio::test]
async fn a_sign_in_before_the_keyring_opens_is_kept_once_it_has_opened() {
    for broken in [Broken::Missing, Broken::Locked, Broken::NotSetUp] {
        let sim = simulated().await;
        let engine = Engine::with_keyring(&sim, MemoryKeyring::broken(broken));
        engine.sign_in(&sim).await.unwrap();
        engine.listens().await;
        assert!(engine.keyring.refresh_token().is_none());
        assert_ne!(engine.status().keyring, KeyringState::Available);

        engine.keyring.set_broken(None);
        time::pause();
        engine.until("the keyring", |status| status.keyring == KeyringState::Available).await;
        time::resume();

        assert!(engine.keyring.refresh_token().is_some(), "{broken:?}");
        assert_eq!(sim.count(Call::SignIn), 1);
    }
}

#[tokio::test]
async fn a_locked_keyring_prompts_once_and_then_only_for_the_user() {
    let sim = simulated().await;
    let keyring = MemoryKeyring::empty();
    Engine::with_keyring(&sim, Arc::clone(&keyring)).sign_in(&sim).await.unwrap();
    keyring.set_broken(Some(Broken::Locked));
    let engine = Engine::with_keyring(&sim, Arc::clone(&keyring));
    let is_locked =
        |status: &monitor::EngineStatus| status.connection == ConnectionState::KeyringLocked;
    let is_asked = async |count| {
        while keyring.prompts() < count {
            time::sleep(Duration::from_millis(5)).await;
        }
    };

    engine.until("the locked keyring", is_locked).await;
    is_asked(1).await;
    time::pause();
    time::sleep(Duration::from_hours(1)).await;
    time::resume();
    assert_eq!(keyring.prompts(), 1);

    engine.monitor.reconnect().await;
    is_asked(2).await;

    keyring.set_broken(None);
    engine.listens().await;
    assert_eq!(keyring.prompts(), 2);
}

#[tokio::test]
async fn who_signs_out_while_the_keyring_is_locked_is_forgotten_once_it_has_opened() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;

    engine.keyring.set_broken(Some(Broken::Locked));
    assert!(engine.monitor.sign_out().await.is_err());
    assert!(engine.keyring.refresh_token().is_some());
    assert_eq!(engine.status().keyring, KeyringState::Locked);
    engine.keyring.set_broken(None);
    time::pause();
    while engine.keyring.refresh_token().is_some() {
        time::sleep(Duration::from_secs(1)).await;
    }

    assert_eq!(engine.status().connection, ConnectionState::SignedOut);
    assert_eq!(sim.count(Call::SignIn), 1);
}

#[tokio::test]
async fn signing_out_gives_the_subscriptions_back_and_forgets() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let devices = sim.devices().len();

    engine.monitor.sign_out().await.unwrap();

    assert_eq!(sim.count(Call::UnsubscribePush), devices);
    assert_eq!(sim.count(Call::UnsubscribeEvent), devices);
    assert!(engine.keyring.refresh_token().is_none());
    assert!(engine.monitor.sign_in_kept().is_none());
    let status = engine.status();
    assert_eq!((status.connection, status.account), (ConnectionState::SignedOut, None));
    within("the socket's end", sim.wait_for_sockets(0)).await;
    assert_eq!(sim.push(&sim.devices()[0].id, "WASHING_IS_COMPLETE"), 0);
}

#[tokio::test]
async fn a_token_that_the_callback_refuses_once_is_refreshed_once() {
    let sim = simulated().await;
    sim.set_fault(Fault::TokenRefusedOnce);

    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;

    assert_eq!(sim.count(Call::Refresh), 1);
    assert_eq!(sim.count(Call::Handshake), 2);
}

fn kind(result: Result<(), SignInError>) -> ProblemCode {
    match result.expect_err("the sign-in fails") {
        SignInError::Service(error) => error.kind(),
        SignInError::NoRefreshToken => panic!("the service gave no refresh token"),
    }
}

fn subscribed(sim: &Sim, call: Call) -> BTreeSet<String> {
    let calls = sim.calls().into_iter().filter(|record| record.call == call);
    calls.filter_map(|record| record.device_id).collect()
}

fn is_connecting(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::Connecting)
}

fn needs_sign_in(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::SignInNeeded { .. })
}

/// The port closes shortly after the request to close it.
async fn refuses(sim: &Sim) {
    let port = sim.hub_url().port().expect("the simulated hub has a port");
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {}
}
