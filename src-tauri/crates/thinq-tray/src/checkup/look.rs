//! Collects the facts: in the running program, or as far as possible without it.
//!
//! Makes no calls to LG: only the port of the hub is probed.

use std::time::Duration;

use model::{Home, KeyringState, Status, Subscription};
use monitor::{HistoryHealth, KeyringError, history_health};
use tokio::{task::spawn_blocking, time::timeout};
use url::Url;

use super::{Facts, Line, NotificationServer, platform};
use crate::{
    app::App,
    autostart::Autostart,
    keyring,
    paths::{Paths, Profile},
    settings::Settings,
};

/// Time limit for each query.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time limit for checking the history file; a large one is checked in part.
const HISTORY_PATIENCE: Duration = Duration::from_secs(2);

/// Collects the facts in the running program.
pub(crate) async fn look_within(app: &App) -> Facts {
    let status = app.status();
    let invalid = app.settings_invalid();
    let service = app.monitor.service();
    let home = app.monitor.home();
    let subscribed = is_listening(&status).then(|| subscribed(&home.borrow()));
    // A working connection needs no probe.
    let look_at = (!is_listening(&status)).then_some((service.hub_url, service.proxy));
    Facts {
        keyring: status.keyring,
        subscribed,
        clock_ahead_ms: app.monitor.hub_clock_ahead_ms(),
        invalid,
        ..look_around(app.profile(), look_at, Some(status)).await
    }
}

/// Collects the facts while the program is not running.
pub(crate) async fn look_from_outside(profile: Profile, settings: &Settings) -> Facts {
    let service = &settings.service;
    let look_at = Some((service.hub_url.clone(), service.proxy.clone()));
    let keyring = match timeout(PATIENCE, keyring::of(profile).load()).await {
        Ok(Ok(_)) => KeyringState::Available,
        Ok(Err(KeyringError::Missing(_))) => KeyringState::Missing,
        Ok(Err(_)) | Err(_) => KeyringState::Locked,
    };
    let invalid = settings.invalid.clone();
    Facts { keyring, invalid, ..look_around(profile, look_at, None).await }
}

async fn look_around(
    profile: Profile,
    hub: Option<(Url, Option<Url>)>,
    status: Option<Status>,
) -> Facts {
    let of_disk = spawn_blocking(move || {
        let history = Paths::of(profile).map_or(HistoryHealth::Absent, |paths| {
            history_health(&paths.history(), HISTORY_PATIENCE)
        });
        let autostart = Autostart::of(profile).map(|entry| entry.state());
        (history, autostart)
    });
    let (server, has_tray_host, hub, of_disk) = tokio::join!(
        timeout(PATIENCE, platform::notification_server()),
        timeout(PATIENCE, platform::has_tray_host()),
        look_at(hub),
        of_disk,
    );
    let (history, autostart) = of_disk.unwrap_or((HistoryHealth::Unreadable, None));
    Facts {
        status,
        is_demo: profile == Profile::Demo,
        keyring: KeyringState::Available,
        server: server.unwrap_or(Some(NotificationServer::Silent)),
        has_tray_host: has_tray_host.unwrap_or(Some(false)),
        hub,
        subscribed: None,
        clock_ahead_ms: None,
        history,
        autostart,
        invalid: Vec::new(),
    }
}

/// Number of subscribed devices, and of devices that should be. Devices without notifications, by
/// choice or on LG's side, are not counted.
pub(super) fn subscribed(home: &Home) -> (u32, u32) {
    let (mut active, mut all) = (0, 0);
    for device in home.devices.iter().filter(|device| device.is_watched) {
        match device.push {
            Subscription::Active => (active, all) = (active + 1, all + 1),
            Subscription::Off | Subscription::Pending | Subscription::Failed { .. } => all += 1,
            Subscription::Unsupported => {}
        }
    }
    (active, all)
}

fn is_listening(status: &Status) -> bool {
    matches!(status.connection, model::ConnectionState::Listening { .. })
}

async fn look_at(hub: Option<(Url, Option<Url>)>) -> Line {
    let Some((hub, proxy)) = hub else { return Line::NotLooked };
    match thinq::needs_proxy(&hub, proxy.as_ref()) {
        Ok(false) => {}
        Ok(true) => return Line::NotLooked,
        Err(_) => return Line::InvalidProxy,
    }
    match timeout(PATIENCE, thinq::reach(&hub)).await {
        Ok(Ok(_)) => Line::Open,
        Ok(Err(_)) | Err(_) => Line::Dead,
    }
}
