//! The tray on Linux: a `StatusNotifierItem` over D-Bus, without GTK.

use std::sync::atomic::{AtomicBool, Ordering};

use contract::Status;
use jiff::tz::TimeZone;
use ksni::{
    Handle, MenuItem, OfflineReason, ToolTip, TrayMethods as _,
    menu::{StandardItem, SubMenu},
};
use tokio::sync::mpsc;
use tracing::{info, warn};
use words::Words;

use super::{
    Icon, decode,
    menu::{self, Action, Latest, Line},
};
use crate::clock::now_ms;

pub(crate) struct Tray(Option<Handle<Item>>);

/// What the panel asks about.
struct Item {
    actions: mpsc::Sender<Action>,
    words: Words,
    status: Status,
    latest: Latest,
    is_hosted: AtomicBool,
}

impl Tray {
    /// Registers with the panel, now or when one appears; without one, says [`Action::NoHost`].
    pub(crate) async fn start(
        words: Words,
        status: Status,
        latest: Latest,
        actions: mpsc::Sender<Action>,
    ) -> Self {
        let item = Item {
            actions: actions.clone(),
            words,
            status,
            latest,
            is_hosted: AtomicBool::new(true),
        };
        match item.assume_sni_available(true).spawn().await {
            Ok(handle) => Self(Some(handle)),
            Err(error) => {
                warn!(%error, "there is no tray");
                if actions.send(Action::NoHost).await.is_err() {
                    warn!("nobody answers for the tray");
                }
                Self(None)
            }
        }
    }

    pub(crate) async fn show(&self, status: Status, latest: Latest) {
        if let Some(handle) = &self.0 {
            let update = |item: &mut Item| {
                item.status = status;
                item.latest = latest;
            };
            handle.update(update).await;
        }
    }

    pub(crate) async fn stop(self) {
        if let Some(handle) = self.0 {
            handle.shutdown().await;
        }
    }
}

impl Item {
    fn say(&self, action: Action) {
        if self.actions.try_send(action).is_err() {
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
        self.say(Action::OpenHistory { event: None });
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
        self.is_hosted.store(true, Ordering::Relaxed);
        info!("a panel shows the tray");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        // A panel that restarts is gone for a moment only; one that was never there is told once.
        if self.is_hosted.swap(false, Ordering::Relaxed) {
            warn!(?reason, "no panel shows the tray");
            self.say(Action::NoHost);
        }
        true
    }
}

fn command(label: &str, action: Action) -> MenuItem<Item> {
    StandardItem {
        label: escaped(label),
        activate: Box::new(move |item: &mut Item| item.say(action)),
        ..StandardItem::default()
    }
    .into()
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
