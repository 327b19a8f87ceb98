//! Shared state of the resident program, used by the tray, the notifier, the window and the local
//! socket.

mod forward;
mod jobs;
mod rules;
mod settings;

use std::{sync::Arc, time::Duration};

use contract::{
    ConnectForm, DesktopVariables, HubDefaults, HubForm, SignInDefaults, SignInForm, Update, View,
};
use model::{Demo, NotificationReport, Problem, ProblemCode, Provider, Release, Status};
use monitor::{
    CALL_BUDGET, ConnectCredentials, Credentials, EventId, Forwarder, HubCredentials, Monitor,
    ServiceSettings, SignIn, SignInError, StoreError,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use thinq::{
    Chain,
    connect::{ClientId, Country, PersonalToken},
};
use tokio::sync::{Mutex as AsyncMutex, broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use words::{Language, Words};

pub(crate) use settings::DEMO_FIXES;

use crate::{
    browser,
    clock::now_ms,
    demo,
    displays::Displays,
    jobs::Jobs,
    paths::Profile,
    settings::{Settings, SettingsError, parse_callback_url, parse_hub_url},
    window::{ViewRequest, Window, WindowError},
};

/// LG's page for personal access tokens.
const TOKEN_PAGE: &str = "https://connect-pat.lgthinq.com";

/// Delay of "Remind me in 30 minutes".
const LATER: Duration = Duration::from_mins(30);

/// A request for a test notification, answered with its outcome.
pub(crate) struct TestRequest(pub(crate) oneshot::Sender<NotificationReport>);

pub(crate) struct App {
    pub(crate) monitor: Monitor,
    pub(crate) forwarder: Forwarder,
    pub(crate) words: Words,
    pub(crate) window: Window,
    pub(crate) told: broadcast::Sender<Update>,
    /// State of the notification server and outcome of the last notification.
    pub(crate) notifications: watch::Sender<NotificationReport>,
    pub(crate) jobs: Jobs,
    pub(crate) newer_release: watch::Sender<Option<Release>>,
    pub(crate) displays: Arc<Displays>,
    /// Whether a panel shows the tray icon.
    pub(crate) is_icon_seen: watch::Sender<bool>,
    pub(crate) stop: CancellationToken,
    test_requests: mpsc::Sender<TestRequest>,
    /// Taken by the notifier when it starts.
    waiting_tests: Mutex<Option<mpsc::Receiver<TestRequest>>>,
    settings: Mutex<Settings>,
    /// Serializes changes of the settings.
    changing: AsyncMutex<()>,
    /// Serializes switching of autostart.
    switching: AsyncMutex<()>,
    /// Also notified when the clock format changes, so that texts are rendered again.
    pub(crate) language: watch::Sender<Language>,
    profile: Profile,
    demo: Option<Demo>,
}

pub(crate) struct AppParts {
    pub(crate) monitor: Monitor,
    pub(crate) forwarder: Forwarder,
    pub(crate) settings: Settings,
    pub(crate) words: Words,
    pub(crate) profile: Profile,
    pub(crate) window: Window,
    pub(crate) displays: Arc<Displays>,
    pub(crate) told: broadcast::Sender<Update>,
    pub(crate) demo: Option<Demo>,
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(parts: AppParts) -> Arc<Self> {
        let (test_requests, waiting_tests) = mpsc::channel(1);
        parts.monitor.set_retention(parts.settings.retention.clone());
        Arc::new(Self {
            monitor: parts.monitor,
            forwarder: parts.forwarder,
            language: watch::Sender::new(parts.words.language()),
            words: parts.words,
            changing: AsyncMutex::new(()),
            switching: AsyncMutex::new(()),
            profile: parts.profile,
            window: parts.window,
            displays: parts.displays,
            told: parts.told,
            notifications: watch::Sender::new(no_report()),
            jobs: Jobs::default(),
            newer_release: watch::Sender::new(None),
            is_icon_seen: watch::Sender::new(true),
            stop: parts.stop,
            test_requests,
            waiting_tests: Mutex::new(Some(waiting_tests)),
            settings: Mutex::new(parts.settings),
            demo: parts.demo,
        })
    }

    pub(crate) fn status(&self) -> Status {
        let now = self.monitor.status().borrow().clone();
        let notification_problem = self.notifications.borrow().problem.clone();
        let calls_today = now.calls_on(now_ms());
        Status {
            connection: now.connection,
            provider: now.provider,
            country: now.country.map(str::to_owned),
            account: now.account,
            keyring: now.keyring,
            paused_until_ms: now.paused_until_ms,
            quiet_until_ms: now.quiet_until_ms,
            unread: now.unread,
            devices: now.devices,
            home_problem: now.home_problem,
            notification_problem,
            history_problem: now
                .history_problem
                .or(self.monitor.store().recovery().map(|_| ProblemCode::HistoryDamaged))
                .map(Problem::of),
            dropped_frames: now.dropped_frames,
            calls_today,
            call_budget: CALL_BUDGET,
            update: self.newer_release.borrow().clone(),
            demo: self.demo.clone(),
            language: self.words.language().tag().to_owned(),
            clock: self.words.clock(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }

    pub(crate) fn sign_in_defaults(&self) -> SignInDefaults {
        let service = self.monitor.service();
        let (mut provider, mut country) = {
            let settings = self.settings.lock();
            (settings.provider, settings.country)
        };
        if let Some(demo) = &self.demo {
            country = Country::parse(&demo.country);
        }
        let mut account = String::new();
        let (mut has_emp_secret, mut has_connect_secret) = (false, false);
        match self.monitor.sign_in_kept() {
            Some(SignIn::Hub(kept)) => {
                provider = Some(Provider::Hub);
                account = kept.account;
                has_emp_secret = kept.emp_secret.is_some();
                has_connect_secret = kept.connect_secret.is_some();
            }
            Some(SignIn::Connect(kept)) => {
                provider = Some(Provider::Connect);
                country = Some(kept.country);
            }
            None => {}
        }
        let mut countries: Vec<_> =
            Country::all().map(|country| country.code().to_owned()).collect();
        countries.sort_unstable();
        SignInDefaults {
            provider: provider.unwrap_or_default(),
            country: country
                .or_else(|| Country::from_locale(&sys_locale::get_locale()?))
                .map_or_else(String::new, |country| country.code().to_owned()),
            countries,
            hub: HubDefaults {
                hub_url: service.hub_url.to_string(),
                callback_url: service.callback_url.to_string(),
                account,
                password_form: service.password_form,
                emp_client_id: service.emp_client_id,
                has_emp_client_secret: has_emp_secret,
                connect_client_id: service.connect_client_id,
                has_connect_client_secret: has_connect_secret,
            },
        }
    }

    pub(crate) async fn sign_in(&self, form: SignInForm) -> Result<(), Problem> {
        let (provider, service, credentials) = check(form, self.monitor.service())?;
        let service = self.with_client_id(provider, service);
        let country = match &credentials {
            Credentials::Hub(_) => None,
            Credentials::Connect(credentials) => Some(credentials.country),
        };
        self.monitor
            .sign_in(service.clone(), credentials)
            .await
            .map_err(|error| sign_in_problem(&error))?;
        self.keep(|settings| settings.keep_sign_in(provider, country, service));
        Ok(())
    }

    /// Gives this installation its id at ThinQ Connect, which is made once and kept before its use.
    fn with_client_id(&self, provider: Provider, mut service: ServiceSettings) -> ServiceSettings {
        if provider == Provider::Connect && service.client_id.is_none() {
            let kept = match self.monitor.sign_in_kept() {
                Some(SignIn::Connect(kept)) => Some(kept.client_id),
                Some(SignIn::Hub(_)) | None => None,
            };
            let client_id = kept.unwrap_or_else(ClientId::generate);
            self.keep(|settings| settings.keep_client_id(&client_id));
            service.client_id = Some(client_id);
        }
        service
    }

    /// Changes the settings file. The demo's addresses are only valid for its process.
    fn keep(&self, change: impl FnOnce(&mut Settings) -> Result<(), SettingsError>) {
        let mut settings = self.settings.lock();
        if self.demo.is_none()
            && let Err(error) = change(&mut settings)
        {
            warn!(error = %Chain(&error), "failed to save the sign-in's settings");
        }
    }

    /// Opens LG's page for tokens in the user's browser.
    pub(crate) async fn open_token_page(&self) -> Result<(), Problem> {
        let opened = browser::open_page(TOKEN_PAGE, &self.window.desktop()).await;
        opened.map_err(|error| {
            error!(%error, "failed to open a browser");
            Problem::of(ProblemCode::BrowserMissing)
        })
    }

    /// Signs out in any case; fails if the keyring still holds the sign-in.
    pub(crate) async fn sign_out(&self) -> Result<(), Problem> {
        self.monitor.sign_out().await.map_err(|error| {
            error!(error = %Chain(&error), "failed to delete the stored sign-in");
            Problem::of(ProblemCode::SignInLeft)
        })
    }

    /// Starts the demo as another process. In the demo itself, shows its window.
    pub(crate) async fn open_demo(&self) -> Result<(), Problem> {
        if self.profile == Profile::Demo {
            return self.show_window(View::Now, None, None).await;
        }
        let language = {
            let settings = self.settings.lock();
            settings.language.name().to_owned()
        };
        demo::open_beside(language, self.window.desktop()).await.map_err(|error| {
            error!(error = %Chain(&error), "failed to open the demo");
            Problem::of(ProblemCode::Demo)
        })
    }

    /// Whether this process has an icon and shows notifications. One that listens in the terminal has no
    /// notifier, which takes these requests.
    pub(crate) fn has_icon(&self) -> bool {
        self.waiting_tests.lock().is_none()
    }

    /// Repeats the notification of an event in 30 minutes.
    pub(crate) async fn remind_later(&self, id: EventId) -> Result<(), StoreError> {
        self.monitor.remind_later(id, LATER).await
    }

    pub(crate) async fn show_window(
        &self,
        view: View,
        token: Option<String>,
        desktop: Option<DesktopVariables>,
    ) -> Result<(), Problem> {
        if let Some(desktop) = &desktop {
            self.displays.visit(desktop.clone());
        }
        self.window.show(ViewRequest { view, token, desktop }).await.map_err(|error| {
            error!(error = %Chain(&error), "failed to open the window");
            Problem::of(match error {
                WindowError::NoDisplay => ProblemCode::DisplayMissing,
                WindowError::Start(_) | WindowError::Ended(_) | WindowError::Stopping => {
                    ProblemCode::WindowMissing
                }
            })
        })
    }
}

/// Report before the first contact with a server.
fn no_report() -> NotificationReport {
    NotificationReport { server: None, is_taken: false, is_inhibited: None, problem: None }
}

/// The words for a failed sign-in; the story behind them goes to the log.
fn sign_in_problem(error: &SignInError) -> Problem {
    warn!(error = %Chain(error), "sign-in failed");
    match error {
        SignInError::Service(error) => Problem::from(&**error),
        SignInError::NoRefreshToken => Problem::of(ProblemCode::InvalidAnswer),
    }
}

/// Validates the form and converts it to the engine's types. `in_use` holds what the form does not.
fn check(
    form: SignInForm,
    in_use: ServiceSettings,
) -> Result<(Provider, ServiceSettings, Credentials), Problem> {
    match form {
        SignInForm::Connect(form) => {
            let credentials = check_connect(form)?;
            Ok((Provider::Connect, in_use, Credentials::Connect(credentials)))
        }
        SignInForm::Hub(form) => {
            let (service, credentials) = check_hub(form, in_use)?;
            Ok((Provider::Hub, service, Credentials::Hub(credentials)))
        }
    }
}

fn check_connect(form: ConnectForm) -> Result<ConnectCredentials, Problem> {
    let token = form.token.into_inner();
    if token.expose_secret().trim().is_empty() {
        return Err(Problem::of(ProblemCode::MissingToken));
    }
    let token = PersonalToken::new(token.expose_secret().to_owned())
        .map_err(|_unfit| Problem::of(ProblemCode::InvalidToken))?;
    let country = Country::parse(form.country.trim())
        .ok_or_else(|| Problem::of(ProblemCode::InvalidCountry))?;
    Ok(ConnectCredentials { token, country })
}

fn check_hub(
    form: HubForm,
    in_use: ServiceSettings,
) -> Result<(ServiceSettings, HubCredentials), Problem> {
    let account = form.account.trim().to_owned();
    if account.is_empty() {
        return Err(Problem::of(ProblemCode::MissingAccount));
    }
    if form.password.is_empty() {
        return Err(Problem::of(ProblemCode::MissingPassword));
    }
    let hub_url =
        parse_hub_url(&form.hub_url).ok_or_else(|| Problem::of(ProblemCode::InvalidAddress))?;
    let callback_url = parse_callback_url(&form.callback_url)
        .ok_or_else(|| Problem::of(ProblemCode::InvalidCallbackAddress))?;
    let service = ServiceSettings {
        hub_url,
        callback_url,
        password_form: form.password_form,
        emp_client_id: form.emp_client_id.trim().to_owned(),
        connect_client_id: form.connect_client_id.trim().to_owned(),
        ..in_use
    };
    let secret = |given: Option<contract::Secret>| -> Option<SecretString> {
        given.filter(|secret| !secret.is_empty()).map(contract::Secret::into_inner)
    };
    let credentials = HubCredentials {
        account,
        password: form.password.into_inner(),
        emp_secret: secret(form.emp_client_secret),
        connect_secret: secret(form.connect_client_secret),
    };
    Ok((service, credentials))
}

#[cfg(test)]
mod tests {
    use contract::Secret;

    use super::*;

    fn form() -> HubForm {
        HubForm {
            hub_url: String::from("192.168.0.10"),
            callback_url: String::from("wss://example.com/websocket"),
            account: String::from(" me@example.com "),
            password: Secret::from(String::from("secret")),
            password_form: model::PasswordForm::Sha512,
            emp_client_id: String::new(),
            emp_client_secret: Some(Secret::default()),
            connect_client_id: String::new(),
            connect_client_secret: None,
        }
    }

    fn in_use() -> ServiceSettings {
        Settings::load(std::path::PathBuf::new(), &|_| None).service
    }

    #[test]
    fn a_form_is_tidied_and_an_empty_secret_is_none() {
        let (service, credentials) = check_hub(form(), in_use()).unwrap();

        assert_eq!(service.hub_url.as_str(), "http://192.168.0.10:5010/");
        assert_eq!(credentials.account, "me@example.com");
        assert!(credentials.emp_secret.is_none());
    }

    #[test]
    fn each_bad_field_has_its_own_problem() {
        type Spoil = fn(&mut HubForm);
        let cases: [(Spoil, ProblemCode); 4] = [
            (|form| form.account = String::from("  "), ProblemCode::MissingAccount),
            (|form| form.password = Secret::default(), ProblemCode::MissingPassword),
            (|form| form.hub_url = String::from("http://"), ProblemCode::InvalidAddress),
            (|form| form.callback_url = String::from("x"), ProblemCode::InvalidCallbackAddress),
        ];

        for (spoil, expected) in cases {
            let mut form = form();
            spoil(&mut form);
            let checked = check(SignInForm::Hub(form), in_use());
            assert_eq!(checked.err().map(|problem| problem.code), Some(expected));
        }
    }

    #[test]
    fn a_token_is_trimmed_and_each_bad_field_has_its_own_problem() {
        for (token, country, expected) in [
            (" thinqpat_1 \n", " kr ", None),
            (" ", "KR", Some(ProblemCode::MissingToken)),
            ("a b", "KR", Some(ProblemCode::InvalidToken)),
            ("thinqpat_1", "", Some(ProblemCode::InvalidCountry)),
            ("thinqpat_1", "KP", Some(ProblemCode::InvalidCountry)),
        ] {
            let form =
                ConnectForm { token: Secret::from(token.to_owned()), country: country.to_owned() };
            let checked = check_connect(form);
            assert_eq!(checked.as_ref().err().map(|problem| problem.code), expected, "{token}");
            if let Ok(credentials) = checked {
                assert_eq!(credentials.token.expose(), "thinqpat_1");
                assert_eq!(credentials.country.code(), "KR");
            }
        }
    }
}
