//! Shared parts of the scenarios: an engine with a simulated service, an in-memory keyring, a clock
//! set by tests, recorded frames, and the built program in a private home.

mod clock;
mod closing_hub;
mod engine;
mod frames;
mod history;
mod keyring;
#[cfg(target_os = "linux")]
mod mosquitto;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod proxy;
#[cfg(target_os = "linux")]
mod tls;
#[cfg(target_os = "linux")]
mod web_server;

use std::time::Duration;

use tokio::time;

pub(crate) use clock::TestClock;
pub(crate) use closing_hub::ClosingHub;
pub(crate) use engine::{Engine, Heard, simulated, simulated_with};
pub(crate) use frames::{Sample, push_frame};
pub(crate) use history::{SEEDS, entries, entry, exported, fill, fill_years};
pub(crate) use keyring::{Broken, MemoryKeyring};
#[cfg(target_os = "linux")]
pub(crate) use mosquitto::{Mosquitto, Subscriber};
#[cfg(target_os = "linux")]
pub(crate) use program::{Ended, PrivateHome, Running, program_path, push_by_hand};
#[cfg(target_os = "linux")]
pub(crate) use proxy::{Door, TestProxy, base64};
#[cfg(target_os = "linux")]
pub(crate) use tls::{Authority, TlsDoor, lead_on, leaf};
#[cfg(target_os = "linux")]
pub(crate) use web_server::{Reply, WebServer};

/// Timeout; expected conditions hold within a second or two.
const PATIENCE: Duration = Duration::from_mins(1);

/// Awaits `future`; on timeout fails with the name of the condition.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = time::timeout(PATIENCE, future).await else {
        panic!("timed out waiting for {what}");
    };
    value
}
