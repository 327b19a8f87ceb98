//! Decisions about events, and reminders: the engine against a simulated service, with a clock set
//! by the test.

use std::time::Duration;

use model::{DeviceId, NotificationRules, QuietHours, Reminders, Rule, Treatment, UnixMs, Weekday};
use monitor::{EngineUpdate, EventId, Store};
use serde_json::json;
use thinq_sim::{RawFrame, Sim, SimDevice};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::support::{Engine, Heard, MemoryKeyring, TestClock, push_frame, simulated, within};

const MINUTE: Duration = Duration::from_mins(1);

/// A washer with subscribed pushes.
async fn home() -> (Sim, Engine, SimDevice) {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let washer = washer(&sim);
    (sim, engine, washer)
}

fn washer(sim: &Sim) -> SimDevice {
    let devices = sim.devices();
    devices
        .into_iter()
        .find(|device| device.device_type == "DEVICE_WASHER")
        .expect("the home has a washer")
}

/// Sends pushes of several devices at once and returns the decision for each.
async fn decisions(sim: &Sim, heard: &mut Heard, codes: &[&str]) -> Vec<String> {
    for (number, code) in codes.iter().enumerate() {
        let device = format!("device-{code}-{number}");
        sim.send_raw(RawFrame::Text(push_frame(&format!("id-{device}"), &device, code)));
    }
    let mut decisions = Vec::new();
    for _ in codes {
        decisions.push(heard.next().await.stored.decision);
    }
    decisions
}

/// Triggers the engine's periodic clock check.
fn look_at_clock(engine: &Engine) {
    engine.monitor.set_rules(engine.monitor.rules());
}

async fn next_told(
    told: &mut broadcast::Receiver<EngineUpdate>,
    is_wanted: impl Fn(&EngineUpdate) -> bool,
) -> EngineUpdate {
    loop {
        match within("an update of the engine", told.recv()).await {
            Ok(event) if is_wanted(&event) => return event,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => panic!("the engine stopped"),
        }
    }
}

async fn next_reminder(told: &mut broadcast::Receiver<EngineUpdate>) -> String {
    let event = next_told(told, |event| matches!(event, EngineUpdate::Reminder(_))).await;
    let EngineUpdate::Reminder(stored) = event else { unreachable!() };
    stored.event.code
}

async fn next_settled(told: &mut broadcast::Receiver<EngineUpdate>) -> Vec<EventId> {
    let event = next_told(told, |event| matches!(event, EngineUpdate::Settled(_))).await;
    let EngineUpdate::Settled(ids) = event else { unreachable!() };
    ids
}

#[tokio::test]
async fn of_a_burst_three_are_shown_one_by_one_and_the_others_counted() {
    let (sim, engine, _) = home().await;
    let mut heard = engine.hear();

    let burst = ["A_NEW_CODE"; 5];
    let shown = decisions(&sim, &mut heard, &burst).await;
    let leak = decisions(&sim, &mut heard, &["WATER_LEAK_HAS_OCCURRED"]).await;
    engine.clock.advance(Duration::from_secs(10));
    let later = decisions(&sim, &mut heard, &["ANOTHER_CODE"]).await;

    assert_eq!(shown, ["notify", "notify", "notify", "counted", "counted"]);
    assert_eq!(leak, ["notify"], "safety events are not merged with others");
    assert_eq!(later, ["notify"]);
    assert_eq!(engine.history().len(), 7, "all are in the history");
}

#[tokio::test]
async fn rules_decide_and_what_is_ignored_is_not_new() {
    let (sim, engine, washer) = home().await;
    let device = Some(DeviceId::new(&washer.id));
    let rule = |device_id, treatment| Rule { device_id, category: None, severity: None, treatment };
    engine.monitor.set_rules(NotificationRules {
        rules: vec![rule(None, Treatment::HistoryOnly), rule(device, Treatment::Ignore)],
        ..NotificationRules::default()
    });
    let mut heard = engine.hear();

    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    let ignored = heard.next().await.stored;
    let others = decisions(&sim, &mut heard, &["WASHING_IS_COMPLETE"]).await;

    assert_eq!((ignored.decision.as_str(), ignored.is_read), ("ignored", true));
    assert_eq!(others, ["rule"]);
    engine.until("one new event", |status| status.unread == 1).await;
}

