//! Events of the history.

use model::{Category, EventSource, Gap, Severity, UnixMs};
use thinq::{Body, DeviceId, Message, PushCode};

/// Event id: increases in order of arrival and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub i64);

impl EventId {
    /// Greater than every id: the start of the first page.
    pub const END: Self = Self(i64::MAX);
}

/// An event without a position in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub received_at_ms: UnixMs,
    /// LG's timestamp, as received.
    pub sent_at: Option<String>,
    pub kind: EventSource,
    pub device_id: Option<DeviceId>,
    pub device_type: Option<String>,
    /// The alias at that time; empty if unknown.
    pub device_name: String,
    /// LG's push code; empty for other kinds.
    pub code: String,
    pub severity: Severity,
    pub category: Category,
    pub text: String,
    /// The part by LG's name; empty if no message contains it.
    pub place: String,
    /// Inferred from the state of a device after a gap.
    pub is_found_after_gap: bool,
    /// Inferred from the state of a device, without a push.
    pub is_from_state: bool,
    /// Set for [`EventSource::Gap`] only.
    pub gap: Option<Gap>,
}

/// An event of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub id: EventId,
    pub event: NewEvent,
    pub decision: String,
    pub notified_at_ms: Option<UnixMs>,
    pub is_read: bool,
}

/// A received message and the frame that contained it.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub received_at_ms: UnixMs,
    /// Number of the frame; a frame may contain several messages.
    pub frame: u64,
    pub raw: std::sync::Arc<str>,
    pub message: Message,
    /// Number of the MQTT packet.
    pub packet_id: Option<u16>,
    /// The broker has sent the packet before, so the message may be stored already.
    pub is_repeated: bool,
}

/// Known facts about the device of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeviceName {
    pub alias: String,
    pub device_type: Option<String>,
}

impl Arrival {
    /// The event in the message; a status report contains none.
    pub(crate) fn to_event(&self, name_of: impl Fn(&DeviceId) -> DeviceName) -> Option<NewEvent> {
        let base = |kind, device_id: Option<&DeviceId>, told_type: Option<&String>| {
            let known = device_id.map(&name_of).unwrap_or_default();
            NewEvent {
                received_at_ms: self.received_at_ms,
                sent_at: self.message.sent_at.clone(),
                kind,
                device_id: device_id.cloned(),
                device_type: told_type.cloned().or(known.device_type),
                device_name: known.alias,
                code: String::new(),
                severity: Severity::Info,
                category: Category::Status,
                text: String::new(),
                place: String::new(),
                is_found_after_gap: false,
                is_from_state: false,
                gap: None,
            }
        };
        match &self.message.body {
            Body::Push(push) => Some(NewEvent {
                code: push.code.as_str().to_owned(),
                severity: push.code.severity(),
                category: push.code.category(),
                ..base(EventSource::Push, push.device_id.as_ref(), push.device_type.as_ref())
            }),
            Body::Registered(new) => Some(NewEvent {
                device_name: new.alias.clone(),
                ..base(EventSource::Registered, Some(&new.device_id), new.device_type.as_ref())
            }),
            Body::Unregistered(gone) => {
                let event = base(
                    EventSource::Unregistered,
                    Some(&gone.device_id),
                    gone.device_type.as_ref(),
                );
                let device_name =
                    if gone.alias.is_empty() { event.device_name } else { gone.alias.clone() };
                Some(NewEvent { device_name, ..event })
            }
            Body::AliasChanged { device_id, alias } => Some(NewEvent {
                text: alias.clone(),
                ..base(EventSource::Renamed, Some(device_id), None)
            }),
            Body::Text(text) => {
                Some(NewEvent { text: text.clone(), ..base(EventSource::Text, None, None) })
            }
            Body::Status(_) => None,
        }
    }
}

impl NewEvent {
    /// A sample push, for tests and the first-run notification.
    pub fn example(code: &str, device_name: &str, received_at_ms: UnixMs) -> Self {
        let push_code = PushCode::new(code);
        Self {
            received_at_ms,
            sent_at: None,
            kind: EventSource::Push,
            device_id: Some(DeviceId::new(format!("example-{device_name}"))),
            device_type: Some(String::from("DEVICE_WASHER")),
            device_name: device_name.to_owned(),
            severity: push_code.severity(),
            category: push_code.category(),
            code: push_code.as_str().to_owned(),
            text: String::new(),
            place: String::new(),
            is_found_after_gap: false,
            is_from_state: false,
            gap: None,
        }
    }

    /// An event inferred from the state of a device after a gap.
    pub(crate) fn found(
        code: &PushCode,
        device_id: &DeviceId,
        device: DeviceName,
        now_ms: UnixMs,
    ) -> Self {
        Self {
            received_at_ms: now_ms,
            sent_at: None,
            kind: EventSource::Push,
            device_id: Some(device_id.clone()),
            device_type: device.device_type,
            device_name: device.alias,
            severity: code.severity(),
            category: code.category(),
            code: code.as_str().to_owned(),
            text: String::new(),
            place: String::new(),
            is_found_after_gap: true,
            is_from_state: true,
            gap: None,
        }
    }

    /// An event inferred from the state of a device, without a push.
    pub(crate) fn from_state(
        code: &PushCode,
        device_id: &DeviceId,
        place: &str,
        device: DeviceName,
        now_ms: UnixMs,
    ) -> Self {
        Self {
            place: place.to_owned(),
            is_found_after_gap: false,
            ..Self::found(code, device_id, device, now_ms)
        }
    }

    /// The history entry for a time without a connection.
    pub(crate) fn about_gap(gap: Gap, until_ms: UnixMs) -> Self {
        Self {
            received_at_ms: until_ms,
            sent_at: None,
            kind: EventSource::Gap,
            device_id: None,
            device_type: None,
            device_name: String::new(),
            code: String::new(),
            severity: Severity::Info,
            category: Category::Status,
            text: String::new(),
            place: String::new(),
            is_found_after_gap: false,
            is_from_state: false,
            gap: Some(gap),
        }
    }
}
