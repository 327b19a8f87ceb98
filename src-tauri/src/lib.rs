//! The window program: shows the page, relays its requests to the resident program over the local
//! socket, and forwards updates.
//!
//! It has no state of its own and may be killed at any time. It exits when its window closes.

mod arguments;
mod commands;
mod dialog;
mod geometry;
mod link;
mod window;

use std::{io, path::Path, process::ExitCode, time::Duration};

use clap::Parser as _;
use contract::{NO_DISPLAY_EXIT, Request, Update};
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, Runtime, async_runtime};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, error, level_filters::LevelFilter, warn};

use crate::{
    arguments::Arguments,
    commands::{LatestView, ShownReport, Speech},
    link::{Link, LinkEvent, LinkTask, Pace},
    window::Painted,
};

/// Capacity of the queue of updates; more wait in the socket while the page is busy.
const HEARD_LIMIT: usize = 64;
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Runs until the window closes or the resident program quits.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
    #[cfg(target_os = "linux")]
    if !has_display() {
        return ExitCode::from(NO_DISPLAY_EXIT);
    }
    match show(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(%error, "failed to open the window");
            ExitCode::FAILURE
        }
    }
}

/// Name by which a desktop finds the entry of this window, and with it the icon and the name in its
/// task bar and task switcher: the entry is called after the resident program, or after the
/// application in Flatpak.
#[cfg(target_os = "linux")]
fn set_application_id() {
    let id = std::env::var("FLATPAK_ID").unwrap_or_else(|_| String::from("thinq-tray"));
    // Becomes the `app_id` on Wayland and the `WM_CLASS` on X11. Before GTK starts.
    gtk::glib::set_prgname(Some(id.as_str()));
}

/// Starts GTK, which Tauri expects to succeed.
#[cfg(target_os = "linux")]
fn has_display() -> bool {
    set_application_id();
    let started = gtk::init();
    if let Err(error) = &started {
        error!(%error, "no display to open the window on");
    }
    started.is_ok()
}

fn show(arguments: Arguments) -> tauri::Result<()> {
    let Arguments { socket, view, geometry, language } = arguments;
    let runtime_dir = socket.parent().map(Path::to_owned);
    let (heard, hearing) = mpsc::channel(HEARD_LIMIT);
    let (task, link) = LinkTask::new(socket, Pace::default(), heard);
    let tracker = TaskTracker::new();
    let stop = CancellationToken::new();
    let opened = link.clone();
    let app = tauri::Builder::default()
        .manage(link)
        .manage(LatestView::new(view))
        .manage(Painted::default())
        .manage(geometry::GeometryFile::new(geometry))
        .manage(ShownReport::default())
        .manage(Speech::new(language))
        .invoke_handler(tauri::generate_handler![
            commands::ask,
            commands::close,
            commands::history_export,
            commands::history_import,
            commands::initial_view,
            commands::link,
            commands::painted,
            commands::report_save,
        ])
        .build(tauri::generate_context!())?;
    window::open(app.handle(), language, runtime_dir.as_deref())?;
    confirm(opened, Request::WindowOpened);

    let runtime = async_runtime::handle();
    let spawn_on = runtime.inner();
    tracker.spawn_on(task.run(stop.child_token()), spawn_on);
    tracker.spawn_on(relay(app.handle().clone(), hearing, stop.child_token()), spawn_on);
    tracker.spawn_on(window::unveil(app.handle().clone(), stop.child_token()), spawn_on);
    tracker.close();

    app.run_return(move |app, event| {
        if matches!(event, RunEvent::Exit) {
            if let Err(error) = app.state::<geometry::GeometryFile>().keep() {
                warn!(%error, "failed to store the window geometry");
            }
            stop.cancel();
            let ended = async { timeout(STOP_PATIENCE, tracker.wait()).await };
            if async_runtime::block_on(ended).is_err() {
                warn!("tasks did not stop in time");
            }
        }
    });
    Ok(())
}

/// Forwards events of the link to the page.
async fn relay<R: Runtime>(
    app: AppHandle<R>,
    mut hearing: mpsc::Receiver<LinkEvent>,
    stop: CancellationToken,
) {
    while let Some(Some(heard)) = stop.run_until_cancelled(hearing.recv()).await {
        let emitted = match heard {
            LinkEvent::Link(state) => app.emit("link", state),
            LinkEvent::Update(told) => {
                match &*told {
                    Update::Show { view, token } => {
                        app.state::<LatestView>().set(view.clone());
                        let raised = stop.run_until_cancelled(window::raise(&app, token.clone()));
                        if raised.await == Some(true) {
                            confirm(app.state::<Link>().inner().clone(), Request::WindowRaised);
                        }
                    }
                    Update::Quitting => return app.exit(0),
                    Update::StatusChanged { status } => app.state::<Speech>().set(&status.language),
                    Update::HomeChanged { .. }
                    | Update::JobChanged { .. }
                    | Update::SettingsChanged { .. }
                    | Update::RulesChanged
                    | Update::ForwardingChanged
                    | Update::EventAdded { .. }
                    | Update::HistoryChanged => {}
                }
                app.emit("told", told)
            }
        };
        if let Err(error) = emitted {
            warn!(%error, "failed to send an event to the page");
        }
    }
}

/// Concurrently, as the response may follow updates that wait for [`relay`].
fn confirm(link: Link, request: Request) {
    async_runtime::spawn(async move {
        if link.ask(request).await.is_err() {
            debug!("failed to confirm that the window is shown");
        }
    });
}
