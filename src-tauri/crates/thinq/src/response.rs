//! Reads responses of the hub and ThinQ Connect: first the `error`, then the HTTP status, then the
//! content. Pure.
//! See `docs/protocol.md#errors`.

use std::time::Duration;

use model::{DeviceId, Feature};
use serde_json::{Map, Value};

use crate::{
    codes,
    device::is_sensible,
    error::{Error, Peer, Unreadable},
    lenient_json,
    token::{AccessToken, RefreshToken, Tokens},
};

/// Used when the hub states no usable lifetime.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);
/// Upper limit; longer lifetimes are cut.
const LONGEST_LIFETIME_S: u64 = 365 * 24 * 60 * 60;

/// The fields of an HTTP response that are read.
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) retry_after: Option<Duration>,
}

/// Kind of a call: the same error means different things for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    SignIn,
    Refresh,
    Api,
    /// Any call of ThinQ Connect, with the feature that the token must allow for it.
    Connect(Feature),
}

impl Call {
    fn peer(self) -> Peer {
        match self {
            Self::SignIn | Self::Refresh | Self::Api => Peer::Hub,
            Self::Connect(_) => Peer::Connect,
        }
    }

    fn is_for_token(self) -> bool {
        matches!(self, Self::SignIn | Self::Refresh)
    }
}

struct ErrorBody {
    code: Option<String>,
    message: String,
}

/// Returns the JSON of a successful response; `Null` for an empty body.
pub(crate) fn read(answer: &HttpResponse, call: Call) -> Result<Value, Error> {
    let status = answer.status;
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let value = serde_json::from_str::<Value>(text).ok();
    if let Some(body) = value.as_ref().and_then(Value::as_object).and_then(error_body) {
        return Err(api_error(body, answer, call));
    }
    if !(200..300).contains(&status) {
        return Err(status_error(answer, text, call));
    }
    match value {
        Some(value) => Ok(value),
        None if text.is_empty() => Ok(Value::Null),
        None => Err(unreadable(call, not_json(text), status)),
    }
}

