//! Whether this program runs inside Flatpak, where it sees a file system of its own and asks the
//! desktop's portal for what lies outside.

use std::path::Path;

pub(crate) fn is_around_this_program() -> bool {
    is_seen_from(Path::new("/"))
}

/// Flatpak puts this file into the root of each sandbox; nobody inside can make or remove it.
pub(crate) fn is_seen_from(root: &Path) -> bool {
    root.join(".flatpak-info").exists()
}
