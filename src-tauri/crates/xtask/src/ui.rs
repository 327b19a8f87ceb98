//! The user interface: Node, its packages and the built page, each renewed only when it is stale.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;
use std::{fs, io};

use crate::failure::Failure;
use crate::steps::Steps;
use crate::tool::succeeds;
use crate::workspace::Workspace;

/// The oldest Node that the page's tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Folders in `ui/` that are no source of the page; the contract is only types, which leave no trace in it.
const NO_SOURCES: [&str; 4] = ["node_modules", "dist", "coverage", "contract"];

/// Sees to Node and to the packages of `package-lock.json`.
pub(crate) fn ensure_packages(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    check_node(workspace)?;
    let ui_dir = workspace.ui_dir();
    // npm writes its own copy of the lock file last, when everything is unpacked.
    let installed = modified(&ui_dir.join("node_modules/.package-lock.json"));
    let asked = modified(&ui_dir.join("package-lock.json"));
    if asked.is_none() {
        return Err(Failure::new("there is no ui/package-lock.json", "run `npm install` in ui/"));
    }
    if is_stale(installed, asked) {
        let install = workspace.npm(&["ci", "--no-audit", "--no-fund"]);
        steps.run("npm packages", install, "check the connection, then run it again")?;
    }
    Ok(())
}

/// Builds the page into `ui/dist`, when its sources are newer.
pub(crate) fn build(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    let built = modified(&workspace.ui_dir().join("dist/index.html"));
    let mut sources = Vec::new();
    // The catalogue of words is a source of the page too.
    for dir in [workspace.ui_dir(), workspace.root_dir().join("src-tauri/crates/words")] {
        collect_modified(&dir, &mut sources)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", dir.display()), ""))?;
    }
    if is_stale(built, sources) {
        steps.run("build of the page", script(workspace, "build"), "read Vite's error above")?;
    }
    Ok(())
}

/// A picture of every view in every state, for people to look at.
pub(crate) fn take_screenshots(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    steps.run("pictures of the page", script(workspace, "screenshots"), "read the error above")?;
    println!("look at target/screenshots/index.html");
    Ok(())
}

/// A script of `ui/package.json`.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Command {
    workspace.npm(&["run", "--silent", name])
}

fn check_node(workspace: &Workspace) -> Result<(), Failure> {
    let output = Command::new("node").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let (major, minor) = OLDEST_NODE;
    let problem = match text {
        Ok(text) if node_version(&text).is_none_or(|version| version < OLDEST_NODE) => {
            format!("Node is too old here: `{text}`")
        }
        Err(_) => "Node is missing: there is no program `node`".to_owned(),
        // Some systems have it in a package of its own.
        Ok(_) if !succeeds(workspace.npm(&["--version"])) => {
            "npm is missing: there is no program `npm`".to_owned()
        }
        Ok(_) => return Ok(()),
    };
    let helps = format!("install Node {major}.{minor} or newer, with npm (https://nodejs.org)");
    Err(Failure::new(problem, helps))
}

/// Reads `v20.20.2`.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether something made must be made again: it is not there, or one of its sources is newer.
fn is_stale(made: Option<SystemTime>, sources: impl IntoIterator<Item = SystemTime>) -> bool {
    made.is_none_or(|made| sources.into_iter().any(|source| source > made))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// The times of all sources below the folder, and of the folders in it: a file that went away
/// shows there.
fn collect_modified(dir: &Path, times: &mut Vec<SystemTime>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if NO_SOURCES.contains(&name.as_ref()) || name.ends_with(".test.ts") {
            continue;
        }
        let metadata = entry.metadata()?;
        times.push(metadata.modified()?);
        if metadata.is_dir() {
            collect_modified(&entry.path(), times)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_never_made_is_stale() {
        assert!(is_stale(None, []));
        assert!(is_stale(None, [at(1)]));
    }

    #[test]
    fn one_newer_source_is_enough_to_make_it_again() {
        assert!(is_stale(Some(at(5)), [at(1), at(6), at(2)]));
        assert!(!is_stale(Some(at(5)), [at(1), at(5)]));
        assert!(!is_stale(Some(at(5)), []));
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(node_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(node_version("v22.12.0-nightly"), Some((22, 12)));
        assert_eq!(node_version("20.1"), None);
        assert_eq!(node_version(""), None);
    }
}
