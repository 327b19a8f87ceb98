//! The resident program. Starts the store, monitor, local socket, notifier and tray in this order, and
//! shuts them down.

mod instance;

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::Context as _;
use contract::{
    DesktopVariables, View,
    socket::{Server, SocketError},
};
use jiff::tz::TimeZone;
use model::{ConnectionState, Problem, Status};
use monitor::{
    EventId, Forwarder, IngestThread, Monitor, Parts, Prompt, Store, StoredEvent,
    create_private_dir,
};
use thinq::Chain;
use thinq_sim::Sim;
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use words::Words;

use crate::{
    answers,
    app::{App, AppParts, DEMO_FIXES},
    autostart::Autostart,
    clock::{hours_of_locale, now_ms},
    demo,
    displays::{Displays, Place},
    keyring,
    notifier::Notifier,
    paths::{Paths, Profile},
    settings::{Settings, environment},
    tray::{
        Tray, devices,
        menu::{Action, ActionRequest, LISTED_EVENTS, Latest},
    },
    update::{self, Source},
    window::Window,
};

/// Time limit for all tasks to finish after the token was cancelled.
const LONGEST_STOP: Duration = Duration::from_secs(5);
/// Time limit for a panel that is starting.
const PANEL_PATIENCE: Duration = Duration::from_secs(8);
/// Time limit for a desktop to show a tray or notifications at a login.
const DESKTOP_PATIENCE: Duration = Duration::from_secs(20);
const WAITING_ACTIONS: usize = 16;
const TOLD: usize = 64;
const ICON: &[u8] = include_bytes!("../../../../icons/hicolor/64x64/apps/thinq-tray.png");

/// The engine with the parts that every listening process needs, in the tray and in the terminal.
pub(crate) struct Resident {
    pub(crate) app: Arc<App>,
    pub(crate) tracker: TaskTracker,
    paths: Paths,
    status: watch::Receiver<Status>,
    sim: Option<Sim>,
}

/// This user has a listening instance already.
#[derive(Debug, thiserror::Error)]
#[error("another instance is listening")]
pub(crate) struct AlreadyRunning;

/// The listening instance could not show its window.
#[derive(Debug, thiserror::Error)]
#[error("running program could not show its window")]
pub(crate) struct Refused(pub(crate) Problem);