fn error_body(envelope: &Map<String, Value>) -> Option<ErrorBody> {
    match lenient_json::get(envelope, "error")? {
        Value::Object(error) => Some(ErrorBody {
            code: lenient_json::get(error, "code").and_then(code),
            message: lenient_json::get(error, "message")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
        }),
        Value::String(message) => Some(ErrorBody { code: None, message: message.clone() }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// Codes are text with leading zeros, or numbers that lost them.
fn code(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let is_code = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_code.then(|| format!("{text:0>4}"))
}

fn api_error(body: ErrorBody, answer: &HttpResponse, call: Call) -> Error {
    let HttpResponse { status, retry_after, .. } = *answer;
    if call.is_for_token()
        && let Some(error) = token_error(&body, call)
    {
        return error;
    }
    match body.code {
        Some(code) if matches!(code.as_str(), "1306" | "1314") => {
            Error::TooManyCalls { code: Some(code), retry_after }
        }
        Some(code) => with_code(code, status, call),
        None if (200..300).contains(&status) => unreadable(call, Unreadable::WrongShape, status),
        None => status_error(answer, "", call),
    }
}

fn with_code(code: String, status: u16, call: Call) -> Error {
    if let Call::Connect(feature) = call {
        match code.as_str() {
            "1103" | "1218" | "1302" | "1303" => {
                return Error::TokenRefused { code: Some(code) };
            }
            "1305" | "1308" | "1309" => return Error::FeatureMissing { feature, code },
            "1307" | "1310" => return Error::CountryRefused { code },
            _ => {}
        }
    }
    let name = codes::find(&code).map(|known| known.name);
    Error::Api { peer: call.peer(), code, name, status }
}

/// Errors with a different meaning at the token call than elsewhere.
fn token_error(body: &ErrorBody, call: Call) -> Option<Error> {
    let message = body.message.to_ascii_lowercase();
    let is_refused = match body.code.as_deref() {
        Some("0412") => {
            return Some(Error::MissingField { is_refresh: message.contains("refresh_token") });
        }
        // With another message this code is a failure of the server.
        Some("0500") => message.is_empty() || message.contains("login"),
        // A refresh that requires a refresh would loop.
        Some("1103" | "1218" | "1302" | "1303") => true,
        Some(_) | None => message.contains("login error"),
    };
    is_refused.then(|| refused(call))
}

fn refused(call: Call) -> Error {
    match call {
        Call::Refresh => Error::RefreshRefused,
        Call::Connect(_) => Error::TokenRefused { code: None },
        Call::SignIn | Call::Api => Error::SignInRefused,
    }
}

fn status_error(answer: &HttpResponse, text: &str, call: Call) -> Error {
    let status = answer.status;
    match status {
        300..=399 => unreadable(call, Unreadable::Redirect, status),
        429 => Error::TooManyCalls { code: None, retry_after: answer.retry_after },
        _ if is_html(text) => unreadable(call, Unreadable::Html, status),
        401 if call != Call::Api => refused(call),
        406 if matches!(call, Call::Connect(_)) => with_code("1221".to_owned(), status, call),
        412 if call.is_for_token() => Error::MissingField { is_refresh: call == Call::Refresh },
        _ => Error::Status { peer: call.peer(), status },
    }
}

fn unreadable(call: Call, reason: Unreadable, status: u16) -> Error {
    Error::UnreadableAnswer { peer: call.peer(), reason, status }
}

fn not_json(text: &str) -> Unreadable {
    if is_html(text) { Unreadable::Html } else { Unreadable::NotJson }
}

pub(crate) fn is_html(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Content of the envelope. Bare lists are returned unchanged.
pub(crate) fn payload(value: Value) -> Option<Value> {
    match value {
        Value::Array(_) => Some(value),
        Value::Object(envelope) => match lenient_json::get(&envelope, "response") {
            Some(response) => Some(response.clone()),
            // Envelope without content.
            None => lenient_json::get(&envelope, "messageId").map(|_| Value::Null),
        },
        // Not the same as an empty list, which would remove all devices.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

pub(crate) fn is_subscribed(code: &str) -> bool {
    code == "1207"
}

/// Not subscribed, or the device is gone.
pub(crate) fn is_unsubscribed(code: &str) -> bool {
    matches!(code, "1204" | "1205" | "1206" | "1211" | "1212" | "1213" | "1217")
}

/// Treats an error as success when it reports that the requested state is already reached.
pub(crate) fn unless(result: Result<(), Error>, is_fine: fn(&str) -> bool) -> Result<(), Error> {
    match result {
        Err(error) if error.api_code().is_some_and(is_fine) => Ok(()),
        other => other,
    }
}

/// Returns the id as a path segment, or the error that LG returns for an invalid id.
pub(crate) fn segment(id: &DeviceId, peer: Peer) -> Result<&str, Error> {
    if is_sensible(id) {
        Ok(id.as_str())
    } else {
        let name = Some("INVALID_DEVICE_ID");
        Err(Error::Api { peer, code: "1224".to_owned(), name, status: 404 })
    }
}

pub(crate) fn object_or_list(response: Value, peer: Peer) -> Result<Value, Error> {
    if response.is_object() || response.is_array() { Ok(response) } else { Err(wrong_shape(peer)) }
}

pub(crate) fn wrong_shape(peer: Peer) -> Error {
    Error::UnreadableAnswer { peer, reason: Unreadable::WrongShape, status: 200 }
}

/// Reads a token response: fields at the top level, or inside `response`. See `docs/protocol.md#sign-in`.
pub(crate) fn read_tokens(value: &Value) -> Result<Tokens, Error> {
    let wrong_shape = || unreadable(Call::Refresh, Unreadable::WrongShape, 200);
    let top = value.as_object().ok_or_else(wrong_shape)?;
    let fields = if top.contains_key("access_token") {
        top
    } else {
        lenient_json::get(top, "response").and_then(Value::as_object).ok_or_else(wrong_shape)?
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let access = AccessToken::new(text("access_token").ok_or_else(wrong_shape)?)
        .map_err(|_unfit| wrong_shape())?;
    let refresh = text("refresh_token")
        .filter(|token| !token.is_empty())
        .map(RefreshToken::new)
        .transpose()
        .map_err(|_unfit| wrong_shape())?;
    Ok(Tokens { access, refresh, lifetime: lifetime(fields.get("expires_in")) })
}

fn lifetime(value: Option<&Value>) -> Duration {
    let seconds = value.and_then(|value| match value {
        Value::String(text) => text.trim().parse::<u64>().ok(),
        Value::Number(number) => number.as_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    match seconds {
        None | Some(0) => DEFAULT_LIFETIME,
        Some(seconds) => Duration::from_secs(seconds.min(LONGEST_LIFETIME_S)),
    }
}
