//! `cargo xtask test`: every check and every test, those first that fail fast.

use std::env;
use std::process::Command;

use crate::audit::{self, Reach};
use crate::failure::Failure;
use crate::steps::Steps;
use crate::tool::{cargo_tool, succeeds};
use crate::workspace::Workspace;
use crate::{system, ui};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    /// Without the documentation, the dependency rules and the tests of the built programs.
    Quick,
}

/// Tests bring their own display, bus and language: these belong to the person at the machine.
const NOT_FOR_TESTS: &[&str] = &[
    "AT_SPI_BUS_ADDRESS",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_TIME",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
];

/// The tests speak to this machine only, and never through a proxy.
const PROXIES: &[&str] =
    &["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy", "https_proxy"];

const CONTRACT: &str = "ui/src/lib/contract";

pub(crate) fn run(workspace: &Workspace, extent: Extent) -> Result<(), Failure> {
    let mut steps = Steps::new();
    let outcome = run_all(workspace, extent, &mut steps);
    steps.report();
    outcome
}

fn run_all(workspace: &Workspace, extent: Extent, steps: &mut Steps) -> Result<(), Failure> {
    let format = workspace.cargo(&["fmt", "--all", "--check"]);
    steps.run("format of the Rust code", format, "cargo fmt (rustup component add rustfmt)")?;
    match extent {
        Extent::Full => system::ensure(&[system::REPOSITORY, system::BUILD, system::TEST])?,
        Extent::Quick => system::ensure(&[system::REPOSITORY, system::BUILD])?,
    }
    check_ui(workspace, steps)?;
    if extent == Extent::Full && cfg!(target_os = "linux") {
        // The system's own Chromium is used, which only here is among the needs.
        let helps = "read the failed tests above; one alone: npx playwright test -g NAME in ui/";
        steps.run_tests(
            "views of the page in Chromium",
            for_tests(ui::script(workspace, "e2e")),
            helps,
        )?;
    }
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    let helps = "read the first message above (rustup component add clippy)";
    steps.run("lints of the Rust code", workspace.cargo(&clippy), helps)?;
    if extent == Extent::Full {
        check_documentation(workspace, steps)?;
        check_dependencies(workspace, steps)?;
        // The whole workspace, because the tests are built with the same features: each library once.
        let build = workspace.cargo(&["build", "--workspace", "--all-targets"]);
        let helps = "read the compiler's first error above";
        steps.run("build of both programs and of the tests", build, helps)?;
    }
    run_rust_tests(workspace, extent, steps)?;
    check_contract(workspace, steps)
}

fn check_ui(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    ui::ensure_packages(workspace, steps)?;
    let script = |name| for_tests(ui::script(workspace, name));
    steps.run("format of the page", script("format:check"), "npx prettier --write . in ui/")?;
    steps.run("lints of the page", script("lint"), "read the first message above")?;
    steps.run("types of the page", script("check"), "read the first message above")?;
    steps.run_tests("tests of the page", script("test"), "read the failed tests above")?;
    steps.run("build of the page", script("build"), "read Vite's error above")
}

fn check_documentation(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    steps.run("documentation", command, "read the first message above")
}

fn check_dependencies(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    // The fuzz targets are a workspace of their own, which no other check builds.
    for (step, manifest) in [
        ("versions of dependencies", "Cargo.toml"),
        ("versions of the fuzz targets' dependencies", "src-tauri/fuzz/Cargo.toml"),
    ] {
        let fetch = workspace.cargo(&["fetch", "--locked", "--manifest-path", manifest]);
        let helps = format!("cargo metadata --manifest-path {manifest}, then commit Cargo.lock");
        steps.run(step, fetch, &helps)?;
    }
    let mut check = cargo_tool(workspace, "deny", "installation of cargo-deny", steps)?;
    check.args(["check", "bans", "licenses", "sources"]);
    steps.run("rules for dependencies", check, "read the first message above, and .deny.toml")?;
    audit::check(workspace, Reach::Wished, steps)
}

