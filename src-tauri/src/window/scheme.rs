//! Whether the desktop wants it dark: its portal says so, or GTK's theme where there is no portal.
//!
//! `WebKit` asks GTK alone, so what the portal says is handed on to GTK. The window's background
//! follows, so that nothing bright is seen before the page is.

use std::{cell::Cell, env, rc::Rc};

use gtk::{
    gio::{self, DBusConnection},
    glib::{self, MainContext, ToVariant as _, Variant, VariantTy},
    prelude::*,
};
use tauri::{Runtime, WebviewWindow, window::Color};
use tracing::debug;

use super::{DARK, LIGHT, Painted};

/// The page's background where the desktop wants more contrast, in the dark.
pub(super) const BLACK: Color = Color(0x00, 0x00, 0x00, 0xff);

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// A portal that hangs does not keep the window waiting for longer.
const PATIENCE_MS: i32 = 500;

const BRIGHT_CONTRAST: &str = "HighContrast";
const DARK_CONTRAST: &str = "HighContrastInverse";

/// What the portal says; the numbers are its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    None,
    Dark,
    Light,
}

impl Wish {
    /// A value that comes in as many wrappings as the portal likes.
    fn of(value: &Variant) -> Self {
        let mut value = value.clone();
        while let Some(inner) = value.as_variant() {
            value = inner;
        }
        match value.get::<u32>() {
            Some(1) => Self::Dark,
            Some(2) => Self::Light,
            Some(_) | None => Self::None,
        }
    }
}

/// GTK's settings, and what else decides.
struct Scheme {
    settings: gtk::Settings,
    wish: Cell<Wish>,
    /// What the user has set for all programs of GTK.
    is_usually_dark: bool,
}

/// As it is at the moment. On the main thread, as all of this.
pub(super) fn background() -> Color {
    gtk::Settings::default().map_or(LIGHT, |settings| background_of(&settings))
}

/// Keeps `window` in the scheme that is wished for. `painted` waits until the portal has answered.
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
            debug!(%error, "no portal tells the colour scheme");
        }
        painted.scheme_is_known();
    });
}

fn painter<R: Runtime>(window: &WebviewWindow<R>) -> impl Fn(&gtk::Settings) + Clone + 'static {
    let window = window.clone();
    move |settings| {
        if let Err(error) = window.set_background_color(Some(background_of(settings))) {
            debug!(%error, "the background stays as it was");
        }
    }
}

impl Scheme {
    /// Asks, and listens from before that on for as long as the window lives.
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
        // A change is told to all that follow, also one to the same.
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

/// As `WebKit` decides for the page, and `tokens.css` then colours it.
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
