//! A simulated ThinQ service on loopback for demo mode and tests, with both providers and one
//! household with a daily routine.
//!
//! - The hub: HTTP with account and tokens, and the callback, a WebSocket.
//! - ThinQ Connect: HTTPS (and plain HTTP on the same port) with a personal access token, and MQTT
//!   over TLS with client certificates that the simulation's own authority issues on request.
//!
//! Written from the protocol's documents and independent of the `thinq` crate, so that client and
//! simulator check each other.

mod account;
mod answer;
mod authority;
mod callback;
mod clients;
mod connect;
mod control_panel;
mod device_call;
mod door;
mod fault;
mod household;
mod hub;
mod ledger;
mod message;
mod mqtt;
mod order;
mod session;
mod settings;
mod simulation;
mod subscriptions;
mod world;

pub use self::{
    clients::ConnectClient,
    fault::Fault,
    household::{Happened, Happening, Household, Refusal, SimDevice},
    ledger::{Call, CallRecord},
    order::RawFrame,
    settings::{
        ConnectSettings, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, DEFAULT_TOKEN, HomeNames, PasswordForm,
        SimSettings, Wrapping,
    },
    simulation::Sim,
};
