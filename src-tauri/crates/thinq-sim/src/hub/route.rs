//! Which call a request is.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::ledger::Call;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Token(Grant),
    Devices,
    State(String),
    Profile(String),
    Control(String),
    SubscribePush(String),
    UnsubscribePush(String),
    ListPush,
    SubscribeEvent(String),
    UnsubscribeEvent(String),
    ListEvent,
    Panel(Panel),
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

/// The simulator's own calls, which the real hub does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Push,
    Fault,
}

impl Route {
    pub(super) fn read(method: &Method, path: &str, body: &[u8]) -> Self {
        let segments: Vec<Cow<'_, str>> = path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match (method.as_str(), segments.as_slice()) {
            ("POST", ["token"]) => Self::Token(Grant::read(body)),
            ("GET", ["devices"]) => Self::Devices,
            ("GET", ["devices", "profile", id]) => Self::Profile((*id).to_owned()),
            ("GET", ["devices", id]) => Self::State((*id).to_owned()),
            ("POST", ["devices", id]) => Self::Control((*id).to_owned()),
            ("GET", ["push"]) => Self::ListPush,
            ("POST", ["push", id]) => Self::SubscribePush((*id).to_owned()),
            ("DELETE", ["push", id]) => Self::UnsubscribePush((*id).to_owned()),
            ("GET", ["event"]) => Self::ListEvent,
            ("POST", ["event", id]) => Self::SubscribeEvent((*id).to_owned()),
            ("DELETE", ["event", id]) => Self::UnsubscribeEvent((*id).to_owned()),
            ("POST", ["simulate", "push"]) => Self::Panel(Panel::Push),
            ("POST", ["simulate", "fault"]) => Self::Panel(Panel::Fault),
            _ => Self::Unknown,
        }
    }

    pub(super) fn call(&self) -> Call {
        match self {
            Self::Token(Grant::Password { .. }) => Call::SignIn,
            Self::Token(Grant::Refresh { .. } | Grant::NoRefreshToken) => Call::Refresh,
            Self::Devices => Call::Devices,
            Self::State(_) => Call::State,
            Self::Profile(_) => Call::Profile,
            Self::Control(_) => Call::Control,
            Self::SubscribePush(_) => Call::SubscribePush,
            Self::UnsubscribePush(_) => Call::UnsubscribePush,
            Self::ListPush => Call::ListPush,
            Self::SubscribeEvent(_) => Call::SubscribeEvent,
            Self::UnsubscribeEvent(_) => Call::UnsubscribeEvent,
            Self::ListEvent => Call::ListEvent,
            Self::Token(Grant::NoGrantType) | Self::Panel(_) | Self::Unknown => Call::Unknown,
        }
    }

    pub(super) fn device_id(&self) -> Option<&str> {
        match self {
            Self::State(id)
            | Self::Profile(id)
            | Self::Control(id)
            | Self::SubscribePush(id)
            | Self::UnsubscribePush(id)
            | Self::SubscribeEvent(id)
            | Self::UnsubscribeEvent(id) => Some(id),
            Self::Token(_)
            | Self::Devices
            | Self::ListPush
            | Self::ListEvent
            | Self::Panel(_)
            | Self::Unknown => None,
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

        assert_eq!(route, Route::State("lumi.1/.. x".to_owned()));
    }

    #[test]
    fn a_method_that_does_not_fit_is_unknown() {
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
