//! Starts the window program, or raises its window.

use std::{
    env, io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use contract::{DesktopVariables, NO_DISPLAY_EXIT, Update, View};
use futures_util::FutureExt as _;
use parking_lot::{Mutex, MutexGuard};
use tokio::{
    process::{Child, Command},
    sync::{Notify, broadcast, mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use words::Words;

use crate::{child, displays::Displays, paths::Paths};

const PROGRAM: &str = "thinq-tray-window";
/// Capacity of the queue of requests.
const ASKED: usize = 8;
/// Time limit for a window to open, after which the request counts as answered.
const OPENING_PATIENCE: Duration = Duration::from_secs(10);
/// Time limit for a window to close that is wanted on another display.
const CLOSING_PATIENCE: Duration = Duration::from_secs(3);

pub(crate) struct Window {
    asked: mpsc::Sender<Call>,
    confirmations: Confirmations,
    closed: watch::Sender<()>,
    displays: Arc<Displays>,
    shown_on: ShownOn,
}

/// Desktop of the open window.
type ShownOn = Arc<Mutex<Option<DesktopVariables>>>;

/// The window could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WindowError {
    #[error("failed to start the window")]
    Start(#[from] io::Error),
    #[error("there is no display for the window")]
    NoDisplay,
    #[error("window ended before it was open: {0}")]
    Ended(ExitStatus),
    #[error("the program is stopping")]
    Stopping,
}

/// What a window is to show, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewRequest {
    pub(crate) view: View,
    /// Activation token of the request.
    pub(crate) token: Option<String>,
    /// Desktop on which it was made; `None` for requests of the icon and of notifications.
    pub(crate) desktop: Option<DesktopVariables>,
}

/// Owns the process of the window program.
struct WindowProcess {
    program: PathBuf,
    socket: PathBuf,
    geometry: PathBuf,
    words: Words,
    displays: Arc<Displays>,
    told: broadcast::Sender<Update>,
    confirmations: Confirmations,
    closed: watch::Sender<()>,
    shown_on: ShownOn,
}

struct OpenWindow {
    child: Child,
    desktop: Option<DesktopVariables>,
    started_at: Instant,
    /// Requests that are answered once the window has opened.
    waiting: Vec<Answer>,
}

type Answer = oneshot::Sender<Result<(), WindowError>>;

/// A request, and the channel for its outcome.
type Call = (ViewRequest, Answer);

#[derive(Clone, Default)]
struct Confirmations {
    /// Latest request to raise the window that the window has not confirmed. It may be starting, or
    /// closing: then it ends without having shown the view.
    missing: Arc<Mutex<Option<ViewRequest>>>,
    opened: Arc<Notify>,
}

impl Confirmations {
    fn missing(&self) -> MutexGuard<'_, Option<ViewRequest>> {
        self.missing.lock()
    }
}

impl Window {
    /// The window is closed by an update when the program stops.
    pub(crate) fn new(
        paths: &Paths,
        words: Words,
        displays: Arc<Displays>,
        told: broadcast::Sender<Update>,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (asked, asking) = mpsc::channel(ASKED);
        let confirmations = Confirmations::default();
        let closed = watch::Sender::new(());
        let shown_on = ShownOn::default();
        let process = WindowProcess {
            program: program(),
            socket: paths.socket(),
            geometry: paths.window_geometry(),
            words,
            displays: Arc::clone(&displays),
            told,
            confirmations: confirmations.clone(),
            closed: closed.clone(),
            shown_on: Arc::clone(&shown_on),
        };
        tracker.spawn(async move {
            stop.run_until_cancelled(process.run(asking)).await;
        });
        Self { asked, confirmations, closed, displays, shown_on }
    }

    /// Opens the window, or raises the one that is open. Waits until it is open.
    pub(crate) async fn show(&self, wanted: ViewRequest) -> Result<(), WindowError> {
        let (answer, answered) = oneshot::channel();
        self.asked.send((wanted, answer)).await.map_err(|_| WindowError::Stopping)?;
        answered.await.map_err(|_| WindowError::Stopping)?
    }

    /// Desktop of the user: that of the window, while it is open.
    pub(crate) fn desktop(&self) -> DesktopVariables {
        let shown_on = self.shown_on.lock().clone();
        shown_on
            .or_else(|| self.displays.current())
            .unwrap_or_else(DesktopVariables::of_this_process)
    }

    /// Changes each time the user closes the window.
    pub(crate) fn closed(&self) -> watch::Receiver<()> {
        self.closed.subscribe()
    }

    /// View to show to a window that subscribes.
    pub(crate) fn unconfirmed(&self) -> Option<ViewRequest> {
        self.confirmations.missing().clone()
    }

    /// The window that was started is open.
    pub(crate) fn is_opened(&self) {
        self.confirmations.opened.notify_one();
    }

    /// The window handled the request.
    pub(crate) fn is_raised(&self) {
        self.confirmations.missing().take();
    }
}

impl WindowProcess {
    async fn run(self, mut asking: mpsc::Receiver<Call>) {
        let mut open: Option<OpenWindow> = None;
        loop {
            let late_at = open.as_ref().filter(|open| !open.waiting.is_empty());
            let late_at = late_at.map(|open| open.started_at + OPENING_PATIENCE);
            tokio::select! {
                ended = end_of(open.as_mut()) => {
                    *self.shown_on.lock() = None;
                    let waiting = open.take().map(|open| open.waiting).unwrap_or_default();
                    open = self.on_end(&ended, waiting);
                }
                () = self.confirmations.opened.notified() => answer_all(open.as_mut()),
                () = at(late_at) => answer_all(open.as_mut()),
                asked = asking.recv() => {
                    let Some((wanted, answer)) = asked else { return };
                    open = self.show(open, wanted, answer).await;
                }
            }
        }
    }

    /// Returns the window that is opened in its place: it may have missed a request while closing.
    fn on_end(&self, ended: &io::Result<ExitStatus>, waiting: Vec<Answer>) -> Option<OpenWindow> {
        let missed = self.confirmations.missing().take();
        match ended {
            Ok(status) if status.success() => info!("window closed"),
            Ok(status) => warn!(%status, "window exited"),
            Err(error) => warn!(%error, "failed to wait for the window"),
        }
        if !waiting.is_empty() {
            for answer in waiting {
                // The requester may be gone.
                drop(answer.send(failure_of(ended).map_or(Ok(()), Err)));
            }
        } else if let Some(missed) = missed {
            let started = self.start(&missed);
            return started.inspect_err(|error| warn!(%error, "failed to start the window")).ok();
        } else if failure_of(ended).is_none() {
            self.closed.send_replace(());
        }
        None
    }

    async fn show(
        &self,
        open: Option<OpenWindow>,
        wanted: ViewRequest,
        answer: Answer,
    ) -> Option<OpenWindow> {
        match open {
            Some(mut open) if self.is_there(&open, &wanted) => {
                self.raise(wanted);
                if open.waiting.is_empty() {
                    drop(answer.send(Ok(())));
                } else {
                    open.waiting.push(answer);
                }
                return Some(open);
            }
            Some(open) => self.close(open).await,
            None => {}
        }
        match self.start(&wanted) {
            Ok(mut started) => {
                started.waiting.push(answer);
                Some(started)
            }
            Err(error) => {
                // The requester may be gone.
                drop(answer.send(Err(error)));
                None
            }
        }
    }

    /// Whether the window is on the display on which it is wanted.
    fn is_there(&self, open: &OpenWindow, wanted: &ViewRequest) -> bool {
        match (&open.desktop, self.desktop_of(wanted)) {
            (Some(open), Some(wanted)) => open.is_same_display(&wanted),
            (_, None) | (None, Some(_)) => true,
        }
    }

    fn desktop_of(&self, wanted: &ViewRequest) -> Option<DesktopVariables> {
        wanted.desktop.clone().or_else(|| self.displays.current())
    }

    fn raise(&self, wanted: ViewRequest) {
        *self.confirmations.missing() = Some(wanted.clone());
        let ViewRequest { view, token, .. } = wanted;
        // A window that has not subscribed yet receives it when it does.
        drop(self.told.send(Update::Show { view, token }));
    }

    /// Closes the window, as the user would.
    async fn close(&self, mut open: OpenWindow) {
        drop(self.told.send(Update::Quitting));
        if timeout(CLOSING_PATIENCE, open.child.wait()).await.is_err()
            && let Err(error) = open.child.kill().await
        {
            warn!(%error, "failed to close the window");
        }
        info!("window closed, to open on another display");
        for answer in open.waiting {
            drop(answer.send(Ok(())));
        }
    }

    fn start(&self, wanted: &ViewRequest) -> Result<OpenWindow, WindowError> {
        let desktop = self.desktop_of(wanted);
        let here = desktop.clone().unwrap_or_else(DesktopVariables::of_this_process);
        if !here.has_display() {
            return Err(WindowError::NoDisplay);
        }
        let view = serde_json::to_string(&wanted.view).map_err(io::Error::other)?;
        let mut command = Command::new(&self.program);
        child::prepare(command.as_std_mut(), &here, wanted.token.as_deref());
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
        *self.shown_on.lock() = Some(here);
        // Of an earlier window that took too long.
        let _late = self.confirmations.opened.notified().now_or_never();
        Ok(OpenWindow { child, desktop, started_at: Instant::now(), waiting: Vec::new() })
    }
}

fn failure_of(ended: &io::Result<ExitStatus>) -> Option<WindowError> {
    match ended {
        Ok(status) if status.success() => None,
        Ok(status) if status.code() == Some(NO_DISPLAY_EXIT.into()) => Some(WindowError::NoDisplay),
        Ok(status) => Some(WindowError::Ended(*status)),
        Err(error) => Some(WindowError::Start(error.kind().into())),
    }
}

/// Waits for the window to exit; never returns without a window. Cancel safe.
async fn end_of(open: Option<&mut OpenWindow>) -> io::Result<ExitStatus> {
    match open {
        Some(open) => open.child.wait().await,
        None => std::future::pending().await,
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The requesters may be gone.
fn answer_all(open: Option<&mut OpenWindow>) {
    for answer in open.map(|open| std::mem::take(&mut open.waiting)).into_iter().flatten() {
        drop(answer.send(Ok(())));
    }
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
mod tests;