#[tokio::test]
async fn quiet_hours_begin_and_end_by_the_clock_and_safety_breaks_through() {
    let (sim, engine, _) = home().await;
    let mut told = engine.monitor.events();
    let mut heard = engine.hear();
    // The test clock is at 08:00 UTC on a Friday.
    engine.monitor.set_rules(NotificationRules {
        quiet_hours: QuietHours {
            is_on: true,
            from_minute: 9 * 60,
            until_minute: 10 * 60,
            weekdays: vec![Weekday::Friday],
        },
        ..NotificationRules::default()
    });
    assert_eq!(decisions(&sim, &mut heard, &["FIRST_CODE"]).await, ["notify"]);
    assert_eq!(engine.status().quiet_until_ms, None);

    engine.clock.advance(60 * MINUTE);
    look_at_clock(&engine);
    let until_ms = engine.clock.now_ms() + 60 * 60 * 1000;
    engine.until("quiet", |status| status.quiet_until_ms == Some(until_ms)).await;
    let quiet = decisions(&sim, &mut heard, &["SECOND_CODE", "FIRE_IS_DETECTED"]).await;
    engine.clock.advance(60 * MINUTE);
    look_at_clock(&engine);

    assert_eq!(quiet, ["quietHours", "notifyUrgently"]);
    next_told(&mut told, |event| matches!(event, EngineUpdate::HoldEnded)).await;
    assert_eq!(engine.status().quiet_until_ms, None);
    let held = engine.monitor.store().held_back(0).unwrap();
    let codes: Vec<_> = held.iter().map(|stored| stored.event.code.as_str()).collect();
    assert_eq!(codes, ["SECOND_CODE"], "one digest contains these");
}

#[tokio::test]
async fn a_finished_wash_comes_again_three_times_and_others_do_not() {
    let (sim, engine, washer) = home().await;
    let mut told = engine.monitor.events();
    let mut heard = engine.hear();
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    heard.push("WASHING_IS_COMPLETE").await;
    decisions(&sim, &mut heard, &["DRYING_IS_COMPLETE"]).await;
    engine.settles(&sim, &mut heard, "MARKER").await;

    for _ in 0..3 {
        engine.clock.advance(30 * MINUTE);
        look_at_clock(&engine);
        assert_eq!(next_reminder(&mut told).await, "WASHING_IS_COMPLETE");
    }
    engine.clock.advance(30 * MINUTE);
    look_at_clock(&engine);
    engine.settles(&sim, &mut heard, "SECOND_MARKER").await;

    assert!(is_silent(&mut told), "three are enough");
}

