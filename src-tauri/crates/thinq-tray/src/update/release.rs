//! What the signed file says, and whether it is news. Pure.

use contract::Release;
use minisign_verify::{PublicKey, Signature};
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

    #[error("metadata is not what it should be")]
    Shape(#[from] serde_json::Error),

    #[error("version is none")]
    Version(#[from] semver::Error),

    #[error("page of the release is not encrypted")]
    Page,
}

#[derive(Deserialize)]
struct Metadata {
    version: String,
    page: Url,
}

/// The release that the metadata tells of, when it is newer than `own`. Nothing of it is looked at
/// before its signature.
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
