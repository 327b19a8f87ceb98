//! Location of each part in a state, and of the part that a report belongs to.

use serde_json::{Map, Value};

pub(crate) type Fields = Map<String, Value>;

/// LG's name of the location of an entry.
pub(crate) fn of(entry: &Value) -> Option<&str> {
    entry.pointer("/location/locationName").or_else(|| entry.get("locationName"))?.as_str()
}

/// Parts that run independently: drums, ovens, burners, the halves of a `WashTower`.
pub(crate) fn parts(state: &Value) -> Vec<(&str, &Fields)> {
    match state {
        Value::Array(entries) => entries
            .iter()
            .filter_map(|entry| Some((of(entry).unwrap_or_default(), entry.as_object()?)))
            .collect(),
        Value::Object(fields) => {
            let halves: Vec<_> = ["washer", "dryer"]
                .into_iter()
                .filter_map(|half| Some((half, fields.get(half)?.as_object()?)))
                .collect();
            if halves.is_empty() { vec![(of(state).unwrap_or_default(), fields)] } else { halves }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
