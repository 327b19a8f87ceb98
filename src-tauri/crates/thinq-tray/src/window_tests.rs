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
echo "$*" >> "$0.starts"
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
        let (unconfirmed, closed) = (Unconfirmed::default(), watch::Sender::new(()));
        let process = WindowProcess {
            program,
            socket: dir.path().join("socket"),
            geometry: dir.path().join("geometry"),
            words: Words::new(Language::English),
            told: broadcast::Sender::new(ASKED),
            unconfirmed: unconfirmed.clone(),
            closed: closed.clone(),
        };
        let stop = CancellationToken::new();
        TaskTracker::new().spawn(stop.clone().run_until_cancelled_owned(process.run(asking)));
        let window = Window { asked, unconfirmed, closed };
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

    fn close(&self) {
        fs::write(self.dir.path().join("window.close"), "").unwrap();
    }
}

#[tokio::test]
async fn a_request_that_a_closing_window_misses_opens_another() {
    let stage = Stage::set();
    stage.window.show(View::Now, None).await.unwrap();
    stage.start(1).await;
    let mut closed = stage.window.closed();

    stage.window.show(View::Rules, None).await.unwrap();
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
    stage.window.show(View::Now, None).await.unwrap();
    stage.start(1).await;
    let mut closed = stage.window.closed();

    stage.window.show(View::Rules, None).await.unwrap();
    assert_eq!(stage.window.unconfirmed(), Some((View::Rules, None)));
    stage.window.is_raised();
    assert_eq!(stage.window.unconfirmed(), None);
    stage.close();

    closed.changed().await.unwrap();
    stage.window.show(View::Checkup, None).await.unwrap();
    let arguments = stage.start(2).await;
    assert!(arguments.contains(r#"{"view":"checkup"}"#), "{arguments}");
    stage.close();
    closed.changed().await.unwrap();
}
