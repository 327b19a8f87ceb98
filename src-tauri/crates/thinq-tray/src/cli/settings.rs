//! `settings`: shows the settings or changes one, with or without the running program.

use clap::{Args, ValueEnum};
use contract::{Request, Response, SettingsChange};
use model::{Problem, ProblemCode};
use words::Value;

use super::{Context, Exit, complain, say, say_json};
use crate::{
    autostart::Autostart,
    settings::{Settings, SettingsError, environment},
};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Key of the setting to change
    #[arg(requires = "value")]
    key: Option<Key>,

    /// New value
    value: Option<String>,

    /// Print a JSON object
    #[arg(long, conflicts_with = "key")]
    json: bool,

    /// Rename a settings file that is not valid TOML in UTF-8 and start a new one
    #[arg(long, conflicts_with_all = ["key", "json"])]
    set_aside: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    /// system, en or ko
    Language,
    /// Start at login: true or false
    Autostart,
    /// Address in place of LG's for ThinQ Connect; empty for LG's own
    #[value(name = "connect_url")]
    ConnectUrl,
    #[value(name = "hub_url")]
    HubUrl,
    #[value(name = "callback_url")]
    CallbackUrl,
    /// sha512 or plain
    #[value(name = "password_form")]
    PasswordForm,
    #[value(name = "emp_client_id")]
    EmpClientId,
    #[value(name = "connect_client_id")]
    ConnectClientId,
    /// Address of a proxy; empty follows the system
    Proxy,
    /// warn, info or debug
    Log,
}

pub(super) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let request = match (options.key, options.value, options.set_aside) {
        (Some(key), Some(value), _) => match change(key, value) {
            Some(settings) => Request::SettingsChange { settings },
            None => return Ok(context.report(&Problem::of(ProblemCode::InvalidSetting))),
        },
        (_, _, true) => Request::SettingsSetAside,
        (None | Some(_), None | Some(_), false) => Request::Settings,
    };
    let answer = match context.ask(request.clone()).await? {
        Some(Response::Settings { settings }) => Ok(settings),
        Some(response) => return context.report_failed(response),
        None => without_it(context, request).await,
    };
    let settings = match answer {
        Ok(settings) => settings,
        Err(problem) => return Ok(context.report(&problem)),
    };
    if options.json {
        say_json(&settings)?;
    } else {
        say(&text(&settings))?;
    }
    for invalid in &settings.invalid {
        let id =
            if invalid.key.is_empty() { "check-settings-broken" } else { "check-settings-invalid" };
        complain(&context.words.text_with(id, &[("detail", Value::Text(&invalid.key))]));
    }
    Ok(Exit::Done)
}

/// Changes the file directly; the next start reads it.
async fn without_it(context: &Context, request: Request) -> Result<contract::Settings, Problem> {
    let load = || Settings::load(context.paths.settings(), &environment);
    let autostart = || Autostart::of(context.profile);
    let settings = load();
    if let Request::SettingsChange { settings: change } = request {
        let wanted = settings.check(change, &settings.service)?;
        if let (Some(is_on), Some(autostart)) = (wanted.is_autostarted, autostart()) {
            let switched = autostart.switch(is_on, &context.words.text("autostart-reason")).await;
            switched.map_err(|error| Problem::of(error.code()))?;
        }
        if wanted.is_in_file() {
            let written = settings.edit(|document| settings.write(document, &wanted));
            written.map_err(|error| Problem::of(error.code()))?;
        }
    } else if matches!(request, Request::SettingsSetAside) {
        let aside = settings.file.set_aside_broken(jiff::Zoned::now().datetime());
        aside.map_err(|error| Problem::of(SettingsError::from(error).code()))?;
    }
    let settings = load();
    let is_autostarted = autostart().is_some_and(|entry| entry.is_on());
    Ok(settings.to_contract(&settings.service, is_autostarted))
}

/// Returns `None` when `value` is invalid for the key.
fn change(key: Key, value: String) -> Option<SettingsChange> {
    let mut change = SettingsChange::default();
    match key {
        Key::Language => change.language = Some(value),
        Key::Autostart => change.is_autostarted = Some(value.parse().ok()?),
        Key::ConnectUrl => change.connect_url = Some(value),
        Key::HubUrl => change.hub_url = Some(value),
        Key::CallbackUrl => change.callback_url = Some(value),
        Key::PasswordForm => change.password_form = Some(value.parse().ok()?),
        Key::EmpClientId => change.emp_client_id = Some(value),
        Key::ConnectClientId => change.connect_client_id = Some(value),
        Key::Proxy => change.proxy = Some(value),
        Key::Log => change.log_level = Some(value.parse().ok()?),
    }
    Some(change)
}

/// Formats the settings in the syntax of the file.
fn text(settings: &contract::Settings) -> String {
    [
        format!("# {}", settings.path),
        format!("language = \"{}\"", settings.language),
        format!("autostart = {}", settings.is_autostarted),
        format!("connect_url = \"{}\"", settings.connect_url),
        format!("client_id = \"{}\"", settings.client_id),
        format!("hub_url = \"{}\"", settings.hub_url),
        format!("callback_url = \"{}\"", settings.callback_url),
        format!("password_form = \"{}\"", settings.password_form.into_str()),
        format!("emp_client_id = \"{}\"", settings.emp_client_id),
        format!("connect_client_id = \"{}\"", settings.connect_client_id),
        format!("proxy = \"{}\"", settings.proxy),
        format!("log = \"{}\"", settings.log_level.into_str()),
    ]
    .join("\n")
}
