//! The page with a history of years in the real window: opening, searching and scrolling.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};

use super::{Desktop, DesktopOptions, Web, within};
use crate::support::{SEEDS, fill_years};

const EVENTS: i64 = 100_000;
const SCREENS: u32 = 12;

/// Repeatedly scrolls to the end of the loaded rows; returns the number of visible rows two frames
/// after each scroll, and the oldest row.
const SCROLL: &str = "
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const rows = () => [...document.querySelectorAll('[data-event-id]')];
    let list = rows()[0];
    while (list.scrollHeight <= list.clientHeight + 1) list = list.parentElement;
    const oldest = () => Math.min(...rows().map((row) => Number(row.dataset.eventId)));
    const inSight = () => {
        const box = list.getBoundingClientRect();
        return rows().filter((row) => {
            const own = row.getBoundingClientRect();
            return own.bottom > box.top && own.top < box.bottom;
        }).length;
    };
    const seen = [];
    for (let screen = 0; screen < arguments[0]; screen += 1) {
        const before = list.scrollHeight;
        list.scrollTop = before;
        await frame();
        await frame();
        seen.push({ rows: inSight(), oldest: oldest() });
        // The next page was loaded.
        while (list.scrollHeight === before) await frame();
    }
    return seen;";

/// Waits until the event is the only one in the list.
async fn wait_until_alone(web: &Web, id: i64) -> anyhow::Result<()> {
    let alone = "return new Promise((done) => {
        const ids = () => [...document.querySelectorAll('[data-event-id]')]
            .map((row) => Number(row.dataset.eventId));
        const look = () => String(ids()) === String(arguments[0]) ? done(true) : setTimeout(look, 20);
        look();
    });";
    within("the one event", web.execute_with(alone, vec![json!(id)])).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_events_open_are_searched_and_scroll() {
    let sim = Sim::start(SimSettings::default()).await.unwrap();
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let settings_dir = desktop.config_dir().join("thinq-tray");
    fs::create_dir_all(&settings_dir).unwrap();
    fs::set_permissions(&settings_dir, fs::Permissions::from_mode(0o700)).unwrap();
    let settings_path = settings_dir.join("settings.toml");
    fs::write(&settings_path, "welcomed = true\n").unwrap();
    fs::set_permissions(&settings_path, fs::Permissions::from_mode(0o600)).unwrap();
    fill_years(&desktop.history_path(), EVENTS).unwrap();
    let _resident = desktop
        .command("thinq-tray")
        .env("THINQ_TRAY_PROVIDER", "hub")
        .env("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .env("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str())
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    let web = desktop.web().await.unwrap();
    web.type_into("#sign-in-account", DEFAULT_ACCOUNT).await.unwrap();
    web.type_into("#sign-in-password", DEFAULT_PASSWORD).await.unwrap();
    web.click("#sign-in-submit").await.unwrap();
    // The dialog may still be closing on top of the links.
    web.execute("location.hash = '#/history'").await.unwrap();
    web.wait_for(&format!("[data-event-id='{EVENTS}']")).await.unwrap();

    // From one letter to words in either language, and the only event of its kind.
    for (text, title) in [("건조", "건조기"), ("laundry is", "세탁기"), ("오래된", "오래된 제습기")]
    {
        web.type_into("#history-search", text).await.unwrap();
        web.wait_for_text("[data-event-id]", title).await.unwrap();
    }
    // Only the device seen once is shown.
    wait_until_alone(&web, EVENTS + 1).await.unwrap();
    web.type_into("#history-search", "copy-4999-7").await.unwrap();
    // Text of a single raw message is found.
    wait_until_alone(&web, 4_999 * i64::from(SEEDS) + 7).await.unwrap();

    web.press("\u{e00c}").await.unwrap();
    web.wait_for(&format!("[data-event-id='{EVENTS}']")).await.unwrap();
    let seen = web.execute_with(SCROLL, vec![json!(SCREENS)]);
    let seen = within("the screens", seen).await.unwrap().unwrap();
    let seen = seen.as_array().unwrap();

    assert_eq!(seen.len(), SCREENS as usize);
    assert!(seen.iter().all(|screen| screen["rows"].as_u64() > Some(2)), "blank rows: {seen:?}");
    let ids: Vec<i64> = seen.iter().filter_map(|screen| screen["oldest"].as_i64()).collect();
    assert!(ids.is_sorted_by(|one, next| one > next), "the list continues: {ids:?}");
}
