//! Windows and macOS: `notify-rust` as it is. A click opens the program by the system's own way.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use notify_rust::Notification;
use thinq::clean_text;

use super::{
    APP_NAME, Server,
    notification::{Button, Toast},
    pictures::Pictures,
};

pub(super) type DesktopError = notify_rust::error::Error;

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 500;

/// What comes from the desktop: nothing, on these systems.
#[expect(dead_code, reason = "Linux tells of all these")]
pub(super) enum Heard {
    Invoked { id: u32, key: String, token: Option<String> },
    Closed { id: u32 },
    ServerCame,
    ServerGone,
}

pub(super) struct Taken {
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

    /// These systems tell nothing of a notification later, so that one never takes the place of
    /// another.
    pub(super) fn notify(
        &mut self,
        toast: Toast,
        _server: Server,
        _labels: Vec<(Button, String)>,
        _replaces: u32,
    ) -> BoxFuture<'static, Result<Taken, DesktopError>> {
        let device_icon = self.pictures.path(toast.device_type.as_deref());
        let icon = if device_icon.is_empty() { self.app_icon.clone() } else { device_icon };
        Box::pin(async move {
            let mut form = Notification::new();
            form.appname(APP_NAME)
                .summary(&clean_text(&toast.title, LONGEST_TITLE))
                .body(&clean_text(&toast.body, LONGEST_BODY))
                .icon(&icon);
            tokio::task::spawn_blocking(move || form.show().map(drop)).await.unwrap_or(Ok(()))?;
            Ok(Taken { id: 0, is_inhibited: None })
        })
    }

    #[expect(clippy::unused_async, reason = "Linux asks here")]
    pub(super) async fn is_started_on_demand(&self) -> bool {
        true
    }

    #[expect(clippy::unused_async, reason = "Linux closes here")]
    pub(super) async fn close(&self, _id: u32) {}

    /// Never: these systems do not tell a process of its notifications' clicks through this way.
    pub(super) async fn hear(&mut self) -> Heard {
        std::future::pending().await
    }
}
