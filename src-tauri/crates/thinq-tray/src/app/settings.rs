//! Changes of the settings at run time: validated, written, applied, published.

use std::sync::Arc;

use contract::{InvalidSetting, SettingsChange, Update};
use jiff::Zoned;
use model::{Problem, ProblemCode};
use monitor::ServiceSettings;
use thinq::Chain;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use super::App;
use crate::{
    autostart::Autostart,
    log,
    settings::{Settings, SettingsError, ValidatedChange, environment},
};

/// Settings that are fixed in the demo: the addresses of its simulated home.
pub(crate) const DEMO_FIXES: [&str; 3] = ["hub_url", "callback_url", "connect_url"];

impl App {
    /// Returns the settings as shown in the window. Blocks on the disk.
    pub(crate) fn settings(&self) -> contract::Settings {
        let is_autostarted = Autostart::of(self.profile).is_some_and(|entry| entry.is_on());
        let settings = self.settings.lock();
        settings.to_contract(&self.monitor.service(), is_autostarted)
    }

    /// Applies edits made outside this program and returns the settings. A file that cannot be read,
    /// as while an editor saves it, changes no setting and is listed as invalid.
    pub(crate) async fn refresh_settings(self: &Arc<Self>) -> contract::Settings {
        let _changing = self.changing.lock().await;
        let app = Arc::clone(self);
        let read = spawn_blocking(move || {
            let shown = app.settings();
            let mut settings = app.settings.lock();
            let before = match settings.file.read() {
                Ok(_) => Some(app.reload(&mut settings)),
                Err(error) => {
                    settings.invalid = vec![error.into()];
                    None
                }
            };
            drop(settings);
            (shown, before)
        });
        let Ok((shown, before)) = read.await else { return self.settings() };
        if let Some(before) = before {
            self.apply(before).await;
        }
        let now = self.settings();
        if now != shown {
            info!("settings file was edited");
            return self.tell_settings().await;
        }
        now
    }

    pub(crate) fn settings_invalid(&self) -> Vec<InvalidSetting> {
        self.settings.lock().invalid.clone()
    }

    pub(crate) fn log_filter(&self) -> String {
        self.settings.lock().log.clone()
    }

    /// Applies a change immediately. Nothing changes when one of the values is invalid.
    pub(crate) async fn change_settings(
        self: &Arc<Self>,
        change: SettingsChange,
    ) -> Result<contract::Settings, Problem> {
        if let Some(is_on) = self.wanted(change.clone())?.is_autostarted {
            self.switch_autostart(is_on).await?;
        }
        let _changing = self.changing.lock().await;
        let wanted = self.wanted(change)?;
        let app = Arc::clone(self);
        let written = spawn_blocking(move || app.write_settings(&wanted)).await;
        let before = written.unwrap_or_else(|_| Err(Problem::of(ProblemCode::Internal)))?;
        self.apply(before).await;
        Ok(self.tell_settings().await)
    }

    fn wanted(&self, change: SettingsChange) -> Result<ValidatedChange, Problem> {
        let in_use = self.monitor.service();
        let settings = self.settings.lock();
        settings.check(change, &in_use)
    }

    /// Runs one at a time, without blocking other changes: a desktop may prompt the user first.
    async fn switch_autostart(self: &Arc<Self>, is_on: bool) -> Result<(), Problem> {
        let _switching = self.switching.lock().await;
        let Some(autostart) = Autostart::of(self.profile) else { return Ok(()) };
        let reason = self.words.text("autostart-reason");
        let switched = tokio::select! {
            switched = autostart.switch(is_on, &reason) => switched,
            // Nothing was switched, and the program is stopping.
            () = self.stop.cancelled() => return Err(Problem::of(ProblemCode::NotRunning)),
        };
        if let Err(error) = switched {
            warn!(error = %Chain(&error), is_on, "failed to switch autostart");
            // A refusal may have switched autostart off.
            self.tell_settings().await;
            return Err(Problem::of(error.code()));
        }
        Ok(())
    }

    /// Renames the file if it is not valid TOML in UTF-8.
    pub(crate) async fn set_settings_aside(
        self: &Arc<Self>,
    ) -> Result<contract::Settings, Problem> {
        let _changing = self.changing.lock().await;
        let app = Arc::clone(self);
        let done = spawn_blocking(move || {
            let mut settings = app.settings.lock();
            let aside = settings.file.set_aside_broken(Zoned::now().datetime());
            if aside.map_err(|error| file_problem(&error.into()))? {
                info!("renamed an unreadable settings file");
            }
            app.reload(&mut settings);
            Ok(())
        });
        done.await.unwrap_or_else(|_| Err(Problem::of(ProblemCode::Internal)))?;
        Ok(self.tell_settings().await)
    }

    /// Repairs autostart, if it is on.
    pub(crate) async fn repair_autostart(&self) -> Result<(), Problem> {
        let profile = self.profile;
        let repaired =
            spawn_blocking(move || Autostart::of(profile).map_or(Ok(()), |entry| entry.repair()));
        repaired.await.unwrap_or_else(|error| Err(error.into())).map_err(|error| {
            error!(%error, "failed to repair autostart");
            Problem::of(ProblemCode::Autostart)
        })
    }

    /// Returns the previous settings.
    fn write_settings(&self, wanted: &ValidatedChange) -> Result<Settings, Problem> {
        let mut settings = self.settings.lock();
        if wanted.is_in_file() {
            settings
                .edit(|document| settings.write(document, wanted))
                .map_err(|error| file_problem(&error))?;
        }
        Ok(self.reload(&mut settings))
    }

    /// Loads the file again, including edits made outside this program.
    fn reload(&self, settings: &mut Settings) -> Settings {
        let mut loaded = Settings::load(settings.file.path().to_owned(), &environment);
        if self.demo.is_some() {
            let in_use = self.monitor.service();
            loaded.service = ServiceSettings {
                hub_url: in_use.hub_url,
                callback_url: in_use.callback_url,
                connect_url: in_use.connect_url,
                connect_root: in_use.connect_root,
                client_id: in_use.client_id,
                ..loaded.service
            };
            loaded.fixed.extend(DEMO_FIXES.map(str::to_owned));
        }
        std::mem::replace(settings, loaded)
    }

    async fn apply(&self, before: Settings) {
        let (language, log, service, rules): (_, _, ServiceSettings, _) = {
            let settings = self.settings.lock();
            if settings.retention != before.retention {
                self.monitor.set_retention(settings.retention.clone());
            }
            (
                settings.language.language(),
                settings.log.clone(),
                settings.service.clone(),
                settings.rules.clone(),
            )
        };
        if log != before.log {
            log::refilter(&log);
        }
        if language != self.words.language() {
            self.words.speak(language);
            self.language.send_replace(language);
            self.forwarder.retry();
        }
        if rules != self.monitor.rules() {
            self.monitor.set_rules(rules);
        }
        let targets = self.settings.lock().targets.clone();
        if targets != self.forwarder.targets() {
            self.forwarder.set_targets(targets);
        }
        if service != self.monitor.service() {
            self.monitor.change_service(service).await;
        }
    }

    async fn tell_settings(self: &Arc<Self>) -> contract::Settings {
        let app = Arc::clone(self);
        let settings = spawn_blocking(move || app.settings()).await;
        let settings = settings.unwrap_or_else(|_| self.settings());
        // An error means that there is no subscriber.
        drop(self.told.send(Update::SettingsChanged { settings: settings.clone() }));
        settings
    }
}

pub(super) fn file_problem(error: &SettingsError) -> Problem {
    error!(error = %Chain(error), "failed to change the settings");
    Problem::of(error.code())
}
