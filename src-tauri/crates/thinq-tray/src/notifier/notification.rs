//! A notification as plain data, before any desktop has a say in it.

use contract::PauseUntil;
use monitor::{
    EventId, NewEvent,
    notification::{Decision, Happening, Notification, is_urgent},
};
use thinq::{Category, Severity};

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Without an id when the history could not take the event.
    Event {
        id: Option<EventId>,
        happening: Happening,
    },
    /// Events that came too close together, counted.
    Summary,
    /// What was held back.
    Digest,
    SignIn,
    Keyring,
    NoIcon,
    Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Importance {
    Usual,
    /// Stays until somebody has seen it.
    Urgent,
}

/// What can be done right from the notification. A click on itself is [`Button::Show`], or
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
    allow(dead_code, clippy::allow_attributes, reason = "elsewhere less of it can be said")
)]
#[derive(Clone, Debug)]
pub(super) struct Toast {
    pub(super) subject: Subject,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) importance: Importance,
    /// Of the specification.
    pub(super) category: &'static str,
    /// Of the desktop's sound theme; `None` for silence.
    pub(super) sound: Option<&'static str>,
    /// Not worth being kept by the desktop.
    pub(super) is_transient: bool,
    pub(super) device_type: Option<String>,
    /// The most useful first: some desktops show three.
    pub(super) buttons: Vec<Button>,
}

/// How long a pause from a notification lasts.
pub(super) const PAUSE: PauseUntil = PauseUntil::Minutes { minutes: 60 };

impl Button {
    pub(super) const ALL: [Self; 6] =
        [Self::Show, Self::SignIn, Self::Done, Self::RemindLater, Self::MuteDevice, Self::Pause];

    /// As the server tells it back.
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

    /// The catalogue's id of its label.
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

    /// What the click on the notification itself means is in [`Toast::default_button`].
    pub(super) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.key() == key)
    }
}

impl Subject {
    pub(super) fn event_id(&self) -> Option<EventId> {
        if let Self::Event { id, .. } = self { *id } else { None }
    }

    /// What a click on the notification itself does.
    pub(super) fn default_button(&self) -> Button {
        match self {
            Self::SignIn => Button::SignIn,
            Self::Event { .. }
            | Self::Summary
            | Self::Digest
            | Self::Keyring
            | Self::NoIcon
            | Self::Test => Button::Show,
        }
    }
}

impl Toast {
    pub(super) fn about(event: &NewEvent, composed: Notification, decision: Decision) -> Self {
        let is_silent = decision == Decision::NotifySilently;
        Self {
            subject: Subject::Event { id: composed.event_id, happening: Happening::of(event) },
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

    /// About the program itself, or about many events.
    pub(super) fn plain(subject: Subject, title: String, body: String) -> Self {
        let buttons = match subject {
            Subject::SignIn => vec![Button::SignIn],
            Subject::Summary | Subject::Digest => vec![Button::Show, Button::Pause],
            Subject::Event { .. } | Subject::Keyring | Subject::NoIcon | Subject::Test => {
                vec![Button::Show]
            }
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
    let mut buttons = vec![Button::Show];
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
    use monitor::notification::compose;
    use words::{Language, Words};

    use super::*;

    fn about(code: &str, decision: Decision) -> Toast {
        let event = NewEvent::example(code, "Washer", 0);
        let composed = compose(&event, Some(EventId(1)), &Words::new(Language::English));
        Toast::about(&event, composed, decision)
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
        let event = NewEvent::example("WASHING_IS_COMPLETE", "Washer", 0);

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
