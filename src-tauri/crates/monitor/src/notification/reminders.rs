//! Which notifications come again, and what settles them.

use model::{Category, EventSource, Severity, UnixMs};
use thinq::signs::Signs;

use crate::event::NewEvent;

/// A report this soon after an ending is still about the cycle that ended.
const SAME_CYCLE_MS: i64 = 60 * 1000;

/// What comes again until somebody attends to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminders {
    pub finished_washes: bool,
    pub other_finished: bool,
    pub after_minutes: u16,
    pub at_most: u8,
}

impl Default for Reminders {
    fn default() -> Self {
        Self { finished_washes: true, other_finished: false, after_minutes: 30, at_most: 3 }
    }
}

impl Reminders {
    /// Whether the event's notification comes again.
    pub fn wants(&self, event: &NewEvent) -> bool {
        let is_finished = event.kind == EventSource::Push
            && event.category == Category::Finished
            && self.at_most > 0;
        let is_wash = event.code.contains("WASHING");
        is_finished && if is_wash { self.finished_washes } else { self.other_finished }
    }

    pub fn after_ms(&self) -> i64 {
        i64::from(self.after_minutes) * 60_000
    }
}

/// What somebody has done about an appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settles {
    /// Opened it, or started it again: what had finished or failed is settled.
    Cycle,
    /// Closed it: that it stood open is settled.
    OpenDoor,
}

/// What a push says about earlier events of the same device.
pub(crate) fn settled_by_push(code: &str) -> Option<Settles> {
    match code {
        "DOOR_IS_OPENED" | "DOOR_IS_OPEN" | "SCHEDULED_CLEANING_STARTS" => Some(Settles::Cycle),
        "DOOR_IS_CLOSED" | "DOOR_WINDOW_IS_CLOSED" => Some(Settles::OpenDoor),
        _ => None,
    }
}

/// Whether a report settles an earlier event of the same device.
pub(crate) fn settles(signs: &Signs, earlier: &NewEvent, now_ms: UnixMs) -> bool {
    if is_open_door(earlier) {
        return signs.is_door_open == Some(false);
    }
    // The halves of a WashTower are one device: each report is about one of them.
    let is_same_half = match signs.place.as_str() {
        "washer" => !earlier.code.contains("DRYING"),
        "dryer" => earlier.code.contains("DRYING"),
        _ => true,
    };
    let is_later = now_ms.saturating_sub(earlier.received_at_ms) >= SAME_CYCLE_MS;
    let is_attended = signs.is_door_open == Some(true) || (signs.is_at_work && is_later);
    is_cycle(earlier) && is_same_half && is_attended
}

/// Whether `earlier` is what [`settled_by_push`] is about.
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
    event.code == "DOOR_IS_OPEN" || event.code == "DOOR_WINDOW_IS_OPENED"
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let event = NewEvent::example(code, "Washer", NOW);
            assert_eq!(reminders.wants(&event), by_default, "{code}");
            assert_eq!(all.wants(&event), with_all, "{code}");
            assert!(!none.wants(&event), "{code}");
        }
    }

    #[test]
    fn a_door_or_a_new_cycle_settles_what_has_ended() {
        let signs = |place: &str, is_at_work, is_door_open| Signs {
            place: place.to_owned(),
            is_at_work,
            is_door_open,
        };
        let minute = 60_000;
        let cases = [
            ("WASHING_IS_COMPLETE", signs("MAIN", false, Some(true)), 0, true),
            ("WASHING_IS_COMPLETE", signs("MAIN", false, Some(false)), 0, false),
            ("WASHING_IS_COMPLETE", signs("MAIN", true, None), minute, true),
            ("WASHING_IS_COMPLETE", signs("MAIN", true, None), minute - 1, false),
            ("WASHING_IS_COMPLETE", signs("dryer", true, None), minute, false),
            ("DRYING_IS_COMPLETE", signs("dryer", true, None), minute, true),
            ("DRYING_IS_COMPLETE", signs("washer", true, None), minute, false),
            ("ERROR_DURING_WASHING", signs("", true, None), minute, true),
            ("TIME_TO_CLEAN_FILTER", signs("", true, Some(true)), minute, false),
            ("DOOR_IS_OPEN", signs("", false, Some(false)), 0, true),
            ("DOOR_IS_OPEN", signs("", true, Some(true)), minute, false),
        ];

        for (code, signs, passed, expected) in cases {
            let earlier = NewEvent::example(code, "Washer", NOW);
            assert_eq!(settles(&signs, &earlier, NOW + passed), expected, "{code}, then {signs:?}");
        }
    }

    #[test]
    fn pushes_settle_as_well() {
        let done = NewEvent::example("WASHING_IS_COMPLETE", "Washer", NOW);
        let open = NewEvent::example("DOOR_IS_OPEN", "Fridge", NOW);

        let opened = settled_by_push("DOOR_IS_OPENED").unwrap();
        let closed = settled_by_push("DOOR_IS_CLOSED").unwrap();

        assert!(is_settled_by(opened, &done) && !is_settled_by(opened, &open));
        assert!(is_settled_by(closed, &open) && !is_settled_by(closed, &done));
        assert_eq!(settled_by_push("WASHING_IS_COMPLETE"), None);
    }
}
