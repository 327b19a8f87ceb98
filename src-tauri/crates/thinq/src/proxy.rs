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
    error::{Error, Obstacle, Part},
    hub::host_of,
    nearby::is_nearby,
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

    /// A line to `url`, or `None` when no proxy is meant for it.
    pub(crate) async fn reach(&self, url: &Url) -> Result<Option<Box<dyn Line>>, Error> {
        let Some(target) = as_http(url).filter(|_| !is_nearby(url)) else { return Ok(None) };
        let Some(proxy) = self.0.intercept(&target) else { return Ok(None) };
        let line = match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => through_socks(&proxy, target).await,
            Some("http" | "https") => through_http(&proxy, target).await?,
            Some(_) | None => {
                return Err(Error::InvalidAddress {
                    part: Part::Callback,
                    reason: "behind a proxy of an unknown kind",
                });
            }
        };
        line.map(Some).map_err(|source| failure(&proxy, url, source))
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

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

/// Who could not be reached. A proxy that is there and refuses says little about why.
fn failure(proxy: &Intercept, url: &Url, source: Cause) -> Error {
    if tls::is_to_blame(&*source) || tls::obstacle(&*source) != Obstacle::Network {
        let host = proxy.uri().authority().map(|authority| authority.host().to_owned());
        return Error::ProxyUnreachable { host: host.unwrap_or_default(), source };
    }
    let (part, obstacle) = (Part::Callback, Obstacle::Network);
    Error::Unreachable { part, host: host_of(url), obstacle, source }
}
