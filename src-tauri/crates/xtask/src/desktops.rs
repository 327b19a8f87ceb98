//! `cargo xtask desktops`: the built programs in real sessions, which a display manager's login
//! starts and a logout ends, on the desktops that need least: sway and Xfce; with `--all` also GNOME
//! and Plasma.
//!
//! The system is a Debian below `target/desktops`, made once and booted in namespaces of its own. The
//! assertions are in `desktops/journey.sh`; pictures are left in `target/desktops/pictures`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::steps::Steps;
use crate::system::{self, Root};
use crate::workspace::Workspace;

const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
const SCRIPTS: [(&str, &str); 3] = [
    ("boot.sh", include_str!("desktops/boot.sh")),
    ("session.sh", include_str!("desktops/session.sh")),
    ("journey.sh", include_str!("desktops/journey.sh")),
];
const PROGRAMS: [&str; 2] = ["thinq-tray", "thinq-tray-window"];
/// What every desktop needs: a login, a bus, and what the journey uses.
const BASE: &str = "systemd-sysv libpam-systemd dbus-user-session gnome-keyring libwebkit2gtk-4.1-0 \
                    fonts-dejavu-core procps iproute2 util-linux";
const BOOTED_WITHIN: Duration = Duration::from_mins(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
const READ: &str = "read the output above";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Cheap,
    All,
}

struct Desktop {
    name: &'static str,
    packages: &'static str,
    is_cheap: bool,
}

const DESKTOPS: [Desktop; 4] = [
    Desktop { name: "sway", packages: "sway swaybg waybar mako-notifier grim", is_cheap: true },
    Desktop {
        name: "xfce",
        packages: "xvfb xauth x11-utils xdotool imagemagick xfce4-session xfce4-panel xfwm4 \
                   xfce4-settings xfce4-notifyd",
        is_cheap: true,
    },
    Desktop {
        name: "gnome",
        packages: "gnome-shell gnome-session gnome-shell-extension-appindicator",
        is_cheap: false,
    },
    Desktop {
        name: "plasma",
        packages: "plasma-desktop plasma-workspace-wayland kwin-wayland",
        is_cheap: false,
    },
];

pub(crate) fn run(workspace: &Workspace, extent: Extent) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::DESKTOPS])?;
    let root = Root::of_this_process().filter(|_| has_cgroups()).ok_or_else(|| {
        let needs = "the desktops need Linux with cgroup 2, and root or `sudo`";
        Failure::new(needs, "run it on such a computer or in a virtual machine")
    })?;
    let build = workspace.cargo(&["build", "--locked", "-p", PROGRAMS[0], "-p", PROGRAMS[1]]);
    steps.run("build of both programs", build, READ)?;
    let place = Place { root, dir: workspace.target_dir().join("desktops") };
    let desktops: Vec<_> =
        DESKTOPS.iter().filter(|desktop| desktop.is_cheap || extent == Extent::All).collect();
    place.make(&desktops, &mut steps)?;
    place.put_in(workspace, &mut steps)?;
    let outcome = place.boot(&mut steps).and_then(|system| {
        desktops.iter().try_for_each(|desktop| {
            let journey = system.command(&["/opt/desktops/journey.sh", desktop.name]);
            steps.run(desktop.name, journey, READ)
        })
    });
    let pictures = format!("cp -r '{0}/root/opt/desktops/pictures' '{0}/'", place.dir.display());
    steps.run("pictures", place.root.shell(&pictures), READ)?;
    steps.report();
    outcome
}

fn has_cgroups() -> bool {
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .iter()
        .any(|dir| Path::new(dir).join("cgroup.controllers").exists())
}

struct Place {
    root: Root,
    dir: PathBuf,
}

/// A system that runs. Ends when dropped.
struct Booted<'a> {
    root: &'a Root,
    boot: Child,
    /// Its first process, as seen from outside.
    init: u32,
}

