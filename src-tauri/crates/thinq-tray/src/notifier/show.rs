//! From an event to the screen, and what becomes of it when no server takes it.

use std::time::Duration;

use contract::{NotificationServer, Problem, ProblemCode};
use futures_util::future::BoxFuture;
use monitor::{
    Added, EventId, StoreError, StoredEvent,
    notification::{Decision, compose, compose_digest, compose_summary, device_of, is_urgent},
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
    notification::{Button, Subject, Toast},
    platform::{DesktopError, Taken},
};
use crate::clock::{moment, now_ms};

/// A server that does not answer in this time is taken for gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// What was stored and not shown is shown later, but not after this time.
const STILL_NEWS_MS: i64 = 15 * 60 * 1000;
/// What was held back is told at the end, if that is within a day.
const HELD_BACK_MS: i64 = 24 * 60 * 60 * 1000;

/// An answer that is still waited for.
pub(super) type Late = BoxFuture<'static, Answer>;

pub(super) enum Answer {
    Server(Result<Server, DesktopError>),
    Taken { result: Result<Taken, DesktopError>, subject: Subject, events: Vec<EventId> },
}

impl Notifier {
    pub(super) async fn show_added(&mut self, added: &Added) {
        // Catching up may have shown it already.
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
                self.counted.add(Some(stored.id), device);
            }
            Decision::Silent(_) => {}
        }
    }

    async fn show_single(&mut self, stored: &StoredEvent, decision: Decision) {
        let composed = compose(&stored.event, Some(stored.id), &self.app.words);
        let toast = Toast::about(&stored.event, composed, decision);
        let replaced = self.replaced(&toast);
        self.show(toast, replaced, vec![stored.id]).await;
    }

    pub(super) async fn show_unstored(&mut self, added: &Added) {
        let event = &added.stored.event;
        match added.decision {
            Decision::Notify | Decision::NotifySilently | Decision::NotifyUrgently => {
                let composed = compose(event, None, &self.app.words);
                let toast = Toast::about(event, composed, added.decision);
                let replaced = self.replaced(&toast);
                self.show(toast, replaced, Vec::new()).await;
            }
            Decision::Count => self.counted.add(None, device_of(event, &self.app.words)),
            Decision::Silent(_) => {}
        }
    }

    /// Again, and as if it were new: one that is still on the screen would only be updated.
    pub(super) async fn show_reminder(&mut self, stored: &StoredEvent) {
        let words = &self.app.words;
        let composed = compose(&stored.event, Some(stored.id), words);
        let at = moment(stored.event.received_at_ms, now_ms(), &self.app.monitor.zone(), words);
        let mut toast = Toast::about(&stored.event, composed, Decision::Notify);
        toast.body = words.text_with(
            "notification-reminder",
            &[("title", Value::Text(&toast.body)), ("time", Value::Text(&at))],
        );
        toast.sound = Some("alarm-clock-elapsed");
        let replaced = self.replaced(&toast);
        self.close_all(replaced).await;
        self.show(toast, None, vec![stored.id]).await;
    }

    pub(super) async fn show_counted(&mut self) {
        let (count, devices, events) = self.counted.flush();
        let (title, body) = compose_summary(count, &devices, &self.app.words);
        let toast = Toast::plain(Subject::Summary, title, body);
        let replaced = self.shown.open_of(&Subject::Summary);
        self.show(toast, replaced, events).await;
    }

    /// What was held back, now that nothing holds it back any more.
    pub(super) async fn show_digest(&mut self) {
        self.note_all().await;
        let since_ms = now_ms().saturating_sub(HELD_BACK_MS);
        let store = self.app.monitor.store();
        let held = spawn_blocking(move || store.held_back(since_ms)).await;
        let held = Self::read(held).unwrap_or_default();
        self.show_held(&held).await;
    }

    /// The computer was off when the quiet hours ended.
    pub(super) async fn show_digest_of_the_night(&mut self) {
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
        // Who ended a pause by hand has looked.
        held.retain(|stored| stored.decision == "quietHours");
        self.show_held(&held).await;
    }

    async fn show_held(&mut self, held: &[StoredEvent]) {
        if held.is_empty() {
            return;
        }
        let (title, body) = compose_digest(held, &self.app.words);
        let events = held.iter().map(|stored| stored.id).collect();
        let replaced = self.shown.open_of(&Subject::Digest);
        self.show(Toast::plain(Subject::Digest, title, body), replaced, events).await;
    }

    /// Shows what was stored and not shown: since the start, after falling behind, or while there
    /// was no server. A few one by one, the others counted.
    pub(super) async fn catch_up(&mut self) {
        self.counted.forget_waiting();
        self.note_all().await;
        let since_ms = now_ms().saturating_sub(STILL_NEWS_MS);
        let store = self.app.monitor.store();
        let missed = spawn_blocking(move || store.unnotified(EventId(0), since_ms)).await;
        let mut missed = Self::read(missed).unwrap_or_default();
        if let Some(newest) = missed.last() {
            self.last = self.last.max(newest.id);
        }
        // A danger is never counted for its place in the queue.
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

    fn read<T>(found: Result<Result<T, StoreError>, JoinError>) -> Option<T> {
        match found {
            Ok(Ok(found)) => return Some(found),
            Ok(Err(error)) => warn!(error = %Chain(&error), "the history could not be read"),
            Err(error) => warn!(%error, "the history did not answer"),
        }
        None
    }

    /// The one on the screen about the same thing.
    fn replaced(&self, toast: &Toast) -> Option<u32> {
        if let Subject::Event { happening, .. } = &toast.subject {
            self.shown.open_about(happening)
        } else {
            self.shown.open_of(&toast.subject)
        }
    }

    /// Hands it to the server, and notes that `events` were notified when it was taken.
    pub(super) async fn show(
        &mut self,
        toast: Toast,
        replaced: Option<u32>,
        events: Vec<EventId>,
    ) -> bool {
        let Some(server) = self.server_at_hand().await else { return false };
        let labels = Button::ALL.map(|button| (button, self.app.words.text(button.words_id())));
        let subject = toast.subject.clone();
        let sending = self.desktop.notify(toast, server, labels.to_vec(), replaced.unwrap_or(0));
        let mut sending: Late =
            Box::pin(async move { Answer::Taken { result: sending.await, subject, events } });
        if let Ok(answer) = timeout(PATIENCE, &mut sending).await {
            return self.take(answer);
        }
        self.hangs(sending);
        false
    }

    /// The server, if it is there and answers.
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
            warn!(%error, "no connection to the desktop yet");
            self.retry_at = Some(Instant::now() + self.backoff.next_delay());
            self.report(Some(ProblemCode::NoNotificationServer));
            return;
        }
        self.retry_at = None;
        self.backoff.reset();
        let describing = self.desktop.describe();
        let mut describing: Late = Box::pin(async move { Answer::Server(describing.await) });
        match timeout(PATIENCE, &mut describing).await {
            Ok(answer) => {
                self.take(answer);
            }
            Err(_) => self.hangs(describing),
        }
    }

    /// At the start, and whenever a server may be there that was not; shows what has waited for it.
    pub(super) async fn find_server(&mut self) {
        self.server = None;
        if self.server_at_hand().await.is_some() {
            self.catch_up().await;
        }
    }

    fn hangs(&mut self, owed: Late) {
        warn!("the notification server does not answer");
        self.late.push(owed);
        self.report(Some(ProblemCode::NoNotificationServer));
    }

    /// A server that hung answers again, or is gone for good.
    pub(super) async fn take_late(&mut self, answer: Answer) {
        if self.take(answer) && self.late.is_empty() {
            debug!("the notification server answers again");
            self.find_server().await;
        }
    }

    /// Returns whether the server did what it was asked for.
    fn take(&mut self, answer: Answer) -> bool {
        let problem = match answer {
            Answer::Server(Ok(server)) => {
                self.server = Some(server);
                None
            }
            Answer::Taken { result: Ok(taken), subject, events } => {
                self.app.notifications.send_modify(|report| {
                    report.is_inhibited = taken.is_inhibited;
                });
                self.shown.note(taken.id, subject);
                self.noted.add(events);
                self.noted.write(&self.app);
                None
            }
            Answer::Server(Err(error)) | Answer::Taken { result: Err(error), .. } => {
                warn!(error = %Chain(&error), "a notification was not taken");
                self.server = None;
                Some(ProblemCode::NoNotificationServer)
            }
        };
        self.report(problem);
        problem.is_none()
    }

    /// Returns when all that was taken is noted: the history says then what was not.
    pub(super) async fn note_all(&mut self) {
        self.noted.write_all(&self.app).await;
    }

    /// For the tray, the self-check and whoever asks.
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
            // A server that hangs is still known by name.
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
            self.shown.close(id);
            self.desktop.close(id).await;
        }
    }

    /// Those of events that were read somewhere else.
    pub(super) async fn close_read(&mut self) {
        let open = self.shown.open_events();
        if open.is_empty() {
            return;
        }
        let store = self.app.monitor.store();
        let read = spawn_blocking(move || store.read_among(&open)).await;
        let read = Self::read(read).unwrap_or_default();
        self.close_all(self.shown.open_with(&read)).await;
    }
}
