//! The certificate authority of a simulation: made at its start, it issues the servers'
//! certificates and those that ThinQ Connect clients request.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SubjectPublicKeyInfo, date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::WebPkiClientVerifier,
    },
};
use x509_parser::{
    certification_request::X509CertificationRequest, pem::parse_x509_pem, prelude::FromDer,
};

/// The ALPN protocol that AWS wants for MQTT with client certificates on port 443.
pub(crate) const MQTT_ALPN: &[u8] = b"x-amzn-mqtt-ca";

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    root_pem: String,
}

/// A client's certificate.
pub(crate) struct IssuedCertificate {
    pub(crate) der: Vec<u8>,
    pub(crate) pem: String,
}

/// The request is no PKCS #10, is not signed by its key, or has a key of an unknown kind.
#[derive(Debug)]
pub(crate) struct BadRequest;

impl Authority {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = named("Simulated root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&key)?;
        Ok(Self {
            root: root.der().clone(),
            root_pem: root.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    pub(crate) fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// TLS of the HTTPS API.
    pub(crate) fn api_acceptor(&self, names: &[String]) -> io::Result<TlsAcceptor> {
        let builder = server_config()?.with_no_client_auth();
        let (chain, key) = self.server_certificate(names)?;
        let mut config = builder.with_single_cert(chain, key).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// TLS of the MQTT front, which requires a certificate of this authority.
    pub(crate) fn mqtt_acceptor(&self, names: &[String]) -> io::Result<TlsAcceptor> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).map_err(io::Error::other)?;
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(io::Error::other)?;
        let builder = server_config()?.with_client_cert_verifier(verifier);
        let (chain, key) = self.server_certificate(names)?;
        let mut config = builder.with_single_cert(chain, key).map_err(io::Error::other)?;
        config.alpn_protocols = vec![MQTT_ALPN.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Signs a request given as PEM or as the base64 of its DER.
    pub(crate) fn sign(
        &self,
        csr: &str,
        now: Timestamp,
        lifetime: Option<Duration>,
    ) -> Result<IssuedCertificate, BadRequest> {
        let der = match parse_x509_pem(csr.as_bytes()) {
            Ok((_, pem)) => pem.contents,
            Err(_) => STANDARD.decode(csr).map_err(|_| BadRequest)?,
        };
        let (_, request) = X509CertificationRequest::from_der(&der).map_err(|_| BadRequest)?;
        request.verify_signature().map_err(|_| BadRequest)?;
        let key = request.certification_request_info.subject_pki.raw;
        let key = SubjectPublicKeyInfo::from_der(key).map_err(|_| BadRequest)?;

        let mut params = named("AWS IoT Certificate");
        let since_epoch = Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH));
        let now = date_time_ymd(1970, 1, 1) + since_epoch.map_err(|_| BadRequest)?;
        params.not_before = now - Duration::from_mins(2);
        // Both ends of the validity are part of it.
        let last = |lifetime| now + lifetime - Duration::from_secs(1);
        params.not_after = lifetime.map_or(date_time_ymd(2049, 12, 31), last);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(|_| BadRequest)?;
        Ok(IssuedCertificate { der: certificate.der().to_vec(), pem: certificate.pem() })
    }

    fn server_certificate(
        &self,
        names: &[String],
    ) -> io::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.distinguished_name = named("Simulated service").distinguished_name;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        Ok((vec![certificate.der().clone()], key))
    }
}

fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn server_config() -> io::Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)
}

/// Names that the servers' certificates have besides those of the settings.
pub(crate) fn default_names(addresses: [IpAddr; 2]) -> Vec<String> {
    [
        "localhost",
        "api-kic.lgthinq.com",
        "api-aic.lgthinq.com",
        "api-eic.lgthinq.com",
        "www.amazontrust.com",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(addresses.iter().map(IpAddr::to_string))
    .collect()
}
