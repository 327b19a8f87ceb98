//! Download of a small public file.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use url::Url;

use crate::{error::Error, local_network::is_local, proxy::Proxies, tls};

const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_REDIRECTS: usize = 5;

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Neither `https` nor in the local network.
    #[error("address of the file is not encrypted")]
    NotEncrypted,

    #[error("failed to download the file")]
    Fetch(#[source] reqwest::Error),

    #[error("server answered with HTTP status {0}")]
    Status(u16),

    #[error("file is longer than {0} bytes")]
    TooLong(usize),

    #[error(transparent)]
    Tls(#[from] Error),
}

/// Downloads a file of up to `longest` bytes. Sends no identifying headers. Without a `proxy` the
/// system's proxy settings apply.
pub async fn download(
    url: &Url,
    proxy: Option<&Url>,
    longest: usize,
) -> Result<Vec<u8>, DownloadError> {
    let is_plain = url.scheme() == "http" && is_local(url);
    if url.scheme() != "https" && !is_plain {
        return Err(DownloadError::NotEncrypted);
    }
    let tls = if is_plain { tls::trusting_nobody() } else { tls::trusting_the_system() }?;
    let mut builder = Client::builder();
    builder = match Proxies::new(proxy).for_client(url)? {
        Some(proxy) => builder.proxy(proxy),
        None => builder.no_proxy(),
    };
    let client = builder
        .tls_backend_preconfigured(tls)
        .https_only(!is_plain)
        .redirect(Policy::limited(MOST_REDIRECTS))
        .timeout(TIMEOUT)
        .connect_timeout(TIMEOUT / 2)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(DownloadError::Fetch)?;
    let failure = |error: reqwest::Error| DownloadError::Fetch(error.without_url());
    let mut response = client.get(url.clone()).send().await.map_err(failure)?;
    let status = response.status();
    if !status.is_success() {
        return Err(DownloadError::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > longest {
            return Err(DownloadError::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_fetched_unencrypted_only_from_nearby() {
        let url = Url::parse("http://example.com/release.json").unwrap();

        let refused = download(&url, None, 100).await;

        assert!(matches!(refused, Err(DownloadError::NotEncrypted)), "{refused:?}");
    }
}
