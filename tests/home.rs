//! The home: its devices, their states, and their subscriptions; a cycle end without a push is
//! inferred and notified.
//!
//! Long, since each behaviour of a home has its own scenario.

use std::{sync::Arc, time::Duration};

use model::{ControlAction, Device, DeviceId, Home, Phase, Subscription};
use monitor::{ControlError, Store};
use serde_json::json;
use thinq_sim::{Call, Fault, Sim, SimDevice};
use tokio::time;

use crate::support::{ClosingHub, Engine, Heard, MemoryKeyring, TestClock, simulated, within};

const MINUTE: Duration = Duration::from_mins(1);

impl Engine {
    async fn home(&self, what: &str, is_so: impl Fn(&Home) -> bool) -> Home {
        let mut home = self.monitor.home();
        let reached = within(what, home.wait_for(|home| is_so(home))).await;
        reached.expect("the engine outlives its test").clone()
    }

    /// Waits until everything is subscribed and every state was read.
    async fn knows_its_home(&self) -> Home {
        let is_known = |appliance: &Device| {
            appliance.push == Subscription::Active
                && appliance.events != Subscription::Pending
                && appliance.seen_at_ms.is_some()
        };
        self.home("the home", |home| !home.devices.is_empty() && home.devices.iter().all(is_known))
            .await
    }
}

impl Heard {
    /// The codes of all notified events until everything sent so far has been processed.
    async fn next_codes(&mut self, engine: &Engine, sim: &Sim, marker: &str) -> Vec<String> {
        let mut until = engine.hear();
        engine.settles(sim, &mut until, marker).await;
        let mut codes = Vec::new();
        while codes.last().is_none_or(|code| code != marker) {
            codes.push(self.next().await.stored.event.code);
        }
        codes
    }
}

async fn pass(passed: Duration) {
    time::pause();
    time::advance(passed).await;
    time::resume();
}

fn of_type<'a>(home: &'a Home, device_type: &str) -> &'a Device {
    let mut appliances = home.devices.iter();
    appliances.find(|each| each.device_type == device_type).expect("the home has one of each")
}

fn washing(run_state: &str, minutes: u32) -> serde_json::Value {
    json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state },
             "timer": { "remainHour": 0, "remainMinute": minutes, "totalHour": 1, "totalMinute": 0 } }])
}

#[tokio::test]
async fn every_appliance_is_there_with_its_subscriptions_and_its_state() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;

    let home = engine.knows_its_home().await;

    assert_eq!(home.devices.len(), sim.devices().len());
    assert_eq!(of_type(&home, "DEVICE_WASHER").name, "세탁기");
    assert_eq!(of_type(&home, "DEVICE_WASHER").events, Subscription::Active);
    let purifier = of_type(&home, "DEVICE_WATER_PURIFIER");
    assert_eq!(purifier.events, Subscription::Unsupported, "LG answers 1214");
    let tower = of_type(&home, "DEVICE_WASHTOWER");
    let places: Vec<_> = tower.parts.iter().map(|part| part.place.as_str()).collect();
    assert_eq!(places, ["washer", "dryer"]);
    assert_eq!(sim.count(Call::Devices), 1);
}

#[tokio::test]
async fn names_and_states_are_there_after_a_restart_without_the_service() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let (keyring, clock) = (MemoryKeyring::empty(), TestClock::default());
    let store = Store::open(&path).unwrap();
    let engine = Engine::start(&sim, Arc::clone(&keyring), store, &clock);
    engine.sign_in(&sim).await.unwrap();
    let known = engine.knows_its_home().await;
    engine.stop().await;
    sim.set_fault(Fault::HubDown);

    let engine = Engine::start(&sim, keyring, Store::open(&path).unwrap(), &clock);

    let home = engine.home("the kept home", |home| !home.devices.is_empty()).await;
    let names = |home: &Home| {
        home.devices.iter().map(|appliance| appliance.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&home), names(&known));
    assert_eq!(of_type(&home, "DEVICE_WASHER").parts, of_type(&known, "DEVICE_WASHER").parts);
}

#[tokio::test]
async fn a_report_shows_what_runs_and_when_it_is_ready() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();

    sim.report(washer.as_str(), &washing("RINSING", 23));

    let is_rinsing = |home: &Home| {
        home.find(&washer).is_some_and(|w| w.parts[0].run_state.as_deref() == Some("RINSING"))
    };
    let home = engine.home("the report", is_rinsing).await;
    let part = &home.find(&washer).unwrap().parts[0];
    let progress = part.progress.unwrap();
    assert_eq!((part.phase, progress.remaining_minutes), (Phase::Running, 23));
    assert_eq!(progress.total_minutes, Some(60));
    assert_eq!(progress.ends_at_ms, engine.clock.now_ms() + 23 * 60_000);
}

