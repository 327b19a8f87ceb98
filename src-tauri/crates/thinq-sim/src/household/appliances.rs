//! The devices of the home: types, first states and profiles.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{Appliance, Energy, SimDevice, state};
use crate::settings::HomeNames;

/// Daily routine of a device.
#[derive(Clone, Copy)]
pub(super) enum Habit {
    Washer,
    Dryer,
    WashTower,
    Refrigerator,
    KimchiRefrigerator,
    AirConditioner,
    AirPurifier,
    DishWasher,
    RobotCleaner,
    Styler,
    WaterPurifier,
    /// Does nothing by itself.
    Idle,
}

impl Appliance {
    /// A device without a routine, as after its registration.
    pub(super) fn plain(device: SimDevice) -> Self {
        Self {
            device,
            model: None,
            is_reportable: true,
            habit: Habit::Idle,
            state: json!({ "runState": { "currentState": "INITIAL" } }),
            moments: VecDeque::new(),
        }
    }
}

/// Each device is named as in a home of mixed languages, an English and a Korean one.
pub(super) fn all(names: HomeNames) -> Vec<Appliance> {
    let of_home = |[mixed, english, korean]: [&str; 3]| match names {
        HomeNames::Mixed => mixed.to_owned(),
        HomeNames::English => english.to_owned(),
        HomeNames::Korean => korean.to_owned(),
    };
    [
        ("HW1-5B0D2C11-7A40-4E6E-9C55-1F2E3D4C5B6A", ["세탁기", "Washer", "세탁기"], Habit::Washer),
        ("MW2-11E0A7C3-95D4-4A71-B5F0-2C3D4E5F6A7B", ["Dryer", "Dryer", "건조기"], Habit::Dryer),
        (
            "3f9d0c7be1a24856b7c0d1e2f3a4b5c6d7e8f90112233445566778899aabbccd",
            ["우리집 워시타워", "WashTower", "우리집 워시타워"],
            Habit::WashTower,
        ),
        (
            "0B1A2C3D-9E8F-4756-8A9B-7C6D5E4F3A2B",
            ["주방 냉장고", "Kitchen fridge", "주방 냉장고"],
            Habit::Refrigerator,
        ),
        (
            "4C1D7E20-3B6A-4F58-9D0E-8A7B6C5D4E3F",
            ["김치냉장고", "Kimchi fridge", "김치냉장고"],
            Habit::KimchiRefrigerator,
        ),
        (
            "MW2-2D3E4F50-6172-4839-8A4B-5C6D7E8F9012",
            ["Living room air conditioner", "Living room air conditioner", "거실 에어컨"],
            Habit::AirConditioner,
        ),
        (
            "e0d1c2b3a4958677e0d1c2b3a4958677e0d1c2b3a4958677e0d1c2b3a4958677",
            ["안방 공기청정기", "Bedroom air purifier", "안방 공기청정기"],
            Habit::AirPurifier,
        ),
        (
            "7D1C2B3A-4E5F-4061-8293-A4B5C6D7E8F9",
            ["Dishwasher", "Dishwasher", "식기세척기"],
            Habit::DishWasher,
        ),
        (
            "R0B07000-0001-4002-8003-000400050006",
            ["로봇이", "Robbie", "로봇이"],
            Habit::RobotCleaner,
        ),
        ("57ABCDEF-0000-4111-8222-333344445555", ["Styler", "Styler", "스타일러"], Habit::Styler),
        (
            "1A7E2000-1111-4222-8333-444455556666",
            ["정수기", "Water purifier", "정수기"],
            Habit::WaterPurifier,
        ),
    ]
    .into_iter()
    .map(|(id, aliases, habit)| Appliance {
        device: SimDevice {
            id: id.to_owned(),
            device_type: habit.device_type().to_owned(),
            alias: of_home(aliases),
        },
        model: habit.model(),
        is_reportable: !matches!(habit, Habit::WaterPurifier),
        habit,
        state: habit.first_state(),
        moments: VecDeque::new(),
    })
    .collect()
}

impl Habit {
    /// The profile; its `property` has the shape of the state.
    pub(super) fn profile(self, state: &Value) -> Value {
        if matches!(self, Self::WashTower) {
            return json!({
                "washer": Self::Washer.profile(&state["washer"]),
                "dryer": Self::Dryer.profile(&state["dryer"]),
            });
        }
        let (pushes, errors) = self.announces();
        let mut property = state::property(state, self.run_states());
        if let Some(name) = self.operation() {
            let mut operation = json!({});
            operation[name] = state::writable(&["START", "STOP", "POWER_OFF", "WAKE_UP"]);
            let part = if property.is_array() { &mut property[0] } else { &mut property };
            part["operation"] = operation;
        }
        let mut profile = json!({ "property": property });
        if !pushes.is_empty() {
            profile["notification"] = json!({ "push": pushes });
        }
        if !errors.is_empty() {
            profile["error"] = json!(errors);
        }
        profile
    }

