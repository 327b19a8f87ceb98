//! The stored sign-in and the keyring interface.

use std::{future::Future, pin::Pin};

use model::KeyringState;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thinq::{
    RefreshToken,
    connect::{ClientId, Country, PersonalToken},
};
use tokio::sync::watch;
use url::Url;

/// Data for resuming after a restart without user input.
#[derive(Clone)]
pub enum SignIn {
    Hub(HubSignIn),
    Connect(ConnectSignIn),
}

#[derive(Clone)]
pub struct HubSignIn {
    pub account: String,
    pub refresh: RefreshToken,
    pub emp_secret: Option<SecretString>,
    pub connect_secret: Option<SecretString>,
    /// Hub of the sign-in, which is not valid for other hubs. `None` if stored by an older version.
    pub hub_url: Option<Url>,
}

#[derive(Clone)]
pub struct ConnectSignIn {
    pub token: PersonalToken,
    pub country: Country,
    /// Also in the settings, which may be read-only or lost.
    pub client_id: ClientId,
    /// Address in place of the region's, to which alone the token is sent.
    pub address: Option<Url>,
}

/// Storage of the sign-in: the system keyring, or memory in tests.
///
/// Implementations apply their own timeout, as a locked keyring waits for its user, and run one
/// operation at a time.
pub trait Keyring: Send + Sync + 'static {
    fn load(&self, prompt: Prompt) -> KeyringFuture<'_, Option<SignIn>>;
    fn save(&self, sign_in: SignIn, prompt: Prompt) -> KeyringFuture<'_, ()>;
    fn forget(&self, prompt: Prompt) -> KeyringFuture<'_, ()>;

    /// The secret of the forwarding target `name`. It outlives a sign-out.
    fn secret(&self, name: String, prompt: Prompt) -> KeyringFuture<'_, Option<SecretString>>;

    /// Stores the secret of a target; an empty one is deleted.
    fn set_secret(
        &self,
        name: String,
        secret: SecretString,
        prompt: Prompt,
    ) -> KeyringFuture<'_, ()>;

    /// Changes when the keyring may answer differently than before, for example after it was
    /// unlocked.
    fn changes(&self) -> watch::Receiver<()>;
}

/// Whether an operation may show the keyring's dialog, which unlocks it or sets it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    Allowed,
    /// The operation fails instead.
    Never,
}

pub type KeyringFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeyringError>> + Send + 'a>>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    #[error("no keyring service is running")]
    Missing(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),

    /// No prompt was allowed, or it was not answered in time.
    #[error("keyring is locked")]
    Locked,

    /// By the user, or because no prompt could be shown.
    #[error("keyring was not opened")]
    Refused,

    /// The service is running, but nothing was created to store the sign-in in.
    #[error("keyring has no default collection")]
    NotSetUp,

    #[error("keyring failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KeyringError {
    pub fn state(&self) -> KeyringState {
        match self {
            Self::Missing(_) => KeyringState::Missing,
            Self::Locked | Self::Refused => KeyringState::Locked,
            Self::NotSetUp => KeyringState::NotSetUp,
            Self::Failed(_) => KeyringState::Failing,
        }
    }

    /// Whether only the user can resolve the error. Retrying by itself is then useless.
    pub(crate) fn needs_user(&self) -> bool {
        match self {
            Self::Locked | Self::Refused | Self::NotSetUp => true,
            Self::Missing(_) | Self::Failed(_) => false,
        }
    }
}

impl SignIn {
    /// Name of the keyring entry.
    pub fn entry(&self) -> &str {
        match self {
            Self::Hub(hub) => &hub.account,
            Self::Connect(_) => "thinq-connect",
        }
    }

    /// Format stored in the keyring.
    pub fn to_json(&self) -> SecretString {
        let text = |secret: &Option<SecretString>| {
            secret.as_ref().map(|secret| secret.expose_secret().to_owned())
        };
        let json = match self {
            Self::Hub(hub) => serde_json::json!({
                "account": hub.account,
                "refreshToken": hub.refresh.expose(),
                "empSecret": text(&hub.emp_secret),
                "connectSecret": text(&hub.connect_secret),
                "hubUrl": hub.hub_url,
            }),
            Self::Connect(connect) => serde_json::json!({
                "token": connect.token.expose(),
                "country": connect.country.code(),
                "clientId": connect.client_id.as_str(),
                "address": connect.address,
            }),
        };
        SecretString::from(json.to_string())
    }

