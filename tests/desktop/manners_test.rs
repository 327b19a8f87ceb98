//! Behaviour of the window on a desktop: first frame, colours, position and keys.

use std::fs;

use serde_json::json;

use super::{
    Colour, Desktop, DesktopOptions, Web,
    portal::{Portal, Scheme},
    processes,
    web::looks,
    within,
};

const TITLE: &str = "ThinQ Tray";
const DARK_PAGE: Colour = [0x15, 0x18, 0x1c];
const LIGHT_PAGE: Colour = [0xf4, 0xf5, 0xf7];
/// Longer than the first second of a window.
const PICTURES: usize = 60;

/// A returning user: the window opens at the views.
fn welcome(desktop: &Desktop) {
    let dir = desktop.config_dir().join("thinq-tray");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("settings.toml"), "welcomed = true\n").unwrap();
}

async fn keys(desktop: &Desktop, keys: &[&str]) {
    let arguments = [&["key", "--clearmodifiers"], keys].concat();
    processes::run_tool("xdotool", &arguments, None, &desktop.environment).await.unwrap();
}

/// Polls the page until `script` returns true.
async fn until(web: &Web, script: &str) {
    let looks = format!(
        "return new Promise((done) => {{
            const look = () => ({script}) ? done(true) : setTimeout(look, 20);
            look();
        }});"
    );
    within(script, web.execute(&looks)).await.unwrap().unwrap();
}

#[tokio::test]
async fn in_the_dark_nothing_bright_is_seen_before_the_page() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let _portal = Portal::start(&desktop, Scheme::Dark).await.unwrap();
    let screen = desktop.screen().unwrap();
    let _resident = desktop.command("thinq-tray").spawn().unwrap();

    let window = screen.wait_for(TITLE).await.unwrap();
    let mut looks = looks();
    let mut brightest = 0.0_f64;
    let mut pictures = 0;
    let watched = async {
        // A slow display shows nothing at first.
        loop {
            let picture = screen.picture(window).unwrap();
            brightest = picture.bright_share().max(brightest);
            pictures += 1;
            if pictures >= PICTURES && picture.share_of(DARK_PAGE) > 0.5 {
                break;
            }
            looks.tick().await;
        }
    };
    within("the page's colour on the screen", watched).await.unwrap();

    assert!(brightest < 0.2, "{brightest} of the window was bright for a moment");
}

#[tokio::test]
async fn the_window_follows_the_colours_of_the_desktop_while_it_is_open() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let portal = Portal::start(&desktop, Scheme::Light).await.unwrap();
    let _resident = desktop.command("thinq-tray").spawn().unwrap();
    let web = desktop.web().await.unwrap();
    let screen = desktop.screen().unwrap();
    let window = screen.wait_for(TITLE).await.unwrap();
    web.wait_for_text("h1", "Welcome to ThinQ Tray").await.unwrap();

    for (scheme, page) in
        [(Scheme::Dark, DARK_PAGE), (Scheme::Light, LIGHT_PAGE), (Scheme::Dark, DARK_PAGE)]
    {
        portal.switch_to(scheme).await.unwrap();

        let is_dark = scheme == Scheme::Dark;
        let followed = format!("matchMedia('(prefers-color-scheme: dark)').matches === {is_dark}");
        until(&web, &followed).await;
        let seen = async {
            let mut looks = looks();
            while screen.picture(window).unwrap().share_of(page) < 0.5 {
                looks.tick().await;
            }
        };
        within("the colours on the screen", seen).await.unwrap();
    }
}

