//! Infers what happened to a device between two states: ends of cycles, errors, open doors.

use std::time::Duration;

use serde_json::Value;

use super::{
    part::{error_of, is_open, left, run_state_of},
    place::{self, Fields},
};
use crate::push_code::PushCode;

/// Tolerance of a device's own forecast of its end.
const FORECAST_SLACK: Duration = Duration::from_mins(5);

/// An inferred event that is normally reported by a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// See [`super::PartState::place`].
    pub place: String,
    pub code: PushCode,
}

/// Infers the events between the states `before` and `after`, which is `passed` later.
///
/// `device_type` is LG's. Nothing is inferred for a part that was unknown before.
pub fn happened_between(
    device_type: &str,
    before: &Value,
    after: &Value,
    passed: Duration,
) -> Vec<Inferred> {
    let mut happenings: Vec<Inferred> = Vec::new();
    let (before, after) = (place::parts(before), place::parts(after));
    for (name, part) in &after {
        let known = before.iter().find(|(known, _)| known == name);
        let known = known.or_else(|| before.first().filter(|_| before.len() == 1));
        let Some((_, known)) = known else { continue };
        let codes = [
            ending(kind_of(device_type, name), known, part, passed),
            new_error(known, part),
            left_open(device_type, known, part),
        ];
        for code in codes.into_iter().flatten() {
            let happening = Inferred { place: (*name).to_owned(), code };
            if !happenings.contains(&happening) {
                happenings.push(happening);
            }
        }
    }
    happenings
}

/// Push code for this run state, if it is an end.
pub fn ending_of(device_type: &str, place: &str, run_state: &str) -> Option<PushCode> {
    kind_of(device_type, place)?.code_of(run_state).map(PushCode::new)
}

/// Whether this push code can report an end of that part.
pub fn may_end_with(device_type: &str, place: &str, code: &PushCode) -> bool {
    kind_of(device_type, place)
        .is_some_and(|kind| kind.ends.iter().any(|&(_, known)| known == code.as_str()))
}

/// End states of a device type.
#[derive(Clone, Copy)]
struct Kind {
    /// A run state and its push code.
    ends: &'static [(&'static str, &'static str)],
    /// Finished, and still caring for the load.
    aftercare: &'static [&'static str],
}

const WASHER: Kind =
    Kind { ends: &[("END", "WASHING_IS_COMPLETE")], aftercare: &["COOL_DOWN", "REFRESHING"] };
const DRYER: Kind = Kind { ends: &[("END", "DRYING_IS_COMPLETE")], aftercare: &["WRINKLE_CARE"] };
const DISH_WASHER: Kind =
    Kind { ends: &[("END", "CLEANING_IS_COMPLETE")], aftercare: &["NIGHT_DRY"] };
const STYLER: Kind = Kind {
    ends: &[("COMPLETE", "STYLING_IS_COMPLETE"), ("RUNNING_END", "STYLING_IS_COMPLETE")],
    aftercare: &["NIGHT_DRY"],
};
const OVEN: Kind = Kind {
    ends: &[
        ("DONE", "COOKING_IS_COMPLETE"),
        ("PREHEATING_IS_DONE", "PREHEATING_IS_COMPLETE"),
        ("CLEANING_IS_DONE", "CLEANING_IS_COMPLETE"),
    ],
    aftercare: &["COOLING"],
};
const MICROWAVE: Kind = Kind {
    ends: &[
        ("COOK_COMPLETE", "COOKING_IS_COMPLETE"),
        ("PREHEAT_COMPLETE", "PREHEATING_IS_COMPLETE"),
    ],
    aftercare: &[],
};
const STICK_CLEANER: Kind =
    Kind { ends: &[("CHARGING_COMPLETE", "CHARGING_IS_COMPLETE")], aftercare: &[] };

/// Neither running nor finished.
const RESTING: &[&str] = &["POWER_OFF", "INITIAL", "SLEEP", "RESERVED", "ERROR", "CANCEL"];

