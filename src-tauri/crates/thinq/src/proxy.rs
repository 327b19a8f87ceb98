//! The way to the callback through a proxy: HTTP and HTTPS ones by CONNECT, and SOCKS 5.
//!
//! `reqwest` goes through proxies by itself; a WebSocket needs the line made first.

use std::{env, io, sync::Arc};

use hyper::Uri;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::{
        legacy::connect::proxy::{SocksV5, Tunnel},
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use reqwest::Proxy;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tower_service::Service as _;
use url::Url;

use crate::{
    dial::{Dialer, dial, look_up},
    error::{Error, Obstacle, Peer, shown_host},
    local_network::{is_local, only_local},
    tls,
};

/// Any proxy, to find out whether one is to be used.
const ANY_PROXY: &str = "http://proxy.invalid";

/// A line to somewhere, with or without a proxy between.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Line for T {}

/// Proxies by destination: that of the settings, or those of the environment or the system.
#[derive(Clone)]
pub(crate) struct Proxies(Arc<Source>);

enum Source {
    /// Addresses as they were written, by the destination's scheme; empty for none.
    Named { http: String, https: String, no_proxy: String },
    /// The settings of macOS and Windows.
    System(Box<Matcher>),
}

impl Proxies {
    /// `None` follows the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
    /// upper or lower case), or the system's settings where it names no proxy.
    pub(crate) fn new(proxy: Option<&Url>) -> Self {
        Self(Arc::new(match proxy {
            Some(proxy) => Source::Named {
                http: proxy.to_string(),
                https: proxy.to_string(),
                no_proxy: String::new(),
            },
            None => Source::of_environment(|name| env::var(name).ok())
                .unwrap_or_else(|| Source::System(Box::new(Matcher::from_system()))),
        }))
    }

    /// The proxy for `url`, and `url` as the proxy is asked for it.
    ///
    /// # Errors
    /// [`Error::InvalidProxy`] for an address of a proxy that is not understood.
    fn meant_for(&self, url: &Url) -> Result<Option<(Intercept, Uri)>, Error> {
        let Some(target) = as_http(url).filter(|_| !is_local(url)) else { return Ok(None) };
        let proxy = match &*self.0 {
            Source::Named { http, https, no_proxy } => {
                let is_tls = target.scheme_str() == Some("https");
                read(if is_tls { https } else { http }, no_proxy, &target)?
            }
            Source::System(matcher) => matcher.intercept(&target),
        };
        Ok(proxy.map(|proxy| (proxy, target)))
    }

    /// Fails where the proxy for `url` is not understood.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Error> {
        self.meant_for(url).map(drop)
    }

    /// For `reqwest`: the proxy for `url`, and for nothing else.
    pub(crate) fn for_client(&self, url: &Url) -> Result<Option<Proxy>, Error> {
        let Some((proxy, _target)) = self.meant_for(url)? else { return Ok(None) };
        let chosen = Proxy::all(proxy.uri().to_string())
            .map_err(|_unfit| Error::InvalidProxy { scheme: scheme_of(&proxy) })?;
        Ok(Some(match (proxy.raw_auth(), proxy.basic_auth()) {
            (Some((user, password)), _) => chosen.basic_auth(user, password),
            (None, Some(credentials)) => chosen.custom_http_auth(credentials.clone()),
            (None, None) => chosen,
        }))
    }

    /// What kept the hub from being reached, where a proxy is between.
    pub(crate) fn failure(&self, peer: Peer, url: &Url, source: Cause) -> Result<Error, Cause> {
        match self.meant_for(url) {
            Ok(Some((proxy, _target))) => Ok(failure(&proxy, peer, url, source)),
            Ok(None) | Err(_) => Err(source),
        }
    }

    /// The proxy itself has answered in the place of `url`.
    pub(crate) fn refusal(&self, url: &Url) -> Error {
        let proxy = self.meant_for(url).ok().flatten();
        Error::ProxyRefused {
            host: proxy.map(|(proxy, _)| host_of_proxy(&proxy)).unwrap_or_default(),
        }
    }

    /// A line to `url`, through the proxy that is meant for it.
    pub(crate) async fn reach(&self, peer: Peer, url: &Url) -> Result<Box<dyn Line>, Error> {
        let Some((proxy, target)) = self.meant_for(url)? else {
            return Ok(Box::new(directly(peer, url).await?));
        };
        let line = match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => through_socks(&proxy, target).await,
            Some("http" | "https") => through_http(&proxy, target).await?,
            Some(_) | None => return Err(Error::InvalidProxy { scheme: scheme_of(&proxy) }),
        };
        line.map_err(|source| failure(&proxy, peer, url, source))
    }
}

