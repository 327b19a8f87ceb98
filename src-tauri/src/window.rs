//! The one window: opened hidden, shown once its page is painted, raised when asked again.

#[cfg(target_os = "linux")]
mod lift;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(target_os = "linux")]
mod scheme;

use std::{path::Path, sync::Arc, time::Duration};

use tauri::{
    AppHandle, Manager as _, Runtime, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent, webview::NewWindowResponse, window::Color,
};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

#[cfg(not(target_os = "linux"))]
use self::other::{background, follow, lift};
#[cfg(target_os = "linux")]
use self::{
    lift::lift,
    scheme::{background, follow},
};
use crate::{
    arguments::Language,
    geometry::{Geometry, GeometryFile, Monitor, SMALLEST},
};

/// The capability names it.
const LABEL: &str = "main";
const TITLE: &str = "ThinQ Tray";

/// A page that takes longer is shown as far as it is.
const PAINT_PATIENCE: Duration = Duration::from_millis(1500);

/// The page's background in both schemes, as in `tokens.css`.
const LIGHT: Color = Color(0xf4, 0xf5, 0xf7, 0xff);
const DARK: Color = Color(0x15, 0x18, 0x1c, 0xff);

/// What the window waits for before it shows itself.
#[derive(Clone, Default)]
pub(crate) struct Painted(Arc<Awaited>);

#[derive(Default)]
struct Awaited {
    page: Notify,
    scheme: Notify,
}

impl Painted {
    /// The page has drawn itself and can be shown.
    pub(crate) fn page_is_ready(&self) {
        self.0.page.notify_one();
    }

    /// It is known whether the desktop wants it dark.
    fn scheme_is_known(&self) {
        self.0.scheme.notify_one();
    }

    async fn all(&self) {
        self.0.page.notified().await;
        self.0.scheme.notified().await;
    }
}

pub(crate) fn open<R: Runtime>(
    app: &AppHandle<R>,
    language: Option<Language>,
    runtime_dir: Option<&Path>,
) -> tauri::Result<()> {
    let Geometry { place, size, is_maximized } = app.state::<GeometryFile>().recall(&monitors(app));
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
        .background_color(background())
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
    follow(&window, &app.state::<Painted>());
    let watched = window.clone();
    window.on_window_event(move |event| notice(&watched, event));
    Ok(())
}

/// Keeps up with where the user and the desktop put the window.
fn notice<R: Runtime>(window: &WebviewWindow<R>, event: &WindowEvent) {
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
    window.state::<GeometryFile>().note(|geometry| {
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
    let painted = timeout(PAINT_PATIENCE, painted.all());
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
    if let Err(error) = lift(&window, token) {
        warn!(%error, "the window did not come to the front");
    }
}

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

        let dark_contrast = cfg!(target_os = "linux").then_some(Color(0, 0, 0, 0xff));
        for Color(red, green, blue, _) in [LIGHT, DARK].into_iter().chain(dark_contrast) {
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
