//! The prompt for a secret, at a terminal of its own.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rustix::{
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};
use thinq_sim::DEFAULT_ACCOUNT;
use tokio::{
    process::{Child, Command as TokioCommand},
    task::spawn_blocking,
    time::sleep,
};

use crate::support::{PrivateHome, within};

/// The sign-in at a terminal, whose prompt is shown.
struct Prompted {
    keyboard: File,
    terminal: File,
    child: Child,
    _home: PrivateHome,
}

impl Prompted {
    async fn start() -> anyhow::Result<Self> {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&keyboard)?;
        unlockpt(&keyboard)?;
        let name = ptsname(&keyboard, Vec::new())?;
        let terminal = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        let (keyboard, terminal) = (File::from(keyboard), File::from(terminal));
        ensure!(has_echo(&terminal)?);
        let home = PrivateHome::new();
        // `setsid` makes the terminal that of the program.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]);
        let program = home.command(&["sign-in", "--id", DEFAULT_ACCOUNT]).into_std();
        command.arg(program.get_program()).args(program.get_args()).env_clear();
        for (name, value) in program.get_envs() {
            command.env(name, value.context("each is set")?);
        }
        let stdio = || terminal.try_clone().map(Stdio::from);
        command.stdin(stdio()?).stdout(stdio()?).stderr(stdio()?);
        let child = TokioCommand::from(command).kill_on_drop(true).spawn()?;
        let prompted = Self { keyboard, terminal, child, _home: home };
        prompted.reads("Password:").await?;
        Ok(prompted)
    }

    /// Waits until the terminal shows `text`.
    async fn reads(&self, text: &'static str) -> anyhow::Result<()> {
        let mut screen = self.keyboard.try_clone()?;
        let shown = spawn_blocking(move || {
            let (mut shown, mut bytes) = (String::new(), [0; 256]);
            while !shown.contains(text) {
                let count = screen.read(&mut bytes)?;
                shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            anyhow::Ok(())
        });
        within(text, shown).await?
    }

    /// The program below `setsid`, or `setsid` itself where it did not have to fork.
    fn program(&self) -> anyhow::Result<Pid> {
        let id = self.child.id().context("it runs")?;
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let child = children.split_whitespace().next();
        let id = child.map_or(Ok(id.cast_signed()), str::parse)?;
        Pid::from_raw(id).context("a process has a positive id")
    }

    async fn echo_is(&self, is_on: bool) -> anyhow::Result<()> {
        let changed = async {
            while has_echo(&self.terminal)? != is_on {
                sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        within("the echo", changed).await
    }
}

fn has_echo(terminal: &File) -> anyhow::Result<bool> {
    let modes = tcgetattr(terminal)?.local_modes;
    ensure!(modes.contains(LocalModes::ISIG | LocalModes::ICANON), "{modes:?}");
    Ok(modes.contains(LocalModes::ECHO))
}

#[tokio::test]
async fn the_terminal_is_as_it_was_after_any_signal() -> anyhow::Result<()> {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut prompted = Prompted::start().await?;
        prompted.echo_is(false).await?;

        kill_process(prompted.program()?, signal)?;

        let ended = within("the end", prompted.child.wait()).await?;
        let number = signal.as_raw();
        assert!(
            ended.signal() == Some(number) || ended.code() == Some(128 + number),
            "{signal:?}: {ended:?}"
        );
        assert!(has_echo(&prompted.terminal)?, "{signal:?}");
    }
    Ok(())
}

#[tokio::test]
async fn ctrl_c_and_ctrl_z_work_at_the_prompt() -> anyhow::Result<()> {
    let mut prompted = Prompted::start().await?;
    prompted.echo_is(false).await?;

    kill_process(prompted.program()?, Signal::TSTP)?;
    prompted.echo_is(true).await?;
    kill_process(prompted.program()?, Signal::CONT)?;
    prompted.reads("Password:").await?;
    prompted.echo_is(false).await?;

    prompted.keyboard.write_all(b"\x03")?;
    within("the end", prompted.child.wait()).await?;
    assert!(has_echo(&prompted.terminal)?);
    Ok(())
}

#[tokio::test]
async fn what_is_typed_is_not_seen_and_the_line_can_be_edited() -> anyhow::Result<()> {
    let mut prompted = Prompted::start().await?;
    prompted.echo_is(false).await?;

    prompted.keyboard.write_all(b"wrong\x15right\n")?;

    prompted.reads("Signing in").await?;
    assert!(has_echo(&prompted.terminal)?);
    within("the end", prompted.child.wait()).await?;
    Ok(())
}
