//! System requirements and the packages that provide them. Each program that a test or a task starts
//! has a requirement that probes for that very program: another one of the same package may exist alone.

use crate::system::probe::Probe;

/// A system requirement.
#[derive(Debug)]
pub(crate) struct Need {
    pub(super) name: &'static str,
    pub(super) probe: Probe,
    /// The package, in the order of the package managers' variants: apt, dnf, pacman, zypper. Of names
    /// with a `|` in between, apt installs the first that the system has.
    pub(super) packages: [&'static str; 4],
}

impl Need {
    pub(super) fn description(&self) -> String {
        format!("{}: {}", self.name, self.probe.description())
    }
}

/// For the repository itself, and for those of advisories.
pub(crate) const REPOSITORY: &[Need] = &[Need {
    name: "version control",
    probe: Probe::Program(&["git"]),
    packages: ["git", "git", "git", "git"],
}];

/// To build both programs.
pub(crate) const BUILD: &[Need] = &[
    Need {
        name: "C compiler and linker",
        probe: Probe::Program(&["cc"]),
        packages: ["build-essential", "gcc", "base-devel", "gcc"],
    },
    Need {
        name: "pkg-config",
        probe: Probe::Program(&["pkg-config"]),
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf", "pkgconf-pkg-config"],
    },
    Need {
        name: "WebKitGTK 4.1 with its headers",
        probe: Probe::Library("webkit2gtk-4.1"),
        packages: [
            "libwebkit2gtk-4.1-dev",
            "pkgconfig(webkit2gtk-4.1)",
            "webkit2gtk-4.1",
            "pkgconfig(webkit2gtk-4.1)",
        ],
    },
    Need {
        name: "make",
        probe: Probe::Program(&["make"]),
        packages: ["build-essential", "make", "base-devel", "make"],
    },
];

/// To build the fuzz targets.
pub(crate) const FUZZ: &[Need] = &[Need {
    name: "C++ compiler",
    probe: Probe::Program(&["c++"]),
    packages: ["build-essential", "gcc-c++", "base-devel", "gcc-c++"],
}];

/// To check packages against the rules of the distributions.
pub(crate) const PACKAGE: &[Need] = &[
    Need {
        name: "package rules of Debian",
        probe: Probe::Program(&["lintian"]),
        packages: ["lintian", "lintian", "lintian", "lintian"],
    },
    Need {
        name: "rules for desktop entries",
        probe: Probe::Program(&["desktop-file-validate"]),
        packages: [
            "desktop-file-utils",
            "desktop-file-utils",
            "desktop-file-utils",
            "desktop-file-utils",
        ],
    },
    Need {
        name: "rules for software centres",
        probe: Probe::Program(&["appstreamcli"]),
        packages: ["appstream", "appstream", "appstream", "AppStream"],
    },
];

/// To boot a Debian of its own.
pub(crate) const DESKTOPS: &[Need] = &[
    Need {
        name: "installer of a Debian",
        probe: Probe::Program(&["debootstrap"]),
        packages: ["debootstrap", "debootstrap", "debootstrap", "debootstrap"],
    },
    Need {
        name: "namespaces for it",
        probe: Probe::Program(&["unshare"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "entrance to its namespaces",
        probe: Probe::Program(&["nsenter"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "its network of its own",
        probe: Probe::Program(&["ip"]),
        packages: ["iproute2", "iproute", "iproute2", "iproute2"],
    },
];

/// To install the packages into a clean Debian, and to read both kinds.
pub(crate) const CLEAN_SYSTEM: &[Need] = &[
    Need {
        name: "installer of a clean Debian",
        probe: Probe::Program(&["debootstrap"]),
        packages: ["debootstrap", "debootstrap", "debootstrap", "debootstrap"],
    },
    Need {
        name: "namespaces for the clean Debian",
        probe: Probe::Program(&["unshare"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "reader of deb packages",
        probe: Probe::Program(&["dpkg-deb"]),
        packages: ["dpkg", "dpkg", "dpkg", "dpkg"],
    },
    Need {
        name: "reader of rpm packages",
        probe: Probe::Program(&["rpm"]),
        packages: ["rpm", "rpm", "rpm-tools", "rpm"],
    },
];

/// To run the built programs on a private desktop, and to inspect it.
pub(crate) const TEST: &[Need] = &[
    Need {
        name: "virtual display",
        probe: Probe::Program(&["Xvfb"]),
        packages: ["xvfb", "/usr/bin/Xvfb", "xorg-server-xvfb", "/usr/bin/Xvfb"],
    },
    Need {
        name: "session bus",
        probe: Probe::Program(&["dbus-daemon"]),
        packages: ["dbus", "dbus-daemon", "dbus", "/usr/bin/dbus-daemon"],
    },
    Need {
        name: "keyring",
        probe: Probe::Program(&["gnome-keyring-daemon"]),
        packages: ["gnome-keyring", "gnome-keyring", "gnome-keyring", "gnome-keyring"],
    },
    Need {
        name: "WebDriver of WebKitGTK",
        probe: Probe::Program(&["WebKitWebDriver"]),
        packages: [
            "webkit2gtk-driver",
            "/usr/bin/WebKitWebDriver",
            "webkitgtk-6.0",
            "/usr/bin/WebKitWebDriver",
        ],
    },
    Need {
        name: "MQTT broker",
        probe: Probe::Daemon("mosquitto"),
        packages: ["mosquitto", "mosquitto", "mosquitto", "mosquitto"],
    },
    Need {
        name: "clients of the MQTT broker",
        probe: Probe::Program(&["mosquitto_sub"]),
        packages: ["mosquitto-clients", "mosquitto", "mosquitto", "mosquitto-clients"],
    },
    Need {
        name: "passwords of the MQTT broker",
        probe: Probe::Program(&["mosquitto_passwd"]),
        packages: ["mosquitto", "mosquitto", "mosquitto", "mosquitto"],
    },
    Need {
        name: "notification server",
        probe: Probe::Program(&["dunst"]),
        packages: ["dunst", "dunst", "dunst", "dunst"],
    },
    Need {
        name: "window manager of the virtual display",
        probe: Probe::Program(&["openbox"]),
        packages: ["openbox", "openbox", "openbox", "openbox"],
    },
    Need {
        name: "Wayland compositor that leaves frames to the windows",
        probe: Probe::Program(&["weston"]),
        packages: ["weston", "weston", "weston", "weston"],
    },
    Need {
        name: "keyboard and mouse of the virtual display",
        probe: Probe::Program(&["xdotool"]),
        packages: ["xdotool", "xdotool", "xdotool", "xdotool"],
    },
    Need {
        name: "pictures of the virtual display",
        probe: Probe::Program(&["import"]),
        packages: ["imagemagick", "ImageMagick", "imagemagick", "ImageMagick"],
    },
    Need {
        name: "namespaces for full disks and sandboxes",
        probe: Probe::Program(&["unshare"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "mounts for full disks and sandboxes",
        probe: Probe::Program(&["mount"]),
        packages: ["mount", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "network namespaces for LG's SDK",
        probe: Probe::Program(&["ip"]),
        packages: ["iproute2", "iproute", "iproute2", "iproute2"],
    },
    Need {
        name: "virtual environments for LG's SDK",
        probe: Probe::PythonModules("ensurepip, venv"),
        packages: ["python3-venv", "python3", "python", "python3"],
    },
    Need {
        name: "sessions with a terminal",
        probe: Probe::Program(&["setsid"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "reader of linked libraries",
        probe: Probe::Program(&["readelf"]),
        packages: ["binutils", "binutils", "binutils", "binutils"],
    },
    Need {
        name: "browser for the checks of the page",
        probe: Probe::Program(&[
            "chromium-headless-shell",
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ]),
        packages: ["chromium-headless-shell|chromium", "chromium", "chromium", "chromium"],
    },
    Need {
        name: "list of fonts",
        probe: Probe::Program(&["fc-list"]),
        packages: ["fontconfig", "fontconfig", "fontconfig", "fontconfig"],
    },
    Need {
        name: "Korean font",
        probe: Probe::Font("ko"),
        packages: [
            "fonts-noto-cjk",
            "google-noto-sans-cjk-fonts",
            "noto-fonts-cjk",
            "google-noto-sans-cjk-fonts",
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::{fs, iter};

    use super::*;

    /// Part of every Unix system.
    const BASE: &[&str] = &["date", "env", "id", "nproc", "sh", "sha256sum", "true", "uname"];
    /// Part of Rust's and Node's installations, of which xtask is started by one and asks for the
    /// other itself, and of Windows.
    const INSTALLED: &[&str] = &["node", "reg", "rustc"];
    /// Probed by running it, or part of a package manager.
    const PROBED: &[&str] = &["apt-cache", "sudo"];
    const OWN: &[&str] = &["relay", "thinq-tray", "thinq-tray-window"];
    /// Functions of the tests and of xtask that take the name of a program as their first argument.
    const STARTERS: &[&str] = &["Command::new(", ".command(", "output_of(", "said(", "tool("];

    #[test]
    fn each_program_that_is_started_is_probed_for_by_its_own_name() {
        let mut unknown = BTreeSet::new();
        for (dir, starters) in [
            ("tests", STARTERS),
            ("src-tauri/crates/xtask/src", STARTERS),
            ("src-tauri/crates", &["Command::new("]),
        ] {
            for path in rust_files(&root_dir().join(dir)) {
                let text = fs::read_to_string(&path).unwrap();
                for name in started(&text, starters).filter(|name| !is_known(name)) {
                    unknown.insert(format!("`{name}` in {}", path.display()));
                }
            }
        }

        assert!(unknown.is_empty(), "no requirement of xtask probes for {unknown:#?}");
    }

    #[test]
    fn the_checks_of_the_page_look_for_the_browsers_that_are_probed_for() {
        let text = fs::read_to_string(root_dir().join("ui/playwright.config.ts")).unwrap();
        let names = text.split_once("const NAMES = [").unwrap().1.split_once(']').unwrap().0;

        let names: Vec<_> = names.split('\'').skip(1).step_by(2).collect();

        assert!(
            TEST.iter().any(|need| matches!(need.probe, Probe::Program(probed) if probed == names)),
            "{names:?}"
        );
    }

    #[test]
    fn names_of_programs_are_read_from_each_way_to_start_one() {
        let text = "Command::new(\n    \"a\",\n) spawn_tool(\"b\", &[]) self.command(\"c\") \
                    output_of(\"d-1\") said(\"e\") Command::new(program) tool(\"two words\")";

        let names: BTreeSet<_> = started(text, STARTERS).collect();

        assert_eq!(names, BTreeSet::from(["a", "b", "c", "d-1", "e"]));
    }

    fn is_known(name: &str) -> bool {
        let needs = [REPOSITORY, BUILD, FUZZ, PACKAGE, CLEAN_SYSTEM, DESKTOPS, TEST];
        let is_probed = needs.into_iter().flatten().any(|need| match need.probe {
            // Where one of several is enough, the program that is started is found by its own means.
            Probe::Program(names) => names == [name],
            Probe::PythonModules(_) => name == "python3",
            Probe::Daemon(probed) => probed == name,
            Probe::Library(_) | Probe::Font(_) => false,
        });
        is_probed || [BASE, INSTALLED, PROBED, OWN].into_iter().flatten().any(|one| *one == name)
    }

    fn started<'a>(text: &'a str, starters: &[&str]) -> impl Iterator<Item = &'a str> {
        starters.iter().flat_map(|starter| text.split(starter).skip(1)).filter_map(|rest| {
            let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-_".contains(c));
            is_name.then_some(name)
        })
    }

    fn root_dir() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
    }

    fn rust_files(dir: &Path) -> impl Iterator<Item = PathBuf> {
        let mut dirs = vec![dir.to_path_buf()];
        iter::from_fn(move || {
            let entries = fs::read_dir(dirs.pop()?).unwrap().map(|entry| entry.unwrap().path());
            let (below, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
            dirs.extend(below);
            Some(files)
        })
        .flatten()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
    }
}
