//! Frames of the callback and the messages in them. See `docs/protocol.md#messages`.

use std::fmt;

use model::DeviceId;
use serde_json::Value;

use crate::push_code::PushCode;

/// Maximum length of a frame in bytes; twice the limit of the gateway.
pub(crate) const LONGEST_FRAME: usize = 256 * 1024;

/// A frame as received.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Binary(Vec<u8>),
}

/// Result of parsing a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub messages: Vec<Message>,
    /// First invalid content.
    pub dropped: Option<Dropped>,
    /// First content that is valid but not used.
    pub ignored: Option<Ignored>,
}

/// Reason for dropping content, for statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dropped {
    NotUtf8,
    NotJson,
    TooDeep,
    TooLong,
    /// More messages in one frame than the limit.
    TooMany,
    /// A field is missing or has an unexpected type.
    WrongTypes,
}

/// Reason for ignoring content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    Empty,
    /// An error of the gateway.
    Gateway,
    /// An undocumented kind of message.
    UnknownKind,
    /// JSON that is neither an object nor a text.
    NoMessage,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// LG's id; a message may arrive twice.
    pub message_id: Option<String>,
    /// LG's text, without a time zone and not always valid. For display only.
    pub sent_at: Option<String>,
    pub body: Body,
}

/// `Debug` prints kinds and codes, but no personal data.
#[derive(Clone, PartialEq)]
pub enum Body {
    Push(Push),
    Status(StatusReport),
    Registered(Registered),
    Unregistered(Unregistered),
    /// `alias` is sanitized and may be empty.
    AliasChanged {
        device_id: DeviceId,
        alias: String,
    },
    /// A frame of plain text, sanitized.
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Absent in shapes that name no device.
    pub device_id: Option<DeviceId>,
    pub device_type: Option<String>,
    pub code: PushCode,
}

#[derive(Clone, PartialEq)]
pub struct StatusReport {
    pub device_id: DeviceId,
    pub device_type: Option<String>,
    /// What changed: an object or a list; an empty object when LG says `null`.
    pub report: Value,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    pub device_id: DeviceId,
    pub device_type: Option<String>,
    pub model: Option<String>,
    /// Cleaned, may be empty.
    pub alias: String,
    pub is_reportable: Option<bool>,
    pub group_id: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Unregistered {
    pub device_id: DeviceId,
    pub device_type: Option<String>,
    /// Cleaned, may be empty.
    pub alias: String,
}

impl Frame {
    /// Bytes on the wire.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Body {
    /// The device that is spoken of, where one is.
    pub fn device_id(&self) -> Option<&DeviceId> {
        match self {
            Self::Push(push) => push.device_id.as_ref(),
            Self::Status(status) => Some(&status.device_id),
            Self::Registered(registered) => Some(&registered.device_id),
            Self::Unregistered(unregistered) => Some(&unregistered.device_id),
            Self::AliasChanged { device_id, .. } => Some(device_id),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push(push) => push.fmt(f),
            Self::Status(status) => status.fmt(f),
            Self::Registered(registered) => registered.fmt(f),
            Self::Unregistered(unregistered) => unregistered.fmt(f),
            Self::AliasChanged { device_id, .. } => {
                f.debug_struct("AliasChanged").field("device_id", device_id).finish_non_exhaustive()
            }
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

impl fmt::Debug for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_device("StatusReport", &self.device_id, self.device_type.as_deref(), f)
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_device("Registered", &self.device_id, self.device_type.as_deref(), f)
    }
}

impl fmt::Debug for Unregistered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_device("Unregistered", &self.device_id, self.device_type.as_deref(), f)
    }
}

fn debug_device(
    name: &str,
    device_id: &DeviceId,
    device_type: Option<&str>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.debug_struct(name)
        .field("device_id", device_id)
        .field("device_type", &device_type)
        .finish_non_exhaustive()
}
