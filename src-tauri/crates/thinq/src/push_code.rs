//! Push codes: what an appliance says happened, and how much it matters.

use model::{Category, Severity};

/// LG's name for what happened, upper case, such as `WASHING_IS_COMPLETE`. Unknown codes are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushCode(String);

struct Known {
    code: &'static str,
    severity: Severity,
    category: Category,
}

/// Events that a push about the same device settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settles {
    /// A finished or failed cycle: the device was opened or started again.
    Cycle,
    /// An open door: it was closed.
    OpenDoor,
}

impl PushCode {
    pub fn new(code: &str) -> Self {
        Self(code.trim().to_uppercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For unknown codes a guess from the name.
    pub fn severity(&self) -> Severity {
        self.known().map_or_else(|| self.guess().0, |known| known.severity)
    }

    /// For unknown codes a guess from the name.
    pub fn category(&self) -> Category {
        self.known().map_or_else(|| self.guess().1, |known| known.category)
    }

    pub fn is_about_washing(&self) -> bool {
        self.0.contains("WASHING")
    }

    pub fn is_about_drying(&self) -> bool {
        self.0.contains("DRYING")
    }

    pub fn is_about_door(&self) -> bool {
        self.0.contains("DOOR") && !self.0.contains("DOORBELL")
    }

    /// Whether it says that a door stands open, which its closing settles.
    pub fn is_open_door(&self) -> bool {
        matches!(self.as_str(), "DOOR_IS_OPEN" | "DOOR_WINDOW_IS_OPENED")
    }

    pub fn starts_cycle(&self) -> bool {
        self.0 == "SCHEDULED_CLEANING_STARTS"
    }

    /// The earlier events of the same device that it settles.
    pub fn settles(&self) -> Option<Settles> {
        match self.as_str() {
            "DOOR_IS_OPENED" | "DOOR_IS_OPEN" => Some(Settles::Cycle),
            "DOOR_IS_CLOSED" | "DOOR_WINDOW_IS_CLOSED" => Some(Settles::OpenDoor),
            _ => self.starts_cycle().then_some(Settles::Cycle),
        }
    }

    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// Every code that LG documents, in alphabetical order.
    pub fn documented() -> impl Iterator<Item = &'static str> {
        CODES.iter().map(|known| known.code)
    }

    fn known(&self) -> Option<&'static Known> {
        let found = CODES.binary_search_by(|known| known.code.cmp(&self.0)).ok()?;
        CODES.get(found)
    }

    fn guess(&self) -> (Severity, Category) {
        let names = |parts: &[&str]| parts.iter().any(|part| self.0.contains(part));
        if MENDED_BY_HAND.binary_search(&self.0.as_str()).is_ok() {
            return (Severity::Attention, Category::Failed);
        }
        // Sent with the name of an error, and yet a reminder. See `docs/protocol.md#pushes`.
        if names(&["TIME_TO_", "NEED_TO_", "IS_NEEDED", "REFILL"]) {
            (Severity::Attention, Category::Maintenance)
        } else if names(&["FIRE", "GAS_", "LEAK", "SMOKE"]) {
            (Severity::Error, Category::Safety)
        } else if names(&["ERROR", "FAIL"]) {
            (Severity::Error, Category::Failed)
        } else if names(&["COMPLETE", "FINISH"]) {
            (Severity::Info, Category::Finished)
        } else {
            (Severity::Info, Category::Status)
        }
    }
}

const fn entry(code: &'static str, severity: Severity, category: Category) -> Known {
    Known { code, severity, category }
}

