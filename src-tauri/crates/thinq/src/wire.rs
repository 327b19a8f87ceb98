//! Parses frames of the callback into messages: pure, total, without trust in any byte. Owns LG's
//! field names and the order in which a message's shape is guessed. See `docs/protocol.md#messages`.

use serde_json::{Map, Value};

use crate::{
    device::read_id,
    lenient_json,
    message::{
        Body, Dropped, Frame, Ignored, LONGEST_FRAME, Message, Parsed, Push, Registered,
        StatusReport, Unregistered,
    },
    push_code::PushCode,
    sanitize::clean_text,
};

/// Maximum number of messages in one frame.
const MOST_MESSAGES: usize = 500;
/// Maximum length of message ids and times, in characters.
const LONGEST_ENVELOPE_TEXT: usize = 64;
/// Maximum length of plain text, in characters.
const LONGEST_TEXT: usize = 200;
/// Maximum nesting of JSON; deeper frames are dropped unread.
const DEEPEST: usize = 64;

type Object = Map<String, Value>;

/// Messages found so far in a frame.
#[derive(Default)]
struct Collector {
    parsed: Parsed,
}

/// `messageId` and `timestamp` beside the content.
#[derive(Default)]
struct Envelope {
    message_id: Option<String>,
    sent_at: Option<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Push,
    Status,
    Registered,
    Unregistered,
    AliasChanged,
    Unknown,
}

impl Collector {
    fn drop(&mut self, reason: Dropped) {
        self.parsed.dropped.get_or_insert(reason);
    }

    fn ignore(&mut self, reason: Ignored) {
        self.parsed.ignored.get_or_insert(reason);
    }

    fn keep_text(&mut self, text: &str) {
        let text = clean_text(text, LONGEST_TEXT);
        if text.is_empty() {
            self.ignore(Ignored::Empty);
        } else {
            self.keep(&Envelope::default(), Body::Text(text));
        }
    }

    fn into_parsed(self) -> Parsed {
        self.parsed
    }

    fn keep(&mut self, envelope: &Envelope, body: Body) {
        if self.is_full() {
            return self.drop(Dropped::TooMany);
        }
        self.parsed.messages.push(Message {
            message_id: envelope.message_id.clone(),
            sent_at: envelope.sent_at.clone(),
            body,
        });
    }

    fn keep_or_drop(&mut self, envelope: &Envelope, body: Option<Body>) {
        match body {
            Some(body) => self.keep(envelope, body),
            None => self.drop(Dropped::WrongTypes),
        }
    }

    fn is_full(&self) -> bool {
        self.parsed.messages.len() >= MOST_MESSAGES
    }
}

/// Parses a frame. Never fails: unreadable content is reported in the result.
pub fn parse(frame: &Frame) -> Parsed {
    let mut collector = Collector::default();
    match text_of(frame) {
        Ok("") => collector.ignore(Ignored::Empty),
        Ok(text) => read_text(text, &mut collector),
        Err(reason) => collector.drop(reason),
    }
    collector.into_parsed()
}

/// Text of the frame without byte order mark and surrounding whitespace.
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

