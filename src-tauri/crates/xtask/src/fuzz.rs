//! `cargo xtask fuzz`: libFuzzer against the parsers, with the samples as corpus.
//!
//! Equivalent to cargo-fuzz without a nightly compiler: the same coverage flags and layout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{system, workspace};

const DIR: &str = "src-tauri/fuzz";
const SAMPLES: &str = "tests/fixtures/samples";
/// Each target, the name of its step, and the folders that it starts from.
const TARGETS: &[(&str, &str, &[&str])] = &[
    ("frame", "fuzzing of frames", &["bad", "event", "push"]),
    ("token", "fuzzing of tokens", &["bad", "error", "token"]),
    ("devices", "fuzzing of lists of devices", &["bad", "devices", "subscribe"]),
    ("state", "fuzzing of states", &["bad", "event", "profile", "state"]),
    ("settings", "fuzzing of settings", &[]),
];
/// As cargo-fuzz sets them, but for the sanitizer: all code of this workspace is safe Rust.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 -Cdebug-assertions";

pub(crate) fn run(workspace: &Workspace, seconds: u32) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::FUZZ])?;
    let target_dir = workspace.target_dir().join("fuzz");
    let host = workspace::host()?;
    let mut build = workspace.cargo(&["build", "--locked", "--release", "--target", &host]);
    build.args(["--manifest-path", &format!("{DIR}/Cargo.toml"), "--target-dir"]).arg(&target_dir);
    // Coverage is no stable option; nothing else here needs another compiler.
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", COVERAGE);
    steps.run("build of the fuzz targets", build, "read the compiler's first error above")?;
    for (target, step, _) in TARGETS {
        let program_path = target_dir.join(&host).join("release").join(target);
        let fuzz = command(workspace.root_dir(), &target_dir, &program_path, target, seconds)?;
        steps.run(step, fuzz, "the input that did it is in src-tauri/fuzz/artifacts")?;
    }
    steps.report();
    Ok(())
}

fn command(
    root_dir: &Path,
    target_dir: &Path,
    program_path: &Path,
    target: &str,
    seconds: u32,
) -> Result<Command, Failure> {
    // New inputs go to the target folder; the samples stay read-only.
    let found_dir = target_dir.join("corpus").join(target);
    let artifacts_dir = root_dir.join(DIR).join("artifacts").join(target);
    for dir in [&found_dir, &artifacts_dir] {
        fs::create_dir_all(dir)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", dir.display()), ""))?;
    }
    let mut fuzz = Command::new(program_path);
    fuzz.args([
        format!("-max_total_time={seconds}"),
        String::from("-timeout=10"),
        String::from("-rss_limit_mb=1024"),
        String::from("-max_len=65536"),
        String::from("-print_final_stats=1"),
        format!("-artifact_prefix={}/", artifacts_dir.display()),
    ]);
    fuzz.arg(found_dir).args(seeds(root_dir, target));
    Ok(fuzz)
}

fn seeds(root_dir: &Path, target: &str) -> Vec<PathBuf> {
    let folders = TARGETS.iter().filter(|(name, ..)| *name == target);
    let samples = folders.flat_map(|(_, _, folders)| *folders);
    let own = root_dir.join(DIR).join("seeds").join(target);
    samples
        .map(|folder| root_dir.join(SAMPLES).join(folder))
        .chain(own.is_dir().then_some(own))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_dir() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
    }

    #[test]
    fn every_target_is_built_and_starts_from_samples() {
        let manifest = fs::read_to_string(root_dir().join(DIR).join("Cargo.toml")).unwrap();

        for (target, ..) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(root_dir().join(DIR).join(format!("fuzz_targets/{target}.rs")).is_file());
            let seeds = seeds(&root_dir(), target);
            assert!(!seeds.is_empty(), "{target} has no seeds");
            for dir in seeds {
                assert!(fs::read_dir(&dir).unwrap().count() > 0, "{}", dir.display());
            }
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }
}
