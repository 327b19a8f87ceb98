//! Protocol and client library for ThinQ appliances, behind a DAMDA hub or at ThinQ Connect.
//!
//! Knows the HTTP calls and message transports of both, and LG's field names; knows neither storage
//! nor screen. Every fact about the protocol that the code relies on is listed, with its source,
//! in `src-tauri/docs/protocol.md`.

mod api;
mod auth;
mod codes;
pub mod connect;
mod device;
mod dial;
mod download;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http;
mod hub;
mod lenient_json;
mod local_network;
mod message;
mod mqtt;
mod post;
mod profile;
mod proxy;
mod push_code;
mod response;
mod sanitize;
mod socket;
pub mod state;
mod tls;
mod token;
mod wire;

pub use api::EVENT_HOURS;
pub use device::{DEVICE_TYPES, ListedDevice};
pub use dial::reach;
pub use download::{DownloadError, download};
pub use error::{Chain, Error, Obstacle, Peer, Remedy, Unreadable};
pub use http::{OnCall, OnDate};
pub use hub::{Hub, HubSettings};
pub use local_network::is_local;
pub use message::{
    Body, Dropped, Frame, Ignored, Message, Parsed, Push, Registered, StatusReport, Unregistered,
};
pub use mqtt::{Heard, OwnBroker, OwnBrokerError, OwnConnection, Publication, Published};
pub use post::{Post, PostError, Posted, post};
pub use profile::{Profile, has_followed};
pub use proxy::needs_proxy;
pub use push_code::{PushCode, Settles};
pub use sanitize::clean_text;
pub use socket::{Callback, CallbackTiming, Connection, DEFAULT_CALLBACK_URL};
pub use token::{AccessToken, KeyPair, RefreshToken, Secret, Tokens};
pub use wire::parse;

/// Port of the hub's appliance API. See `docs/protocol.md#addresses`.
pub const DEFAULT_HUB_PORT: u16 = 5010;
