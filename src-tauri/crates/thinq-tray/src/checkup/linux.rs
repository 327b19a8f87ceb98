//! Queries the desktop's notification server and tray over D-Bus.

use zbus::{Connection, Proxy, fdo};

use super::NotificationServer;
use crate::notifier::NotificationsProxy;

pub(super) async fn notification_server() -> Option<NotificationServer> {
    let asked = async {
        let bus = Connection::session().await?;
        let server = NotificationsProxy::new(&bus).await?;
        let (name, _vendor, version, _specification) = server.get_server_information().await?;
        let capabilities = server.get_capabilities().await?;
        // The property is only meaningful for servers with the capability; others handle "do not
        // disturb" themselves.
        let is_inhibited = capabilities.iter().any(|capability| capability == "inhibitions")
            && server.inhibited().await.unwrap_or(false);
        let name = format!("{name} {version}").trim().to_owned();
        zbus::Result::Ok(NotificationServer::There { name, capabilities, is_inhibited })
    };
    Some(asked.await.unwrap_or(NotificationServer::Missing))
}

/// Whether a panel shows tray icons.
pub(crate) async fn has_tray_host() -> Option<bool> {
    const NAME: &str = "org.kde.StatusNotifierWatcher";
    let asked = async {
        let bus = Connection::session().await?;
        // Reading a property would start a watcher without a panel.
        let names = fdo::DBusProxy::new(&bus).await?;
        if !names.name_has_owner(NAME.try_into()?).await? {
            return zbus::Result::Ok(false);
        }
        let watcher = Proxy::new(&bus, NAME, "/StatusNotifierWatcher", NAME).await?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
    };
    Some(asked.await.unwrap_or(false))
}
