//! Every recorded state, report, profile and command, read as `index.json` says.

use std::{fs, path::PathBuf, time::Duration};

use model::{ControlAction, DeviceId};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use thinq::{
    Body, Frame, Profile, parse,
    state::{apply, merge, open_doors, parts, phase_of, readings},
};

use crate::{access, server::Server};

#[derive(Deserialize)]
struct Sample {
    file: String,
    kind: String,
    expect: String,
}

fn all(kind: &str) -> Vec<Sample> {
    let index = fs::read(path("index.json")).unwrap();
    let samples: Vec<Sample> = serde_json::from_slice(&index).unwrap();
    samples.into_iter().filter(|sample| sample.kind == kind).collect()
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../../tests/fixtures/samples", file].iter().collect()
}

fn answer(file: &str) -> Value {
    let text = fs::read(path(file)).unwrap();
    let answer: Value = serde_json::from_slice(&text).unwrap();
    answer.get("response").unwrap_or(&answer).clone()
}

fn report(file: &str) -> Value {
    let frame = Frame::Binary(fs::read(path(file)).unwrap());
    let message = parse(&frame).messages.remove(0);
    let Body::Status(status) = message.body else { panic!("{file} is no status") };
    status.report
}

/// The parts in a line each: place, phase, run state, minutes left of all, error.
fn told(device_type: &str, state: &Value) -> Vec<String> {
    parts(device_type, state)
        .into_iter()
        .map(|part| {
            let time = part.timer.map_or_else(String::new, |timer| {
                let total = timer.total.map_or(0, |total| total.as_secs());
                format!("{}/{total}s", timer.remaining.as_secs())
            });
            let error = part.error.map(|code| code.as_str().to_owned()).unwrap_or_default();
            let run_state = part.run_state.unwrap_or_default();
            [part.place, format!("{:?}", part.phase), run_state, time, error].join(" ")
        })
        .collect()
}

