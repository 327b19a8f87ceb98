//! Delivers notifications to the server, including those that were missed while there was none.

use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{NewEvent, NotificationServer, Problem, ProblemCode};
use monitor::{
    Added, EventId, StoreError, StoredEvent,
    decision::{
        self, Decision, compose, compose_digest, compose_late, compose_summary, device_of,
        is_urgent,
    },
};
use thinq::Chain;
use tokio::{
    task::{JoinError, spawn_blocking},
    time::{Instant, timeout},
};
use tracing::{debug, warn};
use words::Value;

use super::{
    Notifier, Server,
    notification::{Button, Notification, Subject},
    platform::{Accepted, DesktopError, is_refusal},
};
use crate::clock::{moment, now_ms};

/// Time limit for answers of the server.
const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum age of a missed event that is still notified.
const STILL_NEWS_MS: i64 = 15 * 60 * 1000;
/// Maximum age of held-back events in the digest.
const HELD_BACK_MS: i64 = 24 * 60 * 60 * 1000;

/// Outstanding answer of the server.
pub(super) type PendingAnswer = BoxFuture<'static, Answer>;

pub(super) enum Answer {
    Server(Result<Server, DesktopError>),
    Accepted {
        result: Result<Accepted, DesktopError>,
        notification: Box<Notification>,
        events: Vec<EventId>,
    },
}

impl Notifier {
    pub(super) async fn show_added(&mut self, added: &Added) {
        // May have been shown while catching up.
        if added.stored.id <= self.last {
            return;
        }
        self.last = added.stored.id;
        self.show_decided(&added.stored, added.decision).await;
    }

    async fn show_decided(&mut self, stored: &StoredEvent, decision: Decision) {
        match decision {
            Decision::Notify | Decision::NotifySilently | Decision::NotifyUrgently => {
                self.show_single(stored, decision).await;
            }
            Decision::Count => {
                let device = device_of(&stored.event, &self.app.words);
                self.burst.add(Some(stored.id), device);
            }
            Decision::Silent(_) => {}
        }
    }

    async fn show_single(&mut self, stored: &StoredEvent, decision: Decision) {
        let composed = self.compose(&stored.event, Some(stored.id));
        let notification = Notification::about(&stored.event, composed, decision);
        let replaced = self.replaced(&notification);
        self.show(notification, replaced, vec![stored.id]).await;
    }

    pub(super) async fn show_unstored(&mut self, added: &Added) {
        let event = &added.stored.event;
        match added.decision {
            Decision::Notify | Decision::NotifySilently | Decision::NotifyUrgently => {
                let composed = self.compose(event, None);
                let notification = Notification::about(event, composed, added.decision);
                let replaced = self.replaced(&notification);
                self.show(notification, replaced, Vec::new()).await;
            }
            Decision::Count => self.burst.add(None, device_of(event, &self.app.words)),
            Decision::Silent(_) => {}
        }
    }

    /// Says of an event that was missed in a gap when it happened.
    fn compose(&self, event: &NewEvent, id: Option<EventId>) -> decision::Notification {
        let (words, monitor) = (&self.app.words, &self.app.monitor);
        if !event.is_found_after_gap {
            return compose(event, id, words);
        }
        let (now_ms, zone) = (now_ms(), monitor.zone());
        compose_late(event, id, monitor.late_time(event), words, |ms| {
            moment(ms, now_ms, &zone, words)
        })
    }

    /// Closes the previous notification first: replacing it would not alert the user again.
    pub(super) async fn show_reminder(&mut self, stored: &StoredEvent) {
        let words = &self.app.words;
        let composed = compose(&stored.event, Some(stored.id), words);
        let at = moment(stored.event.received_at_ms, now_ms(), &self.app.monitor.zone(), words);
        let mut notification = Notification::about(&stored.event, composed, Decision::Notify);
        notification.body = words.text_with(
            "notification-reminder",
            &[("title", Value::Text(&notification.body)), ("time", Value::Text(&at))],
        );
        notification.sound = Some("alarm-clock-elapsed");
        let replaced = self.replaced(&notification);
        self.close_all(replaced).await;
        self.show(notification, None, vec![stored.id]).await;
    }

    pub(super) async fn show_burst(&mut self) {
        let (count, devices, events) = self.burst.flush();
        let (title, body) = compose_summary(count, &devices, &self.app.words);
        let notification = Notification::plain(Subject::Summary, title, body);
        let replaced = self.on_screen.open_of(&Subject::Summary);
        self.show(notification, replaced, events).await;
    }

