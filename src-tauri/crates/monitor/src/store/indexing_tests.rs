//! Incremental maintenance of the trigram indexes.

use model::UnixMs;

use super::*;
use crate::{
    decision::Decision,
    event::{Arrival, DeviceName, EventId, NewEvent, StoredEvent},
    ingest::Outcome,
    store::Filter,
};

const MINUTE_MS: i64 = 60_000;

/// An arrival with an id of its own: `message-<number>-`.
fn arrival(number: i64, at_ms: UnixMs) -> (Arrival, Option<NewEvent>) {
    let raw = format!(
        r#"{{"messageId":"message-{number}-","push":{{"pushType":"DEVICE_PUSH","deviceId":"d","deviceType":"DEVICE_WASHER","pushCode":"WASHING_IS_COMPLETE"}}}}"#
    );
    let message = thinq::parse(&thinq::Frame::Text(raw.clone())).messages.remove(0);
    let arrival = Arrival {
        received_at_ms: at_ms,
        frame: number.unsigned_abs(),
        raw: raw.into(),
        message,
        packet_id: None,
        is_repeated: false,
    };
    let event = arrival.to_event(|_| DeviceName::default());
    (arrival, event)
}

fn add(store: &Store, numbers: std::ops::RangeInclusive<i64>) {
    for number in numbers {
        store.add(&[arrival(number, number * 2 * MINUTE_MS)], |_| Decision::Notify).unwrap();
    }
}

fn found(store: &Store, text: &str) -> usize {
    let filter = Filter { text: text.to_owned(), ..Filter::default() };
    let counted = store.counts(&filter).unwrap().total as usize;
    assert_eq!(store.page(EventId::END, 1_000, Some(text)).unwrap().len(), counted, "{text}");
    counted
}

fn up_to(store: &Store) -> i64 {
    store.database().query_one("SELECT events_up_to FROM indexed", [], |row| row.get(0)).unwrap()
}

/// Full contents of both indexes.
fn index_of(store: &Store) -> Vec<(i64, Vec<u8>)> {
    let connection = store.database();
    let all = "SELECT id, block FROM own_search_data
         UNION ALL SELECT -id, block FROM label_search_data";
    let mut pieces = connection.prepare(all).unwrap();
    let pieces = pieces.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    pieces.map(Result::unwrap).collect()
}

fn check(store: &Store) {
    store.index_all().unwrap();
    for index in ["label_search", "own_search"] {
        let check = format!("INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)");
        store.database().execute(&check, []).unwrap();
    }
}

#[test]
fn storing_an_event_leaves_the_indexes_alone() {
    let store = Store::in_memory().unwrap();
    add(&store, 1..=3);
    store.index_all().unwrap();
    let before = index_of(&store);

    add(&store, 4..=4);
    let of_a_new_kind = NewEvent::example("DOOR_IS_OPEN", "냉장고", 0);
    store.add_untold(&of_a_new_kind, |_| Decision::Notify).unwrap();

    assert!(index_of(&store) == before);
    store.index_all().unwrap();
    assert!(index_of(&store) != before);
}

#[test]
fn what_is_not_indexed_yet_is_found_and_counted() {
    let store = Store::in_memory().unwrap();
    add(&store, 1..=60);
    while up_to(&store) < 40 {
        assert!(store.index_next(20).unwrap());
    }

    for number in [1, 20, 40, 41, 60] {
        assert_eq!(found(&store, &format!("message-{number}-")), 1, "{number}");
    }
    assert_eq!(found(&store, "age-5"), 11);
    let unread = Filter { is_unread: true, text: String::from("age-5"), ..Filter::default() };
    store.mark_read(&[EventId(50)], true).unwrap();
    assert_eq!(store.counts(&unread).unwrap().total, 10);
    check(&store);
    assert_eq!(found(&store, "age-5"), 11);
}

#[test]
fn a_history_that_was_closed_before_it_was_indexed_misses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    add(&Store::open(&path).unwrap(), 1..=60);

    let store = Store::open(&path).unwrap();

    assert_eq!(up_to(&store), 0);
    assert_eq!((found(&store, "message-1-"), found(&store, "message-60-")), (1, 1));
    check(&store);
    assert_eq!((up_to(&store), found(&store, "message-1-")), (60, 1));
}

