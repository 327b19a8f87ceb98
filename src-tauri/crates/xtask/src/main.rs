//! Development tasks, run as `cargo xtask COMMAND`.
//!
//! Depends on the standard library only, so that it builds in seconds on a bare system.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output of a command line tool")]

mod audit;
mod bench;
mod checks;
mod demo;
mod desktops;
mod failure;
mod fuzz;
mod package;
#[cfg(test)]
mod package_tests;
mod publish;
mod steps;
mod system;
mod tool;
mod ui;
mod workspace;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::audit::Reach;
use crate::checks::Extent;
use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup             install missing system packages and npm packages
  demo [-- ARGS]    run the application with a simulated home
  test [--quick]    run all checks and tests; --quick skips the documentation, the dependency
                    rules and the tests of the built programs
  package           build and check the packages of this system in target/packages: deb, rpm and
                    AppImage, the Windows installer, or the macOS disk image
  package --check [DIR]
                    install the built packages into a clean system, use them as an ordinary user,
                    and remove them (Debian and Ubuntu, as root or with sudo)
  desktops [--all]  log in and out of real sessions with the built programs, on sway and Xfce; --all adds
                    GNOME and Plasma (Linux, as root or with sudo)
  audit [--required]
                    check for known vulnerabilities; --required fails if a database is unreachable
  fuzz [--seconds N]
                    fuzz each parser for N seconds [default: 60]
  bench [footprint] [--idle-minutes N] [--openings N] [--events N] [--day-minutes N] [--debug] [--write]
                    measure sizes, memory, wake-ups and times of the release build in a private
                    session against their targets; --write stores the tables in
                    src-tauri/docs/performance.md, --debug uses the debug build
  bench history [--events N]
                    measure parsing, storing, paging, searching and counting with up to N events
                    [default: 1000000]
  bench relay [--write]
                    measure the time from a frame to the notification, beside baseline relays
  publish DIR URL   fill in the winget, Homebrew and Flathub manifests for the packages in DIR
  ui                build the page into ui/dist
  screenshots       take pictures of every view in every state, language and colour scheme, with an
                    index page, in target/screenshots
";

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Setup,
    Demo(Vec<OsString>),
    Test(Extent),
    Package,
    PackageCheck(Option<PathBuf>),
    Desktops(desktops::Extent),
    Audit(Reach),
    Fuzz(u32),
    Bench(bench::Subject),
    Publish(PathBuf, String),
    Ui,
    Screenshots,
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
        ("package", [check]) if check == "--check" => Some(Task::PackageCheck(None)),
        ("package", [check, dir]) if check == "--check" => {
            Some(Task::PackageCheck(Some(dir.into())))
        }
        ("desktops", []) => Some(Task::Desktops(desktops::Extent::Cheap)),
        ("desktops", [all]) if all == "--all" => Some(Task::Desktops(desktops::Extent::All)),
        ("audit", []) => Some(Task::Audit(Reach::Wished)),
        ("audit", [required]) if required == "--required" => Some(Task::Audit(Reach::Required)),
        ("fuzz", []) => Some(Task::Fuzz(60)),
        ("fuzz", [seconds, count]) if seconds == "--seconds" => {
            count.to_str()?.parse().ok().map(Task::Fuzz)
        }
        ("bench", options) => bench::Subject::parse(options).map(Task::Bench),
        ("publish", [dir, url]) => Some(Task::Publish(dir.into(), url.to_str()?.to_owned())),
        ("ui", []) => Some(Task::Ui),
        ("screenshots", []) => Some(Task::Screenshots),
        ("help" | "--help" | "-h", _) => Some(Task::Usage),
        _ => None,
    }
}

fn run(task: Task) -> Result<(), Failure> {
    let workspace = Workspace::current()?;
    match task {
        Task::Setup => {
            system::ensure(&[system::REPOSITORY, system::BUILD, system::TEST])?;
            ui::ensure_packages(&workspace, &mut Steps::new())?;
            println!("everything is in place: try `cargo xtask demo`");
            Ok(())
        }
        Task::Demo(arguments) => demo::run(&workspace, arguments),
        Task::Package => package::run(&workspace),
        Task::PackageCheck(dir) => package::check(&workspace, dir),
        Task::Desktops(extent) => desktops::run(&workspace, extent),
        Task::Audit(reach) => audit::run(&workspace, reach),
        Task::Fuzz(seconds) => fuzz::run(&workspace, seconds),
        Task::Bench(subject) => bench::run(&workspace, &subject),
        Task::Publish(dir, url) => publish::run(&workspace, &dir, &url),
        Task::Test(extent) => checks::run(&workspace, extent),
        Task::Ui => {
            let mut steps = Steps::new();
            ui::ensure_packages(&workspace, &mut steps)?;
            ui::build(&workspace, &mut steps)
        }
        Task::Screenshots => {
            system::ensure(&[system::TEST])?;
            let mut steps = Steps::new();
            ui::ensure_packages(&workspace, &mut steps)?;
            ui::take_screenshots(&workspace, &mut steps)
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
        assert_eq!(parsed("package --check"), Some(Task::PackageCheck(None)));
        let elsewhere = Some(PathBuf::from("release"));
        assert_eq!(parsed("package --check release"), Some(Task::PackageCheck(elsewhere)));
        assert_eq!(parsed("desktops"), Some(Task::Desktops(desktops::Extent::Cheap)));
        assert_eq!(parsed("desktops --all"), Some(Task::Desktops(desktops::Extent::All)));
        assert_eq!(parsed("audit --required"), Some(Task::Audit(Reach::Required)));
        assert_eq!(parsed("fuzz --seconds 5"), Some(Task::Fuzz(5)));
        assert_eq!(parsed("fuzz --seconds five"), None);
        let (dir, url) = ("release".into(), String::from("https://example.com"));
        assert_eq!(parsed("publish release https://example.com"), Some(Task::Publish(dir, url)));
        assert_eq!(parsed("ui"), Some(Task::Ui));
        assert_eq!(parsed("screenshots"), Some(Task::Screenshots));
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
