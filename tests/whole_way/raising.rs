//! However the window is asked for, it comes to the front of what is there.

use super::{DesktopOptions, Stage};

const TITLE: &str = "ThinQ Tray";
const OTHER: &str = "somebody else's";

#[tokio::test(flavor = "multi_thread")]
async fn the_window_comes_to_the_front_however_it_is_asked_for() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    let notified = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    let screen = stage.desktop.screen()?;
    let other = screen.open_other(OTHER).await?;

    // A second start.
    stage.output(&[]).await?;
    screen.wait_until_in_front(TITLE).await?;
    screen.put_in_front(other)?;
    screen.wait_until_in_front(OTHER).await?;
    // A click on the icon.
    tray.activate().await?;
    screen.wait_until_in_front(TITLE).await?;
    screen.put_in_front(other)?;
    screen.wait_until_in_front(OTHER).await?;
    // A click on a notification.
    stage.desktop.invoke_action(notified.id, "default").await?;
    screen.wait_until_in_front(TITLE).await?;
    web.wait_for("[data-event-details]").await?;
    // Also when it was minimized.
    stage.desktop.minimize(TITLE).await?;
    screen.wait_until_gone(TITLE).await?;
    tray.activate().await?;
    screen.wait_until_in_front(TITLE).await?;
    assert_eq!(screen.count(TITLE), 1, "there is one window");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_opened_is_in_front() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&["--hidden"])?;
    let tray = stage.desktop.tray().await?;
    let screen = stage.desktop.screen()?;
    screen.open_other(OTHER).await?;

    tray.activate().await?;

    screen.wait_until_in_front(TITLE).await
}
