//! Starts and stops the programs of the desktop.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};
use zbus::{Connection, fdo::DBusProxy, names::BusName};

use super::{Desktop, MARK, PATIENCE, Screen, within};

const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// No service folders, so that D-Bus activation starts nothing.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=DIR</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

pub(super) type Environment = [(&'static str, String)];

/// Program running next to the test. Dropping it kills it.
pub(super) struct Background(
    #[expect(dead_code, reason = "held so that the process ends with it")] Child,
);

pub(super) fn create_private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// A command with only the desktop in its environment; ends with the test.
pub(super) fn bare_command(program: &Path, environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub(super) fn tool(program: &str, environment: &Environment) -> Command {
    let mut command = bare_command(Path::new(program), environment);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(super) fn spawn(mut command: Command, program: &str) -> anyhow::Result<Child> {
    command.spawn().map_err(|error| missing(program, error))
}

pub(super) fn spawn_tool(
    program: &str,
    arguments: &[&str],
    environment: &Environment,
) -> anyhow::Result<Background> {
    let mut command = tool(program, environment);
    command.args(arguments);
    spawn(command, program).map(Background)
}

/// Runs a program to completion.
pub(super) async fn run_tool(
    program: &str,
    arguments: &[&str],
    path: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<()> {
    let mut command = tool(program, environment);
    command.args(arguments).args(path);
    let status = command.status().await.map_err(|error| missing(program, error))?;
    if !status.success() {
        bail!("`{program}` failed: {status}");
    }
    Ok(())
}

fn missing(program: &str, error: io::Error) -> anyhow::Error {
    let hint = format!("`{program}` did not start; `cargo xtask setup` installs it");
    anyhow::Error::new(error).context(hint)
}

/// An X server that picks a free number; returned with its name, for example `:3`.
pub(super) async fn start_display(
    environment: &Environment,
    dir: &Path,
) -> anyhow::Result<(Background, String)> {
    let mut command = tool("Xvfb", environment);
    command
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
        .args(["-nolisten", "tcp", "-noreset"])
        .current_dir(dir)
        .stdout(Stdio::piped());
    let mut child = spawn(command, "Xvfb")?;
    let number = within("a display", first_line(&mut child)).await??;
    Ok((Background(child), format!(":{number}")))
}

/// Window manager: provides frames and keyboard focus from the first window on.
pub(super) async fn start_window_manager(
    environment: &Environment,
    dir: &Path,
    display: &str,
) -> anyhow::Result<Background> {
    let mut command = tool("openbox", environment);
    command.current_dir(dir);
    let manager = spawn(command, "openbox").map(Background)?;
    Screen::open(display)?.wait_for_window_manager().await?;
    Ok(manager)
}

/// A session bus, returned with its address.
pub(super) async fn start_bus(
    environment: &Environment,
    dir: &Path,
) -> anyhow::Result<(Background, String)> {
    let config = dir.join("bus.conf");
    fs::write(&config, BUS.replace("DIR", &dir.to_string_lossy()))?;
    let mut command = tool("dbus-daemon", environment);
    command
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--nopidfile", "--print-address=1"])
        .stdout(Stdio::piped());
    let mut child = spawn(command, "dbus-daemon")?;
    let address = within("a session bus", first_line(&mut child)).await??;
    Ok((Background(child), address))
}

/// An unlocked Secret Service, ready for requests.
pub(super) async fn start_keyring(
    environment: &Environment,
    dir: &Path,
    bus: &Connection,
) -> anyhow::Result<Background> {
    let mut command = tool("gnome-keyring-daemon", environment);
    command
        .args(["--foreground", "--unlock", "--components=secrets"])
        .current_dir(dir)
        .stdin(Stdio::piped());
    let mut child = spawn(command, "gnome-keyring-daemon")?;
    let mut password = child.stdin.take().context("the keyring takes no password")?;
    password.write_all(b"test").await?;
    drop(password);
    within("the keyring", wait_for_name(bus, "org.freedesktop.secrets")).await??;
    Ok(Background(child))
}

/// Waits until `name` has an owner on the bus.
pub(super) async fn wait_for_name(bus: &Connection, name: &str) -> anyhow::Result<()> {
    let proxy = DBusProxy::new(bus).await?;
    let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, name)]).await?;
    while !proxy.name_has_owner(BusName::try_from(name)?).await? {
        changes.next().await.context("the bus connection ended")?;
    }
    Ok(())
}

async fn first_line(child: &mut Child) -> anyhow::Result<String> {
    let output = child.stdout.take().context("its output is not piped")?;
    let line = BufReader::new(output).lines().next_line().await?;
    line.context("it ended before it was ready")
}

/// Kills every process that was started on the desktop in `dir` and waits for their end. Repeats
/// the search, since a process may start another one meanwhile.
pub(super) fn kill_all(dir: &Path) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let found = processes(dir);
        if found.is_empty() {
            return;
        }
        for pid in found {
            // It may have ended already.
            kill_process(pid, Signal::KILL).ok();
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Kills the program and waits until the kernel has removed it.
pub(super) async fn kill_program(dir: &Path, program: &str) -> anyhow::Result<()> {
    let found: Vec<Pid> = processes_of(dir, program).collect();
    for pid in &found {
        kill_process(*pid, Signal::KILL).ok();
    }
    until_dead(&found).await
}

/// Waits for all processes of the program to end.
#[cfg(test)]
pub(super) async fn wait_for_end(dir: &Path, program: &str) -> anyhow::Result<()> {
    until_dead(&processes_of(dir, program).collect::<Vec<_>>()).await
}

async fn until_dead(pids: &[Pid]) -> anyhow::Result<()> {
    let gone = async {
        while pids.iter().any(|pid| !is_dead(*pid)) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    within("the end of the program", gone).await
}

impl Desktop {
    /// Command line of the program; `None` while it is not running.
    pub(crate) fn environment_of(&self, program: &str) -> Option<Vec<String>> {
        let pid = processes_of(self.dir.path(), program).next()?;
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).ok()?;
        let lines = environment.split(|byte| *byte == 0);
        Some(lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect())
    }
}

fn processes_of(dir: &Path, program: &str) -> impl Iterator<Item = Pid> {
    processes(dir).into_iter().filter(move |pid| {
        let exe = fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()));
        exe.is_ok_and(|path| path.file_name().is_some_and(|name| name == program))
    })
}

/// Ended, or a zombie.
fn is_dead(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).map_or(true, |stat| {
        let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
        state.is_some_and(|rest| rest.starts_with(['Z', 'X']))
    })
}

