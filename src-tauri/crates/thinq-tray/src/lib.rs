//! The resident program and the command line; a library, so that the fuzz targets reach what is inside.

mod answers;
mod app;
mod autostart;
mod checkup;
mod cli;
mod clock;
mod convert;
mod demo;
mod home;
mod jobs;
mod keyring;
mod log;
mod notifier;
mod paths;
mod report;
mod resident;
mod settings;
mod tray;
mod update;
#[cfg(target_os = "linux")]
mod wake;
mod window;

use std::{process::ExitCode, time::Duration};

use clap::Parser as _;

/// The whole program, from its arguments to its exit code.
pub fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    keep_private();
    tray::run_beside(|| run(arguments))
}

/// Every file is for its user only, and a crash leaves no memory with tokens in it behind.
#[cfg(unix)]
fn keep_private() {
    use rustix::{
        fs::Mode,
        process::{Resource, Rlimit, setrlimit, umask},
    };

    umask(Mode::RWXG | Mode::RWXO);
    // Where it is not allowed, the system's own rule stands.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
}

#[cfg(not(unix))]
fn keep_private() {}

fn run(arguments: cli::Arguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Waiting needs no crowd: each thread costs memory for as long as the program runs.
        .worker_threads(2)
        .max_blocking_threads(8)
        .thread_keep_alive(Duration::from_secs(10))
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return cli::Exit::Failed.into() };
    let exit = runtime.block_on(cli::run(arguments));
    // A keyring that hangs must not keep the program from ending.
    runtime.shutdown_background();
    exit.into()
}

/// Reads settings as somebody may have written them.
#[cfg(fuzzing)]
pub fn read_settings(path: std::path::PathBuf) {
    drop(settings::Settings::load(path, &|_| None));
}
