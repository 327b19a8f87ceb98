//! Sleep, network changes, the desktop's clock format and the end of the session, reported over D-Bus.
//! Without these services the engine detects sleep by its clocks and a dead network by its pings.

mod clock_jumps;
mod dbus;
mod desktop_clock;

use std::{env, sync::Arc};

use futures_util::FutureExt as _;
use model::HourClock;
use tokio::{
    sync::{Notify, mpsc},
    time::{Duration, sleep},
};
use tracing::info;
use zbus::Message;

use crate::{app::App, displays::Place};
use dbus::{Bus, Heard, Signal, follow};

/// Debounce time: one change of network causes several signals.
const SETTLE: Duration = Duration::from_secs(1);
const WAITING: usize = 16;
/// `NM_STATE_CONNECTED_LOCAL`: the lowest state with connectivity.
const CONNECTED: u32 = 50;

const SLEEP: Signal = Signal {
    sender: "org.freedesktop.login1",
    path: "/org/freedesktop/login1",
    interface: "org.freedesktop.login1.Manager",
    member: "PrepareForSleep",
};
const NETWORK_STATE: Signal = Signal {
    sender: "org.freedesktop.NetworkManager",
    path: "/org/freedesktop/NetworkManager",
    interface: "org.freedesktop.NetworkManager",
    member: "StateChanged",
};
/// Reports another primary connection: a cable was pulled, a VPN was switched on.
const NETWORK_CHANGES: Signal = Signal {
    sender: "org.freedesktop.NetworkManager",
    path: "/org/freedesktop/NetworkManager",
    interface: "org.freedesktop.DBus.Properties",
    member: "PropertiesChanged",
};
/// For sandboxes, in which `NetworkManager` is not visible.
const PORTAL: Signal = Signal {
    sender: "org.freedesktop.portal.Desktop",
    path: "/org/freedesktop/portal/desktop",
    interface: "org.freedesktop.portal.NetworkMonitor",
    member: "changed",
};

/// Runs until the program stops.
pub(crate) async fn run(app: Arc<App>, place: Place) {
    let stop = app.stop.clone();
    let networks = Notify::new();
    stop.run_until_cancelled(async {
        tokio::join!(
            listen_to_the_system(&app, &networks),
            listen_to_the_session(&app, place, &networks),
            listen_to_the_clock(&app),
            pass_on(&app, &networks),
        );
    })
    .await;
}

async fn listen_to_the_system(app: &App, networks: &Notify) {
    let (told, mut heard) = mpsc::channel(WAITING);
    let hear = async {
        while let Some(news) = heard.recv().await {
            match news {
                // Signals may have been missed.
                Heard::Begin { is_again: true, .. } => networks.notify_one(),
                Heard::Signal { message, .. } if is_wake(&message) => app.monitor.woke(),
                Heard::Signal { message, .. } if is_new_network(&message) => networks.notify_one(),
                Heard::Begin { is_again: false, .. } | Heard::Signal { .. } | Heard::End => {}
            }
        }
    };
    tokio::join!(follow(Bus::System, &[SLEEP, NETWORK_STATE, NETWORK_CHANGES], told), hear);
}

async fn listen_to_the_session(app: &App, place: Place, networks: &Notify) {
    let has_clock =
        desktop_clock::is_followed(&env::var("XDG_CURRENT_DESKTOP").unwrap_or_default());
    let signals: &[Signal] =
        if has_clock { &[PORTAL, desktop_clock::CHANGED, desktop_clock::OWNER] } else { &[PORTAL] };
    let (told, mut heard) = mpsc::channel(WAITING);
    let hear = async {
        while let Some(news) = heard.recv().await {
            let clock = match news {
                Heard::Begin { connection, .. } if has_clock => {
                    desktop_clock::read(&connection).await
                }
                // A bus that comes again belongs to another session.
                Heard::End if place == Place::Desktop => {
                    info!("the session has ended with its bus");
                    return app.stop.cancel();
                }
                Heard::Begin { .. } | Heard::End => None,
                Heard::Signal { message, .. } if is_new_network(&message) => {
                    networks.notify_one();
                    None
                }
                Heard::Signal { connection, message } if desktop_clock::has_come(&message) => {
                    desktop_clock::read(&connection).await
                }
                Heard::Signal { message, .. } => desktop_clock::changed(&message),
            };
            if let Some(clock) = clock {
                show_hours(app, clock);
            }
        }
    };
    tokio::join!(follow(Bus::Session, signals, told), hear);
}