/// Runs nextest where it is installed, otherwise Cargo's own test runner.
fn run_rust_tests(workspace: &Workspace, extent: Extent, steps: &mut Steps) -> Result<(), Failure> {
    let selection: &[&str] = match extent {
        Extent::Full => &["--workspace", "--no-fail-fast"],
        Extent::Quick => &["--workspace", "--no-fail-fast", "--exclude", "scenarios"],
    };
    let cargo = |arguments: &[&str]| {
        let mut command = for_tests(workspace.cargo(arguments));
        command.args(selection);
        for name in PROXIES {
            command.env_remove(name);
        }
        if extent == Extent::Full {
            // Where this is set, the programs have been built and tests insist on them.
            command.env("XTASK_PROGRAMS_DIR", workspace.programs_dir());
        }
        command
    };
    let helps = "read the failed tests above; one alone: cargo test -p CRATE NAME";
    if succeeds(workspace.cargo(&["nextest", "--version"])) {
        steps.run_tests("examples in the documentation", cargo(&["test", "--doc"]), helps)?;
        steps.run_tests("tests of the Rust code", cargo(&["nextest", "run"]), helps)
    } else {
        steps.run_tests("tests of the Rust code", cargo(&["test"]), helps)
    }
}

/// The tests write the contract's TypeScript anew: it must be what the repository holds.
fn check_contract(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    let helps = format!("look at the difference, then: git add {CONTRACT}");
    steps.check("generated contract", &helps, |_| {
        if !workspace.root_dir().join(".git").exists() {
            println!("not compared: this is no clone");
            return Ok(());
        }
        // A clone that belongs to another user, as on build machines, is no danger here.
        let output = Command::new("git")
            .args(["-c", "safe.directory=*", "--no-optional-locks", "status", "--porcelain"])
            .args(["--untracked-files=all", "--", CONTRACT])
            .current_dir(workspace.root_dir())
            .output()
            .map_err(|error| format!("cannot run `git`: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let changed = unstaged(&String::from_utf8_lossy(&output.stdout)).join(" ");
        if changed.is_empty() { Ok(()) } else { Err(format!("not in the repository: {changed}")) }
    })
}

/// The files of `git status --porcelain` that differ from what is staged, or that git does not know.
fn unstaged(status: &str) -> Vec<&str> {
    status
        .lines()
        .filter(|line| !matches!(line.as_bytes().get(1), None | Some(b' ')))
        .filter_map(|line| line.get(3..))
        .collect()
}

fn for_tests(mut command: Command) -> Command {
    for name in NOT_FOR_TESTS {
        command.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("THINQ_TRAY_") {
            command.env_remove(name);
        }
    }
    command.env("LANG", "C.UTF-8").env("TZ", "UTC");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_file_that_changed_or_is_new_is_named_and_a_staged_one_is_not() {
        let status = " M ui/src/lib/contract/Update.ts\n\
                      ?? ui/src/lib/contract/New.ts\n\
                      M  ui/src/lib/contract/Staged.ts\n\
                      A  ui/src/lib/contract/Added.ts\n\
                      AM ui/src/lib/contract/Again.ts\n";

        let changed = unstaged(status);

        assert_eq!(
            changed,
            [
                "ui/src/lib/contract/Update.ts",
                "ui/src/lib/contract/New.ts",
                "ui/src/lib/contract/Again.ts",
            ]
        );
    }

    #[test]
    fn tests_get_a_fixed_language_and_time_zone_and_nobodys_display() {
        let command = for_tests(Command::new("true"));

        let is = |name: &str, value: Option<&str>| {
            command.get_envs().any(|(key, found)| key == name && found == value.map(AsRef::as_ref))
        };
        assert!(is("TZ", Some("UTC")));
        assert!(is("LANG", Some("C.UTF-8")));
        assert!(is("DISPLAY", None));
        assert!(is("DBUS_SESSION_BUS_ADDRESS", None));
    }
}