    /// Shows the digest of held-back events after a pause or quiet hours have ended.
    pub(super) async fn show_digest(&mut self) {
        self.save_delivered().await;
        let since_ms = now_ms().saturating_sub(HELD_BACK_MS);
        let store = self.app.monitor.store();
        let held = spawn_blocking(move || store.held_back(since_ms)).await;
        let held = Self::read(held).unwrap_or_default();
        self.show_held(&held).await;
    }

    /// Shows the digest at start, for quiet hours that ended while the program was not running.
    pub(super) async fn show_quiet_hours_digest(&mut self) {
        let is_held = {
            let status = self.app.monitor.status();
            let now = status.borrow();
            now.paused_until_ms.is_some() || now.quiet_until_ms.is_some()
        };
        if is_held {
            return;
        }
        let since_ms = now_ms().saturating_sub(HELD_BACK_MS);
        let store = self.app.monitor.store();
        let held = spawn_blocking(move || store.held_back(since_ms)).await;
        let mut held = Self::read(held).unwrap_or_default();
        // Pauses are ended by the user, who has seen the history.
        held.retain(|stored| stored.decision == "quietHours");
        self.show_held(&held).await;
    }

    async fn show_held(&mut self, held: &[StoredEvent]) {
        if held.is_empty() {
            return;
        }
        let (title, body) = compose_digest(held, &self.app.words);
        let events = held.iter().map(|stored| stored.id).collect();
        let replaced = self.on_screen.open_of(&Subject::Digest);
        self.show(Notification::plain(Subject::Digest, title, body), replaced, events).await;
    }

    /// Shows stored events that were not notified: after the start, after a lag, or after an absence
    /// of the server. Shows a few of them individually and counts the rest.
    pub(super) async fn catch_up(&mut self) {
        self.burst.forget_pending();
        self.save_delivered().await;
        let since_ms = now_ms().saturating_sub(STILL_NEWS_MS);
        let store = self.app.monitor.store();
        let missed = spawn_blocking(move || store.unnotified(EventId(0), since_ms)).await;
        let mut missed = Self::read(missed).unwrap_or_default();
        let ids: Vec<EventId> = missed.iter().map(|stored| stored.id).collect();
        self.refused.forget(&ids);
        if let Some(newest) = missed.last() {
            self.last = self.last.max(newest.id);
        }
        // Urgent events come first, so that they are shown individually.
        missed.sort_by_key(|stored| !is_urgent(&stored.event));
        let mut singles_left = self.app.monitor.rules().bursts.at_most;
        for stored in missed {
            let decision = Decision::from_name(&stored.decision).unwrap_or(Decision::Notify);
            let is_single = decision != Decision::Count && singles_left > 0;
            if is_single {
                singles_left -= 1;
                self.show_decided(&stored, decision).await;
            } else {
                self.show_decided(&stored, Decision::Count).await;
            }
        }
    }

    pub(super) fn read<T>(found: Result<Result<T, StoreError>, JoinError>) -> Option<T> {
        match found {
            Ok(Ok(found)) => return Some(found),
            Ok(Err(error)) => warn!(error = %Chain(&error), "failed to read the history"),
            Err(error) => warn!(%error, "reading the history was aborted"),
        }
        None
    }

    /// Returns the notification on the screen about the same subject.
    pub(super) fn replaced(&self, notification: &Notification) -> Option<u32> {
        if let Subject::Event { happening, .. } = &notification.subject {
            self.on_screen.open_about(happening)
        } else {
            self.on_screen.open_of(&notification.subject)
        }
    }

    /// Sends a notification and marks `events` as notified once the server accepts it.
    pub(super) async fn show(
        &mut self,
        notification: Notification,
        replaced: Option<u32>,
        events: Vec<EventId>,
    ) -> bool {
        let Some(server) = self.server_at_hand().await else { return false };
        let labels = Button::ALL.map(|button| (button, self.app.words.text(button.words_id())));
        let sent = notification.clone();
        let sending = self.desktop.notify(sent, server, labels.to_vec(), replaced.unwrap_or(0));
        let mut sending: PendingAnswer = Box::pin(async move {
            let notification = Box::new(notification);
            Answer::Accepted { result: sending.await, notification, events }
        });
        if let Ok(answer) = timeout(PATIENCE, &mut sending).await {
            return self.take(answer);
        }
        self.on_timeout(sending);
        false
    }

