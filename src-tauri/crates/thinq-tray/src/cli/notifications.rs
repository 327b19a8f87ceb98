//! `pause` and `notify-test`.

use clap::Args;
use contract::{Request, Response};
use model::{NotificationReport, PauseUntil};
use words::Value;

use super::{Context, Exit, say, say_json};

const LONGEST_PAUSE_MINUTES: u32 = 10_080;

#[derive(Debug, Args)]
pub(super) struct PauseOptions {
    /// Minutes, `morning` for the next seven o'clock, or `on` until resumed
    #[arg(default_value = "60", value_parser = parse_until)]
    until: PauseUntil,

    /// Duration in minutes
    #[arg(long, conflicts_with = "until", value_parser = clap::value_parser!(u32).range(1..=10_080))]
    minutes: Option<u32>,
}

impl PauseOptions {
    pub(super) fn until(&self) -> PauseUntil {
        self.minutes.map_or(self.until, |minutes| PauseUntil::Minutes { minutes })
    }
}

fn parse_until(text: &str) -> Result<PauseUntil, String> {
    match text {
        "morning" => Ok(PauseUntil::Morning),
        "on" => Ok(PauseUntil::SwitchedOn),
        minutes => minutes
            .parse()
            .ok()
            .filter(|minutes| (1..=LONGEST_PAUSE_MINUTES).contains(minutes))
            .map(|minutes| PauseUntil::Minutes { minutes })
            .ok_or_else(|| {
                format!("neither `morning` nor `on` nor minutes from 1 to {LONGEST_PAUSE_MINUTES}")
            }),
    }
}

pub(super) async fn test(context: &Context, json: bool) -> anyhow::Result<Exit> {
    let Some(response) = context.ask(Request::NotificationTest).await? else {
        return Ok(context.report(&model::Problem::of(model::ProblemCode::NotRunning)));
    };
    let Response::NotificationReport { report } = response else {
        return context.report_failed(response);
    };
    if json {
        say_json(&report)?;
    } else {
        print(context, &report)?;
    }
    Ok(if report.is_taken { Exit::Done } else { Exit::Failed })
}

fn print(context: &Context, report: &NotificationReport) -> anyhow::Result<()> {
    let words = &context.words;
    if let Some(server) = &report.server {
        say(&words.text_with(
            "cli-notify-test-server",
            &[("name", Value::Text(&server.name)), ("version", Value::Text(&server.version))],
        ))?;
        let capabilities = server.capabilities.join(", ");
        say(&words.text_with(
            "cli-notify-test-capabilities",
            &[("capabilities", Value::Text(&capabilities))],
        ))?;
    }
    if report.is_inhibited == Some(true) {
        say(&words.text("cli-notify-test-inhibited"))?;
    }
    if report.is_taken {
        say(&words.text("cli-notify-test-taken"))?;
    } else if let Some(problem) = &report.problem {
        context.report(problem);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_minutes_a_morning_or_without_an_end() {
        let minutes = |minutes| Ok(PauseUntil::Minutes { minutes });
        assert_eq!(parse_until("90"), minutes(90));
        assert_eq!(parse_until("morning"), Ok(PauseUntil::Morning));
        assert_eq!(parse_until("on"), Ok(PauseUntil::SwitchedOn));
        for nonsense in ["0", "10081", "-1", "tonight", ""] {
            assert!(parse_until(nonsense).is_err(), "{nonsense}");
        }
    }
}
