//! Linux: `notify-rust`'s notification over one kept D-Bus connection.
//!
//! `notify-rust` itself opens a connection for each notification and needs a thread for each that
//! can be clicked; GNOME closes a notification when the connection that sent it goes, and signals
//! go to that connection only. One connection for the life of the program answers all three.

use std::{collections::HashMap, path::PathBuf};

use futures_util::{StreamExt as _, future::BoxFuture};
use notify_rust::{Hint, Notification};
use tracing::debug;
use zbus::{
    Connection,
    fdo::DBusProxy,
    proxy::{CacheProperties, OwnerChangedStream},
    zvariant::Value,
};

use super::{
    Server,
    freedesktop::{Circumstances, form},
    notification::{Button, Toast},
    pictures::Pictures,
};

pub(super) type DesktopError = zbus::Error;

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

    /// Comes just before [`Self::receive_action_invoked`]'s, from servers that have one.
    #[zbus(signal)]
    fn activation_token(&self, id: u32, token: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// What comes from the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// With what the desktop gave to the click, so that a window may come to the front.
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

/// The server took a notification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) id: u32,
    /// Whether it says "do not disturb"; `None` when it does not tell.
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
    /// The last token, until its click comes.
    token: Option<(u32, String)>,
}

impl Desktop {
    pub(super) fn new(app_icon: String, pictures_dir: PathBuf) -> Self {
        Self { app_icon, pictures: Pictures::new(pictures_dir), link: None }
    }

    /// Does nothing when there is a connection.
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

    /// Asks who shows notifications; starts it, where the desktop starts it on demand.
    pub(super) fn describe(&self) -> BoxFuture<'static, Result<Server, DesktopError>> {
        let proxy = self.proxy();
        Box::pin(async move {
            let proxy = proxy?;
            let (name, _vendor, version, _specification) = proxy.get_server_information().await?;
            let capabilities = proxy.get_capabilities().await?;
            Ok(Server { name, version, capabilities })
        })
    }

    /// Goes on when it is not waited for any more: a server that hangs may still take it.
    pub(super) fn notify(
        &mut self,
        toast: Toast,
        server: Server,
        labels: Vec<(Button, String)>,
        replaces: u32,
    ) -> BoxFuture<'static, Result<Taken, DesktopError>> {
        let proxy = self.proxy();
        let app_icon = self.app_icon.clone();
        let device_icon = self.pictures.path(toast.device_type.as_deref());
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
            let form = form(&toast, &server, label, circumstances);
            let actions: Vec<&str> = form.actions.iter().map(String::as_str).collect();
            let id = proxy
                .notify(
                    &form.appname,
                    replaces,
                    &form.icon,
                    &form.summary,
                    &form.body,
                    &actions,
                    hints(&form),
                    form.timeout.into(),
                )
                .await?;
            Ok(Taken { id, is_inhibited })
        })
    }

    /// Without waiting for it: one that is closed already is no failure.
    pub(super) async fn close(&self, id: u32) {
        if let Ok(proxy) = self.proxy()
            && let Err(error) = proxy.inner().call_noreply("CloseNotification", &(id,)).await
        {
            debug!(%error, "a notification could not be closed");
        }
    }

    /// Waits for what comes from the desktop. Cancel safe.
    pub(super) async fn hear(&mut self) -> Heard {
        loop {
            let Some(link) = &mut self.link else { return std::future::pending().await };
            let heard = tokio::select! {
                // A click's token comes before it, and the end of its notification after it.
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
                    closing.args().ok().map(|args| Heard::Closed { id: *args.id() })
                }),
                owner = link.owners.next() => match owner {
                    Some(Some(_)) => Some(Some(Heard::ServerCame)),
                    Some(None) => Some(Some(Heard::ServerGone)),
                    None => None,
                },
            };
            match heard {
                Some(Some(heard)) => return heard,
                Some(None) => debug!("a signal of the notification server could not be read"),
                None => {
                    // The session bus is gone, and with it everything on the screen.
                    self.link = None;
                    return Heard::ServerGone;
                }
            }
        }
    }

    /// Whether a server that is gone comes back by itself with the next notification.
    pub(super) async fn is_started_on_demand(&self) -> bool {
        let Ok(proxy) = self.proxy() else { return false };
        let Ok(bus) = DBusProxy::new(proxy.inner().connection()).await else { return false };
        let names = bus.list_activatable_names().await.unwrap_or_default();
        names.iter().any(|name| name.as_str() == NAME)
    }

    fn proxy(&self) -> Result<NotificationsProxy<'static>, DesktopError> {
        let link = self.link.as_ref().map(|link| link.proxy.clone());
        link.ok_or_else(|| zbus::Error::Failure(String::from("no connection to the desktop")))
    }
}

impl Link {
    fn keep(&mut self, given: &ActivationToken) {
        if let Ok(args) = given.args() {
            self.token = Some((*args.id(), args.token().clone()));
        }
    }

    fn clicked(&mut self, click: &ActionInvoked) -> Option<Heard> {
        let args = click.args().ok()?;
        let id = *args.id();
        let of_this_click = |(given_to, token): (u32, String)| (given_to == id).then_some(token);
        let token = self.token.take().and_then(of_this_click).filter(|token| !token.is_empty());
        Some(Heard::Invoked { id, key: args.action_key().clone(), token })
    }
}

fn hints(form: &Notification) -> HashMap<&'static str, Value<'static>> {
    form.hints
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
