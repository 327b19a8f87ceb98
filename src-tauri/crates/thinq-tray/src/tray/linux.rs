//! The tray on Linux: a `StatusNotifierItem` over D-Bus, without GTK.

use std::{env, process, thread, time::Duration};

use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use ksni::{
    Handle, MenuItem, OfflineReason, ToolTip, TrayMethods as _,
    menu::{StandardItem, SubMenu},
};
use model::Status;
use tokio::{
    sync::{mpsc, watch},
    task::block_in_place,
    time::{Instant, sleep, sleep_until},
};
use tracing::{debug, info, warn};
use words::Words;
use zbus::{
    MatchRule, MessageStream,
    connection::Builder,
    fdo::{DBusProxy, NameOwnerChanged},
    message,
};

use super::{
    Icon, decode,
    menu::{self, Action, ActionRequest, Latest, Line},
};
use crate::{clock::now_ms, sandbox};

/// Time limit for the token of a click.
const TOKEN_WITHIN: Duration = Duration::from_millis(10);
const TOKEN_LOOKS: u32 = 5;
/// Bus name of the watcher of tray icons.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";
/// Namespace of the names of watchers and icons.
const NAMES: &str = "org.kde";
const LOST: &str = "connection of the tray icon was lost";
/// Delay after the connection of the icon was lost, which a bus may close again at once, and after a
/// panel appeared.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Tray {
    words: Words,
    actions: mpsc::Sender<ActionRequest>,
    is_seen: watch::Sender<bool>,
    handle: Option<Handle<Item>>,
    /// Changes of names on the bus, on a connection of their own: `ksni` does not report the end of the
    /// icon's. `None` without a bus.
    names: Option<MessageStream>,
    /// Name of the icon's connection. A sandbox permits none.
    own_name: Option<String>,
    /// The icon was registered, and its connection was lost.
    is_lost: bool,
    /// When a panel that has just appeared should show the icon.
    seen_by: Option<Instant>,
}

/// The item served to the panel.
struct Item {
    actions: mpsc::Sender<ActionRequest>,
    words: Words,
    status: Status,
    latest: Latest,
    is_seen: watch::Sender<bool>,
}

impl Tray {
    /// Registers with the panel, now or when one appears; sends [`Action::NoHost`] without one.
    /// `is_seen` is updated when a panel shows or drops the icon.
    pub(crate) async fn start(
        words: Words,
        status: Status,
        latest: Latest,
        actions: mpsc::Sender<ActionRequest>,
        is_seen: watch::Sender<bool>,
    ) -> Self {
        // Before the icon is registered, so that no change is missed.
        let names = follow_names().await.inspect_err(|error| debug!(%error, "no session bus"));
        let names = names.ok().map(|(changes, _)| changes);
        let mut tray = Self {
            words,
            actions,
            is_seen,
            handle: None,
            names,
            own_name: None,
            is_lost: false,
            seen_by: None,
        };
        if !tray.register(status, latest).await {
            tray.is_seen.send_replace(false);
            if tray.actions.send(Action::NoHost.into()).await.is_err() {
                warn!("tray service does not answer");
            }
        }
        tray
    }

    async fn register(&mut self, status: Status, latest: Latest) -> bool {
        self.is_lost = false;
        self.is_seen.send_replace(true);
        let item = Item {
            actions: self.actions.clone(),
            words: self.words.clone(),
            status,
            latest,
            is_seen: self.is_seen.clone(),
        };
        let item = item.assume_sni_available(true);
        // A sandbox may not own such a name; panels accept the unique name of the connection.
        let is_sandboxed = sandbox::is_around_this_program();
        match item.disable_dbus_name(is_sandboxed).spawn().await {
            Ok(handle) => {
                self.handle = Some(handle);
                true
            }
            Err(error) => {
                warn!(%error, "failed to start the tray");
                false
            }
        }
    }

    pub(crate) async fn show(&mut self, status: Status, latest: Latest) {
        if let Some(handle) = &self.handle {
            let update = |item: &mut Item| {
                item.status = status;
                item.latest = latest;
            };
            handle.update(update).await;
        } else if self.register(status, latest).await {
            info!("a panel shows the tray icon");
        } else {
            self.is_seen.send_replace(false);
        }
    }

    /// Waits until [`Self::show`] has to register the icon: for the first time, because a panel appeared
    /// after one had rejected it, or again, because its connection was lost. Cancel safe.
    pub(crate) async fn needs_registration(&mut self) {
        loop {
            if self.is_lost {
                return sleep(AGAIN_AFTER).await;
            }
            let Some(changes) = &mut self.names else { return std::future::pending().await };
            let seen_by = self.seen_by.unwrap_or_else(Instant::now);
            let change = tokio::select! {
                change = changes.next() => change,
                () = sleep_until(seen_by), if self.seen_by.is_some() => {
                    self.seen_by = None;
                    // `ksni` misses a panel that appears while it finds none.
                    if !*self.is_seen.borrow() {
                        self.close("no panel noticed the tray icon");
                    }
                    continue;
                }
            };
            let Some(Ok(change)) = change else {
                self.follow_again().await;
                continue;
            };
            let Some(change) = NameOwnerChanged::from_message(change) else { continue };
            let Ok(change) = change.args() else { continue };
            let name = change.name().as_str();
            if change.new_owner().is_none() {
                if self.own_name.as_deref() == Some(name) {
                    self.close(LOST);
                }
            } else if is_of_this_program(name) {
                self.own_name = Some(name.to_owned());
            } else if name == WATCHER {
                if self.handle.is_none() {
                    return;
                }
                self.seen_by = Some(Instant::now() + AGAIN_AFTER);
            }
        }
    }

