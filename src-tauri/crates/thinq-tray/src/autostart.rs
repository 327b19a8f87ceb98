//! The start with the computer, hidden. The desktop keeps whether it is on; nothing else does.

#[cfg(target_os = "linux")]
#[path = "autostart/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "autostart/other.rs"]
mod platform;

use std::{env, io, path::PathBuf};

use tracing::{info, warn};

use crate::paths::Profile;
use platform::Entry;

/// What the desktop will do.
#[cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        clippy::allow_attributes,
        reason = "elsewhere nothing tells what would be started"
    )
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Off,
    On,
    /// It is on, and what would be started is not there any more.
    Moved,
    /// It is on, for another copy of this program.
    Elsewhere,
}

pub(crate) struct Autostart {
    entry: Entry,
}

impl Autostart {
    /// `None` where the system does not tell where such things are kept.
    pub(crate) fn of(profile: Profile) -> Option<Self> {
        Some(Self { entry: Entry::of(profile, program()?)? })
    }

    pub(crate) fn found(&self) -> Found {
        self.entry.found()
    }

    pub(crate) fn is_on(&self) -> bool {
        self.found() != Found::Off
    }

    /// Blocks on the disk.
    pub(crate) fn switch(&self, is_on: bool) -> io::Result<()> {
        if is_on { self.entry.write() } else { self.entry.remove() }
    }

    /// Lets the entry start this program again, if it is on.
    pub(crate) fn repair(&self) -> io::Result<()> {
        match self.found() {
            Found::Off | Found::On => Ok(()),
            Found::Moved | Found::Elsewhere => self.entry.write(),
        }
    }

    /// At each start: a program that has moved takes its entry along.
    pub(crate) fn follow(&self) {
        let is_to_write = match self.found() {
            Found::Moved => true,
            // Where it cannot be asked what is started, it is said again.
            Found::On => cfg!(not(target_os = "linux")),
            Found::Off | Found::Elsewhere => false,
        };
        if is_to_write {
            match self.entry.write() {
                Ok(()) => info!("the program starts with the computer from where it is now"),
                Err(error) => warn!(%error, "the start with the computer could not be repaired"),
            }
        }
    }
}

/// What to start: this file, or the bundle that it lies in.
pub(crate) fn program() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    Some(program_of(env::current_exe().ok()?, set("APPIMAGE"), set("APPDIR")))
}

/// A terminal or launcher that is an `AppImage` itself hands its variables on to all that it starts.
fn program_of(path: PathBuf, image: Option<PathBuf>, image_dir: Option<PathBuf>) -> PathBuf {
    if let (Some(image), Some(image_dir)) = (image, image_dir)
        && path.starts_with(image_dir)
    {
        return image;
    }
    // After an upgrade in place Linux calls the running file deleted.
    match path.to_str().and_then(|name| name.strip_suffix(" (deleted)")) {
        Some(name) => PathBuf::from(name),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_started_as_a_whole_and_no_image_of_somebody_else() {
        let image = || Some(PathBuf::from("/home/me/ThinQ Tray.AppImage"));
        let mounted = || Some(PathBuf::from("/tmp/.mount_ThinQ"));
        let inside = PathBuf::from("/tmp/.mount_ThinQ/usr/bin/thinq-tray");
        let outside = PathBuf::from("/usr/bin/thinq-tray");

        assert_eq!(Some(program_of(inside, image(), mounted())), image());
        assert_eq!(program_of(outside.clone(), image(), mounted()), outside);
        assert_eq!(program_of(outside.clone(), None, None), outside);
    }

    #[test]
    fn a_program_that_was_replaced_while_it_runs_is_still_called_by_its_name() {
        let replaced = PathBuf::from("/usr/bin/thinq-tray (deleted)");

        assert_eq!(program_of(replaced, None, None), PathBuf::from("/usr/bin/thinq-tray"));
    }
}