    /// Inverse of [`SignIn::to_json`]; `None` for invalid input.
    pub fn from_json(json: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Kept {
            #[serde(rename_all = "camelCase")]
            Connect { token: String, country: String, client_id: String, address: Option<Url> },
            // Also the format of versions that knew hubs only.
            #[serde(rename_all = "camelCase")]
            Hub {
                account: String,
                refresh_token: String,
                emp_secret: Option<String>,
                connect_secret: Option<String>,
                hub_url: Option<Url>,
            },
        }

        Some(match serde_json::from_str(json).ok()? {
            Kept::Connect { token, country, client_id, address } => Self::Connect(ConnectSignIn {
                token: PersonalToken::new(token).ok()?,
                country: Country::parse(&country)?,
                client_id: ClientId::parse(&client_id)?,
                address,
            }),
            Kept::Hub { account, refresh_token, emp_secret, connect_secret, hub_url } => {
                Self::Hub(HubSignIn {
                    account,
                    refresh: RefreshToken::new(refresh_token).ok()?,
                    emp_secret: emp_secret.map(SecretString::from),
                    connect_secret: connect_secret.map(SecretString::from),
                    hub_url,
                })
            }
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
        Err(error) => error.state(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> HubSignIn {
        HubSignIn {
            account: String::from("demo@example.com"),
            refresh: RefreshToken::new(String::from("refresh")).unwrap(),
            emp_secret: Some(SecretString::from("emp")),
            connect_secret: None,
            hub_url: Some("http://hub.local:5010/".parse().unwrap()),
        }
    }

    fn connect() -> ConnectSignIn {
        ConnectSignIn {
            token: PersonalToken::new(String::from("thinqpat_f00d")).unwrap(),
            country: Country::parse("KR").unwrap(),
            client_id: ClientId::generate(),
            address: None,
        }
    }

    #[test]
    fn a_kept_sign_in_is_read_back_and_anything_else_is_none() {
        let json = SignIn::Hub(hub()).to_json();
        let Some(SignIn::Hub(read)) = SignIn::from_json(json.expose_secret()) else { panic!() };

        assert_eq!(read.account, "demo@example.com");
        assert_eq!(read.refresh.expose(), "refresh");
        assert_eq!(read.emp_secret.unwrap().expose_secret(), "emp");
        assert!(read.connect_secret.is_none());
        assert_eq!(read.hub_url.unwrap().as_str(), "http://hub.local:5010/");

        let json = SignIn::Connect(connect()).to_json();
        let Some(SignIn::Connect(read)) = SignIn::from_json(json.expose_secret()) else { panic!() };

        assert_eq!((read.token.expose(), read.country.code()), ("thinqpat_f00d", "KR"));
        for bad in [
            "",
            "null",
            "{}",
            r#"{"account":"a","refreshToken":"a b"}"#,
            r#"{"token":"a","country":"KR","clientId":"x"}"#,
            r#"{"token":"a","country":"KR"}"#,
        ] {
            assert!(SignIn::from_json(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn entries_of_versions_that_knew_hubs_only_are_read() {
        let first = r#"{"account":"demo@example.com","refreshToken":"refresh","empSecret":null,
            "connectSecret":null}"#;
        let later = r#"{"account":"demo@example.com","refreshToken":"refresh","empSecret":"e",
            "connectSecret":"c","hubUrl":"http://localhost:5010/"}"#;
        for entry in [first, later] {
            let Some(SignIn::Hub(read)) = SignIn::from_json(entry) else { panic!("{entry}") };
            assert_eq!(
                (read.account.as_str(), read.refresh.expose()),
                ("demo@example.com", "refresh")
            );
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_sign_in() {
        for sign_in in [SignIn::Hub(hub()), SignIn::Connect(connect())] {
            assert_eq!(format!("{sign_in:?}"), "SignIn(redacted)");
        }
    }
}
