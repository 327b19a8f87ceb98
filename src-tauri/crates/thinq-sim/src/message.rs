//! Messages of both providers, and the ids and times in every answer.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::household::SimDevice;

const SERVICE_ID: &str = "5e0000000000000000000001";
const USER_NUMBER: &str = "KR0000000000000";

/// The content of a message, without its envelope.
pub(crate) enum Notice<'a> {
    Push { code: &'a str },
    Status { report: &'a Value },
    Registered { model: Option<&'a str> },
    Unregistered,
    AliasChanged,
}

/// The text of one message.
pub(crate) fn compose(
    device: &SimDevice,
    notice: &Notice<'_>,
    is_wrapped: bool,
    now: Timestamp,
) -> String {
    let mut fields = json!({ "serviceId": SERVICE_ID, "deviceId": device.id });
    let (push_type, wrapper) = match notice {
        Notice::Push { code } => {
            fields["deviceType"] = json!(device.device_type);
            fields["pushCode"] = json!(code);
            fields["userList"] = json!([USER_NUMBER]);
            ("DEVICE_PUSH", "push")
        }
        Notice::Status { report } => {
            fields["deviceType"] = json!(device.device_type);
            fields["report"] = (*report).clone();
            fields["userList"] = json!([USER_NUMBER]);
            ("DEVICE_STATUS", "event")
        }
        Notice::Registered { model } => {
            fields["userNumber"] = json!(USER_NUMBER);
            fields["deviceType"] = json!(device.device_type);
            fields["alias"] = json!(device.alias);
            if let Some(model) = model {
                fields["modelName"] = json!(model);
            }
            ("DEVICE_REGISTERED", "push")
        }
        Notice::Unregistered => {
            fields["userNumber"] = json!(USER_NUMBER);
            fields["deviceType"] = json!(device.device_type);
            fields["alias"] = json!(device.alias);
            ("DEVICE_UNREGISTERED", "push")
        }
        Notice::AliasChanged => {
            fields["userNumber"] = json!(USER_NUMBER);
            fields["alias"] = json!(device.alias);
            ("DEVICE_ALIAS_CHANGED", "push")
        }
    };
    fields["pushType"] = json!(push_type);
    if is_wrapped {
        json!({ "messageId": new_message_id(), "timestamp": timestamp(now), wrapper: fields })
            .to_string()
    } else {
        fields.to_string()
    }
}

/// Removes every `…Hour` that is 0, as some devices do in their reports.
pub(crate) fn leave_out_zero_hours(report: &mut Value) {
    match report {
        Value::Object(fields) => {
            fields.retain(|key, value| !(key.ends_with("Hour") && *value == json!(0)));
            fields.values_mut().for_each(leave_out_zero_hours);
        }
        Value::Array(entries) => entries.iter_mut().for_each(leave_out_zero_hours),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// 16 random bytes in url-safe base64: 22 characters.
pub(crate) fn new_message_id() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}

/// ISO 8601 without a zone, as the service writes it.
pub(crate) fn timestamp(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}
