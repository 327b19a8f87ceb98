//! Faults of the file and how the store handles them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use model::{HistoryFilter, NewEvent};
use parking_lot::Mutex;
use thinq::{Frame, parse};

use super::*;
use crate::{
    decision::Decision,
    event::{Arrival, DeviceName, EventId, example_event},
    ingest::{Backlog, Novelty},
};

const NOW: UnixMs = 1_795_000_000_000;

fn path(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("history.db")
}

fn add(store: &Store, number: i64) -> Result<(), StoreError> {
    let event = example_event("WASHING_IS_COMPLETE", "Washer", number * 100_000);
    store.add_untold(&event, |_| Decision::Notify).map(drop)
}

fn filled(path: &Path, count: i64) {
    let store = Store::open(path).unwrap();
    for number in 0..count {
        add(&store, number).unwrap();
    }
}

fn events(store: &Store) -> u32 {
    store.size().unwrap().events
}

fn files(dir: &tempfile::TempDir, part: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains(part)).collect()
}

#[test]
fn a_damaged_file_is_set_aside_untouched_and_what_can_be_read_is_recovered() {
    let dir = tempfile::tempdir().unwrap();
    filled(&path(&dir), 2_000);
    let mut bytes = fs::read(path(&dir)).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    // Long enough to hit events, whatever stands between them.
    let length = bytes.len() / 20;
    for byte in bytes.iter_mut().skip(middle).take(length) {
        *byte = 0xa5;
    }
    fs::write(path(&dir), &bytes).unwrap();

    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();
    // Damage in the middle of the file is detected only on access.
    let looked = store.page(EventId::END, 5_000, None);
    if let Err(error) = &looked {
        assert_eq!(error.problem(), ProblemCode::HistoryDamaged);
        store.note_problem(error);
        assert!(Backlog::default().mend(&store, NOW).unwrap());
    }

    let recovery = store.recovery().expect("the damage is detected");
    assert!(recovery.events > 500 && recovery.events < 2_000, "{recovery:?}");
    assert!(recovery.losses > 0);
    assert_eq!(events(&store), recovery.events);
    assert_eq!(store.problem(), None);
    let aside = files(&dir, "history-damaged-2026-11-18-");
    assert_eq!(aside.iter().filter(|path| path.extension().unwrap() == "db").count(), 1);
    let kept = aside.iter().find(|path| path.extension().unwrap() == "db").unwrap();
    assert!(fs::read(kept).unwrap() == bytes, "the damaged file was modified");
    add(&store, 9_999).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_second_one_as_well() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        fs::write(path(&dir), "not a database, but long enough to be checked ".repeat(40)).unwrap();

        let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();

        assert_eq!(store.recovery().unwrap().events, 0);
        add(&store, 1).unwrap();
        drop(store);
        assert_eq!(files(&dir, "damaged").len(), round, "no set-aside file was overwritten");
    }
}

