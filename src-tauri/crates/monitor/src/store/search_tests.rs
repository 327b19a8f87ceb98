//! Search texts and their results.

use icu_normalizer::DecomposingNormalizerBorrowed;
use model::{FoundIn, HistoryFilter, UnixMs};
use serde_json::json;

use super::*;

const MINUTE_MS: UnixMs = 60_000;

fn frame(number: i64, device: &str, code: &str, note: &str) -> (UnixMs, String) {
    let raw = json!({
        "messageId": format!("Message-{number:05}"),
        "push": {
            "pushType": "DEVICE_PUSH", "deviceId": device, "deviceType": "DEVICE_WASHER",
            "pushCode": code, "note": note, "userList": ["KR0000000000000"],
        },
    });
    (number * 2 * MINUTE_MS, raw.to_string())
}

/// Device ids equal the device names.
fn store_of(frames: &[(UnixMs, String)]) -> Store {
    let store = Store::in_memory().unwrap();
    for group in frames.chunks(1_000) {
        store.add_frames(group, |id| id.as_str().to_owned()).unwrap();
    }
    store
}

fn of_text(text: &str) -> HistoryFilter {
    HistoryFilter { text: text.to_owned(), ..HistoryFilter::default() }
}

/// Minutes of receipt of the events found, in display order.
fn found(store: &Store, filter: &HistoryFilter) -> Vec<i64> {
    let found = store.search(PageFrom::Before(EventId::END), 10_000, filter).unwrap();
    assert_eq!(store.counts(filter).unwrap().total as usize, found.len(), "{filter:?}");
    found.iter().map(|found| found.stored.event.received_at_ms / MINUTE_MS / 2).collect()
}

#[test]
fn one_or_two_syllables_are_found_in_what_is_shown_and_not_in_raw_messages() {
    let store = store_of(&[
        frame(1, "건조기", "DRYING_IS_COMPLETE", "물"),
        frame(2, "현관문", "DOOR_IS_OPENED", ""),
        frame(3, "Oven", "COOKING_IS_COMPLETE", "건"),
    ]);

    for (text, expected) in
        [("건", vec![1]), ("건조", vec![1]), ("문", vec![2]), ("관문", vec![2]), ("ov", vec![3])]
    {
        assert_eq!(found(&store, &of_text(text)), expected, "{text}");
    }
    assert_eq!(found(&store, &of_text("물")), [0; 0], "found in a raw message");
    assert_eq!(found(&store, &of_text("뷁")), [0; 0]);
}

#[test]
fn hits_of_any_kind_come_by_time_and_nothing_else() {
    let mut frames = vec![
        frame(5, "HistoryFilter room", "WASHING_IS_COMPLETE", ""),
        frame(4, "Dryer", "TIME_TO_CHANGE_FILTER", ""),
        frame(6, "Washer", "WASHING_IS_COMPLETE", "the filter 7"),
    ];
    let store = store_of(&frames);
    assert_eq!(found(&store, &of_text("filter")), [6, 5, 4]);

    // As in an import: later in the file, but earlier in time.
    frames = vec![frame(1, "HistoryFilter room", "WASHING_IS_COMPLETE", "")];
    store.add_frames(&frames, |id| id.as_str().to_owned()).unwrap();
    assert_eq!(found(&store, &of_text("filter")), [6, 5, 4, 1]);
    let first = store.search(PageFrom::Before(EventId::END), 2, &of_text("filter")).unwrap();
    let after = PageFrom::Before(first[1].stored.id);
    let rest = store.search(after, 10, &of_text("filter")).unwrap();
    let times: Vec<i64> =
        rest.iter().map(|one| one.stored.event.received_at_ms / MINUTE_MS / 2).collect();
    assert_eq!(times, [4, 1]);
}

