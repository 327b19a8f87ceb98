//! The command line: the same engine and the same history, for terminals, scripts and tests.

mod doctor;
mod forward;
mod history;
mod listen;
#[cfg(test)]
mod manual;
mod notifications;
#[cfg(unix)]
mod prompt;
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
    Request, Response,
    socket::{SocketError, ask_once},
};
use model::{KeyringState, Problem, ProblemCode};
use monitor::Prompt;
use words::{Language, Value, Words};

use crate::{
    answers,
    clock::hours_of_locale,
    displays::Place,
    log::{self, Terminal},
    paths::{Paths, Profile},
    resident::{self, Resident},
    settings::{Settings, environment},
};

/// Desktop notifications and history for LG ThinQ appliances.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Use a simulated home on this computer; nothing is sent to LG
    #[arg(long, global = true)]
    demo: bool,

    /// Start without opening a window, as at login
    #[arg(long)]
    hidden: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen in the terminal and print events
    Listen(listen::Options),
    /// Sign in to LG; prompts for the token or password or reads it from standard input
    SignIn(sign_in::Options),
    /// Sign out and delete the stored sign-in
    SignOut,
    /// Show the status of the program
    Status {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check for problems that prevent notifications, and suggest remedies
    Doctor(doctor::Options),
    /// Show the settings, or change one of them
    Settings(settings::Options),
    /// Print events of the history, newest first
    History(history::Options),
    /// Forward events to a phone, a broker, a web address or a command
    #[command(subcommand)]
    Forward(forward::Command),
    /// Pause notifications
    Pause(notifications::PauseOptions),
    /// Resume notifications
    Resume,
    /// Show a test notification and print the capabilities of the notification server
    NotifyTest {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Reconnect immediately instead of waiting for the next retry
    Reconnect,
    /// Quit the running program
    Quit,
    /// Run the simulated service on its own and print its addresses as JSON
    Simulate(simulate::Options),
}

/// Exit codes. Usage errors exit with 2, set by clap.
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
            | ProblemCode::PersonalTokenRefused
            | ProblemCode::CallbackRefused
            | ProblemCode::NotSignedIn
            | ProblemCode::OtherHub => Self::SignInNeeded,
            ProblemCode::HubUnreachable
            | ProblemCode::HubTimedOut
            | ProblemCode::HubUnknown
            | ProblemCode::CallbackUnreachable
            | ProblemCode::CallbackEnded
            | ProblemCode::ConnectUnreachable
            | ProblemCode::ConnectTimedOut
            | ProblemCode::ConnectUnknown
            | ProblemCode::BrokerUnreachable
            | ProblemCode::BrokerRefused
            | ProblemCode::BrokerEnded
            | ProblemCode::ProxyUnreachable
            | ProblemCode::ProxyRefused
            | ProblemCode::TargetUnreachable
            | ProblemCode::TargetTimedOut
            | ProblemCode::Tls => Self::Unreachable,
            ProblemCode::MissingAccount
            | ProblemCode::MissingPassword
            | ProblemCode::MissingToken
            | ProblemCode::InvalidToken
            | ProblemCode::InvalidCountry
            | ProblemCode::InvalidConnectAddress
            | ProblemCode::FeatureMissing
            | ProblemCode::CountryRefused
            | ProblemCode::BrowserMissing
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
            | ProblemCode::NoAnswer
            | ProblemCode::SignInLeft
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
            | ProblemCode::NotificationRefused
            | ProblemCode::WindowMissing
            | ProblemCode::DisplayMissing
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
            | ProblemCode::InvalidTarget
            | ProblemCode::TargetName
            | ProblemCode::TargetPlain
            | ProblemCode::TargetRefused
            | ProblemCode::TargetFailed
            | ProblemCode::TargetSecretMissing
            | ProblemCode::CommandMissing
            | ProblemCode::CommandNotConfirmed
            | ProblemCode::CommandFailed
            | ProblemCode::Internal => Self::Failed,
        }
    }
}

#[cfg(windows)]
impl Arguments {
    /// Whether this starts the tray, rather than a command that prints and exits.
    pub(crate) fn starts_tray(&self) -> bool {
        self.command.is_none()
    }
}

/// Shared by all commands.
struct Context {
    profile: Profile,
    paths: Paths,
    words: Words,
}

pub(crate) async fn run(arguments: Arguments) -> Exit {
    let profile = if arguments.demo { Profile::Demo } else { Profile::Real };
    let Some(paths) = Paths::of(profile) else {
        complain("no home folder");
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
        Some(Command::Forward(command)) => forward::run(&context, command).await,
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
        if let Some(problem) = error.downcast_ref::<SocketError>().and_then(socket_problem) {
            return context.report(&problem);
        }
        if let Some(OutputError(error)) = error.downcast_ref() {
            return output_failed(error, &context.words);
        }
        if let Some(resident::Refused(problem)) = error.downcast_ref() {
            return context.report(problem);
        }
        complain(&format!("{error:#}"));
        Exit::Failed
    })
}

