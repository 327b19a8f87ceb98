//! Starts the window program and raises it when it is asked for again.

use std::{
    env, io,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use contract::{Told, View};
use tokio::{
    process::{Child, Command},
    sync::{broadcast, mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use words::Words;

use crate::{paths::Paths, settings::SECRETS};

const PROGRAM: &str = "thinq-tray-window";
/// Clicks that wait to be answered.
const ASKED: usize = 8;
/// A window that is raised has shown itself by then.
const SHOWN_WITHIN: Duration = Duration::from_secs(3);

pub(crate) struct Window {
    asked: mpsc::Sender<Call>,
    state: Arc<Mutex<State>>,
    closed: watch::Sender<()>,
}

/// Watches over the one window program.
struct WindowProcess {
    socket: PathBuf,
    geometry: PathBuf,
    words: Words,
    told: broadcast::Sender<Told>,
    state: Arc<Mutex<State>>,
    closed: watch::Sender<()>,
}

/// A view, and where to say whether it is shown.
type Call = (ViewRequest, oneshot::Sender<io::Result<()>>);

/// A view, and what the desktop gave to whoever asked for it.
type ViewRequest = (View, Option<String>);

#[derive(Default)]
struct State {
    /// The window hears what is told.
    is_following: bool,
    /// Call for while the window was on its way.
    wanted: Option<ViewRequest>,
}

impl Window {
    /// The window lives as long as the value, and a little longer: it ends by what it is told.
    pub(crate) fn new(
        paths: &Paths,
        words: Words,
        told: broadcast::Sender<Told>,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (asked, asking) = mpsc::channel(ASKED);
        let state = Arc::<Mutex<State>>::default();
        let closed = watch::Sender::new(());
        let process = WindowProcess {
            socket: paths.socket(),
            geometry: paths.window_geometry(),
            words,
            told,
            state: Arc::clone(&state),
            closed: closed.clone(),
        };
        tracker.spawn(async move {
            stop.run_until_cancelled(process.run(asking)).await;
        });
        Self { asked, state, closed }
    }

    /// Opens the window at `view`, or raises the one that is open.
    pub(crate) async fn show(&self, view: View, token: Option<String>) -> io::Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::other("the program is stopping");
        self.asked.send(((view, token), answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Changes whenever the user has closed the window.
    pub(crate) fn closed(&self) -> watch::Receiver<()> {
        self.closed.subscribe()
    }

    /// A window follows from now on; returns what was asked for while it was on its way.
    pub(crate) fn follows(&self) -> Option<ViewRequest> {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        state.is_following = true;
        state.wanted.take()
    }
}

impl WindowProcess {
    async fn run(self, mut asking: mpsc::Receiver<Call>) {
        let mut child: Option<Child> = None;
        let mut raised: Option<(ViewRequest, Instant)> = None;
        loop {
            let asked = tokio::select! {
                is_well = end_of(&mut child) => {
                    child = None;
                    // A window that dies while it is being raised has not shown anything.
                    if let Some((wanted, at)) = raised.take()
                        && !is_well
                        && at.elapsed() < SHOWN_WITHIN
                    {
                        child = self.start(&wanted).inspect_err(|error| warn!(%error, "no window")).ok();
                    }
                    if is_well {
                        self.closed.send_replace(());
                    }
                    continue;
                }
                asked = asking.recv() => asked,
            };
            let Some((wanted, answer)) = asked else { return };
            let is_running =
                child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            let shown = if is_running {
                raised = Some((wanted.clone(), Instant::now()));
                self.raise(wanted);
                Ok(())
            } else {
                self.start(&wanted).map(|started| child = Some(started))
            };
            // Who asked may have gone away.
            drop(answer.send(shown));
        }
    }

    fn raise(&self, wanted: ViewRequest) {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        if state.is_following {
            let (view, token) = wanted;
            drop(self.told.send(Told::Show { view, token }));
        } else {
            state.wanted = Some(wanted);
        }
    }

    fn start(&self, (view, token): &ViewRequest) -> io::Result<Child> {
        *self.state.lock().expect("no holder of the lock panics") = State::default();
        let view = serde_json::to_string(view).map_err(io::Error::other)?;
        let mut command = started_anew(program(), token.as_deref());
        let child = command
            .arg("--socket")
            .arg(&self.socket)
            .arg("--geometry")
            .arg(&self.geometry)
            .args(["--view", &view, "--language", self.words.language().tag()])
            // Saves the window 60 MB of OpenGL libraries that a list of lines has no use for.
            .env("GDK_GL", "disable")
            .stdin(Stdio::null())
            .spawn()?;
        info!("the window was opened");
        Ok(child)
    }
}

/// With the environment that a window is to have.
fn started_anew(program: PathBuf, token: Option<&str>) -> Command {
    let mut command = Command::new(program);
    // What this program itself was started with is used up, and the web view's processes have no
    // use for what is secret.
    for name in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"].iter().chain(&SECRETS) {
        command.env_remove(name);
    }
    if let Some(token) = token {
        command.env("XDG_ACTIVATION_TOKEN", token).env("DESKTOP_STARTUP_ID", token);
    }
    command
}

/// Waits until the window has ended and tells whether it ended well; for ever when there is none.
/// Cancel safe.
async fn end_of(child: &mut Option<Child>) -> bool {
    let Some(child) = child else { return std::future::pending().await };
    match child.wait().await {
        Ok(status) if status.success() => {
            info!("the window was closed");
            return true;
        }
        Ok(status) => warn!(%status, "the window ended"),
        Err(error) => warn!(%error, "the window cannot be waited for"),
    }
    false
}

/// Beside this program, where packages put it; else wherever the system finds it.
fn program() -> PathBuf {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    env::current_exe()
        .ok()
        .and_then(|path| Some(path.parent()?.join(&name)))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_web_view_gets_no_secret_from_the_environment() {
        let command = started_anew(PathBuf::from("window"), Some("token"));

        let environment: Vec<_> = command.as_std().get_envs().collect();
        for name in SECRETS {
            assert!(environment.contains(&(name.as_ref(), None)), "{name}");
        }
        assert!(environment.contains(&("XDG_ACTIVATION_TOKEN".as_ref(), Some("token".as_ref()))));
    }
}
