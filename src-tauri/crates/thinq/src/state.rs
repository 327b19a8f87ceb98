//! What the state of an appliance says: reports merged into it, and what must have happened
//! between two looks at it. Pure. See `docs/protocol.md#status-reports`.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::push_code::PushCode;

/// An appliance's own forecast of its end may be off by this much.
const FORECAST_SLACK: Duration = Duration::from_mins(5);

/// Merges what changed, key by key; lists by the place their entries are about.
pub fn merge(state: &mut Value, report: &Value) {
    match (state, report) {
        (Value::Object(state), Value::Object(report)) => {
            for (key, value) in report {
                merge(state.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(entries), Value::Array(reported)) if are_places(entries, reported) => {
            for entry in reported {
                merge_entry(entries, entry);
            }
        }
        (Value::Array(entries), report @ Value::Object(_)) if !entries.is_empty() => {
            merge_entry(entries, report);
        }
        (state @ Value::Object(_), Value::Array(reported)) if reported.len() == 1 => {
            for entry in reported {
                merge(state, entry);
            }
        }
        (state, report) => *state = report.clone(),
    }
}

/// What must have happened to an appliance that looked like `before` and looks like `after` now,
/// `passed` later, as the push codes that would have told it: an end, a door left open, an error.
///
/// `device_type` is LG's. Nothing follows from a state that was not known before.
pub fn happened_between(
    device_type: &str,
    before: &Value,
    after: &Value,
    passed: Duration,
) -> Vec<PushCode> {
    let mut codes = Vec::new();
    let (before, after) = (parts(before), parts(after));
    for (name, part) in &after {
        let known = before.iter().find(|(known, _)| known == name);
        let known = known.or_else(|| before.first().filter(|_| before.len() == 1));
        let Some((_, known)) = known else { continue };
        codes.extend(ending(kind_of(device_type, name), known, part, passed));
        codes.extend(new_error(known, part));
        codes.extend(left_open(device_type, known, part));
    }
    let mut seen = Vec::new();
    codes.retain(|code| {
        !seen.contains(code) && {
            seen.push(code.clone());
            true
        }
    });
    codes
}

/// Whether the entries of both lists can be told apart.
fn are_places(entries: &[Value], reported: &[Value]) -> bool {
    reported.iter().all(Value::is_object)
        && (reported.iter().all(|entry| place(entry).is_some())
            || (entries.len() == 1 && reported.len() == 1))
}

/// To the entry of the same place; without a place, to the only one there is.
fn merge_entry(entries: &mut Vec<Value>, report: &Value) {
    let found = match place(report) {
        Some(name) => entries
            .iter()
            .position(|entry| place(entry) == Some(name))
            .or_else(|| entries.iter().position(|entry| place(entry).is_none())),
        None if entries.len() == 1 => Some(0),
        None => return,
    };
    match found.and_then(|index| entries.get_mut(index)) {
        Some(entry) => merge(entry, report),
        None => entries.push(report.clone()),
    }
}

fn place(entry: &Value) -> Option<&str> {
    entry.pointer("/location/locationName").or_else(|| entry.get("locationName"))?.as_str()
}

/// The parts that run by themselves: drums, ovens, the halves of a `WashTower`.
pub(crate) fn parts(state: &Value) -> Vec<(&str, &Map<String, Value>)> {
    match state {
        Value::Array(entries) => entries
            .iter()
            .filter_map(|entry| Some((place(entry).unwrap_or_default(), entry.as_object()?)))
            .collect(),
        Value::Object(fields) => {
            let halves: Vec<_> = ["washer", "dryer"]
                .into_iter()
                .filter_map(|half| Some((half, fields.get(half)?.as_object()?)))
                .collect();
            if halves.is_empty() { vec![("", fields)] } else { halves }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// How an appliance calls its ends.
#[derive(Clone, Copy)]
struct Kind {
    /// A run state, and the code that tells of it.
    ends: &'static [(&'static str, &'static str)],
    /// Finished, and still looking after the load.
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

/// Neither running nor over.
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

    /// What it tells when the state has moved on and no longer says which end it was.
    fn usual_code(&self) -> Option<&'static str> {
        self.ends.first().map(|&(_, code)| code)
    }
}

fn ending(
    kind: Option<Kind>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    passed: Duration,
) -> Option<PushCode> {
    let kind = kind?;
    let (was, is) = (run_state(before)?, run_state(after)?);
    if kind.is_over(was) {
        return None;
    }
    if kind.is_over(is) {
        return kind.code_of(is).or_else(|| kind.usual_code()).map(PushCode::new);
    }
    // It switched itself off since: over if its own forecast says so, else somebody stopped it.
    let was_at_work = !RESTING.contains(&was) && was != "PAUSE";
    let was_due = remaining(before).is_some_and(|left| left <= passed + FORECAST_SLACK);
    let is_off = matches!(is, "POWER_OFF" | "INITIAL" | "SLEEP");
    if was_at_work && is_off && was_due {
        return kind.usual_code().map(PushCode::new);
    }
    None
}

fn run_state(part: &Map<String, Value>) -> Option<&str> {
    part.get("runState")?.get("currentState")?.as_str()
}

/// `None` when the appliance says nothing, or 0:00, which stands for nothing.
fn remaining(part: &Map<String, Value>) -> Option<Duration> {
    let timer = part.get("timer")?;
    let number = |key: &str| timer.get(key).and_then(Value::as_u64).unwrap_or(0);
    let minutes = number("remainHour").checked_mul(60)?.checked_add(number("remainMinute"))?;
    (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60)))
}

fn new_error(before: &Map<String, Value>, after: &Map<String, Value>) -> Option<PushCode> {
    let error = error_of(after)?;
    (error_of(before) != Some(error)).then(|| PushCode::new(error))
}

fn error_of(part: &Map<String, Value>) -> Option<&str> {
    let error = part.get("error")?.as_str()?;
    // Appliances also say in words that nothing is wrong.
    let is_name = error.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_error = error.ends_with("_ERROR") || error.starts_with("NEED_");
    (is_name && is_error && error != "NO_ERROR" && error.len() <= 80).then_some(error)
}

fn left_open(
    device_type: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<PushCode> {
    match device_type {
        "DEVICE_REFRIGERATOR" | "DEVICE_KIMCHI_REFRIGERATOR" | "DEVICE_WINE_CELLAR" => {
            let is_new = has_open_door(after) && !has_open_door(before);
            is_new.then(|| PushCode::new("DOOR_IS_OPEN"))
        }
        "DEVICE_LUMI_DOOR_WINDOW_SENSOR" => {
            let is_new = run_state(after) == Some("OPEN") && run_state(before) != Some("OPEN");
            is_new.then(|| PushCode::new("DOOR_WINDOW_IS_OPENED"))
        }
        _ => None,
    }
}

fn has_open_door(part: &Map<String, Value>) -> bool {
    let is_open = |door: &Value| door.get("doorState").is_some_and(|state| state == "OPEN");
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

    fn merged(mut state: Value, report: &Value) -> Value {
        merge(&mut state, report);
        state
    }

    fn codes(device_type: &str, before: &Value, after: &Value) -> Vec<String> {
        happened_between(device_type, before, after, AN_HOUR)
            .into_iter()
            .map(|code| code.as_str().to_owned())
            .collect()
    }

    fn washing(run_state: &str) -> Value {
        json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state } }])
    }

    fn drying(run_state: &str) -> Value {
        json!({ "runState": { "currentState": run_state } })
    }

    #[test]
    fn a_report_changes_what_it_names_and_nothing_else() {
        let twin = json!([
            { "location": { "locationName": "MAIN" }, "runState": { "currentState": "RUNNING" } },
            { "location": { "locationName": "MINI" }, "runState": { "currentState": "INITIAL" } },
        ]);
        let mini =
            json!([{ "location": { "locationName": "MINI" }, "timer": { "remainMinute": 5 } }]);

        let merged_twin = merged(twin.clone(), &mini);

        assert_eq!(merged_twin[0], twin[0]);
        assert_eq!(merged_twin[1]["runState"]["currentState"], "INITIAL");
        assert_eq!(merged_twin[1]["timer"]["remainMinute"], 5);
    }

    #[test]
    fn an_entry_without_a_place_goes_to_the_only_one_there_is() {
        let end = json!([{ "runState": { "currentState": "END" } }]);

        assert_eq!(merged(washing("SPINNING"), &end), washing("END"));
        assert_eq!(merged(washing("SPINNING"), &end[0]), washing("END"));
        assert_eq!(merged(drying("RUNNING"), &end), drying("END"));
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