impl Place {
    /// Debian with these desktops; what is there already is not fetched again.
    fn make(&self, desktops: &[&Desktop], steps: &mut Steps) -> Result<(), Failure> {
        let dir = self.dir.display();
        if !self.dir.join("root/home/user").is_dir() {
            let script = format!(
                "rm -rf '{dir}/root' && mkdir -p '{dir}' \
                 && debootstrap --variant=minbase {SUITE} '{dir}/root' {MIRROR} \
                 && printf '#!/bin/sh\\nexit 101\\n' > '{dir}/root/usr/sbin/policy-rc.d' \
                 && chmod 755 '{dir}/root/usr/sbin/policy-rc.d' \
                 && chroot '{dir}/root' useradd --create-home --shell /bin/bash user"
            );
            steps.run(
                "system of the desktops",
                self.root.shell(&script),
                "check the connection",
            )?;
        }
        let packages: Vec<_> = desktops.iter().map(|desktop| desktop.packages).collect();
        let packages = format!("{BASE} {}", packages.join(" "));
        // Offline, a system that is complete is used as it is.
        let script = format!(
            "cp /etc/resolv.conf '{dir}/root/etc/resolv.conf'
             exec unshare --mount --pid --fork --kill-child --mount-proc='{dir}/root/proc' \
                 chroot '{dir}/root' /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
                 DEBIAN_FRONTEND=noninteractive sh -e -c '
                     dpkg-query --show {packages} > /dev/null 2>&1 && exit
                     apt-get update
                     apt-get install --yes --no-install-recommends {packages}'"
        );
        steps.run("its packages", self.root.shell(&script), "check the connection")
    }

    fn put_in(&self, workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
        let scripts = self.dir.join("scripts");
        let failed = |error| Failure::new(format!("cannot write the scripts: {error}"), "");
        fs::create_dir_all(&scripts).map_err(failed)?;
        for (name, text) in SCRIPTS {
            fs::write(scripts.join(name), text).map_err(failed)?;
        }
        let dir = self.dir.display();
        let programs = PROGRAMS.map(|name| format!("'{}'", workspace.program_path(name).display()));
        let script = format!(
            "install -D -t '{dir}/root/opt/desktops' '{dir}'/scripts/*.sh \
             && install -t '{dir}/root/usr/bin' {} \
             && rm -rf '{dir}/root/home/user/.local' '{dir}/root/home/user/.config'",
            programs.join(" ")
        );
        steps.run("programs", self.root.shell(&script), READ)
    }

    fn boot(&self, steps: &mut Steps) -> Result<Booted<'_>, Failure> {
        let mut booted = None;
        steps.check("boot", "see `unshare` and cgroup 2 of this computer", |_| {
            let mut command = self.root.command("sh");
            command.arg(self.dir.join("scripts/boot.sh")).arg(self.dir.join("root"));
            let command = command.stdin(Stdio::null()).stdout(Stdio::null());
            let boot = command.spawn().map_err(|error| error.to_string())?;
            let mut system = Booted { root: &self.root, boot, init: 0 };
            let started = Instant::now();
            while started.elapsed() < BOOTED_WITHIN {
                if let Some(init) = descendant(system.boot.id()) {
                    system.init = init;
                    let mut asked = system.command(&["systemctl", "is-system-running", "--wait"]);
                    // Some units fail without hardware.
                    let state = asked.output().map_err(|error| error.to_string())?.stdout;
                    if matches!(state.trim_ascii(), b"running" | b"degraded") {
                        booted = Some(system);
                        return Ok(());
                    }
                }
                thread::sleep(BETWEEN_LOOKS);
            }
            Err(String::from("the system does not come up"))
        })?;
        booted.ok_or_else(|| Failure::new("the system does not run", ""))
    }
}

impl Booted<'_> {
    /// A command as root of that system.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.root.command("nsenter");
        command
            .args(["--target", &self.init.to_string(), "--all", "--root", "--wd"])
            .args(["/usr/bin/env", "-i", "LANG=C.UTF-8"])
            .arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
            .args(arguments);
        command
    }
}

impl Drop for Booted<'_> {
    fn drop(&mut self) {
        // Ends all its processes with the first. The boot may have ended by itself.
        drop(self.root.shell(&format!("kill -KILL {}", self.init)).status());
        drop(self.boot.wait());
    }
}

/// The process in a namespace of its own below `id`: the first of a system.
fn descendant(id: u32) -> Option<u32> {
    let mut id = id;
    loop {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let inner = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        if inner.split_whitespace().count() > 1 && inner.split_whitespace().last() == Some("1") {
            return Some(id);
        }
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
        id = children.split_whitespace().next()?.parse().ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_desktop_has_its_session_and_each_script_is_sound() {
        let (_, session) = SCRIPTS[1];
        for desktop in &DESKTOPS {
            assert!(session.contains(&format!("\n{})\n", desktop.name)), "{}", desktop.name);
        }
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desktops");
        for (name, _) in SCRIPTS {
            let status = Command::new("sh").arg("-n").arg(dir.join(name)).status();
            assert!(status.is_ok_and(|status| status.success()), "{name}");
        }
    }

    #[test]
    fn a_process_of_this_system_is_the_first_of_none() {
        assert_eq!(descendant(std::process::id()), None);
    }
}
