//! The stored sign-in and the keyring interface.

use std::{future::Future, pin::Pin};

use model::KeyringState;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thinq::RefreshToken;
use url::Url;

/// Data for resuming after a restart without user input.
#[derive(Clone)]
pub struct SignIn {
    pub account: String,
    pub refresh: RefreshToken,
    pub emp_secret: Option<SecretString>,
    pub connect_secret: Option<SecretString>,
    /// Hub of the sign-in, which is not valid for other hubs. `None` if stored by an older version.
    pub hub_url: Option<Url>,
}

/// Storage of the sign-in: the system keyring, or memory in tests.
///
/// Implementations apply their own timeout, as a locked keyring waits for its user, and run one
/// operation at a time.
pub trait Keyring: Send + Sync + 'static {
    fn load(&self) -> KeyringFuture<'_, Option<SignIn>>;
    fn save(&self, sign_in: SignIn) -> KeyringFuture<'_, ()>;
    fn forget(&self) -> KeyringFuture<'_, ()>;
}

pub type KeyringFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeyringError>> + Send + 'a>>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    #[error("no keyring service is running")]
    Missing(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),

    #[error("keyring did not open in time")]
    Locked,

    /// By the user, or because no prompt could be shown.
    #[error("keyring was not opened")]
    Refused,
}

impl SignIn {
    /// Format stored in the keyring.
    pub fn to_json(&self) -> SecretString {
        let text = |secret: &Option<SecretString>| {
            secret.as_ref().map(|secret| secret.expose_secret().to_owned())
        };
        let json = serde_json::json!({
            "account": self.account,
            "refreshToken": self.refresh.expose(),
            "empSecret": text(&self.emp_secret),
            "connectSecret": text(&self.connect_secret),
            "hubUrl": self.hub_url,
        });
        SecretString::from(json.to_string())
    }

    /// Inverse of [`SignIn::to_json`]; `None` for invalid input.
    pub fn from_json(json: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kept {
            account: String,
            refresh_token: String,
            emp_secret: Option<String>,
            connect_secret: Option<String>,
            #[serde(default)]
            hub_url: Option<Url>,
        }

        let kept: Kept = serde_json::from_str(json).ok()?;
        Some(Self {
            account: kept.account,
            refresh: RefreshToken::new(kept.refresh_token).ok()?,
            emp_secret: kept.emp_secret.map(SecretString::from),
            connect_secret: kept.connect_secret.map(SecretString::from),
            hub_url: kept.hub_url,
        })
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SignIn(redacted)")
    }
}

pub(crate) fn state_of<T>(result: &Result<T, KeyringError>) -> KeyringState {
    match result {
        Ok(_) => KeyringState::Available,
        Err(KeyringError::Missing(_)) => KeyringState::Missing,
        Err(KeyringError::Locked | KeyringError::Refused) => KeyringState::Locked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_sign_in_is_read_back_and_anything_else_is_none() {
        let sign_in = SignIn {
            account: String::from("demo@example.com"),
            refresh: RefreshToken::new(String::from("refresh")).unwrap(),
            emp_secret: Some(SecretString::from("emp")),
            connect_secret: None,
            hub_url: Some("http://hub.local:5010/".parse().unwrap()),
        };

        let read = SignIn::from_json(sign_in.to_json().expose_secret()).unwrap();

        assert_eq!(read.account, "demo@example.com");
        assert_eq!(read.refresh.expose(), "refresh");
        assert_eq!(read.emp_secret.unwrap().expose_secret(), "emp");
        assert!(read.connect_secret.is_none());
        assert_eq!(read.hub_url.unwrap().as_str(), "http://hub.local:5010/");
        for bad in ["", "null", "{}", r#"{"account":"a","refreshToken":"a b"}"#] {
            assert!(SignIn::from_json(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_sign_in() {
        let sign_in = SignIn {
            account: String::from("demo@example.com"),
            refresh: RefreshToken::new(String::from("refresh")).unwrap(),
            emp_secret: None,
            connect_secret: None,
            hub_url: None,
        };

        assert_eq!(format!("{sign_in:?}"), "SignIn(redacted)");
    }
}
