//! The way to the callback through a proxy: HTTP and HTTPS ones by CONNECT, and SOCKS 5.
//!
//! `reqwest` goes through proxies by itself; a WebSocket needs the line made first.

use std::sync::Arc;

use hyper::Uri;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::{
        legacy::connect::{
            HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service as _;
use url::Url;

use crate::{
    error::{Error, Obstacle, Peer, host_of},
    local_network::is_local,
    tls,
};

/// A line to somewhere, with or without a proxy between.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// Which addresses are reached through which proxy.
#[derive(Clone)]
pub(crate) struct Proxies(Arc<Matcher>);

impl Proxies {
    /// `None` follows the system: its settings, or `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub(crate) fn new(proxy: Option<&Url>) -> Self {
        let matcher = match proxy {
            Some(proxy) => Matcher::builder().all(proxy.as_str()).build(),
            None => Matcher::from_system(),
        };
        Self(Arc::new(matcher))
    }

    /// The proxy that is meant for `url`, and `url` as it knows it.
    fn meant_for(&self, url: &Url) -> Option<(Intercept, Uri)> {
        let target = as_http(url).filter(|_| !is_local(url))?;
        Some((self.0.intercept(&target)?, target))
    }

    /// What kept the hub from being reached, where a proxy is between.
    pub(crate) fn failure(&self, peer: Peer, url: &Url, source: Cause) -> Result<Error, Cause> {
        match self.meant_for(url) {
            Some((proxy, _target)) => Ok(failure(&proxy, peer, url, source)),
            None => Err(source),
        }
    }

    /// The proxy itself has answered in the place of `url`.
    pub(crate) fn refusal(&self, url: &Url) -> Error {
        let proxy = self.meant_for(url);
        Error::ProxyRefused {
            host: proxy.map(|(proxy, _)| host_of_proxy(&proxy)).unwrap_or_default(),
        }
    }

    /// A line to `url`, or `None` when no proxy is meant for it.
    pub(crate) async fn reach(&self, url: &Url) -> Result<Option<Box<dyn Line>>, Error> {
        let Some((proxy, target)) = self.meant_for(url) else { return Ok(None) };
        let line = match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => through_socks(&proxy, target).await,
            Some("http" | "https") => through_http(&proxy, target).await?,
            Some(_) | None => {
                return Err(Error::InvalidAddress {
                    peer: Peer::Callback,
                    reason: "behind a proxy of an unknown kind",
                });
            }
        };
        line.map(Some).map_err(|source| failure(&proxy, Peer::Callback, url, source))
    }
}

/// For `reqwest`, which would look names up here where the callback's way leaves it to the proxy.
pub(crate) fn looking_up_names(proxy: &Url) -> Url {
    let mut proxy = proxy.clone();
    if proxy.scheme() == "socks5" {
        proxy.set_scheme("socks5h").expect("neither scheme is one of the web's");
    }
    proxy
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A proxy that is not there, in the same texts.
const NOT_THERE: &str = "failed to create underlying connection";

/// How proxies refuse. The library's error types are private; their texts are all there is.
const REFUSALS: [&str; 5] = [
    "proxy authorization required",
    "server does not support user/pass authentication",
    "server implements authentication incorrectly",
    "credentials not accepted",
    "connection not allowed",
];

async fn through_socks(proxy: &Intercept, target: Uri) -> Result<Box<dyn Line>, Cause> {
    // The proxy looks the name up: this computer may not be able to.
    let mut service = SocksV5::new(proxy.uri().clone(), connector());
    if let Some((user, password)) = proxy.raw_auth() {
        service = service.with_auth(user.to_owned(), password.to_owned());
    }
    let line = service.call(target).await?;
    Ok(Box::new(line.into_inner()))
}

async fn through_http(
    proxy: &Intercept,
    target: Uri,
) -> Result<Result<Box<dyn Line>, Cause>, Error> {
    let is_tls = proxy.uri().scheme_str() == Some("https");
    let tls = if is_tls { tls::trusting_the_system() } else { tls::trusting_nobody() }?;
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector());
    let mut service = Tunnel::new(proxy.uri().clone(), connector);
    if let Some(credentials) = proxy.basic_auth() {
        service = service.with_auth(credentials.clone());
    }
    Ok(match service.call(target).await {
        Ok(line) => Ok(Box::new(TokioIo::new(line))),
        Err(error) => Err(error.into()),
    })
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    // The proxy's address may begin with `https` or `socks5`.
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector
}

/// The same host and port, as proxies know them.
fn as_http(url: &Url) -> Option<Uri> {
    let scheme = if url.scheme() == "wss" { "https" } else { "http" };
    let port = url.port_or_known_default()?;
    format!("{scheme}://{}:{port}/", url.host_str()?).parse().ok()
}

/// Who could not be reached. A proxy that is there and cannot go on says little about why.
fn failure(proxy: &Intercept, peer: Peer, url: &Url, source: Cause) -> Error {
    let host = host_of_proxy(proxy);
    let is_said = |text: &str| tls::causes(&*source).any(|cause| cause.to_string().ends_with(text));
    if REFUSALS.into_iter().any(is_said) {
        return Error::ProxyRefused { host };
    }
    let is_there = tls::obstacle(&*source) == Obstacle::Network && !is_said(NOT_THERE);
    if tls::is_to_blame(&*source) || !is_there {
        return Error::ProxyUnreachable { host, source };
    }
    Error::Unreachable { peer, host: host_of(url), obstacle: Obstacle::Network, source }
}

/// Without the user name and the password that may stand before it.
fn host_of_proxy(proxy: &Intercept) -> String {
    proxy.uri().authority().map(|authority| authority.host().to_owned()).unwrap_or_default()
}
