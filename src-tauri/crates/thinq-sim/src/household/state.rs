//! States, reports and commands as JSON: merging by place, and profiles derived from states.

use serde_json::{Map, Value, json};

/// Merges key by key; lists of places by the place's name. Anything else is replaced.
pub(super) fn merge(state: &mut Value, change: &Value) {
    match (state, change) {
        (Value::Object(state), Value::Object(change)) => {
            for (key, value) in change {
                merge(state.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(state), Value::Array(change))
            if change.iter().all(|entry| place(entry).is_some()) =>
        {
            for entry in change {
                match state.iter_mut().find(|known| place(known) == place(entry)) {
                    Some(known) => merge(known, entry),
                    None => state.push(entry.clone()),
                }
            }
        }
        (state, change) => *state = change.clone(),
    }
}

/// The place of a list entry.
fn place(entry: &Value) -> Option<&str> {
    entry.pointer("/location/locationName").or_else(|| entry.get("locationName"))?.as_str()
}

/// The `…OperationMode` of a command.
pub(super) fn asked_operation(command: &Value) -> Option<&str> {
    command.as_object()?.iter().find_map(|(key, value)| {
        if key.ends_with("OperationMode") { value.as_str() } else { asked_operation(value) }
    })
}

/// Whether the part that a command names accepts commands.
pub(super) fn is_remote_on(state: &Value, command: &Value) -> bool {
    let half = ["washer", "dryer"].into_iter().find(|half| command.get(half).is_some());
    let part = if let Some(entries) = state.as_array() {
        let name = place(command);
        entries.iter().find(|entry| name.is_none() || place(entry) == name)
    } else {
        half.map_or(Some(state), |half| state.get(half))
    };
    part.and_then(|part| part.pointer("/remoteControlEnable/remoteControlEnabled"))
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

/// A report of the part that a command names, in this run state and without remaining time.
pub(super) fn resting_part(state: &Value, command: &Value, rest: &str) -> Value {
    let timer = json!({ "remainHour": 0, "remainMinute": 0 });
    let fields = json!({ "runState": { "currentState": rest }, "timer": timer });
    if let Value::Array(entries) = state {
        let mut entry = fields;
        let name = place(command).or_else(|| entries.first().and_then(place)).unwrap_or_default();
        entry["location"] = json!({ "locationName": name });
        return json!([entry]);
    }
    for half in ["washer", "dryer"] {
        if command.get(half).is_some() {
            let mut report = json!({});
            report[half] = fields;
            return report;
        }
    }
    fields
}

/// The command in the shape of the state, if the state has every value the command names.
pub(super) fn known_part(state: &Value, command: &Value) -> Option<Value> {
    let Value::Array(places) = state else {
        return covers(state, command).then(|| command.clone());
    };
    let entry = match place(command) {
        Some(name) => places.iter().find(|entry| place(entry) == Some(name))?,
        None => places.first()?,
    };
    let mut command = command.clone();
    if let Some(location) = entry.get("location") {
        command["location"] = location.clone();
    }
    covers(entry, &command).then(|| json!([command]))
}

fn covers(state: &Value, command: &Value) -> bool {
    match (state, command) {
        (Value::Object(state), Value::Object(command)) => command
            .iter()
            .all(|(key, value)| state.get(key).is_some_and(|known| covers(known, value))),
        (Value::Object(_), _) | (_, Value::Object(_)) => false,
        _ => true,
    }
}

/// The `property` of a profile: the state with each value replaced by its possible values.
pub(super) fn property(state: &Value, run_states: &[&str]) -> Value {
    match state {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|(key, value)| {
                    let property = if key.ends_with("OperationMode") {
                        writable(&["POWER_ON", "POWER_OFF"])
                    } else if key == "currentState" {
                        leaf("enum", json!(run_states))
                    } else if key == "locationName" {
                        value.clone()
                    } else {
                        property(value, run_states)
                    };
                    (key.clone(), property)
                })
                .collect();
            Value::Object(fields)
        }
        Value::Array(entries) if entries.iter().all(Value::is_string) => {
            leaf("list", json!(entries))
        }
        Value::Array(entries) => entries.iter().map(|entry| property(entry, run_states)).collect(),
        Value::Bool(_) => leaf("boolean", json!([false, true])),
        Value::Number(_) => json!({ "type": "number", "mode": ["r"] }),
        Value::String(word) => leaf("enum", json!([word])),
        Value::Null => json!({ "type": "string", "mode": ["r"] }),
    }
}

/// An operation that commands can change.
pub(super) fn writable(words: &[&str]) -> Value {
    json!({ "type": "enum", "mode": ["r", "w"], "value": { "r": words, "w": words } })
}

fn leaf(kind: &str, values: Value) -> Value {
    let mut leaf = json!({ "type": kind, "mode": ["r"], "value": {} });
    leaf["value"]["r"] = values;
    leaf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_merged_where_its_place_is() {
        let mut state = json!([
            { "location": { "locationName": "MAIN" }, "runState": { "currentState": "SPINNING" } },
            { "location": { "locationName": "MINI" }, "runState": { "currentState": "POWER_OFF" } },
        ]);
        let change = json!([
            { "location": { "locationName": "MINI" }, "runState": { "currentState": "RUNNING" } },
        ]);

        merge(&mut state, &change);

        assert_eq!(state[0]["runState"]["currentState"], "SPINNING");
        assert_eq!(state[1]["runState"]["currentState"], "RUNNING");
        assert_eq!(state.as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_command_takes_the_shape_of_the_state() {
        let state = json!([{ "location": { "locationName": "MAIN" }, "level": { "spin": 3 } }]);

        assert_eq!(
            known_part(&state, &json!({ "level": { "spin": 5 } })),
            Some(json!([{ "location": { "locationName": "MAIN" }, "level": { "spin": 5 } }]))
        );
        assert_eq!(known_part(&state, &json!({ "level": { "steam": 5 } })), None);
    }
}
