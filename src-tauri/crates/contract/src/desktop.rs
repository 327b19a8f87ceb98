//! The desktop on which a program runs, as its environment describes it.

use std::{collections::BTreeMap, env, process::Command};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Variables that lead a window to a display, and make it at home there.
const NAMES: [&str; 13] = [
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_DESKTOP",
    "XDG_SESSION_TYPE",
    "DESKTOP_SESSION",
    "DBUS_SESSION_BUS_ADDRESS",
    "GDK_BACKEND",
    "GDK_SCALE",
    "GDK_DPI_SCALE",
    "GTK_IM_MODULE",
    "XMODIFIERS",
];

/// The desktop of a client, on which a window opens that it asks for. Other variables are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DesktopVariables(#[ts(type = "Record<string, string>")] BTreeMap<String, String>);

impl DesktopVariables {
    pub fn of_this_process() -> Self {
        NAMES.into_iter().filter_map(|name| Some((name, env::var(name).ok()?))).collect()
    }

    /// `None` if the variable is unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a window can open there. Windows and macOS have no variables for that.
    pub fn has_display(&self) -> bool {
        !cfg!(target_os = "linux") || self.display().is_some()
    }

    pub fn is_same_display(&self, other: &Self) -> bool {
        self.display() == other.display()
    }

    /// Makes a program a part of this desktop and of no other.
    pub fn apply(&self, command: &mut Command) {
        for name in NAMES {
            match self.0.get(name) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }

    /// On Wayland, `DISPLAY` is that of a server for programs of X11.
    fn display(&self) -> Option<&str> {
        self.get("WAYLAND_DISPLAY").or_else(|| self.get("DISPLAY"))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for DesktopVariables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_the_variables_of_one_desktop_and_no_others() {
        let desktop: DesktopVariables =
            [("DISPLAY", ":7"), ("XAUTHORITY", "/run/cookie"), ("LD_PRELOAD", "/tmp/x.so")]
                .into_iter()
                .collect();
        let mut command = Command::new(env::current_exe().unwrap());

        desktop.apply(&mut command);

        let set: BTreeMap<_, _> = command.get_envs().collect();
        let of = |name: &str| set.get(std::ffi::OsStr::new(name)).copied();
        assert_eq!(of("DISPLAY"), Some(Some(":7".as_ref())));
        assert_eq!(of("XAUTHORITY"), Some(Some("/run/cookie".as_ref())));
        assert_eq!(of("WAYLAND_DISPLAY"), Some(None));
        assert_eq!(of("LD_PRELOAD"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn displays_are_told_apart_by_the_one_that_windows_use() {
        let of = |variables: &[(&str, &str)]| -> DesktopVariables {
            variables.iter().copied().collect()
        };
        let wayland = of(&[("WAYLAND_DISPLAY", "wayland-1"), ("DISPLAY", ":0")]);

        assert!(wayland.is_same_display(&of(&[("WAYLAND_DISPLAY", "wayland-1")])));
        assert!(!wayland.is_same_display(&of(&[("DISPLAY", ":0")])));
        assert!(of(&[("DISPLAY", ":0")]).has_display());
        assert!(!of(&[("DISPLAY", ""), ("XAUTHORITY", "/run/cookie")]).has_display());
    }
}
