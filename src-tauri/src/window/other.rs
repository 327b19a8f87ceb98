//! Colour scheme and raising the window on systems that Tauri supports.

use tauri::{Runtime, Theme, WebviewWindow, WindowEvent, window::Color};
use tracing::debug;

use super::{DARK, LIGHT, Painted};

/// Background before the colour scheme is known.
pub(super) fn background() -> Color {
    LIGHT
}

/// Keeps `window` in the system's colour scheme.
pub(super) fn follow<R: Runtime>(window: &WebviewWindow<R>, painted: &Painted) {
    match window.theme() {
        Ok(theme) => paint(window, theme),
        Err(error) => debug!(%error, "colour scheme is unknown"),
    }
    painted.scheme_is_known();
    let watched = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::ThemeChanged(theme) = event {
            paint(&watched, *theme);
        }
    });
}

fn paint<R: Runtime>(window: &WebviewWindow<R>, theme: Theme) {
    let background = if theme == Theme::Dark { DARK } else { LIGHT };
    if let Err(error) = window.set_background_color(Some(background)) {
        debug!(%error, "failed to set the background");
    }
}

/// These systems decide themselves which window may come to the front.
pub(super) fn lift<R: Runtime>(
    window: &WebviewWindow<R>,
    _token: Option<String>,
) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}
