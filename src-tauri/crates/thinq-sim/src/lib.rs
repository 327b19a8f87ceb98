//! A simulated ThinQ service on loopback for demo mode and tests: a hub, a callback and a
//! household with a daily routine.
//!
//! Written from the protocol's documents and independent of the `thinq` crate, so that client and
//! simulator check each other.

mod account;
mod callback;
mod door;
mod fault;
mod household;
mod hub;
mod ledger;
mod message;
mod order;
mod settings;
mod simulation;
mod world;

pub use self::{
    fault::Fault,
    household::{Happened, Happening, Household, Refusal, SimDevice},
    ledger::{Call, CallRecord},
    order::RawFrame,
    settings::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, PasswordForm, SimSettings, Wrapping},
    simulation::Sim,
};
