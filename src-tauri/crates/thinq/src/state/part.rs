//! Parts of a device derived from its state: drums, ovens, burners, the halves of a `WashTower`, or
//! the whole device.

use std::time::Duration;

use model::Phase;
use serde_json::{Map, Value};

use super::{
    phase::phase_of,
    place::{self, Fields},
};
use crate::{lenient_json, push_code::PushCode};

/// Upper bound on the number of parts.
const MOST_PARTS: usize = 16;

/// A part that runs on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartState {
    /// LG's name of the location (`MAIN`, `UPPER`, `washer`); empty if LG gives none.
    pub place: String,
    pub phase: Phase,
    /// LG's run state, or the mode of a device without one.
    pub run_state: Option<String>,
    pub error: Option<PushCode>,
    pub timer: Option<Timer>,
}

/// Remaining time of a cycle as reported by the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Until the end, or until the start of a reserved cycle.
    pub remaining: Duration,
    /// Duration of the whole cycle, if LG reports it.
    pub total: Option<Duration>,
}

/// All parts of a state, in its order; at least one if the state is an object.
pub fn parts(device_type: &str, state: &Value) -> Vec<PartState> {
    let mut parts: Vec<PartState> = Vec::new();
    for (place, fields) in place::parts(state).into_iter().take(MOST_PARTS) {
        let place = lenient_json::name(Some(&Value::from(place))).unwrap_or_default();
        if parts.iter().all(|known| known.place != place) {
            parts.push(read(device_type, place, fields));
        }
    }
    parts
}

/// Whether a report contains the remaining time of a part.
pub fn tells_time(report: &Value, place: &str) -> bool {
    let reported = place::parts(report);
    let is_only = reported.len() == 1;
    reported.iter().any(|(name, fields)| {
        (*name == place || (is_only && name.is_empty()))
            && fields
                .get("timer")
                .and_then(Value::as_object)
                .is_some_and(|timer| timer.keys().any(|key| is_countdown(key)))
    })
}

