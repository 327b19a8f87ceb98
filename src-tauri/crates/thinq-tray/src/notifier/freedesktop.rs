//! A notification in the form that a server takes: by what it says it can do, and by the little that
//! is known of it beside that.

use notify_rust::{Hint, Notification, Urgency};
use thinq::clean_text;

use super::{
    APP_NAME, DESKTOP_ENTRY, Server,
    notification::{Button, Importance, Toast},
};

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 500;
/// GNOME shows three buttons and drops the others.
const BUTTONS_OF_GNOME: usize = 3;

/// What the form depends on beside the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances<'a> {
    /// Paths of pictures; empty for none.
    pub(super) app_icon: &'a str,
    pub(super) device_icon: &'a str,
    /// Takes the place of one that is on the screen: no second sound.
    pub(super) is_update: bool,
    /// The desktop says "do not disturb".
    pub(super) is_inhibited: bool,
}

/// Text from outside is plain here; where the server reads markup, it is escaped.
pub(super) fn form(
    toast: &Toast,
    server: &Server,
    label: impl Fn(Button) -> String,
    circumstances: Circumstances<'_>,
) -> Notification {
    let title = clean_text(&toast.title, LONGEST_TITLE);
    let body = clean_text(&toast.body, LONGEST_BODY);
    let mut form = Notification::new();
    form.appname(APP_NAME).icon(circumstances.app_icon);
    if server.can("body") || body.is_empty() {
        form.summary(&title);
        form.body = if server.can("body-markup") { escaped(&body) } else { body };
    } else {
        // The title is all that it shows.
        form.summary(&format!("{title}: {body}"));
    }
    if server.can("actions") {
        form.action("default", &label(toast.subject.default_button()));
        for button in shown_buttons(toast, server) {
            form.action(button.key(), &label(button));
        }
    }
    let is_urgent = toast.importance == Importance::Urgent;
    form.urgency(if is_urgent { Urgency::Critical } else { Urgency::Normal })
        .hint(Hint::Category(toast.category.to_owned()))
        .hint(Hint::DesktopEntry(DESKTOP_ENTRY.to_owned()));
    if !circumstances.device_icon.is_empty() {
        form.hint(Hint::ImagePath(circumstances.device_icon.to_owned()));
    }
    match toast.sound {
        Some(sound) if !circumstances.is_update && (is_urgent || !circumstances.is_inhibited) => {
            form.hint(Hint::SoundName(sound.to_owned()));
        }
        Some(_) | None => {
            form.hint(Hint::SuppressSound(true));
        }
    }
    if toast.is_transient {
        form.hint(Hint::Transient(true));
    }
    if is_urgent {
        // Looking at it does not end it; Done does.
        form.hint(Hint::Resident(true));
    }
    form
}

fn shown_buttons(toast: &Toast, server: &Server) -> Vec<Button> {
    if server.name == "gnome-shell" && toast.buttons.len() > 1 {
        // There the notification itself is what shows the event.
        let others = toast.buttons.iter().filter(|button| **button != Button::Show);
        return others.copied().take(BUTTONS_OF_GNOME).collect();
    }
    toast.buttons.clone()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use monitor::{
        EventId, NewEvent,
        notification::{Decision, compose},
    };
    use words::{Language, Words};

    use super::*;

    const HERE: Circumstances<'static> = Circumstances {
        app_icon: "/run/icon.png",
        device_icon: "/run/washer.png",
        is_update: false,
        is_inhibited: false,
    };

    /// As the servers of Debian 12 describe themselves.
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

    fn toast(code: &str, device: &str) -> Toast {
        let event = NewEvent::example(code, device, 0);
        let composed = compose(&event, Some(EventId(1)), &Words::new(Language::English));
        Toast::about(&event, composed, Decision::Notify)
    }

    fn formed(toast: &Toast, server: &Server, circumstances: Circumstances<'_>) -> Notification {
        form(toast, server, |button| button.key().to_owned(), circumstances)
    }

    fn keys(form: &Notification) -> Vec<&str> {
        form.actions.iter().step_by(2).map(String::as_str).collect()
    }

    #[test]
    fn each_server_gets_the_buttons_it_can_show() {
        const ALL: [&str; 6] = ["default", "show", "done", "remind-later", "mute-device", "pause"];
        let done = toast("WASHING_IS_COMPLETE", "Washer");
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
        let hostile = Toast {
            title: String::from("<b>Washer</b>\u{202e} & \u{7}co\nmore"),
            body: String::from("<img src=x>\u{2066}&amp; \0done"),
            ..toast("WASHING_IS_COMPLETE", "Washer")
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
            let form = formed(&hostile, &server(name), HERE);
            // No server reads markup in a title.
            assert_eq!(form.summary, "<b>Washer</b> & co more", "{name}");
            assert_eq!(form.body, body, "{name}");
        }
        let bare = formed(&hostile, &server("nothing"), HERE);
        assert_eq!(bare.summary, "<b>Washer</b> & co more: <img src=x>&amp; done");
        assert_eq!(bare.body, "");
    }

    #[test]
    fn hints_tell_what_it_is_and_how_loud() {
        let plasma = server("Plasma");
        let done = toast("WASHING_IS_COMPLETE", "Washer");
        let leak = toast("WATER_LEAK_HAS_OCCURRED", "Washer");
        let has = |form: &Notification, hint: Hint| form.hints.contains(&hint);

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
