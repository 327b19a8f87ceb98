//! The desktop's setting for 12- or 24-hour clocks.

use model::HourClock;
use tracing::info;
use zbus::{
    Connection, Message,
    proxy::{Builder, CacheProperties},
    zvariant::{OwnedValue, Value},
};

use super::dbus::Signal;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.gnome.desktop.interface";
const KEY: &str = "clock-format";

pub(super) const CHANGED: Signal =
    Signal { sender: PORTAL, path: PATH, interface: INTERFACE, member: "SettingChanged" };
/// The portal may start later than this program.
pub(super) const OWNER: Signal = Signal {
    sender: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
    member: "NameOwnerChanged",
};

/// Whether the desktop's clock follows the setting. On other desktops it only has its default value.
pub(super) fn is_followed(desktops: &str) -> bool {
    desktops.split(':').any(|desktop| matches!(desktop, "GNOME" | "Budgie" | "Unity"))
}

/// Reads the setting from the portal, which the bus starts if necessary: right after a login no
/// other program may have done so.
pub(super) async fn read(connection: &Connection) -> Option<HourClock> {
    let portal = Builder::<zbus::Proxy<'_>>::new(connection)
        .destination(PORTAL)
        .and_then(|builder| builder.path(PATH))
        .and_then(|builder| builder.interface(INTERFACE))
        .ok()?
        .cache_properties(CacheProperties::No)
        .build()
        .await
        .ok()?;
    let answer: OwnedValue = portal.call("Read", &(NAMESPACE, KEY)).await.ok()?;
    let clock = clock_of(&answer.into());
    info!(?clock, "read the clock format of the desktop");
    clock
}

/// The new value, if the signal is about this setting.
pub(super) fn changed(message: &Message) -> Option<HourClock> {
    let body = message.body();
    let (namespace, key, value): (&str, &str, Value<'_>) = body.deserialize().ok()?;
    if (namespace, key) == (NAMESPACE, KEY) { clock_of(&value) } else { None }
}

/// Whether the signal reports that the portal has started.
pub(super) fn has_come(message: &Message) -> bool {
    let body = message.body();
    body.deserialize::<(&str, &str, &str)>()
        .is_ok_and(|(name, _, owner)| name == PORTAL && !owner.is_empty())
}

/// Unwraps the value: `Read` wraps its result twice.
fn clock_of(value: &Value<'_>) -> Option<HourClock> {
    if let Value::Value(inner) = value {
        return clock_of(inner);
    }
    let Value::Str(text) = value else { return None };
    match text.as_str() {
        "12h" => Some(HourClock::H12),
        "24h" => Some(HourClock::H24),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use zbus::{
        connection, interface,
        message::{Flags, Header},
    };

    use super::*;
    use crate::test_bus::start_bus;

    /// Answers only callers that would have the bus start it.
    struct Settings;

    #[interface(name = "org.freedesktop.portal.Settings")]
    impl Settings {
        #[expect(
            clippy::unused_self,
            clippy::needless_pass_by_value,
            reason = "D-Bus calls an object"
        )]
        fn read(
            &self,
            namespace: &str,
            key: &str,
            #[zbus(header)] header: Header<'_>,
        ) -> Value<'static> {
            assert_eq!((namespace, key), (NAMESPACE, KEY));
            let is_started = !header.primary().flags().contains(Flags::NoAutoStart);
            Value::new(if is_started { "24h" } else { "12h" })
        }
    }

    #[tokio::test]
    async fn right_after_a_login_the_portal_is_started_for_the_answer() {
        let dir = tempfile::tempdir().unwrap();
        let (_bus, address) = start_bus(dir.path()).await;
        let portal = connection::Builder::address(address.as_str()).unwrap();
        let portal = portal.name(PORTAL).unwrap().serve_at(PATH, Settings).unwrap();
        let _portal = portal.build().await.unwrap();
        let caller = connection::Builder::address(address.as_str()).unwrap().build().await.unwrap();

        assert_eq!(read(&caller).await, Some(HourClock::H24));
    }

    #[test]
    fn only_desktops_whose_clock_follows_the_setting_are_asked() {
        assert!(is_followed("ubuntu:GNOME"));
        assert!(is_followed("GNOME"));
        assert!(!is_followed("XFCE"));
        assert!(!is_followed(""));
    }

    #[test]
    fn the_setting_is_read_however_it_is_wrapped() {
        let wrapped = Value::Value(Box::new(Value::from("24h")));

        assert_eq!(clock_of(&wrapped), Some(HourClock::H24));
        assert_eq!(clock_of(&Value::from("12h")), Some(HourClock::H12));
        assert_eq!(clock_of(&Value::from("sundial")), None);
    }

    #[test]
    fn another_setting_is_no_news() {
        let told = |namespace: &str, key: &str| {
            let message = Message::signal(PATH, INTERFACE, CHANGED.member).unwrap();
            changed(&message.build(&(namespace, key, Value::from("12h"))).unwrap())
        };

        assert_eq!(told(NAMESPACE, KEY), Some(HourClock::H12));
        assert_eq!(told(NAMESPACE, "font-name"), None);
    }
}
