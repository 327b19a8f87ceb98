//! Faults on demand: what the hub and the callback can be told to do wrong.

use std::{mem, time::Duration};

/// One thing that goes wrong until it is cleared. Several may be in force; of one kind the last
/// one set counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The hub's port refuses connections.
    HubDown,
    /// Every answer of the hub comes late by this much.
    HubSlow(Duration),
    /// The hub answers 200 with bytes that are no JSON.
    HubGarbage,
    /// The hub answers 200 with a web page, as a captive portal does.
    HubHtml,
    /// The hub answers with this status and an empty body.
    HubStatus(u16),
    /// Every call but the token call fails with 1306, too many calls.
    RateLimited,
    /// Every call but the token call fails with 1304, terms not accepted.
    TermsRefused,
    /// Every subscription of events fails with 1312, none left. Those that are there stay.
    EventsUsedUp,
    /// Every call for the first appliance of the list fails with 2000, to be tried again.
    FirstApplianceFails,
    /// Commands are taken and never reach the appliance.
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
    /// Sockets, open and new, are read from but deliver nothing and answer no ping. A socket
    /// that fell into the hole stays there when the fault is cleared.
    CallbackBlackHole,
    /// Handshakes hang for as long as the fault is set, and are dropped then.
    CallbackNeverAnswers,
    /// Handshakes are answered with a web page.
    CallbackHtml,
    /// Sockets end without a close frame after this long.
    CallbackDropsAfter(Duration),
}

impl Fault {
    /// The fault of that name in kebab case, as a person with curl writes it. `seconds` and
    /// `status` count where the fault has such a value.
    pub fn named(name: &str, seconds: Option<f64>, status: Option<u16>) -> Option<Self> {
        let delay =
            Duration::try_from_secs_f64(seconds.unwrap_or(10.0)).unwrap_or(Duration::from_secs(10));
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
            _ => return None,
        })
    }
}

/// The faults in force.
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

    /// Clears the fault of the same kind, whatever its value.
    pub(crate) fn clear_kind(&mut self, fault: Fault) {
        self.0.retain(|set| mem::discriminant(set) != mem::discriminant(&fault));
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    pub(crate) fn hub_delay(&self) -> Option<Duration> {
        self.0.iter().find_map(
            |fault| {
                if let Fault::HubSlow(delay) = fault { Some(*delay) } else { None }
            },
        )
    }

    pub(crate) fn hub_status(&self) -> Option<u16> {
        self.0.iter().find_map(|fault| {
            if let Fault::HubStatus(status) = fault { Some(*status) } else { None }
        })
    }

    pub(crate) fn callback_status(&self) -> Option<u16> {
        self.0.iter().find_map(|fault| {
            if let Fault::CallbackStatus(status) = fault { Some(*status) } else { None }
        })
    }

    pub(crate) fn callback_drops_after(&self) -> Option<Duration> {
        self.0.iter().find_map(|fault| {
            if let Fault::CallbackDropsAfter(age) = fault { Some(*age) } else { None }
        })
    }
}