#[test]
fn a_foreign_or_newer_file_is_left_alone_and_the_history_lives_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let other = Connection::open(path(&dir)).unwrap();
    other.execute_batch("CREATE TABLE song (title TEXT); INSERT INTO song VALUES ('x');").unwrap();
    drop(other);
    let bytes = fs::read(path(&dir)).unwrap();

    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();

    assert_eq!(store.problem(), Some(ProblemCode::HistoryForeign));
    add(&store, 1).unwrap();
    assert_eq!(events(&store), 1);
    assert!(fs::read(path(&dir)).unwrap() == bytes, "the other file was modified");
    assert!(Backlog::default().mend(&store, NOW).is_err());

    fs::remove_file(path(&dir)).unwrap();
    assert!(Backlog::default().mend(&store, NOW).unwrap(), "the path is free now");
    assert_eq!((store.problem(), events(&store)), (None, 1));
    drop(store);
    assert_eq!(events(&Store::open(&path(&dir)).unwrap()), 1);

    let newer = Connection::open(path(&dir)).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();
    assert_eq!(store.problem(), Some(ProblemCode::HistoryNewer));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_used_once_it_can_be() {
    if is_unbound() {
        // Root ignores the mode of a directory; a file in its place blocks root as well.
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("data");
        fs::write(&blocked, "").unwrap();
        let store = Store::open_or_get_by(&blocked.join("history.db"), NOW).unwrap();
        assert!(store.problem().is_some());
        add(&store, 1).unwrap();
        fs::remove_file(&blocked).unwrap();
        assert!(Backlog::default().mend(&store, NOW).unwrap());
        assert_eq!((store.problem(), events(&store)), (None, 1));
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();

    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();

    assert_eq!(store.problem(), Some(ProblemCode::HistoryReadOnly));
    add(&store, 1).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(Backlog::default().mend(&store, NOW).unwrap());
    assert_eq!((store.problem(), events(&store)), (None, 1));
}

fn is_unbound() -> bool {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    fs::write(dir.path().join("probe"), "").is_ok()
}

#[test]
fn what_a_full_disk_did_not_take_is_written_when_there_is_room_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(&path(&dir), 10);
    let backlog = Backlog::default();
    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();
    let pages: i64 = store.lock().query_one("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.lock().pragma_update(None, "max_page_count", pages).unwrap();
    let mut number = 10;
    let error = loop {
        match add(&store, number) {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };

    assert_eq!(error.problem(), ProblemCode::HistoryFull);
    let at_ms = number * 100_000;
    let (unwritten, event) = arrival("m-1", "DOOR_IS_OPEN", at_ms);
    backlog.note(unwritten, event, Decision::Notify, Vec::new());
    store.note_problem(&error);
    assert!(backlog.mend(&store, NOW).is_err());
    assert_eq!(store.problem(), Some(ProblemCode::HistoryFull));

    store.lock().pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert!(backlog.mend(&store, NOW).unwrap());
    assert_eq!(store.problem(), None);
    let filter = HistoryFilter { text: String::from("door_is"), ..HistoryFilter::default() };
    assert_eq!(store.counts(&filter).unwrap().total, 1);
    assert!(store.unnotified(EventId(0), at_ms).unwrap().is_empty());
}

fn arrival(message_id: &str, code: &str, received_at_ms: UnixMs) -> (Arrival, NewEvent) {
    let raw = format!(
        r#"{{"messageId":"{message_id}","push":{{"pushType":"DEVICE_PUSH","deviceId":"d","deviceType":"DEVICE_WASHER","pushCode":"{code}"}}}}"#
    );
    let message = parse(&Frame::Text(raw.clone())).messages.remove(0);
    let frame = received_at_ms.unsigned_abs();
    let arrival = Arrival {
        received_at_ms,
        frame,
        raw: raw.into(),
        message,
        packet_id: None,
        is_repeated: false,
    };
    let event = arrival.to_event(|_| DeviceName::default()).unwrap();
    (arrival, event)
}

#[test]
fn a_message_that_comes_again_while_nothing_can_be_written_is_told_and_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();
    let (before, event) = arrival("m-0", "DOOR_IS_OPEN", NOW);
    store.add(&[(before, Some(event))], |_| Decision::Notify).unwrap();
    store.lock().pragma_update(None, "query_only", true).unwrap();
    let backlog = Backlog::default();
    let take = |message_id: &str, code: &str, at_ms: UnixMs| {
        let (arrival, event) = arrival(message_id, code, at_ms);
        let error = store.add(&[(arrival.clone(), Some(event.clone()))], |_| Decision::Notify);
        let novelty = backlog.novelty(&store, &arrival, &event);
        if novelty != Novelty::Repeated {
            store.note_problem(&error.unwrap_err());
            backlog.note(arrival, event, Decision::Notify, Vec::new());
        }
        novelty
    };

    let second = 1_000;
    for (message_id, code, at_ms, expected) in [
        ("m-0", "DOOR_IS_OPEN", NOW + second, Novelty::Repeated),
        ("m-1", "DOOR_IS_OPEN", NOW + 2 * second, Novelty::Again),
        ("m-2", "WASHING_IS_COMPLETE", NOW + 3 * second, Novelty::New),
        ("m-2", "WASHING_IS_COMPLETE", NOW + 4 * second, Novelty::Repeated),
        ("m-3", "WASHING_IS_COMPLETE", NOW + 5 * second, Novelty::Again),
        ("m-4", "WASHING_IS_COMPLETE", NOW + 90 * second, Novelty::New),
    ] {
        assert_eq!(take(message_id, code, at_ms), expected, "{message_id} at {at_ms}");
    }
    store.lock().pragma_update(None, "query_only", false).unwrap();
    assert!(backlog.mend(&store, NOW).unwrap());

    let messages_of = |stored: &crate::event::StoredEvent| {
        (stored.event.code.clone(), store.messages(stored.id).unwrap().len())
    };
    let kept: Vec<_> =
        store.page(EventId::END, 10, None).unwrap().iter().map(messages_of).collect();
    let expected = [("WASHING_IS_COMPLETE", 1), ("WASHING_IS_COMPLETE", 2), ("DOOR_IS_OPEN", 2)];
    assert_eq!(kept, expected.map(|(code, messages)| (code.to_owned(), messages)));
}

#[test]
fn an_event_keeps_the_id_it_was_told_with_when_its_file_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    filled(&path(&dir), 50);
    let aside = dir.path().join("elsewhere.db");
    fs::rename(path(&dir), &aside).unwrap();
    fs::create_dir(path(&dir)).unwrap();
    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();
    assert!(store.problem().is_some());
    let event = example_event("DOOR_IS_OPEN", "Fridge", NOW);
    let told = store.add_untold(&event, |_| Decision::Notify).unwrap().stored.id;
    store.plan_reminder(told, NOW + 1, 2, false).unwrap();
    store.set_fact("paused_until_ms", Some("7")).unwrap();

    fs::remove_dir(path(&dir)).unwrap();
    fs::rename(&aside, path(&dir)).unwrap();
    assert!(Backlog::default().mend(&store, NOW).unwrap());

    assert_eq!(events(&store), 51);
    assert_eq!(store.event(told).unwrap().expect("the notified event keeps its id").event, event);
    assert_eq!(store.event(EventId(50)).unwrap().unwrap().event.device_name, "Washer");
    assert_eq!(store.next_reminder().unwrap(), Some(NOW + 1));
    assert_eq!(store.fact("paused_until_ms").unwrap().as_deref(), Some("7"));
    let later = example_event("DRYING_IS_COMPLETE", "Dryer", NOW + 1);
    let later = store.add_untold(&later, |_| Decision::Notify).unwrap().stored.id;
    assert!(later > told, "ids are not in order of arrival");
}

