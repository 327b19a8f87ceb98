//! Requests about the home and its devices.

use contract::Response;
use model::{ControlAction, DeviceId, Problem, ProblemCode};
use monitor::{ControlError, EnergyError, StoreError};
use thinq::Chain;
use tracing::{error, warn};

use crate::app::App;

/// The home as it is shown now.
pub(super) fn now(app: &App) -> Response {
    Response::Home { home: app.monitor.home().borrow().clone() }
}

pub(super) async fn details(app: &App, id: &DeviceId) -> Response {
    match app.monitor.device(id).await {
        Ok(Some(details)) => Response::DeviceDetails { details },
        Ok(None) => failed(ProblemCode::DeviceGone),
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn energy(app: &App, id: &DeviceId) -> Response {
    match app.monitor.energy(id).await {
        Ok(energy) => Response::DeviceEnergy { energy },
        Err(EnergyError::Store(error)) => unavailable(&error),
        Err(EnergyError::Service(problem)) => Response::Failed { problem },
    }
}

pub(super) async fn watch(app: &App, id: &DeviceId, is_watched: bool) -> Response {
    match app.monitor.watch_device(id, is_watched).await {
        Ok(()) => now(app),
        Err(error) => unavailable(&error),
    }
}

pub(super) async fn read(app: &App) -> Response {
    app.monitor.read_home().await;
    now(app)
}

pub(super) async fn control(
    app: &App,
    id: &DeviceId,
    place: &str,
    action: ControlAction,
) -> Response {
    let Err(error) = app.monitor.control_device(id, place, action).await else {
        return Response::Done;
    };
    warn!(error = %Chain(&error), "an appliance did not follow");
    let problem = match &error {
        ControlError::SignedOut => Problem::of(ProblemCode::NotSignedIn),
        ControlError::NotPossible => Problem::of(ProblemCode::NotPossible),
        ControlError::NoNewState => Problem::of(ProblemCode::NoNewState),
        ControlError::Service(error) => Problem::from(&**error),
    };
    Response::Failed { problem }
}

fn failed(code: ProblemCode) -> Response {
    Response::Failed { problem: Problem::of(code) }
}

fn unavailable(error: &StoreError) -> Response {
    error!(error = %Chain(error), "the history failed");
    failed(ProblemCode::HistoryUnavailable)
}
