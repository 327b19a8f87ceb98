//! The tray on Linux: a `StatusNotifierItem` over D-Bus, without GTK.

use std::{env, thread, time::Duration};

use contract::Status;
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use ksni::{
    Handle, MenuItem, OfflineReason, ToolTip, TrayMethods as _,
    menu::{StandardItem, SubMenu},
};
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

/// So long a click waits for its token.
const TOKEN_WITHIN: Duration = Duration::from_millis(10);
const TOKEN_LOOKS: u32 = 5;
/// The bus name of what shows icons.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

pub(crate) struct Tray {
    words: Words,
    actions: mpsc::Sender<ActionRequest>,
    is_seen: watch::Sender<bool>,
    handle: Option<Handle<Item>>,
    /// Only where the first panel would not have the icon.
    panels: Option<NameOwnerChangedStream>,
}

/// What the panel asks about.
struct Item {
    actions: mpsc::Sender<ActionRequest>,
    words: Words,
    status: Status,
    latest: Latest,
    is_seen: watch::Sender<bool>,
}

impl Tray {
    /// Registers with the panel, now or when one appears; without one, says [`Action::NoHost`].
    /// `is_seen` tells from then on whether a panel shows the icon.
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
                warn!("nobody answers for the tray");
            }
            tray.panels = panels().await.inspect_err(|error| debug!(%error, "no bus")).ok();
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
        // A sandbox allows no name like that; panels take the connection's own as well.
        let is_sandboxed = sandbox::is_around_this_program();
        match item.disable_dbus_name(is_sandboxed).spawn().await {
            Ok(handle) => {
                self.handle = Some(handle);
                true
            }
            Err(error) => {
                warn!(%error, "there is no tray");
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
            info!("a panel shows the tray");
        } else {
            self.is_seen.send_replace(false);
        }
    }

    /// Until it is worth asking a panel again that would not have the icon. Cancel safe.
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
    /// Answers a click.
    fn clicked(&self, action: Action) {
        self.say(ActionRequest { action, token: given_token() });
    }

    fn say(&self, asked: ActionRequest) {
        let action = asked.action;
        if self.actions.try_send(asked).is_err() {
            warn!(?action, "the tray asked faster than could be answered");
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
        info!("a panel shows the tray");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        // One that was never there is told once.
        if self.is_seen.send_replace(false) {
            warn!(?reason, "no panel shows the tray");
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

/// What the panel gave to the click that is being answered. Some give it beside the click, and what
/// comes at once may be read in either order.
fn given_token() -> Option<String> {
    let look = || ksni::current_xdg_activation_token().filter(|token| !token.is_empty());
    let look_again = || {
        thread::sleep(TOKEN_WITHIN / TOKEN_LOOKS);
        look()
    };
    look().or_else(|| {
        // Nowhere else is one needed.
        env::var_os("WAYLAND_DISPLAY")?;
        block_in_place(|| (0..TOKEN_LOOKS).find_map(|_| look_again()))
    })
}

/// An underscore marks the next letter as a menu's shortcut.
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
