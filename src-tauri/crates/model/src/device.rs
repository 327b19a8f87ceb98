//! The home: its devices and their states.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::VariantArray;

use crate::{Problem, UnixMs};

/// LG's id of a device. Opaque and personal, so `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceId {
    /// Prints a short fingerprint, which identifies a device within a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Sha256::digest(self.0.as_bytes());
        f.write_str("DeviceId(#")?;
        for byte in digest.iter().take(3) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A string in TypeScript.
#[cfg(feature = "ts-rs")]
impl ts_rs::TS for DeviceId {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn name(config: &ts_rs::Config) -> String {
        String::name(config)
    }

    fn inline(config: &ts_rs::Config) -> String {
        String::inline(config)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Home {
    /// In LG's order.
    pub devices: Vec<Device>,
}

impl Home {
    pub fn find(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == *id)
    }
}

/// A device. The text for its type is the catalogue's `device-<type>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Device {
    pub id: DeviceId,
    /// Alias, or empty.
    pub name: String,
    /// LG's type, for example `DEVICE_WASHER`.
    pub device_type: String,
    pub model: Option<String>,
    /// False if the user has disabled the device: nothing is subscribed for it.
    pub is_watched: bool,
    pub push: Subscription,
    pub events: Subscription,
    /// Time at which its state was last read or reported; `None` while unknown.
    pub seen_at_ms: Option<UnixMs>,
    /// One for most devices; drums, ovens, burners, or washer and dryer of a `WashTower`.
    pub parts: Vec<Part>,
    /// Codes of open doors: the catalogue's `part-<place>`, empty for the only one.
    pub open_doors: Vec<String>,
}

impl fmt::Debug for Device {
    /// Omits the user's name for the device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("id", &self.id)
            .field("device_type", &self.device_type)
            .field("push", &self.push)
            .field("events", &self.events)
            .field("parts", &self.parts)
            .field("open_doors", &self.open_doors)
            .finish_non_exhaustive()
    }
}

/// Subscription state of one kind of message for a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Subscription {
    /// Not requested.
    Off,
    #[default]
    Pending,
    Active,
    /// LG does not offer it for this device.
    Unsupported,
    Failed {
        problem: Problem,
    },
}

/// A part that runs on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Part {
    /// LG's name of the place (`MAIN`, `UPPER`, `washer`); empty for the whole device. Its text is
    /// the catalogue's `part-<place>`.
    pub place: String,
    pub phase: Phase,
    /// LG's run state or mode, for example `RINSING`: the catalogue's
    /// `run-state-<type>-<place>-<code>`, else `run-state-<type>-<code>`, else `run-state-<code>`,
    /// else made readable. `None` for appliances without one.
    pub run_state: Option<String>,
    /// LG's error code: the catalogue's `device-error-<code>`.
    pub error: Option<String>,
    /// Set for a cycle that is running, paused or reserved.
    pub progress: Option<Progress>,
}

/// Phase of a part, independent of LG's individual run states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Phase {
    Off,
    Idle,
    Reserved,
    Running,
    Paused,
    /// Finished, and still caring for the load.
    Aftercare,
    Finished,
    Charging,
    /// Update or diagnosis in progress.
    Service,
    Error,
    /// Cannot be derived from the known state.
    Unknown,
}

/// Remaining time as last reported; between reports it is advanced by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Progress {
    /// End of a running cycle, or start of a reserved one.
    pub ends_at_ms: UnixMs,
    /// As last reported; unchanged while a cycle is paused.
    pub remaining_minutes: u32,
    /// `None` if LG does not report it.
    pub total_minutes: Option<u32>,
}

/// A device with all its details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceDetails {
    pub device: Device,
    /// Values of the state, grouped by place.
    pub readings: Vec<Reading>,
    /// Controls that the profile currently allows.
    pub controls: Vec<Control>,
    /// Reason for a missing profile, without which the device cannot be controlled.
    pub profile_problem: Option<Problem>,
    /// LG's JSON as stored, for inspection.
    pub raw_state: Option<String>,
    pub raw_profile: Option<String>,
}

/// One value of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Reading {
    /// See [`Part::place`].
    pub place: String,
    /// LG's name, for example `remoteControlEnabled`: the catalogue's `property-<name>`, else made
    /// readable.
    pub property: String,
    /// LG's value as text, for example `POWER_ON`, `24.5` or `true`: the catalogue's
    /// `value-<property>-<value>`, else `value-<value>`, else a number as it is or a code made
    /// readable.
    pub value: String,
    /// LG's unit, for example `C`.
    pub unit: Option<String>,
}

/// Remote control offered by the profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Control {
    pub place: String,
    pub action: ControlAction,
    /// False if the device does not accept it now, for example because remote start is not armed.
    pub is_available: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum ControlAction {
    Start,
    Stop,
    PowerOn,
    PowerOff,
    WakeUp,
}

/// Energy that a device used, as LG measured it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceEnergy {
    /// Oldest first. LG publishes a value some hours after its day has ended.
    pub days: Vec<EnergyUse>,
    /// Oldest first; the current month is counted so far.
    pub months: Vec<EnergyUse>,
    /// Time of the last successful read.
    pub read_at_ms: UnixMs,
}

/// Energy used on a day or in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct EnergyUse {
    /// Local date at LG: `2026-11-30` for a day, `2026-11` for a month.
    pub date: String,
    pub watt_hours: u32,
}
