//! The settings: one TOML file that people may edit, each value overridable by an environment
//! variable `THINQ_TRAY_…`.
//!
//! A value that makes no sense is named in the log and its default used; the file is not touched.
//! Writing keeps comments and unknown keys.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use atomic_write_file::OpenOptions;
use monitor::ServiceSettings;
use thinq::{DEFAULT_CALLBACK_URL, DEFAULT_HUB_PORT, PasswordForm};
use toml_edit::{DocumentMut, value};
use tracing::warn;
use url::Url;
use words::Language;

const ENVIRONMENT_PREFIX: &str = "THINQ_TRAY_";

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) language: Language,
    pub(crate) service: ServiceSettings,
    /// What the log keeps, as `tracing` filters are written.
    pub(crate) log: String,
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("settings file could not be written")]
    Write(#[from] io::Error),

    #[error("settings file is not valid TOML and is left as it is")]
    Broken(#[from] toml_edit::TomlError),
}

/// Where the values come from.
struct Source<'a> {
    file: DocumentMut,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Settings {
    /// Never fails: what cannot be read is named in the log.
    pub(crate) fn load(path: PathBuf, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                warn!(%error, "the settings file could not be read");
                String::new()
            }
        };
        let file = text.parse().unwrap_or_else(|error: toml_edit::TomlError| {
            warn!(message = error.message(), "the settings file is not valid TOML");
            DocumentMut::new()
        });
        let source = Source { file, environment };
        let service = ServiceSettings {
            hub_url: source.read("hub_url", parse_hub_url).unwrap_or_else(default_hub_url),
            callback_url: source
                .read("callback_url", parse_callback_url)
                .unwrap_or_else(default_callback_url),
            password_form: source.read("password_form", parse_form).unwrap_or_default(),
            emp_client_id: source.text("emp_client_id").unwrap_or_default(),
            connect_client_id: source.text("connect_client_id").unwrap_or_default(),
        };
        let language = source
            .read("language", |text| match text {
                "system" => Some(system_language()),
                tag => Language::from_tag(tag),
            })
            .unwrap_or_else(system_language);
        let log = source.text("log").unwrap_or_else(|| String::from("info"));
        Self { language, service, log, path }
    }

    /// Keeps where the service is, after a sign-in with it. What an environment variable says is
    /// not written.
    pub(crate) fn keep_service(
        &mut self,
        service: ServiceSettings,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), SettingsError> {
        if self.service == service {
            return Ok(());
        }
        let form = match service.password_form {
            PasswordForm::Sha512 => "sha512",
            PasswordForm::Plain => "plain",
        };
        let pairs = [
            ("hub_url", service.hub_url.as_str()),
            ("callback_url", service.callback_url.as_str()),
            ("password_form", form),
            ("emp_client_id", &service.emp_client_id),
            ("connect_client_id", &service.connect_client_id),
        ];
        let mut file: DocumentMut = match fs::read_to_string(&self.path) {
            Ok(text) => text.parse()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => DocumentMut::new(),
            Err(error) => return Err(error.into()),
        };
        for (key, text) in pairs {
            if environment(&variable(key)).is_none() {
                // Assigning to an existing value would drop the comment behind it.
                match file.get_mut(key).and_then(|item| item.as_value_mut()) {
                    Some(old) => {
                        let decor = old.decor().clone();
                        *old = text.into();
                        *old.decor_mut() = decor;
                    }
                    None => file[key] = value(text),
                }
            }
        }
        write_private(&self.path, &file.to_string())?;
        self.service = service;
        Ok(())
    }
}

impl Source<'_> {
    fn text(&self, key: &str) -> Option<String> {
        if let Some(text) = (self.environment)(&variable(key)) {
            return Some(text);
        }
        let item = self.file.get(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            warn!(key, "a setting is not text; its default is used");
        }
        text
    }

    fn read<T>(&self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let parsed = parse(&self.text(key)?);
        if parsed.is_none() {
            warn!(key, "a setting makes no sense; its default is used");
        }
        parsed
    }
}

