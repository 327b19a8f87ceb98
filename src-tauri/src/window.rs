//! The only window: opened hidden, shown once its page is painted, raised on further requests.

#[cfg(target_os = "linux")]
mod lift;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(target_os = "linux")]
mod scheme;

use std::{path::Path, sync::Arc, time::Duration};

#[cfg(target_os = "linux")]
use gtk::prelude::GtkWindowExt as _;
use tauri::{
    AppHandle, Manager as _, Runtime, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent, webview::NewWindowResponse, window::Color,
};
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};
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

/// Referenced by the capability file.
const LABEL: &str = "main";
const TITLE: &str = "ThinQ Tray";

/// Time limit for painting, after which the window is shown anyway.
const PAINT_PATIENCE: Duration = Duration::from_millis(1500);

/// The page's background in both schemes, as in `tokens.css`.
const LIGHT: Color = Color(0xf4, 0xf5, 0xf7, 0xff);
const DARK: Color = Color(0x15, 0x18, 0x1c, 0xff);

/// Conditions for showing the window.
#[derive(Clone, Default)]
pub(crate) struct Painted(Arc<Awaited>);

#[derive(Default)]
struct Awaited {
    page: Notify,
    scheme: Notify,
}

impl Painted {
    /// The page has been painted.
    pub(crate) fn page_is_ready(&self) {
        self.0.page.notify_one();
    }

    /// The colour scheme is known.
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
    // WebKit creates stores even for a private context; in this folder they are removed at logout.
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
        // Nothing of the page is stored on disk. WebDriver cannot use a private context.
        .incognito(!is_automated())
        // Keeps paths of dropped files from the page.
        .disable_drag_drop_handler()
        .on_navigation(|url| {
            let is_own = is_own_page(url);
            if !is_own {
                warn!("refused a navigation of the page");
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

/// Records position and size when the window changes.
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
    // A hidden window has an arbitrary position.
    let is_shown = window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true);
    let (Ok(scale), Ok(is_maximized)) = (window.scale_factor(), window.is_maximized()) else {
        return;
    };
    if !is_shown {
        return;
    }
    let place = window.outer_position().ok().filter(|_| !is_wayland());
    let size = content_size(window, scale);
    window.state::<GeometryFile>().note(|geometry| {
        geometry.is_maximized = is_maximized;
        if is_maximized {
            return;
        }
        geometry.place = place.map(|place| place.to_logical::<f64>(scale).into());
        if let Some(size) = size {
            geometry.size = size;
        }
    });
}

/// Size of the page in logical pixels, which [`WebviewWindowBuilder::inner_size`] takes.
#[cfg(not(target_os = "linux"))]
fn content_size<R: Runtime>(window: &WebviewWindow<R>, scale: f64) -> Option<(f64, f64)> {
    window.inner_size().ok().map(|size| size.to_logical::<f64>(scale).into())
}

/// Tao's size includes the shadow and the title bar where the window draws its own frame, as on
/// GNOME's Wayland; GTK's does not.
#[cfg(target_os = "linux")]
fn content_size<R: Runtime>(window: &WebviewWindow<R>, _scale: f64) -> Option<(f64, f64)> {
    let (width, height) = window.gtk_window().ok()?.size();
    Some((width.into(), height.into()))
}

/// On Wayland the position of a window is unknown.
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
        Some(Ok(())) => {}
        Some(Err(_)) => debug!("page was not painted in time"),
        None => return,
    }
    stop.run_until_cancelled(raise(&app, None)).await;
}

/// Returns `false` if the window is closing. `token` is the activation token of the request, which allows
/// the window to come to the front.
pub(crate) async fn raise<R: Runtime>(app: &AppHandle<R>, token: Option<String>) -> bool {
    let (raised, is_raised) = oneshot::channel();
    let handle = app.clone();
    // On the thread that closes the window, so that it is either raised or closed.
    let queued = app.run_on_main_thread(move || {
        let Some(window) = handle.get_webview_window(LABEL) else { return };
        if let Err(error) = lift(&window, token) {
            warn!(%error, "failed to raise the window");
        }
        let _ = raised.send(());
    });
    queued.is_ok() && is_raised.await.is_ok()
}

/// Script that sets the language of the browser, in which the page starts.
fn speak(language: Language) -> String {
    let tag = language.tag();
    format!("Object.defineProperty(navigator, 'language', {{ get: () => '{tag}' }});")
}

/// Whether `url` belongs to the embedded page.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // WebView2 has no custom schemes.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Tauri uses the same variable.
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
