//! Versions that their authors have withdrawn, as the registry's index says it: often the first sign
//! of a vulnerability, and known wherever Cargo itself can download.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::succeeds;
use crate::workspace::Workspace;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What the index says of the locked versions.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) looked_up: usize,
    /// As `name version`.
    pub(super) withdrawn: Vec<String>,
    /// Not in the index, or in a form that is not known here.
    pub(super) unknown: Vec<String>,
}

/// `None` where the index cannot be had.
pub(super) fn look(workspace: &Workspace) -> Option<Found> {
    // Cargo reads the index anew for this, and changes nothing.
    if !succeeds(workspace.cargo(&["update", "--dry-run"])) {
        return None;
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let locked = fs::read_to_string(workspace.root_dir().join("Cargo.lock")).ok()?;
    let indexes: Vec<_> = fs::read_dir(home.join("registry/index"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join(".cache")))
        .collect();
    Some(judge(&locked, |name| indexes.iter().find_map(|dir| fs::read(dir.join(place(name))).ok())))
}

fn judge(locked: &str, read: impl Fn(&str) -> Option<Vec<u8>>) -> Found {
    let mut found = Found { looked_up: 0, withdrawn: Vec::new(), unknown: Vec::new() };
    for (name, version) in packages(locked) {
        match read(name).as_deref().and_then(|cached| is_withdrawn(cached, version)) {
            Some(true) => found.withdrawn.push(format!("{name} {version}")),
            Some(false) => {}
            None => found.unknown.push(format!("{name} {version}")),
        }
        found.looked_up += 1;
    }
    found
}

/// Those of `Cargo.lock` that come from the registry.
fn packages(locked: &str) -> impl Iterator<Item = (&str, &str)> {
    locked.split("[[package]]").filter_map(|package| {
        let value = |key: &str| {
            let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
            lines.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
        };
        (value("source")? == REGISTRY).then_some(())?;
        Some((value("name")?, value("version")?))
    })
}

/// Where the index keeps a crate.
fn place(name: &str) -> PathBuf {
    let name = name.to_lowercase();
    let start = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    let dir = match name.len() {
        1 => PathBuf::from("1"),
        2 => PathBuf::from("2"),
        3 => Path::new("3").join(start(0, 1)),
        _ => Path::new(start(0, 2)).join(start(2, 4)),
    };
    dir.join(&name)
}

/// Cargo's copy is a head, and then each version and its line of JSON, with a zero byte between.
fn is_withdrawn(cached: &[u8], version: &str) -> Option<bool> {
    let mut parts = cached.split(|byte| *byte == 0);
    parts.find(|part| *part == version.as_bytes())?;
    let line = String::from_utf8_lossy(parts.next()?).replace(' ', "");
    if line.contains("\"yanked\":true") {
        Some(true)
    } else {
        line.contains("\"yanked\":false").then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = r#"version = 4

[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "old"
version = "0.2.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "own"
version = "0.1.0"
"#;

    fn cached(name: &str) -> Option<Vec<u8>> {
        let text = match name {
            "serde" => {
                "\u{3}head\x001.0.0\0{\"vers\": \"1.0.0\", \"yanked\": true}\x001.0.1\0{\"vers\": \"1.0.1\", \"yanked\": false}\0"
            }
            "old" => "\u{3}head\x000.2.0\0{\"vers\":\"0.2.0\",\"yanked\":true}\0",
            _ => return None,
        };
        Some(text.as_bytes().to_vec())
    }

    #[test]
    fn a_locked_version_that_was_withdrawn_is_named_and_no_other() {
        let found = judge(LOCKED, cached);

        assert_eq!(found.withdrawn, ["old 0.2.0"]);
        assert_eq!((found.looked_up, found.unknown.len()), (2, 0));
    }

    #[test]
    fn what_the_index_does_not_tell_is_not_taken_for_well() {
        let nothing = judge(LOCKED, |_| None);
        let strange = judge(LOCKED, |_| Some(b"a form of later years".to_vec()));

        assert_eq!(nothing.unknown, ["serde 1.0.1", "old 0.2.0"]);
        assert_eq!(strange.unknown, nothing.unknown);
    }

    #[test]
    fn a_crate_is_where_the_index_keeps_it() {
        let places = ["a", "ab", "Abc", "Serde_json"].map(place);

        assert_eq!(places, ["1/a", "2/ab", "3/a/abc", "se/rd/serde_json"].map(PathBuf::from));
    }
}