#[test]
fn events_are_deleted_and_changed_on_both_sides_of_what_is_indexed() {
    let store = Store::in_memory().unwrap();
    add(&store, 1..=40);
    let _is_more = store.index_next(20).unwrap();

    for number in [10, 30] {
        // A repetition of the event in another message.
        let again = arrival(1_000 + number, number * 2 * MINUTE_MS + 1);
        let outcome = store.add(&[again], |_| Decision::Notify).unwrap();
        assert_eq!(outcome, [Outcome::Repeated]);
    }
    for number in [5, 35] {
        let text = format!("message-{number}-");
        let filter = Filter { text, ..Filter::default() };
        assert_eq!(store.delete(&filter, |_| true).unwrap(), 1);
    }

    for (number, count) in [(5, 0), (10, 1), (30, 1), (35, 0), (1_010, 1), (1_030, 1)] {
        assert_eq!(found(&store, &format!("message-{number}-")), count, "{number}");
    }
    check(&store);
    for (number, count) in [(5, 0), (10, 1), (30, 1), (35, 0), (1_010, 1), (1_030, 1)] {
        assert_eq!(found(&store, &format!("message-{number}-")), count, "{number}");
    }
}

#[test]
fn an_older_event_that_comes_late_is_indexed_at_once_and_a_far_newer_one_later() {
    let store = Store::in_memory().unwrap();
    let recover = |id: i64, number: i64| {
        let (arrival, event) = arrival(number, number * 2 * MINUTE_MS);
        let stored = StoredEvent {
            id: EventId(id),
            event: event.unwrap(),
            decision: String::from("notify"),
            notified_at_ms: None,
            is_read: false,
        };
        let message = (arrival.received_at_ms, arrival.message.message_id, arrival.raw.to_string());
        let mut connection = store.database();
        let transaction = connection.transaction().unwrap();
        assert!(store.add_recovered(&transaction, &stored, vec![message]).unwrap());
        transaction.commit().unwrap();
    };
    recover(50, 50);
    store.index_all().unwrap();

    recover(7, 7);
    // As in a history that was in memory.
    recover(1_800_000_000_000, 90);

    assert_eq!(up_to(&store), 50);
    assert_eq!((found(&store, "message-7-"), found(&store, "message-90-")), (1, 1));
    check(&store);
    assert_eq!(up_to(&store), 1_800_000_000_000);
    assert_eq!((found(&store, "message-7-"), found(&store, "message-90-")), (1, 1));
}

#[test]
fn an_index_that_is_a_little_behind_waits_and_one_that_is_much_behind_does_not() {
    let store = Store::in_memory().unwrap();
    let (worth, step) = (i64::from(WORTH), i64::from(STEP));
    add(&store, 1..=worth - 1);
    assert!(!store.is_indexing_worth_while().unwrap());
    assert!(!store.index_some().unwrap());
    assert!(!store.index_if_much_behind().unwrap());
    assert_eq!(up_to(&store), 0, "backlog too short");

    add(&store, worth..=worth + step);
    assert!(store.is_indexing_worth_while().unwrap());
    assert!(store.index_if_much_behind().unwrap());
    assert_eq!(up_to(&store), 0, "below the backlog limit");
    assert!(store.index_some().unwrap());
    assert_eq!(up_to(&store), step);
    assert!(!store.index_some().unwrap());
    assert_eq!(up_to(&store), 2 * step);

    let last = 2 * step + i64::from(MOST);
    add(&store, worth + step + 1..=last);
    assert!(!store.index_if_much_behind().unwrap());
    assert_eq!(up_to(&store), last);
}

#[test]
fn a_label_is_found_before_it_is_indexed_and_gone_when_it_was_deleted() {
    let store = Store::in_memory().unwrap();
    let add = |name: &str, at_ms| {
        let event = NewEvent::example("DOOR_IS_OPEN", name, at_ms);
        store.add_untold(&event, |_| Decision::Notify).unwrap();
    };
    add("Oldfridge", 1);
    store.index_all().unwrap();
    add("Newfridge", 2);

    assert_eq!((found(&store, "newfri"), found(&store, "fridge")), (1, 2));
    let both = Filter { text: String::from("fridge"), ..Filter::default() };
    assert_eq!(store.delete(&both, |_| true).unwrap(), 2);
    // Replaces a label that was indexed.
    add("Otherfridge", 3);
    assert_eq!((found(&store, "fridge"), found(&store, "otherf")), (1, 1));
    check(&store);
    assert_eq!((found(&store, "fridge"), found(&store, "otherf")), (1, 1));
}
