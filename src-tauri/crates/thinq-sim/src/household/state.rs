//! States, reports and commands as JSON: merging by place, and the profile a state implies.

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

/// The name of the place an entry of a list is about.
fn place(entry: &Value) -> Option<&str> {
    entry.pointer("/location/locationName").or_else(|| entry.get("locationName"))?.as_str()
}

/// Whether a command has `"…OperationMode": "START"` somewhere.
pub(super) fn asks_to_start(command: &Value) -> bool {
    command.as_object().is_some_and(|fields| {
        fields.iter().any(|(key, value)| {
            (key.ends_with("OperationMode") && value == "START") || asks_to_start(value)
        })
    })
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

/// The `property` of a profile: the state with each value replaced by what it may be.
pub(super) fn property(state: &Value, run_states: &[&str]) -> Value {
    match state {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|(key, value)| {
                    let property = if key == "currentState" {
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
        Value::Array(entries) => entries.iter().map(|entry| property(entry, run_states)).collect(),
        Value::Bool(_) => leaf("boolean", json!([false, true])),
        Value::Number(_) => json!({ "type": "number", "mode": ["r"] }),
        Value::String(word) => leaf("enum", json!([word])),
        Value::Null => json!({ "type": "string", "mode": ["r"] }),
    }
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
