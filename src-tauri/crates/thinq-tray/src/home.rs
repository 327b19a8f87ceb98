//! Questions about the home, and what the user wants of it: from the engine's types to the
//! contract's.

use contract::Response;
use model::{
    ControlAction, Device, DeviceDetails, Home, Part, Problem, ProblemCode, Progress, Reading,
    Subscription,
};
use monitor::{
    Appliance, ApplianceDetails, ControlError, EnergyError, Household, StoreError, Trouble,
};
use serde_json::Value;
use thinq::{Chain, DeviceId, state};
use tracing::{error, warn};

use crate::{app::App, convert};

/// The home as it is shown now.
pub(crate) fn now(app: &App) -> Response {
    Response::Home { home: home(&app.monitor.household().borrow()) }
}

pub(crate) async fn details(app: &App, id: &str) -> Response {
    match app.monitor.appliance(&DeviceId::new(id)).await {
        Ok(Some(details)) => Response::DeviceDetails { details: device_details(details) },
        Ok(None) => failed(ProblemCode::DeviceGone),
        Err(error) => unavailable(&error),
    }
}

pub(crate) async fn energy(app: &App, id: &str) -> Response {
    match app.monitor.energy(&DeviceId::new(id)).await {
        Ok(energy) => Response::DeviceEnergy { energy },
        Err(EnergyError::Store(error)) => unavailable(&error),
        Err(EnergyError::Service(trouble)) => {
            Response::Failed { problem: convert::problem(&trouble) }
        }
    }
}

pub(crate) async fn watch(app: &App, id: &str, is_watched: bool) -> Response {
    match app.monitor.watch_appliance(&DeviceId::new(id), is_watched).await {
        Ok(()) => now(app),
        Err(error) => unavailable(&error),
    }
}

pub(crate) async fn read(app: &App) -> Response {
    app.monitor.read_home().await;
    now(app)
}

pub(crate) async fn control(app: &App, id: &str, place: &str, action: ControlAction) -> Response {
    let Err(error) = app.monitor.control_appliance(&DeviceId::new(id), place, action).await else {
        return Response::Done;
    };
    warn!(error = %Chain(&error), "an appliance did not follow");
    let problem = match &error {
        ControlError::SignedOut => Problem::of(ProblemCode::NotSignedIn),
        ControlError::NotPossible => Problem::of(ProblemCode::NotPossible),
        ControlError::NoNewState => Problem::of(ProblemCode::NoNewState),
        ControlError::Service(error) => convert::problem(&Trouble::from(&**error)),
    };
    Response::Failed { problem }
}

pub(crate) fn home(household: &Household) -> Home {
    Home { devices: household.appliances.iter().map(device).collect() }
}

fn device(appliance: &Appliance) -> Device {
    Device {
        id: appliance.id.as_str().to_owned(),
        name: appliance.name.clone(),
        device_type: appliance.device_type.clone(),
        model: appliance.model.clone(),
        is_watched: appliance.is_watched,
        push: subscription(&appliance.push),
        events: subscription(&appliance.events),
        seen_at_ms: appliance.seen_at_ms,
        parts: appliance
            .parts
            .iter()
            .map(|part| Part {
                place: part.place.clone(),
                phase: part.phase,
                run_state: part.run_state.clone(),
                error: part.error.as_ref().map(|code| code.as_str().to_owned()),
                progress: part.progress.map(|progress| Progress {
                    ends_at_ms: progress.ends_at_ms,
                    remaining_minutes: progress.remaining_minutes,
                    total_minutes: progress.total_minutes,
                }),
            })
            .collect(),
        open_doors: appliance.open_doors.clone(),
    }
}

fn device_details(details: ApplianceDetails) -> DeviceDetails {
    DeviceDetails {
        device: device(&details.appliance),
        readings: details.readings.into_iter().map(reading).collect(),
        controls: details.controls,
        profile_problem: details.profile_trouble.as_ref().map(convert::problem),
        raw_state: details.state.as_ref().map(pretty),
        raw_profile: details.profile.as_ref().map(pretty),
    }
}

fn reading(reading: state::StateReading) -> Reading {
    let state::StateReading { place, property, value, unit } = reading;
    Reading { place, property, value, unit }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn subscription(subscription: &monitor::Subscription) -> Subscription {
    match subscription {
        monitor::Subscription::Off => Subscription::Off,
        monitor::Subscription::Pending => Subscription::Pending,
        monitor::Subscription::Active => Subscription::Active,
        monitor::Subscription::Unsupported => Subscription::Unsupported,
        monitor::Subscription::Failed(trouble) => {
            Subscription::Failed { problem: convert::problem(trouble) }
        }
    }
}

fn failed(code: ProblemCode) -> Response {
    Response::Failed { problem: Problem::of(code) }
}

fn unavailable(error: &StoreError) -> Response {
    error!(error = %Chain(error), "the history failed");
    failed(ProblemCode::HistoryUnavailable)
}
