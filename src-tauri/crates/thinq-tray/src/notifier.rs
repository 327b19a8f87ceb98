//! Shows notifications. The decision to notify was made when the event was stored.
//!
//! Runs as its own task, so that an unresponsive notification server does not delay storing events.
//! Undelivered notifications stay in the history and are read from there after a lag, when a server
//! appears or answers again, and after a crash.

mod burst;
mod click;
mod delivered;
#[cfg(target_os = "linux")]
mod freedesktop;
mod notification;
mod on_screen;
mod pictures;
#[cfg(target_os = "linux")]
#[path = "notifier/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "notifier/other.rs"]
mod platform;
mod refused;
mod show;

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use model::{ConnectionState, KeyringState, ProblemCode, Provider};
use monitor::{Backoff, EngineUpdate, EventId};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    time::{self, Instant},
};
use tracing::debug;
use words::Value;

use crate::{
    app::{App, TestRequest},
    tray::menu::ActionRequest,
};
use burst::Burst;
use delivered::Delivered;
use notification::{Notification, Subject};
use on_screen::OnScreen;
#[cfg(target_os = "linux")]
pub(crate) use platform::NotificationsProxy;
use platform::{Desktop, DesktopEvent};
use refused::Refused;
use show::PendingAnswer;

pub(crate) const APP_NAME: &str = "ThinQ Tray";
/// Name of the desktop entry, without its suffix.
#[cfg(target_os = "linux")]
pub(crate) const DESKTOP_ENTRY: &str = "thinq-tray";
/// Delays between attempts to connect to the session bus.
const NOT_KEPT: &str = "notification-keyring";
/// Signed out, but the locked keyring still holds the sign-in.
const LEFT_BEHIND: &str = "notification-sign-in-left";
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_mins(10);

/// A notification server, as described by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    name: String,
    version: String,
    capabilities: Vec<String>,
}

pub(crate) struct Notifier {
    app: Arc<App>,
    desktop: Desktop,
    /// `None` while no server is present, or while it does not answer.
    server: Option<Server>,
    actions: mpsc::Sender<ActionRequest>,
    events: broadcast::Receiver<EngineUpdate>,
    tests: mpsc::Receiver<TestRequest>,
    on_screen: OnScreen,
    burst: Burst,
    refused: Refused,
    /// Calls that an unresponsive server has not answered yet.
    late: FuturesUnordered<PendingAnswer>,
    /// Events to mark as notified in the history.
    delivered: Delivered,
    /// Newest event that was handled.
    last: EventId,
    retry_at: Option<Instant>,
    backoff: Backoff,
    is_sign_in_needed: bool,
    /// Catalogue id of the last notification about the keyring.
    told_about_keyring: Option<&'static str>,
    is_out_of_sight: bool,
}

impl Server {
    #[cfg(target_os = "linux")]
    fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}

impl Notifier {
    /// Returns `None` when this process has a notifier already.
    pub(crate) fn new(
        app: Arc<App>,
        app_icon: String,
        pictures_dir: PathBuf,
        actions: mpsc::Sender<ActionRequest>,
    ) -> Option<Self> {
        let tests = app.take_test_requests()?;
        Some(Self {
            events: app.monitor.events_since_start(),
            app,
            desktop: Desktop::new(app_icon, pictures_dir),
            server: None,
            actions,
            tests,
            on_screen: OnScreen::default(),
            burst: Burst::default(),
            refused: Refused::default(),
            late: FuturesUnordered::new(),
            delivered: Delivered::default(),
            last: EventId(0),
            retry_at: None,
            backoff: Backoff::new(FIRST_RETRY, LONGEST_RETRY),
            is_sign_in_needed: false,
            told_about_keyring: None,
            is_out_of_sight: false,
        })
    }

    pub(crate) async fn run(mut self) {
        let stop = self.app.stop.clone();
        let work = async {
            let mut status = self.app.monitor.status();
            let mut window_closed = self.app.window.closed();
            self.find_server().await;
            self.show_quiet_hours_digest().await;
            loop {
                let (flush_at, retry_at) = (self.burst.flush_at(), self.retry_at);
                let refused_at = self.refused.retry_at();
                tokio::select! {
                    event = self.events.recv() => match event {
                        Ok(event) => self.on_event(event).await,
                        Err(RecvError::Lagged(missed)) => {
                            debug!(missed, "notifications lagged behind");
                            self.catch_up().await;
                        }
                        Err(RecvError::Closed) => return,
                    },
                    Ok(()) = status.changed() => {
                        let now = status.borrow_and_update().clone();
                        self.on_status(&now).await;
                    }
                    Ok(()) = window_closed.changed() => self.on_window_closed().await,
                    heard = self.desktop.next_event() => self.on_desktop(heard).await,
                    Some(request) = self.tests.recv() => self.show_test(request).await,
                    Some(answer) = self.late.next() => self.on_late_answer(answer).await,
                    () = self.delivered.written() => self.delivered.write(&self.app),
                    () = at(flush_at) => self.show_burst().await,
                    () = at(refused_at) => self.show_refused().await,
                    () = at(retry_at) => self.find_server().await,
                }
            }
        };
        stop.run_until_cancelled(work).await;
        self.save_delivered().await;
    }

