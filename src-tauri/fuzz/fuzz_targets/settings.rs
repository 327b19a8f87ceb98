//! The settings file with arbitrary edits.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static DIR: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("there is room for a file"));

fuzz_target!(|data: &[u8]| thinq_tray::read_settings(DIR.path(), data));
