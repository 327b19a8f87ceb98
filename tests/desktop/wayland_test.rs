//! The window under a Wayland compositor that leaves the frame to the window, as GNOME's does.

use std::fs;

use serde_json::{Value, json};

use super::{Desktop, DesktopOptions, processes, web, within};

const WAYLAND_DISPLAY: &str = "wayland-test";

#[tokio::test]
async fn a_window_that_draws_its_frame_keeps_its_size_and_names_its_desktop_entry() {
    let options = DesktopOptions { display: false, tray_host: false, ..DesktopOptions::default() };
    let desktop = Desktop::start(options).await.unwrap();
    let compositor = [
        "--backend=headless-backend.so",
        "--width=1280",
        "--height=900",
        &format!("--socket={WAYLAND_DISPLAY}"),
    ];
    let _weston = processes::spawn_tool("weston", &compositor, &desktop.environment).unwrap();
    let socket = desktop.runtime_dir().join(WAYLAND_DISPLAY);
    within("the compositor", web::until(|| socket.exists())).await.unwrap();
    let start = || {
        let mut command = desktop.command("thinq-tray");
        command.env("WAYLAND_DISPLAY", WAYLAND_DISPLAY).env("GDK_BACKEND", "wayland");
        // Every request to the compositor goes to the log.
        command.env("WAYLAND_DEBUG", "client");
        command.spawn().unwrap()
    };
    let _resident = start();
    let mut sizes = Vec::new();

    for opening in 0..3 {
        if opening > 0 {
            let ended = within("the command", start().wait()).await.unwrap().unwrap();
            assert!(ended.success(), "{}", desktop.logs());
        }
        let page = desktop.web().await.unwrap();
        page.wait_for_text("h1", "Welcome to ThinQ Tray").await.unwrap();
        // The answer is lost with the page.
        drop(page.execute("window.__TAURI_INTERNALS__.invoke('close'); return true;").await);
        drop(page);
        desktop.web_is_gone().await.unwrap();
        sizes.push(stored_size(&desktop));
    }

    assert_eq!(sizes, vec![json!([480.0, 640.0]); 3]);
    assert!(desktop.logs().contains("set_app_id(\"thinq-tray\")"), "{}", desktop.logs());
}

fn stored_size(desktop: &Desktop) -> Value {
    let path = desktop.state_dir().join("thinq-tray/window.json");
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file["size"].clone()
}
