//! Starts the window program and raises it when it is asked for again.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
};

use contract::{Told, View};
use tokio::{
    process::{Child, Command},
    sync::broadcast,
};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use words::Language;

const PROGRAM: &str = "thinq-tray-window";

pub(crate) struct Window {
    socket: PathBuf,
    language: Language,
    told: broadcast::Sender<Told>,
    tracker: TaskTracker,
    state: std::sync::Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_running: bool,
    /// The window follows: it hears what is told.
    is_following: bool,
    /// Asked for while the window was on its way.
    wanted: Option<View>,
}

impl Window {
    pub(crate) fn new(
        socket: &Path,
        language: Language,
        told: broadcast::Sender<Told>,
        tracker: TaskTracker,
    ) -> Self {
        let state = std::sync::Arc::default();
        Self { socket: socket.to_owned(), language, told, tracker, state }
    }

    /// Opens the window at `view`, or raises the one that is open.
    pub(crate) fn show(&self, view: View) -> io::Result<()> {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        if state.is_running {
            if state.is_following {
                drop(self.told.send(Told::Show { view }));
            } else {
                state.wanted = Some(view);
            }
            return Ok(());
        }
        let child = self.start(&view)?;
        *state = State { is_running: true, is_following: false, wanted: None };
        drop(state);
        self.tracker.spawn(reap(child, std::sync::Arc::clone(&self.state)));
        info!("the window was opened");
        Ok(())
    }

    /// A window follows from now on; returns what was asked for while it was on its way.
    pub(crate) fn follows(&self) -> Option<View> {
        let mut state = self.state.lock().expect("no holder of the lock panics");
        state.is_following = state.is_running;
        state.wanted.take()
    }

    fn start(&self, view: &View) -> io::Result<Child> {
        let view = serde_json::to_string(view).map_err(io::Error::other)?;
        Command::new(program())
            .arg("--socket")
            .arg(&self.socket)
            .args(["--view", &view, "--language", self.language.tag()])
            // Saves the window 60 MB of OpenGL libraries that a list of lines has no use for.
            .env("GDK_GL", "disable")
            .stdin(Stdio::null())
            .spawn()
    }
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

async fn reap(mut child: Child, state: std::sync::Arc<Mutex<State>>) {
    match child.wait().await {
        Ok(status) if status.success() => info!("the window was closed"),
        Ok(status) => warn!(%status, "the window ended"),
        Err(error) => warn!(%error, "the window cannot be waited for"),
    }
    *state.lock().expect("no holder of the lock panics") = State::default();
}
