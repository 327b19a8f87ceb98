//! Interprets the state of a device: merges reports into it, lists its parts and their phases, and
//! infers events between two states. Pure. See `docs/protocol.md#status-reports`.

mod endings;
mod part;
mod phase;
pub(crate) mod place;
mod readings;
mod report;

use std::time::Duration;

use serde_json::Value;

pub(crate) use part::is_operation_mode;
pub use {
    endings::{Inferred, ending_of, happened_between, may_end_with},
    part::{PartState, Timer, open_doors, parts, tells_time},
    phase::phase_of,
    readings::readings,
    report::{ReportedPart, reported},
};

/// Merges a report into a state that was last updated `passed` ago. A part leaves its error state when
/// a report continues without mentioning the error.
///
/// Returns whether the time left of a part is doubtful, so that the state should be read: the report
/// tells minutes alone, and neither reading of them is near the time that was due.
pub fn apply(state: &mut Value, report: &Value, passed: Duration) -> bool {
    let due = countdowns_due(state, report, passed);
    let troubled: Vec<String> = place::parts(state)
        .into_iter()
        .filter(|(_, fields)| part::run_state_of(fields) == Some("ERROR"))
        .map(|(place, _)| place.to_owned())
        .collect();
    merge(state, report);
    let mut is_doubtful = false;
    for (place, due) in due {
        if let Some(timer) = fields_of(state, &place).and_then(|fields| fields.get_mut("timer")) {
            is_doubtful |= part::drop_hours_beyond(timer, due);
        }
    }
    for place in troubled {
        let goes_on = place::parts(state)
            .iter()
            .find(|(name, _)| *name == place)
            .is_some_and(|(_, fields)| part::run_state_of(fields) != Some("ERROR"));
        let is_told = place::parts(report).iter().any(|(name, fields)| {
            (name.is_empty() || *name == place) && fields.contains_key("error")
        });
        if goes_on
            && !is_told
            && let Some(fields) = fields_of(state, &place)
        {
            fields.remove("error");
        }
    }
    is_doubtful
}

/// Reports omit an hour of zero. For each part whose report contains minutes alone, the time that
/// should be left by now. See `docs/protocol.md#status-reports`.
fn countdowns_due(state: &Value, report: &Value, passed: Duration) -> Vec<(String, Duration)> {
    let known = place::parts(state);
    place::parts(report)
        .into_iter()
        .filter(|(_, fields)| part::tells_minutes_alone(fields))
        .filter_map(|(name, _)| {
            let is_only = known.len() == 1;
            let (place, fields) = known.iter().find(|(place, _)| *place == name || is_only)?;
            let left = part::left(fields.get("timer")?.as_object()?)?;
            Some(((*place).to_owned(), left.remaining.saturating_sub(passed)))
        })
        .collect()
}

