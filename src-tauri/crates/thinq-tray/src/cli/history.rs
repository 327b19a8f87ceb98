//! `history`: events of the history, from the running program or from the file.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    pin::pin,
};

use clap::{Args, Subcommand};
use contract::{
    Request, Response, Update,
    socket::{Client, Incoming, SocketError, until_unresponsive},
};
use jiff::{civil::Date, tz::TimeZone};
use model::{
    Category, DeviceId, ExportFormat, HistoryEvent, HistoryFilter, JobKind, JobState, KnownDevice,
    NewEvent, Severity,
};
use monitor::{EventId, PageFrom, Store, decision, is_blank_search};
use serde::Serialize;
use tempfile::NamedTempFile;
use words::{Value, Words};

use super::{Context, Exit, complain, say, say_json};
use crate::{
    clock::{now_ms, plain_moment},
    files::is_stream,
    jobs::{self, Outcome, Work},
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    choice: Choice,

    /// Print one JSON object per line
    #[arg(long)]
    json: bool,

    /// Maximum number of events to print, or `all`
    #[arg(long, value_name = "NUMBER", default_value = "50", value_parser = limit)]
    limit: u64,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Export events to a file: a table (.csv), or all data for a later import (.json)
    Export {
        file: PathBuf,

        #[command(flatten)]
        choice: Choice,
    },
    /// Import the events of an exported .json file
    Import { file: PathBuf },
    /// Delete events permanently: all of them, or those that match the filters
    Delete {
        #[command(flatten)]
        choice: Choice,

        /// Confirm the deletion
        #[arg(long, required = true)]
        yes: bool,
    },
}

/// Filters for events.
#[derive(Debug, Args)]
struct Choice {
    /// Filter by text in the name, title, code or raw message
    #[arg(value_parser = search_text)]
    text: Option<String>,

    /// Filter by name or id of the appliance; repeatable
    #[arg(long, value_name = "NAME", value_parser = search_text)]
    device: Vec<String>,

    /// Filter by kind; repeatable
    #[arg(long, value_enum)]
    kind: Vec<Category>,

    /// Filter by severity; repeatable
    #[arg(long, value_enum)]
    severity: Vec<Severity>,

    /// Only unread events
    #[arg(long)]
    unread: bool,

    /// First day to include, for example 2026-11-22
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,

    /// Last day to include
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
}

/// Events that are read at once.
const PAGE: u32 = 500;

fn limit(text: &str) -> Result<u64, &'static str> {
    if text == "all" {
        return Ok(u64::MAX);
    }
    text.parse().ok().filter(|number| *number > 0).ok_or("neither `all` nor a number from 1 on")
}

/// Refuses a text that would match everything, such as an empty variable of a script.
fn search_text(text: &str) -> Result<String, &'static str> {
    if is_blank_search(text) {
        return Err("an empty text matches nothing; leave it out to match everything");
    }
    Ok(text.to_owned())
}

impl Choice {
    fn filter(&self, device_ids: Vec<DeviceId>, time_zone: &TimeZone) -> HistoryFilter {
        // Days beyond the calendar are before or after all events.
        let start_of = |date: Date| {
            let beyond = if date.year() < 0 { i64::MIN } else { i64::MAX };
            date.to_zoned(time_zone.clone()).map_or(beyond, |day| day.timestamp().as_millisecond())
        };
        HistoryFilter {
            text: self.text.clone().unwrap_or_default(),
            device_ids,
            categories: self.kind.clone(),
            severities: self.severity.clone(),
            is_unread: self.unread,
            from_ms: self.from.map(start_of),
            until_ms: self.until.map(|day| day.tomorrow().map_or(i64::MAX, start_of)),
        }
    }
}

/// An event with its texts, as printed by `--json`.
#[derive(Serialize)]
pub(super) struct Worded<'a> {
    #[serde(flatten)]
    event: &'a HistoryEvent,
    title: String,
    device: String,
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    match options.task {
        None => list(context, options).await,
        Some(Task::Export { file, choice }) => {
            let Some(filter) = filter_of(context, &choice).await? else { return Ok(Exit::Failed) };
            let is_json = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
            let format = if is_json { ExportFormat::Json } else { ExportFormat::Csv };
            let path = absolute(&file)?;
            work(context, Work::Export { filter, format, path }).await
        }
        Some(Task::Import { file }) => {
            // A pipe is read by this process: its `/dev/stdin` is not that of the running program.
            let copy = is_stream(&file).then(|| copy(&file)).transpose()?;
            let file = copy.as_ref().map_or(file.as_path(), NamedTempFile::path);
            work(context, Work::Import { path: absolute(file)? }).await
        }
        Some(Task::Delete { choice, yes: _ }) => {
            let Some(filter) = filter_of(context, &choice).await? else { return Ok(Exit::Failed) };
            work(context, Work::Delete { filter }).await
        }
    }
}

