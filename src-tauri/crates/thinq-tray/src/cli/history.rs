//! `history`: events of the history, from the running program or from the file.

use clap::Args;
use contract::{HistoryEvent, HistoryFilter, Request, Response};
use jiff::tz::TimeZone;
use monitor::{EventId, Store, notification};
use serde::Serialize;
use words::{Value, Words};

use super::{Context, Exit, complain, say, say_json};
use crate::{
    clock::{moment, now_ms},
    convert,
};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Only events whose name, words or code contain this
    text: Option<String>,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,

    /// Print at most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
}

/// An event with its words, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Worded<'a> {
    #[serde(flatten)]
    event: &'a HistoryEvent,
    title: String,
    device: String,
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let text = options.text.clone().unwrap_or_default();
    let filter = HistoryFilter { text, ..HistoryFilter::default() };
    let request = Request::HistoryPage { before: None, after: None, filter, limit: options.limit };
    let answer = context.ask(request).await?;
    let events = if let Some(Response::HistoryPage { page }) = answer {
        page.events
    } else if let Some(response) = answer {
        return context.report_failed(response);
    } else {
        from_file(context, &options)?
    };
    if events.is_empty() {
        complain(&match &options.text {
            Some(text) => {
                context.words.text_with("cli-history-nothing-found", &[("text", Value::Text(text))])
            }
            None => context.words.text("cli-history-empty"),
        });
    }
    for event in &events {
        if options.json {
            say_json(&worded(event, &context.words))?;
        } else {
            say(&line(event, &context.words));
        }
    }
    Ok(Exit::Done)
}

fn from_file(context: &Context, options: &Options) -> anyhow::Result<Vec<HistoryEvent>> {
    let path = context.paths.history();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let found = Store::open(&path)?.page(EventId::END, options.limit, options.text.as_deref())?;
    Ok(found.iter().map(convert::history_event).collect())
}

pub(super) fn worded<'a>(event: &'a HistoryEvent, words: &Words) -> Worded<'a> {
    let (title, device) = words_of(event, words);
    Worded { event, title, device }
}

pub(super) fn line(event: &HistoryEvent, words: &Words) -> String {
    let (title, device) = words_of(event, words);
    let mark = if event.is_found_after_gap {
        format!(" ({})", words.text("event-found-after-gap"))
    } else {
        String::new()
    };
    let title = title + &mark;
    let time = moment(event.received_at_ms, now_ms(), &TimeZone::system());
    if device.is_empty() || event.kind != contract::EventKind::Push {
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

fn words_of(event: &HistoryEvent, words: &Words) -> (String, String) {
    let told = convert::told(event);
    let title = notification::title_with_times(&told, words, |ms| {
        moment(ms, now_ms(), &TimeZone::system())
    });
    (title, notification::device_of(&told, words))
}
