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
/// Buttons that fit beside the click on the notification itself, by the name of the server, as seen on
/// the real desktops: never more than three on the screen, and none cut off.
const FITTING_BUTTONS: [(&str, usize); 9] = [
    ("gnome-shell", 3),
    ("Plasma", 3),
    ("cinnamon", 3),
    ("Notification Daemon", 3),
    ("mako", 3),
    ("SwayNotificationCenter", 3),
    ("dunst", 3),
    // Draws the click on the notification as a button as well.
    ("Xfce Notify Daemon", 2),
    // Replaces the buttons by a list if there are more than three actions, including the click.
    ("lxqt-notificationd", 2),
];
/// Fits wherever it is not known, even if the click is drawn as a button.
const FITTING_ANYWHERE: usize = 2;

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
        for button in notification.buttons.iter().take(fitting_buttons(server)) {
            message.action(button.key(), &label(*button));
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

fn fitting_buttons(server: &Server) -> usize {
    let known = FITTING_BUTTONS.iter().find(|(name, _)| *name == server.name);
    known.map_or(FITTING_ANYWHERE, |(_, count)| *count)
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

    use super::{super::notification::Subject, *};

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
    fn on_every_server_at_most_three_buttons_are_seen_and_none_is_cut_off() {
        let about = |code| notification(code, "Washer");
        let plain = |subject| Notification::plain(subject, String::from("1"), String::from("2"));
        let cases: [(Notification, &[&str]); 9] = [
            (about("WASHING_IS_COMPLETE"), &["done", "remind-later", "mute-device"]),
            (about("TIME_TO_CLEAN_FILTER"), &["done", "remind-later", "mute-device"]),
            (about("WATER_LEAK_HAS_OCCURRED"), &["done", "mute-device", "pause"]),
            (about("ERROR_DURING_WASHING"), &["done", "mute-device", "pause"]),
            (about("NEWS_OF_TOMORROW"), &["done", "mute-device", "pause"]),
            (plain(Subject::Summary), &["pause"]),
            (plain(Subject::Digest), &["pause"]),
            (plain(Subject::SignIn), &[]),
            (plain(Subject::Test), &[]),
        ];
        let known = FITTING_BUTTONS.into_iter().map(|(name, _)| name);
        for name in known.chain(["server of tomorrow"]) {
            let server = Server {
                name: name.to_owned(),
                capabilities: vec![String::from("actions"), String::from("body")],
                ..Server::default()
            };
            let draws_click = matches!(name, "Xfce Notify Daemon" | "lxqt-notificationd");
            let fitting = if draws_click || name == "server of tomorrow" { 2 } else { 3 };
            for language in Language::ALL {
                let words = Words::new(language);
                for (shown, buttons) in &cases {
                    let label = |button: Button| words.text(button.words_id());
                    let message = to_message(shown, &server, label, HERE);

                    let fitting = buttons.iter().take(fitting).copied();
                    let expected: Vec<_> = ["default"].into_iter().chain(fitting).collect();
                    assert_eq!(keys(&message), expected, "{name}");
                    let labels: Vec<_> = message.actions.iter().skip(1).step_by(2).collect();
                    for (index, label) in labels.iter().enumerate() {
                        // Hangul is twice as wide.
                        let wide = label.chars().filter(|letter| !letter.is_ascii()).count();
                        assert!(label.chars().count() + wide <= 14, "{label}");
                        assert!(!labels[..index].contains(label), "{label} is there twice");
                    }
                }
            }
        }
    }

    #[test]
    fn a_server_that_takes_no_actions_gets_none() {
        let done = notification("WASHING_IS_COMPLETE", "Washer");

        for name in ["plain", "nothing"] {
            assert!(keys(&formed(&done, &server(name), HERE)).is_empty(), "{name}");
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
