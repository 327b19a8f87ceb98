//! TLS configuration for all connections: rustls with ring and the platform's certificate verifier.

use std::{
    error::Error as StdError,
    io::{self, ErrorKind as IoErrorKind},
    sync::Arc,
};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::ring,
    pki_types::CertificateDer,
    sign::{CertifiedKey, SingleCertAndKey},
};
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};

use crate::error::{Error, Obstacle};

/// Uses the certificate verifier of the operating system.
pub(crate) fn trusting_the_system() -> Result<ClientConfig, Error> {
    let config = builder()?
        .with_platform_verifier()
        .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })?
        .with_no_client_auth();
    Ok(config)
}

/// As [`trusting_the_system`], and trusts one more root certificate.
pub(crate) fn trusting_also(root: CertificateDer<'static>) -> Result<ClientConfig, Error> {
    let builder = builder()?;
    let verifier = Verifier::new_with_extra_roots([root], Arc::clone(builder.crypto_provider()))
        .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// As [`trusting_the_system`], and presents a certificate to servers that ask for one.
pub(crate) fn with_client_certificate(key: Arc<CertifiedKey>) -> Result<ClientConfig, Error> {
    let mut config = trusting_the_system()?;
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(key));
    Ok(config)
}

/// For plain HTTP: trusts no certificate, so that none need to be installed.
pub(crate) fn trusting_nobody() -> Result<ClientConfig, Error> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|source| Error::TlsUnavailable { source: Box::new(source) })
}

/// Whether an error was caused by the certificate or the handshake, at any depth of its causes.
pub(crate) fn is_to_blame(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(<dyn StdError>::is::<rustls::Error>)
}

/// Cause of a failed connection.
pub(crate) fn obstacle(error: &(dyn StdError + 'static)) -> Obstacle {
    let is_refused = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == IoErrorKind::ConnectionRefused);
    // The connector's error type is private; only its text is accessible.
    let is_name = causes(error).any(|cause| cause.to_string().starts_with("dns error"));
    match (is_name, is_refused) {
        (true, _) => Obstacle::Name,
        (false, true) => Obstacle::Refused,
        (false, false) => Obstacle::Network,
    }
}

/// The error and all its causes. An I/O error omits the error that it wraps from its sources, so that
/// error is added.
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
