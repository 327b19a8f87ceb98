//! The one instance of a user: this start, or another one whose window it shows.

use std::{io, time::Duration};

use anyhow::Context as _;
use contract::{
    Request, Response, View,
    socket::{SocketError, ask_once},
};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{AlreadyRunning, Resident, stop_on_signal};
use crate::paths::{Paths, Profile};

/// For another instance: to end it takes as long as [`super::LONGEST_STOP`].
const OTHER_PATIENCE: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// `None` when another instance has shown its window instead. One that is about to listen, or to
/// end, is waited for.
pub(super) async fn start_or_show(profile: Profile) -> anyhow::Result<Option<Resident>> {
    tokio::select! {
        biased;
        started = keep_starting(profile) => started,
        () = stop_on_signal(CancellationToken::new()) => Ok(None),
    }
}

async fn keep_starting(profile: Profile) -> anyhow::Result<Option<Resident>> {
    let asked_until = Instant::now() + OTHER_PATIENCE;
    loop {
        match Resident::start(profile).await {
            Err(error) if error.is::<AlreadyRunning>() => {}
            started => return started.map(Some),
        }
        let asked = timeout_at(asked_until, show_other(profile)).await;
        match asked.context("the running program does not answer")? {
            Ok(()) => return Ok(None),
            Err(SocketError::NotRunning(_) | SocketError::Closed)
                if Instant::now() < asked_until =>
            {
                info!("another instance starts or ends");
                sleep(BETWEEN_LOOKS).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn show_other(profile: Profile) -> Result<(), SocketError> {
    let paths = Paths::of(profile).ok_or_else(|| io::Error::other("no home"))?;
    let view = View::History { event: None };
    let response = ask_once(&paths.socket(), Request::ShowWindow { view, token: token() }).await?;
    if let Response::Failed { problem } = response {
        let what = format!("the window could not be opened ({})", problem.code.name());
        return Err(io::Error::other(what).into());
    }
    Ok(())
}

/// What the desktop gave to this start, so that a window may come to the front.
fn token() -> Option<String> {
    let given = |name| std::env::var(name).ok().filter(|token| !token.is_empty());
    given("XDG_ACTIVATION_TOKEN").or_else(|| given("DESKTOP_STARTUP_ID"))
}