    /// Changes may have been missed.
    async fn follow_again(&mut self) {
        let Ok((changes, own_name)) = follow_names().await else {
            self.names = None;
            return;
        };
        (self.names, self.own_name) = (Some(changes), own_name);
        if self.own_name.is_none() {
            self.close(LOST);
        }
    }

    /// Ends the service of the icon, to register it again.
    fn close(&mut self, reason: &str) {
        self.own_name = None;
        if let Some(handle) = self.handle.take() {
            warn!("{reason}");
            self.is_lost = true;
            // Not awaited: its connection may never answer.
            drop(handle.shutdown());
        }
    }

    pub(crate) async fn stop(self) {
        if let Some(handle) = self.handle {
            handle.shutdown().await;
        }
    }
}

/// Changes of names, and the name of this program's icon.
async fn follow_names() -> zbus::Result<(MessageStream, Option<String>)> {
    let connection = Builder::session()?.build().await?;
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg0ns(NAMES)?
        .build();
    let changes = MessageStream::for_match_rule(rule, &connection, None).await?;
    let names = DBusProxy::new(&connection).await?.list_names().await?;
    let own_name = names.iter().map(|name| name.as_str()).find(|name| is_of_this_program(name));
    Ok((changes, own_name.map(str::to_owned)))
}

/// Whether the name is that of an icon of this process.
fn is_of_this_program(name: &str) -> bool {
    let rest = name.strip_prefix("org.kde.StatusNotifierItem-");
    rest.and_then(|rest| rest.split_once('-'))
        .is_some_and(|(id, _)| id == process::id().to_string())
}

impl Item {
    /// Handles a click.
    fn clicked(&self, action: Action) {
        self.say(ActionRequest { action, token: given_token() });
    }

    fn say(&self, asked: ActionRequest) {
        let action = asked.action;
        if self.actions.try_send(asked).is_err() {
            warn!(?action, "dropped an action of the tray: queue is full");
        }
    }

    fn text(&self) -> String {
        menu::tooltip(&self.status, &self.words, now_ms(), &TimeZone::system())
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        String::from("thinq-tray")
    }

    fn title(&self) -> String {
        self.text()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.clicked(Action::OpenHistory { event: None });
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        pixmaps(Icon::of(&self.status))
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.text(), ..ToolTip::default() }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let zone = TimeZone::system();
        menu::lines(&self.status, &self.latest, &self.words, now_ms(), &zone)
            .into_iter()
            .map(|line| match line {
                Line::Label(label) => {
                    let label = escaped(&label);
                    StandardItem { label, enabled: false, ..StandardItem::default() }.into()
                }
                Line::Command(label, action) => command(&label, action),
                Line::Submenu(label, commands) => SubMenu {
                    label: escaped(&label),
                    submenu: commands
                        .into_iter()
                        .map(|(label, action)| command(&label, action))
                        .collect(),
                    ..SubMenu::default()
                }
                .into(),
                Line::Separator => MenuItem::Separator,
            })
            .collect()
    }

    fn watcher_online(&self) {
        self.is_seen.send_replace(true);
        info!("a panel shows the tray icon");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        // The absence of a panel is reported once.
        if self.is_seen.send_replace(false) {
            warn!(?reason, "no panel shows the tray icon");
            let was_there = matches!(reason, OfflineReason::No);
            let action = if was_there { Action::HostGone } else { Action::NoHost };
            self.say(action.into());
        }
        true
    }
}

fn command(label: &str, action: Action) -> MenuItem<Item> {
    StandardItem {
        label: escaped(label),
        activate: Box::new(move |item: &mut Item| item.clicked(action)),
        ..StandardItem::default()
    }
    .into()
}

/// Activation token of the current click. Some panels send it separately, and the two messages may be
/// read in either order.
fn given_token() -> Option<String> {
    let look = || ksni::current_xdg_activation_token().filter(|token| !token.is_empty());
    let look_again = || {
        thread::sleep(TOKEN_WITHIN / TOKEN_LOOKS);
        look()
    };
    look().or_else(|| {
        // Only Wayland needs a token.
        env::var_os("WAYLAND_DISPLAY")?;
        block_in_place(|| (0..TOKEN_LOOKS).find_map(|_| look_again()))
    })
}

/// Escapes underscores, which mark the next letter as a shortcut in menus.
fn escaped(label: &str) -> String {
    label.replace('_', "__")
}

fn pixmaps(icon: Icon) -> Vec<ksni::Icon> {
    icon.pictures()
        .into_iter()
        .filter_map(decode)
        .map(|(width, height, mut data)| {
            for pixel in data.chunks_exact_mut(4) {
                // RGBA to ARGB.
                pixel.rotate_right(1);
            }
            ksni::Icon { width: width.cast_signed(), height: height.cast_signed(), data }
        })
        .collect()
}
