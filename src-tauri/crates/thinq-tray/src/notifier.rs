//! Shows notifications. Decides nothing: what to show was decided when the event was stored.
//!
//! Runs on its own, so that a server that hangs keeps no event from being stored. When it falls
//! behind, or comes back after a crash, it reads from the history what was not shown.

#[cfg(target_os = "linux")]
#[path = "notifier/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "notifier/other.rs"]
mod platform;

use std::{sync::Arc, time::Duration};

use contract::ProblemCode;
use monitor::{
    Added, Connection, EventId, MonitorEvent, StoredEvent, VaultState,
    notification::{Decision, Notification, compose},
};
use notify_rust::Urgency;
use thinq::{Category, Chain, Severity, clean_text};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    task::spawn_blocking,
    time::timeout,
};
use tracing::{debug, warn};

use crate::{app::App, clock::now_ms, tray::menu::Action};
use platform::Desktop;

pub(crate) const APP_NAME: &str = "ThinQ Tray";
/// The name of the desktop entry, without its suffix.
pub(crate) const DESKTOP_ENTRY: &str = "thinq-tray";
/// A server that does not answer in this time is taken for gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// What was stored and not shown is shown later, but not after this time.
const STILL_NEWS_MS: i64 = 15 * 60 * 1000;
const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 500;

/// Where a click on a notification leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Event(Option<EventId>),
    SignIn,
}

pub(crate) struct Notifier {
    app: Arc<App>,
    desktop: Desktop,
    actions: mpsc::Sender<Action>,
    /// The newest event that was dealt with.
    last: EventId,
}

impl Notifier {
    pub(crate) fn new(app: Arc<App>, desktop_icon: String, actions: mpsc::Sender<Action>) -> Self {
        Self { app, desktop: Desktop::new(desktop_icon), actions, last: EventId(0) }
    }

    pub(crate) async fn run(mut self) {
        let mut events = self.app.monitor.events();
        let mut status = self.app.monitor.status();
        let stop = self.app.stop.clone();
        let mut is_sign_in_needed = false;
        let mut is_keyring_missing = false;
        self.desktop.prepare().await;
        self.catch_up().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                event = events.recv() => match event {
                    Ok(MonitorEvent::Added(added)) => self.show_added(*added).await,
                    Ok(MonitorEvent::Unstored(added)) => self.show_unstored(&added).await,
                    Ok(
                        MonitorEvent::HistoryChanged
                        | MonitorEvent::Settled(_)
                        | MonitorEvent::HoldEnded,
                    ) => {}
                    Ok(MonitorEvent::Reminder(stored)) => self.show_stored(&stored).await,
                    Err(RecvError::Lagged(missed)) => {
                        debug!(missed, "notifications fell behind");
                        self.catch_up().await;
                    }
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = status.changed() => {
                    let (connection, vault) = {
                        let now = status.borrow_and_update();
                        (now.connection.clone(), now.vault)
                    };
                    let needs = matches!(connection, Connection::SignInNeeded { .. });
                    if needs && !is_sign_in_needed {
                        self.tell("notification-sign-in-needed", Target::SignIn).await;
                    }
                    is_sign_in_needed = needs;
                    // Only somebody who is signed in has something to lose.
                    let is_in = matches!(connection, Connection::Listening { .. });
                    if is_in && vault != VaultState::Available && !is_keyring_missing {
                        is_keyring_missing = true;
                        self.tell("notification-keyring", Target::Event(None)).await;
                    }
                }
                target = self.desktop.clicked() => self.open(target),
            }
        }
    }

    fn open(&self, target: Target) {
        let action = match target {
            Target::Event(event) => Action::OpenHistory { event: event.map(|id| id.0) },
            Target::SignIn => Action::SignIn,
        };
        if self.actions.try_send(action).is_err() {
            warn!("a click on a notification was lost");
        }
    }

    /// Shows what was stored and not shown: since the start, or after falling behind.
    async fn catch_up(&mut self) {
        let store = self.app.monitor.store();
        let last = self.last;
        let since_ms = now_ms().saturating_sub(STILL_NEWS_MS);
        match spawn_blocking(move || store.unnotified(last, since_ms)).await {
            Ok(Ok(missed)) => {
                for stored in missed {
                    self.show_stored(&stored).await;
                }
            }
            Ok(Err(error)) => warn!(error = %Chain(&error), "the history could not be read"),
            Err(error) => warn!(%error, "the history did not answer"),
        }
    }

    async fn show_added(&mut self, added: Added) {
        // Catching up may have shown it already.
        if added.stored.id > self.last {
            match added.decision {
                Decision::Notify
                | Decision::NotifySilently
                | Decision::NotifyUrgently
                | Decision::Count => self.show_stored(&added.stored).await,
                Decision::Silent(_) => self.last = added.stored.id,
            }
        }
    }

    async fn show_stored(&mut self, stored: &StoredEvent) {
        self.last = self.last.max(stored.id);
        let notification = compose(&stored.event, Some(stored.id), &self.app.words);
        let target = Target::Event(Some(stored.id));
        if self.show(&notification, target).await {
            let store = self.app.monitor.store();
            let id = stored.id;
            match spawn_blocking(move || store.mark_notified(id, now_ms())).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!(error = %Chain(&error), "a notification was not noted"),
                Err(error) => warn!(%error, "a notification was not noted"),
            }
        }
    }

    async fn show_unstored(&mut self, added: &Added) {
        if !matches!(added.decision, Decision::Silent(_)) {
            let notification = compose(&added.stored.event, None, &self.app.words);
            self.show(&notification, Target::Event(None)).await;
        }
    }

    /// Something about the program itself: `<id>-title` and `<id>-body` of the catalogue.
    async fn tell(&mut self, id: &str, target: Target) {
        let notification = Notification {
            event_id: None,
            title: self.app.words.text(&format!("{id}-title")),
            body: self.app.words.text(&format!("{id}-body")),
            severity: Severity::Attention,
            category: Category::Status,
            device_type: None,
        };
        self.show(&notification, target).await;
    }

    async fn show(&mut self, notification: &Notification, target: Target) -> bool {
        let mut shown = notify_rust::Notification::new();
        shown
            .appname(APP_NAME)
            .summary(&clean_text(&notification.title, LONGEST_TITLE))
            .body(&clean_text(&notification.body, LONGEST_BODY));
        let urgency = match notification.severity {
            Severity::Info | Severity::Attention => Urgency::Normal,
            Severity::Error => Urgency::Critical,
        };
        let category = match notification.severity {
            Severity::Info | Severity::Attention => "device",
            Severity::Error => "device.error",
        };
        let label = match target {
            Target::Event(_) => self.app.words.text("notification-action-show"),
            Target::SignIn => self.app.words.text("notification-action-sign-in"),
        };
        let sent = timeout(PATIENCE, self.desktop.show(shown, urgency, category, &label, target));
        let problem = match sent.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                warn!(error = %Chain(&error), "a notification was not shown");
                Some(ProblemCode::NoNotificationServer)
            }
            Err(_) => {
                warn!("the notification server does not answer");
                self.desktop.forget();
                Some(ProblemCode::NoNotificationServer)
            }
        };
        self.app.notification_problem.send_if_modified(|current| {
            let is_new = *current != problem;
            *current = problem;
            is_new
        });
        problem.is_none()
    }
}
