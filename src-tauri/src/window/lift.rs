//! Brings the window to the front; where the desktop does not allow it, requests attention.

use std::{cell::Cell, rc::Rc, time::Duration};

use gtk::{gdk, glib, prelude::*};
use tauri::{Runtime, WebviewWindow};
use tracing::debug;

/// Time limit for the desktop to raise the window.
const LET_WITHIN: Duration = Duration::from_millis(700);

const TIME_PROPERTY: &str = "_THINQ_TRAY_TIME";

/// `token` is the activation token of the request.
pub(super) fn lift<R: Runtime>(
    window: &WebviewWindow<R>,
    token: Option<String>,
) -> tauri::Result<()> {
    let lifted = window.clone();
    window.run_on_main_thread(move || match lifted.gtk_window() {
        Ok(window) => present(&window, token.as_deref()),
        Err(error) => debug!(%error, "no window to raise"),
    })
}

fn present(window: &gtk::ApplicationWindow, token: Option<&str>) {
    window.show_all();
    window.deiconify();
    if let Some(token) = token {
        window.set_startup_id(token);
    }
    window.present();
    ask_display_for_time(window);
    let lifted = window.downgrade();
    glib::timeout_add_local_once(LET_WITHIN, move || {
        if let Some(window) = lifted.upgrade().filter(|window| !window.is_active()) {
            ask_for_attention(&window);
        }
    });
}

/// X11 ignores requests with a time before the last user action, and GTK only knows the time of this
/// window's last use. The current server time is obtained by changing a property. On Wayland only the
/// token counts.
fn ask_display_for_time(window: &gtk::ApplicationWindow) {
    let Some(surface) = window.window().filter(|surface| surface.display().backend().is_x11())
    else {
        return;
    };
    let asked = gdk::Atom::intern(TIME_PROPERTY);
    let answer = Rc::<Cell<Option<glib::SignalHandlerId>>>::default();
    let answered = Rc::clone(&answer);
    window.add_events(gdk::EventMask::PROPERTY_CHANGE_MASK);
    let handler = window.connect_property_notify_event(move |window, event| {
        if event.atom() == asked {
            window.present_with_time(event.time());
            if let Some(handler) = answered.take() {
                window.disconnect(handler);
            }
        }
        glib::Propagation::Proceed
    });
    answer.set(Some(handler));
    let kind = gdk::Atom::intern("INTEGER");
    let data = gdk::ChangeData::UChar(1);
    gdk::property_change(&surface, &asked, &kind, 8, gdk::PropMode::Replace, data);
}

fn ask_for_attention(window: &gtk::ApplicationWindow) {
    window.set_urgency_hint(true);
    let handler = Rc::<Cell<Option<glib::SignalHandlerId>>>::default();
    let answered = Rc::clone(&handler);
    handler.set(Some(window.connect_is_active_notify(move |window| {
        if window.is_active() {
            window.set_urgency_hint(false);
            if let Some(handler) = answered.take() {
                window.disconnect(handler);
            }
        }
    })));
}