#[tokio::test]
async fn a_device_that_is_switched_off_is_given_back_and_stays_off() {
    let sim = simulated().await;
    let keyring = MemoryKeyring::empty();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let store = Store::open(&path).unwrap();
    let engine = Engine::start(&sim, Arc::clone(&keyring), store, &clock);
    engine.sign_in(&sim).await.unwrap();
    let home = engine.knows_its_home().await;
    let dryer = of_type(&home, "DEVICE_DRYER").id.clone();
    let is_off = |home: &Home| {
        home.find(&dryer).is_some_and(|a| !a.is_watched && a.push == Subscription::Off)
    };

    engine.monitor.watch_device(&dryer, false).await.unwrap();
    engine.home("the end of its subscriptions", is_off).await;
    assert_eq!(sim.push(dryer.as_str(), "DRYING_IS_COMPLETE"), 0, "nothing is sent for it");
    engine.stop().await;

    let engine = Engine::start(&sim, keyring, Store::open(&path).unwrap(), &clock);
    engine.home("the home again", is_off).await;
    assert_eq!(sim.push(dryer.as_str(), "DRYING_IS_COMPLETE"), 0);

    engine.monitor.watch_device(&dryer, true).await.unwrap();
    engine
        .home("its subscriptions", |home| {
            home.find(&dryer).is_some_and(|a| a.push == Subscription::Active)
        })
        .await;
    engine.listens().await;
    assert_eq!(sim.push(dryer.as_str(), "DRYING_IS_COMPLETE"), 1);
}

#[tokio::test]
async fn an_unknown_kind_of_appliance_joins_and_leaves() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.knows_its_home().await;
    let kettle = SimDevice {
        id: String::from("kettle-1"),
        device_type: String::from("DEVICE_KETTLE"),
        alias: String::from("주전자"),
    };
    let id = DeviceId::new("kettle-1");

    sim.register(&kettle);
    let home = engine.home("the kettle", |home| home.find(&id).is_some()).await;
    assert_eq!(home.find(&id).unwrap().name, "주전자");

    sim.unregister(&kettle.id);
    engine.home("its leaving", |home| home.find(&id).is_none()).await;
}

#[tokio::test]
async fn an_error_is_an_event_and_shown_until_it_goes() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    let mut heard = engine.hear();
    let mut stuck = washing("ERROR", 39);
    stuck[0]["error"] = json!("WATER_DRAIN_ERROR");
    let error = |home: &Home| home.find(&washer).and_then(|w| w.parts[0].error.clone());

    sim.report(washer.as_str(), &stuck);

    let added = heard.push("WATER_DRAIN_ERROR").await;
    assert_eq!(added.stored.event.category, model::Category::Failed);
    assert_eq!(added.stored.event.device_name, "세탁기");
    engine.home("the error", |home| error(home).is_some()).await;
    // The push about the same problem is not a second event.
    sim.push(washer.as_str(), "ERROR_DURING_WASHING");
    engine.settles(&sim, &mut heard, "MARKER").await;
    assert_eq!(engine.find(Some("ERROR")).len(), 1);

    sim.report(washer.as_str(), &washing("SPINNING", 9));
    engine.home("its end", |home| error(home).is_none()).await;
}

#[tokio::test]
async fn a_forgotten_ending_is_told_from_the_state_once() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    let mut heard = engine.hear();
    sim.report(washer.as_str(), &washing("RUNNING", 30));
    engine.settles(&sim, &mut heard, "BEFORE").await;
    engine.clock.advance(30 * MINUTE);

    sim.report(washer.as_str(), &washing("END", 0));
    engine.settles(&sim, &mut heard, "MARKER").await;
    assert!(engine.find(Some("WASHING_IS_COMPLETE")).is_empty(), "it waits for its push");
    engine.clock.advance(MINUTE);
    time::pause();
    time::advance(2 * MINUTE).await;
    time::resume();

    let told = heard.push("WASHING_IS_COMPLETE").await.stored;
    assert!(told.event.is_from_state);
    // A late push about the same ending is not notified again.
    engine.listens().await;
    engine.clock.advance(MINUTE);
    assert_eq!(sim.push(washer.as_str(), "WASHING_IS_COMPLETE"), 1);
    let after = heard.next_codes(&engine, &sim, "AFTER").await;
    assert_eq!(after, ["AFTER"], "one ending is notified once");
    assert_eq!(engine.find(Some("WASHING_IS_COMPLETE")).len(), 1);
}

