//! `cargo xtask package --check`: the packages as users get them. The deb is installed into a clean
//! system with nothing but its dependencies, an ordinary user signs in and receives a notification,
//! and after the removal only the user's data remains. The rpm is compared with the deb.
//!
//! The clean system is a folder below `target/`, entered by `chroot` with processes and mounts of its
//! own; it needs root, by `sudo` where necessary.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{READ, contents, files};
use crate::failure::Failure;
use crate::steps::Steps;
use crate::system::{self, Root};
use crate::workspace::Workspace;

const PACKAGE: &str = "thinq-tray";
const USER: &str = "user";
/// A test of the built programs, by its whole name.
const JOURNEY: &str = "whole_way::from_the_sign_in_dialog_to_the_notification";
/// A desktop to run it on: what the test starts and the package does not ask for.
const DESKTOP: &[&str] = &[
    "dbus",
    "gnome-keyring",
    "imagemagick",
    "libglib2.0-bin",
    "libsecret-tools",
    "openbox",
    "webkit2gtk-driver",
    "xauth",
    "xdotool",
    "xvfb",
];
/// Folders of a home that may hold the program's data, as the README says.
const DATA: &[&str] = &[
    ".cache/thinq-tray/",
    ".config/thinq-tray/",
    ".local/share/thinq-tray/",
    ".local/state/thinq-tray/",
];
/// What the system keeps about its own work, and the checks' own files.
const NOT_COMPARED: &[&str] = &[
    "/dev/",
    "/home/",
    "/proc/",
    "/run/",
    "/tmp/",
    "/var/cache/",
    "/var/lib/apt/",
    "/var/lib/dpkg/",
    "/var/log/",
];

pub(crate) fn check(workspace: &Workspace, packages_dir: &Path) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::CLEAN_SYSTEM])?;
    let packages = files(packages_dir)?;
    let of_kind = |end: &str| {
        let found = packages.iter().find(|path| path.extension().is_some_and(|own| own == end));
        found.cloned().ok_or_else(|| {
            let missing = format!("there is no {end} in {}", packages_dir.display());
            Failure::new(missing, "cargo xtask package")
        })
    };
    let (deb, rpm) = (of_kind("deb")?, of_kind("rpm")?);
    contents::compare(workspace, &deb, &rpm, &mut steps)?;
    let journey = journey(workspace, &mut steps)?;
    let root = Root::of_this_process()
        .ok_or_else(|| Failure::new("a clean system needs root", "run it where `sudo` works"))?;
    let outcome = CleanSystem { root, dir: workspace.target_dir().join("clean-system") }
        .check(&deb, &journey, &mut steps);
    steps.report();
    outcome
}

/// The tests of the built programs, as a program.
fn journey(workspace: &Workspace, steps: &mut Steps) -> Result<PathBuf, Failure> {
    let build = workspace.cargo(&["test", "--locked", "--no-run", "-p", "scenarios"]);
    steps.run("build of the journey", build, READ)?;
    let mut asked = workspace.cargo(&["test", "--locked", "--no-run", "-p", "scenarios"]);
    let failed = |error| Failure::new(format!("cannot run Cargo: {error}"), "");
    let output = asked.output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let path =
        executable(&text).ok_or_else(|| Failure::new("Cargo names no test program", READ))?;
    Ok(workspace.root_dir().join(path))
}

/// `  Executable scenarios.rs (target/debug/deps/scenarios-0123456789abcdef)`
fn executable(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| line.trim_start().starts_with("Executable "))?;
    Some(line.rsplit_once('(')?.1.trim_end().trim_end_matches(')'))
}

struct CleanSystem {
    root: Root,
    dir: PathBuf,
}

