//! The sign-in: its storage in the keyring, and the access tokens obtained with it.

mod keyring;
mod keyring_writer;
mod token_keeper;

pub(crate) use keyring::state_of;
pub use keyring::{Keyring, KeyringError, KeyringFuture, SignIn};
pub(crate) use keyring_writer::KeyringWriter;
pub(crate) use token_keeper::TokenKeeper;
