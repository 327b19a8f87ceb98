//! The start with the computer, hidden. The desktop keeps whether it is on; where it cannot be asked
//! (`portal`), what it answered last counts.

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

use contract::ProblemCode;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::paths::Profile;
#[cfg(target_os = "linux")]
use crate::{paths::Paths, sandbox};
use platform::Entry;
#[cfg(target_os = "linux")]
use portal::{Portal, PortalError};

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
pub(crate) enum AutostartState {
    Off,
    On,
    /// It is on, and what would be started is not there any more.
    Moved,
    /// It is on, for another copy of this program.
    Elsewhere,
}

/// Why it could not be switched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AutostartError {
    #[error("the entry could not be written or removed")]
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
    /// `None` where the system does not tell where such things are kept.
    pub(crate) fn of(profile: Profile) -> Option<Self> {
        Self::seen_from(Path::new("/"), profile)
    }

    /// `root` tells whether this is a sandbox.
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

    /// `reason` is for the user, should the desktop ask.
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

    /// Lets the entry start this program again, if it is on.
    pub(crate) fn repair(&self) -> io::Result<()> {
        match self.state() {
            AutostartState::Off | AutostartState::On => Ok(()),
            AutostartState::Moved | AutostartState::Elsewhere => self.write_entry(),
        }
    }

    /// At each start: a program that has moved takes its entry along.
    pub(crate) fn follow(&self) {
        let is_to_write = match self.state() {
            AutostartState::Moved => true,
            // Where it cannot be asked what is started, it is said again.
            AutostartState::On => cfg!(not(target_os = "linux")),
            AutostartState::Off | AutostartState::Elsewhere => false,
        };
        if is_to_write {
            match self.write_entry() {
                Ok(()) => info!("the program starts with the computer from where it is now"),
                Err(error) => warn!(%error, "the start with the computer could not be repaired"),
            }
        }
    }

    fn write_entry(&self) -> io::Result<()> {
        match &self.mechanism {
            Mechanism::Entry(entry) => entry.write(),
            // It starts the package, wherever that is, and is asked by nobody but the user.
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
