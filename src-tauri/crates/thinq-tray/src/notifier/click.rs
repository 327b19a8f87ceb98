//! What the user does with a notification, and the test notification.

use std::time::Duration;

use contract::NotificationReport;
use thinq::Chain;
use tracing::{debug, warn};

use super::{
    Notifier,
    notification::{Button, PAUSE, Subject, Toast},
};
use crate::{
    app::TestRequest,
    tray::menu::{Action, Asked},
};

/// What "Remind me in 30 minutes" means.
const LATER: Duration = Duration::from_mins(30);

impl Notifier {
    pub(super) async fn invoke(&mut self, id: u32, key: &str, token: Option<String>) {
        debug!("a notification was clicked");
        let Some(subject) = self.shown.subject(id).cloned() else { return };
        let button = match key {
            "default" => subject.default_button(),
            key => {
                let Some(button) = Button::from_key(key) else { return };
                button
            }
        };
        if subject == Subject::Summary {
            self.counted.start_anew();
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
        // One that stays after a click is closed by what settles it.
        if button != Button::Show && button != Button::SignIn {
            self.close_all(Some(id)).await;
        }
    }

    async fn settle(&mut self, subject: &Subject) {
        let Some(id) = subject.event_id() else { return };
        if let Err(error) = self.app.monitor.settle(id).await {
            warn!(error = %Chain(&error), "an event could not be settled");
        }
    }

    async fn remind_later(&mut self, subject: &Subject) {
        let Some(id) = subject.event_id() else { return };
        if let Err(error) = self.app.monitor.remind_later(id, LATER).await {
            warn!(error = %Chain(&error), "a reminder could not be planned");
        }
    }

    fn ask(&self, action: Action, token: Option<String>) {
        if self.actions.try_send(Asked { action, token }).is_err() {
            warn!("a click on a notification was lost");
        }
    }

    pub(super) async fn show_test(&mut self, request: TestRequest) {
        // A server that was given up may be there by now.
        let words = &self.app.words;
        let toast = Toast::plain(
            Subject::Test,
            words.text("notification-test-title"),
            words.text("notification-test-body"),
        );
        let replaced = self.shown.open_of(&Subject::Test);
        let is_taken = self.show(toast, replaced, Vec::new()).await;
        let known = self.app.notifications.borrow().clone();
        // Whoever asked may have gone.
        drop(wish.0.send(NotificationReport { is_taken, ..known }));
    }
}
