//! Tools that are Cargo subcommands: those of the system, else our own in `target/tools`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// `cargo NAME`, installed where it is missing; `step` names the installation.
pub(crate) fn cargo_tool(
    workspace: &Workspace,
    name: &str,
    step: &'static str,
    steps: &mut Steps,
) -> Result<Command, Failure> {
    let tools_dir = workspace.tools_dir();
    let tool = || {
        let mut command = workspace.cargo(&[name]);
        command.env("PATH", search_path_with(tools_dir.join("bin")));
        command
    };
    let mut probe = tool();
    probe.arg("--version");
    if !succeeds(probe) {
        let package = format!("cargo-{name}");
        let mut install = workspace.cargo(&["install", "--locked", &package, "--root"]);
        install.arg(&tools_dir);
        let helps = format!("check the connection, or install {package} by hand");
        steps.run(step, install, &helps)?;
    }
    Ok(tool())
}

pub(crate) fn succeeds(mut command: Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

fn search_path_with(dir: PathBuf) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(env::split_paths(&path).chain([dir])).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_of_our_own_is_found_after_those_of_the_system() {
        let search_path = search_path_with(PathBuf::from("/our/tools"));

        assert_eq!(env::split_paths(&search_path).last(), Some(PathBuf::from("/our/tools")));
    }
}
