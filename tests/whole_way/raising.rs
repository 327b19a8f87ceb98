//! Every way to open the window raises it to the front.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time;
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask},
    },
    rust_connection::RustConnection,
};

use super::{Desktop, DesktopOptions, Stage, within};

const WINDOW: &str = "thinq-tray-window";
const TITLE: &str = "ThinQ Tray";
const OTHER: &str = "somebody else's";

/// Records consumed activation tokens: a window raised with one broadcasts `remove: ID="…"` to the
/// display, in messages of 20 bytes.
struct Tokens {
    connection: RustConnection,
    heard: Vec<u8>,
}

impl Tokens {
    fn listen(desktop: &Desktop) -> anyhow::Result<Self> {
        let command = desktop.command(WINDOW);
        let display = command.as_std().get_envs().find(|(name, _)| *name == "DISPLAY");
        let display = display.and_then(|(_, value)| value?.to_str()).context("no display")?;
        let (connection, screen) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots[screen].root;
        let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.change_window_attributes(root, &mask)?.check()?;
        Ok(Self { connection, heard: Vec::new() })
    }

    async fn wait_for(&mut self, token: &str) -> anyhow::Result<()> {
        let wanted = format!("remove: ID=\"{token}\"");
        let mut looks = time::interval(Duration::from_millis(20));
        let is_heard = async {
            while !String::from_utf8_lossy(&self.heard).contains(&wanted) {
                looks.tick().await;
                while let Some(event) = self.connection.poll_for_event()? {
                    if let Event::ClientMessage(message) = event {
                        let bytes = message.data.as_data8().into_iter();
                        self.heard.extend(bytes.filter(|byte| *byte != 0));
                    }
                }
            }
            anyhow::Ok(())
        };
        within(&wanted, is_heard).await?
    }
}

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
    // Also if it was minimized.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_the_desktop_gives_to_a_click_reaches_the_window() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&["--hidden"])?;
    let tray = stage.desktop.tray().await?;
    stage.desktop.sign_in(stage.command()).await?;
    stage.is_subscribed(1).await?;
    let first = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    let second = stage.push("DRYING_IS_COMPLETE", "Drying is done").await?;
    let screen = stage.desktop.screen()?;
    let mut tokens = Tokens::listen(&stage.desktop)?;

    // A newly opened window is started with the token.
    stage.desktop.click_with_token(first.id, "token-of-the-first-click").await?;
    screen.wait_for(TITLE).await?;
    let started_with = stage.desktop.environment_of(WINDOW).context("the window runs")?;
    let has = |line: &str| started_with.iter().any(|one| one == line);
    assert!(has("XDG_ACTIVATION_TOKEN=token-of-the-first-click"), "{started_with:?}");
    // An open window receives the token and uses it.
    stage.desktop.click_with_token(second.id, "token-of-the-second-click").await?;
    tokens.wait_for("token-of-the-second-click").await?;
    tray.activate_with_token("token-of-the-panel").await?;
    tokens.wait_for("token-of-the-panel").await?;
    let mut launched = stage.desktop.command("thinq-tray");
    let launched = launched.env("XDG_ACTIVATION_TOKEN", "token-of-the-launcher").status();
    within("the second start", launched).await??;
    tokens.wait_for("token-of-the-launcher").await
}
