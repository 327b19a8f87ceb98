//! Handles clicks on notifications, and requests for a test notification.

use model::NotificationReport;
use thinq::Chain;
use tracing::{debug, warn};

use super::{
    Notifier,
    notification::{Button, Notification, PAUSE, Subject},
};
use crate::{
    app::TestRequest,
    tray::menu::{Action, ActionRequest},
};

impl Notifier {
    pub(super) async fn invoke(&mut self, id: u32, key: &str, token: Option<String>) {
        debug!("notification clicked");
        let Some(subject) = self.on_screen.subject(id).cloned() else { return };
        let button = match key {
            "default" => subject.default_button(),
            key => {
                let Some(button) = Button::from_key(key) else { return };
                button
            }
        };
        if subject == Subject::Summary {
            self.burst.restart();
        }
        match button {
            Button::Show => {
                let event = subject.event_id().map(|id| id.0);
                self.ask(Action::OpenHistory { event }, token);
            }
            Button::SignIn => self.ask(Action::SignIn, token),
            Button::Pause => self.ask(Action::Pause(PAUSE), None),
            Button::Done => self.settle(&subject).await,
            Button::RemindLater => self.remind_later(&subject).await,
            Button::MuteDevice => {
                if let Subject::Event { happening, .. } = &subject
                    && let Some(device_id) = &happening.device_id
                {
                    self.app.monitor.mute_for_today(device_id.clone()).await;
                }
            }
        }
        // Resident notifications stay open until the event is settled.
        if button != Button::Show && button != Button::SignIn {
            self.close_all(Some(id)).await;
        }
    }

    async fn settle(&mut self, subject: &Subject) {
        let Some(id) = subject.event_id() else { return };
        if let Err(error) = self.app.monitor.settle(id).await {
            warn!(error = %Chain(&error), "failed to settle an event");
        }
    }

    async fn remind_later(&mut self, subject: &Subject) {
        let Some(id) = subject.event_id() else { return };
        if let Err(error) = self.app.remind_later(id).await {
            warn!(error = %Chain(&error), "failed to schedule a reminder");
        }
    }

    fn ask(&self, action: Action, token: Option<String>) {
        if self.actions.try_send(ActionRequest { action, token }).is_err() {
            warn!("click on a notification was dropped");
        }
    }

    pub(super) async fn show_test(&mut self, request: TestRequest) {
        let words = &self.app.words;
        let notification = Notification::plain(
            Subject::Test,
            words.text("notification-test-title"),
            words.text("notification-test-body"),
        );
        let replaced = self.on_screen.open_of(&Subject::Test);
        let is_taken = self.show(notification, replaced, Vec::new()).await;
        let known = self.app.notifications.borrow().clone();
        // The requester may have disconnected.
        drop(request.0.send(NotificationReport { is_taken, ..known }));
    }
}
