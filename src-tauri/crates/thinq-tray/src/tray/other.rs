//! The tray on Windows and macOS: `tray-icon` in an event loop of `tao`.
//!
//! Both systems require the loop on the main thread, so everything else runs on another thread. The
//! loop starts with the tray; commands without a tray never start it.

use std::{
    process::ExitCode,
    sync::mpsc::{Sender, channel},
    thread,
};

use jiff::tz::TimeZone;
use model::{PauseUntil, Status};
use parking_lot::Mutex;
#[cfg(target_os = "macos")]
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS as _};
use tao::{
    event::{Event, StartCause},
    event_loop::{ControlFlow, EventLoopBuilder, EventLoopProxy},
    platform::run_return::EventLoopExtRunReturn as _,
};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::warn;
use tray_icon::{
    MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu},
};
use words::Words;

use super::{
    Icon, decode,
    menu::{self, Action, ActionRequest, Latest, Line},
};
use crate::clock::now_ms;

/// Windows breaks a menu that is replaced while open, so the menu is created for each click.
const IS_MENU_MADE_WHEN_OPENED: bool = cfg!(windows);
/// Width and height of the picture; the system scales it.
const PICTURE_SIZE: u32 = 32;

/// Channel on which the main thread waits for the tray; `None` when it no longer waits.
static MAIN_THREAD: Mutex<Option<Sender<Item>>> = Mutex::new(None);

/// Dropping it removes the icon and ends the event loop.
pub(crate) struct Tray(Option<EventLoopProxy<Order>>);

/// Messages to the event loop.
enum Order {
    Show(Box<Status>, Latest),
    OpenMenu,
    Stop,
}

/// The icon and its content; lives on the main thread.
struct Item {
    started: Option<oneshot::Sender<EventLoopProxy<Order>>>,
    actions: mpsc::Sender<ActionRequest>,
    is_seen: watch::Sender<bool>,
    words: Words,
    status: Status,
    latest: Latest,
}

/// The icon with its current content.
struct Shown {
    tray: TrayIcon,
    icon: Icon,
    text: String,
    lines: Vec<Line>,
}

/// Runs `work` on another thread, and the tray on this one when `work` starts it. Returns when `work`
/// does.
pub(crate) fn run_beside(work: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    let (sender, asked) = channel();
    *MAIN_THREAD.lock() = Some(sender);
    let worker = thread::spawn(move || {
        let _closing = Closing;
        work()
    });
    if let Ok(item) = asked.recv() {
        item.run();
    }
    worker.join().unwrap_or(ExitCode::FAILURE)
}

/// Stops the main thread from waiting when the work ends, even by a panic.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        MAIN_THREAD.lock().take();
    }
}

impl Tray {
    /// Shows the icon; sends [`Action::NoHost`] on failure.
    pub(crate) async fn start(
        words: Words,
        status: Status,
        latest: Latest,
        actions: mpsc::Sender<ActionRequest>,
        is_seen: watch::Sender<bool>,
    ) -> Self {
        let (started, proxy) = oneshot::channel();
        let item = Item { started: Some(started), actions, is_seen, words, status, latest };
        let main_thread = MAIN_THREAD.lock().take();
        let is_asked = main_thread.is_some_and(|main_thread| main_thread.send(item).is_ok());
        let proxy = if is_asked { proxy.await.ok() } else { None };
        if proxy.is_none() {
            warn!("no event loop for the tray");
        }
        Self(proxy)
    }

    #[expect(clippy::unused_async, reason = "Linux waits for D-Bus here")]
    pub(crate) async fn show(&mut self, status: Status, latest: Latest) {
        self.order(Order::Show(Box::new(status), latest));
    }

    /// Never returns: the system's bar is always present.
    pub(crate) async fn needs_registration(&mut self) {
        std::future::pending::<()>().await;
    }

    #[expect(clippy::unused_async, reason = "Linux waits for D-Bus here")]
    pub(crate) async fn stop(self) {
        drop(self);
    }

    fn order(&self, order: Order) {
        if let Some(proxy) = &self.0
            && proxy.send_event(order).is_err()
        {
            warn!("event loop of the tray has ended");
        }
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        self.order(Order::Stop);
    }
}