    async fn on_event(&mut self, event: EngineUpdate) {
        match event {
            EngineUpdate::Added(added) => self.show_added(&added).await,
            EngineUpdate::Unstored(added) => self.show_unstored(&added).await,
            EngineUpdate::Reminder(stored) => self.show_reminder(&stored).await,
            EngineUpdate::Settled(ids) => self.close_all(self.on_screen.open_with(&ids)).await,
            EngineUpdate::HistoryChanged => self.close_read().await,
            EngineUpdate::Expired(count) => self.show_expired(count).await,
            EngineUpdate::HoldEnded => self.show_digest().await,
            // The rules apply from the next event on.
            EngineUpdate::RulesChanged => {}
        }
    }

    async fn on_status(&mut self, now: &monitor::EngineStatus) {
        let needs = matches!(now.connection, ConnectionState::SignInNeeded { .. });
        if needs && !self.is_sign_in_needed {
            let id = match now.provider {
                Some(Provider::Connect) => "notification-token-needed",
                Some(Provider::Hub) | None => "notification-sign-in-needed",
            };
            self.show_about_program(id, Subject::SignIn).await;
        }
        if !needs && self.is_sign_in_needed {
            self.close_all(self.on_screen.open_of(&Subject::SignIn)).await;
        }
        self.is_sign_in_needed = needs;
        self.tell_about_keyring(now).await;
        if now.unread == 0 {
            self.burst.restart();
            self.close_all(self.on_screen.open_of(&Subject::Summary)).await;
            self.close_all(self.on_screen.open_of(&Subject::Digest)).await;
        }
    }

    /// Notifies once that the sign-in is not kept, or that it is left behind.
    async fn tell_about_keyring(&mut self, now: &monitor::EngineStatus) {
        let told = match (&now.connection, now.keyring) {
            (_, KeyringState::Available) => None,
            (ConnectionState::Listening { .. }, _) => Some(NOT_KEPT),
            (ConnectionState::SignedOut, KeyringState::Locked) => Some(LEFT_BEHIND),
            _ => None,
        };
        match told {
            Some(id) if told != self.told_about_keyring => {
                self.told_about_keyring = told;
                self.show_about_program(id, Subject::Keyring).await;
            }
            None if self.told_about_keyring == Some(LEFT_BEHIND) => {
                self.told_about_keyring = None;
                self.close_all(self.on_screen.open_of(&Subject::Keyring)).await;
            }
            Some(_) | None => {}
        }
    }

    /// Notifies once that the program keeps running when neither a window nor an icon is visible.
    async fn on_window_closed(&mut self) {
        if !*self.app.is_icon_seen.borrow() && !self.is_out_of_sight {
            self.is_out_of_sight = true;
            self.show_about_program("notification-no-icon", Subject::NoIcon).await;
        }
    }

    async fn on_desktop(&mut self, heard: DesktopEvent) {
        match heard {
            DesktopEvent::Invoked { id, key, token } => self.invoke(id, &key, token).await,
            DesktopEvent::Closed { id } => {
                if self.on_screen.close(id) == Some(&Subject::Summary) {
                    self.burst.restart();
                }
            }
            DesktopEvent::ServerGone => {
                self.on_screen.clear();
                self.server = None;
                if !self.desktop.is_started_on_demand().await {
                    self.report(Some(ProblemCode::NoNotificationServer));
                }
            }
            DesktopEvent::ServerCame => {
                self.on_screen.clear();
                self.find_server().await;
            }
        }
    }

    /// Tells of a large deletion that nobody ordered at that moment.
    async fn show_expired(&mut self, count: u32) {
        let words = &self.app.words;
        let title = words.text_with("notification-expired", &[("count", Value::from(count))]);
        let body = words.text("notification-expired-body");
        let notification = Notification::plain(Subject::Expired, title, body);
        self.show(notification, self.on_screen.open_of(&Subject::Expired), Vec::new()).await;
    }

    /// Shows a notification about the program itself: `<id>-title` and `<id>-body` of the catalogue.
    async fn show_about_program(&mut self, id: &str, subject: Subject) {
        let words = &self.app.words;
        let keyring = self.app.monitor.status().borrow().keyring;
        let args = [("state", Value::Text(keyring.into_str()))];
        let title = words.text(&format!("{id}-title"));
        let body = words.text_with(&format!("{id}-body"), &args);
        let notification = Notification::plain(subject.clone(), title, body);
        self.show(notification, self.on_screen.open_of(&subject), Vec::new()).await;
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