    pub(super) fn energy(self) -> Energy {
        match self {
            Self::Washer => Energy::Daily(820),
            Self::Dryer => Energy::Daily(2_100),
            Self::WashTower => Energy::Daily(2_600),
            Self::Refrigerator => Energy::Daily(1_150),
            Self::AirConditioner => Energy::Daily(3_900),
            Self::AirPurifier => Energy::Daily(420),
            Self::DishWasher => Energy::Daily(1_300),
            Self::Styler => Energy::Daily(950),
            Self::WaterPurifier | Self::Idle => Energy::None,
            Self::RobotCleaner => Energy::NotSupported,
            Self::KimchiRefrigerator => Energy::NotAcceptable,
        }
    }

    /// Name of the operation of a device that runs cycles.
    fn operation(self) -> Option<&'static str> {
        match self {
            Self::Washer => Some("washerOperationMode"),
            Self::Dryer => Some("dryerOperationMode"),
            Self::DishWasher => Some("dishWasherOperationMode"),
            Self::Styler => Some("stylerOperationMode"),
            Self::WashTower
            | Self::Refrigerator
            | Self::KimchiRefrigerator
            | Self::AirConditioner
            | Self::AirPurifier
            | Self::RobotCleaner
            | Self::WaterPurifier
            | Self::Idle => None,
        }
    }

    /// The run state after an operation, for a device with cycles.
    pub(super) fn rest(self, word: &str) -> Option<&'static str> {
        let has_cycles = self.operation().is_some() || matches!(self, Self::WashTower);
        match word {
            "STOP" | "WAKE_UP" if has_cycles => Some("INITIAL"),
            "POWER_OFF" if has_cycles => Some("POWER_OFF"),
            _ => None,
        }
    }

    fn device_type(self) -> &'static str {
        match self {
            Self::Washer => "DEVICE_WASHER",
            Self::Dryer => "DEVICE_DRYER",
            Self::WashTower => "DEVICE_WASHTOWER",
            Self::Refrigerator => "DEVICE_REFRIGERATOR",
            Self::KimchiRefrigerator => "DEVICE_KIMCHI_REFRIGERATOR",
            Self::AirConditioner => "DEVICE_AIR_CONDITIONER",
            Self::AirPurifier => "DEVICE_AIR_PURIFIER",
            Self::DishWasher => "DEVICE_DISH_WASHER",
            Self::RobotCleaner => "DEVICE_ROBOT_CLEANER",
            Self::Styler => "DEVICE_STYLER",
            Self::WaterPurifier => "DEVICE_WATER_PURIFIER",
            Self::Idle => "DEVICE_UNKNOWN",
        }
    }

    fn model(self) -> Option<&'static str> {
        match self {
            Self::Washer => Some("F24VDD_KR"),
            Self::Dryer => Some("RH18VTS_KR"),
            Self::WashTower => Some("WT_KR"),
            Self::Refrigerator => Some("M872GBB_KR"),
            Self::AirConditioner => Some("FQ18HDT_KR"),
            Self::AirPurifier => Some("AS309DWA_KR"),
            Self::DishWasher => Some("DUB22SA_KR"),
            Self::RobotCleaner => Some("R967A_KR"),
            Self::Styler => Some("S5MB_KR"),
            Self::WaterPurifier => Some("WD505_KR"),
            // Some real devices have no model name.
            Self::KimchiRefrigerator | Self::Idle => None,
        }
    }

    /// Push codes and error codes of the profile.
    fn announces(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Washer | Self::WashTower => (
                &["WASHING_IS_COMPLETE", "ERROR_DURING_WASHING"],
                &["WATER_SUPPLY_ERROR", "WATER_DRAIN_ERROR", "OUT_OF_BALANCE_ERROR"],
            ),
            Self::Dryer => {
                (&["DRYING_IS_COMPLETE", "DRYING_FAILED"], &["DOOR_OPEN_ERROR", "DOOR_LOCK_ERROR"])
            }
            Self::Refrigerator => {
                (&["DOOR_IS_OPEN", "FROZEN_IS_COMPLETE", "TIME_TO_CHANGE_WATER_FILTER"], &[])
            }
            Self::KimchiRefrigerator => (&["DOOR_IS_OPEN"], &[]),
            Self::AirConditioner => (&["WATER_IS_FULL"], &[]),
            Self::AirPurifier => (&["POLLUTION_IS_HIGH", "TIME_TO_CHANGE_FILTER"], &[]),
            Self::DishWasher => (
                &["CLEANING_IS_COMPLETE", "ERROR_DURING_CLEANING", "RINSE_IS_NOT_ENOUGH"],
                &["WATER_SUPPLY_ERROR", "WATER_DRAIN_ERROR"],
            ),
            Self::RobotCleaner => (
                &["SCHEDULED_CLEANING_STARTS", "CLEANING_IS_COMPLETED", "CLEANING_IS_FAILED"],
                &["BRUSH_ERROR", "DUST_FULL_ERROR"],
            ),
            Self::Styler => (&["STYLING_IS_COMPLETE", "ERROR_HAS_OCCURRED"], &["DOOR_OPEN_ERROR"]),
            Self::WaterPurifier | Self::Idle => (&[], &[]),
        }
    }

    fn run_states(self) -> &'static [&'static str] {
        match self {
            Self::Washer | Self::WashTower | Self::Dryer => &[
                "POWER_OFF",
                "INITIAL",
                "DETECTING",
                "DISPENSING",
                "RUNNING",
                "RINSING",
                "SPINNING",
                "COOLING",
                "END",
            ],
            Self::DishWasher => &["POWER_OFF", "INITIAL", "RUNNING", "RINSING", "DRYING", "END"],
            Self::RobotCleaner => &["CHARGING", "WORKING", "HOMING"],
            Self::Styler => {
                &["POWER_OFF", "INITIAL", "PREHEAT", "STEAM", "DRYING", "STERILIZE", "COMPLETE"]
            }
            Self::Refrigerator
            | Self::KimchiRefrigerator
            | Self::AirConditioner
            | Self::AirPurifier
            | Self::WaterPurifier
            | Self::Idle => &[],
        }
    }

    fn first_state(self) -> Value {
        match self {
            Self::Washer => in_drum(&json!({
                "runState": { "currentState": "POWER_OFF" },
                "remoteControlEnable": { "remoteControlEnabled": true },
                "timer": no_timer(),
                "cycle": { "cycleCount": 31 },
            })),
            Self::Dryer | Self::Styler => resting(),
            Self::WashTower => json!({ "washer": resting(), "dryer": resting() }),
            Self::Refrigerator => json!({
                "doorStatus": [{ "locationName": "MAIN", "doorState": "CLOSE" }],
                "temperature": [
                    { "locationName": "FRIDGE", "targetTemperature": 3, "unit": "C" },
                    { "locationName": "FREEZER", "targetTemperature": -18, "unit": "C" },
                ],
                "refrigeration": { "expressMode": false, "rapidFreeze": false },
                "waterFilterInfo": { "usedTime": 5 },
            }),
            Self::KimchiRefrigerator => json!({
                "doorStatus": [{ "locationName": "MAIN", "doorState": "CLOSE" }],
                "temperature": [
                    { "locationName": "TOP", "targetTemperature": "FREEZER" },
                    { "locationName": "MIDDLE", "targetTemperature": "KIMCHI" },
                ],
            }),
            Self::AirConditioner => json!({
                "operation": { "airConOperationMode": "POWER_OFF" },
                "airConJobMode": { "currentJobMode": "COOL" },
                "temperature": { "currentTemperature": 27.5, "targetTemperature": 25, "unit": "C" },
                "airFlow": { "windStrength": "MID" },
            }),
            Self::AirPurifier => json!({
                "operation": { "airPurifierOperationMode": "POWER_ON" },
                "airPurifierJobMode": { "currentJobMode": "AUTO" },
                "airFlow": { "windStrength": "AUTO" },
                "airQualitySensor": { "PM2": 14, "totalPollutionLevel": "GOOD" },
                "filterInfo": { "filterRemainPercent": 6 },
            }),
            Self::DishWasher => {
                let mut state = resting();
                state["doorStatus"] = json!({ "doorState": "CLOSE" });
                state["dishWashingStatus"] = json!({ "rinseRefill": false });
                state
            }
            Self::RobotCleaner => json!({
                "runState": { "currentState": "CHARGING" },
                "robotCleanerJobMode": { "currentJobMode": "ZIGZAG" },
                "battery": { "level": "FULL", "percent": 100 },
            }),
            Self::WaterPurifier => json!({
                "runState": { "cockState": "NORMAL", "sterilizingState": "OFF" },
                "waterInfo": { "waterType": ["COLD", "NORMAL", "HOT"] },
            }),
            Self::Idle => json!({}),
        }
    }
}

/// The state of a washer is a list with an entry for each drum.
pub(super) fn in_drum(fields: &Value) -> Value {
    let mut fields = fields.clone();
    fields["location"] = json!({ "locationName": "MAIN" });
    json!([fields])
}

fn resting() -> Value {
    json!({
        "runState": { "currentState": "POWER_OFF" },
        "remoteControlEnable": { "remoteControlEnabled": true },
        "timer": no_timer(),
    })
}

fn no_timer() -> Value {
    json!({ "remainHour": 0, "remainMinute": 0, "totalHour": 0, "totalMinute": 0 })
}
