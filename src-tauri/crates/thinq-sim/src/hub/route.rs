//! The calls of the hub by method and path.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{device_call::DeviceCall, ledger::Call};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Token(Grant),
    Device(DeviceCall),
    Unknown,
}

/// The body of a token call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Password {
        account: String,
        password: String,
    },
    Refresh {
        token: String,
    },
    /// `grant_type` is missing or unknown.
    NoGrantType,
    NoRefreshToken,
}

impl Route {
    pub(super) fn read(method: &Method, path: &str, body: &[u8]) -> Self {
        let segments: Vec<Cow<'_, str>> = path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let device = |call: fn(String) -> DeviceCall, id: &str| Self::Device(call(id.to_owned()));
        match (method.as_str(), segments.as_slice()) {
            ("POST", ["token"]) => Self::Token(Grant::read(body)),
            ("GET", ["devices"]) => Self::Device(DeviceCall::Devices),
            ("GET", ["devices", "profile", id]) => device(DeviceCall::Profile, id),
            ("GET", ["devices", id]) => device(DeviceCall::State, id),
            ("POST", ["devices", id]) => device(DeviceCall::Control, id),
            ("GET", ["push"]) => Self::Device(DeviceCall::ListPush),
            ("POST", ["push", id]) => device(DeviceCall::SubscribePush, id),
            ("DELETE", ["push", id]) => device(DeviceCall::UnsubscribePush, id),
            ("GET", ["event"]) => Self::Device(DeviceCall::ListEvent),
            ("POST", ["event", id]) => device(DeviceCall::SubscribeEvent, id),
            ("DELETE", ["event", id]) => device(DeviceCall::UnsubscribeEvent, id),
            _ => Self::Unknown,
        }
    }

    pub(super) fn call(&self) -> Call {
        match self {
            Self::Token(Grant::Password { .. }) => Call::SignIn,
            Self::Token(Grant::Refresh { .. } | Grant::NoRefreshToken) => Call::Refresh,
            Self::Device(call) => call.call(),
            Self::Token(Grant::NoGrantType) | Self::Unknown => Call::Unknown,
        }
    }

    pub(super) fn device_id(&self) -> Option<&str> {
        match self {
            Self::Device(call) => call.device_id(),
            Self::Token(_) | Self::Unknown => None,
        }
    }
}

impl Grant {
    fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        match field("grant_type").as_deref() {
            Some("password") => Self::Password {
                account: field("id").unwrap_or_default(),
                password: field("password").unwrap_or_default(),
            },
            Some("refresh_token") => {
                field("refresh_token").map_or(Self::NoRefreshToken, |token| Self::Refresh { token })
            }
            _ => Self::NoGrantType,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_id_is_decoded_and_may_hold_a_slash() {
        let route = Route::read(&Method::GET, "/devices/lumi.1%2F..%20x", b"");

        assert_eq!(route, Route::Device(DeviceCall::State("lumi.1/.. x".to_owned())));
    }

    #[test]
    fn an_unexpected_method_is_unknown() {
        assert_eq!(Route::read(&Method::PUT, "/devices", b""), Route::Unknown);
        assert_eq!(Route::read(&Method::GET, "/", b""), Route::Unknown);
    }

    #[test]
    fn a_grant_is_read_from_its_body() {
        let cases = [
            (&b"{}"[..], Grant::NoGrantType),
            (b"no json", Grant::NoGrantType),
            (br#"{"grant_type":"cookie"}"#, Grant::NoGrantType),
            (br#"{"grant_type":"refresh_token"}"#, Grant::NoRefreshToken),
            (
                br#"{"grant_type":"refresh_token","refresh_token":"r"}"#,
                Grant::Refresh { token: "r".to_owned() },
            ),
            (
                br#"{"grant_type":"password","id":"a","password":"p"}"#,
                Grant::Password { account: "a".to_owned(), password: "p".to_owned() },
            ),
        ];

        for (body, grant) in cases {
            assert_eq!(Grant::read(body), grant);
        }
    }
}