/// Whether `url` is reached through a proxy: that of the settings, or the system's for `None`.
///
/// # Errors
/// [`Error::InvalidProxy`] for an address of the proxy that is not understood.
pub fn needs_proxy(url: &Url, proxy: Option<&Url>) -> Result<bool, Error> {
    Ok(Proxies::new(proxy).meant_for(url)?.is_some())
}

impl Source {
    /// `None` where the environment names no proxy.
    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let read = |name: &str| {
            [name.to_owned(), name.to_lowercase()]
                .iter()
                .filter_map(|name| variable(name))
                .map(|value| value.trim().to_owned())
                .find(|value| !value.is_empty())
        };
        let all = read("ALL_PROXY");
        let [http, https] = ["HTTP_PROXY", "HTTPS_PROXY"]
            .map(|name| read(name).or_else(|| all.clone()).unwrap_or_default());
        let no_proxy = read("NO_PROXY").unwrap_or_default();
        let is_named = !http.is_empty() || !https.is_empty();
        is_named.then_some(Self::Named { http, https, no_proxy })
    }
}

/// The proxy that was written as `text`, unless `no_proxy` excepts `target` from it.
fn read(text: &str, no_proxy: &str, target: &Uri) -> Result<Option<Intercept>, Error> {
    let intercept = |proxy: &str, no_proxy: &str| {
        Matcher::builder().all(proxy).no(no_proxy).build().intercept(target)
    };
    // The library separates exceptions by commas alone, and knows no `*.` before a domain.
    let exceptions: Vec<_> = no_proxy
        .split([',', ';', ' ', '\t'])
        .map(|entry| entry.strip_prefix('*').filter(|rest| !rest.is_empty()).unwrap_or(entry))
        .collect();
    let is_excepted = intercept(ANY_PROXY, &exceptions.join(",")).is_none();
    if text.is_empty() || is_excepted {
        return Ok(None);
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            (scheme.to_ascii_lowercase(), rest)
        }
        Some(_) | None => (String::from("http"), text),
    };
    let known = match scheme.as_str() {
        "http" | "https" => Some(scheme.as_str()),
        // GNOME writes it without a version. The proxy looks names up: this computer may not be
        // able to.
        "socks" | "socks5" | "socks5h" => Some("socks5h"),
        _ => None,
    };
    known
        .and_then(|known| intercept(&format!("{known}://{rest}"), ""))
        .map(Some)
        .ok_or(Error::InvalidProxy { scheme })
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

