//! What the resident program is asked, answers and tells, and the local socket it is said over.
//!
//! Requests, responses and updates carry types of `model`. Nothing else crosses the socket and
//! Tauri's IPC; the TypeScript types are generated from both crates. No token and no client secret
//! is part of any of them. A password travels once, inwards, in [`SignInForm`].

mod exchange;
mod secret;
mod settings;
pub mod socket;

pub use exchange::{Request, Response, SignInDefaults, SignInForm, Told, View};
pub use secret::Secret;
pub use settings::{
    Check, CheckRemedy, CheckSubject, Checkup, InvalidSetting, Light, LogLevel, Settings,
    SettingsChange,
};