/// As people type it: `192.168.0.10` is `http://192.168.0.10:5010/`.
pub(crate) fn parse_hub_url(text: &str) -> Option<Url> {
    let text = text.trim();
    let mut url = if text.contains("://") {
        Url::parse(text).ok()?
    } else {
        let mut url = Url::parse(&format!("http://{text}")).ok()?;
        if url.port().is_none() {
            url.set_port(Some(DEFAULT_HUB_PORT)).ok()?;
        }
        url
    };
    let is_usable = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    url.set_fragment(None);
    is_usable.then_some(url)
}

pub(crate) fn parse_callback_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "ws" | "wss") && url.host_str().is_some()).then_some(url)
}

fn parse_form(text: &str) -> Option<PasswordForm> {
    match text {
        "sha512" => Some(PasswordForm::Sha512),
        "plain" => Some(PasswordForm::Plain),
        _ => None,
    }
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

fn variable(key: &str) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", key.to_uppercase())
}

/// All of the file or none, for its user only.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use atomic_write_file::unix::OpenOptionsExt as _;
        use std::os::unix::fs::OpenOptionsExt as _;

        options.mode(0o600).preserve_mode(false);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.commit()
}

/// The process's environment, as [`Settings`] wants it.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
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
    fn addresses_are_read_as_people_type_them() {
        let cases = [
            ("192.168.0.10", Some("http://192.168.0.10:5010/")),
            (" hub.local:8080 ", Some("http://hub.local:8080/")),
            ("https://hub.example", Some("https://hub.example/")),
            ("[fe80::1]", Some("http://[fe80::1]:5010/")),
            ("", None),
            ("ftp://hub.example", None),
            ("http://", None),
        ];

        for (text, expected) in cases {
            assert_eq!(parse_hub_url(text).as_ref().map(Url::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_value_costs_only_itself() {
        let (_dir, path) = file("hub_url = 7\nlanguage = \"ko\"\npassword_form = \"md5\"\n");

        let settings = Settings::load(path, &nothing);

        assert_eq!(settings.service.hub_url.as_str(), "http://localhost:5010/");
        assert_eq!(settings.service.password_form, PasswordForm::Sha512);
        assert_eq!(settings.language, Language::Korean);
    }

    #[test]
    fn the_environment_comes_before_the_file_and_is_not_written_to_it() {
        let (_dir, path) = file("# mine\nhub_url = \"10.0.0.1\" # the hub\nother = 1\n");
        let environment = |name: &str| {
            (name == "THINQ_TRAY_CALLBACK_URL").then(|| String::from("ws://127.0.0.1:1/"))
        };
        let mut settings = Settings::load(path.clone(), &environment);
        assert_eq!(settings.service.callback_url.as_str(), "ws://127.0.0.1:1/");

        let hub_url = parse_hub_url("10.0.0.2").unwrap();
        let service = ServiceSettings { hub_url, ..settings.service.clone() };
        settings.keep_service(service, &environment).unwrap();

        let written = fs::read_to_string(&path).unwrap();
        assert!(
            written.starts_with("# mine\nhub_url = \"http://10.0.0.2:5010/\" # the hub"),
            "{written}"
        );
        assert!(written.contains("other = 1"));
        assert!(!written.contains("127.0.0.1"));
    }

    #[test]
    fn a_broken_file_is_left_as_it_is() {
        let (_dir, path) = file("hub_url = \n");
        let mut settings = Settings::load(path.clone(), &nothing);

        let hub_url = parse_hub_url("10.0.0.2").unwrap();
        let service = ServiceSettings { hub_url, ..settings.service.clone() };

        assert!(matches!(settings.keep_service(service, &nothing), Err(SettingsError::Broken(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "hub_url = \n");
    }
}
