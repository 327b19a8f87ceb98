//! Server side of the local socket: maps each request to a call and its result to the contract's types.

mod history;
mod home;
mod place;

use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};

use contract::{
    Request, Response, Update,
    socket::{ClientReader, ClientWriter, Server, SocketError},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use model::{Home, Problem, ProblemCode};
use monitor::{EngineUpdate, EventId, Store, StoreError};
use thinq::Chain;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    task::spawn_blocking,
    time::{self, Instant},
};
use tokio_util::task::TaskTracker;
use tracing::{debug, error, info, warn};

use crate::{
    app::App,
    checkup::{judge, look_within},
    jobs::Work,
    report,
    window::ViewRequest,
};
use place::Place;

/// Minimum time between two updates of the home.
const BETWEEN_HOMES: Duration = Duration::from_millis(250);

/// Serves clients until the app stops. `dir`: folder of the socket.
pub(crate) async fn serve(
    app: Arc<App>,
    mut server: Server,
    dir: PathBuf,
    status: watch::Receiver<model::Status>,
    tracker: TaskTracker,
) {
    let mut place = Place::new(dir);
    // Since the socket was bound.
    keep_reachable(&app, &mut server, &mut place);
    loop {
        let accepted = tokio::select! {
            accepted = server.accept() => accepted,
            () = place.changed() => {
                keep_reachable(&app, &mut server, &mut place);
                continue;
            }
            () = app.stop.cancelled() => return,
        };
        match accepted {
            Ok(peer) => {
                let (reader, writer) = peer.into_halves();
                let talk = Conversation { app: Arc::clone(&app), status: status.clone() };
                tracker.spawn(async move {
                    if let Err(error) = talk.run(reader, writer).await {
                        debug!(error = %Chain(&error), "connection of a client failed");
                    }
                });
            }
            Err(error) => warn!(error = %Chain(&error), "failed to accept a client"),
        }
    }
}

/// Binds a socket again that was removed or replaced. Of two instances, one stops.
fn keep_reachable(app: &App, server: &mut Server, place: &mut Place) {
    loop {
        match server.renew() {
            Ok(false) => return,
            // Its folder may be another one, in which changes were missed.
            Ok(true) => {
                info!("local socket was removed and is there again");
                place.watch_again();
            }
            Err(SocketError::AlreadyRunning) => {
                warn!("another instance has taken the place of the local socket");
                return app.stop.cancel();
            }
            Err(error) => {
                return warn!(error = %Chain(&error), "failed to bind the local socket again");
            }
        }
    }
}

struct Conversation {
    app: Arc<App>,
    status: watch::Receiver<model::Status>,
}

impl Conversation {
    /// Requests are answered concurrently.
    async fn run(
        mut self,
        mut reader: ClientReader,
        mut writer: ClientWriter,
    ) -> Result<(), SocketError> {
        writer.greet().await?;
        let mut events = self.app.monitor.events();
        let mut told = self.app.told.subscribe();
        let mut home = HomeUpdates::follow(&self.app);
        let mut forwarding = self.app.forwarder.changes();
        let mut is_following = false;
        let mut answers = FuturesUnordered::new();
        let mut stopped = pin!(self.app.stop.clone().cancelled_owned());
        loop {
            tokio::select! {
                asked = reader.next() => {
                    let Some((id, request)) = asked? else { return Ok(()) };
                    if matches!(request, Request::Follow) {
                        is_following = true;
                        self.status.mark_unchanged();
                        if let Some(missed) = self.app.window.unconfirmed() {
                            let ViewRequest { view, token, .. } = missed;
                            writer.tell(Update::Show { view, token }).await?;
                        }
                    }
                    let app = Arc::clone(&self.app);
                    answers.push(async move { (id, answer(&app, request).await) });
                }
                Some((id, response)) = answers.next() => writer.answer(id, response).await?,
                Ok(()) = forwarding.changed(), if is_following => {
                    writer.tell(Update::ForwardingChanged).await?;
                }
                news = hear(&mut events, &mut told, &mut self.status, &mut home), if is_following => {
                    if let Some(news) = news {
                        writer.tell(news).await?;
                    }
                }
                () = &mut stopped => {
                    // Pending requests are answered, the request to quit for example.
                    while let Some((id, response)) = answers.next().await {
                        writer.answer(id, response).await?;
                    }
                    return if is_following { writer.tell(Update::Quitting).await } else { Ok(()) };
                }
            }
        }
    }
}

