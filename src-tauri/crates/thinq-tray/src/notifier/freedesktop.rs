//! Converts a notification for a freedesktop.org server, by the server's capabilities and known
//! peculiarities.

use notify_rust::{Hint, Urgency};
use thinq::clean_text;

use super::{
    APP_NAME, DESKTOP_ENTRY, Server,
    notification::{Button, Importance, Notification},
};

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 500;
/// GNOME shows three buttons and drops the others.
const BUTTONS_OF_GNOME: usize = 3;

/// Inputs of the conversion beside the notification and the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances<'a> {
    /// Paths of pictures; empty for none.
    pub(super) app_icon: &'a str,
    pub(super) device_icon: &'a str,
    /// Replaces a notification on the screen: no second sound.
    pub(super) is_update: bool,
    /// "Do not disturb" is on.
    pub(super) is_inhibited: bool,
}

/// Texts are plain; they are escaped for servers that read markup.
pub(super) fn to_message(
    notification: &Notification,
    server: &Server,
    label: impl Fn(Button) -> String,
    circumstances: Circumstances<'_>,
) -> notify_rust::Notification {
    let title = clean_text(&notification.title, LONGEST_TITLE);
    let body = clean_text(&notification.body, LONGEST_BODY);
    let mut message = notify_rust::Notification::new();
    message.appname(APP_NAME).icon(circumstances.app_icon);
    if server.can("body") || body.is_empty() {
        message.summary(&title);
        message.body = if server.can("body-markup") { escaped(&body) } else { body };
    } else {
        // The server shows the title only.
        message.summary(&format!("{title}: {body}"));
    }
    if server.can("actions") {
        message.action("default", &label(notification.subject.default_button()));
        for button in shown_buttons(notification, server) {
            message.action(button.key(), &label(button));
        }
    }
    let is_urgent = notification.importance == Importance::Urgent;
    message
        .urgency(if is_urgent { Urgency::Critical } else { Urgency::Normal })
        .hint(Hint::Category(notification.category.to_owned()))
        .hint(Hint::DesktopEntry(DESKTOP_ENTRY.to_owned()));
    if !circumstances.device_icon.is_empty() {
        message.hint(Hint::ImagePath(circumstances.device_icon.to_owned()));
    }
    match notification.sound {
        Some(sound) if !circumstances.is_update && (is_urgent || !circumstances.is_inhibited) => {
            message.hint(Hint::SoundName(sound.to_owned()));
        }
        Some(_) | None => {
            message.hint(Hint::SuppressSound(true));
        }
    }
    if notification.is_transient {
        message.hint(Hint::Transient(true));
    }
    if is_urgent {
        // Opening the event does not close it; "Done" does.
        message.hint(Hint::Resident(true));
    }
    message
}

