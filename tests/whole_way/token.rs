//! The sign-in with a personal access token through the window's dialog.

use std::process::Stdio;

use anyhow::Context as _;
use model::ConnectionState;
use thinq_sim::{DEFAULT_TOKEN, Fault, SimSettings};
use tokio::io::AsyncWriteExt as _;

use super::{DesktopOptions, Path, Request, Response, Stage, fs, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_typed_into_the_dialog_listens_and_is_found_nowhere() -> anyhow::Result<()> {
    let root = tempfile::NamedTempFile::new()?;
    let mut settings = SimSettings::default();
    settings.connect.root_path = Some(root.path().to_owned());
    let stage = Stage::with(settings, DesktopOptions::default()).await?;
    stage.skip_first_run()?;
    let mut command = stage.desktop.command("thinq-tray");
    let resident = command
        .env("THINQ_TRAY_CONNECT_URL", stage.sim.connect_url().as_str())
        .env("SSL_CERT_FILE", root.path())
        .env("THINQ_TRAY_LOG", "trace")
        .kill_on_drop(true)
        .spawn()?;
    let web = stage.desktop.web().await?;
    web.wait_for("#sign-in-token").await?;

    web.type_into("#sign-in-token", &format!(" {DEFAULT_TOKEN} ")).await?;
    web.type_into("#sign-in-country", "South Korea").await?;
    // Leaves the list of countries.
    web.press("\u{e004}").await?;
    web.click("#sign-in-submit").await?;

    let found = format!("{} appliances", stage.sim.devices().len());
    web.wait_for_text("#status", &found).await?;
    stage
        .status_until(|status| matches!(status.connection, ConnectionState::Listening { .. }))
        .await?;
    let is_subscribed = |client: &thinq_sim::ConnectClient| {
        !client.topics.is_empty() && client.pushes.len() == stage.sim.devices().len()
    };
    let clients = stage.sim.wait_for_connect_clients(|all| all.iter().any(is_subscribed));
    within("the subscriptions", clients).await?;
    stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    web.click("nav a[href='#/history']").await?;
    web.wait_for_text("[data-event-id='1']", "Laundry is done").await?;

    assert!(!stage.desktop.arguments_contain(&[DEFAULT_TOKEN]));
    let page = web.execute("return document.documentElement.outerHTML").await?;
    let logs = stage.desktop.logs();
    let answer = stage.desktop.ask(Request::ProblemReport).await?;
    let Response::ProblemReport { text: report } = answer else { anyhow::bail!("{answer:?}") };
    let mut places = vec![("page".to_owned(), page.to_string().into_bytes())];
    places.push(("logs".to_owned(), logs.into_bytes()));
    places.push(("problem report".to_owned(), report.into_bytes()));
    for dir in [".local/share/thinq-tray", ".local/state/thinq-tray", ".config/thinq-tray"] {
        read_below(&stage.desktop.home().join(dir), &mut places)?;
    }
    assert!(places.iter().any(|(place, _)| place.ends_with("history.db")));
    assert!(places.iter().any(|(place, _)| place.ends_with("settings.toml")));
    for (place, bytes) in places {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [DEFAULT_TOKEN, "PRIVATE KEY", "BEGIN CERTIFICATE"] {
            assert!(!text.contains(secret), "`{secret}` is in {place}");
        }
    }
    drop(resident);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_told_and_a_click_opens_the_dialog() -> anyhow::Result<()> {
    let root = tempfile::NamedTempFile::new()?;
    let mut settings = SimSettings::default();
    settings.connect.root_path = Some(root.path().to_owned());
    let stage = Stage::with(settings, DesktopOptions::default()).await?;
    stage.skip_first_run()?;
    let command = |arguments: &[&str]| {
        let mut command = stage.desktop.command("thinq-tray");
        command
            .args(arguments)
            .env("THINQ_TRAY_CONNECT_URL", stage.sim.connect_url().as_str())
            .env("SSL_CERT_FILE", root.path())
            .kill_on_drop(true);
        command
    };
    let _resident = command(&["--hidden"]).spawn()?;
    stage.desktop.tray().await?;
    let mut sign_in = command(&["sign-in", "--country", "KR", "--token-stdin"]);
    let mut sign_in = sign_in.stdin(Stdio::piped()).spawn()?;
    let mut input = sign_in.stdin.take().context("its input is a pipe")?;
    input.write_all(DEFAULT_TOKEN.as_bytes()).await?;
    drop(input);
    anyhow::ensure!(within("the sign-in", sign_in.wait()).await??.success());
    stage
        .status_until(|status| matches!(status.connection, ConnectionState::Listening { .. }))
        .await?;

    stage.sim.set_fault(Fault::ConnectStatus(401));
    stage.desktop.ask(Request::HomeRead).await?;

    let title = "Make a new token";
    let told = stage.desktop.wait_for_notification(|shown| shown.summary == title).await?;
    stage.desktop.invoke_action(told.id, "default").await?;
    let web = stage.desktop.web().await?;
    web.wait_for("#sign-in-token").await?;
    web.wait_for_text("[role='dialog']", "personal access token").await?;
    Ok(())
}

fn read_below(dir: &Path, found: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            read_below(&path, found)?;
        } else {
            found.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(())
}