/// A reader that has read enough is no failure.
fn output_failed(error: &io::Error, words: &Words) -> Exit {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Exit::Done;
    }
    let detail = error.to_string();
    complain(&words.text_with("cli-output-failed", &[("detail", Value::Text(&detail))]));
    Exit::Failed
}

/// Prints the help, the version or a usage error, and returns the exit code.
pub(crate) fn print_instead(parsed: &clap::Error) -> ExitCode {
    match parsed.print() {
        Ok(()) => u8::try_from(parsed.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => output_failed(&error, &Words::new(Language::English)).into(),
    }
}

async fn run_tray(context: &Context, is_hidden: bool) -> anyhow::Result<Exit> {
    context.start_log(Terminal::Update);
    resident::run(context.profile, is_hidden).await?;
    Ok(Exit::Done)
}

impl Context {
    /// Starts the log with the level of the settings.
    fn start_log(&self, terminal: Terminal) {
        let settings = Settings::load(self.paths.settings(), &environment);
        log::start(&self.paths.log_dir(), &settings.log, terminal);
    }

    /// Sends a request to the running program; returns `None` when there is none.
    async fn ask(&self, request: Request) -> Result<Option<Response>, SocketError> {
        match ask_once(&self.paths.socket(), request).await {
            Ok(response) => Ok(Some(response)),
            Err(SocketError::NotRunning(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Context::ask`]; without the running program, this process answers.
    async fn ask_anyway(&self, request: Request) -> anyhow::Result<Response> {
        if let Some(response) = self.ask(request.clone()).await? {
            return Ok(response);
        }
        let resident = Resident::start(self.profile, Prompt::Never, Place::Terminal).await?;
        let response = answers::answer(&resident.app, request).await;
        resident.app.stop.cancel();
        resident.finish().await;
        Ok(response)
    }

    /// As [`Context::ask`], for commands that can do without the running program: a failure is
    /// reported, and its exit code returned.
    async fn ask_or_report(&self, request: Request) -> (Option<Response>, Exit) {
        match self.ask(request).await {
            Ok(response) => (response, Exit::Done),
            Err(error) => {
                let problem = socket_problem(&error);
                let problem = problem.unwrap_or_else(|| Problem::of(ProblemCode::NoAnswer));
                (None, self.report(&problem))
            }
        }
    }

    /// Sends a request that returns a status or nothing.
    async fn command(&self, request: Request) -> anyhow::Result<Exit> {
        let Some(response) = self.ask(request).await? else {
            return Ok(self.report(&Problem::of(ProblemCode::NotRunning)));
        };
        if let Response::Status { status } = response {
            say(&status::line(&status, &self.words))?;
        } else if !matches!(response, Response::Done) {
            return self.report_failed(response);
        }
        Ok(Exit::Done)
    }

    /// Reports the problem of a failed request.
    fn report_failed(&self, response: Response) -> anyhow::Result<Exit> {
        let Response::Failed { problem } = response else { anyhow::bail!("unexpected response") };
        Ok(self.report(&problem))
    }

    /// Warns if the sign-in does not survive a restart.
    fn warn_of_keyring(&self, keyring: KeyringState) {
        if keyring != KeyringState::Available {
            let state = [("state", Value::Text(keyring.into_str()))];
            complain(&self.words.text_with("cli-keyring-warning", &state));
        }
    }

    /// Prints a problem and its remedy.
    fn report(&self, problem: &Problem) -> Exit {
        complain(&self.words.problem(problem));
        if let Some(remedy) = self.words.remedy(problem) {
            complain(&remedy);
        }
        Exit::of(problem.code)
    }
}

/// Problem of a resident program that cannot be talked to.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others have their own text")]
fn socket_problem(error: &SocketError) -> Option<Problem> {
    match error {
        SocketError::Unresponsive | SocketError::Closed | SocketError::Garbled(_) => {
            Some(Problem::of(ProblemCode::NoAnswer))
        }
        SocketError::OtherProtocol { .. } => Some(Problem::of(ProblemCode::OtherVersion)),
        _ => None,
    }
}

/// Standard output does not take what is printed.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the output")]
struct OutputError(#[from] io::Error);

/// Prints a line.
fn say(text: &str) -> Result<(), OutputError> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    Ok(say(&serde_json::to_string(value)?)?)
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
    use model::VariantArray as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_problem_has_words_and_a_next_step_in_both_languages() {
        for language in Language::ALL {
            let words = Words::new(language);
            for code in ProblemCode::VARIANTS {
                let id = format!("problem-{}", code.into_str());
                assert!(words.has(&id), "{id}");
                assert!(words.attribute(&id, "remedy").is_some(), "{id}");
            }
        }
    }
}
