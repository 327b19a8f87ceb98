//! The manual pages and the completions in `src-tauri/packaging/`, made from the arguments.
//!
//! Made by a test, so that the program carries nothing for it: one that is out of date is written
//! anew, and the test fails once.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::CommandFactory as _;
use clap_complete::{Shell, generate_to};

use super::Arguments;

const PROGRAM: &str = "thinq-tray";
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

#[test]
fn the_manual_and_the_completions_are_those_of_the_arguments() {
    let packaging_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    let made = tempfile::tempdir().unwrap();
    let completions_dir = made.path().join("completions");
    let man_dir = made.path().join("man");
    fs::create_dir(&completions_dir).unwrap();
    fs::create_dir(&man_dir).unwrap();

    for shell in SHELLS {
        generate_to(shell, &mut Arguments::command(), PROGRAM, &completions_dir).unwrap();
    }
    clap_mangen::generate_to(Arguments::command(), &man_dir).unwrap();
    let mut stale = Vec::new();
    for folder in ["completions", "man"] {
        renew(&made.path().join(folder), &packaging_dir.join(folder), &mut stale).unwrap();
    }

    assert!(stale.is_empty(), "written anew, to be looked at and committed: {stale:#?}");
}

/// Copies what differs and names it.
fn renew(made_dir: &Path, kept_dir: &Path, stale: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(made_dir)? {
        let entry = entry?;
        let kept_path = kept_dir.join(entry.file_name());
        let made = fs::read_to_string(entry.path())?.replace("\r\n", "\n");
        if fs::read_to_string(&kept_path).ok().as_ref() != Some(&made) {
            fs::write(&kept_path, made)?;
            stale.push(kept_path);
        }
    }
    Ok(())
}