impl Item {
    /// Runs until [`Order::Stop`], or until the system ends the loop.
    fn run(mut self) {
        let mut event_loop = EventLoopBuilder::with_user_event().build();
        #[cfg(target_os = "macos")]
        event_loop.set_activation_policy(ActivationPolicy::Accessory);
        let proxy = event_loop.create_proxy();
        hear_clicks(&proxy, &self.actions);
        if self.started.take().is_none_or(|started| started.send(proxy).is_err()) {
            return;
        }
        let mut shown = None;
        event_loop.run_return(|event, _, control_flow| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "there are no windows here")]
            match event {
                Event::NewEvents(StartCause::Init) => {
                    *control_flow = ControlFlow::Wait;
                    shown = self.appear();
                }
                Event::UserEvent(Order::Show(status, latest)) => {
                    self.status = *status;
                    self.latest = latest;
                    self.update(shown.as_mut());
                }
                Event::UserEvent(Order::OpenMenu) => self.open_menu(shown.as_mut()),
                Event::UserEvent(Order::Stop) => *control_flow = ControlFlow::Exit,
                // The program was opened again from the Finder or the Dock.
                Event::Reopen { .. } => say(&self.actions, Action::OpenHistory { event: None }),
                Event::LoopDestroyed => {
                    shown = None;
                    // When the system ends the loop, the program quits as well; otherwise this
                    // has no receiver.
                    let _ = self.actions.try_send(Action::Quit.into());
                }
                _ => {}
            }
        });
    }

    fn appear(&self) -> Option<Shown> {
        let lines = self.lines();
        let text = self.text();
        let icon = Icon::of(&self.status);
        let mut builder = TrayIconBuilder::new()
            .with_tooltip(&text)
            .with_menu(Box::new(menu_of(&lines)))
            .with_menu_on_left_click(false)
            .with_menu_on_right_click(!IS_MENU_MADE_WHEN_OPENED);
        if let Some(picture) = picture(icon) {
            builder = builder.with_icon(picture);
        }
        match builder.build() {
            Ok(tray) => Some(Shown { tray, icon, text, lines }),
            Err(error) => {
                warn!(%error, "failed to show the tray icon");
                self.is_seen.send_replace(false);
                say(&self.actions, Action::NoHost);
                None
            }
        }
    }

    /// Updates only differences, so that an open menu and a visible tooltip are not disturbed.
    fn update(&self, shown: Option<&mut Shown>) {
        let Some(shown) = shown else { return };
        let icon = Icon::of(&self.status);
        if shown.icon != icon && shown.tray.set_icon(picture(icon)).is_ok() {
            shown.icon = icon;
        }
        let text = self.text();
        if shown.text != text && shown.tray.set_tooltip(Some(&text)).is_ok() {
            shown.text = text;
        }
        if !IS_MENU_MADE_WHEN_OPENED {
            self.update_menu(shown);
        }
    }

    fn update_menu(&self, shown: &mut Shown) {
        let lines = self.lines();
        if shown.lines != lines {
            shown.tray.set_menu(Some(Box::new(menu_of(&lines))));
            shown.lines = lines;
        }
    }

    /// Returns when the menu is closed; `tao` holds back other messages until then.
    fn open_menu(&self, shown: Option<&mut Shown>) {
        if let Some(shown) = shown {
            self.update_menu(shown);
            shown.tray.show_menu();
        }
    }

    fn text(&self) -> String {
        menu::tooltip(&self.status, &self.words, now_ms(), &TimeZone::system())
    }

    fn lines(&self) -> Vec<Line> {
        menu::lines(&self.status, &self.latest, &self.words, now_ms(), &TimeZone::system())
    }
}

fn say(actions: &mpsc::Sender<ActionRequest>, action: Action) {
    if actions.try_send(action.into()).is_err() {
        warn!(?action, "dropped an action of the tray: queue is full");
    }
}

/// A left click opens the history. Menu items encode their action in their id, so that a click is
/// valid even if the menu was replaced after it was opened.
fn hear_clicks(proxy: &EventLoopProxy<Order>, actions: &mpsc::Sender<ActionRequest>) {
    let (proxy, clicks, choices) = (proxy.clone(), actions.clone(), actions.clone());
    TrayIconEvent::set_event_handler(Some(move |event| {
        if let TrayIconEvent::Click { button, button_state: MouseButtonState::Up, .. } = event {
            match button {
                MouseButton::Left => say(&clicks, Action::OpenHistory { event: None }),
                MouseButton::Right if IS_MENU_MADE_WHEN_OPENED => {
                    // The icon is gone once the loop has ended.
                    drop(proxy.send_event(Order::OpenMenu));
                }
                MouseButton::Right | MouseButton::Middle => {}
            }
        }
    }));
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        if let Some(action) = action_of(event.id.as_ref()) {
            say(&choices, action);
        }
    }));
}

