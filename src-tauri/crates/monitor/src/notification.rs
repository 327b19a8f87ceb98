//! Whether an event is notified, and in which words. Pure: no clock, no I/O.

use thinq::{Category, Severity};
use words::{Value, Words};

use crate::event::{EventId, EventKind, GapReason, NewEvent, UnixMs};

/// Older events are kept in the history without a notification: they come from a time when this
/// program or the network was away.
const OLDEST_MS: i64 = 15 * 60 * 1000;

/// What the user wants, as far as it decides about notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Nothing is notified before this time.
    pub paused_until_ms: Option<UnixMs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Notify,
    Silent(Reason),
}

/// Why an event is not notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user asked for quiet.
    Paused,
    /// Worth a line in the history and no more.
    HistoryOnly,
    /// It happened too long ago.
    Old,
}

/// What the desktop shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// None when the history could not take the event.
    pub event_id: Option<EventId>,
    pub title: String,
    pub body: String,
    pub severity: Severity,
    pub category: Category,
    pub device_type: Option<String>,
}

impl Decision {
    /// As the history keeps it; the catalogue has `decision-<name>`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Silent(Reason::Paused) => "paused",
            Self::Silent(Reason::HistoryOnly) => "historyOnly",
            Self::Silent(Reason::Old) => "old",
        }
    }
}

/// Safety breaks through a pause: a leak does not wait for an hour.
pub fn decide(event: &NewEvent, rules: &Rules, now_ms: UnixMs) -> Decision {
    match event.kind {
        EventKind::Push => {}
        EventKind::Registered
        | EventKind::Unregistered
        | EventKind::Renamed
        | EventKind::Text
        | EventKind::Gap => {
            return Decision::Silent(Reason::HistoryOnly);
        }
    }
    if now_ms.saturating_sub(event.received_at_ms) > OLDEST_MS {
        return Decision::Silent(Reason::Old);
    }
    let is_urgent = event.category == Category::Safety && event.severity == Severity::Error;
    if rules.paused_until_ms.is_some_and(|until| now_ms < until) && !is_urgent {
        return Decision::Silent(Reason::Paused);
    }
    Decision::Notify
}

/// The appliance as the title, what happened as the body. Plain text: escaping is the business of
/// whoever knows the notification server.
pub fn compose(event: &NewEvent, event_id: Option<EventId>, words: &Words) -> Notification {
    let happened = title_of(event, words);
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

/// What happened, in words.
pub fn title_of(event: &NewEvent, words: &Words) -> String {
    let about = |id: &str, device: &str| words.text_with(id, &[("device", Value::Text(device))]);
    match event.kind {
        EventKind::Push if event.code.is_empty() => words.text("event-unnamed"),
        EventKind::Push => words.push_title(&event.code),
        EventKind::Registered => about("event-registered", &device_or_unknown(event, words)),
        EventKind::Unregistered => about("event-unregistered", &device_or_unknown(event, words)),
        EventKind::Renamed => about("event-renamed", &event.text),
        EventKind::Text => event.text.clone(),
        EventKind::Gap => words.text_with("event-gap-untimed", &[("reason", reason_of(event))]),
    }
}

/// As [`title_of`], with the times of a gap, written as `moment` writes them.
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

/// The device's own name, else its type's; empty when neither is known.
pub fn device_of(event: &NewEvent, words: &Words) -> String {
    if event.device_name.is_empty() {
        event.device_type.as_deref().map(|t| words.device_type_name(t)).unwrap_or_default()
    } else {
        event.device_name.clone()
    }
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn decisions() {
        let paused = Rules { paused_until_ms: Some(NOW + 1) };
        let over = Rules { paused_until_ms: Some(NOW) };
        let free = Rules::default();
        let renamed =
            NewEvent { kind: EventKind::Renamed, ..NewEvent::example("X", "Washer", NOW) };
        let old = NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW - OLDEST_MS - 1);
        let done = NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW);
        let leak = NewEvent::example("WATER_LEAK_HAS_OCCURRED", "Dishwasher", NOW);
        let unknown = NewEvent::example("SOMETHING_NEW", "Washer", NOW);
        let cases = [
            (&done, &free, Decision::Notify),
            (&unknown, &free, Decision::Notify),
            (&done, &paused, Decision::Silent(Reason::Paused)),
            (&done, &over, Decision::Notify),
            (&leak, &paused, Decision::Notify),
            (&renamed, &free, Decision::Silent(Reason::HistoryOnly)),
            (&old, &free, Decision::Silent(Reason::Old)),
        ];

        for (event, rules, expected) in cases {
            assert_eq!(decide(event, rules, NOW), expected, "{event:?} under {rules:?}");
        }
    }

    #[test]
    fn a_notification_names_the_appliance_and_what_happened_in_both_languages() {
        let done = NewEvent::example("WASHING_IS_COMPLETE", "우리집 세탁기", NOW);

        let english = compose(&done, Some(EventId(1)), &Words::new(Language::English));
        let korean = compose(&done, Some(EventId(1)), &Words::new(Language::Korean));

        assert_eq!(
            (english.title.as_str(), english.body.as_str()),
            ("우리집 세탁기", "Laundry is done")
        );
        assert_eq!(korean.body, "세탁이 끝났어요");
    }

    #[test]
    fn a_device_without_a_name_is_called_by_its_type_and_an_unknown_code_is_readable() {
        let event = NewEvent::example("SOMETHING_NEW", "", NOW);

        let notification = compose(&event, None, &Words::new(Language::English));

        assert_eq!(notification.title, "Washer");
        assert_eq!(notification.body, "Something new");
    }
}
