//! The log: one file per day in the state folder, kept for a week, and the terminal.
//!
//! Never logged: tokens, passwords, account names, device ids, frame bodies.

use std::{io, path::Path, sync::OnceLock};

use monitor::create_private_dir;
use tracing::warn;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{
    EnvFilter, Registry, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _,
};

const DAYS_KEPT: usize = 7;
/// At `debug` and `trace` these crates log addresses with tokens, account names or bus messages, so
/// their level is fixed.
const QUIET: [&str; 9] = [
    "hyper_util=info",
    "reqwest=info",
    "rumqttc=info",
    // Names of servers and certificates.
    "rustls=info",
    "rustls_platform_verifier=info",
    "secret_service=info",
    "tokio_tungstenite=info",
    "tungstenite=info",
    "zbus=info",
];

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Whether the log is also written to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminal {
    Update,
    /// A command prints its own output there.
    Quiet,
}

/// Starts the log. Without a writable folder only the terminal is used, if at all.
pub(crate) fn start(dir: &Path, filter: &str, terminal: Terminal) {
    let terminal = (terminal == Terminal::Update)
        .then(|| fmt::layer().with_writer(io::stderr).with_ansi(false).with_target(false));
    let file = appender(dir).map(|file| fmt::layer().with_writer(file).with_ansi(false));
    let (filter, handle) = reload::Layer::new(filter_of(filter));
    tracing_subscriber::registry().with(filter).with(terminal).with(file).init();
    // Called once per process.
    drop(FILTER.set(handle));
}

/// Replaces the filter of the running log.
pub(crate) fn refilter(filter: &str) {
    if let Some(handle) = FILTER.get()
        && let Err(error) = handle.reload(filter_of(filter))
    {
        warn!(%error, "failed to change the log level");
    }
}

/// Whether `text` is a valid filter of `tracing`.
pub(crate) fn is_filter(text: &str) -> bool {
    !text.trim().is_empty() && EnvFilter::try_new(text).is_ok()
}

fn filter_of(filter: &str) -> EnvFilter {
    let wanted = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    QUIET
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(wanted, EnvFilter::add_directive)
}

fn appender(dir: &Path) -> Option<std::sync::Mutex<RollingFileAppender>> {
    create_private_dir(dir).ok()?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("thinq-tray")
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(dir)
        .ok()
        .map(std::sync::Mutex::new)
}
