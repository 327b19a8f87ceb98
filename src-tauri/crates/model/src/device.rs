//! The home: which appliances there are, and what each is doing.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::Problem;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Home {
    /// In LG's order.
    pub devices: Vec<Device>,
}

/// An appliance. Its type's words are the catalogue's `device-<type>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Device {
    pub id: String,
    /// The alias, or empty.
    pub name: String,
    /// LG's type, for example `DEVICE_WASHER`.
    pub device_type: String,
    pub model: Option<String>,
    /// False once the user has switched the device off: nothing is subscribed for it.
    pub is_watched: bool,
    pub push: Subscription,
    pub events: Subscription,
    /// When its state was last read or reported; `None` while nothing is known.
    pub seen_at_ms: Option<i64>,
    /// One for most appliances; drums, ovens, burners, or washer and dryer of a `WashTower`.
    pub parts: Vec<Part>,
    /// Codes of doors that stand open: the catalogue's `part-<place>`, empty for the only one.
    pub open_doors: Vec<String>,
}

/// Whether LG sends a kind of message for a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Subscription {
    /// Not asked for.
    Off,
    Pending,
    Active,
    /// LG has none for this device.
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
    /// LG's name of the place (`MAIN`, `UPPER`, `washer`); empty for the whole appliance. Its words
    /// are the catalogue's `part-<place>`.
    pub place: String,
    pub phase: Phase,
    /// LG's run state or mode, for example `RINSING`: the catalogue's
    /// `run-state-<type>-<place>-<code>`, else `run-state-<type>-<code>`, else `run-state-<code>`,
    /// else made readable. `None` for appliances without one.
    pub run_state: Option<String>,
    /// What is wrong by LG's code: the catalogue's `device-error-<code>`.
    pub error: Option<String>,
    /// Of a cycle that runs, pauses or is reserved.
    pub progress: Option<Progress>,
}

/// What a part is doing, without knowing each of LG's run states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Phase {
    Off,
    Idle,
    Reserved,
    Running,
    Paused,
    /// Finished, and still looking after the load.
    Aftercare,
    Finished,
    Charging,
    /// Updating or diagnosing itself.
    Service,
    Error,
    /// Nothing that is known says it.
    Unknown,
}

/// Time left as it was told last; between reports the clock moves it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Progress {
    /// Of a running cycle when it ends, of a reserved one when it starts.
    pub ends_at_ms: i64,
    /// As told last; a paused cycle keeps it while the clock goes on.
    pub remaining_minutes: u32,
    /// `None` when LG does not tell it.
    pub total_minutes: Option<u32>,
}

/// An appliance with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct DeviceDetails {
    pub device: Device,
    /// What the state says, as lines; grouped by place.
    pub readings: Vec<Reading>,
    /// What the profile lets the user do now.
    pub controls: Vec<Control>,
    /// Why there is no profile, so that nothing can be controlled.
    pub profile_problem: Option<Problem>,
    /// LG's JSON as it is kept, for whoever wants to look.
    pub raw_state: Option<String>,
    pub raw_profile: Option<String>,
}

/// One value of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Reading {
    /// As [`Part::place`].
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

/// Something the profile lets the user do from afar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub struct Control {
    pub place: String,
    pub action: ControlAction,
    /// False when the appliance does not take it now, for example as remote start is not armed at
    /// the appliance.
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
