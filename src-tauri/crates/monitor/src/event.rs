//! Events of the history.

use model::{DeviceId, EventSource, HistoryEvent, NewEvent, UnixMs};
use thinq::{Body, Message, PushCode};

/// Event id: increases in order of arrival and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub i64);

impl EventId {
    /// Greater than every id: the start of the first page.
    pub const END: Self = Self(i64::MAX);
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

impl From<StoredEvent> for HistoryEvent {
    fn from(stored: StoredEvent) -> Self {
        let StoredEvent { id, event, decision: _, notified_at_ms: _, is_read } = stored;
        Self { id: id.0, event, is_read, found_in: Vec::new() }
    }
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
                sent_at: self.message.sent_at.clone(),
                device_id: device_id.cloned(),
                device_type: told_type.cloned().or(known.device_type),
                device_name: known.alias,
                ..NewEvent::of(kind, self.received_at_ms)
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

/// A sample push, for tests and the first-run notification.
pub fn example_event(code: &str, device_name: &str, received_at_ms: UnixMs) -> NewEvent {
    NewEvent {
        device_id: Some(DeviceId::new(format!("example-{device_name}"))),
        device_type: Some(String::from("DEVICE_WASHER")),
        device_name: device_name.to_owned(),
        ..push_event(&PushCode::new(code), received_at_ms)
    }
}

/// An event inferred from the state of a device, without a push.
pub(crate) fn event_from_state(
    code: &PushCode,
    device_id: &DeviceId,
    place: &str,
    device: DeviceName,
    now_ms: UnixMs,
) -> NewEvent {
    NewEvent {
        place: place.to_owned(),
        device_id: Some(device_id.clone()),
        device_type: device.device_type,
        device_name: device.alias,
        is_from_state: true,
        ..push_event(code, now_ms)
    }
}

fn push_event(code: &PushCode, received_at_ms: UnixMs) -> NewEvent {
    NewEvent {
        code: code.as_str().to_owned(),
        severity: code.severity(),
        category: code.category(),
        ..NewEvent::of(EventSource::Push, received_at_ms)
    }
}
