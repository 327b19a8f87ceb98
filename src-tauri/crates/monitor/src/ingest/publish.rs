//! Publishes stored and unstored events, settled events, reminders and counts.

use model::{NewEvent, ProblemCode};
use thinq::{Body, Chain};
use tracing::{debug, error};

use super::{Ingest, Outcome, backlog::Novelty};
use crate::{
    decision::{Decision, is_reminded},
    event::{Arrival, EventId, StoredEvent},
    inbound::Confirmation,
    store::StoreError,
    update::{Added, EngineUpdate},
};

impl Ingest {
    pub(super) fn publish(&self, outcomes: Vec<Outcome>) {
        // Reports arrive all day and do not change any count.
        let is_counted = self.has_backlog()
            || outcomes.iter().any(|outcome| matches!(outcome, Outcome::Event(_)));
        for outcome in outcomes {
            match outcome {
                Outcome::Event(added) => {
                    // There may be no subscribers yet; the events are in the store.
                    drop(self.events.send(EngineUpdate::Added(added.clone())));
                    self.settle(&self.outstanding.take_settled_by(&added.stored.event));
                    self.remember(&added);
                }
                Outcome::Repeated => debug!("ignored repeated message"),
                Outcome::Report => {}
                Outcome::Unclear(id) => self.states_to_read.want(id),
            }
        }
        if is_counted {
            self.count(None);
        }
    }

    /// Schedules a reminder for an outstanding event that was notified.
    fn remember(&self, added: &Added) {
        match added.decision {
            Decision::Notify
            | Decision::NotifySilently
            | Decision::NotifyUrgently
            | Decision::Count => {}
            Decision::Silent(_) => return,
        }
        self.outstanding.note(&added.stored);
        let reminders = self.judge.rules().reminders;
        if is_reminded(&added.stored.event, reminders) {
            let due_at_ms = (self.clock)().saturating_add(reminders.after_ms());
            let planned =
                self.store.plan_reminder(added.stored.id, due_at_ms, reminders.at_most, false);
            match planned {
                Ok(()) => self.time_changed.notify_one(),
                Err(error) => error!(error = %Chain(&error), "failed to schedule a reminder"),
            }
        }
    }

    pub(super) fn settle_by_reports(&self, arrivals: &[(Arrival, Option<NewEvent>)]) {
        for (arrival, _) in arrivals {
            if let Body::Status(report) = &arrival.message.body {
                // The device list is more reliable than a single message.
                let known = self.name_of(&report.device_id).device_type;
                let device_type = known.or_else(|| report.device_type.clone()).unwrap_or_default();
                let settled = self.outstanding.take_settled_by_report(
                    &report.device_id,
                    &device_type,
                    &report.report,
                    arrival.received_at_ms,
                );
                self.settle(&settled);
            }
        }
    }

    fn settle(&self, ids: &[EventId]) {
        if ids.is_empty() {
            return;
        }
        if let Err(error) = self.store.forget_reminders(ids) {
            error!(error = %Chain(&error), "failed to cancel reminders");
        }
        drop(self.events.send(EngineUpdate::Settled(ids.to_vec())));
    }

    /// Publishes events that failed to be stored, so that a broken history does not suppress
    /// notifications.
    pub(super) fn publish_unstored(
        &self,
        error: &StoreError,
        arrivals: Vec<(Arrival, Option<NewEvent>)>,
        confirmations: Vec<Confirmation>,
    ) {
        error!(error = %Chain(error), "failed to store events");
        for (arrival, event) in arrivals {
            let Some(event) = event else {
                self.backlog.note_report(arrival);
                continue;
            };
            let novelty = self.backlog.novelty(&self.store, &arrival, &event);
            if novelty == Novelty::Repeated {
                debug!("ignored repeated message");
                continue;
            }
            let decision = self.judge.decide(&event);
            self.backlog.note(arrival, event.clone(), decision, self.judge.outgoing(&event));
            if novelty == Novelty::Again {
                continue;
            }
            let stored = StoredEvent {
                id: EventId(0),
                event,
                decision: decision.name().to_owned(),
                notified_at_ms: None,
                is_read: false,
            };
            drop(self.events.send(EngineUpdate::Unstored(Box::new(Added { stored, decision }))));
        }
        self.backlog.hold(confirmations);
    }

    /// `failed`: cause of a failed write.
    pub(super) fn count(&self, failed: Option<ProblemCode>) {
        if failed == Some(ProblemCode::HistoryDamaged) || (failed.is_none() && self.has_backlog()) {
            self.mend();
        }
        let unread = self.store.unread_count();
        let trouble = self.store.problem().or(unread.as_ref().err().map(StoreError::problem));
        self.status.send_if_modified(|status| {
            let before = (status.unread, status.history_problem);
            status.history_problem = trouble;
            status.unread = unread.unwrap_or(status.unread);
            before != (status.unread, status.history_problem)
        });
        if failed.is_some() {
            self.time_changed.notify_one();
        }
    }

    /// Repairs a history whose file was removed, replaced or emptied.
    pub(super) fn check_file(&self) {
        if self.store.has_lost_file() {
            self.count(None);
        }
    }

    /// Whether the history has failed or unwritten events exist.
    fn has_backlog(&self) -> bool {
        !self.backlog.is_empty() || self.store.problem().is_some()
    }

    fn mend(&self) {
        match self.backlog.mend(&self.store, (self.clock)()) {
            Ok(true) => {
                // The view may be newer than the repaired file.
                self.view.refresh();
                self.expect_endings();
                drop(self.events.send(EngineUpdate::HistoryChanged));
            }
            Ok(false) => {}
            Err(error) => error!(error = %Chain(&error), "failed to repair the history"),
        }
    }
}
