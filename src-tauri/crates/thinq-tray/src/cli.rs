//! The command line: the same engine and the same history, for terminals, scripts and tests.

mod doctor;
mod history;
mod listen;
#[cfg(test)]
mod manual;
mod notifications;
mod settings;
mod sign_in;
mod simulate;
mod status;

use std::{
    fmt,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use contract::{
    Problem, ProblemCode, Request, Response,
    socket::{SocketError, ask_once},
};
use words::Words;

use crate::{
    clock::hours_of_locale,
    log::{self, Terminal},
    paths::{Paths, Profile},
    resident,
    settings::{Settings, environment},
};

/// Notifications of LG ThinQ appliances on the desktop, with a history worth opening.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Use a simulated home on this computer; nothing reaches LG
    #[arg(long, global = true)]
    demo: bool,

    /// Start without a window, as the desktop does at login
    #[arg(long)]
    hidden: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen in the terminal and print what happens
    Listen(listen::Options),
    /// Sign in to LG; the password is asked for or read from standard input
    SignIn(sign_in::Options),
    /// Forget the sign-in
    SignOut,
    /// Show what the program is doing
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Look for what could keep notifications away, and say what helps
    Doctor(doctor::Options),
    /// Show the settings, or change one
    Settings(settings::Options),
    /// Print the history, newest first
    History(history::Options),
    /// Hold notifications back for a while
    Pause(notifications::PauseOptions),
    /// Show notifications again
    Resume,
    /// Show a test notification, and say what the desktop's notification server can do
    NotifyTest {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Connect at once instead of waiting
    Reconnect,
    /// End the running program
    Quit,
    /// Run the simulated service as a program of its own and print its addresses as JSON
    Simulate(simulate::Options),
}

/// What the program ends with. Wrong usage ends with 2, which is clap's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    SignInNeeded,
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::SignInNeeded => Self::from(3),
            Exit::Unreachable => Self::from(4),
        }
    }
}

impl Exit {
    fn of(code: ProblemCode) -> Self {
        match code {
            ProblemCode::WrongSignIn
            | ProblemCode::TokenRefused
            | ProblemCode::CallbackRefused
            | ProblemCode::NotSignedIn
            | ProblemCode::OtherHub => Self::SignInNeeded,
            ProblemCode::HubUnreachable
            | ProblemCode::HubTimedOut
            | ProblemCode::HubUnknown
            | ProblemCode::CallbackUnreachable
            | ProblemCode::CallbackEnded
            | ProblemCode::ProxyUnreachable
            | ProblemCode::ProxyRefused
            | ProblemCode::Tls => Self::Unreachable,
            ProblemCode::MissingAccount
            | ProblemCode::MissingPassword
            | ProblemCode::InvalidAddress
            | ProblemCode::InvalidCallbackAddress
            | ProblemCode::InvalidProxy
            | ProblemCode::AccountLocked
            | ProblemCode::KeysRefused
            | ProblemCode::Terms
            | ProblemCode::Api
            | ProblemCode::TooManyCalls
            | ProblemCode::InvalidAnswer
            | ProblemCode::KeyringMissing
            | ProblemCode::KeyringLocked
            | ProblemCode::HistoryUnavailable
            | ProblemCode::HistoryFull
            | ProblemCode::HistoryReadOnly
            | ProblemCode::HistoryLocked
            | ProblemCode::HistoryForeign
            | ProblemCode::HistoryNewer
            | ProblemCode::HistoryDamaged
            | ProblemCode::FileUnwritable
            | ProblemCode::FileUnreadable
            | ProblemCode::JobRunning
            | ProblemCode::NoNotificationServer
            | ProblemCode::WindowMissing
            | ProblemCode::OtherVersion
            | ProblemCode::AlreadyRunning
            | ProblemCode::NotRunning
            | ProblemCode::Settings
            | ProblemCode::InvalidSetting
            | ProblemCode::SettingFixed
            | ProblemCode::SettingsBroken
            | ProblemCode::Autostart
            | ProblemCode::AutostartDemo
            | ProblemCode::AutostartMissing
            | ProblemCode::AutostartRefused
            | ProblemCode::AutostartUnanswered
            | ProblemCode::Demo
            | ProblemCode::DeviceGone
            | ProblemCode::NotPossible
            | ProblemCode::NoNewState
            | ProblemCode::Internal => Self::Failed,
        }
    }
}

#[cfg(windows)]
impl Arguments {
    /// Rather than being a command that prints and ends.
    pub(crate) fn starts_tray(&self) -> bool {
        self.command.is_none()
    }
}

