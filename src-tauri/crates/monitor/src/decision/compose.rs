//! Composes the text of notifications and determines which earlier one each replaces.

use model::{Category, DeviceId, EventSource, GapReason, NewEvent, Severity, UnixMs};
use thinq::PushCode;
use words::{Value, Words};

use super::late::LateTime;
use crate::event::{EventId, StoredEvent};

/// A notification for the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// `None` if the history failed to store the event.
    pub event_id: Option<EventId>,
    pub title: String,
    pub body: String,
    pub severity: Severity,
    pub category: Category,
    pub device_type: Option<String>,
}

/// Subject of a notification. A newer notification replaces an older one with the same subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    pub device_id: Option<DeviceId>,
    topic: String,
}

impl Topic {
    pub fn of(event: &NewEvent) -> Self {
        Self {
            device_id: event.device_id.clone(),
            topic: topic(&PushCode::new(&event.code), event.category),
        }
    }
}

/// Groups start, failure and end of a cycle, and opening and closing of a door; other events have
/// their own topic. Washing and drying are separate topics, since one appliance can do both.
fn topic(code: &PushCode, category: Category) -> String {
    let is_cycle = match category {
        Category::Finished | Category::Failed => true,
        Category::Safety | Category::Maintenance | Category::Reminder | Category::Status => {
            code.starts_cycle()
        }
    };
    let topic = if code.is_about_door() {
        "door"
    } else if is_cycle && code.is_about_washing() {
        "washing"
    } else if is_cycle && code.is_about_drying() {
        "drying"
    } else if is_cycle {
        "cycle"
    } else {
        code.as_str()
    };
    topic.to_owned()
}

/// Title is the appliance, body the event. Plain text: escaping depends on the notification server.
pub fn compose(event: &NewEvent, event_id: Option<EventId>, words: &Words) -> Notification {
    compose_as(title_of(event, words), event, event_id, words)
}

/// Same as [`compose`], for an event that happened while not connected, with times formatted by
/// `moment`.
pub fn compose_late(
    event: &NewEvent,
    event_id: Option<EventId>,
    time: LateTime,
    words: &Words,
    moment: impl Fn(UnixMs) -> String,
) -> Notification {
    let title = title_of(event, words);
    let text = |id: &str, times: &[(&str, Value<'_>)]| {
        words.text_with(id, &[&[("event", Value::Text(&title))], times].concat())
    };
    let at = |time: &str| text("notification-late-at", &[("time", Value::Text(time))]);
    let happened = match time {
        LateTime::At(ms) => at(&moment(ms)),
        LateTime::Between { from_ms, until_ms } => {
            let (from, until) = (moment(from_ms), moment(until_ms));
            if from == until {
                at(&until)
            } else {
                let times = [("from", Value::Text(&from)), ("until", Value::Text(&until))];
                text("notification-late-between", &times)
            }
        }
        LateTime::Unknown => text("notification-late", &[]),
    };
    compose_as(happened, event, event_id, words)
}

fn compose_as(
    happened: String,
    event: &NewEvent,
    event_id: Option<EventId>,
    words: &Words,
) -> Notification {
    let device = device_of(event, words);
    let (title, body) =
        if device.is_empty() { (happened, String::new()) } else { (device, happened) };
    Notification {
        event_id,
        title,
        body,
        severity: event.severity,
        category: event.category,
        device_type: event.device_type.clone(),
    }
}

/// Event text.
pub fn title_of(event: &NewEvent, words: &Words) -> String {
    let about = |id: &str, device: &str| words.text_with(id, &[("device", Value::Text(device))]);
    match event.kind {
        EventSource::Push if event.code.is_empty() => words.text("event-unnamed"),
        EventSource::Push => words.push_title(&event.code),
        EventSource::Registered => about("event-registered", &device_or_unknown(event, words)),
        EventSource::Unregistered => about("event-unregistered", &device_or_unknown(event, words)),
        EventSource::Renamed => about("event-renamed", &event.text),
        EventSource::Text => event.text.clone(),
        EventSource::Gap => words.text_with("event-gap-untimed", &[("reason", reason_of(event))]),
    }
}

/// Same as [`title_of`], with the times of a gap formatted by `moment`.
pub fn title_with_times(
    event: &NewEvent,
    words: &Words,
    moment: impl Fn(UnixMs) -> String,
) -> String {
    let Some(gap) = event.gap else { return title_of(event, words) };
    let (from, until) = (moment(gap.from_ms), moment(event.received_at_ms));
    words.text_with(
        "event-gap",
        &[
            ("from", Value::Text(&from)),
            ("until", Value::Text(&until)),
            ("reason", reason_of(event)),
        ],
    )
}

fn reason_of(event: &NewEvent) -> Value<'static> {
    Value::Text(match event.gap.map(|gap| gap.reason) {
        Some(GapReason::Asleep) => "asleep",
        Some(GapReason::Network) => "network",
        Some(GapReason::Service) | None => "service",
    })
}

fn device_or_unknown(event: &NewEvent, words: &Words) -> String {
    let device = device_of(event, words);
    if device.is_empty() { words.text("event-unknown-device") } else { device }
}

/// Device alias, else type name; empty if neither is known.
pub fn device_of(event: &NewEvent, words: &Words) -> String {
    if event.device_name.is_empty() {
        event.device_type.as_deref().map(|t| words.device_type_name(t)).unwrap_or_default()
    } else {
        event.device_name.clone()
    }
}

