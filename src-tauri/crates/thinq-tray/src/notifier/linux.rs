//! Linux: sends `notify-rust`'s notifications over one long-lived D-Bus connection.
//!
//! `notify-rust` itself opens a connection for each notification and needs a thread for each that
//! can be clicked. GNOME closes a notification when the connection that sent it ends, and signals
//! are delivered to that connection only.

use std::{collections::HashMap, path::PathBuf};

use futures_util::{StreamExt as _, future::BoxFuture};
use notify_rust::Hint;
use tracing::debug;
use zbus::{
    Connection,
    fdo::DBusProxy,
    proxy::{CacheProperties, OwnerChangedStream},
    zvariant::Value,
};

use super::{
    Server,
    freedesktop::{Circumstances, to_message},
    notification::{Button, Notification},
    pictures::Pictures,
};

pub(super) type DesktopError = zbus::Error;

/// Errors of the bus about a server that is not there. Others are the server's own.
const MISSING: [&str; 5] = ["ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected", "Spawn"];

/// Whether the server is there and does not take this notification, at least for the moment.
pub(super) fn is_refusal(error: &DesktopError) -> bool {
    let zbus::Error::MethodError(name, ..) = error else { return false };
    let of_bus = name.strip_prefix("org.freedesktop.DBus.Error.");
    of_bus.is_none_or(|error| !MISSING.iter().any(|missing| error.starts_with(missing)))
}

const NAME: &str = "org.freedesktop.Notifications";

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
pub(crate) trait Notifications {
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

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    fn get_server_information(&self) -> zbus::Result<(String, String, String, String)>;

    #[zbus(property)]
    fn inhibited(&self) -> zbus::Result<bool>;

    /// Sent just before [`Self::receive_action_invoked`]'s signal, by servers that support it.
    #[zbus(signal)]
    fn activation_token(&self, id: u32, token: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Signals of the notification server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DesktopEvent {
    /// `token` is the activation token of the click, which allows a window to come to the front.
    Invoked {
        id: u32,
        key: String,
        token: Option<String>,
    },
    Closed {
        id: u32,
    },
    ServerCame,
    ServerGone,
}

/// An accepted notification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) id: u32,
    /// Whether "do not disturb" is on; `None` when the server does not report it.
    pub(super) is_inhibited: Option<bool>,
}

pub(super) struct Desktop {
    app_icon: String,
    pictures: Pictures,
    link: Option<Link>,
}

struct Link {
    proxy: NotificationsProxy<'static>,
    tokens: ActivationTokenStream,
    clicks: ActionInvokedStream,
    closings: NotificationClosedStream,
    owners: OwnerChangedStream<'static>,
    /// Last token, until the click it belongs to arrives.
    token: Option<(u32, String)>,
}

impl Desktop {
    pub(super) fn new(app_icon: String, pictures_dir: PathBuf) -> Self {
        Self { app_icon, pictures: Pictures::new(pictures_dir), link: None }
    }

    /// Does nothing when connected already.
    pub(super) async fn connect(&mut self) -> Result<(), DesktopError> {
        if self.link.is_some() {
            return Ok(());
        }
        let connection = Connection::session().await?;
        let proxy = NotificationsProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let tokens = proxy.receive_activation_token().await?;
        let clicks = proxy.receive_action_invoked().await?;
        let closings = proxy.receive_notification_closed().await?;
        let owners = proxy.inner().receive_owner_changed().await?;
        self.link = Some(Link { proxy, tokens, clicks, closings, owners, token: None });
        Ok(())
    }

    /// Queries the server; the bus starts it where it is started on demand.
    pub(super) fn describe(&self) -> BoxFuture<'static, Result<Server, DesktopError>> {
        let proxy = self.proxy();
        Box::pin(async move {
            let proxy = proxy?;
            let (name, _vendor, version, _specification) = proxy.get_server_information().await?;
            let capabilities = proxy.get_capabilities().await?;
            Ok(Server { name, version, capabilities })
        })
    }