/// What every command needs.
struct Context {
    profile: Profile,
    paths: Paths,
    words: Words,
}

pub(crate) async fn run(arguments: Arguments) -> Exit {
    let profile = if arguments.demo { Profile::Demo } else { Profile::Real };
    let Some(paths) = Paths::of(profile) else {
        complain("the system does not tell where home is");
        return Exit::Failed;
    };
    let language = Settings::load(paths.settings(), &environment).language.language();
    let words = Words::new(language);
    words.set_clock(hours_of_locale(&environment));
    let context = Context { profile, paths, words };
    let done = match arguments.command {
        None => run_tray(&context, arguments.hidden).await,
        Some(Command::Listen(options)) => listen::run(&context, options).await,
        Some(Command::SignIn(options)) => sign_in::run(&context, options).await,
        Some(Command::SignOut) => sign_in::sign_out(&context).await,
        Some(Command::Status { json }) => status::run(&context, json).await,
        Some(Command::Doctor(options)) => doctor::run(&context, options).await,
        Some(Command::Settings(options)) => settings::run(&context, options).await,
        Some(Command::History(options)) => history::run(&context, options).await,
        Some(Command::Pause(options)) => {
            context.command(Request::Pause { pause: options.until() }).await
        }
        Some(Command::NotifyTest { json }) => notifications::test(&context, json).await,
        Some(Command::Resume) => context.command(Request::Resume).await,
        Some(Command::Reconnect) => context.command(Request::Reconnect).await,
        Some(Command::Quit) => context.command(Request::Quit).await,
        Some(Command::Simulate(options)) => simulate::run(options).await,
    };
    done.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        Exit::Failed
    })
}

async fn run_tray(context: &Context, is_hidden: bool) -> anyhow::Result<Exit> {
    context.start_log(Terminal::Told);
    resident::run(context.profile, is_hidden).await?;
    Ok(Exit::Done)
}

impl Context {
    /// Starts the log with the level of the settings.
    fn start_log(&self, terminal: Terminal) {
        let settings = Settings::load(self.paths.settings(), &environment);
        log::start(&self.paths.log_dir(), &settings.log, terminal);
    }

    /// Asks the running program; `None` when there is none.
    async fn ask(&self, request: Request) -> anyhow::Result<Option<Response>> {
        match ask_once(&self.paths.socket(), request).await {
            Ok(response) => Ok(Some(response)),
            Err(SocketError::NotRunning(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A request whose answer is a status or nothing.
    async fn command(&self, request: Request) -> anyhow::Result<Exit> {
        let Some(response) = self.ask(request).await? else {
            return Ok(self.report(&Problem::of(ProblemCode::NotRunning)));
        };
        if let Response::Status { status } = response {
            say(&status::line(&status, &self.words));
        } else if !matches!(response, Response::Done) {
            return self.report_failed(response);
        }
        Ok(Exit::Done)
    }

    /// Reports the problem of an answer that is not the one asked for.
    fn report_failed(&self, response: Response) -> anyhow::Result<Exit> {
        let Response::Failed { problem } = response else {
            anyhow::bail!("an answer to another question")
        };
        Ok(self.report(&problem))
    }

    /// The catalogue's id of the words for it.
    fn problem_id(&self, problem: &Problem) -> String {
        let api = problem.api_code.as_ref().map(|code| format!("api-error-{code}"));
        api.filter(|id| self.words.has(id))
            .unwrap_or_else(|| format!("problem-{}", problem.code.name()))
    }

    /// Says what went wrong and what helps.
    fn report(&self, problem: &Problem) -> Exit {
        let id = self.problem_id(problem);
        complain(&self.words.text(&id));
        if let Some(remedy) = self.words.attribute(&id, "remedy") {
            complain(&remedy);
        }
        Exit::of(problem.code)
    }
}

/// A line for the user. A reader that went away is no failure.
fn say(text: &str) {
    drop(writeln!(io::stdout(), "{text}"));
}

fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string(value)?);
    Ok(())
}

fn complain(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").field("profile", &self.profile).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_problem_has_words_and_a_next_step_in_both_languages() {
        for language in words::Language::ALL {
            let words = Words::new(language);
            for code in ProblemCode::ALL {
                let id = format!("problem-{}", code.name());
                assert!(words.has(&id), "{id}");
                assert!(words.attribute(&id, "remedy").is_some(), "{id}");
            }
        }
    }
}
