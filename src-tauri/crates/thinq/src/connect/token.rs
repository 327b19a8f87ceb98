//! The identity of an installation at ThinQ Connect: the user's token, and its own client id.

use std::fmt;

use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    error::Error,
    token::{Secret, checked},
};

const LONGEST_TOKEN: usize = 512;
const CLIENT_ID_PREFIX: &str = "thinq-tray-";

/// A personal access token, made by the user on LG's page. There is nothing to refresh it with.
#[derive(Clone)]
pub struct PersonalToken(Secret);

/// `x-client-id`: made once for each installation and kept, as LG blocks users with many. The
/// subscriptions and the kept messages belong to it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientId(String);

impl PersonalToken {
    /// Reads pasted text: blanks around the token are left out.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for anything that no header can carry, or that is too long.
    pub fn new(pasted: String) -> Result<Self, Error> {
        let pasted = Secret::from(pasted);
        checked(pasted.expose_secret().trim().to_owned(), LONGEST_TOKEN).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl ClientId {
    /// A new one, to be kept.
    pub fn generate() -> Self {
        Self(format!("{CLIENT_ID_PREFIX}{}", Uuid::new_v4()))
    }

    /// A kept one.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text.strip_prefix(CLIENT_ID_PREFIX)?).ok()?;
        Some(Self(format!("{CLIENT_ID_PREFIX}{uuid}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalToken(redacted)")
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientId(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_token_is_trimmed_and_fit_for_a_header() {
        let token = PersonalToken::new(" \tthinqpat_f00d==\r\n".to_owned()).unwrap();

        assert_eq!(token.expose(), "thinqpat_f00d==");
        assert_eq!(format!("{token:?}"), "PersonalToken(redacted)");
        assert!(PersonalToken::new("a".repeat(512)).is_ok());
        for unfit in ["", "  ", "a b", "a\r\nx-evil: 1", "토큰", &"a".repeat(513)] {
            assert!(PersonalToken::new(unfit.to_owned()).is_err(), "{unfit:?}");
        }
    }

    #[test]
    fn a_client_id_survives_being_kept() {
        let id = ClientId::generate();

        assert_eq!(ClientId::parse(id.as_str()), Some(id.clone()));
        assert_ne!(ClientId::generate(), id);
        assert_eq!(format!("{id:?}"), "ClientId(redacted)");
        for foreign in ["", "thinq-tray-", "thinq-tray-1", "4f9f37c2-97a9-4f0e-a8a5-5a6ac6b0ae45"] {
            assert_eq!(ClientId::parse(foreign), None, "{foreign}");
        }
    }
}
