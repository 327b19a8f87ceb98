//! The tray on Linux: a `StatusNotifierItem` over D-Bus, without GTK.

use std::{env, thread, time::Duration};

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
};
use tracing::{debug, info, warn};
use words::Words;
use zbus::{
    Connection,
    fdo::{DBusProxy, NameOwnerChangedStream},
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

pub(crate) struct Tray {
    words: Words,
    actions: mpsc::Sender<ActionRequest>,
    is_seen: watch::Sender<bool>,
    handle: Option<Handle<Item>>,
    /// `Some` while no panel has accepted the icon.
    panels: Option<NameOwnerChangedStream>,
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
        let mut tray = Self { words, actions, is_seen, handle: None, panels: None };
        if !tray.register(status, latest).await {
            tray.is_seen.send_replace(false);
            if tray.actions.send(Action::NoHost.into()).await.is_err() {
                warn!("tray service does not answer");
            }
            tray.panels = panels().await.inspect_err(|error| debug!(%error, "no session bus")).ok();
        }
        tray
    }

    async fn register(&mut self, status: Status, latest: Latest) -> bool {
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
            self.panels = None;
            info!("a panel shows the tray icon");
        } else {
            self.is_seen.send_replace(false);
        }
    }

    /// Waits until a registration that a panel rejected is worth a retry. Cancel safe.
    pub(crate) async fn panel_came(&mut self) {
        if let Some(panels) = &mut self.panels {
            while let Some(change) = panels.next().await {
                if change.args().is_ok_and(|change| change.new_owner().is_some()) {
                    return;
                }
            }
        }
        std::future::pending::<()>().await;
    }

    pub(crate) async fn stop(self) {
        if let Some(handle) = self.handle {
            handle.shutdown().await;
        }
    }
}

async fn panels() -> zbus::Result<NameOwnerChangedStream> {
    let bus = Connection::session().await?;
    let names = DBusProxy::new(&bus).await?;
    names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await
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
