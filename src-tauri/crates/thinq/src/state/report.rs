//! Signs of user activity in a status report: a running cycle, a door opened or closed.
//!
//! See `docs/protocol.md#from-message-to-notification`.

use model::Phase;
use serde_json::Value;

use super::{
    part::run_state_of,
    phase::phase_of,
    place::{self, Fields},
};

/// Content of a report about one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPart {
    /// See [`super::PartState::place`].
    pub place: String,
    pub is_running: bool,
    /// `None` if the report names no door.
    pub is_door_open: Option<bool>,
}

/// Parts of a report. Reports contain changed values only; `device_type` is LG's and may be empty.
pub fn reported(device_type: &str, report: &Value) -> Vec<ReportedPart> {
    let read = |(place, fields): (&str, &Fields)| ReportedPart {
        place: place.to_owned(),
        is_running: run_state_of(fields).and_then(|state| phase_of(device_type, state))
            == Some(Phase::Running),
        is_door_open: door(fields),
    };
    place::parts(report).into_iter().map(read).collect()
}

/// Open if any of several doors is open.
fn door(fields: &Fields) -> Option<bool> {
    let is_open = |state: &str| match state {
        "OPEN" => Some(true),
        "CLOSE" | "CLOSED" => Some(false),
        _ => None,
    };
    // The run state of a sensor is that of the door.
    if let Some(is_open) = run_state_of(fields).and_then(is_open) {
        return Some(is_open);
    }
    let is_door_open = |door: &Value| is_open(door.get("doorState")?.as_str()?);
    let doors = fields.get("doorStatus")?;
    match doors.as_array() {
        Some(doors) => doors.iter().filter_map(is_door_open).reduce(|one, other| one || other),
        None => is_door_open(doors),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(state: &str) -> Value {
        json!({ "runState": { "currentState": state } })
    }

    #[test]
    fn doors_and_cycles_are_read_part_by_part() {
        let door = |state: &str| json!({ "doorStatus": { "doorState": state } });
        let of = |report: &Value| {
            reported("DEVICE_WASHER", report)
                .into_iter()
                .map(|part| (part.place, part.is_running, part.is_door_open))
                .collect::<Vec<_>>()
        };
        let whole = |is_running, is_door_open| vec![(String::new(), is_running, is_door_open)];

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
        assert!(reported("DEVICE_WASHER", &json!("END")).is_empty());
    }

    #[test]
    fn each_run_state_that_is_shown_as_running_counts_as_running() {
        for (device_type, run_state, is_running) in [
            ("DEVICE_DRYER", "COOLING", true),
            ("DEVICE_OVEN", "PROOFING", true),
            ("DEVICE_ROBOT_CLEANER", "HOMING", true),
            ("", "RINSING", true),
            ("DEVICE_OVEN", "COOLING", false),
        ] {
            let parts = reported(device_type, &run(run_state));
            assert_eq!(parts[0].is_running, is_running, "{device_type} {run_state}");
        }
    }
}