/// Summary of several events: count and appliances.
pub fn compose_summary(count: u32, devices: &[String], words: &Words) -> (String, String) {
    let title = words.text_with("notification-summary", &[("count", Value::from(count))]);
    (title, named(devices, words))
}

/// Digest of events held back: count and the latest few by name.
pub fn compose_digest(held: &[StoredEvent], words: &Words) -> (String, String) {
    const NAMED: usize = 3;
    let title = words.text_with("notification-digest", &[("count", Value::from(held.len()))]);
    let lines: Vec<String> = held
        .iter()
        .rev()
        .take(NAMED)
        .map(|stored| {
            let (device, happened) =
                (device_of(&stored.event, words), title_of(&stored.event, words));
            if device.is_empty() { happened } else { format!("{device}: {happened}") }
        })
        .collect();
    (title, lines.join(" · "))
}

fn named(devices: &[String], words: &Words) -> String {
    let Some(first) = devices.first() else { return String::new() };
    words.text_with(
        "notification-summary-devices",
        &[("device", Value::Text(first)), ("count", Value::from(devices.len() - 1))],
    )
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn a_cycle_that_ends_takes_the_place_of_its_start_and_others_stay() {
        let of = |code| Topic::of(&example_event(code, "Washer", NOW));
        let same = [
            ("WASHING_IS_COMPLETE", "ERROR_DURING_WASHING"),
            ("SCHEDULED_CLEANING_STARTS", "CLEANING_IS_COMPLETE"),
            ("PREHEATING_IS_COMPLETE", "COOKING_IS_COMPLETE"),
            ("DOOR_IS_OPEN", "DOOR_IS_CLOSED"),
            ("TIME_TO_CLEAN_FILTER", "TIME_TO_CLEAN_FILTER"),
        ];
        let apart = [
            ("WASHING_IS_COMPLETE", "DRYING_IS_COMPLETE"),
            ("WATER_LEAK_HAS_OCCURRED", "ERROR_DURING_WASHING"),
            ("DOORBELL_RING", "DOOR_IS_OPEN"),
            ("TIME_TO_CLEAN_FILTER", "TIME_TO_CHANGE_FILTER"),
        ];

        for (one, other) in same {
            assert_eq!(of(one), of(other), "{one} and {other}");
        }
        for (one, other) in apart {
            assert_ne!(of(one), of(other), "{one} and {other}");
        }
        let elsewhere = Topic::of(&example_event("WASHING_IS_COMPLETE", "Other", NOW));
        assert_ne!(of("WASHING_IS_COMPLETE"), elsewhere);
    }

    #[test]
    fn several_are_counted_and_named() {
        let words = Words::new(Language::English);
        let devices = ["Washer", "Dryer", "Oven"].map(str::to_owned);

        let (title, body) = compose_summary(7, &devices, &words);

        assert_eq!(
            (title.as_str(), body.as_str()),
            ("7 new events", "Washer and 2 other appliances")
        );
        assert_eq!(compose_summary(1, &devices[..1], &words).1, "Washer");
        assert_eq!(compose_summary(2, &[], &words).1, "");
    }

    #[test]
    fn a_notification_names_the_appliance_and_what_happened_in_both_languages() {
        let done = example_event("WASHING_IS_COMPLETE", "우리집 세탁기", NOW);

        let english = compose(&done, Some(EventId(1)), &Words::new(Language::English));
        let korean = compose(&done, Some(EventId(1)), &Words::new(Language::Korean));

        assert_eq!(
            (english.title.as_str(), english.body.as_str()),
            ("우리집 세탁기", "Laundry is done")
        );
        assert_eq!(korean.body, "세탁이 끝났어요");
    }

    #[test]
    fn a_late_notification_says_when_it_happened_in_both_languages() {
        let late = NewEvent {
            is_found_after_gap: true,
            ..example_event("WASHING_IS_COMPLETE", "Washer", NOW)
        };
        let body = |language, time| {
            let moment = |ms: UnixMs| format!("{}:00", (ms - NOW) / 3_600_000);
            compose_late(&late, None, time, &Words::new(language), moment).body
        };
        let hours = |hours: i64| NOW + hours * 3_600_000;
        let between = LateTime::Between { from_ms: hours(10), until_ms: hours(11) };
        let moment = LateTime::Between { from_ms: hours(11), until_ms: hours(11) };
        let cases = [
            (
                LateTime::At(hours(10)),
                "Laundry is done (10:00, while not connected)",
                "세탁이 끝났어요 (10:00, 연결이 끊긴 동안)",
            ),
            (
                between,
                "Laundry is done (between 10:00 and 11:00, while not connected)",
                "세탁이 끝났어요 (10:00~11:00, 연결이 끊긴 동안)",
            ),
            (
                moment,
                "Laundry is done (11:00, while not connected)",
                "세탁이 끝났어요 (11:00, 연결이 끊긴 동안)",
            ),
            (
                LateTime::Unknown,
                "Laundry is done (while not connected)",
                "세탁이 끝났어요 (연결이 끊긴 동안)",
            ),
        ];

        for (time, english, korean) in cases {
            assert_eq!(body(Language::English, time), english);
            assert_eq!(body(Language::Korean, time), korean);
        }
    }

    #[test]
    fn a_device_without_a_name_is_called_by_its_type_and_an_unknown_code_is_readable() {
        let event = example_event("SOMETHING_NEW", "", NOW);

        let notification = compose(&event, None, &Words::new(Language::English));

        assert_eq!(notification.title, "Washer");
        assert_eq!(notification.body, "Something new");
    }
}
