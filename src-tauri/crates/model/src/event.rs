//! The history as the window and the command line see it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// One line of the history. Its title comes from the catalogue: for a push `push-<code>`, for the
/// other kinds `event-<kind>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct HistoryEvent {
    /// Grows with the order of arrival and is never reused.
    pub id: i64,
    /// Milliseconds since the Unix epoch, by this computer's clock.
    pub received_at_ms: i64,
    pub kind: EventSource,
    /// LG's push code; empty for the other kinds.
    pub code: String,
    /// `None` when the message named no device.
    pub device_id: Option<String>,
    /// The part it is about, as [`Part::place`](crate::Part::place); empty when no message told it.
    #[serde(default)]
    pub place: String,
    /// The device's alias at that time; empty when it was not known.
    pub device_name: String,
    /// LG's type, for example `DEVICE_WASHER`.
    pub device_type: Option<String>,
    pub severity: Severity,
    pub category: Category,
    /// The words of a plain-text frame, or the new name of a renamed device; otherwise empty.
    pub text: String,
    pub is_read: bool,
    /// Read from the appliance's state after a gap, instead of being told when it happened.
    pub is_found_after_gap: bool,
    /// Where the search text occurs in what is shown; empty without one.
    #[serde(default)]
    pub found_in: Vec<FoundIn>,
    /// Of the kind [`EventSource::Gap`] only.
    pub gap: Option<Gap>,
}

/// Which of an event's texts a search hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum FoundIn {
    Name,
    /// In either language.
    Words,
    Code,
    Text,
    /// In a message as it came.
    Raw,
}

/// A time in which nothing could arrive, up to the event's `received_at_ms`.
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
    /// LG's service was away or refused.
    Service,
    Network,
    /// The computer slept.
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
    /// Not connected for a while: a line of the history and no more.
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

/// All that is known about one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct EventDetails {
    pub event: HistoryEvent,
    /// LG's own time, as LG wrote it: without a zone and not always a date.
    pub sent_at: Option<String>,
    /// When the notification was handed to the desktop, if it was.
    pub notified_at_ms: Option<i64>,
    /// Why it was notified or not: the catalogue's `decision-<name>`.
    pub decision: String,
    /// The event before it of the same device; `None` without a device.
    pub previous_of_device: Option<i64>,
    pub next_of_device: Option<i64>,
    /// The frames behind the event, in order of arrival.
    pub messages: Vec<RawMessage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct RawMessage {
    pub received_at_ms: i64,
    pub raw: String,
}
