//! Faults on demand of the hub, the callback and ThinQ Connect.

use std::{mem, time::Duration};

use crate::{answer::ApiError, ledger::Call};

/// A fault, active until it is cleared. Several may be active; of one kind the last one set counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The hub's port refuses connections.
    HubDown,
    /// Every answer of the hub comes late by this much.
    HubSlow(Duration),
    /// The hub answers 200 with bytes that are not JSON.
    HubGarbage,
    /// The hub answers 200 with a web page, as a captive portal does.
    HubHtml,
    /// The hub answers with this status and an empty body.
    HubStatus(u16),
    /// Every call except the token call fails with 1306, too many calls. Both providers.
    RateLimited,
    /// Every call except the token call fails with 1304, terms not accepted. Both providers.
    TermsRefused,
    /// Every event subscription fails with 1312, limit reached. Existing ones stay. Both providers.
    EventsUsedUp,
    /// Every call for the first device of the list fails with 2000, retry later. Both providers.
    FirstApplianceFails,
    /// Commands are accepted and never reach the device. Both providers.
    CommandsLost,
    /// Every sign-in and refresh fails with `Login Error`.
    AccountLocked,
    /// The callback answers 401 to every handshake.
    TokenRefused,
    /// The callback answers 401 to the next handshake only.
    TokenRefusedOnce,
    /// The callback answers every handshake with this status.
    CallbackStatus(u16),
    /// The callback's port refuses connections; open sockets stay.
    CallbackDown,
    /// Sockets, open and new, are read but deliver nothing and answer no ping. A socket that was
    /// open while the fault was set stays silent after it is cleared.
    CallbackBlackHole,
    /// Handshakes hang for as long as the fault is set, and are dropped then.
    CallbackNeverAnswers,
    /// Handshakes are answered with a web page.
    CallbackHtml,
    /// Sockets end without a close frame after this long.
    CallbackDropsAfter(Duration),
    /// The device list names an unknown type for its first device. Both providers.
    UnknownDeviceType,
    /// Every message is published twice. Both providers.
    MessagesDoubled,
    /// Reports leave out hours that are 0. Both providers.
    ZeroHoursLeftOut,
    /// The port of the ThinQ Connect API refuses connections.
    ConnectDown,
    /// Every answer of the ThinQ Connect API is delayed by this much.
    ConnectSlow(Duration),
    /// The ThinQ Connect API answers 200 with bytes that are not JSON.
    ConnectGarbage,
    /// The ThinQ Connect API answers with this status and an empty body: 401 to a refused token,
    /// 429 to too many calls.
    ConnectStatus(u16),
    /// Every call of ThinQ Connect except `/route` fails with this error code: 1103, 1218 or 1302
    /// for the token, 1307 or 1310 for the country, 1306 or 1314 for too many calls.
    ConnectError(u16),
    /// ThinQ Connect refuses this call with 1309, as for a token without the feature.
    FeatureMissing(Call),
    /// New certificates expire after this long.
    CertificatesShortLived(Duration),
    /// The MQTT port refuses connections, and open ones end.
    MqttDown,
    /// MQTT connections end without CONNACK.
    MqttRefused,
    /// MQTT connections end without DISCONNECT after this long.
    MqttDropsAfter(Duration),
    /// MQTT connections, open and new, are read but nothing is sent. A connection that was open
    /// while the fault was set stays silent after it is cleared.
    MqttBlackHole,
    /// Every MQTT packet to a client is delayed by this much.
    MqttSlow(Duration),
    /// MQTT connections find no session, although their clients have one.
    SessionsForgotten,
}

