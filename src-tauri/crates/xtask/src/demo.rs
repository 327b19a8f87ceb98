//! `cargo xtask demo`: the application against a simulated home, or its engine in the terminal
//! where there is no display.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{system, ui};

const HELPS: &str = "read the compiler's first error above";

pub(crate) fn run(workspace: &Workspace, arguments: Vec<OsString>) -> Result<(), Failure> {
    let mut steps = Steps::new();
    let mut program = Command::new(workspace.program_path("thinq-tray"));
    if has_display() {
        system::ensure(&[system::BUILD])?;
        ui::ensure_packages(workspace, &mut steps)?;
        ui::build(workspace, &mut steps)?;
        let build = workspace.cargo(&["build", "-p", "thinq-tray", "-p", "thinq-tray-window"]);
        steps.run("build of both programs", build, HELPS)?;
        println!("==> thinq-tray --demo");
        program.arg("--demo");
    } else {
        println!("There is no display here: the same engine runs in the terminal. Ctrl+C ends it.");
        let build = workspace.cargo(&["build", "-p", "thinq-tray"]);
        steps.run("build of the resident program", build, HELPS)?;
        println!("==> thinq-tray listen --demo");
        program.args(["listen", "--demo"]);
    }
    program.args(arguments);
    become_program(program)
}

fn has_display() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Replaces this process, so that Ctrl+C and the exit code are the program's own.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;

    let error = program.exec();
    Err(cannot_start(&program, &error))
}

#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<(), Failure> {
    match program.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("the program ended with {status}"), "")),
        Err(error) => Err(cannot_start(&program, &error)),
    }
}

fn cannot_start(program: &Command, error: &std::io::Error) -> Failure {
    let path = program.get_program().display();
    Failure::new(format!("cannot start `{path}`: {error}"), "run `cargo xtask demo` again")
}
