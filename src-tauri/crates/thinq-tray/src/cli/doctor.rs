//! `doctor`: the self-check and the problem report, with the running program or without it.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
};

use clap::Args;
use contract::{Checkup, Light, Request, Response};
use words::Value;

use super::{Context, Exit, say, say_json};
use crate::{
    checkup::{is_red, judge, look_from_outside, words_id},
    files::is_stream,
    report,
    settings::{Settings, environment},
};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Print a JSON object
    #[arg(long)]
    json: bool,

    /// Write a problem report without secrets and names to FILE, or print it with `-`
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    report: Option<PathBuf>,
}

/// Exits with 1 when a check is red.
pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    if let Some(path) = options.report {
        return write_report(context, path).await;
    }
    let checkup = match context.ask(Request::Checkup).await? {
        Some(Response::Checkup { checkup }) => checkup,
        Some(response) => return context.report_failed(response),
        None => judge(&look_from_outside(context.profile, &settings(context)).await),
    };
    if options.json {
        say_json(&checkup)?;
    } else {
        say(&text(context, &checkup))?;
    }
    Ok(if is_red(&checkup) { Exit::Failed } else { Exit::Done })
}

async fn write_report(context: &Context, path: PathBuf) -> anyhow::Result<Exit> {
    let text = match context.ask(Request::ProblemReport).await? {
        Some(Response::ProblemReport { text }) => text,
        Some(response) => return context.report_failed(response),
        None => report::without_it(context.profile, &settings(context)).await,
    };
    if path.as_os_str() == "-" {
        say(&text)?;
    } else {
        // Existing files are not overwritten.
        let mut options = File::options();
        let mut file = options.write(true).create_new(!is_stream(&path)).open(&path)?;
        if let Err(error) = file.write_all(text.as_bytes()) {
            if !is_stream(&path) {
                fs::remove_file(&path)?;
            }
            return Err(error.into());
        }
        say(&context.words.text("check-report-saved"))?;
    }
    Ok(Exit::Done)
}

fn settings(context: &Context) -> Settings {
    Settings::load(context.paths.settings(), &environment)
}

fn text(context: &Context, checkup: &Checkup) -> String {
    let words = &context.words;
    let mut lines = Vec::new();
    for check in &checkup.checks {
        let mark = match check.light {
            Light::Green => "✓",
            Light::Amber => "!",
            Light::Red => "✗",
        };
        let detail = check.detail.as_deref().unwrap_or_default();
        let id = words_id(check.subject, &check.finding);
        let subject = words.text(&format!("check-{}", check.subject.into_str()));
        let found = words.text_with(&id, &[("detail", Value::Text(detail))]);
        lines.push(format!("{mark} {subject}: {found}"));
        if let Some(problem) = &check.problem {
            lines.push(format!("  {}", words.problem(problem)));
            lines.extend(words.remedy(problem).map(|remedy| format!("  {remedy}")));
        }
    }
    lines.join("\n")
}
