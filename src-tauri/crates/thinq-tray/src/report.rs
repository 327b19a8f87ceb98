//! The problem report: facts that help to diagnose a problem, without personal data.
//!
//! In English, for the maintainers. Contains no secrets, accounts, names or ids of devices, addresses
//! or folders; the user sees it before it is sent.

mod scrub;

use std::{
    env,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use contract::{Checkup, Light};
use directories::BaseDirs;
use jiff::Timestamp;
use model::{PasswordForm, Provider, Status};
use monitor::{ServiceSettings, SignIn};
use thinq::{DEFAULT_CALLBACK_URL, is_local};
use tokio::task::spawn_blocking;
use url::Url;

use crate::{
    app::App,
    checkup::{judge, look_from_outside, look_within},
    paths::{Paths, Profile},
    settings::Settings,
};
use scrub::Scrubber;

const LOG_LINES: usize = 60;
/// Maximum number of bytes read from the end of the log.
const LOG_BYTES: u64 = 64 * 1024;

/// Facts of the report.
struct Subject {
    profile: Profile,
    checkup: Checkup,
    status: Option<Status>,
    service: ServiceSettings,
    invalid: Vec<String>,
    fixed: Vec<String>,
    log_filter: String,
    personal: Vec<(String, &'static str)>,
}

/// Report of the running program.
pub(crate) async fn of(app: &App) -> String {
    let checkup = judge(&look_within(app).await);
    let settings = app.settings();
    let mut personal = Vec::new();
    if let Some(SignIn::Hub(sign_in)) = app.monitor.sign_in_kept() {
        personal.push((sign_in.account, "[account]"));
    }
    if let Some(client_id) = app.monitor.service().client_id {
        personal.push((client_id.as_str().to_owned(), "[id]"));
    }
    let store = app.monitor.store();
    if let Ok(Ok(devices)) = spawn_blocking(move || store.devices()).await {
        for device in devices {
            personal.push((device.alias, "[device]"));
            personal.push((device.id.as_str().to_owned(), "[id]"));
        }
    }
    let subject = Subject {
        profile: app.profile(),
        checkup,
        status: Some(app.status()),
        service: app.monitor.service(),
        invalid: settings.invalid.into_iter().map(|invalid| invalid.key).collect(),
        fixed: settings.fixed,
        log_filter: app.log_filter(),
        personal,
    };
    written(subject).await
}

/// Report while the program is not running.
pub(crate) async fn without_it(profile: Profile, settings: &Settings) -> String {
    let subject = Subject {
        profile,
        checkup: judge(&look_from_outside(profile, settings).await),
        status: None,
        service: settings.service.clone(),
        invalid: settings.invalid.iter().map(|invalid| invalid.key.clone()).collect(),
        fixed: settings.fixed.clone(),
        log_filter: settings.log.clone(),
        personal: Vec::new(),
    };
    written(subject).await
}

async fn written(subject: Subject) -> String {
    spawn_blocking(move || subject.text()).await.unwrap_or_default()
}

impl Subject {
    /// Blocks on the disk.
    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("writing to a String does not fail");
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let now = Timestamp::now().strftime("%Y-%m-%d %H:%M");
        let demo = if self.profile == Profile::Demo { ", demo" } else { "" };
        writeln!(text, "ThinQ Tray {}{demo}", env!("CARGO_PKG_VERSION"))?;
        writeln!(text, "Problem report of {now} UTC\n\nSystem")?;
        writeln!(text, "  system: {}, {}", system_name(), env::consts::ARCH)?;
        for (name, variable) in [
            ("desktop", "XDG_CURRENT_DESKTOP"),
            ("session", "XDG_SESSION_TYPE"),
            ("locale", "LANG"),
        ] {
            let value = env::var(variable).unwrap_or_else(|_| String::from("not told"));
            writeln!(text, "  {name}: {value}")?;
        }
        writeln!(text, "\nChecks")?;
        for check in &self.checkup.checks {
            let light = match check.light {
                Light::Green => "green",
                Light::Amber => "amber",
                Light::Red => "red  ",
            };
            write!(text, "  {light} {}: {}", check.subject.into_str(), check.finding)?;
            for more in check
                .problem
                .iter()
                .map(|problem| problem.code.into_str())
                .chain(check.detail.as_deref())
            {
                write!(text, " ({more})")?;
            }
            writeln!(text)?;
        }
        self.write_counts(text)?;
        self.write_settings(text)?;
        writeln!(text, "\nEnd of the log")?;
        let scrubber = self.scrubber();
        let lines = Paths::of(self.profile).and_then(|paths| log_end(&paths.log_dir()).ok());
        for line in lines.unwrap_or_default() {
            writeln!(text, "  {}", scrubber.scrub(&line))?;
        }
        Ok(())
    }

    fn write_counts(&self, text: &mut String) -> std::fmt::Result {
        let Some(status) = &self.status else { return writeln!(text, "\nNot running") };
        writeln!(
            text,
            "\nCounts\n  devices: {}\n  unread: {}\n  calls today: {} of {}\n  \
             frames that could not be read: {}",
            status.devices,
            status.unread,
            status.calls_today,
            status.call_budget,
            status.dropped_frames
        )
    }

    fn write_settings(&self, text: &mut String) -> std::fmt::Result {
        let service = &self.service;
        let callback =
            if service.callback_url.as_str().trim_end_matches('/') == DEFAULT_CALLBACK_URL {
                "LG's"
            } else {
                "another"
            };
        let form = match service.password_form {
            PasswordForm::Sha512 => "sha512",
            PasswordForm::Plain => "plain",
        };
        let key_pairs = [&service.emp_client_id, &service.connect_client_id];
        let key_pairs = key_pairs.iter().filter(|id| !id.is_empty()).count();
        let proxy = service.proxy.as_ref().map_or("as the system says", Url::scheme);
        writeln!(
            text,
            "\nSettings\n  provider: {}\n  address of ThinQ Connect: {}\n  hub: {}\n  callback: {callback}, {}\n  proxy: {proxy}\n  \
             password form: {form}\n  key pairs: {key_pairs}\n  log: {}",
            self.provider(),
            service.connect_url.as_ref().map_or_else(|| String::from("LG's"), kind_of),
            kind_of(&service.hub_url),
            service.callback_url.scheme(),
            self.log_filter,
        )?;
        writeln!(text, "  make no sense: {}", listed(&self.invalid))?;
        writeln!(text, "  decided by variables: {}", listed(&self.fixed))
    }

    fn provider(&self) -> String {
        let Some(status) = &self.status else { return String::from("not running") };
        match (status.provider, &status.country) {
            (Some(Provider::Connect), Some(country)) => format!("ThinQ Connect, {country}"),
            (Some(Provider::Connect), None) => String::from("ThinQ Connect"),
            (Some(Provider::Hub), _) => String::from("hub"),
            (None, _) => String::from("signed out"),
        }
    }

    fn scrubber(&self) -> Scrubber {
        let service = &self.service;
        let hosts = [
            (Some(&service.hub_url), "[hub]"),
            (Some(&service.callback_url), "[callback]"),
            (service.connect_url.as_ref(), "[connect]"),
            (service.proxy.as_ref(), "[proxy]"),
        ];
        let hosts = hosts.into_iter().filter_map(|(url, stands_for)| {
            let host = url?.host_str()?;
            let is_default = host == "localhost" || DEFAULT_CALLBACK_URL.contains(host);
            (!is_default).then(|| (host.to_owned(), stands_for))
        });
        let home = BaseDirs::new().map(|dirs| dirs.home_dir().to_string_lossy().into_owned());
        let home = home.filter(|home| home != "/root");
        let of_environment = |name: &str, stands_for: &'static str| {
            env::var(name).ok().filter(|value| value != "root").map(|value| (value, stands_for))
        };
        Scrubber::new(
            self.personal
                .iter()
                .cloned()
                .chain(hosts)
                .chain(home.map(|home| (home, "[home]")))
                .chain(of_environment("USER", "[user]"))
                .chain(of_environment("USERNAME", "[user]"))
                .chain(host_name().map(|name| (name, "[computer]"))),
        )
    }
}

