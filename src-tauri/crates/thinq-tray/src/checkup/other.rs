//! Windows and macOS show notifications and the tray themselves and cannot be queried.

#![expect(clippy::unused_async, reason = "on Linux the desktop is asked")]

use super::{NotificationServer, TrayHost};

pub(super) async fn notification_server() -> Option<NotificationServer> {
    None
}

pub(super) async fn tray_host(_program: Option<u32>) -> Option<TrayHost> {
    None
}
