//! An `AppImage`, where `appimagetool` is present: a program that runs from anywhere without being
//! installed. `WebKitGTK` stays the system's, as it finds its own processes by absolute paths.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{DESKTOP_ENTRY, METAINFO, PACKAGING_DIR, READ};
use crate::failure::Failure;
use crate::steps::Steps;
use crate::system::has_program;
use crate::workspace::Workspace;

const TOOL: &str = "appimagetool";
/// From the root folder to the folder of the image. What follows `target/` is Cargo's.
const CONTENTS: &[(&str, &str)] = &[
    ("target/release/thinq-tray", "usr/bin/thinq-tray"),
    ("target/release/thinq-tray-window", "usr/bin/thinq-tray-window"),
    ("icons/hicolor/256x256/apps/thinq-tray.png", "thinq-tray.png"),
    ("icons/app.svg", "usr/share/icons/hicolor/scalable/apps/thinq-tray.svg"),
    ("LICENSE", "usr/share/licenses/thinq-tray/LICENSE"),
];

pub(super) fn make(
    workspace: &Workspace,
    packages_dir: &Path,
    steps: &mut Steps,
) -> Result<(), Failure> {
    if !has_program(TOOL) {
        println!("==> AppImage: not made, there is no program `{TOOL}` here");
        return Ok(());
    }
    let dir = workspace.target_dir().join("AppDir");
    fill(workspace, &dir)
        .map_err(|error| Failure::new(format!("cannot fill {}: {error}", dir.display()), ""))?;
    let mut tool = Command::new(TOOL);
    tool.arg(&dir).arg(packages_dir.join("thinq-tray-x86_64.AppImage"));
    tool.env("ARCH", "x86_64");
    steps.run("AppImage", tool, READ)
}

fn fill(workspace: &Workspace, dir: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let root_dir = workspace.root_dir();
    let entry = format!("{PACKAGING_DIR}/{DESKTOP_ENTRY}");
    let metainfo = format!("{PACKAGING_DIR}/{METAINFO}");
    let metainfo_in_it = format!("usr/share/metainfo/{METAINFO}");
    let more = [(entry.as_str(), DESKTOP_ENTRY), (metainfo.as_str(), metainfo_in_it.as_str())];
    for (from, to) in CONTENTS.iter().copied().chain(more) {
        let from = match from.strip_prefix("target/") {
            Some(built) => workspace.target_dir().join(built),
            None => root_dir.join(from),
        };
        let to = dir.join(to);
        fs::create_dir_all(to.parent().unwrap_or(dir))?;
        fs::copy(from, to)?;
    }
    link(dir)
}

/// What the image starts: the program itself, found by its own path, so that it finds the window
/// beside it.
#[cfg(unix)]
fn link(dir: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink("usr/bin/thinq-tray", dir.join("AppRun"))
}

#[cfg(not(unix))]
fn link(_dir: &Path) -> std::io::Result<()> {
    Ok(())
}