/// A private copy, which is removed when it is dropped.
fn copy(file: &Path) -> anyhow::Result<NamedTempFile> {
    let mut copy = NamedTempFile::new()?;
    io::copy(&mut File::open(file)?, &mut copy)?;
    Ok(copy)
}

/// Makes a path absolute: the running program has another working directory.
fn absolute(file: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(file)?;
    path.into_os_string().into_string().map_err(|_| anyhow::anyhow!("file name is not valid UTF-8"))
}

/// Returns `None` after an error message when there is no such device.
async fn filter_of(context: &Context, choice: &Choice) -> anyhow::Result<Option<HistoryFilter>> {
    let mut ids = Vec::new();
    if !choice.device.is_empty() {
        let known = devices(context).await?;
        for wanted in &choice.device {
            let before = ids.len();
            let is_meant = |device: &&KnownDevice| {
                device.id.as_str() == wanted || device.name.to_lowercase() == wanted.to_lowercase()
            };
            ids.extend(known.iter().filter(is_meant).map(|device| device.id.clone()));
            if ids.len() == before {
                let text = [("text", Value::Text(wanted.as_str()))];
                complain(&context.words.text_with("cli-history-no-device", &text));
                return Ok(None);
            }
        }
    }
    Ok(Some(choice.filter(ids, &TimeZone::system())))
}

async fn devices(context: &Context) -> anyhow::Result<Vec<KnownDevice>> {
    let filter = HistoryFilter::default();
    let path = context.paths.history();
    // A program that does not answer is reported with the events.
    let counts = if let Ok(Some(Response::HistoryCounts { counts })) =
        context.ask(Request::HistoryCounts { filter: filter.clone() }).await
    {
        counts
    } else if path.exists() {
        Store::open(&path)?.counts(&filter)?
    } else {
        return Ok(Vec::new());
    };
    Ok(counts.devices.into_iter().map(|one| one.device).collect())
}

/// Prints page by page, so that memory does not grow with the history.
async fn list(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let Some(filter) = filter_of(context, &options.choice).await? else {
        return Ok(Exit::Failed);
    };
    let (mut exit, mut file) = (Exit::Done, None);
    let (mut before, mut left) = (None, options.limit);
    loop {
        let size = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let events = if let Some(store) = &file {
            from_file(store, before, size, &filter)?
        } else {
            let filter = filter.clone();
            let request = Request::HistoryPage { before, after: None, filter, limit: size };
            match context.ask_or_report(request).await {
                (Some(Response::HistoryPage { page }), _) => page.events,
                (Some(response), _) => return context.report_failed(response),
                (None, failed) => {
                    exit = failed;
                    let path = context.paths.history();
                    if !path.exists() {
                        break;
                    }
                    file = Some(Store::open(&path)?);
                    continue;
                }
            }
        };
        for event in &events {
            if options.json {
                say_json(&worded(event, &context.words))?;
            } else {
                say(&line(&event.event, &context.words))?;
            }
        }
        left = left.saturating_sub(events.len() as u64);
        match events.last() {
            Some(last) => before = Some(last.id),
            None => break,
        }
        if left == 0 || events.len() < size as usize {
            break;
        }
    }
    if before.is_none() {
        complain(&match &options.choice.text {
            Some(text) => {
                context.words.text_with("cli-history-nothing-found", &[("text", Value::Text(text))])
            }
            None => context.words.text("cli-history-empty"),
        });
    }
    Ok(exit)
}

fn from_file(
    store: &Store,
    before: Option<i64>,
    limit: u32,
    filter: &HistoryFilter,
) -> anyhow::Result<Vec<HistoryEvent>> {
    let from = PageFrom::Before(before.map_or(EventId::END, EventId));
    let found = store.search(from, limit, filter)?;
    Ok(found.into_iter().map(HistoryEvent::from).collect())
}

