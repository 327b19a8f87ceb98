//! A wall clock that was wrong for a while, and what of it lasts.

use std::time::Duration;

use model::{Category, DeviceId, RetentionRule, UnixMs};
use monitor::Store;

use crate::support::{
    Engine, MemoryKeyring, TestClock, entry, fill, push_frame, simulated, within,
};

const DAY: Duration = Duration::from_hours(24);
const HOUR_MS: i64 = 60 * 60 * 1000;
const MIDNIGHT_MS: UnixMs = 1_800_057_600_000;

#[tokio::test]
async fn a_clock_that_was_years_ahead_costs_no_event() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let aged = |number, days: i64, code: &str| {
        let mut entry = entry(number, "Washer", code);
        entry["receivedAtMs"] = (clock.now_ms() - days * 24 * HOUR_MS).into();
        entry
    };
    // Its deletion shows that retention has run.
    fill(&path, &[aged(1, 800, "EXPIRED"), aged(2, 400, "OLD"), aged(3, 1, "RECENT")]);
    let codes = |engine: &Engine| -> Vec<String> {
        engine.history().into_iter().map(|stored| stored.event.code).collect()
    };
    for days in [1_100, 36_500, 0] {
        let ahead = TestClock::default();
        ahead.advance(DAY * days);
        let engine =
            Engine::start(&sim, MemoryKeyring::empty(), Store::open(&path).unwrap(), &ahead);
        let days_kept = RetentionRule { category: Category::Finished, days: 730 };
        let mut events = engine.monitor.events();
        engine.monitor.set_retention(vec![days_kept]);
        while codes(&engine).len() > 2 {
            drop(within("the expiry", events.recv()).await);
        }
        assert_eq!(codes(&engine), ["RECENT", "OLD"], "{days} days ahead");
        engine.stop().await;
    }
}

#[tokio::test]
async fn pauses_mutes_and_reminders_of_a_clock_ahead_end_in_time() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let start = |clock: &TestClock| {
        let store = Store::open(&path).unwrap();
        Engine::start(&sim, MemoryKeyring::empty(), store, clock)
    };
    let ahead = TestClock::default();
    ahead.advance(DAY * 1_100);
    let engine = start(&ahead);
    engine.sign_in(&sim).await.unwrap();
    engine.listens().await;
    let mut heard = engine.hear();
    let frame = push_frame("id-1", "washer", "WASHING_IS_COMPLETE");
    sim.send_raw(thinq_sim::RawFrame::Text(frame));
    let id = heard.push("WASHING_IS_COMPLETE").await.stored.id;
    engine.monitor.remind_later(id, Duration::from_mins(30)).await.unwrap();
    engine.monitor.mute_for_today(DeviceId::new("washer")).await;
    engine.monitor.pause(Some(ahead.now_ms() + HOUR_MS)).await;
    engine.stop().await;

    let clock = TestClock::default();
    let engine = start(&clock);

    assert_eq!(engine.status().paused_until_ms, Some(clock.now_ms() + HOUR_MS));
    assert_eq!(engine.monitor.muted().into_values().collect::<Vec<_>>(), [MIDNIGHT_MS]);
    engine.monitor.pause(None).await;
    let mut updates = engine.monitor.events();
    clock.advance(Duration::from_mins(30));
    engine.monitor.set_rules(engine.monitor.rules());
    loop {
        let update = within("the reminder", updates.recv()).await.unwrap();
        if let monitor::EngineUpdate::Reminder(stored) = update {
            assert_eq!(stored.id, id);
            break;
        }
    }
}

#[tokio::test]
async fn a_large_deletion_is_told() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let entries: Vec<_> = (0..260_u32)
        .map(|number| {
            let mut entry = entry(number, "Washer", "WASHING_IS_COMPLETE");
            let days = if number < 250 { 800 } else { 1 };
            let at_ms = clock.now_ms() - days * 24 * HOUR_MS + i64::from(number) * 61_000;
            entry["receivedAtMs"] = at_ms.into();
            entry
        })
        .collect();
    fill(&path, &entries);
    let engine = Engine::start(&sim, MemoryKeyring::empty(), Store::open(&path).unwrap(), &clock);
    let mut events = engine.monitor.events();

    engine.monitor.set_retention(vec![RetentionRule { category: Category::Finished, days: 730 }]);

    loop {
        let update = within("the deletion", events.recv()).await.unwrap();
        if let monitor::EngineUpdate::Expired(count) = update {
            assert_eq!(count, 250);
            break;
        }
    }
    assert_eq!(engine.history().len(), 10);
}
