//! A small ThinQ service on loopback, for demo mode and tests: a hub, a callback and a household
//! that lives through its day.
//!
//! Written from the protocol's documents alone and without the `thinq` crate, so that the two
//! check each other.

mod account;
mod callback;
mod door;
mod fault;
mod household;
mod hub;
mod ledger;
mod message;
mod settings;
mod simulation;
mod world;

pub use self::{
    callback::RawFrame,
    fault::Fault,
    household::{Happened, Happening, Household, Refusal, SimDevice},
    ledger::{Call, CallRecord},
    settings::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, PasswordForm, SimSettings, Wrapping},
    simulation::Sim,
};
