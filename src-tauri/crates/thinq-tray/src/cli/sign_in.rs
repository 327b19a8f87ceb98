//! `sign-in` and `sign-out`: in the running program, or with the engine in this process.

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use contract::{
    ConnectForm, HubDefaults, HubForm, Request, Response, Secret, SignInDefaults, SignInForm,
};
use model::{Problem, ProblemCode, Provider};
use monitor::Prompt;
use words::Value;
use zeroize::Zeroizing;

#[cfg(unix)]
use super::prompt;
use super::{Context, Exit, complain, say};
use crate::{
    displays::Place,
    resident::Resident,
    settings::{CONNECT_SECRET, EMP_SECRET, parse_hub_url},
};

/// Heading of the options of a hub.
const HUB: &str = "Options of a DAMDA hub";

#[derive(Debug, Args)]
pub(super) struct Options {
    /// How to sign in [default: as last time, or as the other options require]
    #[arg(long)]
    provider: Option<Provider>,

    /// Country of the token's account: two letters, for example KR
    #[arg(long, conflicts_with_all = ["id", "password_stdin"])]
    country: Option<String>,

    /// Read the personal access token from standard input
    #[arg(long, conflicts_with_all = ["id", "password_stdin"])]
    token_stdin: bool,

    /// LG account
    #[arg(long, help_heading = HUB)]
    id: Option<String>,

    /// Read the password from standard input
    #[arg(long, help_heading = HUB)]
    password_stdin: bool,

    /// Address of the hub, for example 192.168.0.10
    #[arg(long, help_heading = HUB)]
    hub_url: Option<String>,

    /// Address of LG's callback
    #[arg(long, help_heading = HUB)]
    callback_url: Option<String>,

    /// Form in which the password is sent to the hub
    #[arg(long, help_heading = HUB)]
    password_form: Option<Form>,

    /// Id of the EMP key pair; its secret is read from `THINQ_TRAY_EMP_CLIENT_SECRET`
    #[arg(long, help_heading = HUB)]
    emp_client_id: Option<String>,

    /// Id of the connect key pair; its secret is read from `THINQ_TRAY_CONNECT_CLIENT_SECRET`
    #[arg(long, help_heading = HUB)]
    connect_client_id: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Sha512,
    Plain,
}

impl Options {
    /// The provider that the options require, if any.
    fn provider(&self) -> Option<Provider> {
        let is_for_hub = self.id.is_some()
            || self.password_stdin
            || self.hub_url.is_some()
            || self.callback_url.is_some()
            || self.password_form.is_some()
            || self.emp_client_id.is_some()
            || self.connect_client_id.is_some();
        let is_for_connect = self.country.is_some() || self.token_stdin;
        self.provider
            .or_else(|| is_for_connect.then_some(Provider::Connect))
            .or_else(|| is_for_hub.then_some(Provider::Hub))
    }

    /// Asks for what the options do not hold.
    async fn form(self, context: &Context, defaults: SignInDefaults) -> anyhow::Result<SignInForm> {
        Ok(match self.provider().unwrap_or(defaults.provider) {
            Provider::Connect => SignInForm::Connect(ConnectForm {
                country: self.country.unwrap_or(defaults.country),
                token: ask_secret(context, "cli-token-prompt", self.token_stdin).await?,
            }),
            Provider::Hub => {
                let account = match &self.id {
                    Some(id) => id.clone(),
                    None => ask_account(context)?,
                };
                let password =
                    ask_secret(context, "cli-password-prompt", self.password_stdin).await?;
                SignInForm::Hub(fill_in(defaults.hub, self, account, password))
            }
        })
    }
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    match context.ask(Request::SignInDefaults).await? {
        Some(Response::SignInDefaults { defaults }) => {
            let form = options.form(context, defaults).await?;
            announce(context, &form);
            let answer = context.ask(Request::SignIn { form }).await?;
            conclude(context, answer)
        }
        Some(_) => anyhow::bail!("unexpected response"),
        None => {
            // The sign-in itself may prompt.
            let resident = Resident::start(context.profile, Prompt::Never, Place::Terminal).await?;
            let form = options.form(context, resident.app.sign_in_defaults()).await?;
            announce(context, &form);
            let answer = match resident.app.sign_in(form).await {
                Ok(()) => Response::Status { status: resident.app.status() },
                Err(problem) => Response::Failed { problem },
            };
            resident.app.stop.cancel();
            resident.finish().await;
            conclude(context, Some(answer))
        }
    }
}

