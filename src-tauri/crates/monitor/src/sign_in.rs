//! Sign-in: keyring storage and access tokens.

mod keyring;
mod keyring_writer;
mod token_keeper;

pub(crate) use keyring::state_of;
pub use keyring::{ConnectSignIn, HubSignIn, Keyring, KeyringError, KeyringFuture, Prompt, SignIn};
pub(crate) use keyring_writer::KeyringWriter;
pub(crate) use token_keeper::TokenKeeper;
