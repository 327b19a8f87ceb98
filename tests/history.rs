//! The history: storing, searching, counting, and durability.

mod faults;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(target_os = "linux")]
mod jobs;

use std::{path::Path, time::Duration};

use monitor::{EventId, Store};
use thinq_sim::{RawFrame, Sim};
use tokio::time;

use crate::support::{Engine, MemoryKeyring, TestClock, push_frame, simulated};

#[tokio::test]
async fn pages_come_newest_first_and_meet() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();
    for number in 0..25 {
        engine.settles(&sim, &mut heard, &format!("CODE_{number}")).await;
    }
    let store = engine.monitor.store();

    let mut codes = Vec::new();
    let mut before = EventId::END;
    loop {
        let page = store.page(before, 10, None).unwrap();
        let Some(oldest) = page.last() else { break };
        before = oldest.id;
        codes.extend(page.into_iter().map(|stored| stored.event.code));
    }

    let expected: Vec<String> = (0..25).rev().map(|number| format!("CODE_{number}")).collect();
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn a_search_finds_names_and_words_in_both_languages() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    let devices = sim.devices();
    let of_type = |name: &str| devices.iter().find(|device| device.device_type == name).unwrap();
    let washer = of_type("DEVICE_WASHER");
    let fridge = of_type("DEVICE_REFRIGERATOR");
    sim.push(&washer.id, "WASHING_IS_COMPLETE");
    sim.push(&fridge.id, "DOOR_IS_OPEN");
    heard.push("DOOR_IS_OPEN").await;

    let found = |text: &str| -> Vec<String> {
        engine.find(Some(text)).into_iter().map(|stored| stored.event.code).collect()
    };

    for text in ["laundry", "세탁이 끝", "washing_is", washer.alias.as_str()] {
        assert_eq!(found(text), ["WASHING_IS_COMPLETE"], "{text}");
    }
    for text in ["door", "문이", fridge.alias.as_str()] {
        assert_eq!(found(text), ["DOOR_IS_OPEN"], "{text}");
    }
    assert!(found("100%").is_empty());
}

#[tokio::test]
async fn events_marks_and_counts_outlive_a_restart() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let engine = on_file(&sim, &path, &clock);
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
    let mut heard = engine.hear();
    for code in ["ONE", "TWO", "THREE"] {
        engine.settles(&sim, &mut heard, code).await;
    }
    let store = engine.monitor.store();
    store.mark_read(&[EventId(1), EventId(2)], true).unwrap();
    store.mark_read(&[EventId(2)], false).unwrap();
    drop(store);
    engine.monitor.history_changed().await;
    assert_eq!(engine.status().unread, 2);
    engine.stop().await;

    let next = on_file(&sim, &path, &clock);

    assert_eq!(next.status().unread, 2, "known before anything else");
    let kept: Vec<_> =
        next.history().into_iter().map(|stored| (stored.event.code, stored.is_read)).collect();
    let expected = [("THREE", false), ("TWO", false), ("ONE", true)];
    assert_eq!(kept, expected.map(|(code, is_read)| (code.to_owned(), is_read)));
}

#[tokio::test]
async fn the_counter_follows_what_arrives_and_what_is_read() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "ONE").await;
    engine.settles(&sim, &mut heard, "TWO").await;
    engine.until("two unread events", |status| status.unread == 2).await;

    engine.monitor.store().mark_all_read(EventId(1)).unwrap();
    engine.monitor.history_changed().await;

    assert_eq!(engine.status().unread, 1);
}

#[tokio::test]
async fn a_pause_outlives_a_restart_and_ends_by_the_clock() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let engine = on_file(&sim, &path, &clock);
    let until_ms = clock.now_ms() + 60 * 60 * 1000;
    engine.monitor.pause(Some(until_ms)).await;
    engine.stop().await;

    let next = on_file(&sim, &path, &clock);

    assert_eq!(next.status().paused_until_ms, Some(until_ms));
    next.sign_in(&sim).await.unwrap();
    next.listens().await;
    let mut heard = next.hear();
    assert_eq!(decision(&sim, &mut heard, "WASHING_IS_COMPLETE").await, "paused");
    assert_eq!(decision(&sim, &mut heard, "WATER_LEAK_HAS_OCCURRED").await, "notifyUrgently");

    clock.advance(Duration::from_hours(1));
    assert_eq!(decision(&sim, &mut heard, "DRYING_IS_COMPLETE").await, "notify");
    let mut status = next.monitor.status();
    // Skips the one-minute interval at which the engine checks the time of day.
    time::pause();
    status.wait_for(|status| status.paused_until_ms.is_none()).await.unwrap();
    time::resume();
    drop(status);
    next.stop().await;
    assert_eq!(on_file(&sim, &path, &clock).status().paused_until_ms, None);
}

#[tokio::test]
async fn a_pause_that_ended_meanwhile_is_over_at_the_start() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let engine = on_file(&sim, &path, &clock);
    engine.monitor.pause(Some(clock.now_ms() + 1)).await;
    engine.stop().await;

    clock.advance(Duration::from_mins(1));
    let next = on_file(&sim, &path, &clock);

    next.until("the end of the pause", |status| status.paused_until_ms.is_none()).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_kill_loses_no_event_that_was_told() {
    use contract::{Request, Response};

    use crate::support::{PrivateHome, push_by_hand};

    let home = PrivateHome::new();
    let mut told: Vec<i64> = Vec::new();
    for round in 0..5 {
        let mut running = home.start(&["listen", "--demo", "--json"]);
        running.listens().await;
        let defaults = home.ask("thinq-tray-demo", Request::SignInDefaults).await;
        let Some(Response::SignInDefaults { defaults }) = defaults else { panic!("{defaults:?}") };
        let hub_url = defaults.hub.hub_url.parse().unwrap();
        // Events arrive one after the other until the program ends.
        let push = async {
            for number in 0.. {
                let code = format!("ROUND_{round}_{number}");
                if push_by_hand(&hub_url, "Dryer", &code).await.is_err() {
                    break;
                }
            }
        };
        let read = async {
            for _ in 0..3 {
                told.push(running.event().await.unwrap()["id"].as_i64().unwrap());
            }
            running.kill().await;
            while let Some(event) = running.event().await {
                told.push(event["id"].as_i64().unwrap());
            }
        };
        tokio::join!(push, read);

        let history = home.run(&["history", "--demo", "--json", "--limit", "500"]).await;

        assert_eq!(history.code, Some(0), "{history:?}");
        let kept: Vec<i64> =
            history.json().iter().map(|event| event["id"].as_i64().unwrap()).collect();
        let lost: Vec<_> = told.iter().filter(|id| !kept.contains(id)).collect();
        assert!(lost.is_empty(), "lost in round {round}: {lost:?}");
        let database = rusqlite::Connection::open(home.history_path("thinq-tray-demo")).unwrap();
        let verdict: String =
            database.query_one("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
    assert!(told.len() >= 15, "{told:?}");
}

/// With an empty keyring, so that nothing happens before a sign-in.
fn on_file(sim: &Sim, path: &Path, clock: &TestClock) -> Engine {
    let store = Store::open(path).expect("the history can be opened");
    Engine::start(sim, MemoryKeyring::empty(), store, clock)
}

/// Decision of the engine for a push of its own device.
async fn decision(sim: &Sim, heard: &mut crate::support::Heard, code: &str) -> String {
    let frame = push_frame(&format!("id-{code}"), &format!("device-{code}"), code);
    sim.send_raw(RawFrame::Text(frame));
    heard.push(code).await.stored.decision
}
