//! Pauses, notification rules and test notifications.

use std::sync::Arc;

use model::{
    Mute, NotificationReport, NotificationRules, OPEN_END_MS, PauseUntil, Problem, ProblemCode,
    Rules,
};
use monitor::decision::{default_treatments, next_morning};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};

use super::{App, TestRequest, no_report};
use crate::{clock::now_ms, settings::rules::write_rules};

const LONGEST_PAUSE_MINUTES: u32 = 7 * 24 * 60;

impl App {
    pub(crate) async fn pause(&self, until: PauseUntil) {
        let now_ms = now_ms();
        let after = |minutes: u32| now_ms.saturating_add(i64::from(minutes) * 60_000);
        let until_ms = match until {
            PauseUntil::Minutes { minutes } => after(minutes.clamp(1, LONGEST_PAUSE_MINUTES)),
            PauseUntil::Morning => {
                next_morning(now_ms, &self.monitor.zone()).unwrap_or_else(|| after(12 * 60))
            }
            PauseUntil::SwitchedOn => OPEN_END_MS,
        };
        self.monitor.pause(Some(until_ms)).await;
    }

    pub(crate) fn rules(&self) -> Rules {
        let muted = self.monitor.muted().into_iter();
        Rules {
            own: self.monitor.rules(),
            defaults: default_treatments(),
            muted: muted.map(|(device_id, until_ms)| Mute { device_id, until_ms }).collect(),
        }
    }

    /// Writes the rules and applies them, with numbers brought into their range; nothing changes when writing fails.
    pub(crate) async fn change_rules(self: &Arc<Self>, wanted: Rules) -> Result<(), Problem> {
        let _changing = self.changing.lock().await;
        let before = self.monitor.rules();
        let mut rules = NotificationRules { bursts: before.bursts, ..wanted.own };
        rules.clamp();
        if rules != before {
            let (app, new) = (Arc::clone(self), rules.clone());
            let written = spawn_blocking(move || {
                let mut settings = app.settings.lock();
                settings.edit(|document| write_rules(document, &before, &new))?;
                settings.rules = new;
                Ok(())
            });
            written
                .await
                .map_err(|_| Problem::of(ProblemCode::Internal))?
                .map_err(|error| super::settings::file_problem(&error))?;
            self.monitor.set_rules(rules);
        }
        let muted = wanted.muted.into_iter().map(|mute| (mute.device_id, mute.until_ms)).collect();
        if muted != self.monitor.muted() {
            self.monitor.set_muted(muted).await;
        }
        Ok(())
    }

    /// Returns the receiver once, for the notifier of this process.
    pub(crate) fn take_test_requests(&self) -> Option<mpsc::Receiver<TestRequest>> {
        self.waiting_tests.lock().take()
    }

    pub(crate) async fn test_notification(&self) -> NotificationReport {
        let no_server = NotificationReport {
            problem: Some(Problem::of(ProblemCode::NoNotificationServer)),
            ..no_report()
        };
        if !self.has_icon() {
            return no_server;
        }
        let (answer, answered) = oneshot::channel();
        if self.test_requests.send(TestRequest(answer)).await.is_err() {
            return no_server;
        }
        answered.await.unwrap_or(no_server)
    }
}