impl Fault {
    /// The fault of that name in kebab case, for curl. `seconds` and `status` (or the error code)
    /// count where the fault has such a value.
    pub fn named(name: &str, seconds: Option<f64>, status: Option<u16>) -> Option<Self> {
        let delay =
            Duration::try_from_secs_f64(seconds.unwrap_or(10.0)).unwrap_or(Duration::from_secs(10));
        let code = status.filter(|&code| ApiError::with_code(code).is_some()).unwrap_or(2000);
        let status = status.filter(|status| (200..=599).contains(status)).unwrap_or(500);
        Some(match name {
            "hub-down" => Self::HubDown,
            "hub-slow" => Self::HubSlow(delay),
            "hub-garbage" => Self::HubGarbage,
            "hub-html" => Self::HubHtml,
            "hub-status" => Self::HubStatus(status),
            "rate-limited" => Self::RateLimited,
            "terms-refused" => Self::TermsRefused,
            "events-used-up" => Self::EventsUsedUp,
            "first-appliance-fails" => Self::FirstApplianceFails,
            "commands-lost" => Self::CommandsLost,
            "account-locked" => Self::AccountLocked,
            "token-refused" => Self::TokenRefused,
            "token-refused-once" => Self::TokenRefusedOnce,
            "callback-status" => Self::CallbackStatus(status),
            "callback-down" => Self::CallbackDown,
            "callback-black-hole" => Self::CallbackBlackHole,
            "callback-never-answers" => Self::CallbackNeverAnswers,
            "callback-html" => Self::CallbackHtml,
            "callback-drops-after" => Self::CallbackDropsAfter(delay),
            "unknown-device-type" => Self::UnknownDeviceType,
            "messages-doubled" => Self::MessagesDoubled,
            "zero-hours-left-out" => Self::ZeroHoursLeftOut,
            "connect-down" => Self::ConnectDown,
            "connect-slow" => Self::ConnectSlow(delay),
            "connect-garbage" => Self::ConnectGarbage,
            "connect-status" => Self::ConnectStatus(status),
            "connect-error" => Self::ConnectError(code),
            "control-missing" => Self::FeatureMissing(Call::Control),
            "certificates-short-lived" => Self::CertificatesShortLived(delay),
            "mqtt-down" => Self::MqttDown,
            "mqtt-refused" => Self::MqttRefused,
            "mqtt-drops-after" => Self::MqttDropsAfter(delay),
            "mqtt-black-hole" => Self::MqttBlackHole,
            "mqtt-slow" => Self::MqttSlow(delay),
            "sessions-forgotten" => Self::SessionsForgotten,
            _ => return None,
        })
    }
}

/// The active faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn set(&mut self, fault: Fault) {
        self.clear_kind(fault);
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Clears the fault of the same kind, regardless of its value.
    pub(crate) fn clear_kind(&mut self, fault: Fault) {
        self.0.retain(|set| mem::discriminant(set) != mem::discriminant(&fault));
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// The error of every call except the token call and `/route`.
    pub(crate) fn api_error(&self) -> Option<ApiError> {
        if self.has(Fault::RateLimited) {
            return Some(ApiError::TOO_MANY_CALLS);
        }
        self.has(Fault::TermsRefused).then_some(ApiError::TERMS)
    }

    pub(crate) fn hub_delay(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::HubSlow(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn hub_status(&self) -> Option<u16> {
        self.find(|fault| if let Fault::HubStatus(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn callback_status(&self) -> Option<u16> {
        self.find(|fault| if let Fault::CallbackStatus(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn callback_drops_after(&self) -> Option<Duration> {
        self.find(
            |fault| if let Fault::CallbackDropsAfter(value) = fault { Some(value) } else { None },
        )
    }

    pub(crate) fn connect_delay(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::ConnectSlow(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn connect_status(&self) -> Option<u16> {
        self.find(|fault| if let Fault::ConnectStatus(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn connect_error(&self) -> Option<u16> {
        self.find(|fault| if let Fault::ConnectError(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn certificate_lifetime(&self) -> Option<Duration> {
        self.find(
            |fault| {
                if let Fault::CertificatesShortLived(value) = fault { Some(value) } else { None }
            },
        )
    }

    pub(crate) fn mqtt_drops_after(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::MqttDropsAfter(value) = fault { Some(value) } else { None })
    }

    pub(crate) fn mqtt_delay(&self) -> Option<Duration> {
        self.find(|fault| if let Fault::MqttSlow(value) = fault { Some(value) } else { None })
    }

    fn find<T>(&self, value: impl Fn(Fault) -> Option<T>) -> Option<T> {
        self.0.iter().copied().find_map(value)
    }
}
