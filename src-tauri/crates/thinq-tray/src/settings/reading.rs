//! Reads values from the file and the environment. An invalid value is recorded and affects no other.

use contract::InvalidSetting;
use thinq::{DEFAULT_HUB_PORT, clean_text, connect::ConnectSettings};
use toml_edit::{DocumentMut, Item};
use tracing::warn;
use url::Url;
use words::Language;

use super::LanguageChoice;

const ENVIRONMENT_PREFIX: &str = "THINQ_TRAY_";
/// Maximum length of an invalid value that is shown.
const LONGEST_FOUND: usize = 60;
const LONGEST_KEY_ID: usize = 200;

/// The sources of the values, and the invalid ones found so far.
pub(crate) struct Reader<'a> {
    document: DocumentMut,
    environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) invalid: Vec<InvalidSetting>,
    pub(super) fixed: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        document: DocumentMut,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self { document, environment, invalid: Vec::new(), fixed: Vec::new() }
    }

    /// Item at `key` of the file, for values that have no environment variable.
    pub(crate) fn item(&self, key: &str) -> Option<&Item> {
        self.document.get(key)
    }

    /// Records that `found` is invalid at `key`; the default is used.
    pub(crate) fn reject(&mut self, key: &str, found: &str) {
        warn!(key, "invalid setting replaced by its default");
        let found = shortened(found);
        self.invalid.push(InvalidSetting { key: key.to_owned(), found });
    }

    /// Text at `key`, from the environment or the file.
    pub(super) fn read<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let name = variable(key);
        if let Some(text) = (self.environment)(&name) {
            self.fixed.push(key.to_owned());
            let parsed = parse(&text);
            if parsed.is_none() {
                self.reject(&name, &text);
            }
            return parsed;
        }
        let item = self.document.get(key)?;
        let parsed = item.as_str().and_then(parse);
        if parsed.is_none() {
            let found = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            self.reject(key, &found);
        }
        parsed
    }

    /// Boolean at `key` of the file.
    pub(super) fn read_flag(&mut self, key: &str) -> Option<bool> {
        let item = self.document.get(key)?;
        let flag = item.as_bool();
        if flag.is_none() {
            let found = item.to_string();
            self.reject(key, &found);
        }
        flag
    }
}

/// Formats an invalid value for display: shortened, without credentials in addresses.
fn shortened(found: &str) -> String {
    let found = found.trim();
    let found = found.split(['?', '#']).next().unwrap_or_default();
    let found = match (found.find("://"), found.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}…{}", &found[..scheme + 3], &found[at..])
        }
        (Some(_) | None, Some(_) | None) => found.to_owned(),
    };
    clean_text(&found, LONGEST_FOUND)
}

/// Parses a hub address as typed by users: `192.168.0.10` is `http://192.168.0.10:5010/`.
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
    let is_usable = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && !has_user(&url)
        && url.query().is_none();
    url.set_fragment(None);
    is_usable.then_some(url)
}

pub(crate) fn parse_callback_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_usable =
        matches!(url.scheme(), "ws" | "wss") && url.host_str().is_some() && !has_user(&url);
    is_usable.then_some(url)
}

/// Parses an address in place of that of ThinQ Connect; `Some(None)` for an empty text, which means
/// LG's own.
#[expect(clippy::option_option, reason = "no address is an address that makes sense")]
pub(crate) fn parse_connect_url(text: &str) -> Option<Option<Url>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    let url = Url::parse(text).ok()?;
    let is_usable = ConnectSettings::accepts(&url)
        && !has_user(&url)
        && url.query().is_none()
        && url.fragment().is_none();
    is_usable.then_some(Some(url))
}

/// Parses a proxy address such as `socks5://localhost:1080`; `Some(None)` for an empty text, which
/// follows the system.
#[expect(clippy::option_option, reason = "no address is an address that makes sense")]
pub(crate) fn parse_proxy(text: &str) -> Option<Option<Url>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    // GNOME and others write it without a version.
    let text = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks") => &format!("socks5://{rest}"),
        Some(_) | None => text,
    };
    let url = Url::parse(text).ok()?;
    // The settings file must not contain passwords.
    let is_usable = matches!(url.scheme(), "http" | "https" | "socks5")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && (url.scheme() != "socks5" || url.port().is_some())
        && !has_user(&url)
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    is_usable.then_some(Some(url))
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Parses the id of a key pair, which is sent in a header.
pub(crate) fn parse_key_id(text: &str) -> Option<String> {
    let text = text.trim();
    let is_usable =
        text.len() <= LONGEST_KEY_ID && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_usable.then(|| text.to_owned())
}

pub(crate) fn parse_language(text: &str) -> Option<LanguageChoice> {
    match text {
        "system" => Some(LanguageChoice::System),
        tag => Language::from_tag(tag).map(LanguageChoice::Fixed),
    }
}

pub(super) fn variable(key: &str) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", key.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("http://me:secret@hub.example", None),
        ];

        for (text, expected) in cases {
            assert_eq!(parse_hub_url(text).as_ref().map(Url::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_token_is_sent_encrypted_or_to_this_computer_only() {
        for text in ["https://api.example", "http://127.0.0.1:8080", "http://localhost:1", " "] {
            assert!(parse_connect_url(text).is_some(), "{text}");
        }
        for text in [
            "api.example",
            "http://api.example",
            "http://192.168.0.10",
            "ftp://localhost",
            "https://",
            "https://me:secret@api.example",
            "https://api.example/?x=1",
        ] {
            assert!(parse_connect_url(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_without_a_password() {
        for text in [
            "http://proxy:3128",
            "https://proxy.example",
            "socks5://127.0.0.1:1080",
            "SOCKS5://127.0.0.1:1080",
            " ",
        ] {
            assert!(parse_proxy(text).is_some(), "{text}");
        }
        let without_version = parse_proxy("Socks://127.0.0.1:1080").flatten();
        assert_eq!(without_version, Url::parse("socks5://127.0.0.1:1080").ok());
        for text in
            ["proxy", "ftp://proxy", "http://me:secret@proxy", "socks5://proxy", "http://p/x"]
        {
            assert!(parse_proxy(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_was_found_is_shown_short_and_without_what_may_be_secret() {
        let cases = [
            ("7 ", "7"),
            ("socks5://me:secret@proxy", "socks5://…@proxy"),
            ("wss://callback/?access_token=secret", "wss://callback/"),
            ("two\nlines", "two lines"),
        ];

        for (found, expected) in cases {
            assert_eq!(shortened(found), expected);
        }
        assert!(shortened(&"x".repeat(500)).chars().count() <= LONGEST_FOUND);
    }
}
