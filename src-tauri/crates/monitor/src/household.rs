//! The home: its devices, their parts, and the state of the subscriptions.

use model::{Phase, UnixMs};
use thinq::{DeviceId, PushCode};

use crate::status::Trouble;

/// In LG's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Household {
    pub appliances: Vec<Appliance>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Appliance {
    pub id: DeviceId,
    /// The alias; may be empty.
    pub name: String,
    pub device_type: String,
    pub model: Option<String>,
    /// False once the user has switched it off.
    pub is_watched: bool,
    pub push: Subscription,
    pub events: Subscription,
    /// When its state was last read or reported.
    pub seen_at_ms: Option<UnixMs>,
    pub parts: Vec<AppliancePart>,
    /// LG's names of the doors that stand open; empty for an only one.
    pub open_doors: Vec<String>,
}

/// A part that runs on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliancePart {
    /// LG's name; empty when LG gives none.
    pub place: String,
    pub phase: Phase,
    pub run_state: Option<String>,
    pub error: Option<PushCode>,
    pub progress: Option<Progress>,
}

/// Time left as it was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of a reserved part when it starts, else when it ends; a paused one stays where it is.
    pub ends_at_ms: UnixMs,
    pub remaining_minutes: u32,
    pub total_minutes: Option<u32>,
}

/// Whether LG sends a kind of message for a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subscription {
    /// Not asked for.
    Off,
    #[default]
    Pending,
    Active,
    /// LG has none for this device.
    Unsupported,
    Failed(Trouble),
}

impl Household {
    pub fn find(&self, id: &DeviceId) -> Option<&Appliance> {
        self.appliances.iter().find(|appliance| appliance.id == *id)
    }
}

impl std::fmt::Debug for Appliance {
    /// Without what the user calls it.
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