#[tokio::test]
async fn an_ending_that_waits_for_its_push_is_told_after_a_restart() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let (keyring, clock) = (MemoryKeyring::empty(), TestClock::default());
    let store = Store::open(&path).unwrap();
    let engine = Engine::start(&sim, Arc::clone(&keyring), store, &clock);
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    let mut heard = engine.hear();
    sim.report(washer.as_str(), &washing("RUNNING", 30));
    engine.settles(&sim, &mut heard, "BEFORE").await;
    clock.advance(30 * MINUTE);
    sim.report(washer.as_str(), &washing("END", 0));
    engine.settles(&sim, &mut heard, "ENDED").await;
    let ended_at_ms = clock.now_ms();
    assert!(engine.find(Some("WASHING_IS_COMPLETE")).is_empty(), "it waits for its push");
    engine.stop().await;
    clock.advance(2 * MINUTE);

    let engine = Engine::start(&sim, keyring, Store::open(&path).unwrap(), &clock);
    let mut heard = engine.hear();

    let told = heard.push("WASHING_IS_COMPLETE").await.stored;
    assert!(told.event.is_from_state);
    assert_eq!(told.event.received_at_ms, ended_at_ms, "it is notified with its end time");
    engine.listens().await;
    engine.settles(&sim, &mut heard, "MARKER").await;
    assert_eq!(engine.find(Some("WASHING_IS_COMPLETE")).len(), 1);
}

#[tokio::test]
async fn a_used_up_quota_of_status_reports_is_said_and_pushes_go_on() {
    let sim = simulated().await;
    sim.set_fault(Fault::EventsUsedUp);
    let engine = Engine::listening(&sim).await;

    let home = engine.knows_its_home().await;

    let washer = of_type(&home, "DEVICE_WASHER");
    let Subscription::Failed { problem } = &washer.events else { panic!("{:?}", washer.events) };
    assert_eq!(problem.api_code.as_deref(), Some("1312"));
    assert!(!washer.parts.is_empty(), "its state is still read");
    assert_eq!(of_type(&home, "DEVICE_WATER_PURIFIER").events, Subscription::Unsupported);
    let mut heard = engine.hear();
    assert_eq!(sim.push(washer.id.as_str(), "WASHING_IS_COMPLETE"), 1);
    heard.push("WASHING_IS_COMPLETE").await;
    // Once the user has freed a slot, the subscription can be retried on request.
    sim.clear_faults();
    engine.monitor.read_home().await;
    let id = washer.id.clone();
    let has_events = |home: &Home| home.find(&id).unwrap().events == Subscription::Active;
    engine.home("the status reports", has_events).await;
}

#[tokio::test]
async fn an_appliance_that_keeps_failing_holds_up_no_other_and_is_asked_for_again() {
    let sim = simulated().await;
    sim.set_fault(Fault::FirstApplianceFails);
    let failing = DeviceId::new(sim.devices()[0].id.clone());
    let engine = Engine::listening(&sim).await;

    let others_are_known = |home: &Home| {
        let mut others = home.devices.iter().filter(|appliance| appliance.id != failing);
        others.clone().next().is_some()
            && others.all(|each| each.push == Subscription::Active && each.seen_at_ms.is_some())
    };
    let home = engine.home("the others", others_are_known).await;

    let failed = home.find(&failing).unwrap();
    assert!(matches!(&failed.push, Subscription::Failed { .. }), "{:?}", failed.push);
    engine.until("the trouble", |status| status.home_problem.is_some()).await;
    let count = |call| {
        let of_others = |record: &thinq_sim::CallRecord| {
            record.device_id.as_deref().is_some_and(|id| id != failing.as_str())
        };
        sim.calls().iter().filter(|record| record.call == call && of_others(record)).count()
    };
    let asked = [Call::SubscribePush, Call::SubscribeEvent, Call::State].map(count);
    // It is retried automatically, and alone.
    pass(MINUTE).await;
    let again = sim.wait_for_calls(Call::SubscribePush, sim.devices().len() + 1);
    within("another attempt", again).await;
    engine.listens().await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "MARKER").await;
    sim.clear_faults();
    pass(2 * MINUTE).await;
    engine.knows_its_home().await;
    engine.until("no trouble", |status| status.home_problem.is_none()).await;
    assert_eq!([Call::SubscribePush, Call::SubscribeEvent, Call::State].map(count), asked);
    assert!(sim.count(Call::Devices) <= 2, "once, and once for the device of the marker");
}

#[tokio::test]
async fn an_appliance_that_fails_keeps_no_other_from_being_renewed() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let active = home.devices.iter().filter(|each| each.events == Subscription::Active).count();
    let subscribed = sim.count(Call::SubscribeEvent);
    sim.set_fault(Fault::FirstApplianceFails);

    engine.clock.advance(23 * 60 * MINUTE);
    engine.monitor.woke();

    let renewed = sim.wait_for_calls(Call::SubscribeEvent, subscribed + active);
    within("the renewal", renewed).await;
    let states = sim.wait_for_calls(Call::State, 2 * home.devices.len());
    within("the states after the gap", states).await;
}

