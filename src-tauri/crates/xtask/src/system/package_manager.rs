//! The package managers of Linux systems.

use std::fs;

use crate::system::need::Need;
use crate::system::probe::{has_program, output_of};

/// The package managers that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Zypper,
}

impl Manager {
    /// Reads `/etc/os-release`: the system's own name first, then its relatives.
    fn from_os_release(text: &str) -> Option<Self> {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.trim_matches(['"', '\'']))
                .unwrap_or_default()
        };
        value("ID").split(' ').chain(value("ID_LIKE").split(' ')).find_map(|id| match id {
            "debian" | "ubuntu" => Some(Self::Apt),
            "fedora" | "rhel" => Some(Self::Dnf),
            "arch" => Some(Self::Pacman),
            "suse" | "opensuse" => Some(Self::Zypper),
            _ => None,
        })
    }

    pub(super) fn of_this_system() -> Option<Self> {
        let named = fs::read_to_string("/etc/os-release").ok();
        named
            .as_deref()
            .and_then(Self::from_os_release)
            .into_iter()
            .chain(Self::ALL)
            .find(|manager| has_program(manager.program()))
    }

    const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Pacman, Self::Zypper];

    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Zypper => "zypper",
        }
    }

    /// What to run first so that the packages are found.
    pub(super) fn refresh_arguments(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Apt => Some(&["update"]),
            Self::Dnf | Self::Pacman | Self::Zypper => None,
        }
    }

    pub(super) fn install_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apt => {
                &["-o", "DPkg::Lock::Timeout=600", "install", "-y", "--no-install-recommends"]
            }
            Self::Dnf => &["install", "-y", "--setopt=install_weak_deps=False"],
            Self::Pacman => &["-S", "--needed", "--noconfirm"],
            Self::Zypper => &["--non-interactive", "install", "--no-recommends"],
        }
    }

    pub(super) fn packages(self, needs: &[&Need]) -> Vec<&'static str> {
        let mut packages: Vec<_> = needs.iter().map(|need| need.packages[self as usize]).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }

    /// Of names with a `|` in between the first that this system has, else the last.
    pub(super) fn present(self, package: &'static str) -> &'static str {
        let is_present = |name: &str| output_of("apt-cache", &["show", name]).is_some();
        first_present(package, |name| self == Self::Apt && is_present(name))
    }

    /// The whole command as a person would type it.
    pub(super) fn command_line(self, packages: &[&str]) -> String {
        let quoted = packages.iter().map(|package| {
            if package.contains('(') { format!("'{package}'") } else { (*package).to_owned() }
        });
        let arguments = self.install_arguments().iter().map(|argument| (*argument).to_owned());
        [self.program().to_owned()]
            .into_iter()
            .chain(arguments)
            .chain(quoted)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn first_present(package: &str, is_present: impl Fn(&str) -> bool) -> &str {
    match package.split_once('|') {
        Some((name, _)) if is_present(name) => name,
        Some((_, others)) => first_present(others, is_present),
        None => package,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::need::{BUILD, CLEAN_SYSTEM, FUZZ, PACKAGE, REPOSITORY, TEST};

    #[test]
    fn the_package_manager_follows_from_the_systems_name() {
        let cases = [
            ("ID=debian\nVERSION_ID=\"12\"", Some(Manager::Apt)),
            ("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"", Some(Manager::Apt)),
            ("ID=fedora", Some(Manager::Dnf)),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", Some(Manager::Dnf)),
            ("ID=endeavouros\nID_LIKE='arch'", Some(Manager::Pacman)),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"", Some(Manager::Zypper)),
            ("ID=alpine", None),
            ("", None),
        ];

        for (text, expected) in cases {
            assert_eq!(Manager::from_os_release(text), expected, "{text}");
        }
    }

    #[test]
    fn every_need_has_a_package_for_every_manager() {
        let needs = [REPOSITORY, BUILD, FUZZ, PACKAGE, CLEAN_SYSTEM, TEST];
        for need in needs.into_iter().flatten() {
            for manager in Manager::ALL {
                assert!(!manager.packages(&[need])[0].is_empty(), "{} {manager:?}", need.name);
            }
        }
    }

    #[test]
    fn only_what_is_missing_is_installed_and_each_package_once() {
        let needs = [&BUILD[1], &BUILD[2], &BUILD[1]];

        assert_eq!(Manager::Apt.packages(&needs), ["libwebkit2gtk-4.1-dev", "pkg-config"]);
        assert_eq!(Manager::Pacman.packages(&needs), ["pkgconf", "webkit2gtk-4.1"]);
    }

    #[test]
    fn of_several_names_of_a_package_the_first_that_the_system_has_is_taken() {
        let has_others = |name: &str| name != "a";

        assert_eq!(first_present("a|b|c", has_others), "b");
        assert_eq!(first_present("a|c", |_| false), "c");
        assert_eq!(first_present("a", has_others), "a");
    }

    #[test]
    fn the_command_to_type_by_hand_survives_a_shell() {
        let line = Manager::Dnf.command_line(&["gcc", "pkgconfig(webkit2gtk-4.1)"]);

        assert_eq!(
            line,
            "dnf install -y --setopt=install_weak_deps=False gcc 'pkgconfig(webkit2gtk-4.1)'"
        );
    }
}
