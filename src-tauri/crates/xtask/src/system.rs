//! What this machine has to bring along, and how the system's package manager brings it.
//!
//! Each need is probed first: where everything is present, nothing is installed and nobody is asked
//! for a password.

mod need;
mod package_manager;
mod probe;

use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::system::need::Need;
use crate::system::package_manager::Manager;
use crate::system::probe::output_of;

pub(crate) use crate::system::need::{
    BUILD, CLEAN_SYSTEM, DESKTOPS, FUZZ, PACKAGE, REPOSITORY, TEST,
};
pub(crate) use crate::system::probe::has_program;

/// Sees to everything the sets name; installs what is missing, where that can be done.
pub(crate) fn ensure(sets: &[&'static [Need]]) -> Result<(), Failure> {
    if cfg!(target_os = "linux") {
        let missing = missing(sets);
        return if missing.is_empty() { Ok(()) } else { install(sets, &missing) };
    }
    if cfg!(target_os = "macos") && !has_program("cc") {
        return Err(Failure::new(
            "the command line tools of Xcode are missing",
            "xcode-select --install",
        ));
    }
    if cfg!(windows) && !has_web_view() {
        return Err(Failure::new(
            "the WebView2 runtime is missing, which the window needs",
            "winget install Microsoft.EdgeWebView2Runtime",
        ));
    }
    Ok(())
}

fn missing(sets: &[&'static [Need]]) -> Vec<&'static Need> {
    sets.iter().copied().flatten().filter(|need| !need.probe.is_met()).collect()
}

fn install(sets: &[&'static [Need]], missing: &[&'static Need]) -> Result<(), Failure> {
    let Some(manager) = Manager::of_this_system() else {
        return Err(still_missing(
            missing,
            "install them in the way of this system, then run it again",
        ));
    };
    let packages = || -> Vec<_> {
        let packages = manager.packages(missing).into_iter();
        packages.map(|package| manager.present(package)).collect()
    };
    let by_hand = |packages: &[&str]| format!("as root: {}", manager.command_line(packages));
    let Some(root) = Root::of_this_process() else {
        return Err(still_missing(missing, &by_hand(&packages())));
    };

    if let Some(arguments) = manager.refresh_arguments()
        && !root.runs(manager, arguments)
    {
        println!("the package lists could not be renewed; going on with those that are here");
    }
    let packages = packages();
    let by_hand = by_hand(&packages);
    println!("==> system packages, by {}: {}", manager.program(), packages.join(" "));
    let mut arguments = manager.install_arguments().to_vec();
    arguments.extend(packages);
    // A run that was disturbed half way is repaired by a second one.
    if !root.runs(manager, &arguments) && !root.runs(manager, &arguments) {
        return Err(still_missing(missing, &by_hand));
    }
    let missing = self::missing(sets);
    if missing.is_empty() { Ok(()) } else { Err(still_missing(&missing, &by_hand)) }
}

fn still_missing(needs: &[&Need], helps: &str) -> Failure {
    let list: Vec<_> = needs.iter().map(|need| need.description()).collect();
    Failure::new(format!("this is missing on this system:\n  - {}", list.join("\n  - ")), helps)
}

/// The right to install packages.
pub(crate) enum Root {
    Already,
    /// `-n` where nobody can be asked for a password.
    Sudo(Option<&'static str>),
}

impl Root {
    pub(crate) fn of_this_process() -> Option<Self> {
        if output_of("id", &["-u"])?.trim() == "0" {
            return Some(Self::Already);
        }
        let flag = if io::stdin().is_terminal() { None } else { Some("-n") };
        let mut sudo = Command::new("sudo");
        sudo.args(flag).arg("-v");
        sudo.status().is_ok_and(|status| status.success()).then_some(Self::Sudo(flag))
    }

    /// A program with the rights of root.
    pub(crate) fn command(&self, program: &str) -> Command {
        match self {
            Self::Already => Command::new(program),
            Self::Sudo(flag) => {
                let mut command = Command::new("sudo");
                command.args(flag).arg(program);
                command
            }
        }
    }

    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = self.command("sh");
        command.args(["-e", "-c", script]);
        command
    }

    fn runs(&self, manager: Manager, arguments: &[&str]) -> bool {
        let mut command = self.command("env");
        command.arg("DEBIAN_FRONTEND=noninteractive").arg(manager.program()).args(arguments);
        command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

/// The `WebView2` runtime leaves its version in the registry, for all users or for this one.
fn has_web_view() -> bool {
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    [r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software"].iter().any(|hive| {
        output_of("reg", &["query", &format!(r"{hive}\{CLIENT}"), "/v", "pv"]).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_need_by_need() {
        let failure = still_missing(&[&BUILD[2], &TEST[0]], "as root: install").to_string();

        assert_eq!(
            failure,
            "this is missing on this system:\n  \
             - WebKitGTK 4.1 with its headers: `webkit2gtk-4.1` for pkg-config\n  \
             - virtual display: the program `Xvfb`\n  \
             what helps: as root: install"
        );
    }
}
