//! Colour scheme of the desktop: from its portal, or from GTK's theme without a portal.
//!
//! `WebKit` only follows GTK, so the portal's setting is applied to GTK. The window's background follows
//! as well, so that nothing bright is visible before the page is painted.

use std::{cell::Cell, env, rc::Rc};

use gtk::{
    gio::{self, DBusConnection},
    glib::{self, MainContext, ToVariant as _, Variant, VariantTy},
    prelude::*,
};
use tauri::{Runtime, WebviewWindow, window::Color};
use tracing::debug;

use super::{DARK, LIGHT, Painted};

/// Background of the page in the dark scheme with high contrast.
pub(super) const BLACK: Color = Color(0x00, 0x00, 0x00, 0xff);

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// Time limit for the portal.
const PATIENCE_MS: i32 = 500;

const BRIGHT_CONTRAST: &str = "HighContrast";
const DARK_CONTRAST: &str = "HighContrastInverse";

/// Colour scheme; the numbers are the portal's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    None,
    Dark,
    Light,
}

impl Wish {
    /// Unwraps a value that the portal may wrap several times.
    fn of(value: &Variant) -> Self {
        let mut value = value.clone();
        // GLib complains about the question when the value is no variant.
        while value.type_() == VariantTy::VARIANT
            && let Some(inner) = value.as_variant()
        {
            value = inner;
        }
        match value.get::<u32>() {
            Some(1) => Self::Dark,
            Some(2) => Self::Light,
            Some(_) | None => Self::None,
        }
    }
}

/// GTK's settings and the other inputs.
struct Scheme {
    settings: gtk::Settings,
    wish: Cell<Wish>,
    /// The user's setting for all GTK programs.
    is_usually_dark: bool,
}

/// Returns the current scheme. Main thread only, like everything here.
pub(super) fn background() -> Color {
    gtk::Settings::default().map_or(LIGHT, |settings| background_of(&settings))
}

/// Keeps `window` in the desktop's colour scheme. `painted` is notified once the portal has answered.
pub(super) fn follow<R: Runtime>(window: &WebviewWindow<R>, painted: &Painted) {
    let Some(settings) = gtk::Settings::default() else {
        painted.scheme_is_known();
        return;
    };
    let is_usually_dark = settings.is_gtk_application_prefer_dark_theme();
    let scheme = Rc::new(Scheme { settings, wish: Cell::default(), is_usually_dark });
    scheme.apply();
    let watched = Rc::downgrade(&scheme);
    scheme.settings.connect_gtk_theme_name_notify(move |_| {
        if let Some(scheme) = watched.upgrade() {
            scheme.apply();
        }
    });
    let paint = painter(window);
    paint(&scheme.settings);
    let repaint = paint.clone();
    scheme.settings.connect_gtk_application_prefer_dark_theme_notify(repaint);
    scheme.settings.connect_gtk_theme_name_notify(paint);
    let painted = painted.clone();
    MainContext::default().spawn_local(async move {
        if let Err(error) = scheme.ask_portal().await {
            debug!(%error, "no colour scheme from a portal");
        }
        painted.scheme_is_known();
    });
}

fn painter<R: Runtime>(window: &WebviewWindow<R>) -> impl Fn(&gtk::Settings) + Clone + 'static {
    let window = window.clone();
    move |settings| {
        if let Err(error) = window.set_background_color(Some(background_of(settings))) {
            debug!(%error, "failed to set the background");
        }
    }
}

impl Scheme {
    /// Reads the setting after subscribing to its changes, which last as long as the window.
    async fn ask_portal(self: Rc<Self>) -> Result<(), glib::Error> {
        let bus = gio::bus_get_future(gio::BusType::Session).await?;
        Rc::clone(&self).listen(&bus);
        let asked = (NAMESPACE, KEY).to_variant();
        let answer = bus.call_future(
            Some(PORTAL),
            PATH,
            SETTINGS,
            "Read",
            Some(&asked),
            Some(VariantTy::new("(v)").expect("it is a type")),
            gio::DBusCallFlags::NONE,
            PATIENCE_MS,
        );
        self.wishes(Wish::of(&answer.await?.child_value(0)));
        Ok(())
    }

    fn listen(self: Rc<Self>, bus: &DBusConnection) {
        let heard =
            move |_: &DBusConnection, _: &str, _: &str, _: &str, _: &str, told: &Variant| {
                if told.n_children() == 3 && told.child_value(1).str() == Some(KEY) {
                    self.wishes(Wish::of(&told.child_value(2)));
                }
            };
        bus.signal_subscribe(
            Some(PORTAL),
            Some(SETTINGS),
            Some("SettingChanged"),
            Some(PATH),
            Some(NAMESPACE),
            gio::DBusSignalFlags::NONE,
            heard,
        );
    }

    fn wishes(&self, wish: Wish) {
        self.wish.set(wish);
        self.apply();
    }

    fn apply(&self) {
        let is_dark = match self.wish.get() {
            Wish::Dark => true,
            Wish::Light => theme(&self.settings) == DARK_CONTRAST,
            Wish::None => self.is_usually_dark || theme(&self.settings) == DARK_CONTRAST,
        };
        // Changes are signalled even if the value is the same.
        if self.settings.is_gtk_application_prefer_dark_theme() != is_dark {
            self.settings.set_gtk_application_prefer_dark_theme(is_dark);
        }
    }
}

fn theme(settings: &gtk::Settings) -> String {
    settings.gtk_theme_name().map(Into::into).unwrap_or_default()
}

fn background_of(settings: &gtk::Settings) -> Color {
    let forced = env::var("GTK_THEME").ok();
    let prefers_dark = settings.is_gtk_application_prefer_dark_theme();
    background_for(&theme(settings), forced.as_deref(), prefers_dark)
}

/// Same decision as `WebKit`'s for the page, which `tokens.css` relies on.
fn background_for(theme: &str, forced: Option<&str>, prefers_dark: bool) -> Color {
    let is_named_dark = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("-dark") || name.ends_with(":dark")
    };
    let is_dark = prefers_dark || is_named_dark(forced.unwrap_or(theme));
    let has_contrast = [BRIGHT_CONTRAST, DARK_CONTRAST].contains(&theme);
    match (is_dark, has_contrast) {
        (true, true) => BLACK,
        (true, false) => DARK,
        (false, _) => LIGHT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_understood_in_any_wrapping() {
        let bare = 1_u32.to_variant();
        let wrapped = Variant::from_variant(&bare);
        let twice = Variant::from_variant(&wrapped);

        for value in [bare, wrapped, twice] {
            assert_eq!(Wish::of(&value), Wish::Dark, "{value}");
        }
        assert_eq!(Wish::of(&2_u32.to_variant()), Wish::Light);
        assert_eq!(Wish::of(&0_u32.to_variant()), Wish::None);
        assert_eq!(Wish::of(&"dark".to_variant()), Wish::None);
    }

    #[test]
    fn the_background_is_that_of_the_theme() {
        let cases = [
            ("Adwaita", None, false, LIGHT),
            ("Adwaita", None, true, DARK),
            ("Yaru-dark", None, false, DARK),
            ("Adwaita", Some("Adwaita:dark"), false, DARK),
            ("Yaru-dark", Some("Adwaita"), false, LIGHT),
            ("HighContrast", None, false, LIGHT),
            ("HighContrastInverse", None, true, BLACK),
        ];

        for (theme, forced, prefers_dark, expected) in cases {
            assert_eq!(background_for(theme, forced, prefers_dark), expected, "{theme} {forced:?}");
        }
    }
}
