//! TLS as the platform trusts it, for both ends: rustls with ring and the system's verifier.

use std::{
    error::Error as StdError,
    io::{self, ErrorKind as IoErrorKind},
    sync::Arc,
};

use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::{Error, Obstacle};

/// Trusts what the operating system trusts.
pub(crate) fn trusting_the_system() -> Result<ClientConfig, Error> {
    let config = builder()?
        .with_platform_verifier()
        .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })?
        .with_no_client_auth();
    Ok(config)
}

/// For plain HTTP: trusts nobody, and needs no certificates on the machine.
pub(crate) fn trusting_nobody() -> Result<ClientConfig, Error> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })
}

/// Tells whether the certificate or the handshake is to blame, however deep it stands.
pub(crate) fn is_to_blame(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(<dyn StdError>::is::<rustls::Error>)
}

/// What kept a connection from being made.
pub(crate) fn obstacle(error: &(dyn StdError + 'static)) -> Obstacle {
    let is_refused = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == IoErrorKind::ConnectionRefused);
    // The connector's error type is private; its text is all there is.
    let is_name = causes(error).any(|cause| cause.to_string().starts_with("dns error"));
    match (is_name, is_refused) {
        (true, _) => Obstacle::Name,
        (false, true) => Obstacle::Refused,
        (false, false) => Obstacle::Network,
    }
}

/// The error itself, its cause, that one's cause … An I/O error passes over the error it wraps, so
/// that one is looked up.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}
