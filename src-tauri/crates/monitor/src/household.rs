//! The home: devices, their parts and subscription states.

use model::{DeviceId, Phase, UnixMs};
use thinq::PushCode;

use crate::status::Trouble;

/// In LG's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Household {
    pub appliances: Vec<Appliance>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Appliance {
    pub id: DeviceId,
    /// Alias; may be empty.
    pub name: String,
    pub device_type: String,
    pub model: Option<String>,
    /// False if switched off by the user.
    pub is_watched: bool,
    pub push: Subscription,
    pub events: Subscription,
    /// Time the state was last read or reported.
    pub seen_at_ms: Option<UnixMs>,
    pub parts: Vec<AppliancePart>,
    /// LG's names of open doors; an only door has an empty name.
    pub open_doors: Vec<String>,
}

/// A part with its own cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliancePart {
    /// LG's name; empty if LG gives none.
    pub place: String,
    pub phase: Phase,
    pub run_state: Option<String>,
    pub error: Option<PushCode>,
    pub progress: Option<Progress>,
}

/// Remaining time as last reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Start time of a reserved part, otherwise end time; does not advance while paused.
    pub ends_at_ms: UnixMs,
    pub remaining_minutes: u32,
    pub total_minutes: Option<u32>,
}

/// Subscription state of a kind of message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subscription {
    /// Not requested.
    Off,
    #[default]
    Pending,
    Active,
    /// Not offered by LG for this device.
    Unsupported,
    Failed(Trouble),
}

impl Household {
    pub fn find(&self, id: &DeviceId) -> Option<&Appliance> {
        self.appliances.iter().find(|appliance| appliance.id == *id)
    }
}

impl std::fmt::Debug for Appliance {
    /// Omits the user's name for the device.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appliance")
            .field("id", &self.id)
            .field("device_type", &self.device_type)
            .field("push", &self.push)
            .field("events", &self.events)
            .field("parts", &self.parts)
            .field("open_doors", &self.open_doors)
            .finish_non_exhaustive()
    }
}