impl Resident {
    /// Fails with [`AlreadyRunning`] when this user has a listening instance.
    pub(crate) async fn start(
        profile: Profile,
        keyring_prompt: Prompt,
        place: Place,
    ) -> anyhow::Result<Self> {
        let paths = Paths::of(profile).context("no home folder")?;
        // Before the socket exists: a client may stop the program as soon as it finds the socket.
        let stop = CancellationToken::new();
        let signalled = stop_on_signal(stop.clone());
        let server = match Server::bind(&paths.socket()) {
            Ok(server) => server,
            Err(SocketError::AlreadyRunning) => return Err(AlreadyRunning.into()),
            Err(error) => return Err(error).context("failed to open the local socket"),
        };
        let mut settings = Settings::load(paths.settings(), &environment);
        let words = Words::new(settings.language.language());
        words.set_clock(hours_of_locale(&environment));
        if let Some(autostart) = Autostart::of(profile) {
            autostart.follow();
        }
        let (sim, demo) = match profile {
            Profile::Real => (None, None),
            Profile::Demo => {
                let started = demo::start(&mut settings.service, words.language()).await;
                let (sim, demo) = started.context("failed to start the simulated home")?;
                settings.fixed.extend(DEMO_FIXES.map(str::to_owned));
                (Some(sim), Some(demo))
            }
        };
        let store = open_store(&paths)?;
        let tracker = TaskTracker::new();
        let parts = Parts {
            store,
            keyring: keyring::of(profile),
            keyring_prompt,
            service: settings.service.clone(),
            clock: Arc::new(now_ms),
            zone: Arc::new(TimeZone::system),
            rules: settings.rules.clone(),
            targets: settings.targets.clone(),
            ingest_thread: IngestThread::Own,
        };
        let monitor = Monitor::start(parts, &tracker, &stop);
        let forwarder = Forwarder::start(&monitor, words.clone(), &tracker, &stop);
        let told = broadcast::Sender::new(TOLD);
        let (displays, watch) = Displays::new(DesktopVariables::of_this_process());
        let displays = Arc::new(displays);
        let window = Window::new(
            &paths,
            words.clone(),
            Arc::clone(&displays),
            told.clone(),
            &tracker,
            stop.clone(),
        );
        let parts = AppParts {
            monitor,
            forwarder,
            settings,
            words,
            profile,
            window,
            displays,
            told,
            demo,
            stop,
        };
        let app = App::new(parts);
        if place == Place::Desktop {
            tracker.spawn(watch.run(app.stop.clone()));
        }
        let (status_sender, status) = watch::channel(app.status());
        tracker.spawn(keep_status(Arc::clone(&app), status_sender));
        let dir = paths.socket().parent().map(Path::to_owned).unwrap_or_default();
        let serving =
            answers::serve(Arc::clone(&app), server, dir, status.clone(), tracker.clone());
        tracker.spawn(serving);
        #[cfg(target_os = "linux")]
        tracker.spawn(crate::wake::run(Arc::clone(&app), place));
        tracker.spawn(signalled);
        Ok(Self { app, tracker, paths, status, sim })
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Waits for the token to be cancelled, then for all tasks to finish.
    pub(crate) async fn finish(self) {
        self.app.stop.cancelled().await;
        self.tracker.close();
        if timeout(LONGEST_STOP, self.tracker.wait()).await.is_err() {
            warn!("tasks did not stop in time");
        }
        if let Some(sim) = self.sim {
            sim.stop().await;
        }
        info!("stopped");
    }
}

/// Runs the tray until the user quits. A second start opens the window of the first.
pub(crate) async fn run(profile: Profile, is_hidden: bool) -> anyhow::Result<()> {
    let Some(resident) = instance::start_or_show(profile, is_hidden).await? else { return Ok(()) };
    info!(version = env!("CARGO_PKG_VERSION"), "started");
    let (actions, asked) = mpsc::channel(WAITING_ACTIONS);
    let app = Arc::clone(&resident.app);
    let icon = write_icon(&resident.paths.icon());
    let pictures_dir = resident.paths.pictures_dir();
    if let Some(notifier) = Notifier::new(Arc::clone(&app), icon, pictures_dir, actions.clone()) {
        resident.tracker.spawn(notifier.run());
    }
    let latest = latest(&app).await;
    let is_seen = app.is_icon_seen.clone();
    let tray = Tray::start(app.words.clone(), app.status(), latest, actions, is_seen).await;
    resident.tracker.spawn(unlock_keyring(Arc::clone(&app)));
    resident.tracker.spawn(keep_tray(Arc::clone(&app), tray, resident.status()));
    resident.tracker.spawn(act(Arc::clone(&app), asked, resident.tracker.clone(), is_hidden));
    if let (Profile::Real, Some(source)) = (profile, Source::of_this_build()) {
        resident.tracker.spawn(update::run(Arc::clone(&app), source, resident.paths.update()));
    }
    if !is_hidden {
        resident.tracker.spawn(welcome(Arc::clone(&app), resident.status()));
    }
    resident.finish().await;
    Ok(())
}

/// Falls back to memory: notifications must not depend on the file of the history.
fn open_store(paths: &Paths) -> anyhow::Result<Store> {
    Store::open_or_get_by(&paths.history(), now_ms()).context("failed to open a history in memory")
}

/// Writes the icon for notification servers that require a file. Returns an empty path on failure.
fn write_icon(path: &Path) -> String {
    // The folder exists only where the local socket is a file.
    let made = path.parent().map_or(Ok(()), create_private_dir);
    match made.and_then(|()| fs::write(path, ICON)) {
        Ok(()) => path.to_string_lossy().into_owned(),
        Err(error) => {
            warn!(%error, "failed to write the notification icon");
            String::new()
        }
    }
}

/// Publishes the status, combined from the engine and the notifier.
async fn keep_status(app: Arc<App>, status: watch::Sender<Status>) {
    let mut engine = app.monitor.status();
    let mut notifications = app.notifications.subscribe();
    let mut language = app.language.subscribe();
    let mut release = app.newer_release.subscribe();
    loop {
        // Computed before the first wait: it may have changed since the start.
        let now = app.status();
        status.send_if_modified(|shown| {
            let is_new = *shown != now;
            if is_new {
                *shown = now;
            }
            is_new
        });
        tokio::select! {
            Ok(()) = engine.changed() => {}
            Ok(()) = notifications.changed() => {}
            Ok(()) = language.changed() => {}
            Ok(()) = release.changed() => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Lets a locked keyring prompt once the desktop can show it, which at a login is when it has a tray or
/// shows notifications.
async fn unlock_keyring(app: Arc<App>) {
    let mut is_seen = app.is_icon_seen.subscribe();
    let mut notifications = app.notifications.subscribe();
    tokio::select! {
        Ok(_) = is_seen.wait_for(|is_seen| *is_seen) => {}
        Ok(_) = notifications.wait_for(|report| report.server.is_some()) => {}
        // A desktop without either can show dialogs, too.
        () = sleep(DESKTOP_PATIENCE) => {}
        () = app.stop.cancelled() => return,
    }
    app.monitor.unlock_keyring();
}

async fn keep_tray(app: Arc<App>, mut tray: Tray, mut status: watch::Receiver<Status>) {
    let mut events = app.monitor.events();
    let mut home = app.monitor.home();
    let home_lines =
        |home: &model::Home| devices::lines(home, &app.words, now_ms(), &TimeZone::system());
    let mut shown = Vec::new();
    loop {
        let next_change = devices::next_change(&home.borrow(), now_ms());
        tokio::select! {
            Ok(()) = status.changed() => {}
            // A lag needs no handling: the newest events are read in any case.
            _ = events.recv() => {}
            Ok(()) = home.changed() => {
                // A report may not change any line.
                let lines = home_lines(&home.borrow_and_update());
                if lines == shown {
                    continue;
                }
            }
            () = until(next_change) => {}
            () = tray.needs_registration() => {}
            () = app.stop.cancelled() => break,
        }
        shown = home_lines(&home.borrow());
        let now = status.borrow_and_update().clone();
        tray.show(now, latest(&app).await).await;
    }
    tray.stop().await;
}

/// Sleeps until one second after the given time; forever without one.
async fn until(at_ms: Option<i64>) {
    match at_ms.map(|at_ms| u64::try_from(at_ms.saturating_sub(now_ms())).unwrap_or(0)) {
        Some(left_ms) => sleep(Duration::from_millis(left_ms.saturating_add(1_000))).await,
        None => std::future::pending().await,
    }
}

async fn latest(app: &App) -> Latest {
    let events = last_events(app).await;
    Latest { events, home: app.monitor.home().borrow().clone() }
}

async fn last_events(app: &App) -> Vec<StoredEvent> {
    let store = app.monitor.store();
    match spawn_blocking(move || store.page(EventId::END, LISTED_EVENTS, None)).await {
        Ok(Ok(events)) => events,
        Ok(Err(error)) => {
            warn!(error = %Chain(&error), "failed to read the history");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// Handles actions of the tray and of notifications.
async fn act(
    app: Arc<App>,
    mut asked: mpsc::Receiver<ActionRequest>,
    tracker: TaskTracker,
    is_hidden: bool,
) {
    loop {
        let ActionRequest { action, token } = tokio::select! {
            Some(asked) = asked.recv() => asked,
            () = app.stop.cancelled() => return,
        };
        match action {
            Action::OpenHistory { event } => show(&app, View::History { event }, token).await,
            Action::SignIn => show(&app, View::SignIn, token).await,
            Action::NoHost => {
                tracker.spawn(show_without_host(Arc::clone(&app), is_hidden));
            }
            Action::HostGone => {
                tracker.spawn(show_without_host(Arc::clone(&app), true));
            }
            Action::SignOut => {
                let app = Arc::clone(&app);
                // A failure is logged, and shown by the status.
                tracker.spawn(async move { drop(app.sign_out().await) });
            }
            Action::Pause(until) => app.pause(until).await,
            Action::Resume => app.monitor.pause(None).await,
            Action::Reconnect => app.monitor.reconnect().await,
            Action::Quit => app.stop.cancel(),
        }
    }
}

/// Shows the window when no panel shows the icon. With `is_patient` a panel may still be starting: at
/// login, or after a restart of the panel.
async fn show_without_host(app: Arc<App>, is_patient: bool) {
    if is_patient {
        let mut is_seen = app.is_icon_seen.subscribe();
        tokio::select! {
            Ok(_) = is_seen.wait_for(|is_seen| *is_seen) => return,
            () = sleep(PANEL_PATIENCE) => {}
            () = app.stop.cancelled() => return,
        }
    }
    show(&app, View::History { event: None }, None).await;
}

async fn show(app: &App, view: View, token: Option<String>) {
    // The failure is logged already.
    drop(app.show_window(view, token, None).await);
}

/// Opens the sign-in dialog at start when there is no sign-in.
async fn welcome(app: Arc<App>, mut status: watch::Receiver<Status>) {
    let is_settled = |status: &Status| !matches!(status.connection, ConnectionState::Connecting);
    let settled = tokio::select! {
        settled = status.wait_for(is_settled) => settled.map(|status| status.connection.clone()),
        () = app.stop.cancelled() => return,
    };
    let needs_sign_in = matches!(
        settled,
        Ok(ConnectionState::SignedOut
            | ConnectionState::KeyringUnavailable
            | ConnectionState::SignInNeeded { .. })
    );
    if needs_sign_in {
        show(&app, View::SignIn, None).await;
    }
}

/// Whether the signal was ignored when the program started.
#[cfg(unix)]
static IS_HANGUP_IGNORED: LazyLock<bool> = LazyLock::new(|| {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The lowest bit is the signal 1, which this is.
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
});

/// Handles signals from the call on, even before the future is first polled.
#[cfg(unix)]
fn stop_on_signal(stop: CancellationToken) -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};

    // A session or terminal that ends sends it. `nohup` has it ignored.
    let hangup = (!*IS_HANGUP_IGNORED).then(|| signal(SignalKind::hangup())).transpose();
    let heard = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), hangup);
    async move {
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = heard else {
            warn!("failed to register signal handlers");
            return;
        };
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hung_up => {}
            () = stop.cancelled() => {}
        }
        stop.cancel();
    }
}

#[cfg(not(unix))]
async fn stop_on_signal(stop: CancellationToken) {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_for_notifications_brings_its_folder_along() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/icon.png");

        assert_eq!(write_icon(&path), path.to_string_lossy());
        assert_eq!(fs::read(path).unwrap(), ICON);
    }
}
