//! A POST to a server that has nothing to do with LG: of a webhook, for example.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Client, Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
    redirect::Policy,
};
use url::Url;

use crate::{
    error::Error,
    http::insert_secret,
    local_network::{LocalResolver, is_local},
    proxy::Proxies,
    sanitize::clean_text,
    tls,
};

/// From connecting to the last byte.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The beginning of an answer that is read; its rest is not waited for.
const LONGEST_ANSWER: usize = 4 * 1024;
/// Length of an answer that is shown, in characters.
const LONGEST_SHOWN: usize = 200;
/// A server that wants more time gets this.
const LONGEST_RETRY: Duration = Duration::from_hours(24);

/// What is sent, and how far it may go.
#[derive(Clone, Debug)]
pub struct Post<'a> {
    pub url: &'a Url,
    /// `None` follows the system. Servers in the local network are never reached through a proxy.
    pub proxy: Option<&'a Url>,
    /// Permits plain HTTP outside the local network.
    pub allows_plain: bool,
    /// Redacted in debug output.
    pub headers: &'a [(&'static str, String)],
    /// JSON.
    pub body: String,
}

/// Answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub status: u16,
    /// Beginning of the answer, made fit to be shown. Untrusted.
    pub text: String,
    pub retry_after: Option<Duration>,
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    #[error("address is neither http nor https")]
    Address,

    /// Neither `https` nor in the local network.
    #[error("address is not encrypted")]
    NotEncrypted,

    #[error("a header is not valid")]
    Header,

    #[error("server did not answer in time")]
    TimedOut,

    #[error("failed to reach the server")]
    Unreachable(#[source] reqwest::Error),

    #[error("certificate of the server was not accepted")]
    Certificate(#[source] reqwest::Error),

    #[error(transparent)]
    Setup(#[from] Error),
}

/// Sends `post` once, follows no redirect, and keeps no connection. Cancel safe, although the server
/// may have received it.
///
/// # Errors
/// An answer with any status is none.
pub async fn post(post: Post<'_>) -> Result<Posted, PostError> {
    let Post { url, proxy, allows_plain, headers, body } = post;
    let is_plain = url.scheme() == "http";
    if !is_plain && url.scheme() != "https" {
        return Err(PostError::Address);
    }
    if is_plain && !allows_plain && !is_local(url) {
        return Err(PostError::NotEncrypted);
    }
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        if !insert_secret(&mut all, HeaderName::from_static(name), value) {
            return Err(PostError::Header);
        }
    }
    let tls = if is_plain { tls::trusting_nobody() } else { tls::trusting_the_system() }?;
    let mut builder = Client::builder();
    builder = match Proxies::new(proxy).for_client(url)? {
        Some(proxy) => builder.proxy(proxy),
        None => builder.no_proxy(),
    };
    if is_plain && !allows_plain {
        builder = builder.dns_resolver(Arc::new(LocalResolver));
    }
    let client = builder
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .connect_timeout(TIMEOUT / 2)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("thinq-tray/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(failure)?;
    let request = client.post(url.clone()).headers(all).header("content-type", "application/json");
    let mut response = request.body(body).send().await.map_err(failure)?;
    let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
    let mut answer = Vec::new();
    // The status decides; an answer that breaks off changes nothing.
    while let Ok(Some(chunk)) = response.chunk().await {
        answer.extend_from_slice(&chunk);
        if answer.len() >= LONGEST_ANSWER {
            break;
        }
    }
    let text = clean_text(&String::from_utf8_lossy(&answer), LONGEST_SHOWN);
    Ok(Posted { status, text, retry_after })
}

/// Addresses may contain secrets and are left out.
fn failure(error: reqwest::Error) -> PostError {
    let error = error.without_url();
    if error.is_timeout() {
        PostError::TimedOut
    } else if tls::is_to_blame(&error) {
        PostError::Certificate(error)
    } else {
        PostError::Unreachable(error)
    }
}

/// Seconds, or a date by the clock of the server.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name| response.headers().get(name)?.to_str().ok().map(str::trim);
    let value = header(RETRY_AFTER)?;
    let wait = value.parse().map(Duration::from_secs).ok().or_else(|| {
        let until = httpdate::parse_http_date(value).ok()?;
        let now = httpdate::parse_http_date(header(DATE)?).ok()?;
        Some(until.duration_since(now).unwrap_or_default())
    })?;
    Some(wait.min(LONGEST_RETRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_sent_unencrypted_beyond_the_local_network() {
        let send = async |url: &str| {
            let url = Url::parse(url).unwrap();
            let request = Post {
                url: &url,
                proxy: None,
                allows_plain: false,
                headers: &[],
                body: "{}".into(),
            };
            post(request).await
        };

        let refused = send("http://example.com/hook").await;
        assert!(matches!(refused, Err(PostError::NotEncrypted)), "{refused:?}");
        let refused = send("ftp://127.0.0.1/hook").await;
        assert!(matches!(refused, Err(PostError::Address)), "{refused:?}");
        let unreachable = send("http://127.0.0.1:9/hook").await;
        assert!(matches!(unreachable, Err(PostError::Unreachable(_))), "{unreachable:?}");
    }
}
