//! `sign-in` and `sign-out`: in the running program, or with the engine in this process.

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use contract::{Request, Response, Secret, SignInDefaults, SignInForm};
use model::{Demo, Problem, ProblemCode};
use zeroize::Zeroizing;

use super::{Context, Exit, complain, say};
use crate::{
    resident::Resident,
    settings::{CONNECT_SECRET, EMP_SECRET, parse_hub_url},
};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// LG account
    #[arg(long)]
    id: Option<String>,

    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,

    /// Address of the hub, for example 192.168.0.10
    #[arg(long)]
    hub_url: Option<String>,

    /// Address of LG's callback
    #[arg(long)]
    callback_url: Option<String>,

    /// Form in which the password is sent to the hub
    #[arg(long)]
    password_form: Option<Form>,

    /// Id of the EMP key pair; its secret is read from `THINQ_TRAY_EMP_CLIENT_SECRET`
    #[arg(long)]
    emp_client_id: Option<String>,

    /// Id of the connect key pair; its secret is read from `THINQ_TRAY_CONNECT_CLIENT_SECRET`
    #[arg(long)]
    connect_client_id: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Sha512,
    Plain,
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let account = match &options.id {
        Some(id) => id.clone(),
        None => ask_account(context)?,
    };
    let password = ask_password(context, options.password_stdin)?;
    match context.ask(Request::SignInDefaults).await? {
        Some(Response::SignInDefaults { defaults }) => {
            let form = fill_in(defaults, options, account, password);
            warn_of_listeners(context, &form);
            complain(&context.words.text("cli-signing-in"));
            let answer = context.ask(Request::SignIn { form }).await?;
            Ok(conclude(context, answer))
        }
        Some(_) => anyhow::bail!("unexpected response"),
        None => {
            let resident = Resident::start(context.profile).await?;
            let form = fill_in(resident.app.sign_in_defaults(), options, account, password);
            warn_of_listeners(context, &form);
            complain(&context.words.text("cli-signing-in"));
            let answer = match resident.app.sign_in(form).await {
                Ok(()) => Response::Status { status: resident.app.status() },
                Err(problem) => Response::Failed { problem },
            };
            resident.app.stop.cancel();
            resident.finish().await;
            Ok(conclude(context, Some(answer)))
        }
    }
}

pub(super) async fn sign_out(context: &Context) -> anyhow::Result<Exit> {
    let exit = match context.ask(Request::SignOut).await? {
        Some(Response::Failed { problem }) => return Ok(context.report(&problem)),
        Some(_) => Exit::Done,
        None => {
            let resident = Resident::start(context.profile).await?;
            resident.app.monitor.sign_out().await;
            resident.app.stop.cancel();
            resident.finish().await;
            Exit::Done
        }
    };
    say(&context.words.text("cli-signed-out"));
    Ok(exit)
}

fn conclude(context: &Context, answer: Option<Response>) -> Exit {
    match answer {
        Some(Response::Status { status }) => {
            say(&context.words.text("cli-signed-in"));
            if status.keyring != model::KeyringState::Available {
                complain(&context.words.text("cli-keyring-warning"));
            }
            Exit::Done
        }
        Some(Response::Failed { problem }) => context.report(&problem),
        Some(_) => Exit::Failed,
        None => context.report(&Problem::of(ProblemCode::NotRunning)),
    }
}

fn fill_in(
    defaults: SignInDefaults,
    options: Options,
    account: String,
    password: Secret,
) -> SignInForm {
    let secret = |name: &str| std::env::var(name).ok().map(Secret::from);
    SignInForm {
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
fn warn_of_listeners(context: &Context, form: &SignInForm) {
    let is_exposed = parse_hub_url(&form.hub_url)
        .is_some_and(|url| url.scheme() == "http" && !thinq::is_local(&url));
    if is_exposed {
        complain(&context.words.text("cli-hub-warning"));
    }
}

/// Sign-in form with the credentials of the demo.
pub(super) fn demo_form(defaults: SignInDefaults, demo: Demo) -> SignInForm {
    SignInForm {
        hub_url: defaults.hub_url,
        callback_url: defaults.callback_url,
        account: demo.account,
        password: Secret::from(demo.password),
        password_form: defaults.password_form,
        emp_client_id: defaults.emp_client_id,
        emp_client_secret: None,
        connect_client_id: defaults.connect_client_id,
        connect_client_secret: None,
    }
}

fn ask_account(context: &Context) -> anyhow::Result<String> {
    let mut terminal = io::stderr();
    write!(terminal, "{} ", context.words.text("cli-account-prompt"))?;
    terminal.flush()?;
    let mut account = String::new();
    io::stdin().read_line(&mut account)?;
    Ok(account.trim().to_owned())
}

/// Reads the first line of standard input, or prompts without an echo.
fn ask_password(context: &Context, from_stdin: bool) -> anyhow::Result<Secret> {
    if from_stdin || !io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line)?;
        return Ok(Secret::from(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let prompt = format!("{} ", context.words.text("cli-password-prompt"));
    Ok(Secret::from(rpassword::prompt_password(prompt)?))
}
