//! The installer of Windows (NSIS) and the disk image of macOS, by Tauri's bundler.
//!
//! The resident program is the bundle's main program; the window goes beside it as what Tauri calls
//! an external binary, which wants the kind of machine in its name.

use std::fs;
use std::path::Path;

use super::{MANIFEST_DIR, READ, files};
use crate::failure::Failure;
use crate::steps::Steps;
use crate::tool::cargo_tool;
use crate::workspace::{Workspace, host};

const WINDOW: &str = "thinq-tray-window";

pub(super) fn make(
    workspace: &Workspace,
    packages_dir: &Path,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let (kind, end) = if cfg!(windows) { ("nsis", "exe") } else { ("dmg", "dmg") };
    // Where the bundle's configuration looks for it.
    let release_dir = workspace.root_dir().join("target/release");
    let suffix = std::env::consts::EXE_SUFFIX;
    let named = release_dir.join(format!("{WINDOW}-{}{suffix}", host()?));
    copy(&release_dir.join(format!("{WINDOW}{suffix}")), &named)?;
    let mut tauri = cargo_tool(workspace, "tauri", "installation of tauri-cli", steps)?;
    tauri.args(["bundle", "--bundles", kind]);
    tauri.current_dir(workspace.root_dir().join(MANIFEST_DIR));
    steps.run("bundle of both programs", tauri, READ)?;
    for path in files(&release_dir.join("bundle").join(kind))? {
        if let (Some(name), true) = (path.file_name(), path.extension().is_some_and(|e| e == end)) {
            copy(&path, &packages_dir.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot copy {}: {error}", from.display()), "");
    fs::copy(from, to).map(|_| ()).map_err(failed)
}