fn fields_of<'a>(state: &'a mut Value, place: &str) -> Option<&'a mut place::Fields> {
    match state {
        Value::Array(entries) => entries
            .iter_mut()
            .find(|entry| place::of(entry).unwrap_or_default() == place)
            .and_then(Value::as_object_mut),
        Value::Object(fields) => {
            if fields.get(place).is_some_and(Value::is_object) {
                fields.get_mut(place)?.as_object_mut()
            } else {
                Some(fields)
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Merges objects by key, and lists by the location of their entries.
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
        (state @ Value::Object(_), Value::Array(reported))
            if reported.len() == 1 && reported.iter().all(Value::is_object) =>
        {
            for entry in reported {
                merge(state, entry);
            }
        }
        (state, report) => *state = report.clone(),
    }
}

/// Whether the entries of both lists can be distinguished.
fn are_places(entries: &[Value], reported: &[Value]) -> bool {
    reported.iter().all(Value::is_object)
        && (reported.iter().all(|entry| place::of(entry).is_some() || unit_of(entry).is_some())
            || (entries.len() == 1 && reported.len() == 1))
}

/// Temperature lists contain the same values once for each unit.
fn unit_of(entry: &Value) -> Option<&str> {
    entry.get("unit")?.as_str()
}

/// Merges into the entry of the same location, and of the same unit where a location has several;
/// without a location, into the only entry.
fn merge_entry(entries: &mut Vec<Value>, report: &Value) {
    let (place, unit) = (place::of(report), unit_of(report));
    let position = |place: Option<&str>| {
        let is_there = |entry: &&Value| place::of(entry) == place;
        let is_one_of_several = unit.is_some() && entries.iter().filter(is_there).count() > 1;
        entries
            .iter()
            .position(|entry| is_there(&entry) && (!is_one_of_several || unit_of(entry) == unit))
    };
    let found = match place {
        Some(_) => position(place).or_else(|| position(None)),
        None if entries.len() == 1 => Some(0),
        None if unit.is_some() => position(None),
        None => return,
    };
    match found.and_then(|index| entries.get_mut(index)) {
        Some(entry) => merge(entry, report),
        None => entries.push(report.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(mut state: Value, report: &Value) -> Value {
        merge(&mut state, report);
        state
    }

    fn washing(run_state: &str) -> Value {
        json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state } }])
    }

    fn drying(run_state: &str) -> Value {
        json!({ "runState": { "currentState": run_state } })
    }

    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn an_hour_that_is_left_out_is_zero_when_the_clock_says_so() {
        // Hour and minute before, minutes passed, report, minutes left.
        for (before, passed, report, left) in [
            ((1, 0), 1, json!({ "remainMinute": 59 }), 59),
            ((1, 0), 40, json!({ "remainMinute": 20 }), 20),
            ((1, 5), 6, json!({ "remainMinute": 59 }), 59),
            ((1, 30), 1, json!({ "remainMinute": 29 }), 89),
            ((2, 10), 5, json!({ "remainMinute": 5 }), 125),
            ((2, 0), 1, json!({ "remainHour": 1, "remainMinute": 59 }), 119),
            ((1, 0), 1, json!({ "remainHour": 0, "remainMinute": 59 }), 59),
            ((1, 10), 0, json!({ "totalMinute": 30 }), 70),
            ((0, 40), 1, json!({ "remainMinute": 39 }), 39),
        ] {
            let timer = json!({ "remainHour": before.0, "remainMinute": before.1 });
            let passed = Duration::from_mins(passed);
            for (mut state, report) in [
                (json!({ "timer": timer }), json!({ "timer": report })),
                (json!([{ "timer": timer }]), json!([{ "timer": report }])),
                (
                    json!({ "washer": {}, "dryer": { "timer": timer } }),
                    json!({ "dryer": { "timer": report } }),
                ),
            ] {
                apply(&mut state, &report, passed);

                let told = parts("DEVICE_DRYER", &state);
                let told = told.iter().find_map(|part| part.timer).unwrap().remaining;
                assert_eq!(told, Duration::from_mins(left), "{before:?} {report}");
            }
        }
        let mut unknown = Value::Null;
        apply(&mut unknown, &json!({ "timer": { "remainMinute": 9 } }), AT_ONCE);
        assert_eq!(unknown, json!({ "timer": { "remainMinute": 9 } }));
    }

    #[test]
    fn lists_are_merged_by_place_and_by_unit() {
        let units = json!({ "temperatureInUnits": [
            { "currentTemperature": 21, "targetTemperature": 24, "unit": "C" },
            { "currentTemperature": 70, "targetTemperature": 75, "unit": "F" },
        ] });
        let report = json!({ "temperatureInUnits": [
            { "targetTemperature": 25, "unit": "C" }, { "targetTemperature": 77, "unit": "F" },
        ] });
        assert_eq!(
            merged(units, &report),
            json!({ "temperatureInUnits": [
                { "currentTemperature": 21, "targetTemperature": 25, "unit": "C" },
                { "currentTemperature": 70, "targetTemperature": 77, "unit": "F" },
            ] })
        );

        let at = |place: &str, value: i32, unit: &str| json!({ "locationName": place, "targetTemperature": value, "unit": unit });
        let wine = json!([at("UPPER", 8, "C"), at("UPPER", 46, "F"), at("LOWER", 12, "C")]);
        assert_eq!(
            merged(wine, &json!([at("UPPER", 48, "F"), at("LOWER", 54, "F")])),
            json!([at("UPPER", 8, "C"), at("UPPER", 48, "F"), at("LOWER", 54, "F")])
        );
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
    fn an_error_is_over_when_the_part_goes_on_without_a_word_about_it() {
        let stuck = |run_state: &str| {
            json!([{ "location": { "locationName": "MAIN" }, "error": "WATER_DRAIN_ERROR",
                     "runState": { "currentState": run_state } }])
        };
        let mut state = stuck("ERROR");

        apply(&mut state, &json!([{ "timer": { "remainMinute": 3 } }]), AT_ONCE);
        assert_eq!(
            parts("DEVICE_WASHER", &state)[0].error,
            Some(crate::PushCode::new("WATER_DRAIN_ERROR"))
        );

        apply(&mut state, &washing("SPINNING"), AT_ONCE);
        assert_eq!(parts("DEVICE_WASHER", &state)[0].error, None);

        let mut told = stuck("ERROR");
        apply(&mut told, &stuck("PAUSE"), AT_ONCE);
        assert!(parts("DEVICE_WASHER", &told)[0].error.is_some());
    }
}
