//! User-visible guarantees, one module each: the crates and the built programs against the
//! simulated service.

#[cfg(target_os = "linux")]
mod command_line;
#[cfg(target_os = "linux")]
mod connect;
#[cfg(target_os = "linux")]
mod connect_sdk;
#[cfg(target_os = "linux")]
mod desktop;
mod fault_table;
mod faults;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod forwarding;
mod history;
mod home;
#[cfg(target_os = "linux")]
mod keyrings;
mod listening;
mod notifications;
#[cfg(target_os = "linux")]
mod notifying;
#[cfg(target_os = "linux")]
mod prompts;
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(target_os = "linux")]
mod sandbox;
#[cfg(target_os = "linux")]
mod secrets;
#[cfg(target_os = "linux")]
mod settings;
mod sign_in;
#[cfg(target_os = "linux")]
mod starting;
mod support;
mod tidy;
#[cfg(target_os = "linux")]
mod waking;
#[cfg(target_os = "linux")]
mod whole_way;
mod wrong_clock;
