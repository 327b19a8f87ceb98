//! What the system says about sleep and the network, over D-Bus. Services that are absent say
//! nothing; the engine then notices by its clocks and its pings.

use std::sync::Arc;

use futures_util::StreamExt as _;
use thinq::Chain;
use tokio::time::{self, Duration, Instant};
use tracing::{debug, info};
use zbus::{Connection, MatchRule, Message, MessageStream, message};

use crate::app::App;

mod clock;

/// Changes come in groups: one network down, another one up, an address, a route.
const SETTLE: Duration = Duration::from_secs(1);
/// `NM_STATE_CONNECTED_LOCAL`: from here on something can be reached.
const CONNECTED: u32 = 50;
/// Longest queue of signals that nobody has looked at yet.
const WAITING: usize = 16;

/// A signal that is listened to.
struct Signal {
    sender: &'static str,
    path: &'static str,
    interface: &'static str,
    member: &'static str,
}

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
/// Tells of another primary connection: a cable pulled, a VPN switched on.
const NETWORK_CHANGES: Signal = Signal {
    sender: "org.freedesktop.NetworkManager",
    path: "/org/freedesktop/NetworkManager",
    interface: "org.freedesktop.DBus.Properties",
    member: "PropertiesChanged",
};
/// Where `NetworkManager` cannot be seen, inside a sandbox for example.
const PORTAL: Signal = Signal {
    sender: "org.freedesktop.portal.Desktop",
    path: "/org/freedesktop/portal/desktop",
    interface: "org.freedesktop.portal.NetworkMonitor",
    member: "changed",
};

/// Runs until the program stops.
pub(crate) async fn run(app: Arc<App>) {
    let stop = app.stop.clone();
    stop.run_until_cancelled(async {
        tokio::join!(listen_to_sleep(&app), listen_to_networks(&app), listen_to_the_clock(&app));
    })
    .await;
}

async fn listen_to_sleep(app: &App) {
    let signals = match open(zbus::connection::Builder::system(), &[SLEEP]).await {
        Ok(signals) => signals,
        Err(error) => {
            info!(error = %Chain(&error), "the system does not tell of sleep");
            return;
        }
    };
    let mut signals = std::pin::pin!(signals);
    while let Some(signal) = signals.next().await {
        // Told twice: true before the sleep, false after it.
        if signal.body().deserialize::<bool>().is_ok_and(|is_before| !is_before) {
            app.monitor.woke();
        }
    }
}

async fn listen_to_the_clock(app: &App) {
    let alarm = match clock::Alarm::new() {
        Ok(alarm) => alarm,
        Err(error) => {
            info!(%error, "the system does not tell when the clock is set");
            return;
        }
    };
    while alarm.rings().await.is_ok() {
        app.monitor.clock_set().await;
    }
}

async fn listen_to_networks(app: &App) {
    let system = open(zbus::connection::Builder::system(), &[NETWORK_STATE, NETWORK_CHANGES]).await;
    let session = open(zbus::connection::Builder::session(), &[PORTAL]).await;
    let mut signals = futures_util::stream::SelectAll::new();
    for opened in [system, session] {
        match opened {
            Ok(opened) => signals.push(opened.boxed()),
            Err(error) => debug!(error = %Chain(&error), "a bus tells nothing of networks"),
        }
    }
    let mut due: Option<Instant> = None;
    loop {
        tokio::select! {
            Some(signal) = signals.next() => {
                if is_new_network(&signal) {
                    due.get_or_insert(Instant::now() + SETTLE);
                }
            }
            () = time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                due = None;
                app.monitor.network_changed();
            }
            else => return,
        }
    }
}

/// Whether it is worth to try again, or to make sure of what is open.
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
                    // "/" stands for none: nothing can be reached without one.
                    !matches!(path, zbus::zvariant::Value::ObjectPath(path) if path.as_str() == "/")
                })
            })
        }
        Some("changed") => true,
        Some(_) | None => false,
    }
}

async fn open(
    bus: zbus::Result<zbus::connection::Builder<'_>>,
    signals: &[Signal],
) -> zbus::Result<impl futures_util::Stream<Item = Message> + Send + use<>> {
    let connection: Connection = bus?.build().await?;
    let mut streams = futures_util::stream::SelectAll::new();
    for signal in signals {
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .sender(signal.sender)?
            .path(signal.path)?
            .interface(signal.interface)?
            .member(signal.member)?
            .build();
        streams.push(MessageStream::for_match_rule(rule, &connection, Some(WAITING)).await?);
    }
    Ok(streams.filter_map(async |message| message.ok()))
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
