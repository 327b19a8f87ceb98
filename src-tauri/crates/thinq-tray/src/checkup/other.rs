//! Windows and macOS show notifications and the tray themselves and cannot be queried.

#![expect(clippy::unused_async, reason = "on Linux the desktop is asked")]

use super::NotificationServer;

pub(super) async fn notification_server() -> Option<NotificationServer> {
    None
}

pub(crate) async fn has_tray_host() -> Option<bool> {
    None
}
