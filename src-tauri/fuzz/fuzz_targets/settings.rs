//! The settings file as somebody may have edited it. It is read and never written.

#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static DIR: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("there is room for a file"));

fuzz_target!(|data: &[u8]| {
    let path: PathBuf = DIR.path().join("settings.toml");
    fs::write(&path, data).expect("the file can be written");
    thinq_tray::read_settings(path.clone());
    assert_eq!(fs::read(&path).expect("the file stays"), data, "the file was touched");
});
