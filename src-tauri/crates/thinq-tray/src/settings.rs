//! The settings: one TOML file that users may edit; each value can be overridden by an environment
//! variable `THINQ_TRAY_…`.
//!
//! An invalid value is reported and replaced by its default; the file is not modified. Writing preserves
//! comments and unknown keys.

mod change;
mod file;
mod reading;
pub(crate) mod rules;
pub(crate) mod targets;

use std::path::PathBuf;

use contract::{InvalidSetting, LogLevel};
use model::{
    Category, ForwardTarget, NotificationRules, Provider, RetentionRule, VariantArray as _,
};
use monitor::ServiceSettings;
use thinq::{
    Chain, DEFAULT_CALLBACK_URL,
    connect::{ClientId, Country},
};
use toml_edit::DocumentMut;
use tracing::warn;
use url::Url;
use words::Language;

pub(crate) use change::ValidatedChange;
pub(crate) use file::{SettingsError, SettingsFile, set, set_in};
pub(crate) use reading::{
    Reader, parse_callback_url, parse_connect_url, parse_hub_url, parse_key_id, parse_language,
    parse_proxy,
};

use crate::log;

/// Secrets are read from variables: arguments are visible to every user of the computer.
pub(crate) const EMP_SECRET: &str = "THINQ_TRAY_EMP_CLIENT_SECRET";
pub(crate) const CONNECT_SECRET: &str = "THINQ_TRAY_CONNECT_CLIENT_SECRET";
/// Environment variables that hold a secret.
pub(crate) const SECRETS: [&str; 2] = [EMP_SECRET, CONNECT_SECRET];

/// Default retention of events: two years.
const DAYS_KEPT: u32 = 730;
/// Maximum retention in days: a century. 0 means forever.
pub(crate) const MOST_DAYS_KEPT: u32 = 36_500;

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) language: LanguageChoice,
    pub(crate) service: ServiceSettings,
    /// Provider of the last sign-in.
    pub(crate) provider: Option<Provider>,
    /// Country of the last sign-in with ThinQ Connect.
    pub(crate) country: Option<Country>,
    /// Filter of the log, in `tracing`'s syntax.
    pub(crate) log: String,
    pub(crate) retention: Vec<RetentionRule>,
    pub(crate) rules: NotificationRules,
    pub(crate) targets: Vec<ForwardTarget>,
    pub(crate) is_welcomed: bool,
    pub(crate) invalid: Vec<InvalidSetting>,
    /// Keys that are overridden by an environment variable.
    pub(crate) fixed: Vec<String>,
    pub(crate) file: SettingsFile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LanguageChoice {
    System,
    Fixed(Language),
}

impl LanguageChoice {
    pub(crate) fn language(self) -> Language {
        match self {
            Self::System => system_language(),
            Self::Fixed(language) => language,
        }
    }

    /// Spelling in the file and in the window.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Fixed(language) => language.tag(),
        }
    }
}

impl Settings {
    /// Never fails: unreadable values are listed in `invalid` and logged.
    pub(crate) fn load(path: PathBuf, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let file = SettingsFile::new(path);
        let (document, broken) = match file.read() {
            Ok(document) => (document, None),
            Err(error) => {
                warn!(error = %Chain(&error), "ignoring the settings file");
                (DocumentMut::new(), Some(error.into()))
            }
        };
        let mut reader = Reader::new(document, environment);
        let service = ServiceSettings {
            hub_url: reader.read("hub_url", parse_hub_url).unwrap_or_else(default_hub_url),
            callback_url: reader
                .read("callback_url", parse_callback_url)
                .unwrap_or_else(default_callback_url),
            password_form: reader
                .read("password_form", |text| text.parse().ok())
                .unwrap_or_default(),
            emp_client_id: reader.read("emp_client_id", parse_key_id).unwrap_or_default(),
            connect_client_id: reader.read("connect_client_id", parse_key_id).unwrap_or_default(),
            proxy: reader.read("proxy", parse_proxy).flatten(),
            connect_url: reader.read("connect_url", parse_connect_url).flatten(),
            connect_root: None,
            client_id: reader.read("client_id", ClientId::parse),
        };
        let is_filter = |text: &str| log::is_filter(text).then(|| text.to_owned());
        Self {
            service,
            provider: reader.read("provider", |text| text.parse().ok()),
            country: reader.read("country", Country::parse),
            language: reader.read("language", parse_language).unwrap_or(LanguageChoice::System),
            log: reader.read("log", is_filter).unwrap_or_else(|| String::from("info")),
            retention: read_retention(&mut reader),
            rules: rules::read_rules(&mut reader),
            targets: targets::read_targets(&mut reader),
            is_welcomed: reader.read_flag("welcomed").unwrap_or(false),
            invalid: broken.into_iter().chain(reader.invalid).collect(),
            fixed: reader.fixed,
            file,
        }
    }

