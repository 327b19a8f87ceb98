//! The domain: each concept is declared once, with its spelling in JSON, in the history database,
//! in the settings file and on the command line.
//!
//! Records and closed enums with pure methods only. No I/O, no clock, no user-visible text.

mod device;
mod event;
mod forward;
mod history;
mod problem;
mod rules;
mod sign_in;
mod status;
mod time;

pub use device::{
    Control, ControlAction, Device, DeviceDetails, DeviceEnergy, DeviceId, EnergyUse, Home, Part,
    Phase, Progress, Reading, Subscription,
};
pub use event::{
    Category, EventDetails, EventSource, FoundIn, Gap, GapReason, HistoryEvent, HistoryPage,
    NewEvent, RawMessage, Severity,
};
pub use forward::{Destination, ForwardFailure, ForwardTarget, Forwarding, Signing, TargetState};
pub use history::{
    CategoryCount, DayCounts, DeviceCount, DeviceCycles, DeviceWeek, ExportFormat, HistoryCounts,
    HistoryFilter, HistoryRecovery, HistorySize, HistoryStatistics, Job, JobKind, JobState,
    KnownDevice, Maintenance, RetentionRule, SeverityCount, WeekCount,
};
pub use problem::{Problem, ProblemCode};
pub use rules::{
    Bursts, Mute, NotificationReport, NotificationRules, NotificationServer, PauseUntil,
    QuietHours, Reminders, Rule, Rules, Treatment, Weekday,
};
pub use sign_in::{Feature, PasswordForm, Provider};
pub use status::{ConnectionState, Demo, KeyringState, Release, Status};
pub use time::{HourClock, OPEN_END_MS, UnixMs};

/// `VARIANTS` of closed enums.
pub use strum::VariantArray;

#[cfg(test)]
mod tests {
    use std::{fmt::Debug, str::FromStr};

    use serde::Serialize;

    use super::*;

    /// JSON, the database, the settings file and the command line use the same names.
    fn assert_one_spelling<T>()
    where
        T: VariantArray + Copy + Debug + PartialEq + Serialize + FromStr<Err: Debug>,
        &'static str: From<T>,
    {
        for value in T::VARIANTS {
            let name = <&str>::from(*value);
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!(name.parse::<T>().unwrap(), *value);
        }
    }

    #[test]
    fn a_closed_enum_is_spelled_the_same_everywhere() {
        assert_one_spelling::<Category>();
        assert_one_spelling::<EventSource>();
        assert_one_spelling::<GapReason>();
        assert_one_spelling::<PasswordForm>();
        assert_one_spelling::<Provider>();
        assert_one_spelling::<Severity>();
        assert_one_spelling::<Signing>();
        assert_one_spelling::<Weekday>();
    }

    #[test]
    fn the_ids_of_problems_in_the_catalogue_are_their_codes_in_json() {
        for code in ProblemCode::VARIANTS {
            assert_eq!(serde_json::to_value(code).unwrap(), code.into_str());
        }
    }

    #[test]
    fn the_settings_file_keeps_its_shorter_names_of_treatments() {
        let names: Vec<&str> = Treatment::VARIANTS.iter().map(Treatment::into_str).collect();

        assert_eq!(names, ["show", "silent", "history", "ignore"]);
        for value in Treatment::VARIANTS {
            assert_eq!(value.into_str().parse(), Ok(*value));
        }
    }
}
