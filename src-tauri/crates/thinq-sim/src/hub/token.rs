//! The token call: both grants and their errors.

use std::fmt::Write as _;

use axum::{http::HeaderMap, response::Response};
use serde_json::json;
use sha2::{Digest, Sha512};
use tokio::time::Instant;

use super::{has_keys, route::Grant};
use crate::{
    answer::{self, ApiError, Envelope},
    fault::Fault,
    settings::{PasswordForm, SimSettings},
    world::World,
};

/// A success has no envelope, an error has one.
pub(super) fn answer(
    world: &World,
    grant: &Grant,
    headers: &HeaderMap,
    envelope: &Envelope,
) -> Response {
    match tokens(world, grant, headers) {
        Ok(tokens) => answer::json(200, &tokens),
        Err(error) => envelope.error(&error),
    }
}

fn tokens(
    world: &World,
    grant: &Grant,
    headers: &HeaderMap,
) -> Result<serde_json::Value, ApiError> {
    let settings = &world.settings;
    let lifetime = settings.token_lifetime;
    // A string, as in the real answer.
    let expires_in = lifetime.as_secs().to_string();
    let may_enter = has_keys(headers, settings.emp_keys.as_ref())
        && !world.faults.borrow().has(Fault::AccountLocked);
    let account = &mut world.lock().account;
    let expires_at = Instant::now() + lifetime;
    match grant {
        Grant::NoGrantType => Err(ApiError::NO_GRANT_TYPE),
        Grant::NoRefreshToken => Err(ApiError::NO_REFRESH_TOKEN),
        Grant::Password { account: id, password } => {
            if !(may_enter && *id == settings.account && is_password(settings, password)) {
                return Err(ApiError::LOGIN);
            }
            Ok(json!({
                "access_token": account.issue_access_token(expires_at),
                "expires_in": expires_in,
                "refresh_token": account.issue_refresh_token(),
            }))
        }
        Grant::Refresh { token } => {
            if !(may_enter && account.knows_refresh_token(token)) {
                return Err(ApiError::LOGIN);
            }
            let mut tokens = json!({
                "access_token": account.issue_access_token(expires_at),
                "expires_in": expires_in,
            });
            if settings.rotates_refresh_token {
                account.end_refresh_token(token);
                tokens["refresh_token"] = json!(account.issue_refresh_token());
            }
            Ok(tokens)
        }
    }
}

fn is_password(settings: &SimSettings, given: &str) -> bool {
    let is_plain = || given == settings.password;
    let is_hash = || given == sha512_hex(&settings.password);
    match settings.password_form {
        PasswordForm::Either => is_plain() || is_hash(),
        PasswordForm::Sha512 => is_hash(),
        PasswordForm::Plain => is_plain(),
    }
}

fn sha512_hex(text: &str) -> String {
    Sha512::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string never fails");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_lower_case_hexadecimal() {
        assert!(sha512_hex("abc").starts_with("ddaf35a193617abacc417349ae204131"));
        assert_eq!(sha512_hex("abc").len(), 128);
    }

    #[test]
    fn each_form_takes_only_its_own_password() {
        let accepts = |password_form, given: &str| {
            is_password(&SimSettings { password_form, ..SimSettings::default() }, given)
        };
        let plain = SimSettings::default().password;
        let hash = sha512_hex(&plain);

        assert!(accepts(PasswordForm::Either, &plain) && accepts(PasswordForm::Either, &hash));
        assert!(accepts(PasswordForm::Plain, &plain) && !accepts(PasswordForm::Plain, &hash));
        assert!(!accepts(PasswordForm::Sha512, &plain) && accepts(PasswordForm::Sha512, &hash));
        assert!(!accepts(PasswordForm::Either, "wrong"));
    }
}
