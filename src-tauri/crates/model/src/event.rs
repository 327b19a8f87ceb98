//! History events as shown by the window and the command line.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{DeviceId, UnixMs};

/// Event of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryEvent {
    /// Increases in order of arrival and is never reused.
    pub id: i64,
    #[serde(flatten)]
    pub event: NewEvent,
    pub is_read: bool,
    /// Where the search text occurs; empty without a search.
    #[serde(default)]
    pub found_in: Vec<FoundIn>,
}

/// Event without a position in the history. Its title comes from the catalogue: `push-<code>` for a
/// push, `event-<kind>` for the other kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS))]
pub struct NewEvent {
    /// By the local clock.
    pub received_at_ms: UnixMs,
    /// LG's own timestamp, unparsed: without a time zone and not always a date. Sent with the
    /// [details](EventDetails) only.
    #[serde(skip)]
    pub sent_at: Option<String>,
    pub kind: EventSource,
    /// LG's push code; empty for the other kinds.
    pub code: String,
    /// `None` if the message named no device.
    pub device_id: Option<DeviceId>,
    /// Part of the device, as [`Part::place`](crate::Part::place); empty if no message named it.
    #[serde(default)]
    pub place: String,
    /// Alias of the device at that time; empty if unknown.
    pub device_name: String,
    /// LG's type, for example `DEVICE_WASHER`.
    pub device_type: Option<String>,
    pub severity: Severity,
    pub category: Category,
    /// Text of a plain-text frame, or the new name of a renamed device; otherwise empty.
    pub text: String,
    /// Inferred from the device's state after a gap instead of reported when it happened.
    pub is_found_after_gap: bool,
    /// Inferred from the device's state, without a push.
    #[serde(skip)]
    pub is_from_state: bool,
    /// Set for [`EventSource::Gap`] only.
    pub gap: Option<Gap>,
}

impl NewEvent {
    /// An event of which nothing else is known.
    pub fn of(kind: EventSource, received_at_ms: UnixMs) -> Self {
        Self {
            received_at_ms,
            sent_at: None,
            kind,
            code: String::new(),
            device_id: None,
            place: String::new(),
            device_name: String::new(),
            device_type: None,
            severity: Severity::Info,
            category: Category::Status,
            text: String::new(),
            is_found_after_gap: false,
            is_from_state: false,
            gap: None,
        }
    }
}

/// Text of an event that matched a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum FoundIn {
    Name,
    /// In either language.
    Words,
    Code,
    Text,
    /// In a raw message.
    Raw,
}

/// Period without a connection, up to the event's `received_at_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Gap {
    pub from_ms: i64,
    pub reason: GapReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum GapReason {
    /// LG's service was unavailable or refused the connection.
    Service,
    Network,
    /// The computer was asleep.
    Asleep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum EventSource {
    Push,
    Registered,
    Unregistered,
    Renamed,
    Text,
    /// Disconnected for a while; only recorded in the history.
    Gap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Severity {
    Info,
    Attention,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Category {
    Finished,
    Failed,
    Maintenance,
    Safety,
    Reminder,
    Status,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryPage {
    /// Newest first.
    pub events: Vec<HistoryEvent>,
    pub has_more: bool,
}

/// Details of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct EventDetails {
    pub event: HistoryEvent,
    /// LG's own timestamp, unparsed: without a time zone and not always a date.
    pub sent_at: Option<String>,
    /// Time at which the notification was sent to the desktop, if it was.
    pub notified_at_ms: Option<i64>,
    /// Reason for notifying or not: the catalogue's `decision-<name>`.
    pub decision: String,
    /// Previous event of the same device; `None` without a device.
    pub previous_of_device: Option<i64>,
    pub next_of_device: Option<i64>,
    /// Frames of the event, in order of arrival.
    pub messages: Vec<RawMessage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct RawMessage {
    pub received_at_ms: i64,
    pub raw: String,
}
