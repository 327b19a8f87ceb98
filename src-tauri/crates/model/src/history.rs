//! History queries and retention.

use serde::{Deserialize, Serialize};

use crate::{Category, DeviceId, Severity};

/// Conditions combined with AND. The default matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryFilter {
    /// Matches names, words of both languages, codes and texts; from three letters on also single
    /// keys and values of the raw messages. Case-insensitive.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<String>"))]
    pub text: String,
    /// Empty for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<String>>"))]
    pub device_ids: Vec<DeviceId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<Category>>"))]
    pub categories: Vec<Category>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<Vec<Severity>>"))]
    pub severities: Vec<Severity>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts-rs", ts(optional, as = "Option<bool>"))]
    pub is_unread: bool,
    /// Received at or after this time, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub from_ms: Option<i64>,
    /// Received before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts-rs", ts(optional))]
    pub until_ms: Option<i64>,
}

/// Number of events for each choice of a filter, with the other filters unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryCounts {
    /// With all filters applied.
    pub total: u32,
    /// Unread events that match the filter, whether or not it is limited to unread ones.
    pub unread: u32,
    /// Every device that ever had an event, by its latest name.
    pub devices: Vec<DeviceCount>,
    pub categories: Vec<CategoryCount>,
    pub severities: Vec<SeverityCount>,
}

/// A device of the history, with its most recent name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS))]
pub struct KnownDevice {
    #[serde(rename = "deviceId")]
    pub id: DeviceId,
    pub name: String,
    pub device_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceCount {
    #[serde(flatten)]
    pub device: KnownDevice,
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

/// Data of the history charts. Days and weeks are in local time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryStatistics {
    /// Every day of the period, oldest first.
    pub days: Vec<DayCounts>,
    /// Events by hour of the week, per device.
    pub weeks: Vec<DeviceWeek>,
    /// Devices with completed cycles.
    pub cycles: Vec<DeviceCycles>,
    /// One for each device and maintenance code ever seen, least recent first.
    pub maintenance: Vec<Maintenance>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DayCounts {
    /// Local date, `2026-11-22`.
    pub day: String,
    /// Only categories that have events.
    pub counts: Vec<CategoryCount>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceWeek {
    #[serde(flatten)]
    pub device: KnownDevice,
    /// 168 counts, starting at Monday 00:00.
    pub hours: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceCycles {
    #[serde(flatten)]
    pub device: KnownDevice,
    /// Completed cycles for each week of the period, oldest first.
    pub weeks: Vec<WeekCount>,
    /// Covers cycles with a known start and end; `None` without any.
    pub average_minutes: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct WeekCount {
    /// Monday of the week, `2026-11-16`.
    pub monday: String,
    pub count: u32,
}

/// Recurring maintenance, for example of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Maintenance {
    #[serde(flatten)]
    pub device: KnownDevice,
    /// LG's push code.
    pub code: String,
    pub last_told_at_ms: i64,
    /// Time at which the user marked it as done since then; `None` while it is due.
    pub done_at_ms: Option<i64>,
    /// Average days between reports; `None` before the second.
    pub every_days: Option<u32>,
}

/// Size of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistorySize {
    pub events: u32,
    /// Size of the database including its journal files.
    #[cfg_attr(feature = "ts-rs", ts(type = "number"))]
    pub bytes: u64,
    pub oldest_at_ms: Option<i64>,
    /// The history was found damaged, and the notice about it was not dismissed yet.
    #[serde(default)]
    pub recovery: Option<HistoryRecovery>,
}

/// Result of recovering a damaged history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryRecovery {
    /// Time at which the damage was found.
    pub at_ms: i64,
    /// Number of events that could be read.
    pub events: u32,
    /// Number of places that could not be read.
    pub losses: u32,
    /// Path of the damaged file, which is never changed.
    pub file: String,
}

/// Retention of events in days; 0 is unlimited.
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

/// Long-running job on the history; one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Job {
    pub kind: JobKind,
    pub done: u32,
    /// `None` while unknown.
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
    /// `path`: file that was written or read.
    Done {
        path: Option<String>,
        /// Events written, added or deleted.
        events: u32,
        /// Events of an import that already existed or could not be read.
        skipped: u32,
    },
    Cancelled,
    Failed {
        problem: crate::Problem,
    },
}