fn announce(context: &Context, form: &SignInForm) {
    if let SignInForm::Hub(form) = form {
        warn_of_listeners(context, form);
    }
    complain(&context.words.text("cli-signing-in"));
}

pub(super) async fn sign_out(context: &Context) -> anyhow::Result<Exit> {
    let signed_out = match context.ask(Request::SignOut).await? {
        Some(Response::Failed { problem }) => Err(problem),
        Some(_) => Ok(()),
        None => {
            let resident = Resident::start(context.profile, Prompt::Never, Place::Terminal).await?;
            let signed_out = resident.app.sign_out().await;
            resident.app.stop.cancel();
            resident.finish().await;
            signed_out
        }
    };
    if let Err(problem) = signed_out {
        return Ok(context.report(&problem));
    }
    say(&context.words.text("cli-signed-out"))?;
    Ok(Exit::Done)
}

fn conclude(context: &Context, answer: Option<Response>) -> anyhow::Result<Exit> {
    Ok(match answer {
        Some(Response::Status { status }) => {
            say(&context.words.text("cli-signed-in"))?;
            if status.provider == Some(Provider::Connect) {
                let count = [("count", Value::from(status.devices))];
                say(&context.words.text_with("cli-signed-in-devices", &count))?;
            }
            context.warn_of_keyring(status.keyring);
            Exit::Done
        }
        Some(Response::Failed { problem }) => context.report(&problem),
        Some(_) => Exit::Failed,
        None => context.report(&Problem::of(ProblemCode::NotRunning)),
    })
}

fn fill_in(defaults: HubDefaults, options: Options, account: String, password: Secret) -> HubForm {
    let secret = |name: &str| std::env::var(name).ok().map(Secret::from);
    HubForm {
        hub_url: options.hub_url.unwrap_or(defaults.hub_url),
        callback_url: options.callback_url.unwrap_or(defaults.callback_url),
        account,
        password,
        password_form: match options.password_form {
            Some(Form::Sha512) => model::PasswordForm::Sha512,
            Some(Form::Plain) => model::PasswordForm::Plain,
            None => defaults.password_form,
        },
        emp_client_id: options.emp_client_id.unwrap_or(defaults.emp_client_id),
        emp_client_secret: secret(EMP_SECRET),
        connect_client_id: options.connect_client_id.unwrap_or(defaults.connect_client_id),
        connect_client_secret: secret(CONNECT_SECRET),
    }
}

/// Warns, like the dialog, that plain HTTP outside the local network can be intercepted.
fn warn_of_listeners(context: &Context, form: &HubForm) {
    let is_exposed = parse_hub_url(&form.hub_url)
        .is_some_and(|url| url.scheme() == "http" && !thinq::is_local(&url));
    if is_exposed {
        complain(&context.words.text("cli-hub-warning"));
    }
}

fn ask_account(context: &Context) -> anyhow::Result<String> {
    let mut terminal = io::stderr();
    write!(terminal, "{} ", context.words.text("cli-account-prompt"))?;
    terminal.flush()?;
    Ok(read_line()?.trim().to_owned())
}

/// Reads the first line of standard input, or prompts without an echo.
pub(super) async fn ask_secret(
    context: &Context,
    prompt: &str,
    from_stdin: bool,
) -> anyhow::Result<Secret> {
    if from_stdin || !io::stdin().is_terminal() {
        return Ok(Secret::from(read_line()?.as_str().to_owned()));
    }
    let prompt = format!("{} ", context.words.text(prompt));
    #[cfg(unix)]
    let secret = prompt::secret(prompt).await?;
    #[cfg(not(unix))]
    let secret = Zeroizing::new(rpassword::prompt_password(prompt)?);
    Ok(Secret::from(secret.as_str().to_owned()))
}

/// Reads a line of standard input, without its end and without a byte order mark.
fn read_line() -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().read_line(&mut line)?;
    let text = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    Ok(Zeroizing::new(text.to_owned()))
}