fn menu_of(lines: &[Line]) -> Menu {
    let command =
        |label: &str, action| MenuItem::with_id(id_of(action), escaped(label), true, None);
    let menu = Menu::new();
    for line in lines {
        let appended = match line {
            Line::Label(label) => menu.append(&MenuItem::new(escaped(label), false, None)),
            Line::Command(label, action) => menu.append(&command(label, *action)),
            Line::Submenu(label, commands) => {
                let submenu = Submenu::new(escaped(label), true);
                commands
                    .iter()
                    .try_for_each(|(label, action)| submenu.append(&command(label, *action)))
                    .and_then(|()| menu.append(&submenu))
            }
            Line::Separator => menu.append(&PredefinedMenuItem::separator()),
        };
        if let Err(error) = appended {
            warn!(%error, "failed to add a line to the tray menu");
        }
    }
    menu
}

/// Escapes ampersands, which mark the next letter as a shortcut in menus.
fn escaped(label: &str) -> String {
    label.replace('&', "&&")
}

fn id_of(action: Action) -> String {
    let id = match action {
        Action::OpenHistory { event: Some(event) } => return event.to_string(),
        Action::OpenHistory { event: None } => "history",
        Action::SignIn => "sign-in",
        Action::SignOut => "sign-out",
        Action::Pause(PauseUntil::Minutes { minutes }) => return format!("pause-{minutes}"),
        Action::Pause(PauseUntil::Morning) => "pause-morning",
        Action::Pause(PauseUntil::SwitchedOn) => "pause-open",
        Action::Resume => "resume",
        Action::Reconnect => "reconnect",
        Action::Quit => "quit",
        Action::NoHost => "no-host",
        Action::HostGone => "host-gone",
    };
    id.to_owned()
}

fn action_of(id: &str) -> Option<Action> {
    Some(match id {
        "history" => Action::OpenHistory { event: None },
        "sign-in" => Action::SignIn,
        "sign-out" => Action::SignOut,
        "pause-morning" => Action::Pause(PauseUntil::Morning),
        "pause-open" => Action::Pause(PauseUntil::SwitchedOn),
        "resume" => Action::Resume,
        "reconnect" => Action::Reconnect,
        "quit" => Action::Quit,
        "no-host" => Action::NoHost,
        "host-gone" => Action::HostGone,
        other => match other.strip_prefix("pause-") {
            Some(minutes) => Action::Pause(PauseUntil::Minutes { minutes: minutes.parse().ok()? }),
            None => Action::OpenHistory { event: Some(other.parse().ok()?) },
        },
    })
}

fn picture(icon: Icon) -> Option<tray_icon::Icon> {
    let (width, height, pixels) =
        icon.pictures().into_iter().filter_map(decode).find(|picture| picture.0 == PICTURE_SIZE)?;
    tray_icon::Icon::from_rgba(pixels, width, height).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_understood_by_its_id() {
        let actions = [
            Action::OpenHistory { event: Some(42) },
            Action::OpenHistory { event: None },
            Action::SignIn,
            Action::SignOut,
            Action::Pause(PauseUntil::Minutes { minutes: 60 }),
            Action::Pause(PauseUntil::Morning),
            Action::Pause(PauseUntil::SwitchedOn),
            Action::Resume,
            Action::Reconnect,
            Action::Quit,
            Action::NoHost,
            Action::HostGone,
        ];
        for action in actions {
            assert_eq!(action_of(&id_of(action)), Some(action));
        }
        assert_eq!(action_of("of no action"), None);
    }

    #[test]
    fn every_icon_has_the_picture_that_is_shown() {
        for icon in [Icon::SignedOut, Icon::Connecting, Icon::Listening, Icon::Attention] {
            assert!(picture(icon).is_some(), "{icon:?}");
        }
    }

    #[test]
    fn without_a_tray_the_work_is_all_that_runs() {
        assert_eq!(run_beside(|| ExitCode::from(3)), ExitCode::from(3));
    }
}
