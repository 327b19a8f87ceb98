//! Requests, responses and updates of the resident program, and the local socket that carries them.
//!
//! They contain types of `model`. Nothing else crosses the socket and Tauri's IPC; the TypeScript
//! types are generated from both crates. Responses and updates contain no token and no client
//! secret. A password is sent once, to the resident program, in [`SignInForm`].

mod desktop;
mod request;
mod response;
mod secret;
mod settings;
pub mod socket;
mod update;

pub use desktop::DesktopVariables;
pub use request::{ConnectForm, HubForm, Request, SignInForm, View};
pub use response::{HubDefaults, Response, SignInDefaults};
pub use secret::Secret;
pub use settings::{
    Check, CheckRemedy, CheckSubject, Checkup, InvalidSetting, Light, LogLevel, Settings,
    SettingsChange,
};
pub use update::Update;

/// Exit code of the window program when it finds no display to open its window on.
pub const NO_DISPLAY_EXIT: u8 = 3;
