//! Changes requested by the window or the command line: validated before anything is written.

use contract::{LogLevel, SettingsChange};
use model::{Problem, ProblemCode, RetentionRule};
use monitor::ServiceSettings;
use toml_edit::DocumentMut;
use url::Url;

use super::{
    LanguageChoice, MOST_DAYS_KEPT, Settings, parse_callback_url, parse_connect_url, parse_hub_url,
    parse_key_id, parse_language, parse_proxy, set, set_in,
};

/// A valid change, reduced to values that differ from the current ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ValidatedChange {
    language: Option<LanguageChoice>,
    service: Option<ServiceSettings>,
    log_level: Option<LogLevel>,
    retention: Vec<RetentionRule>,
    is_welcomed: Option<bool>,
    /// Stored by the desktop, not in the file.
    pub(crate) is_autostarted: Option<bool>,
}

impl ValidatedChange {
    /// Whether the file must be written.
    pub(crate) fn is_in_file(&self) -> bool {
        let without_autostart = Self {
            language: self.language,
            service: self.service.clone(),
            log_level: self.log_level,
            retention: self.retention.clone(),
            is_welcomed: self.is_welcomed,
            is_autostarted: None,
        };
        without_autostart != Self::default()
    }
}

impl Settings {
    /// Converts to the contract's type. `service` is in use; in the demo it differs from the file.
    pub(crate) fn to_contract(
        &self,
        service: &ServiceSettings,
        is_autostarted: bool,
    ) -> contract::Settings {
        contract::Settings {
            language: self.language.name().to_owned(),
            is_autostarted,
            connect_url: service.connect_url.as_ref().map(Url::to_string).unwrap_or_default(),
            client_id: service
                .client_id
                .as_ref()
                .map_or_else(String::new, |id| id.as_str().to_owned()),
            hub_url: service.hub_url.to_string(),
            callback_url: service.callback_url.to_string(),
            password_form: service.password_form,
            emp_client_id: service.emp_client_id.clone(),
            connect_client_id: service.connect_client_id.clone(),
            proxy: service.proxy.as_ref().map(Url::to_string).unwrap_or_default(),
            log_level: self.log_level(),
            retention: self.retention.clone(),
            is_welcomed: self.is_welcomed,
            invalid: self.invalid.clone(),
            fixed: self.fixed.clone(),
            path: self.file.path().to_string_lossy().into_owned(),
        }
    }

    /// Returns the values of `change` that differ from the current ones. Fails if a value is invalid, or
    /// is overridden by an environment variable.
    pub(crate) fn check(
        &self,
        change: SettingsChange,
        in_use: &ServiceSettings,
    ) -> Result<ValidatedChange, Problem> {
        let SettingsChange {
            language,
            is_autostarted,
            connect_url,
            hub_url,
            callback_url,
            password_form,
            emp_client_id,
            connect_client_id,
            proxy,
            log_level,
            retention,
            is_welcomed,
        } = change;
        let language = parsed(language, parse_language, ProblemCode::InvalidSetting)?;
        let mut service = in_use.clone();
        take(&mut service.hub_url, parsed(hub_url, parse_hub_url, ProblemCode::InvalidAddress)?);
        take(
            &mut service.callback_url,
            parsed(callback_url, parse_callback_url, ProblemCode::InvalidCallbackAddress)?,
        );
        take(&mut service.password_form, password_form);
        for (id, text) in [
            (&mut service.emp_client_id, emp_client_id),
            (&mut service.connect_client_id, connect_client_id),
        ] {
            take(id, parsed(text, parse_key_id, ProblemCode::InvalidSetting)?);
        }
        take(
            &mut service.connect_url,
            parsed(connect_url, parse_connect_url, ProblemCode::InvalidConnectAddress)?,
        );
        take(&mut service.proxy, parsed(proxy, parse_proxy, ProblemCode::InvalidProxy)?);
        let retention = retention.unwrap_or_default();
        if retention.iter().any(|rule| rule.days > MOST_DAYS_KEPT) {
            return Err(Problem::of(ProblemCode::InvalidSetting));
        }
        let is_new_rule = |rule: &RetentionRule| !self.retention.contains(rule);
        let wanted = ValidatedChange {
            language: language.filter(|language| *language != self.language),
            log_level: log_level.filter(|level| *level != self.log_level()),
            retention: retention.into_iter().filter(is_new_rule).collect(),
            is_welcomed: is_welcomed.filter(|is_welcomed| *is_welcomed != self.is_welcomed),
            service: (service != *in_use).then_some(service),
            is_autostarted,
        };
        if self.is_refused(&wanted, in_use) {
            return Err(Problem::of(ProblemCode::SettingFixed));
        }
        Ok(wanted)
    }

    /// Whether the change touches a value that is overridden by an environment variable.
    fn is_refused(&self, wanted: &ValidatedChange, in_use: &ServiceSettings) -> bool {
        let differs = |part: fn(&ServiceSettings) -> &str| {
            wanted.service.as_ref().is_some_and(|service| part(service) != part(in_use))
        };
        [
            ("language", wanted.language.is_some()),
            ("proxy", differs(|service| service.proxy.as_ref().map_or("", Url::as_str))),
            (
                "connect_url",
                differs(|service| service.connect_url.as_ref().map_or("", Url::as_str)),
            ),
            ("log", wanted.log_level.is_some()),
            ("hub_url", differs(|service| service.hub_url.as_str())),
            ("callback_url", differs(|service| service.callback_url.as_str())),
            ("password_form", differs(|service| service.password_form.into_str())),
            ("emp_client_id", differs(|service| &service.emp_client_id)),
            ("connect_client_id", differs(|service| &service.connect_client_id)),
        ]
        .into_iter()
        .any(|(key, is_wanted)| is_wanted && self.is_fixed(key))
    }

