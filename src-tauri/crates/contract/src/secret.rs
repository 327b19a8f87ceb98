//! Sensitive text of a request: a password or a client secret.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret in a [`Request`](crate::Request). `Debug` is redacted and the memory is wiped on drop.
///
/// The only serializable secret, since it crosses the local socket; responses never contain one.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }

    pub fn into_inner(self) -> SecretString {
        self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let secret = Secret::from("laundry-day".to_owned());

        assert!(!format!("{secret:?}").contains("laundry"));
    }
}
