//! The program starts hidden and remains reachable: by its icon, else its window, else a
//! notification.

use super::{DesktopOptions, Stage, ends, shows};

const TITLE: &str = "ThinQ Tray";

fn without_panel() -> DesktopOptions {
    DesktopOptions { tray_host: false, ..DesktopOptions::default() }
}

/// Like the close button of its frame.
async fn close_window(stage: &Stage) -> anyhow::Result<()> {
    let web = stage.desktop.web().await?;
    // The page closes before it could answer.
    drop(web.execute("window.__TAURI_INTERNALS__.invoke('close')").await);
    drop(web);
    stage.desktop.web_is_gone().await
}

#[tokio::test(flavor = "multi_thread")]
async fn at_login_only_the_icon_appears() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let screen = stage.desktop.screen()?;

    let mut resident = stage.start(&["--hidden"])?;
    let tray = stage.desktop.tray().await?;
    shows(&tray, "ThinQ Tray: Signed out").await?;

    assert_eq!(screen.count(TITLE), 0, "no window was requested");
    tray.click("Quit").await?;
    ends(&mut resident).await?;
    assert!(!stage.desktop.logs().contains("window opened"), "{}", stage.desktop.logs());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_starts_after_the_program_keeps_the_window_away() -> anyhow::Result<()> {
    let stage = Stage::set(without_panel()).await?;
    let screen = stage.desktop.screen()?;
    let mut resident = stage.start(&["--hidden"])?;
    stage.desktop.wait_until_ready().await?;

    stage.desktop.tray_host_start().await?;

    shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;
    assert_eq!(screen.count(TITLE), 0);
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_restarts_opens_no_window_and_one_that_stays_away_does() -> anyhow::Result<()>
{
    let stage = Stage::set(DesktopOptions::default()).await?;
    let screen = stage.desktop.screen()?;
    let _resident = stage.start(&[])?;
    close_window(&stage).await?;
    shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;

    stage.desktop.tray_host_stop().await?;
    stage.desktop.tray_host_start().await?;
    shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;
    assert_eq!(screen.count(TITLE), 0);

    stage.desktop.tray_host_stop().await?;
    screen.wait_for(TITLE).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_self_check_finds_the_icon_that_is_in_the_panel_now() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&["--hidden"])?;
    shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;
    let tray_of = async || {
        let mut command = stage.desktop.command("thinq-tray");
        let output = command.args(["doctor", "--json"]).stdout(std::process::Stdio::piped());
        let output = super::within("the self-check", output.output()).await??;
        let checkup: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let checks = checkup["checks"].as_array().into_iter().flatten();
        let mut tray = checks.filter(|check| check["subject"] == "trayHost");
        anyhow::Ok(tray.next().map(|check| check["finding"].clone()))
    };

    assert_eq!(tray_of().await?, Some("ready".into()));
    stage.desktop.tray_host_forget().await;
    assert_eq!(tray_of().await?, Some("withoutIcon".into()));
    stage.desktop.tray_host_stop().await?;
    assert_eq!(tray_of().await?, Some("missing".into()));

    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_without_an_icon_is_told_of_once_and_comes_back_by_a_click()
-> anyhow::Result<()> {
    let stage = Stage::set(without_panel()).await?;
    let mut resident = stage.start(&[])?;

    close_window(&stage).await?;
    let told = |shown: &super::Notified| shown.summary == "ThinQ Tray is still running";
    let notified = stage.desktop.wait_for_notification(told).await?;
    stage.desktop.invoke_action(notified.id, "default").await?;
    close_window(&stage).await?;
    stage.output(&["notify-test"]).await?;

    let notifications = stage.desktop.notifications();
    assert_eq!(notifications.iter().filter(|shown| told(shown)).count(), 1);
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_says_nothing_where_the_icon_is_seen() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    shows(&stage.desktop.tray().await?, "ThinQ Tray: Signed out").await?;

    close_window(&stage).await?;
    stage.output(&["notify-test"]).await?;

    assert_eq!(stage.desktop.notifications().len(), 1, "the test notification alone");
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}
