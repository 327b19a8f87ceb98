//! `listen`: the engine in the terminal.

use clap::Args;
use model::{ConnectionState, HistoryEvent, ProblemCode, Status};
use monitor::{EngineUpdate, Prompt};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{Context, Exit, complain, history, say, say_json, status};
use crate::{
    demo,
    displays::Place,
    log::Terminal,
    resident::{AlreadyRunning, Resident},
};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Print events and status changes as one JSON object per line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Line<'a> {
    Event(history::Worded<'a>),
    Status(&'a Status),
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    context.start_log(Terminal::Quiet);
    let resident = match Resident::start(context.profile, Prompt::Allowed, Place::Terminal).await {
        Ok(resident) => resident,
        Err(error) if error.is::<AlreadyRunning>() => {
            return Ok(context.report(&model::Problem::of(ProblemCode::AlreadyRunning)));
        }
        Err(error) => return Err(error),
    };
    let ended = print_events(context, &options, &resident).await;
    resident.app.stop.cancel();
    resident.finish().await;
    complain(&context.words.text("cli-stopped"));
    ended
}

/// Prints until the program stops or there is nothing to wait for.
async fn print_events(
    context: &Context,
    options: &Options,
    resident: &Resident,
) -> anyhow::Result<Exit> {
    let mut events = resident.app.monitor.events_since_start();
    let mut now = resident.status();
    // The first iteration prints the current status.
    now.mark_changed();
    if let Some(demo) = resident.app.status().demo {
        complain(&context.words.text("cli-demo"));
        let form = demo::form(resident.app.sign_in_defaults(), demo);
        if let Err(problem) = resident.app.sign_in(form).await {
            return Ok(context.report(&problem));
        }
    }
    let mut shown = None;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(EngineUpdate::Added(added) | EngineUpdate::Unstored(added)) => {
                    let event = HistoryEvent::from(added.stored);
                    if options.json {
                        say_json(&Line::Event(history::worded(&event, &context.words)))?;
                    } else {
                        say(&history::line(&event.event, &context.words))?;
                    }
                }
                Ok(
                    EngineUpdate::HistoryChanged
                    | EngineUpdate::Expired(_)
                    | EngineUpdate::Reminder(_)
                    | EngineUpdate::Settled(_)
                    | EngineUpdate::HoldEnded
                    | EngineUpdate::RulesChanged,
                )
                | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(Exit::Done),
            },
            Ok(()) = now.changed() => {
                now.mark_unchanged();
                // Read from the engine: the published status may lag behind.
                let status = resident.app.status();
                if shown.as_ref() == Some(&status.connection) && !options.json {
                    continue;
                }
                shown = Some(status.connection.clone());
                if let Some(exit) = show(context, options, &status)? {
                    return Ok(exit);
                }
            }
            () = resident.app.stop.cancelled() => return Ok(Exit::Done),
        }
    }
}

/// Returns the exit code when there is nothing to wait for.
fn show(context: &Context, options: &Options, now: &Status) -> anyhow::Result<Option<Exit>> {
    if options.json {
        say_json(&Line::Status(now))?;
    }
    match &now.connection {
        ConnectionState::SignedOut => {
            complain(&context.words.text("cli-not-signed-in"));
            return Ok(Some(Exit::SignInNeeded));
        }
        ConnectionState::KeyringUnavailable => {
            complain(&status::line(now, &context.words));
            complain(&status::signed_in(None, now.keyring, &context.words));
            return Ok(Some(Exit::SignInNeeded));
        }
        ConnectionState::SignInNeeded { problem } => {
            context.report(problem);
            return Ok(Some(Exit::SignInNeeded));
        }
        ConnectionState::Listening { .. } if !options.json => {
            complain(&context.words.text("cli-listening"));
            context.warn_of_keyring(now.keyring);
        }
        ConnectionState::KeyringLocked
        | ConnectionState::Connecting
        | ConnectionState::Offline { .. }
        | ConnectionState::Limited { .. }
            if !options.json =>
        {
            complain(&status::line(now, &context.words));
        }
        ConnectionState::KeyringLocked
        | ConnectionState::Connecting
        | ConnectionState::Listening { .. }
        | ConnectionState::Offline { .. }
        | ConnectionState::Limited { .. } => {}
    }
    Ok(None)
}
