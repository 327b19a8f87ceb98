//! Unusable history: pushes are still notified, the status reports the problem, and existing events
//! survive.

use std::{
    fs,
    path::{Path, PathBuf},
};

use model::{Category, ProblemCode, RetentionRule};
use monitor::{EngineUpdate, Store};
use rusqlite::Connection as Database;
use thinq_sim::{RawFrame, Sim};
use tokio::time;

use crate::support::{
    Engine, MemoryKeyring, TestClock, entries, entry, fill, push_frame, simulated, within,
};

/// Signed in and listening, with an arbitrary file at `path`.
async fn listening(sim: &Sim, path: &Path, clock: &TestClock) -> Engine {
    let store = Store::open_or_get_by(path, clock.now_ms()).expect("there is always a history");
    let engine = Engine::start(sim, MemoryKeyring::empty(), store, clock);
    engine.sign_in(sim).await.expect("the simulated service takes its own password");
    engine.listens().await;
    engine
}

fn codes(path: &Path) -> Vec<String> {
    let database = Database::open(path).expect("the file can be opened");
    let mut statement =
        database.prepare("SELECT code FROM event ORDER BY id").expect("the table is there");
    let codes = statement.query_map([], |row| row.get(0)).expect("the table is there");
    codes.map(Result::unwrap).collect()
}

/// Skips the one-minute interval after which the engine retries.
async fn is_mended(engine: &Engine) {
    let mut status = engine.monitor.status();
    time::pause();
    status.wait_for(|status| status.history_problem.is_none()).await.expect("the engine runs");
    time::resume();
}

fn make_foreign(path: &Path) {
    let database = Database::open(path).expect("the file can be opened");
    database
        .execute_batch("CREATE TABLE song (title TEXT); INSERT INTO song VALUES ('x')")
        .expect("the file can be written");
}

fn make_newer(path: &Path) {
    drop(Store::open(path).expect("the file can be written"));
    Database::open(path)
        .expect("the file can be written")
        .pragma_update(None, "user_version", 99)
        .expect("the file can be written");
}

fn make_folder(path: &Path) {
    fs::create_dir(path).expect("the file can be written");
}

#[tokio::test]
async fn with_a_history_that_cannot_be_opened_pushes_are_told_and_kept_until_it_can() {
    type Make = fn(&Path);
    let faults: [(&str, Make, ProblemCode); 3] = [
        ("foreign", make_foreign, ProblemCode::HistoryForeign),
        ("newer", make_newer, ProblemCode::HistoryNewer),
        ("a folder", make_folder, ProblemCode::HistoryUnavailable),
    ];
    for (name, make, trouble) in faults {
        let sim = simulated().await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        make(&path);
        let before = fs::read(&path).ok();

        let engine = listening(&sim, &path, &TestClock::default()).await;
        let mut heard = engine.hear();
        engine.settles(&sim, &mut heard, "MEANWHILE").await;

        assert_eq!(engine.status().history_problem, Some(trouble), "{name}");
        assert_eq!(fs::read(&path).ok(), before, "{name} was left alone");
        assert_eq!(engine.find(Some("meanwhile")).len(), 1, "{name}: it can be queried");

        let aside = dir.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        is_mended(&engine).await;
        engine.settles(&sim, &mut heard, "AFTER").await;
        engine.stop().await;
        assert_eq!(codes(&path), ["MEANWHILE", "AFTER"], "{name}");
    }
}

/// As in a folder without write access, the journal cannot be created; this also affects root.
#[tokio::test]
async fn a_folder_that_takes_no_journal_is_said_and_used_once_it_does() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fill(&path, &entries(3, "Washer"));
    let journal = dir.path().join("history.db-wal");
    fs::create_dir(&journal).unwrap();

    let engine = listening(&sim, &path, &TestClock::default()).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "MEANWHILE").await;
    assert_eq!(engine.status().history_problem, Some(ProblemCode::HistoryReadOnly));

    fs::remove_dir(&journal).unwrap();
    is_mended(&engine).await;
    assert_eq!(engine.history().len(), 4, "events from before and during the fault");
    engine.stop().await;
    assert_eq!(codes(&path).last().map(String::as_str), Some("MEANWHILE"));
}