impl CleanSystem {
    fn check(&self, deb: &Path, journey: &Path, steps: &mut Steps) -> Result<(), Failure> {
        self.make_base(steps)?;
        let fresh = format!(
            "rm -rf '{0}/system' && cp -a '{0}/base' '{0}/system' \
             && cp /etc/resolv.conf '{0}/system/etc/resolv.conf' \
             && install -D -m 644 '{1}' '{0}/system/opt/check/package.deb' \
             && install -D -m 755 '{2}' '{0}/system/opt/check/journey'",
            self.dir.display(),
            deb.display(),
            journey.display(),
        );
        steps.run("clean system", self.root.shell(&fresh), READ)?;
        let install = || self.inside("root", INSTALL);
        steps.run("installation with what it asks for", install(), READ)?;
        steps.run("both programs find their libraries", self.inside(USER, LINKED), READ)?;
        let desktop = DESKTOP.join(" ");
        let desktop = format!("apt-get install --yes --no-install-recommends {desktop}");
        steps.run("a desktop beside it", self.inside("root", &desktop), READ)?;
        let remove = || self.inside("root", &format!("apt-get remove --yes {PACKAGE}"));
        steps.run("removal", remove(), READ)?;
        let before = self.listed("/")?;
        steps.run("installation on that desktop", install(), READ)?;

        let journey = format!(
            "env XTASK_PROGRAMS_DIR=/usr/bin THINQ_TRAY_TEST_PICTURES=/tmp/pictures \
             /opt/check/journey --exact {JOURNEY}"
        );
        steps.run("from the sign-in to the notification", self.inside(USER, &journey), READ)?;
        steps.run("a session in the user's own home", self.inside(USER, SESSION), READ)?;
        steps.run("removal after use", remove(), READ)?;
        steps.check("what is left", "see the files above", |_| {
            let left = left_over(&before, &self.listed("/").map_err(|error| error.to_string())?);
            let kept = self.listed(&format!("/home/{USER}")).map_err(|error| error.to_string())?;
            judge_rest(&left, &kept)
        })
    }

    /// Debian as its installer leaves it, without anything optional; made once.
    fn make_base(&self, steps: &mut Steps) -> Result<(), Failure> {
        if self.dir.join("base/home").join(USER).is_dir() {
            return Ok(());
        }
        let (suite, mirror, components) = release()?;
        let script = format!(
            "rm -rf '{0}' && mkdir -p '{0}' \
             && debootstrap --variant=minbase --components={components} {suite} '{0}/base' {mirror} \
             && printf '#!/bin/sh\\nexit 101\\n' > '{0}/base/usr/sbin/policy-rc.d' \
             && chmod 755 '{0}/base/usr/sbin/policy-rc.d' \
             && chroot '{0}/base' useradd --create-home --shell /bin/bash {USER}",
            self.dir.display()
        );
        steps.run("base of a clean system", self.root.shell(&script), "check the connection")?;
        let update = "apt-get update";
        // In the base, so that it is made once.
        steps.run("its lists of packages", self.in_dir("base", "root", update), READ)
    }

    fn inside(&self, user: &str, script: &str) -> Command {
        self.in_dir("system", user, script)
    }

    /// Runs a script as that user, with processes and mounts that end with it.
    fn in_dir(&self, name: &str, user: &str, script: &str) -> Command {
        let dir = self.dir.join(name);
        let home = if user == "root" { "/root".to_owned() } else { format!("/home/{user}") };
        let mut command = self.root.command("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .arg(format!("--mount-proc={}", dir.join("proc").display()))
            .arg("chroot")
            .arg(format!("--userspec={user}:{user}"))
            .arg(&dir)
            .args([
                "/usr/bin/env",
                "-i",
                "LANG=C.UTF-8",
                "TZ=UTC",
                "DEBIAN_FRONTEND=noninteractive",
            ])
            .args([format!("HOME={home}"), format!("USER={user}")])
            .arg("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .args(["/bin/sh", "-e", "-c", &format!("cd \"$HOME\"\n{script}")]);
        command
    }

    /// Every file below, as a path of that system.
    fn listed(&self, below: &str) -> Result<BTreeSet<String>, Failure> {
        let script = format!("find '{below}' -xdev -not -type d -print");
        let failed = |what: String| Failure::new(format!("the files cannot be listed: {what}"), "");
        let output =
            self.inside("root", &script).output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(ToOwned::to_owned).collect())
    }
}

const INSTALL: &str = "apt-get install --yes --no-install-recommends /opt/check/package.deb";

const LINKED: &str = "for program in thinq-tray thinq-tray-window; do
    if ldd /usr/bin/$program | grep 'not found'; then exit 1; fi
done
thinq-tray --version
test \"$(id -u)\" != 0";

/// As at login, until `quit`. The program stores data before the first sign-in, too.
const SESSION: &str = "mkdir -m 700 /tmp/session
export XDG_RUNTIME_DIR=/tmp/session
dbus-run-session -- sh -e -c '
    thinq-tray --hidden & pid=$!
    for look in $(seq 300); do
        if thinq-tray status > /tmp/status 2>&1 && test -S /tmp/session/thinq-tray/socket; then break; fi
        sleep 0.1
    done
    cat /tmp/status
    thinq-tray settings
    thinq-tray quit
    wait $pid
