//! User rules: which events are notified, when, and how often.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Category, Problem, Severity};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Rules {
    /// Differences from [`Rules::defaults`]. The most specific rule applies: one with a device
    /// takes precedence, then one with a category, then one with a severity.
    pub rules: Vec<Rule>,
    /// Defaults for each category and severity, for the table on screen. Ignored when rules are
    /// changed.
    #[serde(default)]
    pub defaults: Vec<Rule>,
    pub quiet_hours: QuietHours,
    pub reminders: Reminders,
    /// Devices muted for a day from a notification. Omitting one unmutes it.
    #[serde(default)]
    #[cfg_attr(feature = "ts-rs", ts(as = "Option<Vec<Mute>>", optional))]
    pub muted: Vec<Mute>,
}

/// Device with muted notifications; safety events are not muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Mute {
    pub device_id: String,
    /// Milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// Treatment of events. A field that is `None` matches any value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Rule {
    pub device_id: Option<String>,
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
