//! LG's field names and the order in which a message's shape is guessed. See
//! `docs/protocol.md#messages`.

use serde_json::{Map, Value};

use crate::{
    device::DeviceId,
    lenient_json,
    message::{
        Body, Dropped, Ignored, Message, Parsed, Push, Registered, StatusReport, Unregistered,
    },
    push_code::PushCode,
    sanitize::clean_text,
};

/// Messages in one frame; beyond it somebody floods.
const MOST_MESSAGES: usize = 500;
/// Longest message id and time that are kept, in characters.
const LONGEST_ENVELOPE_TEXT: usize = 64;
/// Longest plain text that is kept, in characters.
const LONGEST_TEXT: usize = 200;

type Object = Map<String, Value>;

/// What was found so far in a frame.
#[derive(Default)]
pub(crate) struct Reading {
    parsed: Parsed,
}

/// `messageId` and `timestamp`, which stand beside the content.
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

impl Reading {
    pub(crate) fn drop(&mut self, reason: Dropped) {
        self.parsed.dropped.get_or_insert(reason);
    }

    pub(crate) fn ignore(&mut self, reason: Ignored) {
        self.parsed.ignored.get_or_insert(reason);
    }

    pub(crate) fn keep_text(&mut self, text: &str) {
        let text = clean_text(text, LONGEST_TEXT);
        if text.is_empty() {
            self.ignore(Ignored::Empty);
        } else {
            self.keep(&Envelope::default(), Body::Text(text));
        }
    }

    pub(crate) fn into_parsed(self) -> Parsed {
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

/// Reads a whole frame of JSON.
pub(crate) fn read(value: &Value, reading: &mut Reading) {
    let Value::Array(elements) = value else { return read_one(value, reading) };
    if elements.is_empty() {
        return reading.ignore(Ignored::Empty);
    }
    for element in elements {
        if reading.is_full() {
            return reading.drop(Dropped::TooMany);
        }
        read_one(element, reading);
    }
}

fn read_one(value: &Value, reading: &mut Reading) {
    match value {
        Value::Object(object) => read_object(object, reading),
        Value::String(text) => reading.keep_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            reading.ignore(Ignored::NoMessage);
        }
    }
}

fn read_object(object: &Object, reading: &mut Reading) {
    let envelope = Envelope {
        message_id: envelope_text(object.get("messageId")),
        sent_at: envelope_text(object.get("timestamp")),
    };
    let push = object.get("push").and_then(Value::as_object);
    let event = object.get("event").and_then(Value::as_object);
    if push.is_some() || event.is_some() {
        if let Some(push) = push {
            read_kind(push, Kind::Push, &envelope, reading);
        }
        if let Some(event) = event {
            read_kind(event, Kind::Status, &envelope, reading);
        }
    } else if object.contains_key("pushType") {
        read_kind(object, Kind::Unknown, &envelope, reading);
    } else if let Some(codes) = notification_codes(object) {
        read_notification(codes, object, &envelope, reading);
    } else if object.contains_key("deviceId") && object.contains_key("pushCode") {
        reading.keep_or_drop(&envelope, push_body(object));
    } else if object.contains_key("deviceId") && object.contains_key("report") {
        reading.keep_or_drop(&envelope, status_body(object));
    } else if object.contains_key("connectionId") && object.contains_key("requestId") {
        reading.ignore(Ignored::Gateway);
    } else if object.is_empty() {
        reading.ignore(Ignored::Empty);
    } else {
        reading.ignore(Ignored::UnknownKind);
    }
}

/// `expected` is what the wrapper says, for content without a `pushType`.
fn read_kind(object: &Object, expected: Kind, envelope: &Envelope, reading: &mut Reading) {
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
        Kind::Unknown => return reading.ignore(Ignored::UnknownKind),
    };
    reading.keep_or_drop(envelope, body);
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

fn read_notification(codes: &[Value], object: &Object, envelope: &Envelope, reading: &mut Reading) {
    if codes.is_empty() {
        return reading.ignore(Ignored::Empty);
    }
    for code in codes {
        if reading.is_full() {
            return reading.drop(Dropped::TooMany);
        }
        let body = push_code(Some(code)).map(|code| push_of(object, code));
        reading.keep_or_drop(envelope, body);
    }
}

fn push_body(object: &Object) -> Option<Body> {
    push_code(object.get("pushCode")).map(|code| push_of(object, code))
}

fn push_of(object: &Object, code: PushCode) -> Body {
    Body::Push(Push {
        device_id: DeviceId::from_json(object.get("deviceId")),
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
        device_id: DeviceId::from_json(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        report,
    }))
}

fn registered_body(object: &Object) -> Option<Body> {
    Some(Body::Registered(Registered {
        device_id: DeviceId::from_json(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        model: lenient_json::name(object.get("modelName")),
        alias: lenient_json::alias(object.get("alias")).unwrap_or_default(),
        is_reportable: lenient_json::flag(object.get("reportable")),
        group_id: lenient_json::name(object.get("groupId")),
    }))
}

fn unregistered_body(object: &Object) -> Option<Body> {
    Some(Body::Unregistered(Unregistered {
        device_id: DeviceId::from_json(object.get("deviceId"))?,
        device_type: lenient_json::name(object.get("deviceType")),
        alias: lenient_json::alias(object.get("alias")).unwrap_or_default(),
    }))
}

fn alias_body(object: &Object) -> Option<Body> {
    Some(Body::AliasChanged {
        device_id: DeviceId::from_json(object.get("deviceId"))?,
        alias: lenient_json::alias(object.get("alias"))?,
    })
}

fn envelope_text(value: Option<&Value>) -> Option<String> {
    let text = clean_text(value?.as_str()?, LONGEST_ENVELOPE_TEXT);
    (!text.is_empty()).then_some(text)
}
