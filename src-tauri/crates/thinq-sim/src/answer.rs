//! HTTP answers of both providers: the envelope around values and errors, and broken answers.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::message;

/// Longest request body in bytes.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// An error of the service; the code says more than the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl ApiError {
    pub(crate) const NO_GRANT_TYPE: Self = Self::new(412, "412", "required grant_type");
    pub(crate) const NO_REFRESH_TOKEN: Self = Self::new(412, "412", "required refresh_token");
    pub(crate) const LOGIN: Self = Self::new(500, "500", "Login Error");
    pub(crate) const BAD_REQUEST: Self = Self::new(400, "1000", "Bad request");
    pub(crate) const MISSING_PARAMETERS: Self = Self::new(400, "1101", "Missing parameters");
    pub(crate) const UNACCEPTABLE_PARAMETERS: Self =
        Self::new(400, "1102", "Unacceptable parameters");
    pub(crate) const INVALID_TOKEN: Self = Self::new(400, "1103", "Invalid token");
    pub(crate) const INVALID_MESSAGE_ID: Self = Self::new(400, "1104", "Invalid message id");
    pub(crate) const NOT_REGISTERED: Self = Self::new(404, "1203", "Not registered service");
    pub(crate) const EVENT_NOT_SUBSCRIBED: Self = Self::new(404, "1204", "Not subscribed event");
    pub(crate) const NO_SUCH_DEVICE: Self = Self::new(404, "1205", "Not exist device");
    pub(crate) const PUSH_NOT_SUBSCRIBED: Self = Self::new(404, "1206", "Not subscribed push");
    pub(crate) const PUSH_ALREADY_SUBSCRIBED: Self =
        Self::new(404, "1207", "Already subscribed push");
    pub(crate) const NOT_SUBSCRIBABLE: Self = Self::new(404, "1214", "Not subscribable device");
    pub(crate) const INCORRECT_HEADER: Self = Self::new(400, "1216", "Incorrect header");
    pub(crate) const TOKEN_UNKNOWN: Self = Self::new(400, "1218", "Invalid token");
    pub(crate) const NOT_SUPPORTED_PRODUCT: Self = Self::new(406, "1221", "Not supported product");
    pub(crate) const INVALID_SERVICE_KEY: Self = Self::new(401, "1301", "Invalid service key");
    pub(crate) const TOKEN_EXPIRED: Self = Self::new(401, "1302", "Not found token");
    pub(crate) const USER_NOT_FOUND: Self = Self::new(401, "1303", "Not found user");
    pub(crate) const TERMS: Self = Self::new(401, "1304", "Not acceptable terms");
    pub(crate) const NOT_ALLOWED: Self = Self::new(401, "1305", "Not allowed API");
    pub(crate) const TOO_MANY_CALLS: Self = Self::new(401, "1306", "Exceeded API calls");
    pub(crate) const COUNTRY_NOT_SUPPORTED: Self = Self::new(401, "1307", "Not supported country");
    pub(crate) const NO_AUTHORITY: Self = Self::new(401, "1308", "No control authority");
    pub(crate) const FEATURE_MISSING: Self = Self::new(401, "1309", "Not allowed API");
    pub(crate) const DOMAIN_NOT_SUPPORTED: Self = Self::new(401, "1310", "Not supported domain");
    pub(crate) const EVENTS_USED_UP: Self =
        Self::new(401, "1312", "Exceeded number of event subscription");
    pub(crate) const TOO_MANY_USER_CALLS: Self = Self::new(401, "1314", "Exceeded User API calls");
    pub(crate) const INTERNAL: Self = Self::new(500, "2000", "Internal server error");
    pub(crate) const INVALID_COMMAND: Self = Self::new(400, "2207", "Invalid command error");
    pub(crate) const REMOTE_OFF: Self =
        Self::new(400, "2301", "Command not supported in REMOTE_OFF");
    /// An unknown path is answered without a body.
    pub(crate) const NO_SUCH_PATH: Self = Self::new(404, "", "");
    /// ThinQ Connect answers a wrong token without a body.
    pub(crate) const EMPTY_UNAUTHORIZED: Self = Self::new(401, "", "");
    /// One of the answers for devices without energy data.
    pub(crate) const EMPTY_NOT_ACCEPTABLE: Self = Self::new(406, "", "");

    /// Errors that [`Fault::ConnectError`](crate::Fault::ConnectError) can name.
    const OF_EVERY_CALL: [Self; 13] = [
        Self::INVALID_TOKEN,
        Self::TOKEN_UNKNOWN,
        Self::TOKEN_EXPIRED,
        Self::USER_NOT_FOUND,
        Self::TERMS,
        Self::NOT_ALLOWED,
        Self::TOO_MANY_CALLS,
        Self::COUNTRY_NOT_SUPPORTED,
        Self::NO_AUTHORITY,
        Self::FEATURE_MISSING,
        Self::DOMAIN_NOT_SUPPORTED,
        Self::TOO_MANY_USER_CALLS,
        Self::INTERNAL,
    ];

    /// The error with this code, if any call can end with it.
    pub(crate) fn with_code(code: u16) -> Option<Self> {
        Self::OF_EVERY_CALL.into_iter().find(|error| error.code.parse() == Ok(code))
    }

    const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message }
    }
}

/// The fields around every answer except a successful token call.
pub(crate) struct Envelope {
    message_id: String,
    timestamp: String,
}

impl Envelope {
    /// Returns the request's own message id.
    pub(crate) fn new(headers: &HeaderMap, now: Timestamp) -> Self {
        let message_id = header_text(headers, "x-message-id")
            .filter(|id| is_message_id(id))
            .map_or_else(message::new_message_id, str::to_owned);
        Self { message_id, timestamp: message::timestamp(now) }
    }

    pub(crate) fn response(&self, value: &Value) -> Response {
        json(
            200,
            &json!({
                "messageId": self.message_id,
                "timestamp": self.timestamp,
                "response": value,
            }),
        )
    }

    pub(crate) fn error(&self, error: &ApiError) -> Response {
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
pub(crate) fn is_message_id(id: &str) -> bool {
    id.len() == 22 && URL_SAFE_NO_PAD.decode(id).is_ok_and(|bytes| bytes.len() == 16)
}

pub(crate) fn json(status: u16, value: &Value) -> Response {
    build(status, "application/json", value.to_string().into())
}

pub(crate) fn empty(status: u16) -> Response {
    build(status, "application/json", Body::empty())
}

/// Truncated JSON with bytes that are not UTF-8.
pub(crate) fn garbage() -> Response {
    build(200, "application/json", b"{\"messageId\": \"\xff\xfe\x00".to_vec().into())
}

/// The page of a captive portal.
pub(crate) const WEB_PAGE: &str = "<!doctype html>\n<html><head><title>Welcome</title></head>\
     <body><h1>Please accept the terms of this network</h1></body></html>\n";

pub(crate) fn web_page() -> Response {
    build(200, "text/html; charset=utf-8", WEB_PAGE.into())
}

/// A plain text.
pub(crate) fn text(text: &str) -> Response {
    build(200, "text/plain", text.to_owned().into())
}

pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn build(status: u16, content_type: &'static str, body: Body) -> Response {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .expect("status and header are valid")
}