fn kind_of(device_type: &str, part: &str) -> Option<Kind> {
    match (device_type, part) {
        ("DEVICE_WASHTOWER", "dryer") | ("DEVICE_DRYER" | "DEVICE_WASHTOWER_DRYER", _) => {
            Some(DRYER)
        }
        (
            "DEVICE_WASHER"
            | "DEVICE_WASHTOWER_WASHER"
            | "DEVICE_WASHTOWER"
            | "DEVICE_WASHCOMBO_MAIN"
            | "DEVICE_WASHCOMBO_MINI",
            _,
        ) => Some(WASHER),
        ("DEVICE_DISH_WASHER", _) => Some(DISH_WASHER),
        ("DEVICE_STYLER", _) => Some(STYLER),
        ("DEVICE_OVEN", _) => Some(OVEN),
        ("DEVICE_MICROWAVE_OVEN", _) => Some(MICROWAVE),
        ("DEVICE_STICK_CLEANER", _) => Some(STICK_CLEANER),
        _ => None,
    }
}

impl Kind {
    fn code_of(&self, run_state: &str) -> Option<&'static str> {
        self.ends.iter().find_map(|&(end, code)| (end == run_state).then_some(code))
    }

    fn is_over(&self, run_state: &str) -> bool {
        self.code_of(run_state).is_some() || self.aftercare.contains(&run_state)
    }

    /// Push code to use when the state no longer shows which end it was.
    fn usual_code(&self) -> Option<&'static str> {
        self.ends.first().map(|&(_, code)| code)
    }
}

fn ending(
    kind: Option<Kind>,
    before: &Fields,
    after: &Fields,
    passed: Duration,
) -> Option<PushCode> {
    let kind = kind?;
    let (was, is) = (run_state_of(before)?, run_state_of(after)?);
    if kind.is_over(was) {
        return None;
    }
    if kind.is_over(is) {
        return kind.code_of(is).or_else(|| kind.usual_code()).map(PushCode::new);
    }
    // Switched off: finished according to its own forecast, otherwise stopped by the user.
    let was_at_work = !RESTING.contains(&was) && was != "PAUSE";
    let before_left = before.get("timer").and_then(Value::as_object).and_then(left);
    let was_due = before_left.is_some_and(|left| left.remaining <= passed + FORECAST_SLACK);
    let is_off = matches!(is, "POWER_OFF" | "INITIAL" | "SLEEP");
    if was_at_work && is_off && was_due {
        return kind.usual_code().map(PushCode::new);
    }
    None
}

fn new_error(before: &Fields, after: &Fields) -> Option<PushCode> {
    let error = error_of(after)?;
    (error_of(before) != Some(error)).then(|| PushCode::new(error))
}

fn left_open(device_type: &str, before: &Fields, after: &Fields) -> Option<PushCode> {
    match device_type {
        "DEVICE_REFRIGERATOR" | "DEVICE_KIMCHI_REFRIGERATOR" | "DEVICE_WINE_CELLAR" => {
            let is_new = has_open_door(after) && !has_open_door(before);
            is_new.then(|| PushCode::new("DOOR_IS_OPEN"))
        }
        "DEVICE_LUMI_DOOR_WINDOW_SENSOR" => {
            let is_new =
                run_state_of(after) == Some("OPEN") && run_state_of(before) != Some("OPEN");
            is_new.then(|| PushCode::new("DOOR_WINDOW_IS_OPENED"))
        }
        _ => None,
    }
}