#[test]
fn every_state_is_read_by_its_parts() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("washer-running", "DEVICE_WASHER", &["MAIN Running RINSING 1380/4320s "]),
        (
            "washer-twin-main-mini",
            "DEVICE_WASHER",
            &["MAIN Running SPINNING 420/0s ", "MINI Off POWER_OFF  "],
        ),
        ("washer-error", "DEVICE_WASHER", &["MAIN Error ERROR  WATER_DRAIN_ERROR"]),
        ("washer-as-object", "DEVICE_WASHER", &["MAIN Finished END  "]),
        (
            "washtower",
            "DEVICE_WASHTOWER",
            &["washer Running RUNNING 3060/4800s ", "dryer Aftercare WRINKLE_CARE  "],
        ),
        ("dryer-reserved", "DEVICE_DRYER", &[" Reserved RESERVED 9000/6000s "]),
        ("dish-washer", "DEVICE_DISH_WASHER", &[" Running DRYING 1080/7500s "]),
        ("refrigerator", "DEVICE_REFRIGERATOR", &[" Unknown   "]),
        ("kimchi-refrigerator", "DEVICE_KIMCHI_REFRIGERATOR", &[" Unknown   "]),
        ("air-conditioner", "DEVICE_AIR_CONDITIONER", &[" Running COOL  "]),
        ("air-purifier", "DEVICE_AIR_PURIFIER", &[" Running DUAL_CLEAN  "]),
        ("dehumidifier", "DEVICE_DEHUMIDIFIER", &[" Running RAPID_HUMIDITY  "]),
        ("robot-cleaner", "DEVICE_ROBOT_CLEANER", &[" Running HOMING  "]),
        (
            "oven-two-cavities",
            "DEVICE_OVEN",
            &["UPPER Running COOKING_IN_PROGRESS 760/0s ", "LOWER Idle INITIAL  "],
        ),
        (
            "cooktop-four-burners",
            "DEVICE_COOKTOP",
            &[
                "LEFT_FRONT Running COOK 1500/0s ",
                "LEFT_REAR Idle INITIAL  ",
                "RIGHT_FRONT Idle LOCK  ",
                "RIGHT_REAR Paused PAUSE 240/0s ",
            ],
        ),
        ("styler", "DEVICE_STYLER", &[" Running STERILIZE 2040/4140s "]),
        ("water-purifier", "DEVICE_WATER_PURIFIER", &[" Idle NORMAL  "]),
        ("microwave", "DEVICE_MICROWAVE_OVEN", &[" Running COOK 90/0s "]),
        ("stick-cleaner", "DEVICE_STICK_CLEANER", &[" Finished CHARGING_COMPLETE  "]),
        (
            "plant-cultivator",
            "DEVICE_PLANT_CULTIVATOR",
            &["UPPER Running POWER_ON  ", "LOWER Off POWER_OFF  "],
        ),
        ("home-brew", "DEVICE_HOME_BREW", &[" Running DURING_FERMENTATION  "]),
        ("lumi-door-window-sensor", "DEVICE_LUMI_DOOR_WINDOW_SENSOR", &[" Idle OPEN  "]),
        ("lumi-motion-sensor", "DEVICE_LUMI_MOTION_SENSOR", &[" Unknown   "]),
        ("unknown-state-value", "DEVICE_DRYER", &[" Running AI_TURBO_DRY 300/0s "]),
        ("bad/state-as-number", "DEVICE_DRYER", &[" Unknown   "]),
    ];
    let samples = all("device_state");
    assert_eq!(samples.len(), cases.len());
    for sample in samples {
        let name = sample.file.trim_start_matches("state/").trim_end_matches(".json");
        let (_, device_type, expected) = cases.iter().find(|case| case.0 == name).unwrap();
        let state = answer(&sample.file);

        assert_eq!(told(device_type, &state), *expected, "{}", sample.file);
        if sample.expect == "state_unknown_value" {
            assert!(phase_of(device_type, "AI_TURBO_DRY").is_none());
        }
    }
}

#[tokio::test]
async fn states_and_profiles_arrive_as_they_are() {
    for sample in all("device_state") {
        let server =
            Server::answering(200, "application/json", &fs::read(path(&sample.file)).unwrap());
        let state = server.hub().state(&access(), &DeviceId::new("x")).await.unwrap();
        assert_eq!(state, answer(&sample.file), "{}", sample.file);
    }
    for sample in all("device_profile") {
        let server =
            Server::answering(200, "application/json", &fs::read(path(&sample.file)).unwrap());
        let profile = server.hub().profile(&access(), &DeviceId::new("x")).await.unwrap();
        assert_eq!(profile, answer(&sample.file), "{}", sample.file);
    }
}

#[test]
fn open_doors_are_found_wherever_they_are_told() {
    assert_eq!(open_doors("DEVICE_REFRIGERATOR", &answer("state/refrigerator.json")), [""]);
    assert!(open_doors("DEVICE_DISH_WASHER", &answer("state/dish-washer.json")).is_empty());
    let sensor = answer("state/lumi-door-window-sensor.json");
    assert_eq!(open_doors("DEVICE_LUMI_DOOR_WINDOW_SENSOR", &sensor), [""]);
    let two = json!({ "doorStatus": [{ "locationName": "LEFT", "doorState": "OPEN" },
                                     { "locationName": "RIGHT", "doorState": "CLOSE" }] });
    assert_eq!(open_doors("DEVICE_REFRIGERATOR", &two), ["LEFT"]);
}

