//! `status`: the status of the running program, or the facts known without it.

use contract::{Request, Response};
use jiff::tz::TimeZone;
use model::{ConnectionState, KeyringState, Provider, Status};
use monitor::{EventId, Prompt, Store};
use serde::Serialize;
use words::{Value, Words};

use super::{Context, Exit, say, say_json};
use crate::{
    clock::{moment, now_ms},
    keyring,
    tray::menu,
};

/// Output of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "running")]
enum Report {
    #[serde(rename = "yes")]
    Running(Box<Status>),
    #[serde(rename = "no", rename_all = "camelCase")]
    NotRunning {
        /// `None` if the keyring cannot be read.
        is_signed_in: Option<bool>,
        keyring: KeyringState,
        unread: u32,
        last_event_at_ms: Option<i64>,
    },
}

pub(super) async fn run(context: &Context, json: bool) -> anyhow::Result<Exit> {
    let (answer, exit) = context.ask_or_report(Request::Status).await;
    let report = if let Some(Response::Status { status }) = answer {
        Report::Running(Box::new(status))
    } else if let Some(response) = answer {
        return context.report_failed(response);
    } else {
        without_it(context).await?
    };
    if json {
        say_json(&report)?;
    } else {
        say(&text(&report, exit, &context.words))?;
    }
    Ok(exit)
}

async fn without_it(context: &Context) -> anyhow::Result<Report> {
    let loaded = keyring::of(context.profile).load(Prompt::Never).await;
    let (is_signed_in, keyring) = match loaded {
        Ok(sign_in) => (Some(sign_in.is_some()), KeyringState::Available),
        Err(error) => (None, error.state()),
    };
    let path = context.paths.history();
    let (unread, last_event_at_ms) = if path.exists() {
        let store = Store::open(&path)?;
        let last = store.page(EventId::END, 1, None)?;
        (store.unread_count()?, last.first().map(|stored| stored.event.received_at_ms))
    } else {
        (0, None)
    };
    Ok(Report::NotRunning { is_signed_in, keyring, unread, last_event_at_ms })
}

/// The status in one line.
pub(super) fn line(status: &Status, words: &Words) -> String {
    menu::status_text(status, words, now_ms(), &TimeZone::system())
}

/// Whether there is a sign-in; without an answer, the reason is the state of the keyring.
pub(super) fn signed_in(is_in: Option<bool>, keyring: KeyringState, words: &Words) -> String {
    let answer = match is_in {
        Some(true) => "yes",
        Some(false) => "no",
        None => keyring.into_str(),
    };
    words.text_with("cli-status-account", &[("signedIn", Value::Text(answer))])
}

/// How the program reaches LG, and as whom.
fn way_in(status: &Status, words: &Words) -> Option<String> {
    let (id, detail) = match status.provider? {
        Provider::Connect => ("cli-status-connect", status.country.as_deref()),
        Provider::Hub => ("cli-status-hub", status.account.as_deref()),
    };
    Some(words.text_with(id, &[("detail", Value::Text(detail.unwrap_or_default()))]))
}

fn text(report: &Report, exit: Exit, words: &Words) -> String {
    let unread =
        |count: u32| words.text_with("cli-status-unread", &[("count", Value::from(count))]);
    match report {
        Report::Running(status) => {
            let is_unknown = matches!(
                status.connection,
                ConnectionState::KeyringLocked | ConnectionState::KeyringUnavailable
            );
            let is_in = (!is_unknown).then_some(status.provider.is_some());
            let mut lines = vec![line(status, words), signed_in(is_in, status.keyring, words)];
            lines.extend(way_in(status, words));
            lines.extend(menu::offline_detail(
                &status.connection,
                words,
                now_ms(),
                &TimeZone::system(),
            ));
            let problem = match &status.connection {
                ConnectionState::Offline { problem, .. }
                | ConnectionState::SignInNeeded { problem } => Some(problem),
                ConnectionState::SignedOut
                | ConnectionState::KeyringLocked
                | ConnectionState::KeyringUnavailable
                | ConnectionState::Connecting
                | ConnectionState::Listening { .. }
                | ConnectionState::Limited { .. } => None,
            };
            let others = [
                status.home_problem.as_ref(),
                status.history_problem.as_ref(),
                status.notification_problem.as_ref(),
            ];
            for problem in others.into_iter().chain([problem]).flatten() {
                // When offline, the problem is part of the line before.
                let is_told = matches!(&status.connection,
                    ConnectionState::Offline { problem: told, .. } if told == problem);
                lines.extend((!is_told).then(|| words.problem(problem)));
                lines.extend(words.remedy(problem));
            }
            lines.extend(menu::newer_release(status, words));
            lines.push(unread(status.unread));
            let (count, budget) =
                (Value::from(status.calls_today), Value::from(status.call_budget));
            lines
                .push(words.text_with("cli-status-calls", &[("count", count), ("budget", budget)]));
            lines.join("\n")
        }
        Report::NotRunning { is_signed_in, keyring, unread: count, last_event_at_ms } => {
            let account = signed_in(*is_signed_in, *keyring, words);
            // Otherwise the failure was reported.
            let not_running = (exit == Exit::Done).then(|| words.text("cli-not-running"));
            let mut lines: Vec<_> =
                not_running.into_iter().chain([account, unread(*count)]).collect();
            if let Some(at_ms) = last_event_at_ms {
                let time = moment(*at_ms, now_ms(), &TimeZone::system(), words);
                let args = [("time", Value::Text(&time))];
                lines.push(words.text_with("cli-status-last-event", &args));
            }
            lines.join("\n")
        }
    }
}
