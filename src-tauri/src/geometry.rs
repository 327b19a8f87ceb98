//! Position and size of the window: stored in a small file and adapted to the current monitors.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use atomic_write_file::AtomicWriteFile;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub(crate) const SMALLEST: (f64, f64) = (360.0, 480.0);
const USUAL: (f64, f64) = (480.0, 640.0);
/// Area of the title bar that must be on a monitor, so that the window can be moved.
const GRIP: (f64, f64) = (120.0, 32.0);

/// Upper limit for the size of window decorations, which are unknown before the window exists.
const FRAME: (f64, f64) = (16.0, 48.0);

/// In logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Geometry {
    /// Upper left corner; `None` where it is unknown, as on Wayland.
    pub(crate) place: Option<(f64, f64)>,
    pub(crate) size: (f64, f64),
    #[serde(default)]
    pub(crate) is_maximized: bool,
}

/// Position and size of a monitor in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Monitor {
    pub(crate) place: (f64, f64),
    pub(crate) size: (f64, f64),
}

impl Default for Geometry {
    fn default() -> Self {
        Self { place: None, size: USUAL, is_maximized: false }
    }
}

impl Geometry {
    /// Adapts the geometry to these monitors.
    fn on(self, monitors: &[Monitor]) -> Self {
        let is_number = |(x, y): (f64, f64)| x.is_finite() && y.is_finite();
        if !is_number(self.size) {
            return Self::default();
        }
        let place = self.place.filter(|place| is_number(*place));
        let shows_grip = |place| monitors.iter().find(|one| one.shows_grip(place, self.size));
        let (place, size) = match place.and_then(|place| Some((place, shows_grip(place)?))) {
            Some((place, monitor)) => {
                let (place, size) = monitor.fit(place, self.size);
                (Some(place), size)
            }
            None => (None, within_any(self.size, monitors)),
        };
        Self { place, size, is_maximized: self.is_maximized }
    }
}

/// Limits the size to the largest monitor, as the window's monitor is not known yet.
fn within_any(size: (f64, f64), monitors: &[Monitor]) -> (f64, f64) {
    let largest = monitors
        .iter()
        .map(|monitor| monitor.size)
        .reduce(|one, other| (one.0.max(other.0), one.1.max(other.1)));
    let (width, height) = largest.unwrap_or(size);
    (fitting(size.0, width, FRAME.0, SMALLEST.0), fitting(size.1, height, FRAME.1, SMALLEST.1))
}

/// Limits a length to the available space minus the decorations.
fn fitting(length: f64, room: f64, frame: f64, smallest: f64) -> f64 {
    let fitting = if length > room { room - frame } else { length };
    fitting.max(smallest)
}

impl Monitor {
    /// Whether enough of the title bar of a window at this position is visible.
    fn shows_grip(&self, (x, y): (f64, f64), (width, _): (f64, f64)) -> bool {
        let left = x.max(self.place.0);
        let right = (x + width).min(self.place.0 + self.size.0);
        let is_top_within = y >= self.place.1 && y + GRIP.1 <= self.place.1 + self.size.1;
        right - left >= GRIP.0 && is_top_within
    }

    /// Moves and shrinks a window that is too large for the monitor.
    fn fit(&self, (x, y): (f64, f64), size: (f64, f64)) -> ((f64, f64), (f64, f64)) {
        let place = (
            if size.0 > self.size.0 { self.place.0 } else { x },
            if size.1 > self.size.1 { self.place.1 } else { y },
        );
        (place, within_any(size, std::slice::from_ref(self)))
    }
}

/// The current geometry and the file that stores it.
pub(crate) struct GeometryFile {
    path: Option<PathBuf>,
    now: Mutex<Geometry>,
}

