//! Shows notifications. Decides nothing: what to show was decided when the event was stored.
//!
//! Runs on its own, so that a server that hangs keeps no event from being stored. What could not be
//! shown waits in the history: it is read from there when this falls behind, when a server appears
//! or answers again, and after a crash.

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
mod show;

use std::{path::PathBuf, sync::Arc, time::Duration};

use contract::ProblemCode;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use monitor::{Backoff, Connection, EventId, KeyringState, MonitorEvent};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    time::{self, Instant},
};
use tracing::debug;

use crate::{app::App, tray::menu::Asked};
use burst::Counted;
use delivered::Noted;
use notification::{Subject, Toast};
use on_screen::Shown;
#[cfg(target_os = "linux")]
pub(crate) use platform::NotificationsProxy;
use platform::{Desktop, Heard};
use show::Late;

pub(crate) const APP_NAME: &str = "ThinQ Tray";
/// The name of the desktop entry, without its suffix.
#[cfg(target_os = "linux")]
pub(crate) const DESKTOP_ENTRY: &str = "thinq-tray";
/// Without a session bus nothing tells when there is one.
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_mins(10);

/// A notification server, as it describes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    name: String,
    version: String,
    capabilities: Vec<String>,
}

pub(crate) struct Notifier {
    app: Arc<App>,
    desktop: Desktop,
    /// As long as it is there and answers.
    server: Option<Server>,
    actions: mpsc::Sender<Asked>,
    events: broadcast::Receiver<MonitorEvent>,
    tests: mpsc::Receiver<TestRequest>,
    shown: Shown,
    counted: Counted,
    /// What a server that hangs still owes.
    late: FuturesUnordered<Late>,
    /// What was taken and is not noted yet.
    noted: Noted,
    /// The newest event that was dealt with.
    last: EventId,
    retry_at: Option<Instant>,
    backoff: Backoff,
    is_sign_in_needed: bool,
    is_keyring_missing: bool,
    is_out_of_sight: bool,
}

impl Server {
    #[cfg(target_os = "linux")]
    fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}

impl Notifier {
    /// `None` when this process has one already.
    pub(crate) fn new(
        app: Arc<App>,
        app_icon: String,
        pictures_dir: PathBuf,
        actions: mpsc::Sender<Asked>,
    ) -> Option<Self> {
        let tests = app.take_test_requests()?;
        Some(Self {
            events: app.monitor.events_since_start(),
            app,
            desktop: Desktop::new(app_icon, pictures_dir),
            server: None,
            actions,
            tests,
            shown: Shown::default(),
            counted: Counted::default(),
            late: FuturesUnordered::new(),
            noted: Noted::default(),
            last: EventId(0),
            retry_at: None,
            backoff: Backoff::new(FIRST_RETRY, LONGEST_RETRY),
            is_sign_in_needed: false,
            is_keyring_missing: false,
            is_out_of_sight: false,
        })
    }

    pub(crate) async fn run(mut self) {
        let stop = self.app.stop.clone();
        let work = async {
            let mut status = self.app.monitor.status();
            let mut window_closed = self.app.window.closed();
            self.find_server().await;
            self.show_digest_of_the_night().await;
            loop {
                let (flush_at, retry_at) = (self.counted.flush_at(), self.retry_at);
                tokio::select! {
                    event = self.events.recv() => match event {
                        Ok(event) => self.hear_event(event).await,
                        Err(RecvError::Lagged(missed)) => {
                            debug!(missed, "notifications fell behind");
                            self.catch_up().await;
                        }
                        Err(RecvError::Closed) => return,
                    },
                    Ok(()) = status.changed() => {
                        let now = status.borrow_and_update().clone();
                        self.hear_status(&now).await;
                    }
                    Ok(()) = window_closed.changed() => self.hear_window_closed().await,
                    heard = self.desktop.hear() => self.hear_desktop(heard).await,
                    Some(wish) = self.tests.recv() => self.show_test(wish).await,
                    Some(answer) = self.late.next() => self.take_late(answer).await,
                    () = self.noted.written() => self.noted.write(&self.app),
                    () = at(flush_at) => self.show_counted().await,
                    () = at(retry_at) => self.find_server().await,
                }
            }
        };
        stop.run_until_cancelled(work).await;
        self.note_all().await;
    }

    async fn hear_event(&mut self, event: MonitorEvent) {
        match event {
            MonitorEvent::Added(added) => self.show_added(&added).await,
            MonitorEvent::Unstored(added) => self.show_unstored(&added).await,
            MonitorEvent::Reminder(stored) => self.show_reminder(&stored).await,
            MonitorEvent::Settled(ids) => self.close_all(self.shown.open_with(&ids)).await,
            MonitorEvent::HistoryChanged => self.close_read().await,
            MonitorEvent::HoldEnded => self.show_digest().await,
            // They count from the next event on.
            MonitorEvent::RulesChanged => {}
        }
    }

    async fn hear_status(&mut self, now: &monitor::Status) {
        let needs = matches!(now.connection, Connection::SignInNeeded { .. });
        if needs && !self.is_sign_in_needed {
            self.tell("notification-sign-in-needed", Subject::SignIn).await;
        }
        if !needs && self.is_sign_in_needed {
            self.close_all(self.shown.open_of(&Subject::SignIn)).await;
        }
        self.is_sign_in_needed = needs;
        // Only somebody who is signed in has something to lose.
        let is_in = matches!(now.connection, Connection::Listening { .. });
        if is_in && now.keyring != KeyringState::Available && !self.is_keyring_missing {
            self.is_keyring_missing = true;
            self.tell("notification-keyring", Subject::Keyring).await;
        }
        if now.unread == 0 {
            self.counted.start_anew();
            self.close_all(self.shown.open_of(&Subject::Summary)).await;
            self.close_all(self.shown.open_of(&Subject::Digest)).await;
        }
    }

    /// Without window and icon nothing shows that the program goes on. Said once.
    async fn hear_window_closed(&mut self) {
        if !*self.app.is_icon_seen.borrow() && !self.is_out_of_sight {
            self.is_out_of_sight = true;
            self.tell("notification-no-icon", Subject::NoIcon).await;
        }
    }

    async fn hear_desktop(&mut self, heard: Heard) {
        match heard {
            Heard::Invoked { id, key, token } => self.invoke(id, &key, token).await,
            Heard::Closed { id } => {
                if self.shown.close(id) == Some(&Subject::Summary) {
                    self.counted.start_anew();
                }
            }
            Heard::ServerGone => {
                self.shown.clear();
                self.server = None;
                if !self.desktop.is_started_on_demand().await {
                    self.report(Some(ProblemCode::NoNotificationServer));
                }
            }
            Heard::ServerCame => {
                self.shown.clear();
                self.find_server().await;
            }
        }
    }

    /// Something about the program itself: `<id>-title` and `<id>-body` of the catalogue.
    async fn tell(&mut self, id: &str, subject: Subject) {
        let words = &self.app.words;
        let (title, body) = (words.text(&format!("{id}-title")), words.text(&format!("{id}-body")));
        let toast = Toast::plain(subject.clone(), title, body);
        self.show(toast, self.shown.open_of(&subject), Vec::new()).await;
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
