//! The resident program and the command line; a library for the fuzz targets.

mod answers;
mod app;
mod autostart;
mod browser;
mod checkup;
mod child;
mod cli;
mod clock;
#[cfg(windows)]
mod console;
mod demo;
mod displays;
mod files;
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

/// Runs the program: parses the arguments and returns the exit code.
pub fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::print_instead(&error),
    };
    keep_private();
    // On failure the program runs with a visible console.
    #[cfg(windows)]
    if arguments.starts_tray() && console::leave().unwrap_or(false) {
        return cli::Exit::Done.into();
    }
    tray::run_beside(|| run(arguments))
}

/// Makes new files readable by their user only, and disables core dumps, which could contain tokens.
#[cfg(unix)]
fn keep_private() {
    use rustix::{
        fs::Mode,
        process::{Resource, Rlimit, setrlimit, umask},
    };

    umask(Mode::RWXG | Mode::RWXO);
    // Best effort: the limit may be fixed by the system.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
}

#[cfg(not(unix))]
fn keep_private() {}

fn run(arguments: cli::Arguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // The program is mostly idle, and each thread costs memory.
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_keep_alive(Duration::from_secs(10))
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return cli::Exit::Failed.into() };
    let exit = runtime.block_on(cli::run(arguments));
    // A blocked keyring must not delay the exit.
    runtime.shutdown_background();
    exit.into()
}

/// Loads arbitrary settings; checks that the file is not modified.
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