impl GeometryFile {
    /// Without a path nothing is stored.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        let kept = path.as_deref().and_then(read).unwrap_or_default();
        Self { path, now: Mutex::new(kept) }
    }

    /// Returns the stored geometry, adapted to these monitors.
    pub(crate) fn recall(&self, monitors: &[Monitor]) -> Geometry {
        let mut now = self.now.lock();
        *now = now.on(monitors);
        *now
    }

    /// Records a change. The normal position and size are preserved while the window is maximized.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Geometry)) {
        change(&mut self.now.lock());
    }

    pub(crate) fn keep(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let now = *self.now.lock();
        if read(path) == Some(now) {
            return Ok(());
        }
        let mut file = AtomicWriteFile::open(path)?;
        file.write_all(&serde_json::to_vec(&now)?)?;
        file.commit()
    }
}

fn read(path: &Path) -> Option<Geometry> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Monitor = Monitor { place: (0.0, 0.0), size: (1920.0, 1080.0) };
    const RIGHT: Monitor = Monitor { place: (1920.0, 0.0), size: (1280.0, 720.0) };

    fn at(place: (f64, f64), size: (f64, f64)) -> Geometry {
        Geometry { place: Some(place), size, is_maximized: false }
    }

    #[test]
    fn a_window_comes_back_where_it_can_be_seen_and_anywhere_else_does_not() {
        let cases = [
            ((100.0, 50.0), &[LEFT][..], true),
            ((2000.0, 50.0), &[LEFT, RIGHT], true),
            // The monitor was unplugged.
            ((2000.0, 50.0), &[LEFT], false),
            ((-400.0, 50.0), &[LEFT], false),
            ((-300.0, 50.0), &[LEFT], true),
            ((100.0, 1079.0), &[LEFT], false),
            ((100.0, -10.0), &[LEFT], false),
            ((100.0, 50.0), &[], false),
        ];

        for (place, monitors, is_kept) in cases {
            let shown = at(place, (480.0, 640.0)).on(monitors);
            assert_eq!(shown.place.is_some(), is_kept, "{place:?}");
        }
    }

    #[test]
    fn a_window_is_never_too_small_and_never_larger_than_a_monitor() {
        let sizes = [
            ((10.0, 10.0), SMALLEST),
            ((5000.0, 700.0), (1264.0, 700.0)),
            ((500.0, 5000.0), (500.0, 672.0)),
            ((f64::NAN, 600.0), USUAL),
        ];

        for (kept, shown) in sizes {
            assert_eq!(at((2000.0, 0.0), kept).on(&[RIGHT]).size, shown, "{kept:?}");
        }
    }

    #[test]
    fn a_window_that_became_too_large_begins_at_the_edge_of_its_monitor() {
        let cases = [
            ((2000.0, 100.0), (1280.0, 700.0), (2000.0, 100.0), (1280.0, 700.0)),
            ((2000.0, 100.0), (1900.0, 700.0), (1920.0, 100.0), (1264.0, 700.0)),
            ((2000.0, 100.0), (500.0, 1000.0), (2000.0, 0.0), (500.0, 672.0)),
        ];

        for (place, size, shown_at, shown_as) in cases {
            let shown = at(place, size).on(&[LEFT, RIGHT]);
            assert_eq!((shown.place, shown.size), (Some(shown_at), shown_as), "{place:?} {size:?}");
        }
    }

    #[test]
    fn what_is_kept_is_recalled_and_nonsense_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("window.json");
        let file = GeometryFile::new(Some(path.clone()));
        assert_eq!(file.recall(&[LEFT]), Geometry::default());

        file.note(|geometry| *geometry = at((10.0, 20.0), (700.0, 800.0)));
        file.keep().unwrap();

        let again = GeometryFile::new(Some(path.clone()));
        assert_eq!(again.recall(&[LEFT]), at((10.0, 20.0), (700.0, 800.0)));
        for nonsense in ["", "[]", "{\"place\":null}", "\u{0}"] {
            fs::write(&path, nonsense).unwrap();
            assert_eq!(GeometryFile::new(Some(path.clone())).recall(&[LEFT]), Geometry::default());
        }
    }
}