'
rm -r /tmp/session";

/// Suite, mirror and components of the system that this is: the journey's program was built here.
fn release() -> Result<(String, &'static str, &'static str), Failure> {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    read_release(&text).ok_or_else(|| {
        Failure::new("a clean system can be made on Debian and Ubuntu alone", "use one of them")
    })
}

fn read_release(text: &str) -> Option<(String, &'static str, &'static str)> {
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
    };
    let suite = value("VERSION_CODENAME")?.to_owned();
    match value("ID")? {
        "debian" => Some((suite, "http://deb.debian.org/debian", "main")),
        "ubuntu" => Some((suite, "http://archive.ubuntu.com/ubuntu", "main,universe")),
        _ => None,
    }
}

/// Files that appeared since `before` and belong to the package.
fn left_over(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let is_compared = |path: &&String| !NOT_COMPARED.iter().any(|start| path.starts_with(start));
    let mentions = |path: &&String| path.contains(PACKAGE) && !path.starts_with("/var/lib/dpkg/");
    let new = after.difference(before).filter(is_compared);
    // What an earlier removal left would be in both.
    let named = after.iter().filter(is_compared).filter(mentions);
    new.chain(named).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// `left` is to be nothing, and `kept` the user's data alone.
fn judge_rest(left: &[String], kept: &BTreeSet<String>) -> Result<(), String> {
    let home = format!("/home/{USER}/");
    let is_data = |path: &&String| {
        let below = path.strip_prefix(&home).unwrap_or(path);
        DATA.iter().any(|dir| below.starts_with(dir))
    };
    let (data, others): (Vec<_>, Vec<_>) = kept
        .iter()
        // The shell's own, from the skeleton of a home.
        .filter(|path| ![".bash_logout", ".bashrc", ".profile"].iter().any(|own| path.ends_with(own)))
        .partition(is_data);
    for path in &data {
        println!("the user keeps {path}");
    }
    if !left.is_empty() {
        return Err(format!("the package left {}", left.join(" ")));
    }
    if data.is_empty() {
        return Err("the program kept nothing for its user".to_owned());
    }
    if others.is_empty() { Ok(()) } else { Err(format!("the program wrote {others:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn what_a_package_leaves_behind_is_found() {
        let before = set(&["/usr/bin/env", "/etc/thinq-tray.old"]);
        let after = set(&[
            "/etc/thinq-tray.old",
            "/home/user/.cache/thinq-tray/a",
            "/usr/bin/env",
            "/usr/share/new",
            "/var/lib/dpkg/info/thinq-tray.list",
        ]);

        assert_eq!(left_over(&before, &after), ["/etc/thinq-tray.old", "/usr/share/new"]);
    }

    #[test]
    fn the_user_keeps_data_in_the_folders_that_were_named_and_nothing_else() {
        let data = "/home/user/.local/share/thinq-tray/history.db";
        let shell = "/home/user/.bashrc";

        assert_eq!(judge_rest(&[], &set(&[data, shell])), Ok(()));
        assert!(judge_rest(&[], &set(&[shell])).is_err(), "it ran and kept nothing");
        assert!(judge_rest(&[], &set(&[data, "/home/user/core"])).is_err());
        assert!(judge_rest(&["/usr/share/new".to_owned()], &set(&[data])).is_err());
    }

    #[test]
    fn the_clean_system_is_of_the_release_that_this_system_is() {
        let debian = "ID=debian\nVERSION_CODENAME=bookworm\n";
        let fedora = "ID=fedora\nVERSION_CODENAME=\"\"\n";

        assert_eq!(read_release(debian).map(|(suite, ..)| suite).as_deref(), Some("bookworm"));
        assert_eq!(read_release(fedora), None);
        assert_eq!(read_release(""), None);
    }

    #[test]
    fn the_journeys_program_is_read_from_what_cargo_says() {
        let text = "    Finished `test` profile\n  \
                    Executable scenarios.rs (target/debug/deps/scenarios-0a1b)\n";

        assert_eq!(executable(text), Some("target/debug/deps/scenarios-0a1b"));
    }

    #[test]
    fn the_journey_is_a_test_that_exists() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/whole_way.rs");
        let (_, name) = JOURNEY.split_once("::").unwrap();

        assert!(fs::read_to_string(tests).unwrap().contains(&format!("async fn {name}()")));
    }
}