fn shown_buttons(notification: &Notification, server: &Server) -> Vec<Button> {
    if server.name == "gnome-shell" && notification.buttons.len() > 1 {
        // A click on the notification itself shows the event.
        let others = notification.buttons.iter().filter(|button| **button != Button::Show);
        return others.copied().take(BUTTONS_OF_GNOME).collect();
    }
    notification.buttons.clone()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use monitor::{
        EventId,
        decision::{Decision, compose},
    };
    use words::{Language, Words};

    use super::*;

    const HERE: Circumstances<'static> = Circumstances {
        app_icon: "/run/icon.png",
        device_icon: "/run/washer.png",
        is_update: false,
        is_inhibited: false,
    };

    /// Capabilities of the servers of Debian 12.
    fn server(name: &str) -> Server {
        let capabilities: &[&str] = match name {
            "gnome-shell" => {
                &["actions", "body", "body-markup", "icon-static", "persistence", "sound"]
            }
            "Plasma" => &[
                "body",
                "body-hyperlinks",
                "body-markup",
                "body-images",
                "icon-static",
                "actions",
                "persistence",
                "inline-reply",
                "inhibitions",
            ],
            "dunst" => &["actions", "body", "body-hyperlinks", "body-markup", "icon-static"],
            "mako" => &["body", "body-markup", "actions", "icon-static"],
            "Xfce Notify Daemon" => {
                &["actions", "body", "body-hyperlinks", "body-markup", "icon-static"]
            }
            "plain" => &["body"],
            _ => &[],
        };
        Server {
            name: name.to_owned(),
            version: String::from("1"),
            capabilities: capabilities.iter().map(|one| String::from(*one)).collect(),
        }
    }

    fn notification(code: &str, device: &str) -> Notification {
        let event = monitor::example_event(code, device, 0);
        let composed = compose(&event, Some(EventId(1)), &Words::new(Language::English));
        Notification::about(&event, composed, Decision::Notify)
    }

    fn formed(
        notification: &Notification,
        server: &Server,
        circumstances: Circumstances<'_>,
    ) -> notify_rust::Notification {
        to_message(notification, server, |button| button.key().to_owned(), circumstances)
    }

    fn keys(message: &notify_rust::Notification) -> Vec<&str> {
        message.actions.iter().step_by(2).map(String::as_str).collect()
    }

    #[test]
    fn each_server_gets_the_buttons_it_can_show() {
        const ALL: [&str; 6] = ["default", "show", "done", "remind-later", "mute-device", "pause"];
        let done = notification("WASHING_IS_COMPLETE", "Washer");
        let cases: [(&str, &[&str]); 7] = [
            ("gnome-shell", &["default", "done", "remind-later", "mute-device"]),
            ("Plasma", &ALL),
            ("dunst", &ALL),
            ("mako", &ALL),
            ("Xfce Notify Daemon", &ALL),
            ("plain", &[]),
            ("nothing", &[]),
        ];

        for (name, expected) in cases {
            assert_eq!(keys(&formed(&done, &server(name), HERE)), expected, "{name}");
        }
    }

    #[test]
    fn hostile_text_is_defused_for_each_server() {
        let hostile = Notification {
            title: String::from("<b>Washer</b>\u{202e} & \u{7}co\nmore"),
            body: String::from("<img src=x>\u{2066}&amp; \0done"),
            ..notification("WASHING_IS_COMPLETE", "Washer")
        };
        let escaped = "&lt;img src=x&gt;&amp;amp; done";
        let cases = [
            ("gnome-shell", escaped),
            ("Plasma", escaped),
            ("dunst", escaped),
            ("mako", escaped),
            ("Xfce Notify Daemon", escaped),
            ("plain", "<img src=x>&amp; done"),
        ];

        for (name, body) in cases {
            let message = formed(&hostile, &server(name), HERE);
            // No server reads markup in a title.
            assert_eq!(message.summary, "<b>Washer</b> & co more", "{name}");
            assert_eq!(message.body, body, "{name}");
        }
        let bare = formed(&hostile, &server("nothing"), HERE);
        assert_eq!(bare.summary, "<b>Washer</b> & co more: <img src=x>&amp; done");
        assert_eq!(bare.body, "");
    }

    #[test]
    fn hints_tell_what_it_is_and_how_loud() {
        let plasma = server("Plasma");
        let done = notification("WASHING_IS_COMPLETE", "Washer");
        let leak = notification("WATER_LEAK_HAS_OCCURRED", "Washer");
        let has = |message: &notify_rust::Notification, hint: Hint| message.hints.contains(&hint);

        let usual = formed(&done, &plasma, HERE);
        assert!(has(&usual, Hint::Urgency(Urgency::Normal)));
        assert!(has(&usual, Hint::Category(String::from("device"))));
        assert!(has(&usual, Hint::DesktopEntry(String::from("thinq-tray"))));
        assert!(has(&usual, Hint::ImagePath(String::from("/run/washer.png"))));
        assert!(has(&usual, Hint::SoundName(String::from("complete"))));
        assert!(!has(&usual, Hint::Resident(true)) && !has(&usual, Hint::Transient(true)));

        let urgent = formed(&leak, &plasma, HERE);
        assert!(has(&urgent, Hint::Urgency(Urgency::Critical)));
        assert!(has(&urgent, Hint::Resident(true)));

        let update = formed(&done, &plasma, Circumstances { is_update: true, ..HERE });
        assert!(has(&update, Hint::SuppressSound(true)));
        let inhibited = Circumstances { is_inhibited: true, ..HERE };
        assert!(has(&formed(&done, &plasma, inhibited), Hint::SuppressSound(true)));
        assert!(!has(&formed(&leak, &plasma, inhibited), Hint::SuppressSound(true)));
    }
}