#[test]
fn a_history_that_somebody_holds_is_used_once_they_let_go() {
    let dir = tempfile::tempdir().unwrap();
    filled(&path(&dir), 3);
    let holder = Connection::open(path(&dir)).unwrap();
    holder.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE; INSERT INTO fact VALUES ('x', 'y');").unwrap();

    let store = Store::open_or_get_by(&path(&dir), NOW).unwrap();

    assert_eq!(store.problem(), Some(ProblemCode::HistoryLocked));
    add(&store, 10).unwrap();
    holder.execute_batch("ROLLBACK;").unwrap();
    drop(holder);
    assert!(Backlog::default().mend(&store, NOW).unwrap());
    assert_eq!((store.problem(), events(&store)), (None, 4));
}

/// Releases the history as soon as another thread waits for it.
static HOLDER: Mutex<Option<Connection>> = Mutex::new(None);

#[test]
fn a_writer_that_lets_go_in_time_keeps_nothing_from_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&path(&dir)).unwrap();
    let holder = Connection::open(path(&dir)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE; INSERT INTO fact VALUES ('x', 'y');").unwrap();
    *HOLDER.lock() = Some(holder);
    let let_go = |_| HOLDER.lock().take().is_some();
    store.lock().busy_handler(Some(let_go)).unwrap();

    add(&store, 1).unwrap();

    assert_eq!(events(&store), 1);
}
