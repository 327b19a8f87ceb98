//! A notification as plain data, independent of the desktop.

use model::{Category, NewEvent, PauseUntil, Severity};
use monitor::{
    EventId,
    decision::{self, Decision, Topic, is_urgent},
};

/// Subject of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// `id` is `None` when the event could not be stored.
    Event {
        id: Option<EventId>,
        happening: Topic,
    },
    /// A burst of events, counted.
    Summary,
    /// Events that were held back.
    Digest,
    /// Old events that were deleted.
    Expired,
    SignIn,
    Keyring,
    NoIcon,
    Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Importance {
    Usual,
    /// Stays until the user closes it.
    Urgent,
}

/// Buttons of a notification. A click on the notification itself is [`Button::Show`] or
/// [`Button::SignIn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Button {
    Show,
    SignIn,
    Done,
    RemindLater,
    MuteDevice,
    Pause,
}

#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, clippy::allow_attributes, reason = "other systems support fewer fields")
)]
#[derive(Clone, Debug)]
pub(super) struct Notification {
    pub(super) subject: Subject,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) importance: Importance,
    /// Category of the freedesktop.org specification.
    pub(super) category: &'static str,
    /// Name in the desktop's sound theme; `None` for silence.
    pub(super) sound: Option<&'static str>,
    /// The desktop does not keep it in its list.
    pub(super) is_transient: bool,
    pub(super) device_type: Option<String>,
    /// Beside the click on the notification itself, in order of usefulness: desktops show two or three.
    pub(super) buttons: Vec<Button>,
}

/// Duration of a pause that is started from a notification.
pub(super) const PAUSE: PauseUntil = PauseUntil::Minutes { minutes: 60 };

impl Button {
    pub(super) const ALL: [Self; 6] =
        [Self::Show, Self::SignIn, Self::Done, Self::RemindLater, Self::MuteDevice, Self::Pause];

    /// Identifies the button in signals of the server.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::SignIn => "sign-in",
            Self::Done => "done",
            Self::RemindLater => "remind-later",
            Self::MuteDevice => "mute-device",
            Self::Pause => "pause",
        }
    }

    /// Catalogue id of the label.
    pub(super) fn words_id(self) -> &'static str {
        match self {
            Self::Show => "notification-action-show",
            Self::SignIn => "notification-action-sign-in",
            Self::Done => "notification-action-done",
            Self::RemindLater => "notification-action-remind-later",
            Self::MuteDevice => "notification-action-mute-device",
            Self::Pause => "notification-action-pause",
        }
    }

    /// A click on the notification itself has its own key: see [`Subject::default_button`].
    pub(super) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.key() == key)
    }
}

impl Subject {
    pub(super) fn event_id(&self) -> Option<EventId> {
        if let Self::Event { id, .. } = self { *id } else { None }
    }

    /// Effect of a click on the notification itself.
    pub(super) fn default_button(&self) -> Button {
        match self {
            Self::SignIn => Button::SignIn,
            Self::Event { .. }
            | Self::Summary
            | Self::Digest
            | Self::Expired
            | Self::Keyring
            | Self::NoIcon
            | Self::Test => Button::Show,
        }
    }
}

impl Notification {
    pub(super) fn about(
        event: &NewEvent,
        composed: decision::Notification,
        decision: Decision,
    ) -> Self {
        let is_silent = decision == Decision::NotifySilently;
        Self {
            subject: Subject::Event { id: composed.event_id, happening: Topic::of(event) },
            title: composed.title,
            body: composed.body,
            importance: if is_urgent(event) { Importance::Urgent } else { Importance::Usual },
            category: match event.severity {
                Severity::Info | Severity::Attention => "device",
                Severity::Error => "device.error",
            },
            sound: (!is_silent).then(|| sound_of(event)),
            is_transient: false,
            device_type: composed.device_type,
            buttons: buttons_for(event, composed.event_id.is_some()),
        }
    }

    /// A notification about the program itself, or about many events.
    pub(super) fn plain(subject: Subject, title: String, body: String) -> Self {
        let buttons = match subject {
            Subject::Summary | Subject::Digest => vec![Button::Pause],
            Subject::Event { .. }
            | Subject::Expired
            | Subject::SignIn
            | Subject::Keyring
            | Subject::NoIcon
            | Subject::Test => Vec::new(),
        };
        Self {
            importance: Importance::Usual,
            category: "device",
            sound: Some("message-new-instant"),
            is_transient: subject == Subject::Test,
            subject,
            title,
            body,
            device_type: None,
            buttons,
        }
    }
}

fn sound_of(event: &NewEvent) -> &'static str {
    match (event.category, event.severity) {
        (Category::Finished, _) => "complete",
        (Category::Safety, Severity::Error) => "dialog-error",
        (
            Category::Failed | Category::Maintenance | Category::Safety,
            Severity::Attention | Severity::Error,
        ) => "dialog-warning",
        (Category::Failed | Category::Maintenance | Category::Safety, Severity::Info)
        | (Category::Reminder | Category::Status, _) => "message-new-instant",
    }
}

fn buttons_for(event: &NewEvent, is_stored: bool) -> Vec<Button> {
    let mut buttons = Vec::new();
    if is_stored {
        buttons.push(Button::Done);
        let can_wait = match event.category {
            Category::Finished | Category::Maintenance | Category::Reminder => true,
            Category::Failed | Category::Safety | Category::Status => false,
        };
        if can_wait {
            buttons.push(Button::RemindLater);
        }
    }
    if event.device_id.is_some() {
        buttons.push(Button::MuteDevice);
    }
    buttons.push(Button::Pause);
    buttons
}

#[cfg(test)]
mod tests {
    use monitor::decision::compose;
    use words::{Language, Words};

    use super::*;

    fn about(code: &str, decision: Decision) -> Notification {
        let event = monitor::example_event(code, "Washer", 0);
        let composed = compose(&event, Some(EventId(1)), &Words::new(Language::English));
        Notification::about(&event, composed, decision)
    }

    #[test]
    fn only_a_danger_is_urgent_and_a_silent_one_makes_no_sound() {
        let leak = about("WATER_LEAK_HAS_OCCURRED", Decision::NotifyUrgently);
        let failed = about("ERROR_DURING_WASHING", Decision::Notify);
        let silent = about("WASHING_IS_COMPLETE", Decision::NotifySilently);

        assert_eq!(leak.importance, Importance::Urgent);
        assert_eq!(failed.importance, Importance::Usual);
        assert_eq!((leak.category, failed.category), ("device.error", "device.error"));
        assert_eq!(silent.sound, None);
        assert_eq!(about("WASHING_IS_COMPLETE", Decision::Notify).sound, Some("complete"));
    }

    #[test]
    fn what_can_wait_can_be_put_off_and_what_is_not_stored_cannot_be_done() {
        let done = about("WASHING_IS_COMPLETE", Decision::Notify);
        let leak = about("WATER_LEAK_HAS_OCCURRED", Decision::Notify);
        let event = monitor::example_event("WASHING_IS_COMPLETE", "Washer", 0);

        assert!(done.buttons.contains(&Button::RemindLater));
        assert!(!leak.buttons.contains(&Button::RemindLater));
        assert!(!buttons_for(&event, false).contains(&Button::Done));
    }

    #[test]
    fn every_button_has_words_and_is_told_back_by_its_key() {
        for button in Button::ALL {
            assert_eq!(Button::from_key(button.key()), Some(button));
            for language in Language::ALL {
                assert!(Words::new(language).has(button.words_id()), "{button:?}");
            }
        }
    }
}
