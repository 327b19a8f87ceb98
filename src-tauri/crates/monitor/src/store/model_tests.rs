//! Property tests of the store against a model that keeps everything in lists and scans them.
//!
//!  Long, as the model implements all functions of the store independently.

use std::collections::BTreeSet;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use model::{
    Category, CategoryCount, DeviceCount, DeviceId, HistoryFilter, NewEvent, RetentionRule,
    Severity, SeverityCount, UnixMs,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::Value;
use thinq::{Frame, parse};
use words::{Language, Words};

use super::{
    PageFrom, Store,
    filter::{Query, has_blank_text},
};
use crate::{
    decision::{Decision, title_of},
    event::{Arrival, DeviceName, EventId},
    ingest::Outcome,
};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Same value as in the store.
const SAME_MESSAGE_MS: i64 = 3 * DAY_MS;

/// One of them is decomposed, as some systems encode Hangul.
const NAMES: [&str; 7] = [
    "우리집 세탁기",
    "건조기 100%",
    "a\"b' OR 1",
    "ÄRGER_washer",
    "",
    "\u{1112}\u{1161}\u{11ab}\u{1109}\u{1162}\u{11b7} cafe\u{301}",
    "🧺 *Basket* 👩\u{200d}🔧",
];
const CODES: [&str; 5] = [
    "WASHING_IS_COMPLETE",
    "DRYING_IS_COMPLETE",
    "DOOR_IS_OPEN",
    "WATER_LEAK_HAS_OCCURRED",
    "NOBODY_KNOWS_THIS",
];
const NOTES: [&str; 5] = ["", "문이 열림", "left 42 min", "x\ny%_*", "긴 글입니다 0123456789"];

/// One step of a test case.
#[derive(Clone, Debug)]
enum Step {
    Add { later_ms: i64, message: u8, name: usize, code: usize, note: usize },
    Mark { which: Vec<usize>, is_read: bool },
    MarkAll { last: usize },
    Delete(Choice),
    Expire { category: Category, days: u32 },
    Look { choice: Choice, start: usize, limit: u32 },
}

/// A filter that can be generated without knowing the stored events.
#[derive(Clone, Debug)]
struct Choice {
    text: String,
    names: Vec<usize>,
    categories: Vec<Category>,
    severities: Vec<Severity>,
    is_unread: bool,
    days: (Option<i64>, Option<i64>),
}

#[derive(Clone, Debug)]
struct Kept {
    id: i64,
    event: NewEvent,
    is_read: bool,
    /// LG's id, time of receipt, and the frame.
    messages: Vec<(String, UnixMs, String)>,
}

#[derive(Default)]
struct Model {
    events: Vec<Kept>,
    last_id: i64,
}

impl Model {
    /// The id of the new event, or `None` for a known one.
    fn add(&mut self, arrival: &Arrival, event: &NewEvent) -> Option<i64> {
        let message_id = arrival.message.message_id.clone().unwrap();
        let at_ms = arrival.received_at_ms;
        let is_known =
            self.events.iter().flat_map(|kept| &kept.messages).any(|(id, known_ms, _)| {
                *id == message_id && (known_ms - at_ms).abs() <= SAME_MESSAGE_MS
            });
        if is_known {
            return None;
        }
        let message = (message_id, at_ms, arrival.raw.to_string());
        let same = self
            .events
            .iter_mut()
            .filter(|kept| {
                kept.event.code == event.code
                    && kept.event.device_id == event.device_id
                    && kept.event.received_at_ms > at_ms - MINUTE_MS
                    && kept.event.received_at_ms <= at_ms + MINUTE_MS
            })
            .max_by_key(|kept| kept.event.received_at_ms);
        if let Some(same) = same {
            same.messages.push(message);
            return None;
        }
        self.last_id += 1;
        let (id, event) = (self.last_id, event.clone());
        self.events.push(Kept { id, event, is_read: false, messages: vec![message] });
        Some(id)
    }

    /// Sorted oldest first.
    fn shown(&self, filter: &HistoryFilter, words: &[Words; 2]) -> Vec<i64> {
        let mut shown: Vec<_> =
            self.events.iter().filter(|kept| kept.passes(filter, words)).collect();
        shown.sort_by_key(|kept| (kept.event.received_at_ms, kept.id));
        shown.into_iter().map(|kept| kept.id).collect()
    }

    fn page(
        &self,
        from: PageFrom,
        limit: u32,
        filter: &HistoryFilter,
        words: &[Words; 2],
    ) -> Vec<i64> {
        let place = |id: EventId| {
            let kept = self.events.iter().find(|kept| kept.id == id.0);
            kept.map(|kept| (kept.event.received_at_ms, kept.id))
        };
        let mut ids = self.shown(filter, words);
        match from {
            PageFrom::Before(id) => {
                ids.reverse();
                ids.retain(|one| id == EventId::END || place(EventId(*one)) < place(id));
            }
            PageFrom::After(id) => ids.retain(|one| place(EventId(*one)) > place(id)),
        }
        ids.truncate(limit as usize);
        ids
    }
}

impl Kept {
    fn passes(&self, filter: &HistoryFilter, words: &[Words; 2]) -> bool {
        let event = &self.event;
        let of_device = event.device_id.as_ref().is_some_and(|id| filter.device_ids.contains(id));
        (filter.device_ids.is_empty() || of_device)
            && (filter.categories.is_empty() || filter.categories.contains(&event.category))
            && (filter.severities.is_empty() || filter.severities.contains(&event.severity))
            && !(filter.is_unread && self.is_read)
            && filter.from_ms.is_none_or(|from_ms| event.received_at_ms >= from_ms)
            && filter.until_ms.is_none_or(|until_ms| event.received_at_ms < until_ms)
            && self.has(&filter.text, words)
    }

    /// Searches each text separately.
    fn has(&self, text: &str, words: &[Words; 2]) -> bool {
        let plain = |text: &str| {
            let small = text.to_lowercase();
            ComposingNormalizerBorrowed::new_nfc().normalize(&small).replace('\n', " ")
        };
        let text = plain(text.replace(['\0', '\n'], " ").trim());
        let event = &self.event;
        let mut texts = vec![event.device_name.clone(), event.code.clone()];
        for words in words {
            texts.push(title_of(event, words));
            texts.extend(event.device_type.as_deref().map(|name| words.device_type_name(name)));
        }
        if text.chars().count() >= 3 {
            for (_, _, raw) in &self.messages {
                collect(&serde_json::from_str(raw).unwrap(), &mut texts);
            }
        }
        text.is_empty() || texts.iter().any(|one| plain(one).contains(&text))
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => texts.push(value.to_string()),
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => {
            for (key, value) in fields {
                texts.push(key.clone());
                collect(value, texts);
            }
        }
    }
}

fn arrival(at_ms: UnixMs, frame: u64, step: (u8, usize, usize, usize)) -> (Arrival, NewEvent) {
    let (message, name, code, note) = step;
    let raw = serde_json::json!({
        "messageId": format!("message-{message}"),
        "push": {
            "pushType": "DEVICE_PUSH", "deviceId": format!("d-{name}"), "pushCode": CODES[code],
            "deviceType": if name % 2 == 0 { "DEVICE_WASHER" } else { "DEVICE_DRYER" },
            "note": NOTES[note], "count": message,
        },
    })
    .to_string();
    let message = parse(&Frame::Text(raw.clone())).messages.remove(0);
    let arrival = Arrival {
        received_at_ms: at_ms,
        frame,
        raw: raw.into(),
        message,
        packet_id: None,
        is_repeated: false,
    };
    let event = arrival
        .to_event(|_| DeviceName { alias: NAMES[name].to_owned(), device_type: None })
        .unwrap();
    (arrival, event)
}

impl Choice {
    fn filter(&self, start_ms: UnixMs) -> HistoryFilter {
        let at = |days: Option<i64>| days.map(|days| start_ms + days * DAY_MS);
        HistoryFilter {
            text: self.text.clone(),
            device_ids: self.names.iter().map(|name| DeviceId::new(format!("d-{name}"))).collect(),
            categories: self.categories.clone(),
            severities: self.severities.clone(),
            is_unread: self.is_unread,
            from_ms: at(self.days.0),
            until_ms: at(self.days.1),
        }
    }
}

/// A substring of a text that may be stored, of any length and case.
fn any_text() -> impl Strategy<Value = String> {
    let known: Vec<String> = NAMES
        .iter()
        .chain(&CODES)
        .chain(&NOTES)
        .chain(&[
            "세탁이 끝났어요",
            "laundry is done",
            "Washer",
            "건조기",
            "messageId",
            "message-1",
        ])
        .map(|text| (*text).to_owned())
        .collect();
    let part = (select(known), 0..24_usize, 1..9_usize, any::<bool>(), any::<bool>()).prop_map(
        |(text, start, length, is_loud, is_apart)| {
            let part: String = text.chars().skip(start).take(length).collect();
            let part = if is_loud { part.to_uppercase() } else { part };
            let apart = DecomposingNormalizerBorrowed::new_nfd();
            if is_apart { apart.normalize(&part).into_owned() } else { part }
        },
    );
    prop_oneof![4 => part, 2 => Just(String::new()), 1 => "[\\PC%_*\"'가-힣]{1,4}"]
}

fn any_choice() -> impl Strategy<Value = Choice> {
    let categories = select(vec![Category::Finished, Category::Safety, Category::Status]);
    let severities = select(vec![Severity::Info, Severity::Attention, Severity::Error]);
    (
        any_text(),
        vec(0..NAMES.len(), 0..3),
        vec(categories, 0..2),
        vec(severities, 0..2),
        prop::bool::weighted(0.2),
        (option::weighted(0.3, 0..40_i64), option::weighted(0.3, 0..40_i64)),
    )
        .prop_map(|(text, names, categories, severities, is_unread, days)| Choice {
            text,
            names,
            categories,
            severities,
            is_unread,
            days,
        })
}

fn any_step() -> impl Strategy<Value = Step> {
    // Close together, a little apart, days apart, and with a clock set back.
    let later = prop_oneof![0..MINUTE_MS, MINUTE_MS..DAY_MS, DAY_MS..(4 * DAY_MS), -DAY_MS..0_i64];
    let add = (later, any::<u8>(), 0..NAMES.len(), 0..CODES.len(), 0..NOTES.len()).prop_map(
        |(later_ms, message, name, code, note)| Step::Add {
            later_ms,
            message: message % 60,
            name,
            code,
            note,
        },
    );
    let category = select(vec![Category::Finished, Category::Safety, Category::Status]);
    prop_oneof![
        12 => add,
        2 => (vec(0..60_usize, 0..5), any::<bool>())
            .prop_map(|(which, is_read)| Step::Mark { which, is_read }),
        1 => (0..60_usize).prop_map(|last| Step::MarkAll { last }),
        1 => any_choice().prop_map(Step::Delete),
        1 => (category, 0..30_u32).prop_map(|(category, days)| Step::Expire { category, days }),
        6 => (any_choice(), 0..60_usize, 1..8_u32)
            .prop_map(|(choice, start, limit)| Step::Look { choice, start, limit }),
    ]
}

/// The store and the model.
struct Pair {
    store: Store,
    model: Model,
    words: [Words; 2],
    now_ms: UnixMs,
    frames: u64,
}

const START_MS: UnixMs = 1_800_000_000_000;

impl Pair {
    fn new() -> Self {
        Self {
            store: Store::in_memory().unwrap(),
            model: Model::default(),
            words: Language::ALL.map(Words::new),
            now_ms: START_MS,
            frames: 0,
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Add { later_ms, message, name, code, note } => {
                self.now_ms += later_ms;
                self.add((*message, *name, *code, *note));
            }
            Step::Mark { which, is_read } => {
                let ids: Vec<EventId> = which.iter().filter_map(|which| self.nth(*which)).collect();
                self.store.mark_read(&ids, *is_read).unwrap();
                for kept in &mut self.model.events {
                    if ids.contains(&EventId(kept.id)) {
                        kept.is_read = *is_read;
                    }
                }
            }
            Step::MarkAll { last } => self.mark_all(*last),
            Step::Delete(choice) => {
                let filter = choice.filter(START_MS);
                // A text of white space chooses nothing to delete, while a search shows everything.
                let gone = if has_blank_text(&filter) {
                    Vec::new()
                } else {
                    self.model.shown(&filter, &self.words)
                };
                let deleted = self.store.delete(&filter, |_| true).unwrap();
                assert_eq!(deleted as usize, gone.len(), "{filter:?}");
                self.model.events.retain(|kept| !gone.contains(&kept.id));
            }
            Step::Expire { category, days } => {
                let rules = [RetentionRule { category: *category, days: *days }];
                self.store.expire(&rules, self.now_ms).unwrap();
                let oldest_ms = self.now_ms - i64::from(*days) * DAY_MS;
                self.model.events.retain(|kept| {
                    *days == 0
                        || kept.event.category != *category
                        || kept.event.received_at_ms >= oldest_ms
                });
            }
            Step::Look { choice, start, limit } => self.look(choice, *start, *limit),
        }
    }

    fn nth(&self, which: usize) -> Option<EventId> {
        let events = &self.model.events;
        (!events.is_empty()).then(|| EventId(events[which % events.len()].id))
    }

    fn add(&mut self, message: (u8, usize, usize, usize)) {
        self.frames += 1;
        let (arrival, event) = arrival(self.now_ms, self.frames, message);
        let expected = self.model.add(&arrival, &event);
        let outcome = self.store.add(&[(arrival, Some(event))], |_| Decision::Notify).unwrap();
        let added = match &outcome[..] {
            [Outcome::Event(added)] => Some(added.stored.id.0),
            [Outcome::Repeated] => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(added, expected);
    }

    fn mark_all(&mut self, last: usize) {
        let Some(last) = self.nth(last) else { return };
        self.store.mark_all_read(last).unwrap();
        let place = |kept: &Kept| (kept.event.received_at_ms, kept.id);
        let end = self.model.events.iter().find(|kept| kept.id == last.0).map(place);
        for kept in &mut self.model.events {
            kept.is_read |= Some(place(kept)) <= end;
        }
    }

    fn look(&self, choice: &Choice, start: usize, limit: u32) {
        let filter = choice.filter(START_MS);
        let start = self.nth(start).unwrap_or(EventId::END);
        for from in
            [PageFrom::Before(EventId::END), PageFrom::Before(start), PageFrom::After(start)]
        {
            let found = self.store.search(from, limit, &filter).unwrap();
            let ids: Vec<i64> = found.iter().map(|found| found.stored.id.0).collect();
            let expected = self.model.page(from, limit, &filter, &self.words);
            assert_eq!(ids, expected, "{from:?}, {limit}, {filter:?}");
            let has_text = !filter.text.trim().is_empty();
            let is_marked = found.iter().all(|found| found.found_in.is_empty() != has_text);
            assert!(is_marked || Query::of(&filter).is_none(), "{filter:?}");
        }
        self.count(&filter);
    }

    fn count(&self, filter: &HistoryFilter) {
        let shown = |filter: &HistoryFilter| self.model.shown(filter, &self.words).len();
        let counts = self.store.counts(filter).unwrap();
        assert_eq!(counts.total as usize, shown(filter), "{filter:?}");
        let unread = HistoryFilter { is_unread: true, ..filter.clone() };
        assert_eq!(counts.unread as usize, shown(&unread), "{filter:?}");
        for CategoryCount { category, count } in counts.categories {
            let one = HistoryFilter { categories: vec![category], ..filter.clone() };
            assert_eq!(count as usize, shown(&one), "{category:?} of {filter:?}");
        }
        for SeverityCount { severity, count } in counts.severities {
            let one = HistoryFilter { severities: vec![severity], ..filter.clone() };
            assert_eq!(count as usize, shown(&one), "{severity:?} of {filter:?}");
        }
        let mut known = BTreeSet::new();
        for DeviceCount { device, count } in counts.devices {
            let one = HistoryFilter { device_ids: vec![device.id.clone()], ..filter.clone() };
            assert_eq!(count as usize, shown(&one), "{device:?} of {filter:?}");
            known.insert(device.id);
        }
        let there = self.model.events.iter().filter_map(|kept| kept.event.device_id.clone());
        assert_eq!(known, there.collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_answers_as_a_list_would(steps in vec(any_step(), 1..80)) {
        let mut pair = Pair::new();

        for step in &steps {
            pair.take(step);
        }

        pair.count(&HistoryFilter::default());
        let all = pair.model.shown(&HistoryFilter::default(), &pair.words);
        prop_assert_eq!(pair.store.size().unwrap().events as usize, all.len());
        let check = "PRAGMA integrity_check";
        let is_whole: String =
            pair.store.database().query_one(check, [], |row| row.get(0)).unwrap();
        prop_assert_eq!(is_whole, "ok");
    }
}
