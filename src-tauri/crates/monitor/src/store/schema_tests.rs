//! Migration of a history filled by an older version.

use std::path::Path;

use model::HistoryFilter;
use rusqlite::{Connection, params};

use super::*;
use crate::{
    decision::Decision,
    event::{EventId, example_event},
    store::Store,
};

const EVENTS: i64 = 300;
const MINUTE_MS: i64 = 60_000;

/// Creates the second schema version: no labels, the words of an event stored beside it.
fn fill_second_version(path: &Path) {
    let mut database = Connection::open(path).unwrap();
    Migrations::new([FIRST, SECOND].map(M::up).to_vec()).to_latest(&mut database).unwrap();
    let devices = [
        ("d-1", "우리집 세탁기", "WASHING_IS_COMPLETE", "세탁이 끝났어요\nLaundry is done"),
        ("d-2", "Dryer", "DRYING_IS_COMPLETE", "건조가 끝났어요\nDrying is done"),
        ("d-3", "냉장고", "DOOR_IS_OPEN", "문이 열려 있어요\nA door is open"),
    ];
    let transaction = database.transaction().unwrap();
    for number in 1..=EVENTS {
        let (device, name, code, words) = devices[usize::try_from(number).unwrap() % 3];
        transaction
            .execute(
                "INSERT INTO event (received_at_ms, kind, device_id, device_type, device_name, code,
                     severity, category, text, words, decision, is_read)
                 VALUES (?1, 'push', ?2, 'DEVICE_WASHER', ?3, ?4, 'info', 'finished', '', ?5,
                     'notify', ?6)",
                params![
                    number * MINUTE_MS,
                    device,
                    name,
                    code,
                    format!("{name}\n{code}\n{words}"),
                    number <= 200
                ],
            )
            .unwrap();
        let raw = format!(
            r#"{{"messageId":"old-{number}","push":{{"deviceId":"{device}","pushCode":"{code}"}}}}"#
        );
        transaction
            .execute(
                "INSERT INTO message (received_at_ms, message_id, event_id, raw)
                 VALUES (?1, ?2, ?3, ?4)",
                params![number * MINUTE_MS, format!("old-{number}"), number, raw],
            )
            .unwrap();
    }
    transaction
        .execute_batch(
            "INSERT INTO event (received_at_ms, kind, device_name, code, severity, category, text,
                 words, decision, is_read, gap_from_ms, gap_reason)
             VALUES (90000000, 'gap', '', '', 'info', 'status', '', '', 'gap', 1, 80000000,
                 'asleep');
             INSERT INTO message (received_at_ms, event_id, raw) VALUES (1, NULL, '{\"report\":1}');
             INSERT INTO fact VALUES ('kept', 'yes');",
        )
        .unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_history_of_the_second_version_keeps_every_event_and_all_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    fill_second_version(&path);

    let store = Store::open(&path).unwrap();

    let events = store.page(EventId::END, 1_000, None).unwrap();
    assert!(events.iter().map(|stored| stored.id.0).eq((1..=EVENTS + 1).rev()));
    let found = |text: &str| {
        let filter = HistoryFilter { text: text.to_owned(), ..HistoryFilter::default() };
        let counted = store.counts(&filter).unwrap().total as usize;
        assert_eq!(store.page(EventId::END, 1_000, Some(text)).unwrap().len(), counted, "{text}");
        counted
    };
    for (text, count) in [
        ("우리집", 100),
        ("문", 100),
        ("laundry is", 100),
        ("drying_is", 100),
        ("dr", 200),
        ("old-", 300),
        ("old-77", 1),
        ("\"d-3\"", 0),
        ("pushcode", 300),
        ("report", 0),
    ] {
        assert_eq!(found(text), count, "{text}");
    }
    assert_eq!(store.unread_count().unwrap(), 100);
    assert_eq!(store.messages(EventId(77)).unwrap().len(), 1);
    assert!(events[0].event.gap.is_some());
    assert_eq!(store.fact("kept").unwrap().as_deref(), Some("yes"));
    let is_whole: String =
        store.lock().query_one("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(is_whole, "ok");

    let new = example_event("WATER_LEAK_HAS_OCCURRED", "새 세탁기", 400 * MINUTE_MS);
    let added = store.add_untold(&new, |_| Decision::Notify).unwrap();
    assert_eq!(added.stored.id, EventId(EVENTS + 2), "an id was reused");
    assert_eq!(found("새 세탁기"), 1);
}
