//! The resident program and the command line; a library, so that the fuzz targets reach what is inside.

mod answers;
mod app;
mod autostart;
mod checkup;
mod cli;
mod clock;
#[cfg(windows)]
mod console;
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
#[cfg(target_os = "linux")]
mod sandbox;
mod settings;
#[cfg(all(test, target_os = "linux"))]
mod test_bus;
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
    // Where that fails it runs all the same, in sight.
    #[cfg(windows)]
    if arguments.starts_tray() && console::leave().unwrap_or(false) {
        return cli::Exit::Done.into();
    }
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
        .worker_threads(1)
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

/// Reads settings as somebody may have written them; the file is read and never written.
#[cfg(any(test, fuzzing))]
pub fn read_settings(dir: &std::path::Path, data: &[u8]) {
    let path = dir.join("settings.toml");
    std::fs::write(&path, data).expect("the file can be written");
    drop(settings::Settings::load(path.clone(), &|_| None));
    assert_eq!(std::fs::read(&path).expect("the file stays"), data, "the file was touched");
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn settings_of_the_corpus_are_read_without_harm() {
        let root_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let dir = tempfile::tempdir().unwrap();
        let mut count = 0;
        for folder in ["src-tauri/fuzz/seeds/settings", "tests/fixtures/samples/bad"] {
            for entry in fs::read_dir(root_dir.join(folder)).unwrap() {
                let bytes = fs::read(entry.unwrap().path()).unwrap();
                for length in [0, 1, bytes.len() / 2, bytes.len()] {
                    super::read_settings(dir.path(), &bytes[..length.min(bytes.len())]);
                    count += 1;
                }
            }
        }
        assert!(count > 100, "{count}");
    }
}
