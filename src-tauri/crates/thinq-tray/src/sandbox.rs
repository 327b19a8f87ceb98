//! Detects Flatpak, where the program has its own file system and uses the desktop's portal for
//! everything outside.

use std::path::Path;

pub(crate) fn is_around_this_program() -> bool {
    is_seen_from(Path::new("/"))
}

/// Flatpak creates this file in the root of each sandbox; it cannot be created or removed from inside.
pub(crate) fn is_seen_from(root: &Path) -> bool {
    root.join(".flatpak-info").exists()
}