fn read_text(text: &str, collector: &mut Collector) {
    let json_like = text.starts_with(['{', '[', '"']);
    if json_like && depth(text) > DEEPEST {
        return collector.drop(Dropped::TooDeep);
    }
    match from_json(text) {
        Some(value) => read(&value, collector),
        // Text that starts like JSON but is invalid was damaged.
        None if json_like || !is_plain(text) => collector.drop(Dropped::NotJson),
        None => collector.keep_text(text),
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

/// Nesting depth of brackets outside strings. Does not recurse, so that any depth is safe.
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

/// Replaces numbers beyond the range of `f64` by `null`, as they would make the whole message invalid.
/// Returns `None` when there are none.
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

/// Reads a whole frame of JSON.
fn read(value: &Value, collector: &mut Collector) {
    let Value::Array(elements) = value else { return read_one(value, collector) };
    if elements.is_empty() {
        return collector.ignore(Ignored::Empty);
    }
    for element in elements {
        if collector.is_full() {
            return collector.drop(Dropped::TooMany);
        }
        read_one(element, collector);
    }
}

fn read_one(value: &Value, collector: &mut Collector) {
    match value {
        Value::Object(object) => read_object(object, collector),
        Value::String(text) => collector.keep_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            collector.ignore(Ignored::NoMessage);
        }
    }
}

fn read_object(object: &Object, collector: &mut Collector) {
    let envelope = Envelope {
        message_id: envelope_text(object.get("messageId")),
        sent_at: envelope_text(object.get("timestamp")),
    };
    let push = object.get("push").and_then(Value::as_object);
    let event = object.get("event").and_then(Value::as_object);
    if push.is_some() || event.is_some() {
        if let Some(push) = push {
            read_kind(push, Kind::Push, &envelope, collector);
        }
        if let Some(event) = event {
            read_kind(event, Kind::Status, &envelope, collector);
        }
    } else if object.contains_key("pushType") {
        read_kind(object, Kind::Unknown, &envelope, collector);
    } else if let Some(codes) = notification_codes(object) {
        read_notification(codes, object, &envelope, collector);
    } else if object.contains_key("deviceId") && object.contains_key("pushCode") {
        collector.keep_or_drop(&envelope, push_body(object));
    } else if object.contains_key("deviceId") && object.contains_key("report") {
        collector.keep_or_drop(&envelope, status_body(object));
    } else if object.contains_key("connectionId") && object.contains_key("requestId") {
        collector.ignore(Ignored::Gateway);
    } else if object.is_empty() {
        collector.ignore(Ignored::Empty);
    } else {
        collector.ignore(Ignored::UnknownKind);
    }
}

/// `expected` is the kind given by the wrapper, for content without a `pushType`.
fn read_kind(object: &Object, expected: Kind, envelope: &Envelope, collector: &mut Collector) {
    let kind = match object.get("pushType").and_then(Value::as_str) {
        Some(push_type) => Kind::of(push_type),
        None => expected,
    };
    let body = match kind {
        Kind::Push => push_body(object),
        Kind::Status => status_body(object),
        Kind::Registered => registered_body(object),
        Kind::Unregistered => unregistered_body(object),
        Kind::AliasChanged => alias_body(object),
        Kind::Unknown if object.contains_key("pushCode") => push_body(object),
        Kind::Unknown if matches!(expected, Kind::Status) && object.contains_key("report") => {
            status_body(object)
        }
        Kind::Unknown => return collector.ignore(Ignored::UnknownKind),
    };
    collector.keep_or_drop(envelope, body);
}

impl Kind {
    fn of(push_type: &str) -> Self {
        match push_type.trim().to_ascii_uppercase().as_str() {
            "DEVICE_PUSH" => Self::Push,
            "DEVICE_STATUS" => Self::Status,
            "DEVICE_REGISTERED" => Self::Registered,
            "DEVICE_UNREGISTERED" => Self::Unregistered,
            "DEVICE_ALIAS_CHANGED" => Self::AliasChanged,
            _ => Self::Unknown,
        }
    }
}

fn notification_codes(object: &Object) -> Option<&Vec<Value>> {
    object.get("notification")?.get("push")?.as_array()
}

fn read_notification(
    codes: &[Value],
    object: &Object,
    envelope: &Envelope,
    collector: &mut Collector,
) {
    if codes.is_empty() {
        return collector.ignore(Ignored::Empty);
    }
    for code in codes {
        if collector.is_full() {
            return collector.drop(Dropped::TooMany);
        }
        let body = push_code(Some(code)).map(|code| push_of(object, code));
        collector.keep_or_drop(envelope, body);
    }
}

fn push_body(object: &Object) -> Option<Body> {
    push_code(object.get("pushCode")).map(|code| push_of(object, code))
}

fn push_of(object: &Object, code: PushCode) -> Body {
    Body::Push(Push {
        device_id: read_id(object.get("deviceId")),
        device_type: lenient_json::name(object.get("deviceType")),
        code,
    })
}

fn push_code(value: Option<&Value>) -> Option<PushCode> {
    lenient_json::name(value).map(|code| PushCode::new(&code))
}

fn status_body(object: &Object) -> Option<Body> {
    let report = match object.get("report")? {
        Value::Null => Value::Object(Map::new()),
        report @ (Value::Object(_) | Value::Array(_)) => report.clone(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(Body::Status(StatusReport {
        device_id: read_id(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        report,
    }))
}

fn registered_body(object: &Object) -> Option<Body> {
    Some(Body::Registered(Registered {
        device_id: read_id(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        model: lenient_json::name(object.get("modelName")),
        alias: lenient_json::alias(object.get("alias")).unwrap_or_default(),
        is_reportable: lenient_json::flag(object.get("reportable")),
        group_id: lenient_json::name(object.get("groupId")),
    }))
}

fn unregistered_body(object: &Object) -> Option<Body> {
    Some(Body::Unregistered(Unregistered {
        device_id: read_id(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        alias: lenient_json::alias(object.get("alias")).unwrap_or_default(),
    }))
}

fn alias_body(object: &Object) -> Option<Body> {
    Some(Body::AliasChanged {
        device_id: read_id(object.get("deviceId"))?,
        alias: lenient_json::alias(object.get("alias"))?,
    })
}

fn envelope_text(value: Option<&Value>) -> Option<String> {
    let text = clean_text(value?.as_str()?, LONGEST_ENVELOPE_TEXT);
    (!text.is_empty()).then_some(text)
}