/// Updates of the home for a subscriber; changes in quick succession are merged.
struct HomeUpdates {
    shown: watch::Receiver<Home>,
    next_at: Instant,
}

impl HomeUpdates {
    fn follow(app: &App) -> Self {
        Self { shown: app.monitor.home(), next_at: Instant::now() }
    }

    /// Cancel safe.
    async fn changed(&mut self) -> Option<Home> {
        time::sleep_until(self.next_at).await;
        self.shown.changed().await.ok()?;
        self.next_at = Instant::now() + BETWEEN_HOMES;
        Some(self.shown.borrow_and_update().clone())
    }
}

/// Waits for the next update. After a lag the subscriber is told to read the history again.
async fn hear(
    events: &mut broadcast::Receiver<EngineUpdate>,
    told: &mut broadcast::Receiver<Update>,
    status: &mut watch::Receiver<model::Status>,
    home: &mut HomeUpdates,
) -> Option<Update> {
    tokio::select! {
        event = events.recv() => match event {
            Ok(EngineUpdate::Added(added)) => {
                Some(Update::EventAdded { event: added.stored.into() })
            }
            Ok(EngineUpdate::HistoryChanged) | Err(RecvError::Lagged(_)) => {
                Some(Update::HistoryChanged)
            }
            Ok(EngineUpdate::RulesChanged) => Some(Update::RulesChanged),
            Ok(
                EngineUpdate::Unstored(_)
                | EngineUpdate::Expired(_)
                | EngineUpdate::Reminder(_)
                | EngineUpdate::Settled(_)
                | EngineUpdate::HoldEnded,
            )
            | Err(RecvError::Closed) => None,
        },
        news = told.recv() => match news {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(Update::HistoryChanged),
            Err(RecvError::Closed) => None,
        },
        home = home.changed() => Some(Update::HomeChanged { home: home? }),
        changed = status.changed() => {
            changed.ok()?;
            Some(Update::StatusChanged { status: status.borrow_and_update().clone() })
        }
    }
}

