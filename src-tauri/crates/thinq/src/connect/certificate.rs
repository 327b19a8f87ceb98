//! The client certificate of the MQTT session: key pair, signing request, and LG's answer. Key and
//! certificate live in memory only and are made anew at each start.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use model::Feature;
use rand::rngs::SysRng;
use reqwest::Method;
use rsa::{PrivateKey, pkcs8::EncodePrivateKey};
use rustls::{
    SignatureScheme,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::{CertifiedKey, SigningKey},
};
use serde_json::{Map, Value, json};
use tokio::task;
use x509_cert::{
    Certificate,
    der::{
        Decode, Encode,
        asn1::{Any, BitString, Null, SetOfVec},
        oid::db::rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
    },
    request::{CertReq, CertReqInfo, Version},
    spki::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use super::{
    Connect, Request,
    api::{SERVICE, result},
};
use crate::{
    error::{Error, Peer},
    response::wrong_shape,
};

/// AWS makes certificates for RSA keys of this size and more; ring signs with them.
const KEY_BITS: usize = 2048;
const SUBJECT: &str = "CN=lg_thinq";
/// More topics than LG has names for.
const MOST_TOPICS: usize = 8;
/// AWS's own limit.
const LONGEST_TOPIC: usize = 256;

/// Opens the MQTT session of one client id, until it expires. Neither stored nor printed.
#[derive(Clone)]
pub struct ClientCertificate {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) topics: Vec<String>,
    expires_at_ms: i64,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A fresh key pair, and the request to certify it.
struct SigningRequest {
    key: Arc<dyn SigningKey>,
    der: Vec<u8>,
}

impl Connect {
    /// Makes a key pair and has LG certify it. The client has to be registered before.
    ///
    /// Costs up to some 100 ms of one blocking thread and one call; LG counts the calls.
    pub async fn certificate(&self) -> Result<ClientCertificate, Error> {
        let generating = task::spawn_blocking(SigningRequest::generate).await;
        let request = generating
            .map_err(Cause::from)
            .and_then(|generated| generated)
            .map_err(|source| Error::KeyGeneration { source })?;
        let body = json!({ "service-code": SERVICE, "csr": STANDARD.encode(&request.der) });
        let call = Request::new(Feature::Pushes, Method::POST, &["client", "certificate"])
            .with_body(&body);
        let response = self.send(call, self.shared.headers.clone()).await?;
        ClientCertificate::read(request.key, &result(response)?)
            .ok_or_else(|| wrong_shape(Peer::Connect))
    }
}

impl ClientCertificate {
    /// `None` for an answer that is of no use with this key.
    fn read(key: Arc<dyn SigningKey>, result: &Map<String, Value>) -> Option<Self> {
        let pem = result.get("certificatePem")?.as_str()?;
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().ok()?;
        let certificate = Certificate::from_der(chain.first()?).ok()?;
        let expires_at = certificate.tbs_certificate().validity().not_after.to_unix_duration();
        let key = CertifiedKey::new(chain, key);
        key.keys_match().ok()?;
        let topics = result.get("subscriptions")?.as_array()?.iter().map(topic);
        let topics: Vec<_> = topics.collect::<Option<_>>()?;
        if !(1..=MOST_TOPICS).contains(&topics.len()) {
            return None;
        }
        let expires_at_ms = i64::try_from(expires_at.as_millis()).ok()?;
        Some(Self { key: Arc::new(key), topics, expires_at_ms })
    }

    /// `notAfter`, in milliseconds since the Unix epoch. To be replaced before.
    pub fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms
    }
}

fn topic(value: &Value) -> Option<String> {
    let topic = value.as_str()?;
    let is_fit = (1..=LONGEST_TOPIC).contains(&topic.len()) && !topic.chars().any(char::is_control);
    is_fit.then(|| topic.to_owned())
}

impl SigningRequest {
    /// Blocks while it looks for prime numbers. The numbers are wiped when it is done; the copy
    /// inside ring is not.
    fn generate() -> Result<Self, Cause> {
        let private_key = PrivateKey::new(&mut SysRng, KEY_BITS)?;
        let pkcs8 = private_key.to_pkcs8_der()?;
        let pkcs8 = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_bytes()));
        let key = any_supported_type(&pkcs8)?;
        let info = CertReqInfo {
            version: Version::V1,
            subject: SUBJECT.parse()?,
            public_key: SubjectPublicKeyInfo::from_key(&private_key.to_public_key())?,
            attributes: SetOfVec::default(),
        };
        let signer = key
            .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA512])
            .ok_or("no signatures with this key")?;
        let signature = BitString::from_bytes(&signer.sign(&info.to_der()?)?)?;
        let algorithm = AlgorithmIdentifier {
            oid: SHA_512_WITH_RSA_ENCRYPTION,
            parameters: Some(Any::encode_from(&Null)?),
        };
        let der = CertReq { info, algorithm, signature }.to_der()?;
        Ok(Self { key, der })
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(redacted)")
    }
}
