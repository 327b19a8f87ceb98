//! User rules: which events are notified, when, and how often.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Category, DeviceId, Problem, Severity};

/// The user's rules with what is needed to show and edit them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Rules {
    #[serde(flatten)]
    pub own: NotificationRules,
    /// Defaults for each category and severity, for the table on screen. Ignored when rules are
    /// changed.
    #[serde(default)]
    pub defaults: Vec<Rule>,
    /// Devices muted for a day from a notification. Omitting one unmutes it.
    #[serde(default)]
    #[cfg_attr(feature = "ts-rs", ts(as = "Option<Vec<Mute>>", optional))]
    pub muted: Vec<Mute>,
}

/// The user's rules, as in the settings file. The defaults work without configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS))]
pub struct NotificationRules {
    /// Differences from [`Rules::defaults`]. The most specific rule applies: one with a device
    /// takes precedence, then one with a category, then one with a severity; of equal ones the
    /// last.
    pub rules: Vec<Rule>,
    pub quiet_hours: QuietHours,
    pub reminders: Reminders,
    /// Set in the settings file only.
    #[serde(skip)]
    pub bursts: Bursts,
}

impl NotificationRules {
    /// Brings numbers that are out of range into it.
    pub fn clamp(&mut self) {
        let Self { rules: _, quiet_hours, reminders, bursts: _ } = self;
        quiet_hours.from_minute = quiet_hours.from_minute.min(QuietHours::LAST_MINUTE);
        quiet_hours.until_minute = quiet_hours.until_minute.min(QuietHours::LAST_MINUTE);
        let (after_minutes, at_most) = (Reminders::AFTER_MINUTES, Reminders::AT_MOST);
        reminders.after_minutes =
            reminders.after_minutes.clamp(*after_minutes.start(), *after_minutes.end());
        reminders.at_most = reminders.at_most.clamp(*at_most.start(), *at_most.end());
    }
}

/// Maximum number of individual notifications within a time window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    pub at_most: u32,
    pub within_ms: i64,
}

impl Default for Bursts {
    fn default() -> Self {
        Self { at_most: 3, within_ms: 10_000 }
    }
}

/// Device with muted notifications; safety events are not muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Mute {
    pub device_id: DeviceId,
    /// Milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// Treatment of events. A field that is `None` matches any value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Rule {
    pub device_id: Option<DeviceId>,
    pub category: Option<Category>,
    pub severity: Option<Severity>,
    pub treatment: Treatment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Treatment {
    Show,
    /// Shown without a sound.
    #[strum(serialize = "silent")]
    ShowSilently,
    #[strum(serialize = "history")]
    HistoryOnly,
    /// Not counted as unread; only stored in the history.
    Ignore,
}

/// Times of day during which only safety events are notified; one digest follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct QuietHours {
    pub is_on: bool,
    /// Minutes since midnight, local time, 0 to 1439.
    pub from_minute: u16,
    /// As `from_minute`; if it is not later, it is on the next day.
    pub until_minute: u16,
    /// Days on which they begin.
    pub weekdays: Vec<Weekday>,
}

impl QuietHours {
    pub const LAST_MINUTE: u16 = 24 * 60 - 1;
}

impl Default for QuietHours {
    fn default() -> Self {
        Self {
            is_on: false,
            from_minute: 22 * 60,
            until_minute: 7 * 60,
            weekdays: Weekday::VARIANTS.to_vec(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Notifications of these categories are repeated until settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Reminders {
    pub finished_washes: bool,
    pub other_finished: bool,
    /// From 5 to 240.
    pub after_minutes: u16,
    /// From 1 to 3.
    pub at_most: u8,
}

impl Reminders {
    pub const AFTER_MINUTES: RangeInclusive<u16> = 5..=240;
    pub const AT_MOST: RangeInclusive<u8> = 1..=3;

    pub fn after_ms(&self) -> i64 {
        i64::from(self.after_minutes) * 60_000
    }
}

impl Default for Reminders {
    fn default() -> Self {
        Self { finished_washes: true, other_finished: false, after_minutes: 30, at_most: 3 }
    }
}

/// End of a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "until")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum PauseUntil {
    /// From 1 to 10,080.
    Minutes {
        minutes: u32,
    },
    /// The next 07:00, local time.
    Morning,
    SwitchedOn,
}

/// Result of a test notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct NotificationReport {
    /// `None` if no server answered, or the platform has no server to query.
    pub server: Option<NotificationServer>,
    /// Whether the test was accepted; the desktop may still suppress it.
    pub is_taken: bool,
    /// Whether "do not disturb" is active on the desktop; `None` if the server does not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub is_inhibited: Option<bool>,
    pub problem: Option<Problem>,
}

/// As the server describes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct NotificationServer {
    pub name: String,
    pub version: String,
    /// For example `actions`, `body-markup`, `persistence`, `sound`.
    pub capabilities: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_come_back_as_they_went() {
        let rule = Rule {
            device_id: Some(DeviceId::new("a")),
            category: None,
            severity: None,
            treatment: Treatment::Ignore,
        };
        let rules = Rules {
            own: NotificationRules { rules: vec![rule], ..NotificationRules::default() },
            defaults: Vec::new(),
            muted: vec![Mute { device_id: DeviceId::new("b"), until_ms: 7 }],
        };

        let there = serde_json::to_value(&rules).unwrap();

        assert_eq!(there["rules"][0]["deviceId"], "a");
        assert_eq!(there["muted"], json!([{ "deviceId": "b", "untilMs": 7 }]));
        assert_eq!(serde_json::from_value::<Rules>(there).unwrap(), rules);
    }

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        let mut rules = NotificationRules::default();
        rules.clamp();
        assert_eq!(rules, NotificationRules::default());

        rules.quiet_hours.from_minute = 9999;
        rules.reminders.after_minutes = 0;
        rules.reminders.at_most = 200;
        rules.clamp();

        assert_eq!(rules.quiet_hours.from_minute, 1439);
        assert_eq!((rules.reminders.after_minutes, rules.reminders.at_most), (5, 3));
    }
}
