//! Sign-in and refresh. See `docs/protocol.md#sign-in`.

use model::PasswordForm;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use crate::{
    error::Error,
    hub::{Hub, Request},
    response::{self, Call},
    token::{RefreshToken, Secret, Tokens},
};

impl Hub {
    /// Signs in with an LG account. Must not be retried automatically: failures may lock the account.
    pub async fn sign_in(&self, account: &str, password: &Secret) -> Result<Tokens, Error> {
        let password = match self.password_form() {
            PasswordForm::Sha512 => sha512_hex(password.expose_secret()),
            PasswordForm::Plain => password.expose_secret().to_owned(),
        };
        let body = json!({ "grant_type": "password", "id": account, "password": password });
        self.token_call(Call::SignIn, &body).await
    }

    /// Requests a new access token. Without [`Tokens::refresh`] in the response `token` stays valid.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Tokens, Error> {
        let body = json!({ "grant_type": "refresh_token", "refresh_token": token.expose() });
        self.token_call(Call::Refresh, &body).await
    }

    async fn token_call(&self, call: Call, body: &Value) -> Result<Tokens, Error> {
        let request =
            Request { call, method: Method::POST, path: &["token"], token: None, body: Some(body) };
        response::read_tokens(&self.send(request).await?)
    }
}

fn sha512_hex(password: &str) -> String {
    use std::fmt::Write as _;

    let mut hex = String::with_capacity(128);
    for byte in Sha512::digest(password.as_bytes()) {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hashed_to_lower_case_hex() {
        assert_eq!(
            sha512_hex("abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
    }
}
