//! Repeated notifications, and the reports and pushes that settle them.

use model::{Category, EventSource, NewEvent, Reminders, Severity, UnixMs};
use thinq::{PushCode, Settles, state::ReportedPart};

/// A report this soon after an ending still belongs to the ended cycle.
const SAME_CYCLE_MS: i64 = 60 * 1000;

/// Whether the event's notification is repeated.
pub(crate) fn is_reminded(event: &NewEvent, reminders: Reminders) -> bool {
    let is_finished = event.kind == EventSource::Push
        && event.category == Category::Finished
        && reminders.at_most > 0;
    let is_wash = PushCode::new(&event.code).is_about_washing();
    is_finished && if is_wash { reminders.finished_washes } else { reminders.other_finished }
}

/// Whether a report settles an earlier event of the same device.
pub(crate) fn settles(part: &ReportedPart, earlier: &NewEvent, now_ms: UnixMs) -> bool {
    if is_open_door(earlier) {
        return part.is_door_open == Some(false);
    }
    let is_drying = PushCode::new(&earlier.code).is_about_drying();
    // Both halves of a WashTower are one device; each report covers one of them.
    let is_same_half = match part.place.as_str() {
        "washer" => !is_drying,
        "dryer" => is_drying,
        _ => true,
    };
    let is_later = now_ms.saturating_sub(earlier.received_at_ms) >= SAME_CYCLE_MS;
    let is_attended = part.is_door_open == Some(true) || (part.is_running && is_later);
    is_cycle(earlier) && is_same_half && is_attended
}

/// Whether a push settles `earlier`.
pub(crate) fn is_settled_by(settles: Settles, earlier: &NewEvent) -> bool {
    match settles {
        Settles::Cycle => is_cycle(earlier),
        Settles::OpenDoor => is_open_door(earlier),
    }
}

fn is_cycle(event: &NewEvent) -> bool {
    matches!(event.category, Category::Finished)
        || (event.category == Category::Failed && event.severity == Severity::Error)
}

fn is_open_door(event: &NewEvent) -> bool {
    PushCode::new(&event.code).is_open_door()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::example_event;

    const NOW: UnixMs = 1_800_000_000_000;

    #[test]
    fn by_default_only_finished_washes_come_again() {
        let reminders = Reminders::default();
        let all = Reminders { other_finished: true, ..reminders };
        let none = Reminders { at_most: 0, ..all };
        let cases = [
            ("WASHING_IS_COMPLETE", true, true),
            ("DRYING_IS_COMPLETE", false, true),
            ("COOKING_IS_COMPLETE", false, true),
            ("ERROR_DURING_WASHING", false, false),
            ("TIME_TO_CLEAN_FILTER", false, false),
        ];

        for (code, by_default, with_all) in cases {
            let event = example_event(code, "Washer", NOW);
            assert_eq!(is_reminded(&event, reminders), by_default, "{code}");
            assert_eq!(is_reminded(&event, all), with_all, "{code}");
            assert!(!is_reminded(&event, none), "{code}");
        }
    }

    #[test]
    fn a_door_or_a_new_cycle_settles_what_has_ended() {
        let part = |place: &str, is_running, is_door_open| ReportedPart {
            place: place.to_owned(),
            is_running,
            is_door_open,
        };
        let minute = 60_000;
        let cases = [
            ("WASHING_IS_COMPLETE", part("MAIN", false, Some(true)), 0, true),
            ("WASHING_IS_COMPLETE", part("MAIN", false, Some(false)), 0, false),
            ("WASHING_IS_COMPLETE", part("MAIN", true, None), minute, true),
            ("WASHING_IS_COMPLETE", part("MAIN", true, None), minute - 1, false),
            ("WASHING_IS_COMPLETE", part("dryer", true, None), minute, false),
            ("DRYING_IS_COMPLETE", part("dryer", true, None), minute, true),
            ("DRYING_IS_COMPLETE", part("washer", true, None), minute, false),
            ("ERROR_DURING_WASHING", part("", true, None), minute, true),
            ("TIME_TO_CLEAN_FILTER", part("", true, Some(true)), minute, false),
            ("DOOR_IS_OPEN", part("", false, Some(false)), 0, true),
            ("DOOR_IS_OPEN", part("", true, Some(true)), minute, false),
        ];

        for (code, part, passed, expected) in cases {
            let earlier = example_event(code, "Washer", NOW);
            assert_eq!(settles(&part, &earlier, NOW + passed), expected, "{code}, then {part:?}");
        }
    }

    #[test]
    fn pushes_settle_as_well() {
        let done = example_event("WASHING_IS_COMPLETE", "Washer", NOW);
        let open = example_event("DOOR_IS_OPEN", "Fridge", NOW);

        let opened = PushCode::new("DOOR_IS_OPENED").settles().unwrap();
        let closed = PushCode::new("DOOR_IS_CLOSED").settles().unwrap();

        assert!(is_settled_by(opened, &done) && !is_settled_by(opened, &open));
        assert!(is_settled_by(closed, &open) && !is_settled_by(closed, &done));
        assert_eq!(PushCode::new("WASHING_IS_COMPLETE").settles(), None);
    }
}
