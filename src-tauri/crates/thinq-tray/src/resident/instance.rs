//! Single instance per user: starts this one, or shows the window of the running one.

use std::{io, time::Duration};

use anyhow::Context as _;
use contract::{
    DesktopVariables, Request, Response, View,
    socket::{SocketError, ask_once},
};
use model::Problem;
use monitor::Prompt;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{AlreadyRunning, Refused, Resident, stop_on_signal};
use crate::{
    displays::Place,
    paths::{Paths, Profile},
};

/// Time limit for the other instance, which may take [`super::LONGEST_STOP`] to exit.
const OTHER_PATIENCE: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Returns `None` when another instance has shown its window. Waits for an instance that is starting
/// or stopping.
pub(super) async fn start_or_show(
    profile: Profile,
    is_hidden: bool,
) -> anyhow::Result<Option<Resident>> {
    tokio::select! {
        biased;
        started = keep_starting(profile, is_hidden) => started,
        () = stop_on_signal(CancellationToken::new()) => Ok(None),
    }
}

async fn keep_starting(profile: Profile, is_hidden: bool) -> anyhow::Result<Option<Resident>> {
    let asked_until = Instant::now() + OTHER_PATIENCE;
    loop {
        match Resident::start(profile, Prompt::Never, Place::Desktop).await {
            Err(error) if error.is::<AlreadyRunning>() => {}
            started => return started.map(Some),
        }
        let asked = timeout_at(asked_until, show_other(profile, is_hidden)).await;
        match asked.context("running program does not answer")? {
            Ok(None) => return Ok(None),
            Ok(Some(problem)) => return Err(Refused(problem).into()),
            Err(SocketError::NotRunning(_) | SocketError::Closed)
                if Instant::now() < asked_until =>
            {
                info!("another instance is starting or stopping");
                sleep(BETWEEN_LOOKS).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Shows the window of the other instance on this desktop. A hidden start only names its desktop, on
/// which windows can open from then on.
async fn show_other(profile: Profile, is_hidden: bool) -> Result<Option<Problem>, SocketError> {
    let paths = Paths::of(profile).ok_or_else(|| io::Error::other("no home"))?;
    let desktop = DesktopVariables::of_this_process();
    let request = if is_hidden {
        Request::DesktopVisit { desktop }
    } else {
        let view = View::History { event: None };
        Request::ShowWindow { view, token: token(), desktop: Some(desktop) }
    };
    let response = ask_once(&paths.socket(), request).await?;
    Ok(if let Response::Failed { problem } = response { Some(problem) } else { None })
}

/// Activation token of this start, which allows the window to come to the front.
fn token() -> Option<String> {
    let given = |name| std::env::var(name).ok().filter(|token| !token.is_empty());
    given("XDG_ACTIVATION_TOKEN").or_else(|| given("DESKTOP_STARTUP_ID"))
}
