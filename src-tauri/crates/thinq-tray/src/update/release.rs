//! Verifies and parses the signed release metadata. Pure.

use minisign_verify::{PublicKey, Signature};
use model::Release;
use semver::Version;
use serde::Deserialize;
use url::Url;

#[derive(Debug, thiserror::Error)]
pub(super) enum UpdateError {
    #[error(transparent)]
    File(#[from] thinq::DownloadError),

    #[error("metadata is not text")]
    NotText,

    #[error("metadata is not signed by the key of this build")]
    Signature(#[from] minisign_verify::Error),

    #[error("metadata has an unexpected format")]
    Shape(#[from] serde_json::Error),

    #[error("version is invalid")]
    Version(#[from] semver::Error),

    #[error("page of the release is not encrypted")]
    Page,
}

#[derive(Deserialize)]
struct Metadata {
    version: String,
    page: Url,
}

/// Returns the release of the metadata if it is newer than `own`. The signature is verified before
/// anything is parsed.
pub(super) fn newer(
    metadata: &str,
    signature: &str,
    key: &PublicKey,
    own: &str,
) -> Result<Option<Release>, UpdateError> {
    key.verify(metadata.as_bytes(), &Signature::decode(signature)?, false)?;
    let metadata: Metadata = serde_json::from_str(metadata)?;
    if metadata.page.scheme() != "https" {
        return Err(UpdateError::Page);
    }
    let version = Version::parse(&metadata.version)?;
    let is_newer = version > Version::parse(own)?;
    Ok(is_newer
        .then(|| Release { version: version.to_string(), page_url: metadata.page.to_string() }))
}
