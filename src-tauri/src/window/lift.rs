//! Bringing the window to the front, as far as the desktop lets it; where it does not, the window
//! asks for attention.

use std::{cell::Cell, rc::Rc, time::Duration};

use gtk::{gdk, glib, prelude::*};
use tauri::{Runtime, WebviewWindow};
use tracing::debug;

/// A desktop that lets a window come to the front has done it by then.
const LET_WITHIN: Duration = Duration::from_millis(700);

const TIME_PROPERTY: &str = "_THINQ_TRAY_TIME";

/// `token` is what the desktop gave to whoever asked for the window.
pub(super) fn lift<R: Runtime>(
    window: &WebviewWindow<R>,
    token: Option<String>,
) -> tauri::Result<()> {
    let lifted = window.clone();
    window.run_on_main_thread(move || match lifted.gtk_window() {
        Ok(window) => present(&window, token.as_deref()),
        Err(error) => debug!(%error, "there is no window to lift"),
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

/// X11 lets nothing come to the front that is older than what is there, and GTK would only say when
/// this window was last used. Somebody asked for it this moment: what a change of a property comes
/// back with is the time. On Wayland the token counts alone.
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
