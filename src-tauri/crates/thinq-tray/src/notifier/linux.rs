//! Linux: `notify-rust`'s notification over one kept D-Bus connection.
//!
//! `notify-rust` itself opens a connection for each notification and needs a thread for each that
//! can be clicked; GNOME closes a notification when the connection that sent it goes, and signals
//! go to that connection only. One connection for the life of the program answers all three.

use std::collections::{HashMap, VecDeque};

use futures_util::StreamExt as _;
use notify_rust::{Hint, Notification, Urgency};
use tracing::{debug, warn};
use zbus::{Connection, proxy, zvariant::Value};

use super::{DESKTOP_ENTRY, Target};

/// Notifications whose clicks are still understood. Servers drop old ones as well.
const REMEMBERED: usize = 200;

#[proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has eight")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;
}

pub(super) struct Desktop {
    icon: String,
    link: Option<Link>,
    shown: VecDeque<(u32, Target)>,
}

struct Link {
    proxy: NotificationsProxy<'static>,
    clicks: ActionInvokedStream,
}

impl Desktop {
    pub(super) fn new(icon: String) -> Self {
        Self { icon, link: None, shown: VecDeque::new() }
    }

    /// Connects ahead of the first notification. Without a bus the next one tries again.
    pub(super) async fn prepare(&mut self) {
        if let Err(error) = self.connect().await {
            warn!(%error, "no connection to the desktop yet");
        }
    }

    /// The next notification starts with a new connection.
    pub(super) fn forget(&mut self) {
        self.link = None;
    }

    async fn connect(&mut self) -> zbus::Result<NotificationsProxy<'static>> {
        if let Some(link) = &self.link {
            return Ok(link.proxy.clone());
        }
        let connection = Connection::session().await?;
        let proxy = NotificationsProxy::new(&connection).await?;
        let clicks = proxy.receive_action_invoked().await?;
        self.link = Some(Link { proxy: proxy.clone(), clicks });
        Ok(proxy)
    }

    pub(super) async fn show(
        &mut self,
        mut notification: Notification,
        urgency: Urgency,
        category: &str,
        label: &str,
        target: Target,
    ) -> zbus::Result<()> {
        let proxy = self.connect().await?;
        // Asked each time: the server may be another one by now, and it is a local call.
        let capabilities = match proxy.get_capabilities().await {
            Ok(capabilities) => capabilities,
            Err(error) => {
                self.forget();
                return Err(error);
            }
        };
        let can = |name: &str| capabilities.iter().any(|capability| capability == name);
        if can("body-markup") {
            notification.body = escaped(&notification.body);
        }
        if can("actions") {
            notification.action("default", label).action("show", label);
        }
        notification
            .icon(&self.icon)
            .urgency(urgency)
            .hint(Hint::Category(category.to_owned()))
            .hint(Hint::DesktopEntry(DESKTOP_ENTRY.to_owned()));
        let actions: Vec<&str> = notification.actions.iter().map(String::as_str).collect();
        let sent = proxy
            .notify(
                &notification.appname,
                0,
                &notification.icon,
                &notification.summary,
                &notification.body,
                &actions,
                hints(&notification),
                notification.timeout.into(),
            )
            .await;
        match sent {
            Ok(id) => {
                self.shown.push_back((id, target));
                if self.shown.len() > REMEMBERED {
                    self.shown.pop_front();
                }
                Ok(())
            }
            Err(error) => {
                self.forget();
                Err(error)
            }
        }
    }

    /// Waits for a click on one of the notifications. Cancel safe.
    pub(super) async fn clicked(&mut self) -> Target {
        loop {
            let Some(link) = &mut self.link else { return std::future::pending().await };
            let Some(click) = link.clicks.next().await else {
                self.link = None;
                continue;
            };
            debug!("a notification was clicked");
            // Some servers close a notification before they report the click, so closing one does
            // not make it forgotten.
            if let Ok(args) = click.args()
                && let Some((_, target)) = self.shown.iter().find(|(id, _)| id == args.id())
            {
                return *target;
            }
        }
    }
}

fn hints(notification: &Notification) -> HashMap<&'static str, Value<'static>> {
    notification
        .hints
        .iter()
        .filter_map(|hint| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "the others are not used here")]
            match hint {
                Hint::Urgency(urgency) => Some(("urgency", Value::from(*urgency as u8))),
                Hint::Category(category) => Some(("category", Value::from(category.clone()))),
                Hint::DesktopEntry(entry) => Some(("desktop-entry", Value::from(entry.clone()))),
                _ => None,
            }
        })
        .collect()
}

/// For servers that read the body as markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escaped("<b>a & b</b>"), "&lt;b&gt;a &amp; b&lt;/b&gt;");
    }
}
