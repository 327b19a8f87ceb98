//! The simulated service from outside: over HTTP, over WebSocket and through its handle.

#![expect(clippy::unwrap_used, reason = "all of it is test code, helpers included")]

mod callback;
mod client;
mod connect;
mod connect_client;
mod demo;
mod faults;
mod hub;
mod mqtt;
mod sockets;
