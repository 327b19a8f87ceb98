//! All that the page can ask for. Requests are relayed unseen: a password may be in one.

use std::sync::Mutex;

use contract::{Request, Response, View};
use tauri::{Runtime, State, WebviewWindow};
use tokio::sync::Notify;
use tracing::warn;

use crate::link::{Link, LinkLost, LinkState};

/// Where the window was last told to be; a page that loads starts there.
pub(crate) struct LatestView(Mutex<View>);

impl LatestView {
    pub(crate) fn new(view: View) -> Self {
        Self(Mutex::new(view))
    }

    pub(crate) fn set(&self, view: View) {
        *self.0.lock().expect("no holder of the lock panics") = view;
    }

    fn get(&self) -> View {
        self.0.lock().expect("no holder of the lock panics").clone()
    }
}

/// Rung when the page has drawn itself and can be shown.
#[derive(Default)]
pub(crate) struct Painted(pub(crate) Notify);

#[tauri::command]
pub(crate) async fn ask(link: State<'_, Link>, request: Request) -> Result<Response, LinkLost> {
    link.ask(request).await
}

#[tauri::command]
pub(crate) async fn link(link: State<'_, Link>) -> Result<LinkState, LinkLost> {
    Ok(link.state().await)
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
pub(crate) fn initial_view(view: State<'_, LatestView>) -> View {
    view.get()
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
pub(crate) fn painted(painted: State<'_, Painted>) {
    painted.0.notify_one();
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its window by value")]
pub(crate) fn close<R: Runtime>(window: WebviewWindow<R>) {
    if let Err(error) = window.close() {
        warn!(%error, "the window did not close");
    }
}