/// Sorted by code.
const CODES: &[Known] = &[
    entry("ALARM_IS_DETECTED", Severity::Error, Category::Safety),
    entry("BATTERY_IS_LOW", Severity::Attention, Category::Maintenance),
    entry("CHARGING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("CLEANING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("CLEANING_IS_COMPLETED", Severity::Info, Category::Finished),
    entry("CLEANING_IS_FAILED", Severity::Error, Category::Failed),
    entry("COOKING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("COVER_IS_SEPARATED", Severity::Attention, Category::Safety),
    entry("DOORBELL_RING", Severity::Attention, Category::Reminder),
    entry("DOOR_IS_CLOSED", Severity::Info, Category::Status),
    entry("DOOR_IS_OPEN", Severity::Attention, Category::Reminder),
    entry("DOOR_IS_OPENED", Severity::Info, Category::Status),
    entry("DOOR_WINDOW_IS_CLOSED", Severity::Info, Category::Status),
    entry("DOOR_WINDOW_IS_OPENED", Severity::Info, Category::Status),
    entry("DRYING_FAILED", Severity::Error, Category::Failed),
    entry("DRYING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("ERROR_DURING_CLEANING", Severity::Error, Category::Failed),
    entry("ERROR_DURING_DRYING", Severity::Error, Category::Failed),
    entry("ERROR_DURING_WASHING", Severity::Error, Category::Failed),
    entry("ERROR_HAS_OCCURRED", Severity::Error, Category::Failed),
    entry("FEEDING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("FILTER_RESET_COMPLETE", Severity::Info, Category::Maintenance),
    entry("FIRE_IS_DETECTED", Severity::Error, Category::Safety),
    entry("FROZEN_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("GAS_IS_DETECTED", Severity::Error, Category::Safety),
    entry("HOMEGUARD_IS_STOPPED", Severity::Attention, Category::Status),
    entry("LACK_OF_WATER", Severity::Attention, Category::Maintenance),
    entry("MOTION_IS_DETECTED", Severity::Attention, Category::Safety),
    entry("NEED_TO_CHANGE_DUST_FILTER", Severity::Attention, Category::Maintenance),
    entry("NEED_TO_CHANGE_PRE_FILTER", Severity::Attention, Category::Maintenance),
    entry("NEED_TO_CHECK_LOCATION", Severity::Attention, Category::Reminder),
    entry("POLLUTION_IS_HIGH", Severity::Attention, Category::Status),
    entry("POWER_IS_OVERLOADED", Severity::Error, Category::Safety),
    entry("PREHEATING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("RINSE_IS_NOT_ENOUGH", Severity::Attention, Category::Maintenance),
    entry("SALT_REFILL_IS_NEEDED", Severity::Attention, Category::Maintenance),
    entry("SCHEDULED_CLEANING_STARTS", Severity::Info, Category::Status),
    entry("SOUND_IS_DETECTED", Severity::Attention, Category::Safety),
    entry("STYLING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("TIMER_IS_COMPLETE", Severity::Info, Category::Reminder),
    entry("TIME_TO_CHANGE_FILTER", Severity::Attention, Category::Maintenance),
    entry("TIME_TO_CHANGE_WATER_FILTER", Severity::Attention, Category::Maintenance),
    entry("TIME_TO_CLEAN", Severity::Attention, Category::Maintenance),
    entry("TIME_TO_CLEAN_FILTER", Severity::Attention, Category::Maintenance),
    entry("WASHING_IS_COMPLETE", Severity::Info, Category::Finished),
    entry("WATER_FILTER_RESET_COMPLETE", Severity::Info, Category::Maintenance),
    entry("WATER_IS_FULL", Severity::Attention, Category::Maintenance),
    entry("WATER_LEAK_HAS_OCCURRED", Severity::Error, Category::Safety),
    entry("WATER_LEAK_IS_DETECTED", Severity::Error, Category::Safety),
];

/// What appliances' states tell as errors and a hand mends. Sorted.
const MENDED_BY_HAND: &[&str] = &[
    "BUBBLE_ERROR",
    "CHILD_LOCK_ACTIVE_ERROR",
    "DOOR_CLOSE_ERROR",
    "DOOR_OPEN_ERROR",
    "DUST_FULL_ERROR",
    "EMPTY_WATER_ALERT_ERROR",
    "EMPTY_WATHER_ALERT_ERROR",
    "FILTER_CLOGGING_ERROR",
    "INNER_LID_OPEN_ERROR",
    "MOP_ERROR",
    "NEED_WATER_DRAIN",
    "NEED_WATER_REPLENISHMENT",
    "NO_BATTERY_ERROR",
    "NO_DUST_BIN_ERROR",
    "NO_FILTER_ERROR",
    "OUT_OF_BALANCE_ERROR",
    "UNBALANCED_LOAD_ERROR",
];