/// LG's names of open doors; empty for the only door.
pub fn open_doors(device_type: &str, state: &Value) -> Vec<String> {
    let mut open = Vec::new();
    for (place, fields) in place::parts(state) {
        if device_type == "DEVICE_LUMI_DOOR_WINDOW_SENSOR" && run_state_of(fields) == Some("OPEN") {
            open.push(String::new());
        }
        match fields.get("doorStatus") {
            Some(Value::Array(doors)) => {
                let is_only = doors.len() == 1;
                open.extend(doors.iter().filter(|door| is_open(door)).map(|door| {
                    let name = if is_only { None } else { place::of(door) };
                    lenient_json::name(name.map(Value::from).as_ref()).unwrap_or_default()
                }));
            }
            Some(door) if is_open(door) => {
                open.push(lenient_json::name(Some(&Value::from(place))).unwrap_or_default());
            }
            Some(_) | None => {}
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    open.retain(|door| seen.insert(door.clone()));
    open.truncate(MOST_PARTS);
    open
}

pub(super) fn is_open(door: &Value) -> bool {
    door.get("doorState").is_some_and(|state| state == "OPEN")
}

fn read(device_type: &str, place: String, fields: &Fields) -> PartState {
    let run_state = shown_run_state(fields);
    let timer = fields.get("timer").and_then(Value::as_object);
    let known = run_state.as_deref().and_then(|state| phase_of(device_type, state));
    let phase = known.or_else(|| phase_by_power(fields)).unwrap_or_else(|| {
        // An undocumented run state with time left is treated as running.
        let is_counting = run_state.is_some() && timer.and_then(left).is_some();
        if is_counting { Phase::Running } else { Phase::Unknown }
    });
    let timer = match phase {
        Phase::Reserved => timer.and_then(until_start),
        Phase::Running | Phase::Paused | Phase::Unknown => timer.and_then(left),
        Phase::Off
        | Phase::Idle
        | Phase::Aftercare
        | Phase::Finished
        | Phase::Charging
        | Phase::Service
        | Phase::Error => None,
    };
    PartState { place, phase, run_state, error: error_of(fields).map(PushCode::new), timer }
}

pub(super) fn run_state_of(fields: &Fields) -> Option<&str> {
    let state = fields.get("runState").or_else(|| fields.get("cookingZone"))?;
    let state = state.get("currentState")?.as_str()?;
    // The mode of an air conditioner does not imply its power.
    (state != "NORMAL" || power_of(fields).is_none()).then_some(state)
}

fn shown_run_state(fields: &Fields) -> Option<String> {
    let word = |value: &str| lenient_json::name(Some(&Value::from(value)));
    if let Some(state) = run_state_of(fields) {
        return word(state);
    }
    let power = power_of(fields);
    if let Some(run_state) = fields.get("runState").filter(|_| power.is_none()) {
        // A water purifier sterilizes its tank and its tap.
        let told = |key: &str| run_state.get(key).and_then(Value::as_str);
        let sterilizing = told("sterilizingState").filter(|state| *state != "OFF");
        return sterilizing.or_else(|| told("cockState")).and_then(word);
    }
    match power? {
        "POWER_ON" => mode_of(fields).or(Some("POWER_ON")).and_then(word),
        power => word(power),
    }
}

fn phase_by_power(fields: &Fields) -> Option<Phase> {
    match power_of(fields)? {
        "POWER_ON" => Some(Phase::Running),
        "POWER_OFF" => Some(Phase::Off),
        _ => None,
    }
}

/// For a device that is on or off and runs no cycles.
pub(super) fn power_of(fields: &Fields) -> Option<&str> {
    let operation = fields.get("operation")?.as_object()?;
    let (_, power) = operation.iter().find(|(key, _)| is_operation_mode(key))?;
    power.as_str()
}

/// `washerOperationMode`, or the variant that LG spells `operationMode`. Excludes the air cleaning
/// inside an air conditioner, which has its own power.
pub(crate) fn is_operation_mode(key: &str) -> bool {
    (key.ends_with("OperationMode") && key != "airCleanOperationMode") || key == "operationMode"
}

pub(super) fn mode_of(fields: &Fields) -> Option<&str> {
    let (_, mode) = fields.iter().find(|(key, _)| key.ends_with("JobMode"))?;
    mode.get("currentJobMode")?.as_str()
}

/// `None` if the device reports nothing or 0:00, which means no timer.
pub(super) fn left(timer: &Map<String, Value>) -> Option<Timer> {
    let remaining = length(timer, "remainHour", "remainMinute", "remainSecond")?;
    let total = length(timer, "totalHour", "totalMinute", "totalSecond");
    Some(Timer { remaining, total: total.filter(|total| *total >= remaining) })
}

fn until_start(timer: &Map<String, Value>) -> Option<Timer> {
    let total = length(timer, "totalHour", "totalMinute", "totalSecond")
        .or_else(|| left(timer).map(|timer| timer.remaining));
    let start = length(timer, "relativeHourToStart", "relativeMinuteToStart", "");
    let remaining = start.or_else(|| {
        let end = length(timer, "relativeHourToStop", "relativeMinuteToStop", "")?;
        end.checked_sub(total?)
    })?;
    Some(Timer { remaining, total })
}

fn length(
    timer: &Map<String, Value>,
    hours: &str,
    minutes: &str,
    seconds: &str,
) -> Option<Duration> {
    /// A month: longer than any countdown of a device.
    const LONGEST: u64 = 31 * 24 * 60 * 60;
    let number = |key: &str| timer.get(key).and_then(Value::as_u64).unwrap_or(0);
    let total = number(hours)
        .checked_mul(3600)?
        .checked_add(number(minutes).checked_mul(60)?)?
        .checked_add(number(seconds))?;
    (1..=LONGEST).contains(&total).then(|| Duration::from_secs(total))
}

/// Whether a report contains the remaining minutes but no hour.
pub(super) fn tells_minutes_alone(fields: &Fields) -> bool {
    fields.get("timer").and_then(Value::as_object).is_some_and(|timer| {
        timer.contains_key("remainMinute") && !timer.contains_key("remainHour")
    })
}

/// A countdown further from the expected time is doubtful.
const COUNTDOWN_SLACK: Duration = Duration::from_mins(20);

/// Sets the hours of a countdown to zero if that is closer to the expected time `due`. Returns whether
/// the result is doubtful.
pub(super) fn drop_hours_beyond(timer: &mut Value, due: Duration) -> bool {
    let Some(timer) = timer.as_object_mut() else { return false };
    let kept = left(timer).map(|timer| timer.remaining).unwrap_or_default();
    let mut dropped = timer.clone();
    dropped.insert("remainHour".to_owned(), Value::from(0));
    let without_hours = left(&dropped).map(|timer| timer.remaining).unwrap_or_default();
    if without_hours < kept && without_hours.abs_diff(due) <= kept.abs_diff(due) {
        *timer = dropped;
    }
    without_hours.abs_diff(due).min(kept.abs_diff(due)) > COUNTDOWN_SLACK
}

/// Field of a timer that counts down.
pub(super) fn is_countdown(key: &str) -> bool {
    key.starts_with("remain") || (key.starts_with("relative") && key.contains("To"))
}

pub(super) fn error_of(fields: &Fields) -> Option<&str> {
    let error = fields.get("error")?.as_str()?;
    // Devices also use codes for "no error".
    let is_name = error.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_error = error.ends_with("_ERROR") || error.starts_with("NEED_");
    (is_name && is_error && error != "NO_ERROR" && error.len() <= 80).then_some(error)
}
