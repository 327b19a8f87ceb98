//! Values of a state that are not already covered by its parts.

use model::Reading;
use serde_json::{Map, Value};

use super::{
    part::{mode_of, power_of, run_state_of},
    place,
};
use crate::lenient_json;

/// Suffix of a list that repeats the values of another group, once for each unit.
const IN_UNITS: &str = "InUnits";
/// Upper bound on the number of readings.
const MOST_READINGS: usize = 100;

/// Omits run states, errors, remaining times and modes covered by [`super::parts`].
pub fn readings(state: &Value) -> Vec<Reading> {
    let mut found = Vec::new();
    for (place, fields) in place::parts(state) {
        // Covered by the run state.
        let is_mode_told = run_state_of(fields).is_none()
            && power_of(fields) == Some("POWER_ON")
            && mode_of(fields).is_some();
        // Power switch of a device without cycles; other devices show progress instead.
        let has_cycles = run_state_of(fields).is_some();
        for (group, value) in fields {
            match (group.as_str(), value) {
                ("location" | "error", _) => {}
                (group, Value::Array(entries)) if group.ends_with(IN_UNITS) => {
                    read_units(place, fields, group, entries, &mut found);
                }
                ("operation", _) if power_of(fields).is_some() => {}
                (mode, _) if is_mode_told && mode.ends_with("JobMode") => {}
                ("timer", Value::Object(timer)) => {
                    read_timer(
                        place,
                        timer,
                        has_cycles,
                        ("relativeToStart", "relativeToStop"),
                        &mut found,
                    );
                }
                ("sleepTimer", Value::Object(timer)) => {
                    read_timer(
                        place,
                        timer,
                        has_cycles,
                        ("sleepToStart", "sleepToStop"),
                        &mut found,
                    );
                }
                (_, Value::Object(values)) => read_group(place, values, &mut found),
                (_, Value::Array(entries)) => {
                    for entry in entries {
                        let own = place::of(entry).unwrap_or(place);
                        if let Value::Object(values) = entry {
                            read_group(own, values, &mut found);
                        } else {
                            add(own, group, entry, None, &mut found);
                        }
                    }
                }
                (property, value) => add(place, property, value, None, &mut found),
            }
        }
    }
    found.truncate(MOST_READINGS);
    found
}

fn read_group(place: &str, values: &Map<String, Value>, found: &mut Vec<Reading>) {
    let own_unit = values.get("unit").and_then(Value::as_str);
    for (property, value) in values {
        match property.as_str() {
            "locationName" | "currentState" | "unit" | "startHour" | "startMinute" | "endHour"
            | "endMinute" => {}
            // LG sends the same value under two names.
            "oder" if values.contains_key("odor") => {}
            _ => {
                let unit = unit_of(property, own_unit);
                let words = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for word in words {
                    add(place, property, word, unit, found);
                }
            }
        }
    }
    for (hour, minute, property) in
        [("startHour", "startMinute", "start"), ("endHour", "endMinute", "end")]
    {
        if let Some(time) = time_of_day(values, hour, minute) {
            push(place, property, time, None, found);
        }
    }
}

/// Values that a list repeats for each unit: those of the first unit, named after the group. A
/// group without such a list already contains them.
fn read_units(
    place: &str,
    fields: &Map<String, Value>,
    group: &str,
    entries: &[Value],
    found: &mut Vec<Reading>,
) {
    let single = group.trim_end_matches(IN_UNITS);
    if fields.contains_key(single) {
        return;
    }
    let subject = single.strip_suffix("Temperature").unwrap_or_default();
    let unit = entries.first().and_then(|entry| entry.get("unit")?.as_str());
    for entry in entries.iter().filter(|entry| entry.get("unit").and_then(Value::as_str) == unit) {
        let Value::Object(values) = entry else { continue };
        let own = place::of(entry).unwrap_or(place);
        for (property, value) in values
            .iter()
            .filter(|(property, _)| !matches!(property.as_str(), "unit" | "locationName"))
        {
            add(own, &about(subject, property), value, unit, found);
        }
    }
}