    /// Edits the current file, preserving comments and unknown keys. Does not change `self`: load the
    /// settings again. Blocks on the disk.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), SettingsError> {
        self.file.edit(change)
    }

    /// Saves the choices of a sign-in. Values of environment variables are not written.
    pub(crate) fn keep_sign_in(
        &mut self,
        provider: Provider,
        country: Option<Country>,
        service: ServiceSettings,
    ) -> Result<(), SettingsError> {
        let country = country.or(self.country);
        self.edit(|document| {
            self.write_service(document, &service);
            if self.provider != Some(provider) && !self.is_fixed("provider") {
                set(document, "provider", provider.into_str());
            }
            if let Some(country) = country.filter(|_| !self.is_fixed("country")) {
                set(document, "country", country.code());
            }
        })?;
        self.service = service;
        self.provider = Some(provider);
        self.country = country;
        Ok(())
    }

    /// Saves the language, by its spelling in the file.
    pub(crate) fn keep_language(&self, name: &str) -> Result<(), SettingsError> {
        self.edit(|document| set(document, "language", name))
    }

    /// Saves the id of this installation, which must not change.
    pub(crate) fn keep_client_id(&mut self, client_id: &ClientId) -> Result<(), SettingsError> {
        self.edit(|document| set(document, "client_id", client_id.as_str()))?;
        self.service.client_id = Some(client_id.clone());
        Ok(())
    }

    fn write_service(&self, document: &mut DocumentMut, service: &ServiceSettings) {
        let pairs = [
            ("hub_url", service.hub_url.as_str()),
            ("callback_url", service.callback_url.as_str()),
            ("password_form", service.password_form.into_str()),
            ("emp_client_id", &service.emp_client_id),
            ("connect_client_id", &service.connect_client_id),
            ("proxy", service.proxy.as_ref().map_or("", Url::as_str)),
            ("connect_url", service.connect_url.as_ref().map_or("", Url::as_str)),
            ("client_id", service.client_id.as_ref().map_or("", ClientId::as_str)),
        ];
        for (key, text) in pairs {
            let is_new = !text.is_empty() || document.contains_key(key);
            if is_new && !self.is_fixed(key) {
                set(document, key, text);
            }
        }
    }

    pub(crate) fn is_fixed(&self, key: &str) -> bool {
        self.fixed.iter().any(|fixed| fixed == key)
    }

    /// Closest of the levels that the window offers.
    pub(crate) fn log_level(&self) -> LogLevel {
        let has = |word| self.log.contains(word);
        if has("debug") || has("trace") {
            LogLevel::Debug
        } else if has("info") {
            LogLevel::Info
        } else {
            LogLevel::Warn
        }
    }
}

/// `[retention]`: a number of days per category; 0 means forever.
fn read_retention(reader: &mut Reader<'_>) -> Vec<RetentionRule> {
    let table = reader.item("retention").cloned();
    if let Some(table) = table.as_ref().filter(|table| !table.is_table_like()) {
        reader.reject("retention", &table.to_string());
    }
    Category::VARIANTS
        .iter()
        .map(|&category| {
            let name = category.into_str();
            let mut days = DAYS_KEPT;
            if let Some(item) = table.as_ref().and_then(|table| table.get(name)) {
                match item.as_integer().and_then(|days| u32::try_from(days).ok()) {
                    Some(wanted) if wanted <= MOST_DAYS_KEPT => days = wanted,
                    Some(_) | None => {
                        reader.reject(&format!("retention.{name}"), &item.to_string());
                    }
                }
            }
            RetentionRule { category, days }
        })
        .collect()
}

