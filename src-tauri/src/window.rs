//! The one window: opened hidden, shown once its page is painted, raised when asked again.

use std::{path::Path, time::Duration};

use tauri::{
    AppHandle, Manager as _, Runtime, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent, webview::NewWindowResponse, window::Color,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    arguments::Language,
    commands::Painted,
    geometry::{Geometry, Keeper, Monitor, SMALLEST},
};

/// The capability names it.
const LABEL: &str = "main";
const TITLE: &str = "ThinQ Tray";

/// A page that takes longer is shown as far as it is.
const PAINT_PATIENCE: Duration = Duration::from_millis(1500);

/// The page's background in both schemes, as in `tokens.css`.
const LIGHT: Color = Color(0xf4, 0xf5, 0xf7, 0xff);
const DARK: Color = Color(0x15, 0x18, 0x1c, 0xff);

pub(crate) fn open<R: Runtime>(
    app: &AppHandle<R>,
    language: Option<Language>,
    runtime_dir: Option<&Path>,
) -> tauri::Result<()> {
    let Geometry { place, size, is_maximized } = app.state::<Keeper>().recall(&monitors(app));
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default());
    if let Some(language) = language {
        builder = builder.initialization_script(speak(language));
    }
    if let Some((x, y)) = place {
        builder = builder.position(x, y);
    }
    // WebKit makes stores even for a context that keeps nothing; here they go at the next logout.
    if let Some(dir) = runtime_dir.filter(|_| cfg!(target_os = "linux")) {
        builder = builder.data_directory(dir.join("webkit"));
    }
    let window = builder
        .title(TITLE)
        .inner_size(size.0, size.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .maximized(is_maximized)
        .visible(false)
        .background_color(LIGHT)
        // Nothing of the page is kept on disk. A private context cannot be driven by WebDriver.
        .incognito(!is_automated())
        // What is dropped on the page never becomes a path that the page could read.
        .disable_drag_drop_handler()
        .on_navigation(|url| {
            let is_own = is_own_page(url);
            if !is_own {
                warn!("the page wanted to leave; refused");
            }
            is_own
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    if window.theme()? == Theme::Dark {
        window.set_background_color(Some(DARK))?;
    }
    let watched = window.clone();
    window.on_window_event(move |event| notice(&watched, event));
    Ok(())
}

/// Keeps up with what the user and the desktop do to the window.
fn notice<R: Runtime>(window: &WebviewWindow<R>, event: &WindowEvent) {
    if let WindowEvent::ThemeChanged(theme) = event {
        let background = if *theme == Theme::Dark { DARK } else { LIGHT };
        if let Err(error) = window.set_background_color(Some(background)) {
            debug!(%error, "the background stays as it was");
        }
    }
    let is_about_place = matches!(
        event,
        WindowEvent::Resized(_) | WindowEvent::Moved(_) | WindowEvent::CloseRequested { .. }
    );
    if is_about_place {
        note(window);
    }
}

fn note<R: Runtime>(window: &WebviewWindow<R>) {
    // Before it is shown the window is wherever the toolkit made it.
    let is_shown = window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true);
    let (Ok(scale), Ok(is_maximized)) = (window.scale_factor(), window.is_maximized()) else {
        return;
    };
    if !is_shown {
        return;
    }
    let place = window.outer_position().ok().filter(|_| !is_wayland());
    let size = window.inner_size().ok();
    window.state::<Keeper>().note(|geometry| {
        geometry.is_maximized = is_maximized;
        if is_maximized {
            return;
        }
        geometry.place = place.map(|place| place.to_logical::<f64>(scale).into());
        if let Some(size) = size {
            geometry.size = size.to_logical::<f64>(scale).into();
        }
    });
}

/// There no program learns where its window is.
fn is_wayland() -> bool {
    let is = |name, value: &str| std::env::var(name).is_ok_and(|set| set.starts_with(value));
    std::env::var_os("WAYLAND_DISPLAY").is_some() && !is("GDK_BACKEND", "x11")
}

fn monitors<R: Runtime>(app: &AppHandle<R>) -> Vec<Monitor> {
    let monitors = app.available_monitors().unwrap_or_default();
    let logical = |monitor: &tauri::Monitor| {
        let scale = monitor.scale_factor();
        let area = monitor.work_area();
        Monitor {
            place: area.position.to_logical::<f64>(scale).into(),
            size: area.size.to_logical::<f64>(scale).into(),
        }
    };
    monitors.iter().map(logical).collect()
}

/// Shows the window as soon as it is painted, or when that takes too long.
pub(crate) async fn unveil<R: Runtime>(app: AppHandle<R>, stop: CancellationToken) {
    let painted = app.state::<Painted>();
    let painted = timeout(PAINT_PATIENCE, painted.0.notified());
    match stop.run_until_cancelled(painted).await {
        Some(Ok(())) => raise(&app, None),
        Some(Err(_)) => {
            debug!("the page takes long to paint; shown as it is");
            raise(&app, None);
        }
        None => {}
    }
}

/// `token` is what the desktop gave to whoever asked, so that it lets the window come to the front.
pub(crate) fn raise<R: Runtime>(app: &AppHandle<R>, token: Option<String>) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    present(&window, token);
    if let Err(error) = lift(&window) {
        warn!(%error, "the window did not come to the front");
    }
}

fn lift<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// Hands over the token before the window is shown or focused.
#[cfg(target_os = "linux")]
fn present<R: Runtime>(window: &WebviewWindow<R>, token: Option<String>) {
    use gtk::prelude::GtkWindowExt as _;

    let Some(token) = token else { return };
    let raised = window.clone();
    let handed = window.run_on_main_thread(move || {
        if let Ok(window) = raised.gtk_window() {
            window.set_startup_id(&token);
        }
    });
    if let Err(error) = handed {
        debug!(%error, "the desktop's token was not handed over");
    }
}

#[cfg(not(target_os = "linux"))]
fn present<R: Runtime>(_window: &WebviewWindow<R>, _token: Option<String>) {}

/// The page begins in the language of its browser; this one is the resident program's.
fn speak(language: Language) -> String {
    let tag = language.tag();
    format!("Object.defineProperty(navigator, 'language', {{ get: () => '{tag}' }});")
}

/// Whether `url` is part of the page that this program carries.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // WebView2 knows no schemes of its own.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Tauri reads the same variable.
fn is_automated() -> bool {
    std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_has_the_background_of_its_page() {
        let tokens = include_str!("../../ui/src/styles/tokens.css");

        for Color(red, green, blue, _) in [LIGHT, DARK] {
            let page = format!("--page: #{red:02x}{green:02x}{blue:02x};");
            assert!(tokens.contains(&page), "{page}");
        }
    }

    #[test]
    fn the_page_may_go_nowhere_else() {
        let cases = [
            ("tauri://localhost/index.html?language=ko", true),
            ("tauri://localhost/", true),
            ("tauri://elsewhere/", false),
            ("https://example.com/", false),
            ("http://localhost/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,hello", false),
            ("about:blank", false),
        ];

        for (url, expected) in cases {
            assert_eq!(is_own_page(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