/// Whether the pending updates contain no reminder.
fn is_silent(told: &mut broadcast::Receiver<EngineUpdate>) -> bool {
    while let Ok(event) = told.try_recv() {
        if matches!(event, EngineUpdate::Reminder(_)) {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_door_a_new_cycle_done_and_reading_end_the_reminders() {
    for (what, attend) in ATTENDED {
        let (sim, engine, washer) = home().await;
        let mut told = engine.monitor.events();
        let mut heard = engine.hear();
        sim.push(&washer.id, "WASHING_IS_COMPLETE");
        let id = heard.push("WASHING_IS_COMPLETE").await.stored.id;
        engine.settles(&sim, &mut heard, "MARKER").await;

        engine.clock.advance(2 * MINUTE);
        match attend {
            Attended::Report(path, value) => {
                let report = match *path {
                    "doorStatus" => json!([{ "doorStatus": { "doorState": value } }]),
                    _ => json!([{ "runState": { "currentState": value } }]),
                };
                sim.report(&washer.id, &report);
                assert_eq!(next_settled(&mut told).await, [id], "{what}");
            }
            Attended::Push(code) => {
                sim.push(&washer.id, code);
                assert_eq!(next_settled(&mut told).await, [id], "{what}");
            }
            Attended::Done => {
                engine.monitor.settle(id).await.unwrap();
                assert_eq!(next_settled(&mut told).await, [id], "{what}");
                assert!(engine.history().iter().any(|event| event.id == id && event.is_read));
            }
            Attended::Read => {
                engine.monitor.store().mark_read(&[id], true).unwrap();
            }
        }
        engine.clock.advance(60 * MINUTE);
        look_at_clock(&engine);
        engine.settles(&sim, &mut heard, "SECOND_MARKER").await;
        engine.stop().await;

        assert!(is_silent(&mut told), "{what}");
    }
}

enum Attended {
    Report(&'static str, &'static str),
    Push(&'static str),
    Done,
    Read,
}

const ATTENDED: &[(&str, Attended)] = &[
    ("the door is opened", Attended::Report("doorStatus", "OPEN")),
    ("a new cycle starts", Attended::Report("runState", "RUNNING")),
    ("a push tells of the door", Attended::Push("DOOR_IS_OPENED")),
    ("Done is pressed", Attended::Done),
    ("the event is read", Attended::Read),
];

#[tokio::test]
async fn reminders_and_mutes_outlive_a_restart() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let start = || {
        let store = Store::open(&path).unwrap();
        Engine::start(&sim, MemoryKeyring::empty(), store, &clock)
    };
    let engine = start();
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
    engine.subscribes(&sim).await;
    let washer = washer(&sim);
    let mut heard = engine.hear();
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    heard.push("WASHING_IS_COMPLETE").await;
    engine.settles(&sim, &mut heard, "MARKER").await;
    engine.monitor.mute_for_today(DeviceId::new(&washer.id)).await;
    engine.stop().await;

    let next = start();
    let mut told = next.monitor.events();
    clock.advance(30 * MINUTE);
    look_at_clock(&next);

    assert_eq!(next_reminder(&mut told).await, "WASHING_IS_COMPLETE");
    let midnight_ms: UnixMs = 1_800_057_600_000;
    assert_eq!(next.monitor.muted().into_values().collect::<Vec<_>>(), [midnight_ms]);

    next.stop().await;
    clock.advance(30 * MINUTE);
    let last = start();
    assert_eq!(next_reminder(&mut last.monitor.events()).await, "WASHING_IS_COMPLETE");
    // It was due at the start; subscribers may have missed it.
    let mut late = last.monitor.events_since_start();
    assert_eq!(next_reminder(&mut late).await, "WASHING_IS_COMPLETE");
}

#[tokio::test]
async fn a_muted_device_is_quiet_until_midnight() {
    let (sim, engine, washer) = home().await;
    let mut heard = engine.hear();

    engine.monitor.mute_for_today(DeviceId::new(&washer.id)).await;
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    let muted = heard.next().await.stored.decision;
    engine.clock.advance(16 * 60 * MINUTE);
    sim.push(&washer.id, "ERROR_DURING_WASHING");
    let shown = heard.next().await.stored.decision;

    assert_eq!((muted.as_str(), shown.as_str()), ("muted", "notify"));
}

#[tokio::test]
async fn whoever_shows_the_rules_is_told_of_a_device_that_was_muted_elsewhere() {
    let (_sim, engine, washer) = home().await;
    let mut told = engine.monitor.events();

    engine.monitor.mute_for_today(DeviceId::new(&washer.id)).await;
    next_told(&mut told, |event| matches!(event, EngineUpdate::RulesChanged)).await;
    let muted = engine.monitor.muted().len();
    engine.monitor.set_rules(NotificationRules::default());
    next_told(&mut told, |event| matches!(event, EngineUpdate::RulesChanged)).await;

    assert_eq!(muted, 1);
}

#[tokio::test]
async fn what_the_user_asks_for_comes_also_where_the_rules_remind_of_nothing() {
    let (sim, engine, washer) = home().await;
    let none = Reminders { finished_washes: false, ..Reminders::default() };
    engine.monitor.set_rules(NotificationRules { reminders: none, ..NotificationRules::default() });
    let mut told = engine.monitor.events();
    let mut heard = engine.hear();
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    let id = heard.next().await.stored.id;

    engine.monitor.remind_later(id, 30 * MINUTE).await.unwrap();
    engine.clock.advance(30 * MINUTE);
    look_at_clock(&engine);

    assert_eq!(next_reminder(&mut told).await, "WASHING_IS_COMPLETE");
    engine.clock.advance(60 * MINUTE);
    look_at_clock(&engine);
    engine.settles(&sim, &mut heard, "MARKER").await;
    assert!(is_silent(&mut told), "once");
}

#[tokio::test]
async fn a_reminder_waits_for_the_end_of_a_pause() {
    let (sim, engine, washer) = home().await;
    let mut told = engine.monitor.events();
    let mut heard = engine.hear();
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    heard.push("WASHING_IS_COMPLETE").await;
    engine.settles(&sim, &mut heard, "MARKER").await;

    engine.monitor.pause(Some(engine.clock.now_ms() + 60 * 60 * 1000)).await;
    engine.clock.advance(45 * MINUTE);
    look_at_clock(&engine);
    engine.settles(&sim, &mut heard, "SECOND_MARKER").await;
    assert!(is_silent(&mut told));
    engine.clock.advance(15 * MINUTE);
    look_at_clock(&engine);

    assert_eq!(next_reminder(&mut told).await, "WASHING_IS_COMPLETE");
}