/// Command lines of all processes on the desktop in `dir`.
pub(super) fn arguments(dir: &Path) -> String {
    let read = |pid: Pid| fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok();
    let all: Vec<u8> = processes(dir).into_iter().filter_map(read).flatten().collect();
    String::from_utf8_lossy(&all).into_owned()
}

fn processes(dir: &Path) -> Vec<Pid> {
    let mark = format!("{MARK}={}", dir.join("").display());
    let is_ours = |pid: &Pid| {
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero()));
        environment.is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == mark.as_bytes()))
    };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(is_ours)
        .collect()
}

pub(super) fn read_logs(dir: &Path) -> String {
    let Ok(entries) = fs::read_dir(dir) else { return String::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(path).ok()?).into_owned();
        Some(format!("--- {}\n{text}", path.file_name()?.to_string_lossy()))
    };
    paths.iter().filter_map(read).collect()
}

/// Whether a listener exists on the loopback `port`; checked without connecting.
pub(super) fn is_listening(port: u16) -> bool {
    let wanted = format!(":{port:04X}");
    fs::read_to_string("/proc/net/tcp").is_ok_and(|table| {
        table.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let local = fields.next().unwrap_or_default();
            // The state `0A` is "listen".
            local.ends_with(&wanted) && fields.nth(1) == Some("0A")
        })
    })
}