#[test]
fn a_text_in_every_message_and_one_in_the_oldest_alone_are_found_in_a_long_history() {
    let count = 208;
    let frames: Vec<_> =
        (1..=count).map(|number| frame(number, "Washer", "WASHING_IS_COMPLETE", "")).collect();
    let store = store_of(&frames);

    let of_all = store.search(PageFrom::Before(EventId::END), 50, &of_text("kr00000")).unwrap();
    let newest: Vec<i64> = of_all.iter().map(|found| found.stored.id.0).collect();
    assert!(newest.into_iter().eq((count - 49..=count).rev()));
    let next = PageFrom::Before(of_all[49].stored.id);
    let page = store.search(next, 50, &of_text("kr00000")).unwrap();
    assert_eq!(page[0].stored.id.0, count - 50);
    assert!(of_all.iter().all(|found| found.found_in == [FoundIn::Raw]));

    assert_eq!(found(&store, &of_text("message-00001")), [1]);
    assert_eq!(found(&store, &of_text(&format!("message-{count:05}"))), [count]);
    assert_eq!(found(&store, &of_text("message-99999")), [0; 0]);
}

#[test]
fn a_filter_that_nothing_passes_finds_nothing_with_and_without_a_text() {
    let frames: Vec<_> =
        (1..=300).map(|number| frame(number, "Washer", "WASHING_IS_COMPLETE", "a 7")).collect();
    let store = store_of(&frames);

    for text in ["", "7", "kr00000", "wash", "message-00007"] {
        for filter in [
            HistoryFilter { categories: vec![model::Category::Maintenance], ..of_text(text) },
            HistoryFilter { device_ids: vec![model::DeviceId::new("absent")], ..of_text(text) },
            HistoryFilter { from_ms: Some(700 * MINUTE_MS), ..of_text(text) },
            HistoryFilter { until_ms: Some(0), ..of_text(text) },
        ] {
            assert_eq!(found(&store, &filter), [0; 0], "{filter:?}");
        }
        store.mark_all_read(EventId::END).unwrap();
        assert_eq!(
            found(&store, &HistoryFilter { is_unread: true, ..of_text(text) }),
            [0; 0],
            "{text}"
        );
    }
}

#[test]
fn signs_stand_for_themselves() {
    let names = ["100% dry", "a_b", "say \"hi\"", "star * star", "🧺 basket", "C:\\dir", "x AND y"];
    let frames: Vec<_> = (1..)
        .zip(names)
        .map(|(number, name)| frame(number, name, "WASHING_IS_COMPLETE", ""))
        .collect();
    let store = store_of(&frames);

    for (number, texts) in (1..).zip([
        vec!["0%", "%", "100% d"],
        vec!["a_b"],
        vec!["\"", "\"hi\"", "y \"h"],
        vec!["*", "r * s"],
        vec!["🧺", "🧺 b", "🧺 basket"],
        vec!["\\", ":\\dir"],
        vec!["x and y", "X AND Y"],
    ]) {
        for text in texts {
            assert_eq!(found(&store, &of_text(text)), [number], "{text}");
        }
    }
    for nothing in ["1_0", "a%b", "🧹", "NEAR(a b)", "dry OR basket", "-dry", "words:dry"] {
        assert_eq!(found(&store, &of_text(nothing)), [0; 0], "{nothing}");
    }
}

#[test]
fn neither_case_nor_the_way_letters_are_composed_matters() {
    let decomposed =
        |text: &str| DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned();
    let apart = decomposed("안방 세탁기");
    assert_ne!(apart, "안방 세탁기");
    let store = store_of(&[
        frame(1, "우리집 세탁기", "WASHING_IS_COMPLETE", ""),
        frame(2, &apart, "WASHING_IS_COMPLETE", "CAFÉ 7"),
    ]);

    for (text, expected) in [
        ("우리집", vec![1]),
        ("안방", vec![2]),
        ("방", vec![2]),
        ("세탁기", vec![2, 1]),
        ("café", vec![2]),
        ("CAFÉ", vec![2]),
        ("wAsHiNg_Is", vec![2, 1]),
    ] {
        assert_eq!(found(&store, &of_text(text)), expected, "{text}");
        assert_eq!(found(&store, &of_text(&decomposed(text))), expected, "{text}, decomposed");
    }
}
