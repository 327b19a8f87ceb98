//! What the appliances do in a day: runs, forgotten doors, worn filters.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    appliances::{Habit, in_drum},
    plan::{Plan, Run},
};

const WASH: Run = Run {
    phases: &[
        ("DETECTING", 2),
        ("DISPENSING", 1),
        ("RUNNING", 14),
        ("RINSING", 8),
        ("SPINNING", 5),
    ],
    end: "END",
    push: "WASHING_IS_COMPLETE",
    rest: "POWER_OFF",
    place: in_drum,
};

const DRY: Run = Run {
    phases: &[("DETECTING", 3), ("RUNNING", 50), ("COOLING", 8)],
    end: "END",
    push: "DRYING_IS_COMPLETE",
    rest: "POWER_OFF",
    place: as_it_is,
};

const TOWER_WASH: Run = Run {
    phases: &[("DETECTING", 3), ("RUNNING", 30), ("RINSING", 15), ("SPINNING", 10)],
    place: in_tower_washer,
    ..WASH
};

const TOWER_DRY: Run = Run { place: in_tower_dryer, ..DRY };

const DISHES: Run = Run {
    phases: &[("RUNNING", 9), ("RINSING", 5), ("DRYING", 4)],
    end: "END",
    push: "CLEANING_IS_COMPLETE",
    rest: "POWER_OFF",
    place: as_it_is,
};

const STYLING: Run = Run {
    phases: &[("PREHEAT", 4), ("STEAM", 12), ("DRYING", 16), ("STERILIZE", 7)],
    end: "COMPLETE",
    push: "STYLING_IS_COMPLETE",
    rest: "POWER_OFF",
    place: as_it_is,
};

fn as_it_is(fields: &Value) -> Value {
    fields.clone()
}

fn in_tower_washer(fields: &Value) -> Value {
    json!({ "washer": fields })
}

fn in_tower_dryer(fields: &Value) -> Value {
    json!({ "dryer": fields })
}

impl Habit {
    /// Plans one day from its beginning, seven in the morning.
    pub(super) fn day(self, plan: &mut Plan<'_>) {
        match self {
            Self::Washer => {
                for (minute, spread) in [(1, 1), (600, 60)] {
                    let start = plan.about(minute, spread);
                    plan.run(start, &WASH);
                }
            }
            Self::Dryer => {
                for (minute, spread) in [(40, 10), (660, 60)] {
                    let start = plan.about(minute, spread);
                    plan.run(start, &DRY);
                }
            }
            Self::WashTower => tower_day(plan),
            Self::Refrigerator => refrigerator_day(plan),
            Self::KimchiRefrigerator => {
                let opens = plan.about(240, 60);
                plan.forgotten_door(opens);
            }
            Self::AirConditioner => air_conditioner_day(plan),
            Self::AirPurifier => air_purifier_day(plan),
            Self::DishWasher => dish_washer_day(plan),
            Self::RobotCleaner => robot_cleaner_day(plan),
            Self::Styler => {
                let start = plan.about(300, 60);
                plan.run(start, &STYLING);
            }
            Self::WaterPurifier => {
                let cleaning = |word| json!({ "runState": { "sterilizingState": word } });
                let start = plan.about(1_200, 30);
                plan.report(start, cleaning("ON"));
                plan.report(start + minutes(20), cleaning("OFF"));
            }
            Self::Idle => {}
        }
    }

    /// Plans the run that a person starts from afar. Whether this appliance has one.
    pub(super) fn start(self, command: &Value, plan: &mut Plan<'_>) -> bool {
        let run = match self {
            Self::WashTower if command.get("dryer").is_some() => &TOWER_DRY,
            Self::Washer => &WASH,
            Self::Dryer => &DRY,
            Self::WashTower => &TOWER_WASH,
            Self::DishWasher => &DISHES,
            Self::Styler => &STYLING,
            Self::Refrigerator
            | Self::KimchiRefrigerator
            | Self::AirConditioner
            | Self::AirPurifier
            | Self::RobotCleaner
            | Self::WaterPurifier
            | Self::Idle => return false,
        };
        plan.run(Duration::ZERO, run);
        true
    }
}

fn tower_day(plan: &mut Plan<'_>) {
    let start = plan.about(90, 30);
    let washed = plan.run(start, &TOWER_WASH);
    let moved = washed + plan.about(5, 10);
    plan.run(moved, &TOWER_DRY);
}

fn refrigerator_day(plan: &mut Plan<'_>) {
    let breakfast = plan.about(3, 2);
    plan.forgotten_door(breakfast);
    let dinner = plan.about(690, 30);
    plan.forgotten_door(dinner);
    let rapid_freeze = |is_on: bool| json!({ "refrigeration": { "rapidFreeze": is_on } });
    let shopping = plan.about(480, 60);
    plan.report(shopping, rapid_freeze(true));
    plan.push(shopping + minutes(90), rapid_freeze(false), "FROZEN_IS_COMPLETE");
    let filter = plan.about(840, 60);
    let used = json!({ "waterFilterInfo": { "usedTime": 6 } });
    plan.push(filter, used, "TIME_TO_CHANGE_WATER_FILTER");
}

fn air_conditioner_day(plan: &mut Plan<'_>) {
    let power = |word| json!({ "operation": { "airConOperationMode": word } });
    let degrees = |now: f64| json!({ "temperature": { "currentTemperature": now } });
    let on = plan.about(180, 30);
    plan.report(on, power("POWER_ON"));
    plan.report(on + minutes(30), degrees(26.0));
    plan.report(on + minutes(70), degrees(25.0));
    plan.push(on + minutes(240), power("POWER_OFF"), "WATER_IS_FULL");
    plan.report(on + minutes(300), degrees(27.5));
}

fn air_purifier_day(plan: &mut Plan<'_>) {
    let air = |dust: u32, level| json!({ "airQualitySensor": { "PM2": dust, "totalPollutionLevel": level } });
    for minute in [11, 715] {
        let frying = plan.about(minute, 3);
        plan.push(frying, air(81, "VERY_BAD"), "POLLUTION_IS_HIGH");
        plan.report(frying + minutes(12), air(33, "NORMAL"));
        plan.report(frying + minutes(25), air(12, "GOOD"));
    }
    let filter = plan.about(19, 3);
    let worn = json!({ "filterInfo": { "filterRemainPercent": 5 } });
    plan.push(filter, worn, "TIME_TO_CHANGE_FILTER");
}

fn dish_washer_day(plan: &mut Plan<'_>) {
    for (minute, spread) in [(6, 2), (780, 30)] {
        let start = plan.about(minute, spread);
        plan.run(start, &DISHES);
    }
    let rinse_aid = plan.about(810, 60);
    let empty = json!({ "dishWashingStatus": { "rinseRefill": true } });
    plan.push(rinse_aid, empty, "RINSE_IS_NOT_ENOUGH");
}

fn robot_cleaner_day(plan: &mut Plan<'_>) {
    let at_work = |word, level, percent: u32| {
        json!({
            "runState": { "currentState": word },
            "battery": { "level": level, "percent": percent },
        })
    };
    let start = plan.about(40, 5);
    plan.push(start, at_work("WORKING", "FULL", 100), "SCHEDULED_CLEANING_STARTS");
    let home = start + minutes(35) + plan.about(0, 10);
    plan.report(home, at_work("HOMING", "LOW", 28));
    let docked = home + minutes(2);
    plan.push(docked, at_work("CHARGING", "LOW", 27), "CLEANING_IS_COMPLETED");
    plan.report(docked + minutes(180), at_work("CHARGING", "FULL", 100));
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}
