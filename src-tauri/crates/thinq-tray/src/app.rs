//! Shared state of the resident program, used by the tray, the notifier, the window and the local
//! socket.

mod jobs;
mod rules;
mod settings;

use std::{
    io,
    sync::{Arc, Mutex},
};

use contract::{SignInDefaults, SignInForm, Told, View};
use model::{Demo, NotificationReport, Problem, ProblemCode, Release, Status};
use monitor::{CALL_BUDGET, Credentials, Monitor, ServiceSettings, SignInError};
use secrecy::SecretString;
use thinq::{Chain, Error, Peer};
use tokio::sync::{Mutex as AsyncMutex, broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use url::Url;
use words::{Language, Words};

pub(crate) use settings::DEMO_FIXES;

use crate::{
    clock::now_ms,
    demo,
    jobs::Jobs,
    paths::Profile,
    settings::{Settings, parse_callback_url, parse_hub_url},
    window::Window,
};

/// A request for a test notification, answered with its outcome.
pub(crate) struct TestRequest(pub(crate) oneshot::Sender<NotificationReport>);

pub(crate) struct App {
    pub(crate) monitor: Monitor,
    pub(crate) words: Words,
    pub(crate) window: Window,
    pub(crate) told: broadcast::Sender<Told>,
    /// State of the notification server and outcome of the last notification.
    pub(crate) notifications: watch::Sender<NotificationReport>,
    pub(crate) jobs: Jobs,
    pub(crate) newer_release: watch::Sender<Option<Release>>,
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
    pub(crate) settings: Settings,
    pub(crate) words: Words,
    pub(crate) profile: Profile,
    pub(crate) window: Window,
    pub(crate) told: broadcast::Sender<Told>,
    pub(crate) demo: Option<Demo>,
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(parts: AppParts) -> Arc<Self> {
        let (test_requests, waiting_tests) = mpsc::channel(1);
        parts.monitor.set_retention(parts.settings.retention.clone());
        Arc::new(Self {
            monitor: parts.monitor,
            language: watch::Sender::new(parts.words.language()),
            words: parts.words,
            changing: AsyncMutex::new(()),
            switching: AsyncMutex::new(()),
            profile: parts.profile,
            window: parts.window,
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
        let kept = self.monitor.sign_in_kept();
        let kept = kept.as_ref();
        SignInDefaults {
            hub_url: service.hub_url.to_string(),
            callback_url: service.callback_url.to_string(),
            account: kept.map(|kept| kept.account.clone()).unwrap_or_default(),
            password_form: match service.password_form {
                model::PasswordForm::Sha512 => model::PasswordForm::Sha512,
                model::PasswordForm::Plain => model::PasswordForm::Plain,
            },
            emp_client_id: service.emp_client_id,
            has_emp_client_secret: kept.is_some_and(|kept| kept.emp_secret.is_some()),
            connect_client_id: service.connect_client_id,
            has_connect_client_secret: kept.is_some_and(|kept| kept.connect_secret.is_some()),
        }
    }

    pub(crate) async fn sign_in(&self, form: SignInForm) -> Result<(), Problem> {
        let (service, credentials) = check(form, self.monitor.service().proxy)?;
        self.monitor
            .sign_in(service.clone(), credentials)
            .await
            .map_err(|error| sign_in_problem(&error))?;
        let mut settings = self.settings.lock().expect("no holder of the lock panics");
        // The demo's addresses are only valid for its process.
        if self.demo.is_none()
            && let Err(error) = settings.keep_service(service)
        {
            warn!(error = %Chain(&error), "failed to save the addresses");
        }
        Ok(())
    }

    /// Starts the demo as another process. In the demo itself, shows its window.
    pub(crate) async fn open_demo(&self) -> Result<(), Problem> {
        if self.profile == Profile::Demo {
            return self.show_window(View::Now, None).await;
        }
        let language = {
            let settings = self.settings.lock().expect("no holder of the lock panics");
            settings.language.name().to_owned()
        };
        demo::open_beside(language).await.map_err(|error| {
            error!(error = %Chain(&error), "failed to open the demo");
            Problem::of(ProblemCode::Demo)
        })
    }

    pub(crate) async fn show_window(
        &self,
        view: View,
        token: Option<String>,
    ) -> Result<(), Problem> {
        self.window.show(view, token).await.map_err(|error: io::Error| {
            error!(%error, "failed to open the window");
            Problem::of(ProblemCode::WindowMissing)
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
        SignInError::Service(Error::InvalidAddress { peer: Peer::Callback, .. }) => {
            Problem::of(ProblemCode::InvalidCallbackAddress)
        }
        SignInError::Service(error) => Problem::from(error),
        SignInError::NoRefreshToken => Problem::of(ProblemCode::InvalidAnswer),
    }
}

/// Validates the form and converts it to the engine's types.
fn check(form: SignInForm, proxy: Option<Url>) -> Result<(ServiceSettings, Credentials), Problem> {
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
        password_form: match form.password_form {
            model::PasswordForm::Sha512 => model::PasswordForm::Sha512,
            model::PasswordForm::Plain => model::PasswordForm::Plain,
        },
        emp_client_id: form.emp_client_id.trim().to_owned(),
        connect_client_id: form.connect_client_id.trim().to_owned(),
        proxy,
    };
    let secret = |given: Option<contract::Secret>| -> Option<SecretString> {
        given.filter(|secret| !secret.is_empty()).map(contract::Secret::into_inner)
    };
    let credentials = Credentials {
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

    fn form() -> SignInForm {
        SignInForm {
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

    #[test]
    fn a_form_is_tidied_and_an_empty_secret_is_none() {
        let (service, credentials) = check(form(), None).unwrap();

        assert_eq!(service.hub_url.as_str(), "http://192.168.0.10:5010/");
        assert_eq!(credentials.account, "me@example.com");
        assert!(credentials.emp_secret.is_none());
    }

    #[test]
    fn each_bad_field_has_its_own_problem() {
        type Spoil = fn(&mut SignInForm);
        let cases: [(Spoil, ProblemCode); 4] = [
            (|form| form.account = String::from("  "), ProblemCode::MissingAccount),
            (|form| form.password = Secret::default(), ProblemCode::MissingPassword),
            (|form| form.hub_url = String::from("http://"), ProblemCode::InvalidAddress),
            (|form| form.callback_url = String::from("x"), ProblemCode::InvalidCallbackAddress),
        ];

        for (spoil, expected) in cases {
            let mut form = form();
            spoil(&mut form);
            assert_eq!(check(form, None).err().map(|problem| problem.code), Some(expected));
        }
    }
}
