//! Paths of this program's files, following the platform's conventions, XDG variables included.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The demo has separate files, so that it never touches the real history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Real,
    Demo,
}

#[derive(Clone, Debug)]
pub(crate) struct Paths {
    config_dir: PathBuf,
    data_dir: PathBuf,
    state_dir: PathBuf,
    runtime_dir: PathBuf,
    name: &'static str,
}

impl Profile {
    /// Also the name of the service in the keyring.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Real => "thinq-tray",
            Self::Demo => "thinq-tray-demo",
        }
    }
}

impl Paths {
    /// Returns `None` when the user's home folder is unknown.
    pub(crate) fn of(profile: Profile) -> Option<Self> {
        let name = profile.name();
        let dirs = ProjectDirs::from("", "", name)?;
        let data_dir = dirs.data_local_dir().to_owned();
        let state_dir = dirs.state_dir().map_or_else(|| data_dir.clone(), Path::to_owned);
        let runtime_dir = runtime_dir(&dirs).unwrap_or_else(|| data_dir.join("run"));
        Some(Self {
            config_dir: dirs.config_dir().to_owned(),
            data_dir,
            state_dir,
            runtime_dir,
            name,
        })
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.config_dir.join("settings.toml")
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.data_dir.join("history.db")
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.state_dir.join("log")
    }

    /// Cache of the newest release.
    pub(crate) fn update(&self) -> PathBuf {
        self.state_dir.join("release.json")
    }

    /// Position and size of the window.
    pub(crate) fn window_geometry(&self) -> PathBuf {
        self.state_dir.join("window.json")
    }

    /// Exists while autostart through the portal is on.
    #[cfg(target_os = "linux")]
    pub(crate) fn autostart(&self) -> PathBuf {
        self.state_dir.join("autostart")
    }

    /// Local socket; on Windows the name of a pipe, which is not a file.
    pub(crate) fn socket(&self) -> PathBuf {
        if cfg!(windows) {
            let user = std::env::var("USERNAME").unwrap_or_default();
            PathBuf::from(format!(r"\\.\pipe\{}-{user}", self.name))
        } else {
            self.runtime_dir.join("socket")
        }
    }

    /// Pictures of devices in notifications.
    pub(crate) fn pictures_dir(&self) -> PathBuf {
        self.runtime_dir.join("devices")
    }

    /// Icon for notification servers that require a file.
    pub(crate) fn icon(&self) -> PathBuf {
        self.runtime_dir.join("icon.png")
    }
}

/// Folder of the local socket. All processes of a user must find the same folder, including those that
/// `cron` or `ssh` start without the variable, and never the folder of another user: `sudo` and `su`
/// may keep the variable.
#[cfg(target_os = "linux")]
fn runtime_dir(dirs: &ProjectDirs) -> Option<PathBuf> {
    let named = dirs.runtime_dir();
    let name = named.and_then(Path::file_name).or_else(|| dirs.data_dir().file_name())?.to_owned();
    let user = rustix::process::geteuid().as_raw();
    let of_login = PathBuf::from(format!("/run/user/{user}"));
    // Each start of a sandbox has its own folder, with a shared one in it.
    let shared = std::env::var_os("FLATPAK_ID").map(|id| Path::new("app").join(id));
    let bases: Vec<_> = named.and_then(Path::parent).into_iter().chain([&*of_login]).collect();
    let base = base_of(&bases, user)?;
    let shared = shared.map(|shared| base.join(shared)).filter(|shared| shared.is_dir());
    Some(shared.unwrap_or(base).join(name))
}

#[cfg(not(target_os = "linux"))]
fn runtime_dir(dirs: &ProjectDirs) -> Option<PathBuf> {
    dirs.runtime_dir().map(Path::to_owned)
}

/// First folder that belongs to the user, or would once it is created.
#[cfg(target_os = "linux")]
fn base_of(dirs: &[&Path], user: u32) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;

    let is_own = |dir: &Path| std::fs::metadata(dir).ok().map(|found| found.uid() == user);
    let is_usable = |dir: &&&Path| {
        is_own(dir).unwrap_or_else(|| dir.parent().and_then(is_own).unwrap_or(false))
    };
    dirs.iter().find(is_usable).map(|dir| (*dir).to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_passed_over_for_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let own = rustix::process::geteuid().as_raw();
        let (there, to_be) = (dir.path(), dir.path().join("run"));
        let nowhere = Path::new("/nowhere/at/all");

        assert_eq!(base_of(&[there, Path::new("/")], own), Some(there.to_owned()));
        assert_eq!(base_of(&[nowhere, there], own), Some(there.to_owned()));
        assert_eq!(base_of(&[&to_be], own), Some(to_be.clone()));
        assert_eq!(base_of(&[there, &to_be, nowhere], own + 1), None);
    }
}