/// `hotWater` and `currentTemperature` become `hotWaterCurrentTemperature`.
fn about(subject: &str, property: &str) -> String {
    let mut letters = property.chars();
    match letters.next() {
        Some(first) if !subject.is_empty() => {
            format!("{subject}{}{}", first.to_ascii_uppercase(), letters.as_str())
        }
        Some(_) | None => property.to_owned(),
    }
}

fn read_timer(
    place: &str,
    timer: &Map<String, Value>,
    has_cycles: bool,
    (to_start, to_stop): (&str, &str),
    found: &mut Vec<Reading>,
) {
    for (property, value) in timer {
        // Hours and minutes are handled below.
        let is_time =
            property.contains("Hour") || property.contains("Minute") || property.contains("Second");
        if !is_time {
            add(place, property, value, None, found);
        }
    }
    for (hour, minute, property) in [
        ("absoluteHourToStart", "absoluteMinuteToStart", "absoluteToStart"),
        ("absoluteHourToStop", "absoluteMinuteToStop", "absoluteToStop"),
        ("runningHour", "runningMinute", "running"),
    ] {
        if let Some(time) = time_of_day(timer, hour, minute) {
            push(place, property, time, None, found);
        }
    }
    if has_cycles {
        return;
    }
    for (hour, minute, property) in [
        ("relativeHourToStart", "relativeMinuteToStart", to_start),
        ("relativeHourToStop", "relativeMinuteToStop", to_stop),
    ] {
        // 0:00 is an unset timer.
        if let Some(time) = duration(timer, hour, minute).filter(|time| time != "0:00") {
            push(place, property, time, None, found);
        }
    }
}

/// An hour of zero may be omitted.
fn duration(timer: &Map<String, Value>, hour: &str, minute: &str) -> Option<String> {
    let (hour, minute) = (timer.get(hour), timer.get(minute));
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let (hour, minute) = (number(hour), number(minute));
    if hour.is_none() && minute.is_none() {
        return None;
    }
    Some(format!("{}:{:02}", hour.unwrap_or(0), minute.unwrap_or(0)))
}

fn time_of_day(values: &Map<String, Value>, hour: &str, minute: &str) -> Option<String> {
    let hour = values.get(hour)?.as_u64()?;
    let minute = values.get(minute).and_then(Value::as_u64).unwrap_or(0);
    Some(format!("{hour}:{minute:02}"))
}

fn unit_of<'a>(property: &str, own: Option<&'a str>) -> Option<&'a str> {
    let name = property.to_ascii_lowercase();
    if name.contains("temperature") {
        own
    } else if name.ends_with("percent") || name.ends_with("humidity") {
        Some("%")
    } else {
        None
    }
}

