//! Queries the desktop's notification server and tray over D-Bus.

use zbus::{Connection, Proxy, fdo};

use super::{NotificationServer, TrayHost};
use crate::{notifier::NotificationsProxy, sandbox};

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

/// Looks for a panel that shows tray icons, and for the icon of the process `program` in it.
pub(super) async fn tray_host(program: Option<u32>) -> Option<TrayHost> {
    const NAME: &str = "org.kde.StatusNotifierWatcher";
    let asked = async {
        let bus = Connection::session().await?;
        // Reading a property would start a watcher without a panel.
        let names = fdo::DBusProxy::new(&bus).await?;
        if !names.name_has_owner(NAME.try_into()?).await? {
            return zbus::Result::Ok(TrayHost::Missing);
        }
        let watcher = Proxy::new(&bus, NAME, "/StatusNotifierWatcher", NAME).await?;
        if !watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await? {
            return Ok(TrayHost::Missing);
        }
        // The bus counts processes otherwise than a sandbox does.
        let Some(program) = program.filter(|_| !sandbox::is_around_this_program()) else {
            return Ok(TrayHost::Ready);
        };
        let items = "RegisteredStatusNotifierItems";
        for item in watcher.get_property::<Vec<String>>(items).await? {
            // Names differ: `:1.7/path`, `:1.7@/path`, `org.kde.StatusNotifierItem-42-1`.
            let name = item.split(['/', '@']).next().unwrap_or_default();
            let Ok(name) = name.try_into() else { continue };
            if names.get_connection_unix_process_id(name).await.is_ok_and(|id| id == program) {
                return Ok(TrayHost::Ready);
            }
        }
        Ok(TrayHost::WithoutIcon)
    };
    Some(asked.await.unwrap_or(TrayHost::Missing))
}