#[tokio::test]
async fn on_a_screen_that_became_smaller_the_whole_window_is_seen() {
    let kept = [
        // The screen that it was on was removed.
        json!({ "place": [1900.0, 1000.0], "size": [1600.0, 1400.0] }),
        // It no longer fits at its old position.
        json!({ "place": [40.0, 40.0], "size": [1600.0, 1400.0] }),
        // Only its lower edge was on the remaining screen.
        json!({ "place": [100.0, -900.0], "size": [480.0, 1200.0] }),
    ];
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    welcome(&desktop);
    let dir = desktop.state_dir().join("thinq-tray");
    fs::create_dir_all(&dir).unwrap();
    let resident = desktop.command("thinq-tray").arg("--hidden").spawn().unwrap();
    desktop.tray().await.unwrap();

    for geometry in kept {
        fs::write(dir.join("window.json"), geometry.to_string()).unwrap();
        let second = desktop.command("thinq-tray").status();
        within("the second start", second).await.unwrap().unwrap();
        let web = desktop.web().await.unwrap();
        let inside = "screenX >= 0 && screenY >= 0
            && screenX + innerWidth <= screen.width && screenY + innerHeight <= screen.height";
        until(&web, inside).await;
        drop(web.execute("window.__TAURI_INTERNALS__.invoke('close'); return true;").await);
        drop(web);
        desktop.web_is_gone().await.unwrap();
    }
    drop(resident);
}

#[tokio::test]
async fn the_keys_of_the_window_are_heard_in_one_window() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    welcome(&desktop);
    let _resident = desktop.command("thinq-tray").arg("--hidden").spawn().unwrap();
    desktop.tray().await.unwrap();
    within("the second start", desktop.command("thinq-tray").status()).await.unwrap().unwrap();
    let web = desktop.web().await.unwrap();
    let screen = desktop.screen().unwrap();
    // A signed-out user is asked to sign in; the first Escape closes the dialog.
    web.wait_for("#sign-in-token").await.unwrap();
    screen.wait_until_in_front(TITLE).await.unwrap();
    keys(&desktop, &["Escape"]).await;
    until(&web, "document.querySelector('#sign-in-token') === null").await;

    keys(&desktop, &["ctrl+comma"]).await;
    until(&web, "location.hash === '#/settings'").await;
    keys(&desktop, &["ctrl+f"]).await;
    until(&web, "document.activeElement.id === 'history-search'").await;
    assert_eq!(web.execute("return location.hash").await.unwrap(), "#/history");
    keys(&desktop, &["Tab", "question"]).await;
    web.wait_for_text("[role='dialog']", "Ctrl").await.unwrap();
    keys(&desktop, &["Escape"]).await;
    until(&web, "document.querySelector('[role=dialog]') === null").await;
    assert_eq!(screen.count(TITLE), 1, "one window per view");

    // Immediately, even while an icon shows a tooltip.
    keys(&desktop, &["Escape"]).await;
    screen.wait_until_gone(TITLE).await.unwrap();
}

#[tokio::test]
async fn a_window_that_was_open_leaves_nothing_but_its_place() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    // As for users: WebDriver needs stores that a private window does not have.
    let mut resident = desktop
        .command("thinq-tray")
        .env_remove("TAURI_WEBVIEW_AUTOMATION")
        .env_remove("WEBKIT_INSPECTOR_SERVER")
        .spawn()
        .unwrap();
    let screen = desktop.screen().unwrap();
    screen.wait_for(TITLE).await.unwrap();

    let quit = desktop.command("thinq-tray").arg("quit").status();
    within("the command", quit).await.unwrap().unwrap();
    within("the end", resident.wait()).await.unwrap().unwrap();
    screen.wait_until_gone(TITLE).await.unwrap();
    // The window disappears before its processes have ended.
    for program in ["thinq-tray-window", "WebKitWebProcess", "WebKitNetworkProcess"] {
        desktop.wait_for_end(program).await.unwrap();
    }

    let own = ["thinq-tray", "keyrings", "mesa_shader_cache", "fontconfig", "openbox"];
    for dir in [desktop.data_dir(), desktop.home().join(".cache"), desktop.config_dir()] {
        let left = fs::read_dir(&dir).unwrap().flatten().map(|entry| entry.file_name());
        let left: Vec<_> = left
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| !own.contains(&name.as_str()))
            .collect();
        assert!(left.is_empty(), "left in {}: {left:?}", dir.display());
    }
    assert!(!desktop.runtime_dir().join("webkit").exists());
    let logs = desktop.logs();
    assert!(!logs.contains("lost the connection to the resident program"), "{logs}");
}
