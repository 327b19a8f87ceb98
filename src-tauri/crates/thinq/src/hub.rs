//! One call to the hub over HTTP: headers, addresses, limits, and what its failures mean.

use std::{
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Method, Proxy, Response, StatusCode,
    header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::{
    answer::{self, Answer, Call},
    error::{Error, Part, Unreadable},
    nearby::{NearbyOnly, is_nearby},
    proxy::{Proxies, looking_up_names},
    tls,
    token::{AccessToken, KeyPair},
};

/// The largest known answer is a tenth of this.
const LONGEST_BODY: usize = 1024 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);
/// Everything but letters, digits and `-._~`: device ids are opaque text.
const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How the password goes to the hub. See `docs/protocol.md#sign-in`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordForm {
    /// Lower-case hex of its SHA-512 hash.
    #[default]
    Sha512,
    Plain,
}

/// Hears of every call just before it goes out; must not block.
pub type OnCall = Arc<dyn Fn() + Send + Sync>;

/// Hears the hub's own time of each answer, in milliseconds since the Unix epoch; must not block.
pub type OnDate = Arc<dyn Fn(i64) + Send + Sync>;

/// Where the hub is and how it wants to be spoken to.
#[derive(Clone)]
pub struct HubSettings {
    pub url: Url,
    /// Key pair of the token call.
    pub emp_keys: Option<KeyPair>,
    /// Key pair of all other calls.
    pub connect_keys: Option<KeyPair>,
    pub password_form: PasswordForm,
    /// For a whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// For counting: LG wants to be called seldom.
    pub on_call: Option<OnCall>,
    pub on_date: Option<OnDate>,
    /// `None` follows the system. A hub nearby is never spoken to through a proxy.
    pub proxy: Option<Url>,
}

/// Client of one hub. Clones share their connections.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    url: Url,
    proxies: Proxies,
    token_headers: HeaderMap,
    api_headers: HeaderMap,
    password_form: PasswordForm,
    timeout: Duration,
    on_call: Option<OnCall>,
    on_date: Option<OnDate>,
}

/// A call without its address and headers.
pub(crate) struct Request<'a> {
    pub(crate) call: Call,
    pub(crate) method: Method,
    pub(crate) path: &'a [&'a str],
    pub(crate) token: Option<&'a AccessToken>,
    pub(crate) body: Option<&'a Value>,
}

impl HubSettings {
    /// With no keys and the usual form and time limit.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            emp_keys: None,
            connect_keys: None,
            password_form: PasswordForm::default(),
            timeout: DEFAULT_TIMEOUT,
            on_call: None,
            on_date: None,
            proxy: None,
        }
    }
}

