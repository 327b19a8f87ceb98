//! Targets outside this computer that events are forwarded to.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Category, DeviceId, NewEvent, Problem, Severity};

/// A target, as in the settings file. Its secret is in the keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct ForwardTarget {
    /// Chosen by the user; unique, and the name of the target's secret in the keyring.
    pub name: String,
    pub is_on: bool,
    #[serde(flatten)]
    pub destination: Destination,
    /// `None` forwards all of them, an empty list none.
    pub categories: Option<Vec<Category>>,
    /// `None` forwards all of them, an empty list none.
    pub severities: Option<Vec<Severity>>,
    /// `None` forwards those of all devices, an empty list none.
    pub devices: Option<Vec<DeviceId>>,
    /// Events of quiet hours wait for their end. Safety events never wait.
    pub waits_in_quiet_hours: bool,
    /// Time after which an event that cannot be delivered is given up: 1 to 168 hours.
    pub keep_hours: u16,
}

/// Where a target is, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Destination {
    Mqtt {
        /// `mqtt://` or `mqtts://`.
        url: String,
        /// Empty for none; then there is no password either.
        user: String,
        /// Prefix of all topics, for example `thinq-tray`.
        topic: String,
        /// Publishes discovery messages for Home Assistant.
        is_home_assistant: bool,
        allows_plain: bool,
    },
    Ntfy {
        /// Address of the topic, for example `https://ntfy.sh/my-washer`.
        url: String,
        /// The secret is an access token.
        has_token: bool,
        allows_plain: bool,
    },
    Webhook {
        url: String,
        signing: Signing,
        allows_plain: bool,
    },
    Command {
        /// Absolute, or found in `PATH`.
        program: String,
        arguments: Vec<String>,
    },
}

/// What the secret of a webhook is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Signing {
    #[default]
    None,
    /// Sent as a bearer token.
    Bearer,
    /// Key of a signature by Standard Webhooks.
    Hmac,
}

impl ForwardTarget {
    /// Maximum length of a name, in characters.
    pub const LONGEST_NAME: usize = 40;
    pub const KEEP_HOURS: std::ops::RangeInclusive<u16> = 1..=168;
    pub const DEFAULT_KEEP_HOURS: u16 = 24;

    /// Categories that a person wants to hear of on a phone: not each state that changes.
    pub fn usual_categories() -> Vec<Category> {
        let is_usual = |category: &Category| *category != Category::Status;
        Category::VARIANTS.iter().copied().filter(is_usual).collect()
    }

    /// Whether the rules of the target choose the event.
    pub fn chooses(&self, event: &NewEvent) -> bool {
        fn has<T: PartialEq>(chosen: Option<&Vec<T>>, value: Option<&T>) -> bool {
            chosen.is_none_or(|chosen| value.is_some_and(|value| chosen.contains(value)))
        }
        self.is_on
            && has(self.categories.as_ref(), Some(&event.category))
            && has(self.severities.as_ref(), Some(&event.severity))
            && has(self.devices.as_ref(), event.device_id.as_ref())
    }

    /// Whether the target needs a secret from the keyring.
    pub fn has_secret(&self) -> bool {
        match &self.destination {
            Destination::Mqtt { user, .. } => !user.is_empty(),
            Destination::Ntfy { has_token, .. } => *has_token,
            Destination::Webhook { signing, .. } => *signing != Signing::None,
            Destination::Command { .. } => false,
        }
    }
}

/// The targets with their states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Forwarding {
    /// In the order of the settings file.
    pub targets: Vec<TargetState>,
}

/// A target and how it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct TargetState {
    pub target: ForwardTarget,
    /// Events that wait for their delivery.
    pub waiting: u32,
    /// Time of the last delivery, in milliseconds since the Unix epoch.
    pub delivered_at_ms: Option<i64>,
    pub delivered: u32,
    /// Events that were given up since the target was added.
    pub given_up: u32,
    /// Why the last try failed; `None` after a success.
    pub failure: Option<ForwardFailure>,
}

/// A failed delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct ForwardFailure {
    pub problem: Problem,
    /// What the other side answered, shortened: not translated, and possibly hostile. Empty if it
    /// did not answer.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventSource;

    fn target() -> ForwardTarget {
        ForwardTarget {
            name: String::from("phone"),
            is_on: true,
            destination: Destination::Command { program: String::from("true"), arguments: vec![] },
            categories: None,
            severities: None,
            devices: None,
            waits_in_quiet_hours: false,
            keep_hours: ForwardTarget::DEFAULT_KEEP_HOURS,
        }
    }

    #[test]
    fn an_absent_choice_chooses_everything_and_an_empty_one_nothing() {
        let mut event = NewEvent::of(EventSource::Push, 0);
        event.device_id = Some(DeviceId::new("washer"));
        event.category = Category::Finished;
        let chooses = |change: &dyn Fn(&mut ForwardTarget)| {
            let mut target = target();
            change(&mut target);
            target.chooses(&event)
        };

        assert!(chooses(&|_| ()));
        assert!(chooses(&|target| target.categories = Some(vec![Category::Finished])));
        assert!(chooses(&|target| target.devices = Some(vec![DeviceId::new("washer")])));
        assert!(!chooses(&|target| target.is_on = false));
        assert!(!chooses(&|target| target.categories = Some(vec![Category::Failed])));
        assert!(!chooses(&|target| target.categories = Some(Vec::new())));
        assert!(!chooses(&|target| target.severities = Some(vec![Severity::Error])));
        assert!(!chooses(&|target| target.devices = Some(vec![DeviceId::new("dryer")])));
        event.device_id = None;
        assert!(
            !ForwardTarget { devices: Some(vec![DeviceId::new("washer")]), ..target() }
                .chooses(&event)
        );
    }
}
