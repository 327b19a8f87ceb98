//! `forward`: lists, adds, tests and removes forwarding targets.

use clap::{Args, Subcommand};
use contract::{Request, Response, Secret};
use jiff::{Timestamp, tz::TimeZone};
use model::{
    Category, Destination, DeviceId, ForwardFailure, ForwardTarget, Forwarding, Problem,
    ProblemCode, Severity, Signing, TargetState,
};
use words::Value;

use super::{Context, Exit, complain, say, say_json, sign_in::ask_secret};
use crate::settings::targets::TOPIC;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the targets and how they do
    List {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Add a target
    #[command(subcommand)]
    Add(Box<Kind>),
    /// Send a test message to a target and print what it answers
    Test { name: String },
    /// Remove a target, its secret, and the events that wait for it
    Remove { name: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Kind {
    /// Publish to an MQTT broker, for Home Assistant for example
    Mqtt {
        #[command(flatten)]
        name: Name,

        /// Address of the broker: `mqtt://` or `mqtts://`
        url: String,

        /// User name at the broker; its password is asked for
        #[arg(long)]
        user: Option<String>,

        /// Prefix of all topics
        #[arg(long, default_value = TOPIC)]
        topic: String,

        /// Do not publish discovery messages for Home Assistant
        #[arg(long)]
        no_home_assistant: bool,

        /// Permit no encryption beyond the local network
        #[arg(long)]
        plain: bool,

        #[command(flatten)]
        choice: Choice,
    },
    /// Publish to an ntfy topic, for a phone
    Ntfy {
        #[command(flatten)]
        name: Name,

        /// Address of the topic, for example `https://ntfy.sh/a-name-nobody-guesses`
        url: String,

        /// Send an access token, which is asked for
        #[arg(long)]
        token: bool,

        /// Permit no encryption beyond the local network
        #[arg(long)]
        plain: bool,

        #[command(flatten)]
        choice: Choice,
    },
    /// Post JSON to a web address
    Webhook {
        #[command(flatten)]
        name: Name,

        url: String,

        /// Use of the secret, which is asked for: none, bearer (token) or hmac (key of a signature)
        #[arg(long, default_value = "none", value_parser = ["none", "bearer", "hmac"])]
        signing: String,

        /// Permit no encryption beyond the local network
        #[arg(long)]
        plain: bool,

        #[command(flatten)]
        choice: Choice,
    },
    /// Run a command with the event as JSON on its standard input
    Command {
        #[command(flatten)]
        name: Name,

        #[command(flatten)]
        choice: Choice,

        /// Program, and its arguments after `--`
        #[arg(required = true, trailing_var_arg = true)]
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Name {
    /// Name of the target
    name: String,
}

/// Which events are forwarded, and when.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Category to forward; can be repeated [default: all]
    #[arg(long = "category")]
    categories: Vec<Category>,

    /// Severity to forward; can be repeated [default: all]
    #[arg(long = "severity")]
    severities: Vec<Severity>,

    /// LG's id of an appliance whose events are forwarded; can be repeated [default: all]
    #[arg(long = "device")]
    devices: Vec<String>,

    /// Let events of quiet hours wait for their end
    #[arg(long)]
    quiet_hours: bool,

    /// Hours after which an event that cannot be delivered is given up
    #[arg(long, default_value_t = ForwardTarget::DEFAULT_KEEP_HOURS, value_parser = clap::value_parser!(u16).range(1..=168))]
    keep_hours: u16,

    /// Read the secret from standard input
    #[arg(long)]
    secret_stdin: bool,
}

impl Kind {
    fn target(self) -> (ForwardTarget, bool) {
        let (name, destination, choice) = match self {
            Self::Mqtt { name, url, user, topic, no_home_assistant, plain, choice } => (
                name,
                Destination::Mqtt {
                    url,
                    user: user.unwrap_or_default(),
                    topic,
                    is_home_assistant: !no_home_assistant,
                    allows_plain: plain,
                },
                choice,
            ),
            Self::Ntfy { name, url, token, plain, choice } => {
                (name, Destination::Ntfy { url, has_token: token, allows_plain: plain }, choice)
            }
            Self::Webhook { name, url, signing, plain, choice } => {
                let signing = signing.parse().unwrap_or(Signing::None);
                (name, Destination::Webhook { url, signing, allows_plain: plain }, choice)
            }
            Self::Command { name, mut command, choice } => {
                let arguments = command.split_off(1);
                let program = command.pop().unwrap_or_default();
                (name, Destination::Command { program, arguments }, choice)
            }
        };
        let target = ForwardTarget {
            name: name.name,
            is_on: true,
            destination,
            categories: some(choice.categories),
            severities: some(choice.severities),
            devices: some(choice.devices.into_iter().map(DeviceId::new).collect()),
            waits_in_quiet_hours: choice.quiet_hours,
            keep_hours: choice.keep_hours,
        };
        (target, choice.secret_stdin)
    }
}

/// An option that was not given chooses everything.
fn some<T>(chosen: Vec<T>) -> Option<Vec<T>> {
    (!chosen.is_empty()).then_some(chosen)
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { json } => list(context, json).await,
        Command::Add(kind) => add(context, *kind).await,
        Command::Test { name } => test(context, &name).await,
        Command::Remove { name } => {
            let response = context.ask_anyway(Request::ForwardRemove { name }).await?;
            let Response::Forwarding { .. } = response else {
                return context.report_failed(response);
            };
            say(&context.words.text("cli-forward-removed"))?;
            Ok(Exit::Done)
        }
    }
}

async fn list(context: &Context, json: bool) -> anyhow::Result<Exit> {
    let response = context.ask_anyway(Request::Forwarding).await?;
    let Response::Forwarding { forwarding } = response else {
        return context.report_failed(response);
    };
    if json {
        say_json(&forwarding)?;
    } else if forwarding.targets.is_empty() {
        say(&context.words.text("cli-forward-none"))?;
    } else {
        for state in &forwarding.targets {
            say(&line(context, state))?;
        }
    }
    Ok(Exit::Done)
}

/// Name, destination, and how it does.
fn line(context: &Context, state: &TargetState) -> String {
    let words = &context.words;
    let TargetState { target, waiting, delivered_at_ms, given_up, failure, .. } = state;
    let (kind, address) = match &target.destination {
        Destination::Mqtt { url, .. } => ("mqtt", url.as_str()),
        Destination::Ntfy { url, .. } => ("ntfy", url.as_str()),
        Destination::Webhook { url, .. } => ("webhook", url.as_str()),
        Destination::Command { program, .. } => ("command", program.as_str()),
    };
    let mut parts = vec![format!("{} ({kind} {address})", target.name)];
    if !target.is_on {
        parts.push(words.text("cli-forward-off"));
    }
    parts.push(match delivered_at_ms {
        Some(at_ms) => {
            let at = Timestamp::from_millisecond(*at_ms).unwrap_or_default();
            let at = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
            words.text_with("cli-forward-delivered", &[("time", Value::Text(&at))])
        }
        None => words.text("cli-forward-untried"),
    });
    for (id, count) in [("cli-forward-waiting", *waiting), ("cli-forward-given-up", *given_up)] {
        if count > 0 {
            parts.push(words.text_with(id, &[("count", Value::from(count))]));
        }
    }
    if let Some(failure) = failure {
        parts.push(failed(context, failure));
    }
    parts.join(" · ")
}

fn failed(context: &Context, failure: &ForwardFailure) -> String {
    let text = context.words.problem(&failure.problem);
    if failure.detail.is_empty() { text } else { format!("{text} ({})", failure.detail) }
}

async fn add(context: &Context, kind: Kind) -> anyhow::Result<Exit> {
    let (target, from_stdin) = kind.target();
    let secret = if target.has_secret() {
        Some(ask_secret(context, "cli-forward-secret", from_stdin).await?)
    } else {
        None
    };
    let is_secret_missing = target.has_secret() && secret.as_ref().is_none_or(Secret::is_empty);
    if is_secret_missing {
        return Ok(context.report(&Problem::of(ProblemCode::TargetSecretMissing)));
    }
    let name = target.name.clone();
    let request = Request::ForwardSave { target, secret, is_new: true };
    let response = context.ask_anyway(request).await?;
    let Response::Forwarding { .. } = response else { return context.report_failed(response) };
    say(&context.words.text_with("cli-forward-added", &[("name", Value::Text(&name))]))?;
    Ok(Exit::Done)
}

async fn test(context: &Context, name: &str) -> anyhow::Result<Exit> {
    let response = context.ask_anyway(Request::Forwarding).await?;
    let Response::Forwarding { forwarding } = response else {
        return context.report_failed(response);
    };
    let Some(target) = named(forwarding, name) else {
        return Ok(context.report(&Problem::of(ProblemCode::TargetName)));
    };
    let response = context.ask_anyway(Request::ForwardTest { target, secret: None }).await?;
    let Response::ForwardTest { said, failure } = response else {
        return context.report_failed(response);
    };
    let Some(failure) = failure else {
        say(&context.words.text_with("cli-forward-tested", &[("answer", Value::Text(&said))]))?;
        return Ok(Exit::Done);
    };
    let exit = context.report(&failure.problem);
    if !failure.detail.is_empty() {
        complain(&failure.detail);
    }
    Ok(exit)
}

fn named(forwarding: Forwarding, name: &str) -> Option<ForwardTarget> {
    let mut targets = forwarding.targets.into_iter().map(|state| state.target);
    targets.find(|target| target.name == name)
}
