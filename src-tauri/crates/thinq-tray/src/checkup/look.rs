//! Collects the facts: in the running program, or as far as possible without it.
//!
//! Only the port of the provider is probed. Of the features of a token, those not used yet are tried
//! once.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use model::{ForwardTarget, Home, KeyringState, Provider, Status, Subscription, TargetState};
use monitor::{HOURLY_CALL_BUDGET, HistoryHealth, Prompt, ServiceSettings, SignIn, history_health};
use thinq::connect::Country;
use tokio::{task::spawn_blocking, time::timeout};
use url::Url;

use super::{ConnectFacts, Facts, Line, NotificationServer, TrayHost, platform};
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
    let defaults = app.sign_in_defaults();
    let provider = status.provider.unwrap_or(defaults.provider);
    let connect = match provider {
        Provider::Hub => None,
        Provider::Connect => Some(connect_facts(app).await),
    };
    // A working connection needs no probe.
    let look_at = if is_listening(&status) {
        None
    } else {
        address_of(provider, &service, status.country.as_deref().unwrap_or(&defaults.country))
    };
    let program = app.has_icon().then(std::process::id);
    Facts {
        keyring: status.keyring,
        subscribed,
        connect,
        clock_ahead_ms: app.monitor.clock_ahead_ms(),
        invalid,
        targets: app.forwarder.state().await.unwrap_or_default().targets,
        ..look_around(app.profile(), look_at, Some(status), program).await
    }
}

/// Collects the facts while the program is not running.
pub(crate) async fn look_from_outside(profile: Profile, settings: &Settings) -> Facts {
    let loaded = keyring::of(profile).load(Prompt::Never).await;
    let (keyring, kept) = match loaded {
        Ok(kept) => (KeyringState::Available, kept),
        Err(error) => (error.state(), None),
    };
    let (provider, country) = match kept {
        Some(SignIn::Hub(_)) => (Provider::Hub, None),
        Some(SignIn::Connect(kept)) => (Provider::Connect, Some(kept.country)),
        None => (settings.provider.unwrap_or_default(), settings.country),
    };
    let country = country.map_or("", Country::code);
    let look_at = address_of(provider, &settings.service, country);
    let connect = (provider == Provider::Connect).then(ConnectFacts::default);
    let invalid = settings.invalid.clone();
    let targets = settings.targets.iter().cloned().map(untold).collect();
    Facts { keyring, connect, invalid, targets, ..look_around(profile, look_at, None, None).await }
}

/// A target of which nothing else is known.
pub(super) fn untold(target: ForwardTarget) -> TargetState {
    TargetState {
        target,
        waiting: 0,
        delivered_at_ms: None,
        delivered: 0,
        given_up: 0,
        failure: None,
    }
}

/// The address to probe. Without a country, the region is not known.
fn address_of(
    provider: Provider,
    service: &ServiceSettings,
    country: &str,
) -> Option<(Url, Option<Url>)> {
    let address = match provider {
        Provider::Hub => Some(service.hub_url.clone()),
        Provider::Connect => service
            .connect_url
            .clone()
            .or_else(|| Country::parse(country)?.region().address().parse().ok()),
    };
    Some((address?, service.proxy.clone()))
}

async fn connect_facts(app: &App) -> ConnectFacts {
    let calls = |count| (count, HOURLY_CALL_BUDGET);
    let Some(session) = app.monitor.connect_session().await else {
        return ConnectFacts {
            calls: calls(app.monitor.calls_this_hour()),
            ..ConnectFacts::default()
        };
    };
    let local = |at_ms: i64, format: &str| {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        at.to_zoned(TimeZone::system()).strftime(format).to_string()
    };
    ConnectFacts {
        is_signed_in: true,
        missing: session.missing,
        broker: session
            .broker
            .map(|broker| (broker.port, local(broker.certificate_until_ms, "%Y-%m-%d"))),
        events_until: session.events_until_ms.map(|at_ms| local(at_ms, "%Y-%m-%d %H:%M")),
        calls: calls(app.monitor.calls_this_hour()),
    }
}

async fn look_around(
    profile: Profile,
    address: Option<(Url, Option<Url>)>,
    status: Option<Status>,
    program: Option<u32>,
) -> Facts {
    let of_disk = spawn_blocking(move || {
        let history = Paths::of(profile).map_or(HistoryHealth::Absent, |paths| {
            history_health(&paths.history(), HISTORY_PATIENCE)
        });
        let autostart = Autostart::of(profile).map(|entry| entry.state());
        (history, autostart)
    });
    let (server, tray_host, address, of_disk) = tokio::join!(
        timeout(PATIENCE, platform::notification_server()),
        timeout(PATIENCE, platform::tray_host(program)),
        look_at(address),
        of_disk,
    );
    let (history, autostart) = of_disk.unwrap_or((HistoryHealth::Unreadable, None));
    Facts {
        status,
        is_demo: profile == Profile::Demo,
        keyring: KeyringState::Available,
        server: server.unwrap_or(Some(NotificationServer::Silent)),
        tray_host: tray_host.unwrap_or(Some(TrayHost::Missing)),
        address,
        connect: None,
        subscribed: None,
        clock_ahead_ms: None,
        history,
        autostart,
        invalid: Vec::new(),
        targets: Vec::new(),
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

async fn look_at(address: Option<(Url, Option<Url>)>) -> Line {
    let Some((address, proxy)) = address else { return Line::NotLooked };
    match thinq::needs_proxy(&address, proxy.as_ref()) {
        Ok(false) => {}
        Ok(true) => return Line::NotLooked,
        Err(_) => return Line::InvalidProxy,
    }
    match timeout(PATIENCE, thinq::reach(&address)).await {
        Ok(Ok(_)) => Line::Open,
        Ok(Err(_)) | Err(_) => Line::Dead,
    }
}
