//! Secrets: tokens and key pairs. Never printed or serialized.

use std::{fmt, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// A secret text: zeroed when dropped, redacted in debug output.
pub type Secret = SecretString;

/// Maximum length: keeps the callback's address below the gateway's limit of 4096 characters.
const LONGEST_TOKEN: usize = 2048;

/// Authorizes calls of the hub and the callback for [`Tokens::lifetime`].
#[derive(Clone)]
pub struct AccessToken(Secret);

/// Obtains new access tokens; the only secret that is stored.
#[derive(Clone)]
pub struct RefreshToken(Secret);

/// Result of a sign-in or a refresh.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: AccessToken,
    /// Absent after most refreshes; the old one then stays valid.
    pub refresh: Option<RefreshToken>,
    pub lifetime: Duration,
}

/// `x-client-id` and `x-client-secret` from the DAMDA console.
#[derive(Clone)]
pub struct KeyPair {
    pub id: String,
    pub secret: Secret,
}

impl AccessToken {
    /// # Errors
    /// [`Error::InvalidToken`] for anything that must not reach a header or an address.
    pub fn new(token: String) -> Result<Self, Error> {
        checked(token, LONGEST_TOKEN).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl RefreshToken {
    /// # Errors
    /// [`Error::InvalidToken`] for anything that must not reach a header or an address.
    pub fn new(token: String) -> Result<Self, Error> {
        checked(token, LONGEST_TOKEN).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

pub(crate) fn checked(token: String, longest: usize) -> Result<Secret, Error> {
    // Wrapped first, so that a rejected text is zeroed as well.
    let secret = Secret::from(token);
    let text = secret.expose_secret();
    let is_valid =
        (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_valid { Ok(secret) } else { Err(Error::InvalidToken) }
}

/// Compares tokens, to tell whether a token is still the one that failed.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for AccessToken {}

impl PartialEq for RefreshToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for RefreshToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(redacted)")
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_printable_text_without_blanks() {
        for bad in ["", "a b", "abc\r\nX-Evil: 1", "토큰", "a\u{7f}"] {
            assert!(AccessToken::new(bad.to_owned()).is_err(), "{bad:?}");
            assert!(RefreshToken::new(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(AccessToken::new("a".repeat(LONGEST_TOKEN + 1)).is_err());
        assert_eq!(AccessToken::new("f00d.-_~+/=".to_owned()).unwrap().expose(), "f00d.-_~+/=");
    }

    #[test]
    fn printing_shows_no_secret() {
        let tokens = Tokens {
            access: AccessToken::new("f00df00d".to_owned()).unwrap(),
            refresh: Some(RefreshToken::new("beefbeef".to_owned()).unwrap()),
            lifetime: Duration::from_hours(1),
        };
        let keys = KeyPair { id: "client".to_owned(), secret: Secret::from("cafecafe") };

        let shown = format!("{tokens:?} {keys:?}");

        for secret in ["f00d", "beef", "cafe", "client"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
