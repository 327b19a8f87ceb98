//! Starts the window program and raises it when it is asked for again.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use contract::{Told, View};
use tokio::{
    process::{Child, Command},
    sync::{broadcast, mpsc, oneshot},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use words::Words;

const PROGRAM: &str = "thinq-tray-window";
/// Clicks that wait to be answered.
const ASKED: usize = 8;
/// A window that is raised has shown itself by then.
const SHOWN_WITHIN: Duration = Duration::from_secs(3);

pub(crate) struct Window {
    asked: mpsc::Sender<Asked>,
    state: Arc<Mutex<State>>,
}

/// Watches over the one window program.
struct Keeper {
    socket: PathBuf,
    words: Words,
    told: broadcast::Sender<Told>,
    state: Arc<Mutex<State>>,
}

/// A view, and where to say whether it is shown.
type Asked = (View, oneshot::Sender<io::Result<()>>);

#[derive(Default)]
struct State {
    /// The window hears what is told.
    is_following: bool,
    /// Asked for while the window was on its way.
    wanted: Option<View>,
}

impl Window {
    /// The window lives as long as the value, and a little longer: it ends by what it is told.
    pub(crate) fn new(
        socket: &Path,
        words: Words,
        told: broadcast::Sender<Told>,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (asked, asking) = mpsc::channel(ASKED);
        let state = Arc::<Mutex<State>>::default();
        let keeper = Keeper { socket: socket.to_owned(), words, told, state: Arc::clone(&state) };
        tracker.spawn(async move {
            stop.run_until_cancelled(keeper.run(asking)).await;
        });
        Self { asked, state }
    }

    /// Opens the window at `view`, or raises the one that is open.
    pub(crate) async fn show(&self, view: View) -> io::Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::other("the program is stopping");
        self.asked.send((view, answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// A window follows from now on; returns what was asked for while it was on its way.
    pub(crate) fn follows(&self) -> Option<View> {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        state.is_following = true;
        state.wanted.take()
    }
}

impl Keeper {
    async fn run(self, mut asking: mpsc::Receiver<Asked>) {
        let mut child: Option<Child> = None;
        let mut raised: Option<(View, Instant)> = None;
        loop {
            let asked = tokio::select! {
                is_well = end_of(&mut child) => {
                    child = None;
                    // A window that dies while it is being raised has not shown anything.
                    if let Some((view, at)) = raised.take()
                        && !is_well
                        && at.elapsed() < SHOWN_WITHIN
                    {
                        child = self.start(&view).inspect_err(|error| warn!(%error, "no window")).ok();
                    }
                    continue;
                }
                asked = asking.recv() => asked,
            };
            let Some((view, answer)) = asked else { return };
            let is_running =
                child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            let shown = if is_running {
                raised = Some((view.clone(), Instant::now()));
                self.raise(view);
                Ok(())
            } else {
                self.start(&view).map(|started| child = Some(started))
            };
            // Who asked may have gone away.
            drop(answer.send(shown));
        }
    }

    fn raise(&self, view: View) {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        if state.is_following {
            drop(self.told.send(Told::Show { view }));
        } else {
            state.wanted = Some(view);
        }
    }

    fn start(&self, view: &View) -> io::Result<Child> {
        *self.state.lock().expect("no holder of the lock panics") = State::default();
        let view = serde_json::to_string(view).map_err(io::Error::other)?;
        let child = Command::new(program())
            .arg("--socket")
            .arg(&self.socket)
            .args(["--view", &view, "--language", self.words.language().tag()])
            // Saves the window 60 MB of OpenGL libraries that a list of lines has no use for.
            .env("GDK_GL", "disable")
            .stdin(Stdio::null())
            .spawn()?;
        info!("the window was opened");
        Ok(child)
    }
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
