//! Both built programs together: switching the language, restoring the window position, and a
//! self-check on a complete desktop.

use serde_json::Value;
use tokio::process::Child;

use super::{Desktop, DesktopOptions, MenuItem, Web, processes, within};

/// Position and size of the window as reported to the page.
const PLACE: &str = "[screenX, screenY, innerWidth, innerHeight]";

/// Polls the page until `script` returns true.
async fn until(web: &Web, script: &str) -> anyhow::Result<()> {
    let looks = format!(
        "return new Promise((done) => {{
            const look = () => ({script}) ? done(true) : setTimeout(look, 20);
            look();
        }});"
    );
    within(script, web.execute(&looks)).await??;
    Ok(())
}

fn start(desktop: &Desktop) -> anyhow::Result<Child> {
    Ok(desktop.command("thinq-tray").spawn()?)
}

async fn run(desktop: &Desktop, arguments: &[&str]) -> anyhow::Result<Option<i32>> {
    let mut program = desktop.command("thinq-tray").args(arguments).spawn()?;
    Ok(within("the command", program.wait()).await??.code())
}

#[tokio::test]
async fn a_language_is_switched_in_tray_and_window_without_a_restart() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let _resident = start(&desktop).unwrap();
    let web = desktop.web().await.unwrap();
    let tray = desktop.tray().await.unwrap();
    web.wait_for_text("h1", "Welcome to ThinQ Tray").await.unwrap();

    assert_eq!(run(&desktop, &["settings", "language", "ko"]).await.unwrap(), Some(0));

    web.wait_for_text("h1", "ThinQ Tray를 시작해요").await.unwrap();
    until(&web, "document.documentElement.lang === 'ko'").await.unwrap();
    let is_korean = |menu: &[MenuItem]| menu.iter().any(|item| item.label == "종료");
    tray.wait_until(|_, menu| is_korean(menu)).await.unwrap();
}

#[tokio::test]
async fn the_window_opens_at_the_place_and_size_it_had() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let _resident = start(&desktop).unwrap();
    let web = desktop.web().await.unwrap();
    web.wait_for_text("h1", "Welcome to ThinQ Tray").await.unwrap();

    let shaped = ["search", "--sync", "--onlyvisible", "--name", "^ThinQ Tray$"];
    let shape = ["windowsize", "--sync", "700", "600", "windowmove", "--sync", "120", "90"];
    processes::run_tool("xdotool", &[&shaped[..], &shape].concat(), None, &desktop.environment)
        .await
        .unwrap();
    // The page receives its position later than its size.
    let is_there = "innerWidth === 700 && innerHeight === 600
        && Math.abs(screenX - 120) < 50 && Math.abs(screenY - 90) < 50";
    until(&web, is_there).await.unwrap();
    let before = place(&web).await.unwrap();
    let kept = desktop.state_dir().join("thinq-tray/window.json");
    drop(web.execute("window.__TAURI_INTERNALS__.invoke('close'); return true;").await);
    drop(web);
    desktop.web_is_gone().await.unwrap();
    assert!(kept.exists(), "{}", desktop.logs());
    let webkits = desktop.data_dir().join("org.thinqtray.ThinQTray");
    assert!(!webkits.exists(), "WebKit left stores behind");

    assert_eq!(run(&desktop, &[]).await.unwrap(), Some(0));

    let web = desktop.web().await.unwrap();
    // The page receives size and position separately.
    let came_back = until(&web, &format!("JSON.stringify({PLACE}) === '{before}'")).await;
    assert_eq!(place(&web).await.unwrap(), before);
    came_back.unwrap();
}

async fn place(web: &Web) -> anyhow::Result<Value> {
    web.execute(&format!("return {PLACE};")).await
}

#[tokio::test]
async fn the_self_check_finds_a_whole_desktop() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let _resident = start(&desktop).unwrap();
    desktop.tray().await.unwrap();

    let ended = desktop.command("thinq-tray").arg("doctor").arg("--json").spawn().unwrap();
    within("the doctor", ended.wait_with_output()).await.unwrap().unwrap();

    let said = desktop.logs();
    let line = said.lines().find(|line| line.starts_with("{\"checks\"")).unwrap();
    let checkup: Value = serde_json::from_str(line).unwrap();
    let finding = |subject: &str| {
        let checks = checkup["checks"].as_array().unwrap();
        checks.iter().find(|check| check["subject"] == subject).unwrap()["finding"].clone()
    };
    for (subject, expected) in
        [("keyring", "ready"), ("notificationServer", "ready"), ("trayHost", "ready")]
    {
        assert_eq!(finding(subject), expected, "{checkup}");
    }
}
