//! Sign-in choices shared by the settings, the protocol and the window.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

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