#[tokio::test]
async fn events_that_ran_out_during_sleep_are_renewed_with_the_wake() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let is_active = |appliance: &&Device| appliance.events == Subscription::Active;
    let active = home.devices.iter().filter(is_active).count();
    let subscribed = sim.count(Call::SubscribeEvent);

    // After a short sleep they are only verified.
    engine.clock.advance(60 * MINUTE);
    let listed = sim.count(Call::ListEvent);
    engine.monitor.woke();
    within("reading them", sim.wait_for_calls(Call::ListEvent, listed + 1)).await;
    engine.knows_its_home().await;
    assert_eq!(sim.count(Call::SubscribeEvent), subscribed);

    engine.clock.advance(23 * 60 * MINUTE);
    engine.monitor.woke();
    let renewed = sim.wait_for_calls(Call::SubscribeEvent, subscribed + active);
    within("their renewal", renewed).await;
}

#[tokio::test]
async fn a_command_is_done_once_the_appliance_reports_it() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    sim.report(washer.as_str(), &washing("INITIAL", 0));

    engine.monitor.control_device(&washer, "MAIN", ControlAction::Start).await.unwrap();
    let details = engine.monitor.device(&washer).await.unwrap().unwrap();
    assert_eq!(details.device.parts[0].phase, Phase::Running);
    let can = |action| details.controls.iter().any(|c| c.action == action && c.is_available);
    assert!(can(ControlAction::Stop) && !can(ControlAction::Start));

    engine.monitor.control_device(&washer, "MAIN", ControlAction::Stop).await.unwrap();
    assert_eq!(sim.state(washer.as_str()).unwrap()[0]["runState"]["currentState"], "INITIAL");
    assert_eq!(sim.count(Call::Control), 2);
    assert_eq!(sim.count(Call::Profile), 1, "a profile is read once");
}

#[tokio::test]
async fn a_refused_command_says_why_and_is_sent_once() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    let off = json!([{ "location": { "locationName": "MAIN" },
                       "remoteControlEnable": { "remoteControlEnabled": false } }]);
    sim.report(washer.as_str(), &off);

    let refused = engine.monitor.control_device(&washer, "MAIN", ControlAction::Start).await;

    let Err(ControlError::Service(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.api_code(), Some("2301"));
    assert_eq!(sim.count(Call::Control), 1);
    let unknown = engine.monitor.control_device(&washer, "MAIN", ControlAction::PowerOn).await;
    assert!(matches!(unknown, Err(ControlError::NotPossible)), "{unknown:?}");
}

#[tokio::test]
async fn an_appliance_that_does_not_follow_is_said_to_after_15_seconds() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let home = engine.knows_its_home().await;
    let washer = of_type(&home, "DEVICE_WASHER").id.clone();
    sim.report(washer.as_str(), &washing("INITIAL", 0));
    let is_ready = |home: &Home| home.find(&washer).unwrap().parts[0].phase == Phase::Idle;
    engine.home("the report", is_ready).await;
    sim.set_fault(Fault::CommandsLost);
    let states = sim.count(Call::State);
    let mut heard = engine.hear();

    let (done, ()) =
        tokio::join!(engine.monitor.control_device(&washer, "MAIN", ControlAction::Start), async {
            within("the command", sim.wait_for_calls(Call::Control, 1)).await;
            // Frames and command responses take separate paths.
            engine.settles(&sim, &mut heard, "ANSWERED").await;
            engine.settles(&sim, &mut heard, "WAITING").await;
            assert_eq!(sim.count(Call::State), states, "no additional state read");
            time::pause();
            time::advance(Duration::from_secs(15)).await;
            time::resume();
        });

    assert!(matches!(done, Err(ControlError::NoNewState)), "{done:?}");
    assert_eq!(sim.count(Call::Control), 1, "a command is sent once");
    assert_eq!(sim.count(Call::State), states + 1, "its report may have been lost");
}

#[tokio::test]
async fn signing_out_forgets_what_appliances_do_and_gives_everything_back() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.knows_its_home().await;

    engine.monitor.sign_out().await.unwrap();

    assert!(engine.monitor.home().borrow().devices.is_empty());
    assert_eq!(sim.count(Call::UnsubscribePush), sim.devices().len());
    assert_eq!(sim.count(Call::UnsubscribeEvent), sim.devices().len());
}

#[tokio::test]
async fn a_hub_that_closes_after_each_answer_delays_no_subscription() {
    let sim = simulated().await;
    let address = sim.hub_url().socket_addrs(|| None).unwrap()[0];
    let hub = ClosingHub::before(address).await;
    let engine = Engine::fresh(&sim);

    engine.sign_in_through(&sim, hub.url.clone()).await.unwrap();

    engine.knows_its_home().await;
    let devices = sim.devices().len();
    assert_eq!(sim.count(Call::SubscribePush), devices, "no call was made twice");
    assert_eq!(engine.status().home_problem, None);
}
