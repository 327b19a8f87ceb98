//! Windows and macOS: the registry's Run key, or a `LaunchAgent`, through `auto-launch`.

use std::{io, path::PathBuf};

use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};

use super::AutostartState;
use crate::paths::Profile;

pub(super) struct Entry(AutoLaunch);

impl Entry {
    pub(super) fn of(profile: Profile, program: PathBuf) -> Option<Self> {
        let arguments: &[&str] = match profile {
            Profile::Real => &["--hidden"],
            Profile::Demo => &["--demo", "--hidden"],
        };
        // The registry stores a command line, in which a path with spaces needs quotes.
        let path = program.to_str()?;
        let path = if cfg!(windows) { format!("\"{path}\"") } else { path.to_owned() };
        AutoLaunchBuilder::new()
            .set_app_name(profile.name())
            .set_app_path(&path)
            .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
            // As administrator the default would be all users.
            .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
            .set_args(arguments)
            .build()
            .ok()
            .map(Self)
    }

    /// The path cannot be queried.
    pub(super) fn state(&self) -> AutostartState {
        match self.0.is_enabled() {
            Ok(true) => AutostartState::On,
            Ok(false) | Err(_) => AutostartState::Off,
        }
    }

    pub(super) fn write(&self) -> io::Result<()> {
        self.0.enable().map_err(io::Error::other)
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        self.0.disable().map_err(io::Error::other)
    }
}