#[tokio::test]
async fn a_damaged_history_is_set_aside_untouched_and_read_as_far_as_it_goes() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fill(&path, &entries(2_000, "Washer"));
    let mut bytes = fs::read(&path).unwrap();
    // Everything except the header, the schema and the last third.
    let (start, end) = (bytes.len() / 3 / 4096 * 4096, bytes.len() / 2 / 4096 * 4096);
    bytes[start..end].fill(0xa5);
    fs::write(&path, &bytes).unwrap();

    let engine = listening(&sim, &path, &TestClock::default()).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "MEANWHILE").await;
    let store = engine.monitor.store();
    if store.recovery().is_none() {
        // Reads everything, so that the damage is noticed. No error means that the engine noticed
        // it first.
        if let Err(error) = store.page(monitor::EventId::END, 10_000, None) {
            engine.monitor.history_failed(&error);
        }
        engine.until("the recovery", |status| status.history_problem.is_none()).await;
    }
    within("the recovery", recovered(&engine)).await;
    engine.settles(&sim, &mut heard, "AFTER").await;

    let recovery = store.recovery().unwrap();
    assert!(recovery.losses > 0, "{recovery:?}");
    let codes: Vec<String> = engine.history().into_iter().map(|event| event.event.code).collect();
    assert!(codes.len() > 100, "only {} events were recovered", codes.len());
    for told in ["MEANWHILE", "AFTER"] {
        assert_eq!(codes.iter().filter(|code| *code == told).count(), 1, "{told}");
    }
    let aside = set_aside(dir.path());
    assert_eq!(aside.len(), 1, "{aside:?}");
    let kept = fs::read(&aside[0]).unwrap();
    assert!(kept[start..end].iter().all(|byte| *byte == 0xa5), "the damage is there to be seen");
    drop(store);
    engine.stop().await;
}

async fn recovered(engine: &Engine) {
    let mut events = engine.monitor.events();
    while engine.monitor.store().recovery().is_none() {
        drop(events.recv().await);
    }
}

fn set_aside(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir)
        .expect("the folder can be read")
        .map(|file| file.expect("the file can be read").path());
    let is_aside = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("history-damaged-")
            && path.extension().is_some_and(|extension| extension == "db")
    };
    files.filter(is_aside).collect()
}

#[tokio::test]
async fn while_somebody_holds_the_history_pushes_are_told_and_written_afterwards() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let engine = listening(&sim, &path, &TestClock::default()).await;
    engine.subscribes(&sim).await;
    let mut heard = engine.hear();
    engine.settles(&sim, &mut heard, "BEFORE").await;
    let mut events = engine.monitor.events();
    let holder = Database::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();

    sim.send_raw(RawFrame::Text(push_frame("id-meanwhile", "device-x", "MEANWHILE")));
    let told = async {
        loop {
            if let Ok(EngineUpdate::Unstored(added)) = events.recv().await {
                return *added;
            }
        }
    };
    let told = within("the push", told).await;

    assert_eq!((told.stored.event.code.as_str(), told.decision.name()), ("MEANWHILE", "notify"));
    engine
        .until("the trouble", |status| status.history_problem == Some(ProblemCode::HistoryLocked))
        .await;
    holder.execute_batch("ROLLBACK").unwrap();
    engine.settles(&sim, &mut engine.hear(), "AFTER").await;
    engine.until("the end of it", |status| status.history_problem.is_none()).await;
    engine.stop().await;
    let mut codes = codes(&path);
    codes.sort();
    assert_eq!(codes, ["AFTER", "BEFORE", "MEANWHILE"]);
}

#[tokio::test]
async fn what_is_kept_no_longer_goes_at_once_and_the_rest_stays() {
    let sim = simulated().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let clock = TestClock::default();
    let day_ms = 24 * 60 * 60 * 1000;
    let mut composed = Vec::new();
    for (number, days) in [(0, 800), (1, 400), (2, 20), (3, 1)] {
        let mut old = entry(number, "Washer", &format!("AGED_{days}"));
        old["receivedAtMs"] = (clock.now_ms() - days * day_ms).into();
        old["category"] = "status".into();
        composed.push(old);
    }
    fill(&path, &composed);

    let engine = listening(&sim, &path, &clock).await;
    let codes = || -> Vec<String> {
        engine.history().into_iter().map(|stored| stored.event.code).collect()
    };
    let mut events = engine.monitor.events();
    let keep = |days| {
        engine.monitor.set_retention(vec![RetentionRule { category: Category::Status, days }]);
    };
    keep(730);
    while codes().len() > 3 {
        drop(within("the forgetting", events.recv()).await);
    }
    assert_eq!(codes(), ["AGED_1", "AGED_20", "AGED_400"]);

    keep(30);
    while codes().len() > 2 {
        drop(within("the forgetting", events.recv()).await);
    }
    assert_eq!(codes(), ["AGED_1", "AGED_20"]);
}
