//! Windows and macOS: the Run key of the registry, or a `LaunchAgent`, by `auto-launch`.

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
        // The registry keeps a command line, where a path with spaces needs quotes.
        let path = program.to_str()?;
        let path = if cfg!(windows) { format!("\"{path}\"") } else { path.to_owned() };
        AutoLaunchBuilder::new()
            .set_app_name(profile.name())
            .set_app_path(&path)
            .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
            // An administrator would start it for everybody.
            .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
            .set_args(arguments)
            .build()
            .ok()
            .map(Self)
    }

    /// What would be started cannot be asked for.
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