fn add(place: &str, property: &str, value: &Value, unit: Option<&str>, found: &mut Vec<Reading>) {
    let text = match value {
        Value::String(text) => lenient_json::name(Some(&Value::from(text.as_str()))),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    // Units apply to numbers; the same field may contain text.
    let unit = unit.filter(|_| value.is_number());
    if let Some(text) = text {
        push(place, property, text, unit, found);
    }
}

fn push(place: &str, property: &str, value: String, unit: Option<&str>, found: &mut Vec<Reading>) {
    let name = |text: &str| lenient_json::name(Some(&Value::from(text))).unwrap_or_default();
    let (place, property) = (name(place), name(property));
    if found.len() < MOST_READINGS && !property.is_empty() {
        found.push(Reading { place, property, value, unit: unit.map(name) });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(state: &Value) -> Vec<String> {
        readings(state)
            .into_iter()
            .map(|reading| {
                let unit = reading.unit.unwrap_or_default();
                format!("{}/{}={}{unit}", reading.place, reading.property, reading.value)
            })
            .collect()
    }

    #[test]
    fn values_are_read_with_their_place_and_unit() {
        let fridge = json!({
            "doorStatus": [{ "locationName": "MAIN", "doorState": "OPEN" }],
            "temperature": [{ "locationName": "FREEZER", "targetTemperature": -18, "unit": "C" }],
            "temperatureInUnits": [{ "locationName": "FREEZER", "targetTemperatureF": 0 }],
            "refrigeration": { "rapidFreeze": true },
        });

        assert_eq!(
            lines(&fridge),
            ["MAIN/doorState=OPEN", "/rapidFreeze=true", "FREEZER/targetTemperature=-18C"]
        );
    }

    #[test]
    fn times_of_day_are_put_together_and_what_counts_down_is_left_out() {
        let state = json!({
            "runState": { "currentState": "RUNNING" },
            "timer": { "absoluteStopTimer": "SET", "absoluteHourToStop": 23,
                       "absoluteMinuteToStop": 5, "remainHour": 1, "remainMinute": 2 },
        });

        assert_eq!(lines(&state), ["/absoluteStopTimer=SET", "/absoluteToStop=23:05"]);
    }

    #[test]
    fn an_appliance_without_cycles_tells_when_it_switches_itself() {
        let conditioner = |power: &str| {
            json!({
                "runState": { "currentState": "NORMAL" },
                "operation": { "airConOperationMode": power },
                "airConJobMode": { "currentJobMode": "COOL" },
                "timer": { "relativeHourToStart": null, "relativeMinuteToStart": null,
                           "relativeHourToStop": 2, "relativeMinuteToStop": 5 },
                "sleepTimer": { "relativeStopTimer": "SET", "relativeMinuteToStop": 30 },
            })
        };

        assert_eq!(
            lines(&conditioner("POWER_ON")),
            ["/relativeStopTimer=SET", "/sleepToStop=0:30", "/relativeToStop=2:05"]
        );
        let unset = json!({ "operation": { "airFanOperationMode": "POWER_OFF" },
            "timer": { "relativeHourToStart": 0, "relativeMinuteToStart": 0 } });
        assert!(lines(&unset).is_empty());
        let washer = json!({ "runState": { "currentState": "RESERVED" },
            "timer": { "relativeHourToStart": 3, "relativeMinuteToStart": 0 } });
        assert!(lines(&washer).is_empty());
    }

    #[test]
    fn values_in_two_units_are_read_once_and_named_after_their_group() {
        let boiler = json!({
            "temperature": { "currentTemperature": 38, "unit": "C" },
            "temperatureInUnits": [
                { "currentTemperature": 38, "unit": "C" },
                { "currentTemperature": 100, "unit": "F" },
            ],
            "hotWaterTemperatureInUnits": [
                { "currentTemperature": 55, "unit": "C" },
                { "currentTemperature": 131, "unit": "F" },
            ],
            "twoSetTemperatureInUnits": [
                { "coolTargetTemperature": 26, "heatTargetTemperature": 20, "unit": "C" },
                { "coolTargetTemperature": 79, "heatTargetTemperature": 68, "unit": "F" },
            ],
        });

        assert_eq!(
            lines(&boiler),
            [
                "/hotWaterCurrentTemperature=55C",
                "/currentTemperature=38C",
                "/twoSetCoolTargetTemperature=26C",
                "/twoSetHeatTargetTemperature=20C",
            ]
        );
    }

    #[test]
    fn light_hours_begin_and_end() {
        let cultivator = json!([{ "location": { "locationName": "UPPER" },
            "light": { "startHour": 6, "startMinute": 30, "endHour": 21, "endMinute": 0 } }]);

        assert_eq!(lines(&cultivator), ["UPPER/start=6:30", "UPPER/end=21:00"]);
    }

    #[test]
    fn a_field_may_hold_a_number_or_a_word() {
        let kimchi = json!({ "temperature": [
            { "locationName": "TOP", "targetTemperature": -1, "unit": "C" },
            { "locationName": "MIDDLE", "targetTemperature": "KIMCHI", "unit": "C" },
        ] });

        assert_eq!(
            lines(&kimchi),
            ["TOP/targetTemperature=-1C", "MIDDLE/targetTemperature=KIMCHI"]
        );
    }
}
