//! Everything a developer or a build machine asks of this repository, as `cargo xtask COMMAND`.
//!
//! Depends on the standard library alone, so that it compiles in seconds and on a bare system.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks by printing"
)]

mod checks;
mod demo;
mod failure;
mod package;
#[cfg(test)]
mod package_tests;
mod steps;
mod system;
mod tool;
mod ui;
mod workspace;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use crate::checks::Extent;
use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup             install what is missing to build and to test: system packages, npm packages
  demo [-- ARGS]    run the application against a simulated home on this machine
  test [--quick]    run every check and every test; --quick leaves out the documentation,
                    the dependency rules and the tests of the built programs
  package           make the packages for Debian and for Fedora in target/packages, and check them
  ui                build the user interface into ui/dist
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Setup,
    Demo(Vec<OsString>),
    Test(Extent),
    Package,
    Ui,
    Usage,
}

fn main() -> ExitCode {
    let Some(task) = task(env::args_os().skip(1).collect()) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: Vec<OsString>) -> Option<Task> {
    let mut arguments = arguments.into_iter();
    let command = arguments.next()?;
    let mut rest: Vec<OsString> = arguments.collect();
    match (command.to_str()?, rest.as_slice()) {
        ("setup", []) => Some(Task::Setup),
        ("demo", [separator, ..]) if separator == "--" => {
            rest.remove(0);
            Some(Task::Demo(rest))
        }
        ("demo", _) => Some(Task::Demo(rest)),
        ("test", []) => Some(Task::Test(Extent::Full)),
        ("test", [quick]) if quick == "--quick" => Some(Task::Test(Extent::Quick)),
        ("package", []) => Some(Task::Package),
        ("ui", []) => Some(Task::Ui),
        ("help" | "--help" | "-h", _) => Some(Task::Usage),
        _ => None,
    }
}

fn run(task: Task) -> Result<(), Failure> {
    let workspace = Workspace::current()?;
    match task {
        Task::Setup => {
            system::ensure(&[system::BUILD, system::TEST])?;
            ui::ensure_packages(&workspace, &mut Steps::new())?;
            println!("everything is in place: try `cargo xtask demo`");
            Ok(())
        }
        Task::Demo(arguments) => demo::run(&workspace, arguments),
        Task::Package => package::run(&workspace),
        Task::Test(extent) => checks::run(&workspace, extent),
        Task::Ui => {
            let mut steps = Steps::new();
            ui::ensure_packages(&workspace, &mut steps)?;
            ui::build(&workspace, &mut steps)
        }
        Task::Usage => {
            print!("{USAGE}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Task> {
        task(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn each_command_is_understood() {
        assert_eq!(parsed("setup"), Some(Task::Setup));
        assert_eq!(parsed("test"), Some(Task::Test(Extent::Full)));
        assert_eq!(parsed("test --quick"), Some(Task::Test(Extent::Quick)));
        assert_eq!(parsed("package"), Some(Task::Package));
        assert_eq!(parsed("ui"), Some(Task::Ui));
        assert_eq!(parsed("--help"), Some(Task::Usage));
    }

    #[test]
    fn what_follows_demo_is_for_the_program() {
        let passed = || Some(Task::Demo(vec!["--speed".into(), "60".into()]));

        assert_eq!(parsed("demo"), Some(Task::Demo(Vec::new())));
        assert_eq!(parsed("demo -- --speed 60"), passed());
        assert_eq!(parsed("demo --speed 60"), passed());
    }

    #[test]
    fn anything_else_is_wrong_usage() {
        for line in ["", "tests", "test --fast", "setup now", "ui --watch"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