fn show_hours(app: &App, clock: HourClock) {
    app.words.set_clock(clock);
    // Makes subscribers render their texts again.
    app.language.send_replace(app.words.language());
}

async fn pass_on(app: &App, networks: &Notify) {
    loop {
        networks.notified().await;
        sleep(SETTLE).await;
        // Signals during the debounce time belong to the same change.
        let _told = networks.notified().now_or_never();
        app.monitor.network_changed();
    }
}

async fn listen_to_the_clock(app: &App) {
    let alarm = match clock_jumps::Alarm::new() {
        Ok(alarm) => alarm,
        Err(error) => {
            info!(%error, "cannot watch for changes of the clock");
            return;
        }
    };
    while alarm.rings().await.is_ok() {
        app.monitor.clock_set().await;
    }
}

/// The signal is sent twice: with true before sleep, with false after it.
fn is_wake(signal: &Message) -> bool {
    let header = signal.header();
    let is_sleep = header.member().is_some_and(|member| member.as_str() == SLEEP.member);
    is_sleep && signal.body().deserialize::<bool>().is_ok_and(|is_before| !is_before)
}

/// Whether the signal reports connectivity, so that connections should be retried or verified.
fn is_new_network(signal: &Message) -> bool {
    let header = signal.header();
    match header.member().map(zbus::names::MemberName::as_str) {
        Some("StateChanged") => {
            signal.body().deserialize::<u32>().is_ok_and(|state| state >= CONNECTED)
        }
        Some("PropertiesChanged") => {
            type Changes<'a> = std::collections::HashMap<&'a str, zbus::zvariant::Value<'a>>;
            let body = signal.body();
            body.deserialize::<(&str, Changes<'_>, Vec<&str>)>().is_ok_and(|(_, changes, _)| {
                changes.get("PrimaryConnection").is_some_and(|path| {
                    // "/" means no connection.
                    !matches!(path, zbus::zvariant::Value::ObjectPath(path) if path.as_str() == "/")
                })
            })
        }
        Some("changed") => true,
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use zbus::zvariant::{ObjectPath, Value};

    use super::*;

    fn signal<B>(signal: &Signal, body: &B) -> Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        Message::signal(signal.path, signal.interface, signal.member).unwrap().build(body).unwrap()
    }

    #[test]
    fn only_a_network_that_can_be_used_is_news() {
        let primary = |path: &'static str| {
            let path = Value::from(ObjectPath::try_from(path).unwrap());
            let changes = HashMap::from([("PrimaryConnection", path)]);
            signal(&NETWORK_CHANGES, &(NETWORK_STATE.interface, changes, Vec::<&str>::new()))
        };
        let other = HashMap::from([("Connectivity", Value::from(4_u32))]);

        assert!(is_new_network(&signal(&NETWORK_STATE, &70_u32)));
        assert!(!is_new_network(&signal(&NETWORK_STATE, &20_u32)));
        assert!(is_new_network(&primary("/org/freedesktop/NetworkManager/ActiveConnection/2")));
        assert!(!is_new_network(&primary("/")));
        let other = (NETWORK_STATE.interface, other, Vec::<&str>::new());
        assert!(!is_new_network(&signal(&NETWORK_CHANGES, &other)));
        assert!(is_new_network(&signal(&PORTAL, &())));
    }
}
