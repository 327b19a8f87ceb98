//! Windows and macOS: `notify-rust` as it is. A click opens the program by the system's own way.

use notify_rust::{Notification, Urgency};

use super::Target;

pub(super) struct Desktop {
    icon: String,
}

impl Desktop {
    pub(super) fn new(icon: String) -> Self {
        Self { icon }
    }

    #[expect(clippy::unused_async, reason = "Linux connects here")]
    pub(super) async fn prepare(&mut self) {}

    pub(super) fn forget(&mut self) {}

    pub(super) async fn show(
        &mut self,
        mut notification: Notification,
        _urgency: Urgency,
        _category: &str,
        _label: &str,
        _target: Target,
    ) -> Result<(), notify_rust::error::Error> {
        notification.icon(&self.icon);
        tokio::task::spawn_blocking(move || notification.show().map(drop))
            .await
            .unwrap_or_else(|_| Ok(()))
    }

    /// Never: these systems do not tell a process of its notifications' clicks through this way.
    pub(super) async fn clicked(&mut self) -> Target {
        std::future::pending().await
    }
}
