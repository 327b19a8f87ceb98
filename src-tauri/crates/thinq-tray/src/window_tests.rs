//! Requests that arrive while the window closes, with a script in place of the window program.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    time::Duration,
};

use tempfile::{TempDir, tempdir};
use tokio::time::sleep;
use tokio_util::{sync::DropGuard, task::TaskTracker};
use words::Language;

use super::*;

/// Stands in for the window: notes its arguments and runs until it is told to close.
const SCRIPT: &str = r#"#!/bin/sh
echo "$* on $DISPLAY" >> "$0.starts"
case "$DISPLAY" in blind) exit 3;; broken) exit 101;; esac
while [ ! -e "$0.close" ]; do sleep 0.01; done
rm "$0.close"
"#;

struct Stage {
    window: Window,
    dir: TempDir,
    _stop: DropGuard,
}

impl Stage {
    fn set() -> Self {
        let dir = tempdir().unwrap();
        let program = dir.path().join("window");
        fs::write(&program, SCRIPT).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        let (asked, asking) = mpsc::channel(ASKED);
        let (confirmations, closed) = (Confirmations::default(), watch::Sender::new(()));
        // A script needs no real one.
        let here = [("DISPLAY", "the script's")].into_iter().collect();
        let displays = Arc::new(Displays::new(here).0);
        let process = WindowProcess {
            program,
            socket: dir.path().join("socket"),
            geometry: dir.path().join("geometry"),
            words: Words::new(Language::English),
            told: broadcast::Sender::new(ASKED),
            displays: Arc::clone(&displays),
            confirmations: confirmations.clone(),
            closed: closed.clone(),
            shown_on: ShownOn::default(),
        };
        let stop = CancellationToken::new();
        TaskTracker::new().spawn(stop.clone().run_until_cancelled_owned(process.run(asking)));
        let shown_on = ShownOn::default();
        let window = Window { asked, confirmations, closed, displays, shown_on };
        Self { window, dir, _stop: stop.drop_guard() }
    }

    /// Waits for the start with this number and returns its arguments.
    async fn start(&self, number: usize) -> String {
        let path = self.dir.path().join("window.starts");
        loop {
            let starts = fs::read_to_string(&path).unwrap_or_default();
            if let Some(start) = starts.lines().nth(number - 1) {
                return start.to_owned();
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Has the window opened by its start with this number.
    async fn open(&self, number: usize, view: View) {
        let opened = async {
            self.start(number).await;
            self.window.is_opened();
        };
        let (shown, ()) = tokio::join!(self.window.show(request(view)), opened);
        shown.unwrap();
    }

    fn close(&self) {
        fs::write(self.dir.path().join("window.close"), "").unwrap();
    }
}

/// Of the icon.
fn request(view: View) -> ViewRequest {
    ViewRequest { view, token: None, desktop: None }
}

/// On a desktop of its own.
fn on(display: &str, view: View) -> ViewRequest {
    let desktop = [("DISPLAY", display)].into_iter().collect();
    ViewRequest { desktop: Some(desktop), ..request(view) }
}

#[tokio::test]
async fn a_request_that_a_closing_window_misses_opens_another() {
    let stage = Stage::set();
    stage.open(1, View::Now).await;
    let mut closed = stage.window.closed();

    stage.window.show(request(View::Rules)).await.unwrap();
    stage.close();

    let arguments = stage.start(2).await;
    assert!(arguments.contains(r#"{"view":"rules"}"#), "{arguments}");
    assert!(!closed.has_changed().unwrap());
    stage.close();
    closed.changed().await.unwrap();
}

#[tokio::test]
async fn a_window_that_was_raised_stays_closed() {
    let stage = Stage::set();
    stage.open(1, View::Now).await;
    let mut closed = stage.window.closed();

    stage.window.show(request(View::Rules)).await.unwrap();
    assert_eq!(stage.window.unconfirmed(), Some(request(View::Rules)));
    stage.window.is_raised();
    assert_eq!(stage.window.unconfirmed(), None);
    stage.close();

    closed.changed().await.unwrap();
    stage.open(2, View::Checkup).await;
    let arguments = stage.start(2).await;
    assert!(arguments.contains(r#"{"view":"checkup"}"#), "{arguments}");
    stage.close();
    closed.changed().await.unwrap();
}

#[tokio::test]
async fn a_window_that_cannot_open_says_why() {
    let stage = Stage::set();
    let shown = async |display| stage.window.show(on(display, View::Now)).await;

    assert!(matches!(shown("").await, Err(WindowError::NoDisplay)));
    assert!(matches!(shown("blind").await, Err(WindowError::NoDisplay)));
    let broken = shown("broken").await;
    assert!(matches!(broken, Err(WindowError::Ended(status)) if status.code() == Some(101)));
}

#[tokio::test]
async fn a_window_that_is_wanted_on_another_display_moves_there() {
    let stage = Stage::set();
    stage.open(1, View::Now).await;

    let opened = async {
        // As the window does when it is told that the program quits.
        stage.close();
        let arguments = stage.start(2).await;
        stage.window.is_opened();
        arguments
    };
    let (shown, arguments) = tokio::join!(stage.window.show(on("another", View::Rules)), opened);
    shown.unwrap();
    assert!(arguments.ends_with("on another"), "{arguments}");

    // The icon's requests lead back to the icon's display.
    let opened = async {
        stage.close();
        let arguments = stage.start(3).await;
        stage.window.is_opened();
        arguments
    };
    let (shown, arguments) = tokio::join!(stage.window.show(request(View::Now)), opened);
    shown.unwrap();
    assert!(arguments.ends_with("on the script's"), "{arguments}");
    let mut closed = stage.window.closed();
    stage.close();
    closed.changed().await.unwrap();
}
