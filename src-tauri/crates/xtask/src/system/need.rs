//! The things the system must have, and the packages that bring them.

use crate::system::probe::Probe;

/// Something the system must have.
#[derive(Debug)]
pub(crate) struct Need {
    pub(super) name: &'static str,
    pub(super) probe: Probe,
    /// The package, in the order of the package managers' variants: apt, dnf, pacman, zypper.
    pub(super) packages: [&'static str; 4],
}

impl Need {
    pub(super) fn description(&self) -> String {
        format!("{}: {}", self.name, self.probe.description())
    }
}

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

/// To look through packages, as the rules of the distributions want them.
pub(crate) const PACKAGE: &[Need] = &[
    Need {
        name: "rules of Debian",
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

/// To install the packages into a clean Debian, and to read the rpm.
pub(crate) const CLEAN_SYSTEM: &[Need] = &[
    Need {
        name: "maker of a clean Debian",
        probe: Probe::Program(&["debootstrap"]),
        packages: ["debootstrap", "debootstrap", "debootstrap", "debootstrap"],
    },
    Need {
        name: "namespaces of its own for it",
        probe: Probe::Program(&["unshare"]),
        packages: ["util-linux", "util-linux", "util-linux", "util-linux"],
    },
    Need {
        name: "reader of rpm",
        probe: Probe::Program(&["rpm"]),
        packages: ["rpm", "rpm", "rpm-tools", "rpm"],
    },
];

/// To give the built programs a private desktop under test, and to look at it.
pub(crate) const TEST: &[Need] = &[
    Need {
        name: "virtual display",
        probe: Probe::Program(&["Xvfb"]),
        packages: ["xvfb", "/usr/bin/Xvfb", "xorg-server-xvfb", "/usr/bin/Xvfb"],
    },
    Need {
        name: "keys of the virtual display",
        probe: Probe::Program(&["xauth"]),
        packages: ["xauth", "xorg-x11-xauth", "xorg-xauth", "xauth"],
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
        name: "view into the keyring",
        probe: Probe::Program(&["secret-tool"]),
        packages: ["libsecret-tools", "/usr/bin/secret-tool", "libsecret", "/usr/bin/secret-tool"],
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
        name: "D-Bus from the command line",
        probe: Probe::Program(&["gdbus"]),
        packages: ["libglib2.0-bin", "/usr/bin/gdbus", "glib2", "/usr/bin/gdbus"],
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
        name: "keyboard and mouse of the virtual display",
        probe: Probe::Program(&["xdotool"]),
        packages: ["xdotool", "xdotool", "xdotool", "xdotool"],
    },
    Need {
        name: "ImageMagick",
        probe: Probe::Program(&["convert", "magick", "convert-im6.q16"]),
        packages: ["imagemagick", "ImageMagick", "imagemagick", "ImageMagick"],
    },
    Need {
        name: "browser for the tests of the page",
        probe: Probe::Program(&[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ]),
        packages: ["chromium", "chromium", "chromium", "chromium"],
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
