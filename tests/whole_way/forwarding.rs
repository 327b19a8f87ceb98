//! A forwarding target, from the form in the window to the other side.

use model::Severity;
use tokio::time::{Duration, sleep};

use super::{DesktopOptions, Stage, within};
use crate::support::{Reply, WebServer};

/// Title of the system's dialog.
const QUESTION: &str = "Run this program for each event?";

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_added_in_the_window_and_gets_what_happens() -> anyhow::Result<()> {
    let server = WebServer::start(Reply::Status(200, "", "thank you")).await?;
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    let web = stage.sign_in().await?;
    web.click("nav a[href='#/settings']").await?;

    web.click_button("Add target").await?;
    web.click(".dialog input[value='webhook']").await?;
    web.type_into("#forward-name", "Hook").await?;
    web.type_into("#forward-url", &server.url("/hook")).await?;
    web.click_button("Send a test").await?;
    web.wait_for_text(".dialog", "HTTP 200: thank you").await?;
    web.click_button("Save").await?;
    web.wait_for_text("main", "Nothing delivered yet").await?;
    stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;

    let posted = within("the event", server.wait_for(2)).await?;
    let (tested, event) = (posted[0].json(), posted[1].json());
    assert_eq!((&tested["isTest"], &event["isTest"]), (&true.into(), &false.into()));
    assert_eq!(event["text"], "Laundry is done");
    assert_eq!(event["severity"], Severity::Info.into_str());
    assert!(!posted[1].text.contains(&stage.washer.id), "LG's id is personal");
    web.wait_for_text("main", "Last delivery").await?;

    server.set_reply(Reply::Status(503, "", "<i>later</i>"));
    stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    web.wait_for_text("main", "HTTP 503: <i>later</i>").await?;
    web.wait_for_text("main", "1 event waits").await?;
    web.click_button("Remove “Hook”").await?;
    web.wait_for_text("[role='alertdialog']", "1 event that waits").await?;
    web.execute(
        "[...document.querySelectorAll('[role=alertdialog] button')]
            .find((button) => button.textContent.trim() === 'Remove').click()",
    )
    .await?;
    web.wait_for_text("main", "Nothing is forwarded").await?;
    resident.kill().await?;
    Ok(())
}

/// What the page asks for itself, as if it were not ours.
const RUN: &str = "window.answered = null;
    window.__TAURI_INTERNALS__.invoke('ask', { request: { ask: 'forwardTest', target: {
        name: 'evil', isOn: true, kind: 'command', program: 'touch', arguments: [arguments[0]],
        categories: null, severities: null, devices: null, waitsInQuietHours: false, keepHours: 24,
    } } }).then((answer) => { window.answered = JSON.stringify(answer); });";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_runs_no_program_that_the_user_does_not_confirm() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    let web = stage.sign_in().await?;
    let made = stage.desktop.home().join("made");
    let path = serde_json::Value::from(made.display().to_string());
    let answered = async |text: &str| {
        let answer = async {
            loop {
                let answer = web.execute("return window.answered").await?;
                if answer.as_str().is_some_and(|answer| answer.contains(text)) {
                    return anyhow::Ok(());
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        within(text, answer).await?
    };

    web.execute_with(RUN, vec![path.clone()]).await?;
    let screen = stage.desktop.screen()?;
    let question = screen.wait_for(QUESTION).await?;
    screen.close(question)?;

    answered("commandNotConfirmed").await?;
    assert!(!made.exists());
    // In a terminal, the user says what is to run; then the window may test it.
    let path = path.as_str().unwrap_or_default();
    stage.output(&["forward", "add", "command", "mine", "--", "touch", path]).await?;
    web.execute_with(RUN, vec![path.into()]).await?;
    answered("exit status: 0").await?;
    assert!(made.exists());
    resident.kill().await?;
    Ok(())
}