/// A report, what it comes upon, and a value that is there afterwards.
fn reported() -> Vec<(&'static str, Value, &'static str, Value)> {
    let washer = || answer("state/washer-running.json");
    let tower = || answer("state/washtower.json");
    let twin = || answer("state/washer-twin-main-mini.json");
    let air = || answer("state/air-conditioner.json");
    vec![
        ("washer-array", washer(), "/0/runState/currentState", json!("SPINNING")),
        ("washer-end", washer(), "/0/runState/currentState", json!("END")),
        ("washer-mini-only", twin(), "/1/runState/currentState", json!("RUNNING")),
        ("washer-mini-only", twin(), "/0/runState/currentState", json!("SPINNING")),
        ("washtower-both", tower(), "/washer/timer/remainMinute", json!(12)),
        ("washtower-both", tower(), "/dryer/runState/currentState", json!("COOLING")),
        ("washtower-washer-only", tower(), "/washer/runState/currentState", json!("DETECTING")),
        ("washtower-washer-only", tower(), "/dryer/runState/currentState", json!("WRINKLE_CARE")),
        (
            "air-conditioner-partial-flat",
            air(),
            "/operation/airConOperationMode",
            json!("POWER_OFF"),
        ),
        ("air-conditioner-partial-flat", air(), "/temperature/currentTemperature", json!(27.5)),
        ("air-conditioner-wrapped", air(), "/temperature/targetTemperature", json!(24)),
        ("event-without-push-type", air(), "/airFlow/windStrength", json!("HIGH")),
        ("refrigerator-door", json!({}), "/doorStatus/0/doorState", json!("OPEN")),
        (
            "dryer-error",
            answer("state/dryer-reserved.json"),
            "/error",
            json!("FILTER_CLOGGING_ERROR"),
        ),
        ("robot-battery", answer("state/robot-cleaner.json"), "/battery/percent", json!(18)),
        ("lumi-door-open", json!({}), "/runState/currentState", json!("OPEN")),
        ("empty-report", answer("state/styler.json"), "/runState/currentState", json!("STERILIZE")),
    ]
}

#[test]
fn each_report_changes_what_it_tells_of() {
    let cases = reported();
    for (file, state, pointer, expected) in &cases {
        let mut after = state.clone();
        apply(&mut after, &report(&format!("event/{file}.json")), Duration::ZERO);
        assert_eq!(after.pointer(pointer), Some(expected), "{file} at {pointer}");
    }
    for sample in all("ws_message").iter().filter(|sample| sample.file.starts_with("event/")) {
        let name = sample.file.trim_start_matches("event/").trim_end_matches(".json");
        assert!(cases.iter().any(|case| case.0 == name), "{name} is not looked at");
    }
}

#[test]
fn every_profile_says_what_can_be_done() {
    let start_and_power = [ControlAction::Start, ControlAction::Stop, ControlAction::PowerOff];
    let cases: &[(&str, &str, &[ControlAction], &str)] = &[
        (
            "washer",
            "DEVICE_WASHER",
            &[
                ControlAction::Start,
                ControlAction::Stop,
                ControlAction::PowerOff,
                ControlAction::WakeUp,
            ],
            "WASHING_IS_COMPLETE",
        ),
        ("refrigerator", "DEVICE_REFRIGERATOR", &[], "DOOR_IS_OPEN"),
        (
            "air-conditioner",
            "DEVICE_AIR_CONDITIONER",
            &[ControlAction::PowerOn, ControlAction::PowerOff],
            "WATER_IS_FULL",
        ),
        (
            "robot-cleaner",
            "DEVICE_ROBOT_CLEANER",
            &[ControlAction::Start, ControlAction::WakeUp],
            "CLEANING_IS_FAILED",
        ),
        ("washtower", "DEVICE_WASHTOWER", &[], "DRYING_FAILED"),
        (
            "no-notification",
            "DEVICE_CEILING_FAN",
            &[ControlAction::PowerOn, ControlAction::PowerOff],
            "",
        ),
    ];
    assert_eq!(all("device_profile").len(), cases.len());
    for sample in all("device_profile") {
        let name = sample.file.trim_start_matches("profile/").trim_end_matches(".json");
        let (_, device_type, actions, push) = cases.iter().find(|case| case.0 == name).unwrap();
        let profile = Profile::new(answer(&sample.file));

        let controls = profile.controls(device_type, &Value::Null);

        let found: Vec<_> = controls.iter().map(|control| control.action).collect();
        assert_eq!(found, *actions, "{name}");
        assert_eq!(profile.pushes().iter().any(|code| code == push), !push.is_empty(), "{name}");
    }
    let washer = Profile::new(answer("profile/washer.json"));
    assert!(washer.errors().contains(&String::from("UNABLE_TO_LOCK_ERROR")));
    let tower = Profile::new(answer("profile/washtower.json"));
    assert!(tower.errors().contains(&String::from("EMPTY_WATHER_ALERT_ERROR")));
    assert_eq!(start_and_power.map(|action| washer.command("MAIN", action).is_some()), [true; 3]);
}

