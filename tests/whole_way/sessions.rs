//! The program lives as long as its session, and its window opens on the display of its user.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time,
};

use super::{DesktopOptions, Request, Response, Stage, ends, shows};
use crate::desktop::{OtherDisplay, Screen, within};

const TITLE: &str = "ThinQ Tray";
const DISPLAY: &str = "DISPLAY";

/// Started by `ssh`, or by the user's systemd before the desktop.
fn without_display(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = stage.command();
    command.args(arguments).env_remove(DISPLAY).kill_on_drop(true);
    command
}

fn on(display: &OtherDisplay, stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = stage.command();
    command.args(arguments).env(DISPLAY, display.name()).kill_on_drop(true);
    command
}

async fn done(command: &mut Command) -> anyhow::Result<()> {
    let status = within("the second start", command.status()).await??;
    anyhow::ensure!(status.success(), "it ended with {status}");
    Ok(())
}

/// Code and words of a start that fails.
async fn refused(mut command: Command) -> anyhow::Result<(Option<i32>, String)> {
    let output = within("the start", command.stderr(Stdio::piped()).output()).await??;
    Ok((output.status.code(), String::from_utf8(output.stderr)?))
}

fn send(child: &Child, signal: Signal) -> anyhow::Result<()> {
    let id = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    Ok(kill_process(id.expect("it runs"), signal)?)
}

async fn ends_cleanly(stage: &Stage, resident: &mut Child) -> anyhow::Result<()> {
    ends(resident).await?;
    let logs = stage.desktop.logs();
    anyhow::ensure!(logs.contains("stopped") && !logs.contains("did not stop"), "{logs}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_takes_the_program_along() -> anyhow::Result<()> {
    for end in ["Xvfb", "dbus-daemon"] {
        let stage = Stage::set(DesktopOptions::default()).await?;
        let mut resident = stage.start(&["--hidden"])?;
        shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;

        stage.desktop.kill(end).await?;

        ends_cleanly(&stage, &mut resident).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_that_ends_a_session_ends_the_program_cleanly() -> anyhow::Result<()> {
    let options =
        || DesktopOptions { display: false, tray_host: false, ..DesktopOptions::default() };
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let stage = Stage::set(options()).await?;
        let mut resident = stage.start(&["--hidden"])?;
        stage.desktop.wait_until_ready().await?;

        send(&resident, signal)?;

        ends_cleanly(&stage, &mut resident).await?;
    }
    // As `nohup` does it.
    let stage = Stage::set(options()).await?;
    let mut command = stage.desktop.tool("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" --hidden"]);
    let mut resident = command.arg(stage.command().as_std().get_program()).spawn()?;
    stage.desktop.wait_until_ready().await?;
    send(&resident, Signal::HUP)?;
    stage.output(&["status"]).await?;
    send(&resident, Signal::TERM)?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_started_before_the_display_opens_its_window_on_it() -> anyhow::Result<()>
{
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = without_display(&stage, &["--hidden"]).spawn()?;
    let tray = stage.desktop.tray().await?;
    let screen = stage.desktop.screen()?;

    // At the login: the display becomes known, and nothing opens.
    done(stage.command().arg("--hidden")).await?;
    assert!(!stage.desktop.logs().contains("window opened"), "{}", stage.desktop.logs());
    tray.click("Open history").await?;
    screen.wait_for(TITLE).await?;

    // It was no part of the session with that display.
    stage.desktop.kill("Xvfb").await?;
    stage.desktop.wait_for_end("thinq-tray-window").await?;
    let (code, said) = refused(without_display(&stage, &[])).await?;
    assert_eq!(code, Some(1), "{said}");
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_without_a_display_is_refused_with_the_reason() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&["--hidden"])?;
    stage.desktop.tray().await?;

    let (code, said) = refused(without_display(&stage, &[])).await?;
    assert_eq!(code, Some(1));
    assert!(said.contains("The window has no display to open on."), "{said}");
    let mut command = stage.command();
    command.env(DISPLAY, ":64999");
    let (code, said) = refused(command).await?;
    assert_eq!(code, Some(1));
    assert!(said.contains("Start thinq-tray on your desktop."), "{said}");

    // The display of the icon is still the one of windows.
    stage.desktop.tray().await?.click("Open history").await?;
    stage.desktop.screen()?.wait_for(TITLE).await?;
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sessions_each_gets_the_window_that_it_asks_for() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let seat = stage.desktop.screen()?;
    let other = stage.desktop.other_display().await?;
    let remote = Screen::open(other.name())?;
    let mut resident = on(&other, &stage, &["--hidden"]).spawn()?;
    let tray = stage.desktop.tray().await?;

    done(&mut stage.command()).await?;
    seat.wait_for(TITLE).await?;
    done(&mut on(&other, &stage, &[])).await?;
    remote.wait_for(TITLE).await?;
    seat.wait_until_gone(TITLE).await?;

    // The session in which it was started ends: the other one has the program from then on.
    drop(other);
    stage.desktop.wait_for_end("thinq-tray-window").await?;
    tray.click("Open history").await?;
    seat.wait_for(TITLE).await?;

    stage.desktop.kill("Xvfb").await?;
    ends_cleanly(&stage, &mut resident).await
}

/// Stands in for the program that opens pages, and writes its environment to a file.
const BROWSER: &str = r#"#!/bin/sh
set >"$BROWSER_SEEN.new"
mv "$BROWSER_SEEN.new" "$BROWSER_SEEN"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_opens_on_the_display_of_the_user_and_sees_no_secret() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let other = stage.desktop.other_display().await?;
    let bin = stage.desktop.home().join("bin");
    fs::create_dir(&bin)?;
    fs::write(bin.join("xdg-open"), BROWSER)?;
    fs::set_permissions(bin.join("xdg-open"), fs::Permissions::from_mode(0o700))?;
    let seen = stage.desktop.home().join("seen");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH")?);
    let mut command = on(&other, &stage, &["--hidden"]);
    command.env("PATH", path).env("BROWSER_SEEN", &seen);
    command.env("THINQ_TRAY_EMP_CLIENT_SECRET", "f00d").env("XDG_ACTIVATION_TOKEN", "used-up");
    let mut resident = command.spawn()?;
    stage.desktop.tray().await?;
    let opened = async || {
        let answer = stage.desktop.ask(Request::TokenPageOpen).await?;
        anyhow::ensure!(matches!(answer, Response::Done), "{answer:?}");
        let written = async {
            loop {
                if let Ok(text) = fs::read_to_string(&seen) {
                    return text;
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        let text = within("the browser", written).await?;
        fs::remove_file(&seen)?;
        anyhow::Ok(text)
    };
    let is_on = |text: &str, display: &str| text.contains(&format!("DISPLAY='{display}'"));

    let text = opened().await?;
    assert!(is_on(&text, other.name()), "{text}");
    assert!(!text.contains("f00d") && !text.contains("used-up"), "{text}");

    // The window is on the second display, although the program goes on on the first.
    done(&mut stage.command()).await?;
    stage.desktop.screen()?.wait_for(TITLE).await?;
    let text = opened().await?;
    assert!(is_on(&text, stage.desktop.display()?), "{text}");

    // The display of the program's start is gone.
    stage.desktop.kill("thinq-tray-window").await?;
    drop(other);
    stage.output(&["status"]).await?;
    let moved = async {
        while !is_on(&opened().await?, stage.desktop.display()?) {}
        anyhow::Ok(())
    };
    within("the move to the other display", moved).await??;
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}
