//! TLS in front of the simulated callback, with an authority known only to the test.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use thinq_sim::Sim;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Open while the value exists.
pub(crate) struct TlsDoor {
    address: SocketAddr,
    stop: CancellationToken,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("keys can be made");
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&key).expect("the key can sign").pem();
        Self { pem, issuer: Issuer::new(authority, key) }
    }

    /// For `SSL_CERT_FILE`.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Certificate and key of a server, as PEM.
    pub(crate) fn server(&self, leaf: &CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = leaf.signed_by(&key, &self.issuer).expect("the key can sign");
        (certificate.pem(), key.serialize_pem())
    }

    pub(crate) fn acceptor(&self, leaf: &CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = leaf.signed_by(&key, &self.issuer).expect("the key can sign");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key is a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports the versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("certificate and key belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Server certificate for `host`.
pub(crate) fn leaf(host: &str) -> CertificateParams {
    CertificateParams::new([host.to_owned()]).expect("a host name is valid")
}

/// Forwards clients that trust the certificate to this port until either side disconnects.
pub(crate) async fn lead_on(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    behind: u16,
) -> std::io::Result<()> {
    let mut outer = acceptor.accept(stream).await?;
    let mut inner = TcpStream::connect(("127.0.0.1", behind)).await?;
    copy_bidirectional(&mut outer, &mut inner).await?;
    Ok(())
}

impl TlsDoor {
    /// Presents a certificate for `host` and forwards to the callback of `sim`.
    pub(crate) async fn open(authority: &Authority, host: &str, sim: &Sim) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound port has an address");
        let acceptor = authority.acceptor(&leaf(host));
        let behind = sim.callback_url().port().expect("the callback has a port of its own");
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let connections = tasks.clone();
        tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _address)) = listener.accept().await {
                let acceptor = acceptor.clone();
                // Either side may disconnect at any time.
                connections.spawn(async move { drop(lead_on(acceptor, stream, behind).await) });
            }
        }));
        Self { address, stop }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for TlsDoor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