fn kind_of(hub: &Url) -> String {
    let place = match hub.host_str() {
        Some("localhost" | "127.0.0.1" | "[::1]") => "this computer",
        Some(_) if is_local(hub) => "nearby",
        Some(_) | None => "far away",
    };
    format!("{place}, {}", hub.scheme())
}

fn listed(keys: &[String]) -> String {
    if keys.is_empty() { String::from("none") } else { keys.join(", ") }
}

fn system_name() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or_else(|| env::consts::OS.to_owned(), |name| name.trim_matches('"').to_owned())
}

fn host_name() -> Option<String> {
    let name = fs::read_to_string("/etc/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty() && name != "localhost").then(|| name.to_owned())
}

/// Last lines of the newest log file.
fn log_end(dir: &Path) -> io::Result<Vec<String>> {
    let newest: Option<PathBuf> = fs::read_dir(dir)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        // The names contain the date.
        .max();
    let Some(path) = newest else { return Ok(Vec::new()) };
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LOG_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may be incomplete.
    let lines: Vec<&str> = text.lines().skip(usize::from(start > 0)).collect();
    let last = lines.len().saturating_sub(LOG_LINES);
    Ok(lines[last..].iter().map(|line| (*line).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_newest_log_is_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thinq-tray.2026-11-21.log"), "old\n").unwrap();
        let lines: Vec<String> =
            (0..5_000).map(|number| format!("line {number} of the log")).collect();
        fs::write(dir.path().join("thinq-tray.2026-11-22.log"), lines.join("\n")).unwrap();

        let end = log_end(dir.path()).unwrap();

        assert_eq!(end.len(), LOG_LINES);
        assert_eq!(end.last().unwrap(), "line 4999 of the log");
        assert!(end.first().unwrap().starts_with("line 49"));
    }

    #[test]
    fn a_hub_is_told_by_its_kind_alone() {
        let cases = [
            ("http://localhost:5010", "this computer, http"),
            ("http://192.168.0.10:5010", "nearby, http"),
            ("https://hub.example", "far away, https"),
        ];

        for (url, expected) in cases {
            assert_eq!(kind_of(&url.parse().unwrap()), expected);
        }
    }
}
