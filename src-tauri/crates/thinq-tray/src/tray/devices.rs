//! Running devices as lines of the menu: problems and open doors first, then by remaining time.

use jiff::tz::TimeZone;
use model::{Device, Home, Part, Phase, UnixMs};
use words::{Value, Words};

use crate::clock::moment;

/// Maximum number of lines.
const MOST_RUNNING: usize = 5;
const MOST_TROUBLES: usize = 5;

/// Returns no lines when nothing runs and there is no problem.
pub(crate) fn lines(
    home: &Home,
    words: &Words,
    now_ms: UnixMs,
    time_zone: &TimeZone,
) -> Vec<String> {
    let mut troubles = Vec::new();
    let mut running = Vec::new();
    for device in home.devices.iter().filter(|device| device.is_watched) {
        for part in &device.parts {
            let name = name_of(device, part, words);
            if let Some(error) = &part.error {
                let problem = words.push_title(error.as_str());
                troubles.push(about(words, "tray-appliance", &name, "state", &problem));
            } else if matches!(part.phase, Phase::Running | Phase::Paused | Phase::Reserved) {
                let line = running_line(device, part, &name, (words, now_ms, time_zone));
                running.push((due_at(part, now_ms).unwrap_or(UnixMs::MAX), line));
            }
        }
        troubles.extend(device.open_doors.iter().map(|door| {
            let name = called(device, words);
            if door.is_empty() {
                words.text_with("tray-door-open", &[("device", Value::Text(&name))])
            } else {
                about(words, "tray-named-door-open", &name, "door", &words.part(door))
            }
        }));
    }
    running.sort_by_key(|(due_at_ms, _)| *due_at_ms);
    troubles.truncate(MOST_TROUBLES);
    troubles.extend(running.into_iter().take(MOST_RUNNING).map(|(_, line)| line));
    troubles
}

/// Time at which the lines change without an update.
pub(crate) fn next_change(home: &Home, now_ms: UnixMs) -> Option<UnixMs> {
    let parts = home.devices.iter().flat_map(|device| &device.parts);
    parts.filter_map(|part| due_at(part, now_ms)).min()
}

fn running_line(
    device: &Device,
    part: &Part,
    name: &str,
    (words, now_ms, time_zone): (&Words, UnixMs, &TimeZone),
) -> String {
    let state = match &part.run_state {
        Some(state) => words.run_state(&device.device_type, &part.place, state),
        None => words.text("phase-running"),
    };
    let id = if part.phase == Phase::Reserved { "tray-reserved" } else { "tray-running-until" };
    match due_at(part, now_ms) {
        Some(at_ms) => words.text_with(
            id,
            &[
                ("device", Value::Text(name)),
                ("state", Value::Text(&state)),
                ("time", Value::Text(&moment(at_ms, now_ms, time_zone, words))),
            ],
        ),
        None => about(words, "tray-appliance", name, "state", &state),
    }
}

/// `None` for a paused part and for one that is overdue.
fn due_at(part: &Part, now_ms: UnixMs) -> Option<UnixMs> {
    let is_moving = matches!(part.phase, Phase::Running | Phase::Reserved);
    part.progress
        .map(|progress| progress.ends_at_ms)
        .filter(|ends_at_ms| is_moving && *ends_at_ms > now_ms)
}

fn name_of(device: &Device, part: &Part, words: &Words) -> String {
    let name = called(device, words);
    if device.parts.len() > 1 && !part.place.is_empty() {
        about(words, "tray-part", &name, "part", &words.part(&part.place))
    } else {
        name
    }
}

fn called(device: &Device, words: &Words) -> String {
    if device.name.is_empty() {
        words.device_type_name(&device.device_type)
    } else {
        device.name.clone()
    }
}

fn about(words: &Words, id: &str, name: &str, key: &str, value: &str) -> String {
    words.text_with(id, &[("device", Value::Text(name)), (key, Value::Text(value))])
}

#[cfg(test)]
mod tests {
    use model::{DeviceId, Progress, Subscription};
    use words::Language;

    use super::*;

    const NOON: UnixMs = 1_795_521_600_000;

    fn part(place: &str, phase: Phase, run_state: &str, minutes: Option<i64>) -> Part {
        Part {
            place: place.to_owned(),
            phase,
            run_state: Some(run_state.to_owned()),
            error: None,
            progress: minutes.map(|minutes| Progress {
                ends_at_ms: NOON + minutes * 60_000,
                remaining_minutes: 0,
                total_minutes: None,
            }),
        }
    }

    fn device(name: &str, device_type: &str, parts: Vec<Part>) -> Device {
        Device {
            id: DeviceId::new(name),
            name: name.to_owned(),
            device_type: device_type.to_owned(),
            model: None,
            is_watched: true,
            push: Subscription::Active,
            events: Subscription::Active,
            seen_at_ms: None,
            parts,
            open_doors: Vec::new(),
        }
    }

    fn shown(home: &Home, language: Language) -> Vec<String> {
        lines(home, &Words::new(language), NOON, &TimeZone::UTC)
    }

    #[test]
    fn trouble_comes_first_then_what_is_ready_next() {
        let mut fridge = device("", "DEVICE_REFRIGERATOR", Vec::new());
        fridge.open_doors = vec![String::new()];
        let mut dryer = part("", Phase::Error, "ERROR", None);
        dryer.error = Some(String::from("FILTER_CLOGGING_ERROR"));
        let household = Home {
            devices: vec![
                device(
                    "Tower",
                    "DEVICE_WASHTOWER",
                    vec![
                        part("washer", Phase::Idle, "INITIAL", None),
                        part("dryer", Phase::Running, "RUNNING", Some(160)),
                    ],
                ),
                device(
                    "Washer",
                    "DEVICE_WASHER",
                    vec![part("MAIN", Phase::Running, "RINSING", Some(40))],
                ),
                device(
                    "Dishes",
                    "DEVICE_DISH_WASHER",
                    vec![part("", Phase::Reserved, "RESERVED", Some(90))],
                ),
                device("Oven", "DEVICE_OVEN", vec![part("OVEN", Phase::Paused, "PAUSE", Some(5))]),
                device("Dryer", "DEVICE_DRYER", vec![dryer]),
                fridge,
            ],
        };

        assert_eq!(
            shown(&household, Language::English),
            [
                "Dryer: Filter is clogged",
                "Refrigerator: door open",
                "Washer: Rinsing, ready at 12:40",
                "Dishes: Start delayed, starts at 13:30",
                "Tower (Dryer): Drying, ready at 14:40",
                "Oven: Paused",
            ]
        );
        assert!(
            shown(&household, Language::Korean)
                .contains(&String::from("Washer: 헹구는 중, 12:40에 끝나요"))
        );
        assert_eq!(next_change(&household, NOON), Some(NOON + 40 * 60_000));
    }

    #[test]
    fn what_is_late_or_switched_off_promises_no_time() {
        let late =
            device("Washer", "DEVICE_WASHER", vec![part("", Phase::Running, "SPINNING", Some(-1))]);
        let mut off = late.clone();
        off.is_watched = false;
        let household = Home { devices: vec![late, off] };

        assert_eq!(shown(&household, Language::English), ["Washer: Spinning"]);
        assert_eq!(next_change(&household, NOON), None);
    }
}