fn has_open_door(part: &Fields) -> bool {
    match part.get("doorStatus") {
        Some(Value::Array(doors)) => doors.iter().any(is_open),
        Some(door) => is_open(door),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AN_HOUR: Duration = Duration::from_hours(1);

    fn codes(device_type: &str, before: &Value, after: &Value) -> Vec<String> {
        happened_between(device_type, before, after, AN_HOUR)
            .into_iter()
            .map(|happening| happening.code.as_str().to_owned())
            .collect()
    }

    fn washing(run_state: &str) -> Value {
        json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state } }])
    }

    fn drying(run_state: &str) -> Value {
        json!({ "runState": { "currentState": run_state } })
    }

    #[test]
    fn endings_follow_from_what_was_and_what_is() {
        let cases: [(&str, Value, Value, &[&str]); 8] = [
            ("DEVICE_WASHER", washing("SPINNING"), washing("END"), &["WASHING_IS_COMPLETE"]),
            ("DEVICE_WASHER", washing("INITIAL"), washing("END"), &["WASHING_IS_COMPLETE"]),
            ("DEVICE_WASHER", washing("END"), washing("END"), &[]),
            ("DEVICE_WASHER", washing("RUNNING"), washing("POWER_OFF"), &[]),
            ("DEVICE_DRYER", drying("RUNNING"), drying("WRINKLE_CARE"), &["DRYING_IS_COMPLETE"]),
            ("DEVICE_DRYER", drying("WRINKLE_CARE"), drying("END"), &[]),
            ("DEVICE_DISH_WASHER", drying("RUNNING"), drying("CANCEL"), &[]),
            ("DEVICE_STYLER", drying("STEAM"), drying("COMPLETE"), &["STYLING_IS_COMPLETE"]),
        ];
        for (device_type, before, after, expected) in cases {
            assert_eq!(codes(device_type, &before, &after), expected, "{before} then {after}");
        }
    }

    #[test]
    fn an_appliance_that_switched_itself_off_has_ended_if_it_was_due() {
        let with_timer = |minutes: u64| {
            json!({ "runState": { "currentState": "RUNNING" },
                    "timer": { "remainHour": 0, "remainMinute": minutes } })
        };
        let off = drying("POWER_OFF");

        assert_eq!(codes("DEVICE_DRYER", &with_timer(40), &off), ["DRYING_IS_COMPLETE"]);
        let long = json!({ "runState": { "currentState": "RUNNING" },
                           "timer": { "remainHour": 2, "remainMinute": 0 } });
        assert!(codes("DEVICE_DRYER", &long, &off).is_empty());
    }

    #[test]
    fn each_half_of_a_tower_ends_for_itself() {
        let tower =
            |washer: &str, dryer: &str| json!({ "washer": drying(washer), "dryer": drying(dryer) });

        let found = codes("DEVICE_WASHTOWER", &tower("RUNNING", "RUNNING"), &tower("END", "END"));

        assert_eq!(found, ["WASHING_IS_COMPLETE", "DRYING_IS_COMPLETE"]);
    }

    #[test]
    fn a_door_left_open_and_a_new_error_are_found() {
        let fridge =
            |state: &str| json!({ "doorStatus": [{ "locationName": "MAIN", "doorState": state }] });
        assert_eq!(
            codes("DEVICE_REFRIGERATOR", &fridge("CLOSE"), &fridge("OPEN")),
            ["DOOR_IS_OPEN"]
        );
        assert!(codes("DEVICE_REFRIGERATOR", &fridge("OPEN"), &fridge("OPEN")).is_empty());

        let mut stuck = washing("ERROR");
        stuck[0]["error"] = json!("WATER_DRAIN_ERROR");
        assert_eq!(codes("DEVICE_WASHER", &washing("RUNNING"), &stuck), ["WATER_DRAIN_ERROR"]);
        assert!(codes("DEVICE_WASHER", &stuck, &stuck).is_empty());
    }

    #[test]
    fn odd_states_say_nothing() {
        for odd in [json!(null), json!([]), json!([1, "x"]), json!({ "runState": 3 }), json!("END")]
        {
            assert!(codes("DEVICE_WASHER", &odd, &washing("END")).is_empty(), "{odd}");
            assert!(codes("DEVICE_WASHER", &washing("RUNNING"), &odd).is_empty(), "{odd}");
        }
    }
}