    /// Writes the change into the document.
    pub(crate) fn write(&self, document: &mut DocumentMut, wanted: &ValidatedChange) {
        if let Some(language) = wanted.language {
            set(document, "language", language.name());
        }
        if let Some(service) = &wanted.service {
            self.write_service(document, service);
        }
        if let Some(level) = wanted.log_level {
            set(document, "log", level.into_str());
        }
        for rule in &wanted.retention {
            set_in(document, "retention", rule.category.into_str(), i64::from(rule.days));
        }
        if let Some(is_welcomed) = wanted.is_welcomed {
            set(document, "welcomed", is_welcomed);
        }
    }
}

fn parsed<T>(
    text: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
    otherwise: ProblemCode,
) -> Result<Option<T>, Problem> {
    text.map(|text| parse(&text).ok_or_else(|| Problem::of(otherwise))).transpose()
}

fn take<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use model::Category;

    use super::*;

    fn settings(text: &str, variable: Option<(&'static str, &'static str)>) -> Settings {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        let environment = move |name: &str| {
            let (known, value) = variable?;
            (known == name).then(|| value.to_owned())
        };
        Settings::load(path, &environment)
    }

    fn check(settings: &Settings, change: SettingsChange) -> Result<ValidatedChange, ProblemCode> {
        let in_use = settings.service.clone();
        settings.check(change, &in_use).map_err(|problem| problem.code)
    }

    #[test]
    fn a_change_is_written_and_nothing_else() {
        let settings = settings("# mine\nhub_url = \"10.0.0.1\"\n", None);
        let change = SettingsChange {
            language: Some(String::from("ko")),
            hub_url: Some(String::from("http://10.0.0.1:5010")),
            callback_url: Some(String::from("wss://callback.example/")),
            proxy: Some(String::from("socks5://localhost:1080")),
            log_level: Some(LogLevel::Debug),
            retention: Some(vec![RetentionRule { category: Category::Status, days: 30 }]),
            is_welcomed: Some(true),
            ..SettingsChange::default()
        };
        let wanted = check(&settings, change).unwrap();
        let mut document = "# mine\nhub_url = \"10.0.0.1\"\n".parse().unwrap();

        settings.write(&mut document, &wanted);

        let text = document.to_string();
        for line in [
            "language = \"ko\"",
            "callback_url = \"wss://callback.example/\"",
            "proxy = \"socks5://localhost:1080\"",
            "log = \"debug\"",
            "welcomed = true",
            "[retention]\nstatus = 30\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(wanted.is_in_file());
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        let settings = settings("", None);
        let same = settings.to_contract(&settings.service, false);
        let change = SettingsChange {
            language: Some(same.language),
            hub_url: Some(same.hub_url),
            proxy: Some(same.proxy),
            log_level: Some(same.log_level),
            retention: Some(same.retention),
            is_welcomed: Some(same.is_welcomed),
            ..SettingsChange::default()
        };

        assert!(!check(&settings, change).unwrap().is_in_file());
    }

    #[test]
    fn each_bad_value_is_refused_by_name() {
        type Spoil = fn(&mut SettingsChange);
        let cases: [(Spoil, ProblemCode); 7] = [
            (
                |change| change.connect_url = Some(String::from("http://api.example")),
                ProblemCode::InvalidConnectAddress,
            ),
            (|change| change.language = Some(String::from("tlh")), ProblemCode::InvalidSetting),
            (|change| change.hub_url = Some(String::from("x://")), ProblemCode::InvalidAddress),
            (
                |change| change.callback_url = Some(String::from("http://x")),
                ProblemCode::InvalidCallbackAddress,
            ),
            (
                |change| change.proxy = Some(String::from("http://me:pw@p")),
                ProblemCode::InvalidProxy,
            ),
            (
                |change| change.emp_client_id = Some(String::from("a b")),
                ProblemCode::InvalidSetting,
            ),
            (
                |change| {
                    let days = MOST_DAYS_KEPT + 1;
                    change.retention =
                        Some(vec![RetentionRule { category: Category::Safety, days }]);
                },
                ProblemCode::InvalidSetting,
            ),
        ];
        let settings = settings("", None);

        for (spoil, expected) in cases {
            let mut change =
                SettingsChange { is_welcomed: Some(true), ..SettingsChange::default() };
            spoil(&mut change);
            assert_eq!(check(&settings, change), Err(expected));
        }
    }

    #[test]
    fn what_a_variable_decides_cannot_be_changed() {
        let settings = settings("", Some(("THINQ_TRAY_LANGUAGE", "ko")));
        let language =
            |tag: &str| SettingsChange { language: Some(tag.to_owned()), ..Default::default() };

        assert_eq!(check(&settings, language("en")), Err(ProblemCode::SettingFixed));
        assert_eq!(check(&settings, language("ko")), Ok(ValidatedChange::default()));
    }
}
