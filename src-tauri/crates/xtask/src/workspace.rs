//! Where things are in this repository.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The folders the tasks work in.
pub(crate) struct Workspace {
    root_dir: PathBuf,
    programs_dir: PathBuf,
}

impl Workspace {
    /// The workspace this very program was built from.
    pub(crate) fn current() -> Result<Self, Failure> {
        // Cargo says it at run time too, which holds even when the folder was moved since the build.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root_dir = manifest_dir.ancestors().nth(3);
        // Cargo puts the other programs beside this one, wherever its target folder is.
        let program_path = env::current_exe()
            .map_err(|error| Failure::new(format!("cannot find this program: {error}"), ""))?;
        match (root_dir, program_path.parent()) {
            (Some(root_dir), Some(programs_dir)) => Ok(Self {
                root_dir: root_dir.to_path_buf(),
                programs_dir: programs_dir.to_path_buf(),
            }),
            (None, _) | (_, None) => {
                Err(Failure::new("this is not the repository", "start it as `cargo xtask`"))
            }
        }
    }

    pub(crate) fn root_dir(&self) -> &Path {
        &self.root_dir
    }

    /// Where `cargo build` puts the programs.
    pub(crate) fn programs_dir(&self) -> &Path {
        &self.programs_dir
    }

    pub(crate) fn program_path(&self, name: &str) -> PathBuf {
        self.programs_dir.join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Cargo's target folder.
    pub(crate) fn target_dir(&self) -> &Path {
        self.programs_dir.parent().unwrap_or(&self.programs_dir)
    }

    /// Where developer tools are installed that the system does not have.
    pub(crate) fn tools_dir(&self) -> PathBuf {
        self.target_dir().join("tools")
    }

    pub(crate) fn ui_dir(&self) -> PathBuf {
        self.root_dir.join("ui")
    }

    /// Cargo, the same one that runs this program, in the root folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.command(program, arguments)
    }

    /// npm, in the user interface's folder.
    pub(crate) fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" }, arguments);
        command.current_dir(self.ui_dir());
        command
    }

    fn command(&self, program: impl Into<OsString>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.into());
        command.args(arguments).current_dir(&self.root_dir);
        // Cargo says these of xtask itself; some build scripts would see a change in them, and run again.
        for (name, _) in env::vars_os().filter(|(name, _)| is_about_xtask(&name.to_string_lossy()))
        {
            command.env_remove(name);
        }
        command
    }
}

/// The compiler's name for this kind of machine.
pub(crate) fn host() -> Result<String, Failure> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| Failure::new(format!("cannot run rustc: {error}"), ""))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(ToOwned::to_owned).ok_or_else(|| Failure::new("rustc does not name its host", ""))
}

fn is_about_xtask(name: &str) -> bool {
    ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_"]
        .iter()
        .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_are_beside_xtask_and_the_tools_beside_their_folder() {
        let workspace = Workspace {
            root_dir: PathBuf::from("/clone"),
            programs_dir: PathBuf::from("/clone/target/debug"),
        };

        let program_path = workspace.program_path("thinq-tray");

        assert_eq!(program_path.parent(), Some(workspace.programs_dir()));
        assert_eq!(workspace.tools_dir(), PathBuf::from("/clone/target/tools"));
        assert_eq!(workspace.ui_dir(), PathBuf::from("/clone/ui"));
    }

    #[test]
    fn commands_inherit_nothing_that_is_about_xtask() {
        assert!(is_about_xtask("CARGO_MANIFEST_DIR"));
        assert!(is_about_xtask("CARGO_PKG_NAME"));
        assert!(!is_about_xtask("CARGO_TARGET_DIR"));
        assert!(!is_about_xtask("CARGO_HOME"));
        assert!(!is_about_xtask("TS_RS_EXPORT_DIR"));
    }
}
