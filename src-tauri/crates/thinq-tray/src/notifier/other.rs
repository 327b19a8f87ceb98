//! Windows and macOS: `notify-rust` unchanged. A click opens the program by the system's own means.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use thinq::clean_text;

use super::{
    APP_NAME, Server,
    notification::{Button, Notification},
    pictures::Pictures,
};

pub(super) type DesktopError = notify_rust::error::Error;

/// These systems do not tell.
pub(super) fn is_refusal(_error: &DesktopError) -> bool {
    false
}

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 500;

/// Signals of the notification server: none on these systems.
#[expect(dead_code, reason = "only Linux sends these")]
pub(super) enum DesktopEvent {
    Invoked { id: u32, key: String, token: Option<String> },
    Closed { id: u32 },
    ServerCame,
    ServerGone,
}

pub(super) struct Accepted {
    pub(super) id: u32,
    pub(super) is_inhibited: Option<bool>,
}

pub(super) struct Desktop {
    app_icon: String,
    pictures: Pictures,
}

impl Desktop {
    pub(super) fn new(app_icon: String, pictures_dir: PathBuf) -> Self {
        Self { app_icon, pictures: Pictures::new(pictures_dir) }
    }

    #[expect(clippy::unused_async, reason = "Linux connects here")]
    pub(super) async fn connect(&mut self) -> Result<(), DesktopError> {
        Ok(())
    }

    pub(super) fn describe(&self) -> BoxFuture<'static, Result<Server, DesktopError>> {
        let server = Server {
            name: std::env::consts::OS.to_owned(),
            version: String::new(),
            capabilities: vec![String::from("body")],
        };
        Box::pin(std::future::ready(Ok(server)))
    }

    /// These systems report nothing about a notification later, so that none is ever replaced.
    pub(super) fn notify(
        &mut self,
        notification: Notification,
        _server: Server,
        _labels: Vec<(Button, String)>,
        _replaces: u32,
    ) -> BoxFuture<'static, Result<Accepted, DesktopError>> {
        let device_icon = self.pictures.path(notification.device_type.as_deref());
        let icon = if device_icon.is_empty() { self.app_icon.clone() } else { device_icon };
        Box::pin(async move {
            let mut message = notify_rust::Notification::new();
            message
                .appname(APP_NAME)
                .summary(&clean_text(&notification.title, LONGEST_TITLE))
                .body(&clean_text(&notification.body, LONGEST_BODY))
                .icon(&icon);
            tokio::task::spawn_blocking(move || message.show().map(drop))
                .await
                .unwrap_or(Ok(()))?;
            Ok(Accepted { id: 0, is_inhibited: None })
        })
    }

    #[expect(clippy::unused_async, reason = "Linux asks here")]
    pub(super) async fn is_started_on_demand(&self) -> bool {
        true
    }

    #[expect(clippy::unused_async, reason = "Linux closes here")]
    pub(super) async fn close(&self, _id: u32) {}

    /// Never returns: these systems do not report clicks through this interface.
    pub(super) async fn next_event(&mut self) -> DesktopEvent {
        std::future::pending().await
    }
}
