//! What is notified, when, and how often: the user's rules.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Category, Problem, Severity};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Rules {
    /// What differs from [`Rules::defaults`]. The most exact one counts: a device before none, then
    /// a category before none, then a severity before none.
    pub rules: Vec<Rule>,
    /// What the program does by itself for each category and severity, for the table on screen.
    /// Ignored when rules are changed.
    #[serde(default)]
    pub defaults: Vec<Rule>,
    pub quiet_hours: QuietHours,
    pub reminders: Reminders,
    /// Devices that were muted for a day, from a notification. Leaving one out unmutes it.
    #[serde(default)]
    #[cfg_attr(feature = "ts-rs", ts(as = "Option<Vec<Mute>>", optional))]
    pub muted: Vec<Mute>,
}

/// A device whose notifications are held back for a while; safety breaks through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Mute {
    pub device_id: String,
    /// Milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// How events are treated. What is `None` is any.
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
    /// Not even counted as unread; the history keeps it.
    Ignore,
}

/// Times of day in which only safety breaks through; one digest follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct QuietHours {
    pub is_on: bool,
    /// Minutes since midnight, local time, 0 to 1439.
    pub from_minute: u16,
    /// As `from_minute`; if it is not later, it is of the next day.
    pub until_minute: u16,
    /// The days on which they begin.
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

/// A notification of these categories comes again until it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Reminders {
    pub finished_washes: bool,
    pub other_finished: bool,
    /// 5 to 240.
    pub after_minutes: u16,
    /// 1 to 3.
    pub at_most: u8,
}

/// Until when notifications are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "until")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum PauseUntil {
    /// 1 to 10,080.
    Minutes {
        minutes: u32,
    },
    /// The next seven o'clock, local time.
    Morning,
    SwitchedOn,
}

/// What came of a test notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct NotificationReport {
    /// `None` when no server answered, or the platform has none to ask.
    pub server: Option<NotificationServer>,
    /// Whether the test was taken; the desktop may still hold it back.
    pub is_taken: bool,
    /// Whether the desktop says "do not disturb" at the moment; `None` when the server does not
    /// tell.
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
