//! `cargo xtask publish DIR URL`: the entries for winget, Homebrew and Flathub, filled in with the
//! addresses and checksums of the packages in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::package::PACKAGING_DIR;
use crate::system;
use crate::workspace::Workspace;

/// The entries, as templates.
const TEMPLATES: &[&str] = &[
    "flatpak/org.thinqtray.ThinQTray.yml",
    "homebrew/thinq-tray.rb",
    "winget/ThinQTray.ThinQTray.installer.yaml",
    "winget/ThinQTray.ThinQTray.locale.en-US.yaml",
    "winget/ThinQTray.ThinQTray.yaml",
];

pub(crate) fn run(workspace: &Workspace, dir: &Path, url: &str) -> Result<(), Failure> {
    system::ensure(&[system::REPOSITORY])?;
    let root_dir = workspace.root_dir();
    let dir = root_dir.join(dir);
    let source_path = dir.join(format!("thinq-tray-{}.tar.gz", version()));
    archive(root_dir, &source_path)?;
    let values = values(&dir, url)?;
    for template in TEMPLATES {
        let text = read(&root_dir.join(PACKAGING_DIR).join(template))?;
        let filled = fill(&text, &values)?;
        let name = template.rsplit('/').next().unwrap_or(template);
        let path = dir.join(name);
        fs::write(&path, filled).map_err(|error| {
            Failure::new(format!("cannot write {}: {error}", path.display()), "")
        })?;
        println!("{}", path.display());
    }
    Ok(())
}

/// The packages by the ends of their names, and what the templates call them.
fn values(dir: &Path, url: &str) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut values = vec![("VERSION", version().to_owned())];
    // `https://host/owner/name/releases/download/v1.0.0` is below the project's own page.
    let homepage = url.split_once("/releases/").map_or(url, |(page, _)| page);
    values.push(("HOMEPAGE", homepage.to_owned()));
    for (url_name, sum_name, end) in [
        ("WINDOWS_URL", "WINDOWS_SHA256", "-setup.exe"),
        ("MACOS_URL", "MACOS_SHA256", ".dmg"),
        ("SOURCE_URL", "SOURCE_SHA256", ".tar.gz"),
    ] {
        let path = file_ending(dir, end)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        values.push((url_name, format!("{url}/{}", name.replace(' ', "%20"))));
        values.push((sum_name, sha256(&path)?));
    }
    Ok(values)
}

fn fill(template: &str, values: &[(&str, String)]) -> Result<String, Failure> {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("@{name}@"), value);
    }
    match text.split('@').nth(1).filter(|name| is_name(name)) {
        Some(name) => Err(Failure::new(format!("nothing is known to put for @{name}@"), "")),
        None => Ok(text),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn file_ending(dir: &Path, end: &str) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(dir)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", dir.display()), ""))?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.to_string_lossy().ends_with(end))
        .ok_or_else(|| Failure::new(format!("no file in {} ends in {end}", dir.display()), ""))
}

/// What the version in the repository holds, and nothing that lies about.
fn archive(root_dir: &Path, path: &Path) -> Result<(), Failure> {
    let prefix = format!("--prefix=thinq-tray-{}/", version());
    let made = Command::new("git")
        .args(["-c", "safe.directory=*", "archive", "--format=tar.gz", &prefix, "--output"])
        .arg(path)
        .arg("HEAD")
        .current_dir(root_dir)
        .status();
    match made {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("git archive ended with {status}"), "")),
        Err(error) => Err(Failure::new(format!("cannot run git: {error}"), "")),
    }
}

fn sha256(path: &Path) -> Result<String, Failure> {
    let failed =
        |why: String| Failure::new(format!("no checksum of {}: {why}", path.display()), "");
    let output = Command::new("sha256sum").arg(path).output().map_err(|e| failed(e.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // A name with a backslash in it has one before the sum as well.
    let sum = text.trim_start_matches('\\').split(' ').next().unwrap_or_default();
    if sum.len() == 64 { Ok(sum.to_owned()) } else { Err(failed(text)) }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display()), ""))
}

const fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_of_every_template_is_filled() {
        let names = ["VERSION", "HOMEPAGE", "SOURCE_URL", "SOURCE_SHA256", "WINDOWS_URL"];
        let names = names.iter().chain(&["WINDOWS_SHA256", "MACOS_URL", "MACOS_SHA256"]);
        let values: Vec<_> = names.map(|name| (*name, String::from("value"))).collect();
        let packaging_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");

        for template in TEMPLATES {
            let text = fs::read_to_string(packaging_dir.join(template)).unwrap();
            let filled = fill(&text, &values).unwrap_or_else(|failure| panic!("{failure}"));
            assert!(filled != text, "{template} has no gaps");
        }
    }

    #[test]
    fn a_gap_that_nobody_can_fill_is_a_failure() {
        assert!(fill("version \"@VERSION@\"", &[]).is_err());
        assert_eq!(fill("mail me@example.com", &[]).unwrap(), "mail me@example.com");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn packages_are_found_by_their_ends_and_summed() {
        let dir = std::env::temp_dir().join(format!("xtask-publish-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        for name in ["ThinQ Tray_0.1.0_x64-setup.exe", "ThinQ Tray_0.1.0.dmg", "source.tar.gz"] {
            fs::write(dir.join(name), "abc").unwrap();
        }

        let values = values(&dir, "https://example.com/o/n/releases/download/v0.1.0").unwrap();

        fs::remove_dir_all(&dir).unwrap();
        let of = |name: &str| &values.iter().find(|(found, _)| *found == name).unwrap().1;
        assert_eq!(of("HOMEPAGE"), "https://example.com/o/n");
        assert!(of("WINDOWS_URL").ends_with("v0.1.0/ThinQ%20Tray_0.1.0_x64-setup.exe"));
        assert!(of("MACOS_SHA256").starts_with("ba7816bf8f01cfea414140de5dae2223"));
    }
}
