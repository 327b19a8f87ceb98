//! From a frame of the callback to messages: pure, total, and suspicious of every byte.
//! See `docs/protocol.md#messages`.

use std::fmt;

use serde_json::Value;

use crate::{
    device::DeviceId,
    push_code::PushCode,
    sanitize::clean_text,
    wire::{self, Reading},
};

/// Longest frame that is read, in bytes; twice what the gateway lets through.
pub(crate) const LONGEST_FRAME: usize = 256 * 1024;
/// Longest plain text that is kept, in characters.
const LONGEST_TEXT: usize = 200;
/// Deeper JSON is dropped unread.
const DEEPEST: usize = 64;

/// What came over the wire, unread.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Binary(Vec<u8>),
}

/// All that can be said about one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub messages: Vec<Message>,
    /// The first thing in it that was broken.
    pub dropped: Option<Dropped>,
    /// The first thing in it that is harmless and of no use.
    pub ignored: Option<Ignored>,
}

/// Why something was dropped, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dropped {
    NotUtf8,
    NotJson,
    TooDeep,
    TooLong,
    /// More messages in one frame than anybody sends.
    TooMany,
    /// A field is missing or of another type than its name promises.
    WrongTypes,
}

/// Why something was left aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    Empty,
    /// The gateway's own error.
    Gateway,
    /// A kind of message that no document knows.
    UnknownKind,
    /// JSON that is neither an object nor a text.
    NoMessage,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// LG's id; a message may arrive twice.
    pub message_id: Option<String>,
    /// LG's own text, without a zone and sometimes odd. For reading only.
    pub sent_at: Option<String>,
    pub body: Body,
}

/// `Debug` shows kinds and codes, never what a home is called or does.
#[derive(Clone, PartialEq)]
pub enum Body {
    Push(Push),
    Status(StatusReport),
    Registered(Registered),
    Unregistered(Unregistered),
    /// `alias` is cleaned and may be empty.
    AliasChanged {
        device_id: DeviceId,
        alias: String,
    },
    /// A frame of plain text, cleaned.
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

/// Reads a frame. Never fails: what cannot be read is told in the result.
pub fn parse(frame: &Frame) -> Parsed {
    let mut reading = Reading::default();
    match text_of(frame) {
        Ok("") => reading.ignore(Ignored::Empty),
        Ok(text) => read_text(text, &mut reading),
        Err(reason) => reading.drop(reason),
    }
    reading.into_parsed()
}

/// The frame's text without byte order mark and blanks around it.
fn text_of(frame: &Frame) -> Result<&str, Dropped> {
    if frame.len() > LONGEST_FRAME {
        return Err(Dropped::TooLong);
    }
    let text = match frame {
        Frame::Text(text) => text,
        Frame::Binary(bytes) => std::str::from_utf8(bytes).map_err(|_broken| Dropped::NotUtf8)?,
    };
    Ok(text.trim_start_matches('\u{feff}').trim())
}

fn read_text(text: &str, reading: &mut Reading) {
    let json_like = text.starts_with(['{', '[', '"']);
    if json_like && depth(text) > DEEPEST {
        return reading.drop(Dropped::TooDeep);
    }
    match from_json(text) {
        Some(value) => wire::read(&value, reading),
        // Text that sets out to be JSON and is not was damaged on its way.
        None if json_like || !is_plain(text) => reading.drop(Dropped::NotJson),
        None => reading.keep_text(text),
    }
}

fn from_json(text: &str) -> Option<Value> {
    serde_json::from_str(text)
        .or_else(|error| match without_huge_numbers(text) {
            Some(text) => serde_json::from_str(&text),
            None => Err(error),
        })
        .ok()
}

fn is_plain(text: &str) -> bool {
    text.chars().count() <= LONGEST_TEXT
        && text.chars().all(|letter| !letter.is_control() || letter.is_whitespace())
        && !clean_text(text, LONGEST_TEXT).is_empty()
}

/// How deep brackets nest, strings left aside. Looks at bytes only, so that no depth can hurt.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for_each_outside_strings(text, |_, byte| match byte {
        b'{' | b'[' => {
            depth += 1;
            deepest = deepest.max(depth);
        }
        b'}' | b']' => depth = depth.saturating_sub(1),
        _ => {}
    });
    deepest
}

/// Puts `null` for numbers beyond double precision, which would spoil the whole message. `None`
/// when there are none.
fn without_huge_numbers(text: &str) -> Option<String> {
    let mut huge: Vec<(usize, usize)> = Vec::new();
    let mut number: Option<(usize, usize)> = None;
    for_each_outside_strings(text, |at, byte| {
        let is_number = byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        match (&mut number, is_number) {
            (Some((_, end)), true) if *end == at => *end = at + 1,
            (_, true) => {
                huge.extend(number.filter(|&range| is_huge(text, range)));
                number = Some((at, at + 1));
            }
            (_, false) => huge.extend(number.take().filter(|&range| is_huge(text, range))),
        }
    });
    huge.extend(number.filter(|&range| is_huge(text, range)));
    if huge.is_empty() {
        return None;
    }
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in huge {
        replaced.push_str(text.get(done..start)?);
        replaced.push_str("null");
        done = end;
    }
    replaced.push_str(text.get(done..)?);
    Some(replaced)
}

fn is_huge(text: &str, (start, end): (usize, usize)) -> bool {
    text.get(start..end)
        .and_then(|number| number.parse::<f64>().ok())
        .is_some_and(|number| !number.is_finite())
}

fn for_each_outside_strings(text: &str, mut visit: impl FnMut(usize, u8)) {
    let (mut is_string, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if is_string {
            if is_escaped {
                is_escaped = false;
            } else if byte == b'\\' {
                is_escaped = true;
            } else if byte == b'"' {
                is_string = false;
            }
        } else if byte == b'"' {
            is_string = true;
        } else {
            visit(at, byte);
        }
    }
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
