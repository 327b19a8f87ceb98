//! Questions to the history, and its keeping.

use serde::{Deserialize, Serialize};

use crate::{Category, Severity};

/// All that is set must hold. The default is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryFilter {
    /// In names, words of both languages, codes and raw text.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<String>"))]
    pub text: String,
    /// Empty for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<String>>"))]
    pub device_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<Category>>"))]
    pub categories: Vec<Category>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<Severity>>"))]
    pub severities: Vec<Severity>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<bool>"))]
    pub is_unread: bool,
    /// Received at or after it, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub from_ms: Option<i64>,
    /// Received before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub until_ms: Option<i64>,
}

/// How many events each choice of a filter would show, with the other filters as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryCounts {
    /// With all filters.
    pub total: u32,
    pub unread: u32,
    /// Every device that ever had an event, by its newest name.
    pub devices: Vec<DeviceCount>,
    pub categories: Vec<CategoryCount>,
    pub severities: Vec<SeverityCount>,
    /// There are more: the text is in the raw messages of more events than can be counted at once.
    #[serde(default)]
    pub is_at_least: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceCount {
    pub device_id: String,
    pub name: String,
    pub device_type: Option<String>,
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct CategoryCount {
    pub category: Category,
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct SeverityCount {
    pub severity: Severity,
    pub count: u32,
}

/// What the pictures of the history are drawn from. Days and weeks are of local time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryStatistics {
    /// Every day of the period, oldest first.
    pub days: Vec<DayCounts>,
    /// Events by hour of the week, each device on its own.
    pub weeks: Vec<DeviceWeek>,
    /// Devices that have ended cycles.
    pub cycles: Vec<DeviceCycles>,
    /// One for each device and maintenance code ever seen, the longest ago first.
    pub maintenance: Vec<Maintenance>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DayCounts {
    /// Local date, `2026-11-22`.
    pub day: String,
    /// Only categories with events.
    pub counts: Vec<CategoryCount>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceWeek {
    pub device_id: String,
    pub name: String,
    pub device_type: Option<String>,
    /// 168 counts: Monday 0 o'clock first.
    pub hours: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceCycles {
    pub device_id: String,
    pub name: String,
    pub device_type: Option<String>,
    /// Ended cycles of each week of the period, oldest first.
    pub weeks: Vec<WeekCount>,
    /// Of cycles whose start and end are both known; `None` without any.
    pub average_minutes: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct WeekCount {
    /// The week's Monday, `2026-11-16`.
    pub monday: String,
    pub count: u32,
}

/// Something to be done from time to time, for example a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Maintenance {
    pub device_id: String,
    pub name: String,
    pub device_type: Option<String>,
    /// LG's push code.
    pub code: String,
    pub last_told_at_ms: i64,
    /// When the user marked it as done after that; `None` while it is due.
    pub done_at_ms: Option<i64>,
    /// Average days between the times it was told; `None` before the second.
    pub every_days: Option<u32>,
}

/// How much the history holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistorySize {
    pub events: u32,
    /// Of the file and what belongs to it.
    #[cfg_attr(feature = "ts-rs", ts(type = "number"))]
    pub bytes: u64,
    pub oldest_at_ms: Option<i64>,
    /// The history was found damaged, and nobody has dismissed the word of it yet.
    #[serde(default)]
    pub recovery: Option<HistoryRecovery>,
}

/// What was saved from a damaged history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryRecovery {
    /// When the damage was found.
    pub at_ms: i64,
    /// Events that could be read.
    pub events: u32,
    /// Places at which something could not be read.
    pub losses: u32,
    /// Where the damaged file lies, which is never changed.
    pub file: String,
}

/// How long events are kept, in days; 0 is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct RetentionRule {
    pub category: Category,
    pub days: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum ExportFormat {
    Csv,
    Json,
}

/// A long piece of work on the history; one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Job {
    pub kind: JobKind,
    pub done: u32,
    /// `None` while it is not known.
    pub total: Option<u32>,
    pub state: JobState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum JobKind {
    Export,
    Import,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum JobState {
    Running,
    /// `path`: the file that was written or read.
    Done {
        path: Option<String>,
        /// Events written, added or deleted.
        events: u32,
        /// Events of an import that were there already, or could not be read.
        skipped: u32,
    },
    Cancelled,
    Failed {
        problem: crate::Problem,
    },
}
