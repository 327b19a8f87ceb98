//! Export and import of the history: a table for spreadsheets, or JSON that can be imported.
//!
//!  An exported JSON file has one event per line.

mod reading;
mod writing;

use std::io;

use jiff::Timestamp;
use model::{DeviceId, Gap, NewEvent, UnixMs};
use serde::{Deserialize, Serialize};
use thinq::clean_text;

use super::StoreError;
use crate::{
    decision::Decision,
    event::{EventId, StoredEvent},
};

const FORMAT: &str = "thinq-tray-history";
const VERSION: u32 = 1;
const BATCH: u32 = 200;
/// Maximum size in bytes; LG's messages have some hundred.
const LONGEST_RAW: usize = 1024 * 1024;
const LONGEST_TEXT: usize = 16 * 1024;
const MOST_MESSAGES: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("history failed")]
    Store(#[from] StoreError),

    #[error("failed to read or write the file")]
    File(#[from] io::Error),

    #[error("file is not an exported history")]
    Format(#[source] serde_json::Error),

    #[error("cancelled")]
    Cancelled,
}

impl From<rusqlite::Error> for TransferError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u32,
    /// Already present.
    pub known: u32,
    /// Invalid.
    pub unreadable: u32,
}

/// An event in an exported file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    received_at_ms: UnixMs,
    sent_at: Option<String>,
    kind: String,
    device_id: Option<String>,
    device_type: Option<String>,
    device_name: String,
    #[serde(default)]
    place: String,
    code: String,
    severity: String,
    category: String,
    text: String,
    decision: String,
    notified_at_ms: Option<UnixMs>,
    is_read: bool,
    #[serde(default)]
    is_found_after_gap: bool,
    #[serde(default)]
    is_from_state: bool,
    gap_from_ms: Option<UnixMs>,
    gap_reason: Option<String>,
    messages: Vec<ExportedMessage>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportedMessage {
    received_at_ms: UnixMs,
    message_id: Option<String>,
    raw: String,
}

impl Exported {
    fn of(stored: &StoredEvent, messages: Vec<ExportedMessage>) -> Self {
        let event = stored.event.clone();
        Self {
            received_at_ms: event.received_at_ms,
            sent_at: event.sent_at,
            kind: event.kind.into_str().to_owned(),
            device_id: event.device_id.map(|id| id.as_str().to_owned()),
            device_type: event.device_type,
            device_name: event.device_name,
            place: event.place,
            code: event.code,
            severity: event.severity.into_str().to_owned(),
            category: event.category.into_str().to_owned(),
            text: event.text,
            decision: stored.decision.clone(),
            notified_at_ms: stored.notified_at_ms,
            is_read: stored.is_read,
            is_found_after_gap: event.is_found_after_gap,
            is_from_state: event.is_from_state,
            gap_from_ms: event.gap.map(|gap| gap.from_ms),
            gap_reason: event.gap.map(|gap| gap.reason.into_str().to_owned()),
            messages,
        }
    }

    fn is_within_limits(&self) -> bool {
        let texts = [
            self.sent_at.as_deref(),
            self.device_id.as_deref(),
            self.device_type.as_deref(),
            Some(&self.device_name),
            Some(&self.place),
            Some(&self.code),
            Some(&self.text),
        ];
        texts.into_iter().flatten().all(|text| text.len() <= LONGEST_TEXT)
            && self.messages.len() <= MOST_MESSAGES
            && self.messages.iter().all(|message| message.raw.len() <= LONGEST_RAW)
            && Timestamp::from_millisecond(self.received_at_ms).is_ok()
            && Decision::from_name(&self.decision).is_some()
    }

    /// `None` for names unknown to this version.
    fn into_stored(self) -> Option<(StoredEvent, Vec<ExportedMessage>)> {
        let gap = match (self.gap_from_ms, self.gap_reason) {
            (Some(from_ms), Some(reason)) => Some(Gap { from_ms, reason: reason.parse().ok()? }),
            (None, _) | (_, None) => None,
        };
        let event = NewEvent {
            received_at_ms: self.received_at_ms,
            sent_at: self.sent_at.map(|text| shown(&text)),
            kind: self.kind.parse().ok()?,
            device_id: self.device_id.map(|id| DeviceId::new(shown(&id))),
            device_type: self.device_type.map(|text| shown(&text)),
            device_name: shown(&self.device_name),
            place: shown(&self.place),
            code: shown(&self.code),
            severity: self.severity.parse().ok()?,
            category: self.category.parse().ok()?,
            text: shown(&self.text),
            is_found_after_gap: self.is_found_after_gap,
            is_from_state: self.is_from_state,
            gap,
        };
        let stored = StoredEvent {
            id: EventId(0),
            event,
            decision: self.decision,
            // Imported events are never notified.
            notified_at_ms: self.notified_at_ms.or(Some(self.received_at_ms)),
            is_read: self.is_read,
        };
        Some((stored, self.messages))
    }
}

/// A file is untrusted: its texts are sanitised like those of LG, since a terminal may show them.
fn shown(text: &str) -> String {
    clean_text(text, LONGEST_TEXT)
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
