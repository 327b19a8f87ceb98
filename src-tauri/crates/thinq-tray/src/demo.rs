//! Demo mode: a simulated home in this process. Only the addresses of the service differ.
//!
//! From the real program the demo is started as another process with its own files.

use std::{io, path::Path, process::Stdio, sync::Arc, time::Duration};

use contract::{
    ConnectForm, DesktopVariables, HubForm, Request, Response, SettingsChange, SignInDefaults,
    SignInForm, View,
    socket::{SocketError, ask_once},
};
use model::{ConnectionState, Demo, Provider, Status};
use monitor::ServiceSettings;
use thinq::connect::ClientId;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, HomeNames, Sim, SimSettings};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};
use tracing::info;
use words::Language;

use crate::{
    autostart, child,
    paths::{Paths, Profile},
    settings::{Settings, SettingsError, environment},
};

/// Simulated seconds per real second: an hour passes in a minute.
const SPEED: f64 = 60.0;
/// Time limit for a started program to answer.
const LONGEST_START: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Failure to start the demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("failed to start the demo")]
    Start(#[from] io::Error),

    #[error("demo did not answer in time")]
    Silent,

    #[error("demo exited with {0}")]
    Ended(std::process::ExitStatus),

    #[error("failed to ask the demo")]
    Socket(#[from] SocketError),

    #[error("failed to write the settings of the demo")]
    Settings(#[from] SettingsError),

    #[error("demo refused with `{0}`")]
    Refused(&'static str),
}

/// Starts the simulated home, whose devices have names of that language.
pub(crate) async fn start(
    service: &mut ServiceSettings,
    language: Language,
) -> io::Result<(Sim, Demo)> {
    let names = match language {
        Language::English => HomeNames::English,
        Language::Korean => HomeNames::Korean,
    };
    let sim = Sim::start(SimSettings { speed: SPEED, names, ..SimSettings::default() }).await?;
    service.hub_url = sim.hub_url();
    service.callback_url = sim.callback_url();
    service.connect_url = Some(sim.connect_url());
    service.connect_root = Some(Arc::from(sim.root_certificate()));
    service.client_id = Some(ClientId::generate());
    let connect = sim.connect_settings();
    let demo = Demo {
        account: DEFAULT_ACCOUNT.to_owned(),
        password: DEFAULT_PASSWORD.to_owned(),
        token: connect.token.clone(),
        country: connect.country.clone(),
    };
    Ok((sim, demo))
}

/// Opens the window of the demo. Starts the demo in `language` and signs in first if it is not running.
pub(crate) async fn open_beside(
    language: String,
    desktop: DesktopVariables,
) -> Result<(), DemoError> {
    let paths = Paths::of(Profile::Demo).ok_or_else(|| io::Error::other("no home"))?;
    let socket = paths.socket();
    let status = match ask(&socket, Request::Status).await {
        Err(DemoError::Socket(SocketError::NotRunning(_))) => {
            // Before it starts, as its home has names of this language.
            let settings = Settings::load(paths.settings(), &environment);
            settings.keep_language(&language)?;
            let status = begin(&socket, &desktop).await?;
            let change = SettingsChange {
                // The user was welcomed by the real program already.
                is_welcomed: Some(true),
                ..SettingsChange::default()
            };
            // May be overridden by an environment variable.
            drop(ask(&socket, Request::SettingsChange { settings: change }).await);
            status
        }
        running => running?,
    };
    if let Response::Status { status } = status
        && let Status { connection: ConnectionState::SignedOut, demo: Some(demo), .. } = status
    {
        sign_in(&socket, demo).await?;
    }
    let desktop = Some(desktop).filter(DesktopVariables::has_display);
    ask(&socket, Request::ShowWindow { view: View::Now, token: None, desktop }).await?;
    Ok(())
}

/// Starts the demo and waits until it reports that there is no sign-in.
async fn begin(socket: &Path, desktop: &DesktopVariables) -> Result<Response, DemoError> {
    let mut demo = spawn(desktop)?;
    info!("demo started");
    let settled = async {
        loop {
            if let Ok(Response::Status { status }) = ask(socket, Request::Status).await
                && status.connection != ConnectionState::Connecting
            {
                return Response::Status { status };
            }
            sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::select! {
        settled = timeout(LONGEST_START, settled) => settled.map_err(|_| DemoError::Silent),
        ended = demo.wait() => Err(DemoError::Ended(ended?)),
    }
}

/// The child outlives this program.
fn spawn(desktop: &DesktopVariables) -> io::Result<Child> {
    let program = autostart::program().ok_or_else(|| io::Error::other("no program"))?;
    let mut command = Command::new(program);
    child::prepare(command.as_std_mut(), desktop, None);
    command
        .args(["--demo", "--hidden"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl+C in a terminal must reach this program only.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn()
}

async fn sign_in(socket: &Path, demo: Demo) -> Result<(), DemoError> {
    let answer = ask(socket, Request::SignInDefaults).await?;
    let Response::SignInDefaults { defaults } = answer else { return Ok(()) };
    ask(socket, Request::SignIn { form: form(defaults, demo) }).await?;
    Ok(())
}

/// Sign-in form with the credentials of the demo, for the provider of the last sign-in.
pub(crate) fn form(defaults: SignInDefaults, demo: Demo) -> SignInForm {
    match defaults.provider {
        Provider::Connect => {
            SignInForm::Connect(ConnectForm { token: demo.token.into(), country: demo.country })
        }
        Provider::Hub => SignInForm::Hub(HubForm {
            hub_url: defaults.hub.hub_url,
            callback_url: defaults.hub.callback_url,
            account: demo.account,
            password: demo.password.into(),
            password_form: defaults.hub.password_form,
            emp_client_id: defaults.hub.emp_client_id,
            emp_client_secret: None,
            connect_client_id: defaults.hub.connect_client_id,
            connect_client_secret: None,
        }),
    }
}

async fn ask(socket: &Path, request: Request) -> Result<Response, DemoError> {
    let answer = ask_once(socket, request).await?;
    if let Response::Failed { problem } = answer {
        return Err(DemoError::Refused(problem.code.into_str()));
    }
    Ok(answer)
}
