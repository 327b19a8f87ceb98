//! Interrupted recoveries, at each point of interruption.

use super::*;
use crate::{
    decision::Decision,
    event::{EventId, example_event},
};

const NOW: UnixMs = 1_795_000_000_000;
const ASIDE: &str = "history-damaged-2026-11-18-152640.db";
const EVENTS: u32 = 300;

fn filled(path: &Path) {
    let store = Store::open(path).unwrap();
    for number in 0..i64::from(EVENTS) {
        let event = example_event("WASHING_IS_COMPLETE", "Washer", number * 100_000);
        store.add_untold(&event, |_| Decision::Notify).unwrap();
    }
}

/// Leaves a WAL beside the file, as a killed process does.
fn left_behind(path: &Path) {
    let made = path.with_file_name("made.db");
    filled(&made);
    let store = Store::open(&made).unwrap();
    store.set_fact("kept", Some("yes")).unwrap();
    for suffix in ["", "-wal"] {
        let beside = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(beside(&made), beside(path)).unwrap();
    }
    drop(store);
    fs::remove_file(made).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_recovery_that_stopped_anywhere_is_finished_when_the_history_is_opened_again() {
    type Stop = fn(&Path, &Path);
    let stops: [(&str, Stop); 4] = [
        ("nothing was moved", |_, _| {}),
        ("only the journal was moved", |path, aside| {
            let beside = |path: &Path| format!("{}-wal", path.display());
            fs::rename(beside(path), beside(aside)).unwrap();
        }),
        ("there is no new file", |path, aside| put_aside(path, aside).unwrap()),
        ("some events were read", |path, aside| {
            put_aside(path, aside).unwrap();
            let store = Store::open(path).unwrap();
            let damaged = Connection::open(aside).unwrap();
            let mut events = Vec::new();
            read_events(&damaged, 1, 100, &mut events).unwrap();
            let mut connection = store.lock();
            let transaction = connection.transaction().unwrap();
            for (event, messages) in events {
                store.add_recovered(&transaction, &event, messages).unwrap();
            }
            transaction.commit().unwrap();
        }),
    ];
    for (name, stop) in stops {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        left_behind(&path);
        fs::write(note(&path), ASIDE).unwrap();
        stop(&path, &path.with_file_name(ASIDE));

        let store = Store::open_or_get_by(&path, NOW).unwrap();

        assert_eq!(store.problem(), None, "{name}");
        let page = store.page(EventId::END, EVENTS + 1, None).unwrap();
        let ids: Vec<i64> = page.iter().map(|stored| stored.id.0).collect();
        assert!(ids.into_iter().eq((1..=i64::from(EVENTS)).rev()), "{name}: not exactly once");
        assert_eq!(store.fact("kept").unwrap().as_deref(), Some("yes"), "{name}");
        let file = path.with_file_name(ASIDE).to_string_lossy().into_owned();
        let expected = HistoryRecovery { at_ms: NOW, events: EVENTS, losses: 0, file };
        assert_eq!(store.recovery(), Some(expected), "{name}");
        let found = names(dir.path());
        assert!(found.contains(&ASIDE.to_owned()), "{name}: {found:?}");
        assert!(!note(&path).exists(), "{name}: the note still exists");
    }
}

#[test]
fn what_was_saved_is_said_until_somebody_has_seen_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fs::write(&path, "not a database, but long enough to be checked ".repeat(40)).unwrap();
    let found = Store::open_or_get_by(&path, NOW).unwrap().recovery();
    assert!(found.is_some());

    let store = Store::open_or_get_by(&path, NOW + 1).unwrap();
    assert_eq!(store.recovery(), found, "after a restart");
    store.forget_recovery().unwrap();

    assert_eq!(store.recovery(), None);
    drop(store);
    assert_eq!(Store::open_or_get_by(&path, NOW + 2).unwrap().recovery(), None);
}

#[test]
fn a_disk_that_is_full_while_recovering_keeps_the_damaged_file_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fs::write(&path, "not a database, but long enough to be checked ".repeat(40)).unwrap();
    // A directory in place of the note makes it unwritable.
    fs::create_dir(note(&path)).unwrap();

    let store = Store::open_or_get_by(&path, NOW).unwrap();
    assert!(store.problem().is_some());
    assert!(fs::read_to_string(&path).unwrap().starts_with("not a database"), "it was not moved");
    let event = example_event("DOOR_IS_OPEN", "Fridge", 1);
    let told = store.add_untold(&event, |_| Decision::Notify).unwrap();

    fs::remove_dir(note(&path)).unwrap();
    assert!(store.mend(NOW + 1, || Ok(false)).unwrap());
    assert_eq!(store.event(told.stored.id).unwrap().unwrap().event.code, "DOOR_IS_OPEN");
    assert!(store.recovery().is_some());
}

#[test]
fn events_far_apart_by_their_ids_are_all_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    filled(&path);
    let (old, store) = (Store::open(&path).unwrap(), Store::in_memory().unwrap());
    // As after a period in memory.
    old.lock().execute("UPDATE sqlite_sequence SET seq = ?1", [NOW]).unwrap();
    let event = example_event("DOOR_IS_OPEN", "Fridge", NOW);
    let last = old.add_untold(&event, |_| Decision::Notify).unwrap();
    assert_eq!(last.stored.id, EventId(NOW + 1));

    let found = copy(&old.lock(), &store).unwrap();

    assert_eq!(found, Found { events: EVENTS + 1, losses: 0 });
    assert_eq!(store.event(EventId(NOW + 1)).unwrap().unwrap().event, event);
}
