//! Pixels of the display, and the active window.

#[cfg(not(test))]
use std::collections::HashMap;

use anyhow::Context as _;
use x11rb::{
    connection::Connection as _,
    protocol::xproto::{
        Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask,
        ImageFormat, MapState, PropMode, Window, WindowClass,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use super::{
    web::{looks, until},
    within,
};

/// Red, green and blue.
pub(crate) type Colour = [u8; 3];

pub(crate) struct Screen {
    connection: RustConnection,
    root: Window,
    names: Names,
}

/// Atoms used to talk to the window manager.
struct Names {
    active: Atom,
    clients: Atom,
    title: Atom,
}

/// Pixels in the area of a window at one moment.
pub(crate) struct Picture(Vec<Colour>);

impl Picture {
    /// Fraction of pixels with exactly this colour, from 0 to 1.
    pub(crate) fn share_of(&self, colour: Colour) -> f64 {
        self.share(|pixel| *pixel == colour)
    }

    /// Fraction of pixels that differ from the most frequent colour.
    #[cfg(not(test))]
    pub(crate) fn share_of_content(&self) -> f64 {
        let mut counts: HashMap<Colour, usize> = HashMap::new();
        for pixel in &self.0 {
            *counts.entry(*pixel).or_default() += 1;
        }
        let background = counts.into_iter().max_by_key(|(_, count)| *count);
        background.map_or(0.0, |(colour, _)| 1.0 - self.share_of(colour))
    }

    /// Fraction of pixels brighter than medium grey.
    pub(crate) fn bright_share(&self) -> f64 {
        self.share(|[red, green, blue]| {
            u16::from(*red) + u16::from(*green) + u16::from(*blue) > 480
        })
    }

    fn share(&self, is_counted: impl Fn(&Colour) -> bool) -> f64 {
        let counted = self.0.iter().filter(|pixel| is_counted(pixel)).count();
        let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        of(counted) / of(self.0.len()).max(1.0)
    }
}

impl Screen {
    pub(crate) fn open(display: &str) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots[screen].root;
        let atom =
            |name: &str| anyhow::Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom);
        let names = Names {
            active: atom("_NET_ACTIVE_WINDOW")?,
            clients: atom("_NET_CLIENT_LIST")?,
            title: atom("_NET_WM_NAME")?,
        };
        Ok(Self { connection, root, names })
    }

    /// Waits until the window manager maintains its window list: a window opened earlier may be
    /// missing from it.
    pub(super) async fn wait_for_window_manager(&self) -> anyhow::Result<()> {
        let keeps_list = || {
            let asked = self.connection.get_property(
                false,
                self.root,
                self.names.clients,
                AtomEnum::WINDOW,
                0,
                0,
            );
            let answered = asked.ok().and_then(|asked| asked.reply().ok());
            answered.is_some_and(|list| list.type_ != x11rb::NONE)
        };
        within("the window manager", until(keeps_list)).await
    }

    /// Waits until a window with this title is visible.
    pub(crate) async fn wait_for(&self, title: &str) -> anyhow::Result<Window> {
        let mut looks = looks();
        let seen = async {
            loop {
                if let Some(window) = self.find(title) {
                    return window;
                }
                looks.tick().await;
            }
        };
        within("the window on the screen", seen).await
    }

    pub(crate) async fn wait_until_gone(&self, title: &str) -> anyhow::Result<()> {
        within("the end of the window", until(|| self.find(title).is_none())).await
    }

    /// Waits until the window with this title has the keyboard focus.
    pub(crate) async fn wait_until_in_front(&self, title: &str) -> anyhow::Result<()> {
        let is_in_front = || self.in_front().is_some_and(|window| self.title(window) == title);
        let waited = within("the window in front", until(is_in_front)).await;
        waited.with_context(|| {
            format!("in front is {:?}", self.in_front().map(|window| self.title(window)))
        })
    }

    /// Pixels in the area of `window`.
    pub(crate) fn picture(&self, window: Window) -> anyhow::Result<Picture> {
        let shape = self.connection.get_geometry(window)?.reply()?;
        let place = self.connection.translate_coordinates(window, self.root, 0, 0)?.reply()?;
        let image = self.connection.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            place.dst_x,
            place.dst_y,
            shape.width,
            shape.height,
            u32::MAX,
        )?;
        let data = image.reply()?.data;
        Ok(Picture(data.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()))
    }

    /// Opens a window of another program, which is in front until another window is raised.
    pub(crate) async fn open_other(&self, title: &str) -> anyhow::Result<Window> {
        let connection = &self.connection;
        let window = connection.generate_id()?;
        connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            self.root,
            0,
            0,
            900,
            700,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &CreateWindowAux::new(),
        )?;
        let text = AtomEnum::STRING;
        connection.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            text,
            title.as_bytes(),
        )?;
        connection.map_window(window)?;
        connection.flush()?;
        self.wait_for(title).await?;
        self.put_in_front(window)?;
        self.wait_until_in_front(title).await?;
        Ok(window)
    }

    /// Request of a panel when its window entry is clicked.
    pub(crate) fn put_in_front(&self, window: Window) -> anyhow::Result<()> {
        let message = ClientMessageEvent::new(32, window, self.names.active, [2, 0, 0, 0, 0]);
        let to = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.connection.send_event(false, self.root, to, message)?;
        Ok(self.connection.flush()?)
    }

    /// Request of a panel to close a window.
    pub(crate) fn close(&self, window: Window) -> anyhow::Result<()> {
        let close = self.connection.intern_atom(false, b"_NET_CLOSE_WINDOW")?.reply()?.atom;
        let message = ClientMessageEvent::new(32, window, close, [0, 2, 0, 0, 0]);
        let to = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.connection.send_event(false, self.root, to, message)?;
        Ok(self.connection.flush()?)
    }

    /// Waits until `count` windows with this title are visible.
    pub(crate) async fn wait_until_count(&self, title: &str, count: usize) -> anyhow::Result<()> {
        within("the number of windows", until(|| self.count(title) == count)).await
    }

    /// Number of visible windows with this title.
    pub(crate) fn count(&self, title: &str) -> usize {
        let windows = self.windows(self.names.clients).into_iter();
        windows.filter(|window| self.title(*window) == title && self.is_seen(*window)).count()
    }

    fn in_front(&self) -> Option<Window> {
        self.windows(self.names.active).into_iter().find(|window| *window != x11rb::NONE)
    }

    pub(crate) fn find(&self, title: &str) -> Option<Window> {
        let windows = self.windows(self.names.clients).into_iter();
        windows.filter(|window| self.title(*window) == title).find(|window| self.is_seen(*window))
    }

    fn is_seen(&self, window: Window) -> bool {
        let attributes = self.connection.get_window_attributes(window).ok();
        let attributes = attributes.and_then(|asked| asked.reply().ok());
        attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    }

    fn windows(&self, property: Atom) -> Vec<Window> {
        let asked =
            self.connection.get_property(false, self.root, property, AtomEnum::WINDOW, 0, 1024);
        let answered = asked.ok().and_then(|asked| asked.reply().ok());
        answered.and_then(|list| Some(list.value32()?.collect())).unwrap_or_default()
    }

    fn title(&self, window: Window) -> String {
        let read = |name: Atom| {
            let asked =
                self.connection.get_property(false, window, name, AtomEnum::ANY, 0, 256).ok()?;
            let title = String::from_utf8(asked.reply().ok()?.value).ok()?;
            (!title.is_empty()).then_some(title)
        };
        read(self.names.title).or_else(|| read(AtomEnum::WM_NAME.into())).unwrap_or_default()
    }
}
