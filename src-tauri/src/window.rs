//! The one window: opened hidden, shown once its page is painted, raised when asked again.

use std::time::Duration;

use tauri::{
    AppHandle, Manager as _, Runtime, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse, window::Color,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{arguments::Language, commands::Painted};

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
) -> tauri::Result<()> {
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default());
    if let Some(language) = language {
        builder = builder.initialization_script(speak(language));
    }
    let window = builder
        .title(TITLE)
        .inner_size(480.0, 640.0)
        .min_inner_size(360.0, 480.0)
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
    Ok(())
}

/// Shows the window as soon as it is painted, or when that takes too long.
pub(crate) async fn unveil<R: Runtime>(app: AppHandle<R>, stop: CancellationToken) {
    let painted = app.state::<Painted>();
    let painted = timeout(PAINT_PATIENCE, painted.0.notified());
    match stop.run_until_cancelled(painted).await {
        Some(Ok(())) => raise(&app),
        Some(Err(_)) => {
            debug!("the page takes long to paint; shown as it is");
            raise(&app);
        }
        None => {}
    }
}

pub(crate) fn raise<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = lift(&window) {
        warn!(%error, "the window did not come to the front");
    }
}

fn lift<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
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
