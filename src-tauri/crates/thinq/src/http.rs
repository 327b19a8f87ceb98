//! HTTP calls to one server: addresses, limits, proxies, and the errors of a failed exchange.

use std::{
    error::Error as StdError,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Method, Response, StatusCode,
    header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::{
    error::{Error, Peer, Unreadable, host_of},
    local_network::{LocalResolver, is_local},
    proxy::Proxies,
    response::HttpResponse,
    tls,
};

/// Maximum length of a response; the largest known one is a tenth of this.
const LONGEST_BODY: usize = 1024 * 1024;
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);
/// Everything but letters, digits and `-._~`, as device ids are opaque.
const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Called just before each HTTP call; must not block.
pub type OnCall = Arc<dyn Fn() + Send + Sync>;

/// Called with the server's time of each response, in milliseconds since the Unix epoch; must not
/// block.
pub type OnDate = Arc<dyn Fn(i64) + Send + Sync>;

pub(crate) struct HttpSettings<'a> {
    pub(crate) peer: Peer,
    /// Checked by [`check_address`].
    pub(crate) url: Url,
    /// `None` follows the system. Servers in the local network are never reached through a proxy.
    pub(crate) proxy: Option<&'a Url>,
    /// Time limit of a whole call, from connecting to the last byte.
    pub(crate) timeout: Duration,
    pub(crate) on_call: Option<OnCall>,
    pub(crate) on_date: Option<OnDate>,
}

pub(crate) struct Http {
    peer: Peer,
    client: Client,
    url: Url,
    proxies: Proxies,
    timeout: Duration,
    on_call: Option<OnCall>,
    on_date: Option<OnDate>,
}

/// One call, without the server's address.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<&'a Value>,
}

impl Http {
    pub(crate) fn new(settings: HttpSettings<'_>) -> Result<Self, Error> {
        let HttpSettings { peer, url, proxy, timeout, on_call, on_date } = settings;
        let is_tls = url.scheme() == "https";
        let tls = if is_tls { tls::trusting_the_system() } else { tls::trusting_nobody() }?;
        let mut builder = Client::builder()
            // A kept connection may be closed by the server at any moment, which would fail a call
            // that must not be sent twice. Calls are too few for a kept one to save much.
            .pool_max_idle_per_host(0)
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .timeout(timeout)
            // Shared by the addresses of one family, so that a silent one leaves time for the next.
            .connect_timeout(connect_timeout(timeout));
        if is_local(&url) && !is_tls {
            builder = builder.dns_resolver(Arc::new(LocalResolver));
        }
        let proxies = Proxies::new(proxy);
        builder = match proxies.for_client(&url) {
            Ok(Some(proxy)) => builder.proxy(proxy),
            // A proxy that is not understood fails each call.
            Ok(None) | Err(_) => builder.no_proxy(),
        };
        let client = builder
            .build()
            .map_err(|source| Error::TlsUnavailable { source: Box::new(source.without_url()) })?;
        Ok(Self { peer, client, url, proxies, timeout, on_call, on_date })
    }

    /// Host and port.
    pub(crate) fn host(&self) -> String {
        host_of(&self.url)
    }

    /// Sends a request with a new message id, and receives the whole answer.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<HttpResponse, Error> {
        self.proxies.check(&self.url)?;
        let mut builder = self
            .client
            .request(request.method, self.address(request.path))
            .header("x-message-id", message_id());
        if !request.query.is_empty() {
            builder = builder.query(request.query);
        }
        if let Some(body) = request.body {
            builder = builder.json(body);
        }
        if let Some(on_call) = &self.on_call {
            on_call();
        }
        let builder = builder.headers(request.headers);
        let response = builder.send().await.map_err(|error| self.failure(error))?;
        self.receive(response).await
    }

    async fn receive(&self, mut response: Response) -> Result<HttpResponse, Error> {
        let status = response.status().as_u16();
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(self.proxies.refusal(&self.url));
        }
        if let (Some(on_date), Some(date_ms)) = (&self.on_date, date_of(&response)) {
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
                let (peer, reason) = (self.peer, Unreadable::TooLong);
                return Err(Error::UnreadableAnswer { peer, reason, status });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, body, retry_after })
    }

    fn address(&self, segments: &[&str]) -> Url {
        let mut path = self.url.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, PATH_SEGMENT));
        }
        let mut url = self.url.clone();
        url.set_path(&path);
        url
    }

    fn failure(&self, error: reqwest::Error) -> Error {
        let (peer, host) = (self.peer, self.host());
        if error.is_timeout() {
            let is_connecting = error.is_connect();
            let waited = if is_connecting { connect_timeout(self.timeout) } else { self.timeout };
            return Error::TimedOut { peer, host, waited };
        }
        let error = error.without_url();
        if tls::is_to_blame(&error) {
            return Error::Tls { peer, host, source: Box::new(error) };
        }
        if is_garbage(&error) {
            return Error::UnreadableAnswer { peer, reason: Unreadable::Garbage, status: 0 };
        }
        let obstacle = tls::obstacle(&error);
        let failure = self.proxies.failure(peer, &self.url, Box::new(error));
        failure.unwrap_or_else(|source| Error::Unreachable { peer, host, obstacle, source })
    }
}

fn connect_timeout(timeout: Duration) -> Duration {
    timeout / 2
}

pub(crate) fn check_address(url: &Url, peer: Peer) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidAddress { peer, reason });
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

/// Adds a header that is redacted in debug output. Returns `false` for an invalid value.
pub(crate) fn insert_secret(headers: &mut HeaderMap, name: HeaderName, value: &str) -> bool {
    let Ok(mut value) = HeaderValue::from_str(value) else { return false };
    value.set_sensitive(true);
    headers.insert(name, value);
    true
}

/// Time of the response by the server's clock.
fn date_of(response: &Response) -> Option<i64> {
    let date = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// 22 random characters, new for each call. See `docs/protocol.md#headers`.
fn message_id() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}

/// Whether the peer answered in another protocol than HTTP.
fn is_garbage(error: &(dyn StdError + 'static)) -> bool {
    tls::causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse)
}