pub(crate) async fn answer(app: &Arc<App>, request: Request) -> Response {
    let status = || Response::Status { status: app.status() };
    match request {
        Request::Status | Request::Follow => status(),
        Request::SignInDefaults => Response::SignInDefaults { defaults: app.sign_in_defaults() },
        Request::SignIn { form } => app.sign_in(form).await.map_or_else(failed, |()| status()),
        Request::TokenPageOpen => begun(app.open_token_page().await),
        Request::SignOut => app.sign_out().await.map_or_else(failed, |()| status()),
        Request::HistoryPage { before, after, filter, limit } => {
            history::page(app, before, after, filter, limit).await
        }
        Request::HistoryCounts { filter } => history::counts(app, filter).await,
        Request::HistoryStatistics { from_ms, until_ms } => {
            history::statistics(app, from_ms, until_ms).await
        }
        Request::HistorySize => history::size(app).await,
        Request::RecoveryDismiss => history::dismiss_recovery(app).await,
        Request::MaintenanceMark { device_id, code, is_done } => {
            history::mark_maintenance(app, device_id, code, is_done).await
        }
        Request::EventDetails { id } => history::details(app, id).await,
        Request::EventsMark { ids, is_read } => history::mark(app, ids, is_read).await,
        Request::EventsMarkAllRead { up_to } => history::mark_all_read(app, up_to).await,
        Request::Pause { pause } => {
            app.pause(pause).await;
            status()
        }
        Request::EventDone { id } => written(app.monitor.settle(EventId(id)).await),
        Request::EventRemind { id } => written(app.remind_later(EventId(id)).await),
        Request::DeviceMute { id } => {
            app.monitor.mute_for_today(id).await;
            Response::Done
        }
        Request::Rules => Response::Rules { rules: app.rules() },
        Request::RulesChange { rules } => {
            let changed = app.change_rules(rules).await;
            changed.map_or_else(failed, |()| Response::Rules { rules: app.rules() })
        }
        Request::NotificationTest => {
            Response::NotificationReport { report: app.test_notification().await }
        }
        Request::Resume => {
            app.monitor.pause(None).await;
            status()
        }
        Request::Reconnect => {
            app.monitor.reconnect().await;
            Response::Done
        }
        Request::ShowWindow { view, token, desktop } => {
            begun(app.show_window(view, token, desktop).await)
        }
        Request::DesktopVisit { desktop } => {
            app.displays.visit(desktop);
            Response::Done
        }
        Request::WindowOpened => {
            app.window.is_opened();
            Response::Done
        }
        Request::WindowRaised => {
            app.window.is_raised();
            Response::Done
        }
        Request::Forwarding => app.forwarding().await,
        Request::ForwardSave { target, secret, is_new } => {
            forwarded(app, app.save_target(target, secret, is_new).await).await
        }
        Request::ForwardRemove { name } => forwarded(app, app.remove_target(&name).await).await,
        Request::ForwardTest { target, secret } => app.test_target(&target, secret).await,
        Request::Settings => Response::Settings { settings: app.refresh_settings().await },
        Request::SettingsChange { settings } => settled(app.change_settings(settings).await),
        Request::SettingsSetAside => settled(app.set_settings_aside().await),
        Request::Checkup => checkup(app).await,
        Request::ProblemReport => Response::ProblemReport { text: report::of(app).await },
        Request::AutostartRepair => repair_autostart(app).await,
        Request::HistoryExport { filter, format, path } => {
            begun(app.start_job(Work::Export { filter, format, path }))
        }
        Request::HistoryImport { path } => begun(app.start_job(Work::Import { path })),
        Request::HistoryDelete { filter } => begun(app.start_job(Work::Delete { filter })),
        Request::JobCancel => {
            app.jobs.cancel();
            Response::Done
        }
        Request::Home => home::now(app),
        Request::HomeRead => home::read(app).await,
        Request::DeviceDetails { id } => home::details(app, &id).await,
        Request::DeviceEnergy { id } => home::energy(app, &id).await,
        Request::DeviceWatch { id, is_watched } => home::watch(app, &id, is_watched).await,
        Request::DeviceControl { id, place, action } => {
            home::control(app, &id, &place, action).await
        }
        Request::DemoStart => begun(app.open_demo().await),
        Request::Quit => {
            app.stop.cancel();
            Response::Done
        }
    }
}

fn written(written: Result<(), StoreError>) -> Response {
    match written {
        Ok(()) => Response::Done,
        Err(error) => {
            error!(error = %Chain(&error), "failed to access the history");
            Response::Failed { problem: Problem::of(ProblemCode::HistoryUnavailable) }
        }
    }
}

async fn forwarded(app: &App, changed: Result<(), Problem>) -> Response {
    match changed {
        Ok(()) => app.forwarding().await,
        Err(problem) => Response::Failed { problem },
    }
}

async fn repair_autostart(app: &Arc<App>) -> Response {
    match app.repair_autostart().await {
        Ok(()) => checkup(app).await,
        Err(problem) => Response::Failed { problem },
    }
}

async fn checkup(app: &Arc<App>) -> Response {
    app.refresh_settings().await;
    Response::Checkup { checkup: judge(&look_within(app).await) }
}

fn settled(settings: Result<contract::Settings, Problem>) -> Response {
    match settings {
        Ok(settings) => Response::Settings { settings },
        Err(problem) => Response::Failed { problem },
    }
}

fn failed(problem: Problem) -> Response {
    Response::Failed { problem }
}

fn begun(started: Result<(), Problem>) -> Response {
    match started {
        Ok(()) => Response::Done,
        Err(problem) => Response::Failed { problem },
    }
}

async fn changed(app: &App, response: Response) -> Response {
    if matches!(response, Response::Done) {
        app.monitor.history_changed().await;
    }
    response
}

/// Runs disk work on a blocking thread.
async fn from_store(
    app: &App,
    read: impl FnOnce(&Store) -> Result<Response, StoreError> + Send + 'static,
) -> Response {
    let store = app.monitor.store();
    let code = match spawn_blocking(move || read(&store)).await {
        Ok(Ok(response)) => return response,
        Ok(Err(error)) => {
            error!(error = %Chain(&error), "failed to access the history");
            app.monitor.history_failed(&error);
            error.problem()
        }
        Err(error) => {
            error!(%error, "access to the history was aborted");
            ProblemCode::Internal
        }
    };
    Response::Failed { problem: Problem::of(code) }
}
