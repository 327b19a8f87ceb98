//! Maps LG's run states to phases. See `docs/protocol.md#devices`.

use model::Phase;

/// Phase of LG's run state for a device type. `None` for an undocumented run state.
pub fn phase_of(device_type: &str, run_state: &str) -> Option<Phase> {
    Some(match (device_type, run_state) {
        ("DEVICE_WATER_PURIFIER", "CANCEL" | "ON") => Phase::Running,
        (_, "POWER_OFF") => Phase::Off,
        ("DEVICE_WATER_PURIFIER", "OFF" | "NORMAL")
        | ("DEVICE_LUMI_DOOR_WINDOW_SENSOR", "OPEN" | "CLOSE" | "CLOSED")
        | (
            _,
            "FROZEN_PREVENT_INITIAL"
            | "INITIAL"
            | "LOCK"
            | "OVEN_SETTING"
            | "PREFERENCE"
            | "RESERVATION"
            | "SETDATE"
            | "SLEEP"
            | "STANDBY",
        ) => Phase::Idle,
        (_, "RESERVED") => Phase::Reserved,
        (_, "FROZEN_PREVENT_PAUSE" | "PAUSE" | "RINSE_HOLD") => Phase::Paused,
        ("DEVICE_OVEN", "COOLING")
        | (_, "COOL_DOWN" | "NIGHT_DRY" | "REFRESHING" | "WRINKLE_CARE") => Phase::Aftercare,
        (
            _,
            "CANCEL" | "CHARGING_COMPLETE" | "CLEANING_IS_DONE" | "COMPLETE" | "COOK_COMPLETE"
            | "DONE" | "END" | "EXTRACTION_MODE" | "PREHEATING_IS_DONE" | "PREHEAT_COMPLETE"
            | "RUNNING_END",
        ) => Phase::Finished,
        (_, "CHARGING") => Phase::Charging,
        (_, "DIAGNOSIS" | "FIRMWARE" | "FOTA" | "FROZEN_PREVENT_RUNNING" | "INITIALIZING") => {
            Phase::Service
        }
        (_, "AS_POP_UP" | "ERROR" | "POWER_FAIL") => Phase::Error,
        (_, run_state) if RUNNING.contains(&run_state) => Phase::Running,
        _ => return None,
    })
}

const RUNNING: &[&str] = &[
    "ADD_DRAIN",
    "CARBONATION",
    "CHANGE_CONDITION",
    "CHECKING_TURBIDITY",
    "CLEANING",
    "COOK",
    "COOKING_IN_PROGRESS",
    "COOLING",
    "DETECTING",
    "DETERGENT_AMOUNT",
    "DISPENSING",
    "DISPLAY_LOADSIZE",
    "DRYING",
    "DURING_AGING",
    "DURING_FERMENTATION",
    "END_COOLING",
    "EXTRACTING_CAPSULE",
    "HOMING",
    "MACROSECTOR",
    "MELTING",
    "MONITORING_DETECTING",
    "MONITORING_MOVING",
    "MONITORING_POSITIONING",
    "POWER_ON",
    "PREHEAT",
    "PREHEATING",
    "PREPAREING_FERMENTATION",
    "PRESTEAM",
    "PREWASH",
    "PROOFING",
    "RINSING",
    "RUNNING",
    "SHOES_MODULE",
    "SMART_GRID_RUN",
    "SOAKING",
    "SOFTENING",
    "SPINNING",
    "STAY",
    "STEAM",
    "STEAM_SOFTENING",
    "STERILIZE",
    "TEMPERATURE_STABILIZATION",
    "WORKING",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_state_means_what_its_type_means_by_it() {
        for (device_type, run_state, phase) in [
            ("DEVICE_WASHER", "RINSING", Some(Phase::Running)),
            ("DEVICE_WASHER", "COOL_DOWN", Some(Phase::Aftercare)),
            ("DEVICE_DRYER", "COOLING", Some(Phase::Running)),
            ("DEVICE_OVEN", "COOLING", Some(Phase::Aftercare)),
            ("DEVICE_DISH_WASHER", "CANCEL", Some(Phase::Finished)),
            ("DEVICE_WATER_PURIFIER", "CANCEL", Some(Phase::Running)),
            ("DEVICE_LUMI_DOOR_WINDOW_SENSOR", "OPEN", Some(Phase::Idle)),
            ("DEVICE_DRYER", "AI_TURBO_DRY", None),
        ] {
            assert_eq!(phase_of(device_type, run_state), phase, "{device_type} {run_state}");
        }
    }
}
