//! Ways to see whether something is on this machine.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::system::probe::Probe::{Daemon, Font, Library, Program, PythonModules};

/// How to see whether it is there.
#[derive(Debug)]
pub(super) enum Probe {
    /// One of these programs is in `PATH`.
    Program(&'static [&'static str]),
    /// This server is in `PATH` or where only the superuser's `PATH` leads.
    Daemon(&'static str),
    /// pkg-config knows the library.
    Library(&'static str),
    /// A font covers the language.
    Font(&'static str),
    /// `python3` can import these modules, separated by commas.
    PythonModules(&'static str),
}

impl Probe {
    pub(super) fn is_met(&self) -> bool {
        match self {
            Program(names) => names.iter().any(|name| has_program(name)),
            Daemon(name) => has_program(name) || is_in(["/usr/local/sbin", "/usr/sbin"], name),
            Library(name) => output_of("pkg-config", &["--exists", name]).is_some(),
            Font(language) => output_of("fc-list", &[&format!(":lang={language}"), "family"])
                .is_some_and(|fonts| !fonts.trim().is_empty()),
            PythonModules(names) => {
                output_of("python3", &["-c", &format!("import {names}")]).is_some()
            }
        }
    }

    pub(super) fn description(&self) -> String {
        match self {
            Program(names) => format!("the program `{}`", names.join("` or `")),
            Daemon(name) => format!("the server `{name}`"),
            Library(name) => format!("`{name}` for pkg-config"),
            Font(language) => format!("a font for the language `{language}`"),
            PythonModules(names) => format!("`python3` with the modules `{names}`"),
        }
    }
}

pub(crate) fn has_program(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| is_in(env::split_paths(&path), name))
}

fn is_in(dirs: impl IntoIterator<Item = impl AsRef<Path>>, name: &str) -> bool {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    dirs.into_iter().any(|dir| dir.as_ref().join(&name).is_file())
}

/// What a command that succeeds writes.
pub(super) fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_in_every_folder() {
        let program_path = env::current_exe().unwrap();
        let name = program_path.file_stem().unwrap().to_str().unwrap();
        let dir = program_path.parent().unwrap();

        assert!(is_in([Path::new("/nowhere"), dir], name));
        assert!(!is_in([Path::new("/nowhere")], name));
    }
}
