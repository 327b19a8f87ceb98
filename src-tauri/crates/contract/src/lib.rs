//! What the resident program is asked, answers and tells, and the local socket it is said over.
//!
//! These types alone cross the socket and Tauri's IPC; the TypeScript ones are generated from them.
//! No token and no client secret is part of any of them. A password travels once, inwards, in
//! [`SignInForm`].

mod event;
mod exchange;
mod problem;
mod secret;
pub mod socket;
mod status;

pub use event::{
    Category, EventDetails, EventKind, Gap, GapReason, HistoryEvent, HistoryPage, RawMessage,
    Severity,
};
pub use exchange::{PasswordForm, Request, Response, SignInDefaults, SignInForm, Told, View};
pub use problem::{Problem, ProblemCode};
pub use secret::Secret;
pub use status::{Connection, Demo, KeyringState, Status};