async fn directly(peer: Peer, url: &Url) -> Result<TcpStream, Error> {
    let unreachable = |obstacle: Obstacle, source: io::Error| Error::Unreachable {
        peer,
        host: shown_host(peer, url),
        obstacle,
        source: Box::new(source),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    let mut addresses = look_up(url.host_str().unwrap_or_default(), port)
        .await
        .map_err(|error| unreachable(Obstacle::Name, error))?;
    if url.scheme() == "ws" {
        let near = only_local(addresses.into_iter());
        addresses = near.map_err(|error| unreachable(Obstacle::Name, error))?;
    }
    dial(&addresses).await.map_err(|error| unreachable(tls::obstacle(&error), error))
}

async fn through_socks(proxy: &Intercept, target: Uri) -> Result<Box<dyn Line>, Cause> {
    let mut service = SocksV5::new(proxy.uri().clone(), Dialer);
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
        .wrap_connector(Dialer);
    let mut service = Tunnel::new(proxy.uri().clone(), connector);
    if let Some(credentials) = proxy.basic_auth() {
        service = service.with_auth(credentials.clone());
    }
    Ok(match service.call(target).await {
        Ok(line) => Ok(Box::new(TokioIo::new(line))),
        Err(error) => Err(error.into()),
    })
}

/// The same host and port, as proxies know them.
fn as_http(url: &Url) -> Option<Uri> {
    let scheme = if url.scheme() == "wss" { "https" } else { "http" };
    let port = url.port_or_known_default()?;
    format!("{scheme}://{}:{port}/", url.host_str()?).parse().ok()
}

fn scheme_of(proxy: &Intercept) -> String {
    proxy.uri().scheme_str().unwrap_or_default().to_owned()
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
    Error::Unreachable { peer, host: shown_host(peer, url), obstacle: Obstacle::Network, source }
}

/// Without the user name and the password that may stand before it.
fn host_of_proxy(proxy: &Intercept) -> String {
    proxy.uri().authority().map(|authority| authority.host().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, Error> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| String::from(*value))
        };
        let Some(source) = Source::of_environment(variable) else { return Ok(None) };
        let found = Proxies(Arc::new(source)).meant_for(&Url::parse(url).unwrap())?;
        Ok(found.map(|(proxy, _)| proxy.uri().to_string()))
    }

    #[test]
    fn a_proxy_of_the_environment_is_read_in_every_form() {
        let socks = "socks5h://proxy:1080/";
        let http = "http://proxy:3128/";
        for (variable, value, expected) in [
            ("ALL_PROXY", "socks://proxy:1080/", socks),
            ("ALL_PROXY", "SOCKS5://proxy:1080", socks),
            ("all_proxy", "Socks5h://proxy:1080", socks),
            ("HTTPS_PROXY", "proxy:3128", http),
            ("HTTPS_PROXY", " HTTP://proxy:3128 ", http),
            ("https_proxy", "http://me:pa%20ss@proxy:3128/", http),
            ("https_proxy", "HTTPS://proxy:3128", "https://proxy:3128/"),
        ] {
            let found = of(&[(variable, value)], "wss://callback.example/").unwrap();

            assert_eq!(found.as_deref(), Some(expected), "{variable}={value}");
        }
        let both = [("HTTPS_PROXY", ""), ("https_proxy", "a:1"), ("ALL_PROXY", "b:1")];
        assert_eq!(of(&both, "wss://callback.example").unwrap().unwrap(), "http://a:1/");
        assert_eq!(of(&both, "http://hub.example").unwrap().unwrap(), "http://b:1/");
    }

    #[test]
    fn a_proxy_that_is_not_understood_is_an_error_where_it_would_be_used() {
        for (value, scheme) in [
            ("socks4a://proxy:1080", "socks4a"),
            ("SOCKS4://proxy", "socks4"),
            ("quic://me:secret@proxy", "quic"),
            ("socks5://", "socks5"),
            ("http://me:se cret@proxy", "http"),
            ("no proxy", "http"),
        ] {
            let error = of(&[("ALL_PROXY", value)], "wss://callback.example").unwrap_err();

            assert!(matches!(&error, Error::InvalidProxy { scheme: found } if found == scheme));
            assert!(!format!("{error}{error:?}").contains("secret"), "{error:?}");
            for reached_directly in ["http://192.168.0.10:5010", "wss://lan.example"] {
                let variables = [("ALL_PROXY", value), ("no_proxy", "lan.example")];
                assert_eq!(of(&variables, reached_directly).unwrap(), None);
            }
        }
    }

    #[test]
    fn exceptions_are_read_as_other_programs_read_them() {
        for no_proxy in
            ["*", "callback.example", "a.example,.example", "a b CALLBACK.example", "*.example;x"]
        {
            let variables = [("ALL_PROXY", "proxy:3128"), ("NO_PROXY", no_proxy)];
            assert_eq!(of(&variables, "wss://callback.example").unwrap(), None, "{no_proxy}");
        }
        let others = [("ALL_PROXY", "proxy:3128"), ("NO_PROXY", "back.example, 10.0.0.0/8")];
        assert!(of(&others, "wss://callback.example").unwrap().is_some());
    }
}
