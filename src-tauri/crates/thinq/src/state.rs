//! Interprets the state of a device: merges reports into it, lists its parts and their phases, and
//! infers events between two states. Pure. See `docs/protocol.md#status-reports`.

mod endings;
mod part;
mod phase;
pub(crate) mod place;
mod readings;

use serde_json::Value;

pub(crate) use part::is_operation_mode;
pub use {
    endings::{Happening, ending_of, happened_between, may_end_with},
    part::{PartState, Timer, open_doors, parts, tells_time},
    phase::phase_of,
    readings::{StateReading, readings},
};

/// Merges a report into a state. A part leaves its error state when a report continues without
/// mentioning the error.
pub fn apply(state: &mut Value, report: &Value) {
    let troubled: Vec<String> = place::parts(state)
        .into_iter()
        .filter(|(_, fields)| part::run_state_of(fields) == Some("ERROR"))
        .map(|(place, _)| place.to_owned())
        .collect();
    merge(state, report);
    for place in troubled {
        let goes_on = place::parts(state)
            .iter()
            .find(|(name, _)| *name == place)
            .is_some_and(|(_, fields)| part::run_state_of(fields) != Some("ERROR"));
        let is_told = place::parts(report).iter().any(|(name, fields)| {
            (name.is_empty() || *name == place) && fields.contains_key("error")
        });
        if goes_on && !is_told {
            forget_error(state, &place);
        }
    }
}

fn forget_error(state: &mut Value, place: &str) {
    let fields = match state {
        Value::Array(entries) => entries
            .iter_mut()
            .find(|entry| place::of(entry).unwrap_or_default() == place)
            .and_then(Value::as_object_mut),
        Value::Object(fields) if fields.get(place).is_some_and(Value::is_object) => {
            fields.get_mut(place).and_then(Value::as_object_mut)
        }
        Value::Object(fields) => Some(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    if let Some(fields) = fields {
        fields.remove("error");
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
        && (reported.iter().all(|entry| place::of(entry).is_some())
            || (entries.len() == 1 && reported.len() == 1))
}

/// Merges into the entry of the same location; without a location, into the only entry.
fn merge_entry(entries: &mut Vec<Value>, report: &Value) {
    let found = match place::of(report) {
        Some(name) => entries
            .iter()
            .position(|entry| place::of(entry) == Some(name))
            .or_else(|| entries.iter().position(|entry| place::of(entry).is_none())),
        None if entries.len() == 1 => Some(0),
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

        apply(&mut state, &json!([{ "timer": { "remainMinute": 3 } }]));
        assert_eq!(
            parts("DEVICE_WASHER", &state)[0].error,
            Some(crate::PushCode::new("WATER_DRAIN_ERROR"))
        );

        apply(&mut state, &washing("SPINNING"));
        assert_eq!(parts("DEVICE_WASHER", &state)[0].error, None);

        let mut told = stuck("ERROR");
        apply(&mut told, &stuck("PAUSE"));
        assert!(parts("DEVICE_WASHER", &told)[0].error.is_some());
    }
}