fn default_hub_url() -> Url {
    parse_hub_url("localhost").expect("the default address is valid")
}

fn default_callback_url() -> Url {
    parse_callback_url(DEFAULT_CALLBACK_URL).expect("the default address is valid")
}

fn system_language() -> Language {
    sys_locale::get_locale().and_then(|tag| Language::from_tag(&tag)).unwrap_or(Language::English)
}

/// Reads a variable of the process's environment; empty variables count as unset.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use model::PasswordForm;

    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        fs::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn a_bad_value_costs_only_itself_and_is_named() {
        let (_dir, path) = file(
            "hub_url = 7\nlanguage = \"ko\"\npassword_form = \"md5\"\nproxy = \"nowhere\"\n\
             welcomed = \"yes\"\nlog = \"thinq=loud\"\n[retention]\nstatus = -1\nsafety = 0\n",
        );

        let settings = Settings::load(path.clone(), &nothing);

        assert_eq!(settings.service.hub_url.as_str(), "http://localhost:5010/");
        assert_eq!(settings.service.password_form, PasswordForm::Sha512);
        assert_eq!(settings.language, LanguageChoice::Fixed(Language::Korean));
        let invalid: Vec<_> = settings
            .invalid
            .iter()
            .map(|invalid| (invalid.key.as_str(), invalid.found.as_str()))
            .collect();
        assert_eq!(
            invalid,
            [
                ("hub_url", "7"),
                ("password_form", "md5"),
                ("proxy", "nowhere"),
                ("log", "thinq=loud"),
                ("retention.status", "-1"),
                ("welcomed", "\"yes\""),
            ]
        );
        let days = |category| {
            let rule = settings.retention.iter().find(|rule| rule.category == category);
            rule.unwrap().days
        };
        assert_eq!((days(Category::Status), days(Category::Safety)), (DAYS_KEPT, 0));
        assert!(fs::read_to_string(path).unwrap().starts_with("hub_url = 7\n"));
    }

    #[test]
    fn the_environment_comes_before_the_file_and_is_not_written_to_it() {
        let (_dir, path) = file("# mine\nhub_url = \"10.0.0.1\" # the hub\nother = 1\n");
        let environment = |name: &str| match name {
            "THINQ_TRAY_CALLBACK_URL" => Some(String::from("ws://127.0.0.1:1/")),
            "THINQ_TRAY_LANGUAGE" => Some(String::from("tlh")),
            _ => None,
        };
        let mut settings = Settings::load(path.clone(), &environment);
        assert_eq!(settings.service.callback_url.as_str(), "ws://127.0.0.1:1/");
        assert_eq!(settings.fixed, ["callback_url", "language"]);
        assert_eq!(settings.invalid[0].key, "THINQ_TRAY_LANGUAGE");

        let hub_url = parse_hub_url("10.0.0.2").unwrap();
        let service = ServiceSettings { hub_url, ..settings.service.clone() };
        settings.keep_sign_in(Provider::Hub, None, service).unwrap();

        let written = fs::read_to_string(&path).unwrap();
        assert!(
            written.starts_with("# mine\nhub_url = \"http://10.0.0.2:5010/\" # the hub"),
            "{written}"
        );
        assert!(written.contains("other = 1"));
        assert!(!written.contains("127.0.0.1"));
    }

    #[test]
    fn a_broken_file_is_named_and_left_as_it_is() {
        let (_dir, path) = file("hub_url = \n");
        let mut settings = Settings::load(path.clone(), &nothing);
        assert_eq!(settings.invalid[0].key, "");

        let hub_url = parse_hub_url("10.0.0.2").unwrap();
        let service = ServiceSettings { hub_url, ..settings.service.clone() };

        assert!(matches!(
            settings.keep_sign_in(Provider::Hub, None, service),
            Err(SettingsError::Broken(_))
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "hub_url = \n");
    }

    #[test]
    fn a_file_that_is_not_there_is_no_fault() {
        let dir = tempfile::tempdir().unwrap();

        let settings = Settings::load(dir.path().join("settings.toml"), &nothing);

        assert!(settings.invalid.is_empty());
        assert_eq!(settings.log_level(), LogLevel::Info);
    }
}
