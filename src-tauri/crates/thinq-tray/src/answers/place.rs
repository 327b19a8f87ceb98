//! Notices when files are removed from the folder of the local socket, or replaced.

use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::{io, os::fd::OwnedFd};

#[cfg(target_os = "linux")]
use rustix::{
    fs::inotify::{CreateFlags, WatchFlags, add_watch, init},
    io::{Errno, read},
};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;
#[cfg(target_os = "linux")]
use tracing::warn;

/// Watches the folder by inotify, without wake-ups while nothing is removed. Elsewhere than on Linux it
/// notices nothing.
pub(super) struct Place {
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nothing is watched"))]
    dir: PathBuf,
    #[cfg(target_os = "linux")]
    watch: Option<AsyncFd<OwnedFd>>,
}

#[cfg(not(target_os = "linux"))]
impl Place {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn watch_again(&mut self) {}

    pub(super) async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[cfg(target_os = "linux")]
impl Place {
    pub(super) fn new(dir: PathBuf) -> Self {
        let mut place = Self { dir, watch: None };
        place.watch_again();
        place
    }

    /// Watches the folder that is there now.
    pub(super) fn watch_again(&mut self) {
        let watch = self.open();
        self.watch = watch.inspect_err(|error| warn!(%error, "cannot watch the local socket")).ok();
    }

    /// Waits for a change. Cancel safe.
    pub(super) async fn changed(&mut self) {
        if let Some(watch) = &self.watch {
            match drained(watch).await {
                Ok(()) => return,
                Err(error) => warn!(%error, "cannot watch the local socket any more"),
            }
            self.watch = None;
        }
        std::future::pending::<()>().await;
    }

    fn open(&self) -> io::Result<AsyncFd<OwnedFd>> {
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let changes = WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        add_watch(&watch, &self.dir, changes)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe; this watch stays open with its owner"
        )]
        AsyncFd::new(watch)
    }
}

/// Reads one buffer of events; all of them mean the same.
#[cfg(target_os = "linux")]
async fn drained(watch: &AsyncFd<OwnedFd>) -> io::Result<()> {
    loop {
        let mut ready = watch.readable().await?;
        match read(watch.get_ref(), &mut [0_u8; 4096]) {
            Ok(_) => return Ok(()),
            Err(Errno::AGAIN) => ready.clear_ready(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
