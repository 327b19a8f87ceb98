//! Sign-in choices shared by the settings, the protocol and the window.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// How this program reaches LG.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Provider {
    /// LG's official ThinQ Connect API, with a personal access token.
    #[default]
    Connect,
    /// A DAMDA hub, with the LG account.
    Hub,
}

/// What a personal access token may allow, as LG's page offers it when a token is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum Feature {
    /// The list of devices and their profiles.
    Devices,
    States,
    Control,
    Pushes,
    Events,
    Energy,
}

/// Form in which the password is sent to the hub. See `docs/protocol.md#sign-in`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "camelCase", const_into_str)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum PasswordForm {
    /// Lower-case hex of the SHA-512 hash.
    #[default]
    Sha512,
    Plain,
}
