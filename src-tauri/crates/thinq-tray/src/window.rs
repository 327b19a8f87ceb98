//! Starts the window program, or raises its window.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use contract::{Update, View};
use parking_lot::{Mutex, MutexGuard};
use tokio::{
    process::{Child, Command},
    sync::{broadcast, mpsc, oneshot, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use words::Words;

use crate::{paths::Paths, settings::SECRETS};

const PROGRAM: &str = "thinq-tray-window";
/// Capacity of the queue of requests.
const ASKED: usize = 8;

pub(crate) struct Window {
    asked: mpsc::Sender<Call>,
    unconfirmed: Unconfirmed,
    closed: watch::Sender<()>,
}

/// Owns the process of the window program.
struct WindowProcess {
    program: PathBuf,
    socket: PathBuf,
    geometry: PathBuf,
    words: Words,
    told: broadcast::Sender<Update>,
    unconfirmed: Unconfirmed,
    closed: watch::Sender<()>,
}

/// A request, and the channel for its outcome.
type Call = (ViewRequest, oneshot::Sender<io::Result<()>>);

/// A view with the activation token of the request.
type ViewRequest = (View, Option<String>);

/// Latest request to raise the window that the window has not confirmed. It may be starting, or closing:
/// then it ends without having shown the view.
#[derive(Clone, Default)]
struct Unconfirmed(Arc<Mutex<Option<ViewRequest>>>);

impl Unconfirmed {
    fn lock(&self) -> MutexGuard<'_, Option<ViewRequest>> {
        self.0.lock()
    }
}

impl Window {
    /// The window is closed by an update when the program stops.
    pub(crate) fn new(
        paths: &Paths,
        words: Words,
        told: broadcast::Sender<Update>,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (asked, asking) = mpsc::channel(ASKED);
        let unconfirmed = Unconfirmed::default();
        let closed = watch::Sender::new(());
        let process = WindowProcess {
            program: program(),
            socket: paths.socket(),
            geometry: paths.window_geometry(),
            words,
            told,
            unconfirmed: unconfirmed.clone(),
            closed: closed.clone(),
        };
        tracker.spawn(async move {
            stop.run_until_cancelled(process.run(asking)).await;
        });
        Self { asked, unconfirmed, closed }
    }

    /// Opens the window at `view`, or raises the one that is open.
    pub(crate) async fn show(&self, view: View, token: Option<String>) -> io::Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::other("the program is stopping");
        self.asked.send(((view, token), answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Changes each time the user closes the window.
    pub(crate) fn closed(&self) -> watch::Receiver<()> {
        self.closed.subscribe()
    }

    /// View to show to a window that subscribes.
    pub(crate) fn unconfirmed(&self) -> Option<ViewRequest> {
        self.unconfirmed.lock().clone()
    }

    /// The window handled the request.
    pub(crate) fn is_raised(&self) {
        self.unconfirmed.lock().take();
    }
}

impl WindowProcess {
    async fn run(self, mut asking: mpsc::Receiver<Call>) {
        let mut child: Option<Child> = None;
        loop {
            let asked = tokio::select! {
                is_well = end_of(&mut child) => {
                    child = None;
                    let missed = self.unconfirmed.lock().take();
                    if let Some(missed) = missed {
                        child = self.start(&missed).inspect_err(|error| warn!(%error, "failed to start the window")).ok();
                    } else if is_well {
                        self.closed.send_replace(());
                    }
                    continue;
                }
                asked = asking.recv() => asked,
            };
            let Some((wanted, answer)) = asked else { return };
            let shown = if child.is_some() {
                self.raise(wanted);
                Ok(())
            } else {
                self.start(&wanted).map(|started| child = Some(started))
            };
            // The requester may be gone.
            drop(answer.send(shown));
        }
    }

    fn raise(&self, wanted: ViewRequest) {
        *self.unconfirmed.lock() = Some(wanted.clone());
        let (view, token) = wanted;
        // A window that has not subscribed yet receives it when it does.
        drop(self.told.send(Update::Show { view, token }));
    }

    fn start(&self, (view, token): &ViewRequest) -> io::Result<Child> {
        let view = serde_json::to_string(view).map_err(io::Error::other)?;
        let mut command = started_anew(&self.program, token.as_deref());
        let child = command
            .arg("--socket")
            .arg(&self.socket)
            .arg("--geometry")
            .arg(&self.geometry)
            .args(["--view", &view, "--language", self.words.language().tag()])
            // Avoids loading 60 MB of OpenGL libraries.
            .env("GDK_GL", "disable")
            .stdin(Stdio::null())
            .spawn()?;
        info!("window opened");
        Ok(child)
    }
}

/// Command with the environment of a window.
fn started_anew(program: &Path, token: Option<&str>) -> Command {
    let mut command = Command::new(program);
    // The tokens of this program's own start are used up, and the web view must not see secrets.
    for name in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"].iter().chain(&SECRETS) {
        command.env_remove(name);
    }
    if let Some(token) = token {
        command.env("XDG_ACTIVATION_TOKEN", token).env("DESKTOP_STARTUP_ID", token);
    }
    command
}

/// Waits for the window to exit and returns whether it succeeded; never returns without a window.
/// Cancel safe.
async fn end_of(child: &mut Option<Child>) -> bool {
    let Some(child) = child else { return std::future::pending().await };
    match child.wait().await {
        Ok(status) if status.success() => {
            info!("window closed");
            return true;
        }
        Ok(status) => warn!(%status, "window exited"),
        Err(error) => warn!(%error, "failed to wait for the window"),
    }
    false
}

/// Path of the window program: beside this program, else found by the system.
fn program() -> PathBuf {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    env::current_exe()
        .ok()
        .and_then(|path| Some(path.parent()?.join(&name)))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

#[cfg(test)]
#[cfg(unix)]
#[path = "window_tests.rs"]
mod closing_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_web_view_gets_no_secret_from_the_environment() {
        let command = started_anew(Path::new("window"), Some("token"));

        let environment: Vec<_> = command.as_std().get_envs().collect();
        for name in SECRETS {
            assert!(environment.contains(&(name.as_ref(), None)), "{name}");
        }
        assert!(environment.contains(&("XDG_ACTIVATION_TOKEN".as_ref(), Some("token".as_ref()))));
    }
}
