//! An authority for TLS that only the test knows, and a process that trusts it.

use std::{env, fs, path::Path, process::Command, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA512, PublicKeyData, SignatureAlgorithm, date_time_ymd,
};
use rustls::{ServerConfig, SignatureScheme, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::json;
use tokio_rustls::TlsAcceptor;
use x509_cert::{
    der::{Decode, Encode},
    request::CertReq,
};

use crate::server::{Request, Server};

/// Names the folder of the authority to a process that trusts it.
const DIR: &str = "PROTOCOL_TEST_AUTHORITY";
/// When the certificates of [`Authority::certify`] end: 2030-01-01.
pub(crate) const EXPIRES_AT_MS: i64 = 1_893_456_000_000;

pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// The public key of a signing request.
struct Requested(Vec<u8>);

impl PublicKeyData for Requested {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA512
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::with_key(KeyPair::generate().unwrap())
    }

    fn with_key(key: KeyPair) -> Self {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "authority of a test");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(authority, key) }
    }

    /// Certificate and key for a server with these names, as PEM.
    pub(crate) fn server(&self, names: &[&str]) -> (String, String) {
        let (leaf, key) = self.leaf(names);
        (leaf.pem(), key.serialize_pem())
    }

    fn leaf(&self, names: &[&str]) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        (CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    pub(crate) fn acceptor(&self, names: &[&str], protocols: &[&[u8]]) -> TlsAcceptor {
        let (leaf, key) = self.leaf(names);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// Issues what a signing request of DER asks for, as PEM.
    pub(crate) fn certify(&self, request: &[u8]) -> String {
        let request = CertReq::from_der(request).unwrap();
        assert_eq!(request.info.subject.to_string(), "CN=lg_thinq");
        let signed = request.info.to_der().unwrap();
        let key = request.info.public_key.subject_public_key;
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let (_, rsa) = algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA512)
            .unwrap();
        rsa[0].verify_signature(key.raw_bytes(), &signed, request.signature.raw_bytes()).unwrap();
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name.push(DnType::CommonName, "AWS IoT Certificate");
        leaf.not_before = date_time_ymd(2026, 1, 1);
        leaf.not_after = date_time_ymd(2030, 1, 1);
        let key = Requested(key.raw_bytes().to_vec());
        leaf.signed_by(&key, &self.issuer).unwrap().pem()
    }

    /// Answers one call for a certificate.
    pub(crate) fn desk(self: &Arc<Self>, topics: &[&str]) -> Server {
        let topics: Vec<_> = topics.iter().map(|&topic| topic.to_owned()).collect();
        let authority = Arc::clone(self);
        Server::answering_to(move |request: &Request| {
            assert_eq!(request.line, "POST /client/certificate HTTP/1.1");
            let body = request.json();
            assert_eq!(body["service-code"], "SVC202");
            let der = STANDARD.decode(body["csr"].as_str().unwrap()).unwrap();
            json!({ "response": { "resultCode": "0000", "result": {
                "certificatePem": authority.certify(&der),
                "subscriptions": topics,
            } } })
        })
    }
}

/// Runs a test, called `name` with its module, in a process of its own that trusts an authority:
/// the system's verifier takes it from the environment.
pub(crate) fn trusting(name: &str, test: impl AsyncFnOnce(Arc<Authority>)) {
    if let Some(dir) = env::var_os(DIR) {
        let key = fs::read_to_string(Path::new(&dir).join("authority.key")).unwrap();
        let authority = Arc::new(Authority::with_key(KeyPair::from_pem(&key).unwrap()));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(test(authority));
    }
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let pem_path = dir.path().join("authority.pem");
    fs::write(&pem_path, &authority.pem).unwrap();
    let key = authority.issuer.key().serialize_pem();
    fs::write(dir.path().join("authority.key"), key).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("SSL_CERT_FILE", pem_path)
        .env_remove("SSL_CERT_DIR")
        .env(DIR, dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let is_passed = output.status.success() && told.contains("1 passed");
    assert!(is_passed, "{told}\n{}", String::from_utf8_lossy(&output.stderr));
}