impl Hub {
    /// # Errors
    /// [`Error::InvalidAddress`] and [`Error::InvalidKeys`] for settings that cannot work,
    /// [`Error::TlsUnavailable`] where the system has no certificates for an `https` hub.
    pub fn new(settings: HubSettings) -> Result<Self, Error> {
        check_address(&settings.url)?;
        let is_tls = settings.url.scheme() == "https";
        let tls = if is_tls { tls::trusting_the_system() } else { tls::trusting_nobody() }?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .timeout(settings.timeout);
        if is_nearby(&settings.url) {
            builder = builder.no_proxy();
            if !is_tls {
                builder = builder.dns_resolver(Arc::new(NearbyOnly));
            }
        } else if let Some(proxy) = &settings.proxy {
            let proxy = Proxy::all(looking_up_names(proxy)).map_err(|_unfit| {
                Error::InvalidAddress { part: Part::Hub, reason: "no proxy that is known here" }
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|source| Error::TlsUnavailable { source: Box::new(source.without_url()) })?;
        Ok(Self {
            shared: Arc::new(Shared {
                client,
                token_headers: headers(settings.emp_keys.as_ref())?,
                api_headers: headers(settings.connect_keys.as_ref())?,
                url: settings.url,
                proxies: Proxies::new(settings.proxy.as_ref()),
                password_form: settings.password_form,
                timeout: settings.timeout,
                on_call: settings.on_call,
                on_date: settings.on_date,
            }),
        })
    }

    pub(crate) fn password_form(&self) -> PasswordForm {
        self.shared.password_form
    }

    /// Makes one call and reads its answer; an empty answer is `Null`.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Value, Error> {
        let call = request.call;
        let keys = match call {
            Call::SignIn | Call::Refresh => &self.shared.token_headers,
            Call::Api => &self.shared.api_headers,
        };
        let mut builder = self
            .shared
            .client
            .request(request.method, self.address(request.path))
            .headers(keys.clone())
            .header("x-message-id", message_id());
        if let Some(token) = request.token {
            builder = builder.bearer_auth(token.expose());
        }
        builder = match request.body {
            Some(body) => builder.json(body),
            None => builder.header("content-type", "application/json"),
        };
        if let Some(on_call) = &self.shared.on_call {
            on_call();
        }
        let response = builder.send().await.map_err(|error| self.failure(error))?;
        let answer = self.receive(response).await?;
        answer::read(&answer, call)
    }

    async fn receive(&self, mut response: Response) -> Result<Answer, Error> {
        let status = response.status().as_u16();
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(self.shared.proxies.refusal(&self.shared.url));
        }
        if let (Some(on_date), Some(date_ms)) = (&self.shared.on_date, date_of(&response)) {
            on_date(date_ms);
        }
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(error))? {
            if body.len() + chunk.len() > LONGEST_BODY {
                let reason = Unreadable::TooLong;
                return Err(Error::UnreadableAnswer { part: Part::Hub, reason, status });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body, retry_after })
    }

    fn address(&self, segments: &[&str]) -> Url {
        let mut path = self.shared.url.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, PATH_SEGMENT));
        }
        let mut url = self.shared.url.clone();
        url.set_path(&path);
        url
    }

    fn failure(&self, error: reqwest::Error) -> Error {
        let part = Part::Hub;
        let host = host_of(&self.shared.url);
        if error.is_timeout() {
            return Error::TimedOut { part, host, waited: self.shared.timeout };
        }
        let error = error.without_url();
        if tls::is_to_blame(&error) {
            return Error::Tls { part, host, source: Box::new(error) };
        }
        if is_garbage(&error) {
            return Error::UnreadableAnswer { part, reason: Unreadable::Garbage, status: 0 };
        }
        let obstacle = tls::obstacle(&error);
        let failure = self.shared.proxies.failure(part, &self.shared.url, Box::new(error));
        failure.unwrap_or_else(|source| Error::Unreachable { part, host, obstacle, source })
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("host", &host_of(&self.shared.url)).finish_non_exhaustive()
    }
}

impl fmt::Debug for HubSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubSettings")
            .field("host", &host_of(&self.url))
            .field("emp_keys", &self.emp_keys)
            .field("connect_keys", &self.connect_keys)
            .field("password_form", &self.password_form)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Host and port: all of an address that may be shown.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn check_address(url: &Url) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidAddress { part: Part::Hub, reason });
    if !matches!(url.scheme(), "http" | "https") {
        return invalid("neither http nor https");
    }
    if !url.has_host() {
        return invalid("no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("a user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid("something behind the path");
    }
    Ok(())
}

fn headers(keys: Option<&KeyPair>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    // Nothing else is supported. See `docs/protocol.md#headers`.
    headers.insert("x-country-code", HeaderValue::from_static("KR"));
    if let Some(keys) = keys {
        for (name, value) in
            [("x-client-id", keys.id.as_str()), ("x-client-secret", keys.secret.expose_secret())]
        {
            let mut value = HeaderValue::from_str(value).map_err(|_unfit| Error::InvalidKeys)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok(headers)
}

/// When the hub answered, by its own clock.
fn date_of(response: &Response) -> Option<i64> {
    let date = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// 22 characters, new for each call. See `docs/protocol.md#headers`.
fn message_id() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}

/// Something answered, but not in HTTP.
fn is_garbage(error: &(dyn StdError + 'static)) -> bool {
    tls::causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse)
}