/// Runs a job in the running program, or in this process if there is none. This process writes to
/// pipes and devices: its `/dev/stdout` is not that of the running program, and it may wait for
/// them.
async fn work(context: &Context, work: Work) -> anyhow::Result<Exit> {
    let (kind, request) = work.clone().into_request();
    let socket = context.paths.socket();
    let is_to_stream = work.path().is_some_and(is_stream);
    let ended = if is_to_stream {
        work_here(context, &work)?
    } else {
        match Client::connect(&socket).await {
            Ok((client, incoming)) => tokio::select! {
                ended = ended_there(&client, incoming, request) => ended?,
                () = until_unresponsive(&socket) => {
                    return Err(SocketError::Unresponsive.into());
                }
            },
            Err(SocketError::NotRunning(_)) => work_here(context, &work)?,
            Err(error) => return Err(error.into()),
        }
    };
    match ended {
        JobState::Done { events, skipped, .. } => {
            let id = match kind {
                JobKind::Export => "cli-history-exported",
                JobKind::Import => "cli-history-imported",
                JobKind::Delete => "cli-history-deleted",
            };
            let counts = [
                ("count", Value::Number(f64::from(events))),
                ("skipped", Value::Number(f64::from(skipped))),
            ];
            let done = context.words.text_with(id, &counts);
            // An export to standard output stays alone there.
            if is_to_stream {
                complain(&done);
            } else {
                say(&done)?;
            }
            Ok(Exit::Done)
        }
        JobState::Failed { problem } => Ok(context.report(&problem)),
        JobState::Running | JobState::Cancelled => Ok(Exit::Failed),
    }
}

fn work_here(context: &Context, work: &Work) -> anyhow::Result<JobState> {
    let store = Store::open(&context.paths.history())?;
    Ok(match work.run(&store, &context.words, &TimeZone::system(), &mut |_| true) {
        Ok(Outcome { path, events, skipped }) => JobState::Done { path, events, skipped },
        Err(error) => JobState::Failed { problem: jobs::problem(work.kind(), &error) },
    })
}

/// Waits for the end of the requested job.
async fn ended_there(
    client: &Client,
    mut incoming: Incoming,
    request: Request,
) -> anyhow::Result<JobState> {
    let mut told = std::collections::VecDeque::new();
    for request in [Request::Follow, request] {
        let mut asked = pin!(client.ask(request));
        let response = loop {
            tokio::select! {
                response = &mut asked => break response?,
                heard = incoming.next() => {
                    told.push_back(heard?.ok_or(SocketError::Closed)?);
                }
            }
        };
        if let Response::Failed { problem } = response {
            return Ok(JobState::Failed { problem });
        }
        // Updates before the request belong to other jobs.
        if matches!(response, Response::Status { .. }) {
            told.clear();
        }
    }
    loop {
        let heard = match told.pop_front() {
            Some(heard) => heard,
            None => incoming.next().await?.ok_or(SocketError::Closed)?,
        };
        if let Update::JobChanged { job } = heard
            && !matches!(job.state, JobState::Running)
        {
            return Ok(job.state);
        }
    }
}

pub(super) fn worded<'a>(event: &'a HistoryEvent, words: &Words) -> Worded<'a> {
    let (title, device) = words_of(&event.event, words);
    Worded { event, title, device }
}

pub(super) fn line(event: &NewEvent, words: &Words) -> String {
    let (title, device) = words_of(event, words);
    let mark = if event.is_found_after_gap {
        format!(" ({})", words.text("event-found-after-gap"))
    } else {
        String::new()
    };
    let title = title + &mark;
    let time = plain_moment(event.received_at_ms, now_ms(), &TimeZone::system());
    if device.is_empty() || event.kind != model::EventSource::Push {
        return format!("{time}  {title}");
    }
    words.text_with(
        "tray-event",
        &[
            ("time", Value::Text(&time)),
            ("device", Value::Text(&device)),
            ("title", Value::Text(&title)),
        ],
    )
}

fn words_of(event: &NewEvent, words: &Words) -> (String, String) {
    let title = decision::title_with_times(event, words, |ms| {
        plain_moment(ms, now_ms(), &TimeZone::system())
    });
    (title, decision::device_of(event, words))
}