    /// Returns the server if it is present and answers.
    async fn server_at_hand(&mut self) -> Option<Server> {
        if !self.late.is_empty() {
            return None;
        }
        if self.server.is_none() {
            self.ask_server().await;
        }
        self.server.clone()
    }

    async fn ask_server(&mut self) {
        if let Err(error) = self.desktop.connect().await {
            warn!(%error, "no connection to the session bus");
            self.retry_at = Some(Instant::now() + self.backoff.next_delay());
            self.report(Some(ProblemCode::NoNotificationServer));
            return;
        }
        self.retry_at = None;
        self.backoff.reset();
        let describing = self.desktop.describe();
        let mut describing: PendingAnswer =
            Box::pin(async move { Answer::Server(describing.await) });
        match timeout(PATIENCE, &mut describing).await {
            Ok(answer) => {
                self.take(answer);
            }
            Err(_) => self.on_timeout(describing),
        }
    }

    /// Looks for a server at start and whenever one may have appeared; shows missed notifications.
    pub(super) async fn find_server(&mut self) {
        self.server = None;
        if self.server_at_hand().await.is_some() {
            self.catch_up().await;
        }
    }

    fn on_timeout(&mut self, pending: PendingAnswer) {
        warn!("notification server does not answer");
        self.late.push(pending);
        self.report(Some(ProblemCode::NoNotificationServer));
    }

    /// Handles an answer after the time limit, or the end of the server.
    pub(super) async fn on_late_answer(&mut self, answer: Answer) {
        if self.take(answer) && self.late.is_empty() {
            debug!("notification server answers again");
            self.find_server().await;
        }
    }

    /// Returns whether the call succeeded.
    fn take(&mut self, answer: Answer) -> bool {
        let problem = match answer {
            Answer::Server(Ok(server)) => {
                self.server = Some(server);
                None
            }
            Answer::Accepted { result: Ok(accepted), notification, events } => {
                self.refused.on_accepted();
                self.app.notifications.send_modify(|report| {
                    report.is_inhibited = accepted.is_inhibited;
                });
                self.on_screen.note(accepted.id, notification.subject);
                self.delivered.add(events);
                self.delivered.write(&self.app);
                None
            }
            Answer::Accepted { result: Err(error), notification, events } if is_refusal(&error) => {
                warn!(error = %Chain(&error), "notification was refused");
                match notification.subject {
                    // Counts on.
                    Subject::Summary => self.burst.put_back(events),
                    // The requester is told.
                    Subject::Test => {}
                    Subject::Event { .. }
                    | Subject::Digest
                    | Subject::Expired
                    | Subject::SignIn
                    | Subject::Keyring
                    | Subject::NoIcon => self.refused.add(*notification, events),
                }
                Some(ProblemCode::NotificationRefused)
            }
            Answer::Server(Err(error)) | Answer::Accepted { result: Err(error), .. } => {
                warn!(error = %Chain(&error), "notification was not accepted");
                self.server = None;
                Some(ProblemCode::NoNotificationServer)
            }
        };
        self.report(problem);
        problem.is_none()
    }

    /// Waits until all accepted notifications are marked in the history.
    pub(super) async fn save_delivered(&mut self) {
        self.delivered.write_all(&self.app).await;
    }

    /// Publishes the state of the server for the tray, the self-check and clients.
    pub(super) fn report(&self, problem: Option<ProblemCode>) {
        let server = self.server.as_ref().map(|server| NotificationServer {
            name: server.name.clone(),
            version: server.version.clone(),
            capabilities: server.capabilities.clone(),
        });
        self.app.notifications.send_if_modified(|report| {
            let mut now = report.clone();
            now.problem = problem.map(Problem::of);
            now.is_taken = problem.is_none();
            // An unresponsive server keeps its name.
            if server.is_some() || self.late.is_empty() {
                now.server = server;
            }
            let is_new = *report != now;
            *report = now;
            is_new
        });
    }

    pub(super) async fn close_all(&mut self, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            self.on_screen.close(id);
            self.desktop.close(id).await;
        }
    }

    /// Closes notifications of events that were read elsewhere, in the window for example.
    pub(super) async fn close_read(&mut self) {
        let open = self.on_screen.open_events();
        if open.is_empty() {
            return;
        }
        let store = self.app.monitor.store();
        let read = spawn_blocking(move || store.read_among(&open)).await;
        let read = Self::read(read).unwrap_or_default();
        self.close_all(self.on_screen.open_with(&read)).await;
    }
}
