//! The library against recorded messages and against small servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall say so and end")]

#[cfg(target_os = "linux")]
mod authority;
mod callback;
#[cfg(target_os = "linux")]
mod certificate;
mod connect;
mod hub;
#[cfg(target_os = "linux")]
mod mosquitto;
mod samples;
mod server;
mod states;

use std::error::Error as StdError;

use thinq::{AccessToken, Chain, RefreshToken};

const ACCESS: &str = "f00df00df00d+/=";
const REFRESH: &str = "beefbeefbeef";

fn access() -> AccessToken {
    AccessToken::new(ACCESS.to_owned()).unwrap()
}

fn refresh() -> RefreshToken {
    RefreshToken::new(REFRESH.to_owned()).unwrap()
}

/// Nothing that an error prints, in any way, holds a secret of these tests.
fn assert_hides_secrets(error: &(impl StdError + 'static)) {
    let shown = format!("{error} {error:?} {}", Chain(error));
    for secret in ["f00d", "beef", "hunter2", "someone@example.com", "cafe", "access_token"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
