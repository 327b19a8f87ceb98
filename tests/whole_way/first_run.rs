//! The first run of a new user in the real window.

use std::{fs, path::PathBuf};

use contract::{Request, Response};
use tokio::task::yield_now;

use super::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Desktop, DesktopOptions, Stage, Web, ends, within};

const TITLE: &str = "ThinQ Tray";

/// User input: filling in a form or pressing a button.
#[derive(Default)]
struct Actions(u32);

impl Actions {
    async fn press(&mut self, web: &Web, css: &str) -> anyhow::Result<()> {
        self.0 += 1;
        web.click(css).await
    }
}

/// The few labels used here, by language.
struct Said {
    welcome: &'static str,
    test: &'static str,
    notification: &'static str,
    autostart: &'static str,
    done: &'static str,
}

const ENGLISH: Said = Said {
    welcome: "Welcome to ThinQ Tray",
    test: "Do notifications arrive?",
    notification: "This is a test",
    autostart: "Start with the computer?",
    done: "All set",
};

const KOREAN: Said = Said {
    welcome: "ThinQ Tray를 시작해요",
    test: "알림이 잘 오나요?",
    notification: "테스트 알림이에요",
    autostart: "컴퓨터를 켤 때 시작할까요?",
    done: "준비됐어요",
};

fn autostarted(desktop: &Desktop) -> Vec<PathBuf> {
    let entries = fs::read_dir(desktop.config_dir().join("autostart"));
    entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

async fn first_run(options: DesktopOptions, said: &Said) -> anyhow::Result<()> {
    let stage = Stage::of_a_stranger(options).await?;
    let mut resident = stage.start(&[])?;
    let web = stage.desktop.web().await?;
    let mut actions = Actions::default();
    web.wait_for_text("h1", said.welcome).await?;

    actions.press(&web, "#welcome-sign-in").await?;
    web.type_into("#sign-in-account", DEFAULT_ACCOUNT).await?;
    web.type_into("#sign-in-password", DEFAULT_PASSWORD).await?;
    actions.press(&web, "#sign-in-submit").await?;
    web.wait_for_text("h1", said.test).await?;
    assert!(stage.desktop.notifications().is_empty(), "no notification was requested yet");
    actions.press(&web, "#welcome-test").await?;
    let notified = stage.desktop.wait_for_notification(|_| true).await?;
    assert!(actions.0 <= 5, "{} actions to the test notification", actions.0);
    assert_eq!(notified.summary, said.notification);
    actions.press(&web, "#welcome-next").await?;
    web.wait_for_text("h1", said.autostart).await?;
    assert!(autostarted(&stage.desktop).is_empty(), "autostart was not requested yet");
    actions.press(&web, "#welcome-autostart").await?;
    web.wait_for_text("h1", said.done).await?;
    assert!(actions.0 <= 5, "{} actions to the end", actions.0);

    let entries = autostarted(&stage.desktop);
    let [entry] = entries.as_slice() else { panic!("one entry, not {entries:?}") };
    let entry = fs::read_to_string(entry)?;
    assert!(entry.contains("--hidden"), "{entry}");
    web.click("#welcome-open").await?;
    web.wait_for("nav a[href='#/now'][aria-current='page']").await?;
    let settings = stage.desktop.config_dir().join("thinq-tray/settings.toml");
    let kept = async {
        while !fs::read_to_string(&settings)?.contains("welcomed = true") {
            yield_now().await;
        }
        anyhow::Ok(())
    };
    within("the end of the first run in the settings", kept).await??;
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_actions_take_a_stranger_through_the_first_run() -> anyhow::Result<()> {
    first_run(DesktopOptions::default(), &ENGLISH).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_speaks_korean_on_a_korean_desktop() -> anyhow::Result<()> {
    let options =
        DesktopOptions { language: "ko_KR.UTF-8".to_owned(), ..DesktopOptions::default() };
    first_run(options, &KOREAN).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_looks_around_in_a_demo_home_by_one_action() -> anyhow::Result<()> {
    let stage = Stage::of_a_stranger(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    let web = stage.desktop.web().await?;
    web.wait_for_text("h1", ENGLISH.welcome).await?;
    let screen = stage.desktop.screen()?;

    web.click("#welcome-demo").await?;

    // A separate window with a home that is already populated.
    screen.wait_until_count(TITLE, 2).await?;
    let is_listening = async {
        loop {
            if stage.output(&["--demo", "status"]).await?.contains("Listening") {
                return anyhow::Ok(());
            }
        }
    };
    within("the demo home", is_listening).await??;
    stage.output(&["--demo", "quit"]).await?;
    screen.wait_until_count(TITLE, 1).await?;
    // The user's own data is unchanged.
    assert!(stage.output(&["status"]).await?.contains("Signed out"));
    web.wait_for_text("h1", ENGLISH.welcome).await?;
    drop(web);
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_demo_is_where_he_began() -> anyhow::Result<()> {
    let stage = Stage::of_a_stranger(DesktopOptions::default()).await?;
    let mut resident = stage.start(&["--hidden"])?;
    stage.desktop.wait_until_ready().await?;
    let own = stage.desktop.config_dir().join("thinq-tray");
    let settings = || fs::read(own.join("settings.toml")).ok();
    let events = || stage.output(&["history", "--json"]);
    let before = (settings(), events().await?);
    let screen = stage.desktop.screen()?;

    // The request of the first run's button; two windows cannot be driven at once.
    assert!(matches!(stage.desktop.ask(Request::DemoStart).await?, Response::Done));
    let demo = stage.desktop.web().await?;
    demo.wait_for_text("main h1, main h2", "Now").await?;
    demo.wait_for_text("[role='status']", "simulated home").await?;
    demo.click("#menu").await?;
    // The window closes before the driver receives its answer.
    drop(demo.click("#menu-leave-demo").await);

    screen.wait_until_gone(TITLE).await?;
    drop(demo);
    stage.desktop.web_is_gone().await?;
    assert_eq!((settings(), events().await?), before, "the demo changed the user's own data");
    assert_eq!(stage.desktop.secret_attributes().await?, [], "the demo kept a sign-in");
    // The next start asks to sign in, as on a fresh installation.
    stage.output(&[]).await?;
    let web = stage.desktop.web().await?;
    web.wait_for_text("h1", ENGLISH.welcome).await?;
    web.click("#welcome-sign-in").await?;
    web.wait_for("#sign-in-account").await?;
    stage.output(&["quit"]).await?;
    ends(&mut resident).await
}
