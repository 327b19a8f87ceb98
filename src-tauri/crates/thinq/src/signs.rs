//! What a status report shows about the people around an appliance: a door that was opened or
//! closed, a cycle that was started.
//!
//! See `docs/protocol.md#from-message-to-notification`.

use serde_json::{Map, Value};

use crate::state::place::parts;

/// Run states of a cycle that goes on, of any type of appliance.
const AT_WORK: &[&str] = &[
    "CHECKING_TURBIDITY",
    "CLEANING",
    "COOK",
    "COOKING_IN_PROGRESS",
    "DETECTING",
    "DETERGENT_AMOUNT",
    "DISPENSING",
    "DISPLAY_LOADSIZE",
    "DRYING",
    "PREHEAT",
    "PREHEATING",
    "PRESTEAM",
    "PREWASH",
    "RINSING",
    "RUNNING",
    "SOAKING",
    "SOFTENING",
    "SPINNING",
    "STEAM",
    "STEAM_SOFTENING",
    "STERILIZE",
    "WORKING",
];

/// What a report says about one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signs {
    /// Of the part; empty for the whole appliance.
    pub place: String,
    pub is_at_work: bool,
    /// `None` when the report says nothing about doors.
    pub is_door_open: Option<bool>,
}

/// What the report says, part by part. Reports name only what changed.
pub fn signs(report: &Value) -> Vec<Signs> {
    parts(report)
        .into_iter()
        .map(|(place, part)| Signs {
            place: place.to_owned(),
            is_at_work: run_state(part).is_some_and(|state| AT_WORK.contains(&state)),
            is_door_open: door(part),
        })
        .collect()
}

fn run_state(part: &Map<String, Value>) -> Option<&str> {
    part.get("runState")?.get("currentState")?.as_str()
}

/// Open as long as one of several doors is.
fn door(part: &Map<String, Value>) -> Option<bool> {
    // A sensor's run state is the door's.
    match run_state(part) {
        Some("OPEN") => return Some(true),
        Some("CLOSE" | "CLOSED") => return Some(false),
        Some(_) | None => {}
    }
    let is_open = |door: &Value| match door.get("doorState").and_then(Value::as_str) {
        Some("OPEN") => Some(true),
        Some("CLOSE" | "CLOSED") => Some(false),
        Some(_) | None => None,
    };
    let doors = part.get("doorStatus")?;
    match doors.as_array() {
        Some(doors) => doors.iter().filter_map(is_open).reduce(|one, other| one || other),
        None => is_open(doors),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn doors_and_cycles_are_read_part_by_part() {
        let run = |state: &str| json!({ "runState": { "currentState": state } });
        let door = |state: &str| json!({ "doorStatus": { "doorState": state } });
        let of = |report: &Value| {
            signs(report)
                .into_iter()
                .map(|signs| (signs.place, signs.is_at_work, signs.is_door_open))
                .collect::<Vec<_>>()
        };
        let whole = |is_at_work, is_door_open| vec![(String::new(), is_at_work, is_door_open)];

        assert_eq!(of(&run("RINSING")), whole(true, None));
        assert_eq!(of(&run("END")), whole(false, None));
        assert_eq!(of(&run("OPEN")), whole(false, Some(true)));
        assert_eq!(of(&door("OPEN")), whole(false, Some(true)));
        assert_eq!(of(&door("CLOSE")), whole(false, Some(false)));
        assert_eq!(of(&json!({ "doorStatus": {} })), whole(false, None));
        let doors = json!({ "doorStatus": [{ "doorState": "OPEN" }, { "doorState": "CLOSE" }] });
        assert_eq!(of(&doors), whole(false, Some(true)));
        let tower = json!({ "washer": run("RUNNING"), "dryer": run("END") });
        assert_eq!(
            of(&tower),
            [(String::from("washer"), true, None), (String::from("dryer"), false, None)]
        );
        assert!(signs(&json!("END")).is_empty());
    }
}
