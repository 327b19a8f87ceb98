//! Answers: the envelope around values and errors, and the broken ones.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::message;

/// An error of the service; the code says more than the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl ApiError {
    pub(super) const NO_GRANT_TYPE: Self = Self::new(412, "412", "required grant_type");
    pub(super) const NO_REFRESH_TOKEN: Self = Self::new(412, "412", "required refresh_token");
    pub(super) const LOGIN: Self = Self::new(500, "500", "Login Error");
    pub(super) const BAD_REQUEST: Self = Self::new(400, "1000", "Bad request");
    pub(super) const UNACCEPTABLE_PARAMETERS: Self =
        Self::new(400, "1102", "Unacceptable parameters");
    pub(super) const INVALID_TOKEN: Self = Self::new(400, "1103", "Invalid token");
    pub(super) const INVALID_MESSAGE_ID: Self = Self::new(400, "1104", "Invalid message id");
    pub(super) const EVENT_NOT_SUBSCRIBED: Self = Self::new(404, "1204", "Not subscribed event");
    pub(super) const NO_SUCH_DEVICE: Self = Self::new(404, "1205", "Not exist device");
    pub(super) const PUSH_NOT_SUBSCRIBED: Self = Self::new(404, "1206", "Not subscribed push");
    pub(super) const PUSH_ALREADY_SUBSCRIBED: Self =
        Self::new(404, "1207", "Already subscribed push");
    pub(super) const NOT_SUBSCRIBABLE: Self = Self::new(404, "1214", "Not subscribable device");
    pub(super) const INCORRECT_HEADER: Self = Self::new(400, "1216", "Incorrect header");
    pub(super) const TOKEN_UNKNOWN: Self = Self::new(400, "1218", "Invalid token");
    pub(super) const INVALID_SERVICE_KEY: Self = Self::new(401, "1301", "Invalid service key");
    pub(super) const TOKEN_EXPIRED: Self = Self::new(401, "1302", "Not found token");
    pub(super) const TERMS: Self = Self::new(401, "1304", "Not acceptable terms");
    pub(super) const TOO_MANY_CALLS: Self = Self::new(401, "1306", "Exceeded API calls");
    pub(super) const COUNTRY_NOT_SUPPORTED: Self = Self::new(401, "1307", "Not supported country");
    pub(super) const EVENTS_USED_UP: Self =
        Self::new(401, "1312", "Exceeded number of event subscription");
    pub(super) const INTERNAL: Self = Self::new(500, "2000", "Internal server error");
    pub(super) const INVALID_COMMAND: Self = Self::new(400, "2207", "Invalid command error");
    pub(super) const REMOTE_OFF: Self =
        Self::new(400, "2301", "Command not supported in REMOTE_OFF");
    /// A path the hub does not know is answered without a code.
    pub(super) const NO_SUCH_PATH: Self = Self::new(404, "", "");

    const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message }
    }
}

/// What stands around every answer but a successful token call.
pub(super) struct Envelope {
    message_id: String,
    timestamp: String,
}

impl Envelope {
    /// The request's own message id comes back.
    pub(super) fn new(headers: &HeaderMap, now: Timestamp) -> Self {
        let message_id = super::text(headers, "x-message-id")
            .filter(|id| is_message_id(id))
            .map_or_else(message::new_message_id, str::to_owned);
        Self { message_id, timestamp: message::timestamp(now) }
    }

    pub(super) fn response(&self, value: &Value) -> Response {
        json(
            200,
            &json!({
                "messageId": self.message_id,
                "timestamp": self.timestamp,
                "response": value,
            }),
        )
    }

    pub(super) fn error(&self, error: &ApiError) -> Response {
        if error.code.is_empty() {
            return empty(error.status);
        }
        json(
            error.status,
            &json!({
                "messageId": self.message_id,
                "timestamp": self.timestamp,
                "error": { "message": error.message, "code": error.code },
            }),
        )
    }
}

/// 16 bytes in url-safe base64 without padding.
pub(super) fn is_message_id(id: &str) -> bool {
    id.len() == 22 && URL_SAFE_NO_PAD.decode(id).is_ok_and(|bytes| bytes.len() == 16)
}

pub(super) fn json(status: u16, value: &Value) -> Response {
    build(status, "application/json", value.to_string().into())
}

pub(super) fn empty(status: u16) -> Response {
    build(status, "application/json", Body::empty())
}

/// JSON that breaks off, and bytes that are no text.
pub(super) fn garbage() -> Response {
    build(200, "application/json", b"{\"messageId\": \"\xff\xfe\x00".to_vec().into())
}

/// What a captive portal or a proxy puts in the way.
pub(crate) const WEB_PAGE: &str = "<!doctype html>\n<html><head><title>Welcome</title></head>\
     <body><h1>Please accept the terms of this network</h1></body></html>\n";

pub(super) fn web_page() -> Response {
    build(200, "text/html; charset=utf-8", WEB_PAGE.into())
}

fn build(status: u16, content_type: &'static str, body: Body) -> Response {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .expect("status and header are valid")
}
