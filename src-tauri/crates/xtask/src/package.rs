//! `cargo xtask package`: both programs as one package for Debian, one for Fedora and an `AppImage`, or
//! as the installer of Windows or the disk image of macOS, from one release build. What is in them
//! stands in the manifest of `thinq-tray` and in the `tauri.conf.json` beside it.

mod app_image;
mod bundle;
mod contents;
mod installed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::steps::Steps;
use crate::system::has_program;
use crate::tool::cargo_tool;
use crate::workspace::Workspace;
use crate::{system, ui};

const READ: &str = "read the first message above";
const MANIFEST_DIR: &str = "src-tauri/crates/thinq-tray";
pub(crate) const PACKAGING_DIR: &str = "src-tauri/packaging";
pub(crate) const DESKTOP_ENTRY: &str = "thinq-tray.desktop";
pub(crate) const METAINFO: &str = "org.thinqtray.ThinQTray.metainfo.xml";

/// Installs, runs and removes packages that were made before, in `target/packages` or another folder.
pub(crate) fn check(workspace: &Workspace, dir: Option<PathBuf>) -> Result<(), Failure> {
    let dir = dir.unwrap_or_else(|| packages_dir(workspace));
    installed::check(workspace, &dir)
}

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps = Steps::new();
    if cfg!(target_os = "linux") {
        ensure_rules();
        check_entries(workspace, &mut steps)?;
    }
    build(workspace, &mut steps)?;
    let packages_dir = empty_dir(workspace)?;
    if cfg!(target_os = "linux") {
        make(workspace, &packages_dir, &mut steps)?;
        app_image::make(workspace, &packages_dir, &mut steps)?;
    } else {
        bundle::make(workspace, &packages_dir, &mut steps)?;
    }
    let packages = files(&packages_dir)?;
    for deb in packages.iter().filter(|path| path.extension().is_some_and(|end| end == "deb")) {
        let mut check = Command::new("lintian");
        check.args(["--fail-on", "error,warning", "--tag-display-limit", "0"]).arg(deb);
        run_if_present(&mut steps, "rules of Debian", check)?;
    }
    steps.report();
    for path in packages {
        println!("{:8.1} MB  {}", megabytes(&path), path.display());
    }
    Ok(())
}

/// Where they cannot be installed, the packages are made without a look at them.
fn ensure_rules() {
    if let Err(failure) = system::ensure(&[system::PACKAGE]) {
        println!("{failure}");
    }
}

fn check_entries(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    let packaging_dir = workspace.root_dir().join(PACKAGING_DIR);
    let mut check = Command::new("desktop-file-validate");
    check.arg(packaging_dir.join(DESKTOP_ENTRY));
    run_if_present(steps, "desktop entry", check)?;
    let mut check = Command::new("appstreamcli");
    check.args(["validate", "--no-net"]).arg(packaging_dir.join(METAINFO));
    run_if_present(steps, "entry for software centres", check)
}

fn build(workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
    system::ensure(&[system::BUILD])?;
    ui::ensure_packages(workspace, steps)?;
    ui::build(workspace, steps)?;
    let programs = ["-p", "thinq-tray", "-p", "thinq-tray-window"];
    let mut build = workspace.cargo(&["build", "--locked", "--release"]);
    build.args(programs);
    steps.run("release build of both programs", build, "read the compiler's first error above")
}

fn make(workspace: &Workspace, packages_dir: &Path, steps: &mut Steps) -> Result<(), Failure> {
    let mut deb = cargo_tool(workspace, "deb", "installation of cargo-deb", steps)?;
    // The release profile strips already.
    deb.args(["--package", "thinq-tray", "--no-build", "--no-strip", "--output"]).arg(packages_dir);
    steps.run("package for Debian", deb, READ)?;
    let mut rpm =
        cargo_tool(workspace, "generate-rpm", "installation of cargo-generate-rpm", steps)?;
    // The manifest names the libraries.
    rpm.args(["--package", MANIFEST_DIR, "--auto-req", "disabled", "--target-dir"])
        .arg(workspace.target_dir())
        .arg("--output")
        .arg(packages_dir);
    steps.run("package for Fedora", rpm, READ)
}

/// A check by a program that not everybody has.
fn run_if_present(steps: &mut Steps, name: &'static str, check: Command) -> Result<(), Failure> {
    let program = check.get_program().to_string_lossy().into_owned();
    if has_program(&program) {
        steps.run(name, check, READ)
    } else {
        println!("==> {name}: not checked, there is no program `{program}` here");
        Ok(())
    }
}

fn packages_dir(workspace: &Workspace) -> PathBuf {
    workspace.target_dir().join("packages")
}

/// The folder for the packages, without those of earlier versions.
fn empty_dir(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let dir = packages_dir(workspace);
    let emptied = match fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => fs::create_dir_all(&dir),
    };
    match emptied {
        Ok(()) => Ok(dir),
        Err(error) => Err(Failure::new(format!("cannot empty {}: {error}", dir.display()), "")),
    }
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed: Result<Vec<_>, _> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut paths = listed
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", dir.display()), ""))?;
    paths.sort();
    Ok(paths)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn megabytes(path: &Path) -> f64 {
    fs::metadata(path).map_or(0.0, |metadata| metadata.len() as f64 / 1e6)
}