#[test]
fn commands_look_as_recorded() {
    let washer = Profile::new(answer("profile/washer.json"));
    assert_eq!(
        washer.command("MAIN", ControlAction::Start),
        Some(answer("control/washer-start-request.json"))
    );
    let start = json!({ "operation": { "washerOperationMode":
        { "type": "enum", "mode": ["w"], "value": { "w": ["START"] } } } });
    let tower =
        Profile::new(json!({ "washer": { "property": start }, "dryer": { "property": {} } }));
    assert_eq!(
        tower.command("washer", ControlAction::Start),
        Some(answer("control/washtower-start-request.json"))
    );
}

proptest! {
    #[test]
    fn any_reports_in_any_order_are_merged_and_read(
        mut state in any_state(),
        reports in proptest::collection::vec(any_state(), 0..6),
    ) {
        for report in &reports {
            apply(&mut state, report, Duration::ZERO);
            for device_type in ["DEVICE_WASHER", "DEVICE_WASHTOWER", "DEVICE_AIR_CONDITIONER"] {
                parts(device_type, &state);
                open_doors(device_type, &state);
            }
            prop_assert!(readings(&state).len() <= 100);
        }
    }

    #[test]
    fn a_report_that_comes_twice_changes_nothing(state in any_state(), report in any_state()) {
        let mut once = state.clone();
        apply(&mut once, &report, Duration::ZERO);
        let mut twice = once.clone();
        apply(&mut twice, &report, Duration::ZERO);

        prop_assert_eq!(once, twice);
    }

    #[test]
    fn merging_a_state_into_itself_changes_nothing(state in any_state()) {
        let mut merged = state.clone();
        merge(&mut merged, &state);

        prop_assert_eq!(merged, state);
    }
}

/// JSON of all shapes, often with LG's field names.
fn any_state() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "MAIN|MINI|RUNNING|END|ERROR|POWER_ON|OPEN|WATER_DRAIN_ERROR|[a-z]{0,3}"
            .prop_map(Value::from),
    ];
    let key = "location|locationName|runState|currentState|timer|remainHour|remainMinute|error|washer|dryer|doorStatus|doorState|operation|airConOperationMode|temperature|x";
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn a_countdown_far_from_what_is_due_is_doubtful() {
    let minute = Duration::from_mins(1);
    for (minutes_told, expected) in [(59, false), (41, false), (25, true)] {
        let mut known = json!({ "runState": { "currentState": "RUNNING" },
            "timer": { "remainHour": 2, "remainMinute": 0 } });
        let report = json!({ "timer": { "remainMinute": minutes_told } });

        let is_doubtful = apply(&mut known, &report, minute * 61);

        assert_eq!(is_doubtful, expected, "{minutes_told}: {known}");
    }
    let mut known = json!({ "timer": { "remainHour": 2, "remainMinute": 0 } });
    let whole = json!({ "timer": { "remainHour": 5, "remainMinute": 0 } });
    assert!(!apply(&mut known, &whole, minute), "nothing is left out");
}
