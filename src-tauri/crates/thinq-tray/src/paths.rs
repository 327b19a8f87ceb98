//! Where this program keeps its files, by the platform's rules; XDG variables are honoured.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The demo has files of its own, so that it never touches a real history.
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
    /// Also the service's name in the keyring.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Real => "thinq-tray",
            Self::Demo => "thinq-tray-demo",
        }
    }
}

impl Paths {
    /// None when the system does not tell where the user's home is.
    pub(crate) fn of(profile: Profile) -> Option<Self> {
        let name = profile.name();
        let dirs = ProjectDirs::from("", "", name)?;
        let data_dir = dirs.data_local_dir().to_owned();
        let state_dir = dirs.state_dir().map_or_else(|| data_dir.clone(), Path::to_owned);
        let runtime_dir = dirs.runtime_dir().map_or_else(|| data_dir.join("run"), Path::to_owned);
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

    /// What is known of releases.
    pub(crate) fn update(&self) -> PathBuf {
        self.state_dir.join("release.json")
    }

    /// Where the window was and how large.
    pub(crate) fn window_geometry(&self) -> PathBuf {
        self.state_dir.join("window.json")
    }

    /// The local socket; on Windows the name of a pipe, which is not a file.
    pub(crate) fn socket(&self) -> PathBuf {
        if cfg!(windows) {
            let user = std::env::var("USERNAME").unwrap_or_default();
            PathBuf::from(format!(r"\\.\pipe\{}-{user}", self.name))
        } else {
            self.runtime_dir.join("socket")
        }
    }

    /// Pictures of appliances in notifications.
    pub(crate) fn pictures_dir(&self) -> PathBuf {
        self.runtime_dir.join("devices")
    }

    /// The picture in notifications, for servers that want a file.
    pub(crate) fn icon(&self) -> PathBuf {
        self.runtime_dir.join("icon.png")
    }
}
