//! Hidden start at login. The desktop stores whether it is on; where it cannot be queried (`portal`),
//! its last answer is used.

#[cfg(target_os = "linux")]
#[path = "autostart/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "autostart/other.rs"]
mod platform;
#[cfg(target_os = "linux")]
mod portal;

#[cfg(target_os = "linux")]
use std::fs;
use std::{
    env, io,
    path::{Path, PathBuf},
};

use model::ProblemCode;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::paths::Profile;
#[cfg(target_os = "linux")]
use crate::{paths::Paths, sandbox};
use platform::Entry;
#[cfg(target_os = "linux")]
use portal::{Portal, PortalError};

/// State of the desktop's autostart entry.
#[cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        clippy::allow_attributes,
        reason = "elsewhere nothing tells what would be started"
    )
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AutostartState {
    Off,
    On,
    /// On, but the program it starts no longer exists.
    Moved,
    /// On, for another copy of this program.
    Elsewhere,
}

/// Failure to switch autostart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AutostartError {
    #[error("failed to write or remove the autostart entry")]
    Entry(#[from] io::Error),

    #[cfg(target_os = "linux")]
    #[error(transparent)]
    Portal(#[from] PortalError),
}

impl AutostartError {
    pub(crate) fn code(&self) -> ProblemCode {
        match self {
            Self::Entry(_) => ProblemCode::Autostart,
            #[cfg(target_os = "linux")]
            Self::Portal(error) => error.code(),
        }
    }
}

pub(crate) struct Autostart {
    mechanism: Mechanism,
}

enum Mechanism {
    Entry(Entry),
    #[cfg(target_os = "linux")]
    Portal(Portal),
}

impl Autostart {
    /// Returns `None` when the system has no known folder for autostart entries.
    pub(crate) fn of(profile: Profile) -> Option<Self> {
        Self::seen_from(Path::new("/"), profile)
    }

    /// `root` is the root folder, in which a sandbox is detected.
    #[cfg(target_os = "linux")]
    fn seen_from(root: &Path, profile: Profile) -> Option<Self> {
        let mechanism = if sandbox::is_seen_from(root) {
            Mechanism::Portal(Portal::new(profile, Paths::of(profile)?.autostart()))
        } else {
            Mechanism::Entry(Entry::of(profile, program()?)?)
        };
        Some(Self { mechanism })
    }

    #[cfg(not(target_os = "linux"))]
    fn seen_from(_root: &Path, profile: Profile) -> Option<Self> {
        Some(Self { mechanism: Mechanism::Entry(Entry::of(profile, program()?)?) })
    }

    pub(crate) fn state(&self) -> AutostartState {
        match &self.mechanism {
            Mechanism::Entry(entry) => entry.state(),
            #[cfg(target_os = "linux")]
            Mechanism::Portal(portal) => portal.state(),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.state() != AutostartState::Off
    }

    /// `reason` is shown when the desktop asks the user.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "only a portal is told why")
    )]
    pub(crate) async fn switch(self, is_on: bool, reason: &str) -> Result<(), AutostartError> {
        match self.mechanism {
            Mechanism::Entry(entry) => {
                let done =
                    spawn_blocking(move || if is_on { entry.write() } else { entry.remove() });
                Ok(done.await.unwrap_or_else(|error| Err(error.into()))?)
            }
            #[cfg(target_os = "linux")]
            Mechanism::Portal(portal) => Ok(portal.switch(is_on, reason).await?),
        }
    }

    /// Corrects the path in the entry, if autostart is on.
    pub(crate) fn repair(&self) -> io::Result<()> {
        match self.state() {
            AutostartState::Off | AutostartState::On => Ok(()),
            AutostartState::Moved | AutostartState::Elsewhere => self.write_entry(),
        }
    }

    /// Updates the entry at start after the program was moved.
    pub(crate) fn follow(&self) {
        let is_to_write = match self.state() {
            AutostartState::Moved => true,
            // These systems cannot be queried for the path, so it is written each time.
            AutostartState::On => cfg!(not(target_os = "linux")),
            AutostartState::Off | AutostartState::Elsewhere => false,
        };
        if is_to_write {
            match self.write_entry() {
                Ok(()) => info!("updated the autostart entry"),
                Err(error) => warn!(%error, "failed to repair autostart"),
            }
        }
    }

    fn write_entry(&self) -> io::Result<()> {
        match &self.mechanism {
            Mechanism::Entry(entry) => entry.write(),
            // The portal starts the package by name and is only called on behalf of the user.
            #[cfg(target_os = "linux")]
            Mechanism::Portal(_) => Ok(()),
        }
    }
}

#[cfg(target_os = "linux")]
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Path to start: this file, or the bundle that contains it.
pub(crate) fn program() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    Some(program_of(env::current_exe().ok()?, set("APPIMAGE"), set("APPDIR")))
}

/// A terminal or launcher that is an `AppImage` itself passes its variables to its children.
fn program_of(path: PathBuf, image: Option<PathBuf>, image_dir: Option<PathBuf>) -> PathBuf {
    if let (Some(image), Some(image_dir)) = (image, image_dir)
        && path.starts_with(image_dir)
    {
        return image;
    }
    // After an upgrade in place Linux reports the running file as deleted.
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

    #[cfg(target_os = "linux")]
    #[test]
    fn only_inside_a_sandbox_the_portal_keeps_it() {
        let root = tempfile::tempdir().unwrap();
        let is_portals = || {
            let autostart = Autostart::seen_from(root.path(), Profile::Real).unwrap();
            matches!(autostart.mechanism, Mechanism::Portal(_))
        };
        assert!(!is_portals());

        fs::write(root.path().join(".flatpak-info"), "").unwrap();

        assert!(is_portals());
    }

    #[test]
    fn a_program_that_was_replaced_while_it_runs_is_still_called_by_its_name() {
        let replaced = PathBuf::from("/usr/bin/thinq-tray (deleted)");

        assert_eq!(program_of(replaced, None, None), PathBuf::from("/usr/bin/thinq-tray"));
    }
}