    /// Completes even when dropped from waiting: an unresponsive server may still accept it.
    pub(super) fn notify(
        &mut self,
        notification: Notification,
        server: Server,
        labels: Vec<(Button, String)>,
        replaces: u32,
    ) -> BoxFuture<'static, Result<Accepted, DesktopError>> {
        let proxy = self.proxy();
        let app_icon = self.app_icon.clone();
        let device_icon = self.pictures.path(notification.device_type.as_deref());
        Box::pin(async move {
            let proxy = proxy?;
            let is_inhibited =
                if server.can("inhibitions") { proxy.inhibited().await.ok() } else { None };
            let circumstances = Circumstances {
                app_icon: &app_icon,
                device_icon: &device_icon,
                is_update: replaces != 0,
                is_inhibited: is_inhibited == Some(true),
            };
            let label = |wanted| {
                let found = labels.iter().find(|(button, _)| *button == wanted);
                found.map(|(_, label)| label.clone()).unwrap_or_default()
            };
            let message = to_message(&notification, &server, label, circumstances);
            let actions: Vec<&str> = message.actions.iter().map(String::as_str).collect();
            let id = proxy
                .notify(
                    &message.appname,
                    replaces,
                    &message.icon,
                    &message.summary,
                    &message.body,
                    &actions,
                    hints(&message),
                    message.timeout.into(),
                )
                .await?;
            Ok(Accepted { id, is_inhibited })
        })
    }

    /// Does not wait for the reply: a notification may be closed already.
    pub(super) async fn close(&self, id: u32) {
        if let Ok(proxy) = self.proxy()
            && let Err(error) = proxy.inner().call_noreply("CloseNotification", &(id,)).await
        {
            debug!(%error, "failed to close a notification");
        }
    }

    /// Waits for the next signal. Cancel safe.
    pub(super) async fn next_event(&mut self) -> DesktopEvent {
        loop {
            let Some(link) = &mut self.link else { return std::future::pending().await };
            let heard = tokio::select! {
                // A click's token precedes the click, and the closing follows it.
                biased;
                given = link.tokens.next() => match given {
                    Some(given) => {
                        link.keep(&given);
                        continue;
                    }
                    None => None,
                },
                click = link.clicks.next() => click.map(|click| link.clicked(&click)),
                closing = link.closings.next() => closing.map(|closing| {
                    closing.args().ok().map(|args| DesktopEvent::Closed { id: *args.id() })
                }),
                owner = link.owners.next() => match owner {
                    Some(Some(_)) => Some(Some(DesktopEvent::ServerCame)),
                    Some(None) => Some(Some(DesktopEvent::ServerGone)),
                    None => None,
                },
            };
            match heard {
                Some(Some(heard)) => return heard,
                Some(None) => debug!("unreadable signal of the notification server"),
                None => {
                    // The session bus ended, and all notifications with it.
                    self.link = None;
                    return DesktopEvent::ServerGone;
                }
            }
        }
    }

    /// Whether the next notification starts the server again.
    pub(super) async fn is_started_on_demand(&self) -> bool {
        let Ok(proxy) = self.proxy() else { return false };
        let Ok(bus) = DBusProxy::new(proxy.inner().connection()).await else { return false };
        let names = bus.list_activatable_names().await.unwrap_or_default();
        names.iter().any(|name| name.as_str() == NAME)
    }

    fn proxy(&self) -> Result<NotificationsProxy<'static>, DesktopError> {
        let link = self.link.as_ref().map(|link| link.proxy.clone());
        link.ok_or_else(|| zbus::Error::Failure(String::from("no connection to the session bus")))
    }
}

impl Link {
    fn keep(&mut self, given: &ActivationToken) {
        if let Ok(args) = given.args() {
            self.token = Some((*args.id(), args.token().clone()));
        }
    }

    fn clicked(&mut self, click: &ActionInvoked) -> Option<DesktopEvent> {
        let args = click.args().ok()?;
        let id = *args.id();
        let of_this_click = |(given_to, token): (u32, String)| (given_to == id).then_some(token);
        let token = self.token.take().and_then(of_this_click).filter(|token| !token.is_empty());
        Some(DesktopEvent::Invoked { id, key: args.action_key().clone(), token })
    }
}

fn hints(message: &notify_rust::Notification) -> HashMap<&'static str, Value<'static>> {
    message
        .hints
        .iter()
        .filter_map(|hint| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "the others are not used here")]
            match hint {
                Hint::Urgency(urgency) => Some(("urgency", Value::from(*urgency as u8))),
                Hint::Category(category) => Some(("category", Value::from(category.clone()))),
                Hint::DesktopEntry(entry) => Some(("desktop-entry", Value::from(entry.clone()))),
                Hint::ImagePath(path) => Some(("image-path", Value::from(path.clone()))),
                Hint::SoundName(name) => Some(("sound-name", Value::from(name.clone()))),
                Hint::SuppressSound(is_on) => Some(("suppress-sound", Value::from(*is_on))),
                Hint::Transient(is_on) => Some(("transient", Value::from(*is_on))),
                Hint::Resident(is_on) => Some(("resident", Value::from(*is_on))),
                _ => None,
            }
        })
        .collect()
}
