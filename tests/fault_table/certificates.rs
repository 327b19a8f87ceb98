//! A callback over TLS whose certificate is wrong: the built program, as only a process of its own
//! can be told whom to trust.

use std::{fs, sync::Arc};

use contract::{Connection, Request, Response};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{PrivateHome, simulated, within};

const REAL: &str = "thinq-tray";

/// How the door before the callback behaves.
#[derive(Clone)]
enum Manner {
    Tls(TlsAcceptor),
    /// Answers everybody with a web page, in the clear.
    Portal,
}

#[tokio::test]
async fn a_certificate_that_is_wrong_is_said_and_a_right_one_ends_it() {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let trusted = Issuer::new(ca, ca_key);
    let stranger = Issuer::new(CertificateParams::default(), KeyPair::generate().unwrap());
    let right = served("localhost", 2099, &trusted);
    let wrongs = [
        ("expired", served("localhost", 2020, &trusted)),
        ("another host", served("elsewhere.example", 2099, &trusted)),
        ("signed by a stranger", served("localhost", 2099, &stranger)),
        ("a captive portal", Manner::Portal),
    ];

    let sim = simulated().await;
    let door = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("wss://localhost:{}/websocket", door.local_addr().unwrap().port());
    let manner = watch::Sender::new(right.clone());
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let behind = sim.callback_url().port().unwrap();
    tasks.spawn(stop.clone().run_until_cancelled_owned(serve(door, manner.subscribe(), behind)));
    let files = tempfile::tempdir().unwrap();
    let ca_path = files.path().join("ca.pem");
    fs::write(&ca_path, ca_pem).unwrap();
    let home = PrivateHome::new()
        .with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .with("THINQ_TRAY_CALLBACK_URL", &url)
        .with("SSL_CERT_FILE", &ca_path.to_string_lossy());
    let resident = home.start(&["--hidden"]);
    within("the program", async { while home.ask(REAL, Request::Status).await.is_none() {} }).await;
    let sign_in = ["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"];
    assert_eq!(home.run_with(&sign_in, DEFAULT_PASSWORD).await.code, Some(0));
    shows(&home, "listening", is_listening).await;

    for (name, wrong) in wrongs {
        manner.send_replace(wrong);
        sim.reset_all();
        shows(&home, "the end", |connection| !is_listening(connection)).await;
        assert_eq!(home.run(&["reconnect"]).await.code, Some(0));
        shows(&home, name, |connection| {
            let Connection::Offline { problem, .. } = connection else { return false };
            let is_tls = serde_json::to_value(problem).unwrap()["code"] == "tls";
            is_tls && sim.sockets() == 0
        })
        .await;

        manner.send_replace(right.clone());
        assert_eq!(home.run(&["reconnect"]).await.code, Some(0));
        shows(&home, name, is_listening).await;
        within(name, sim.wait_for_sockets(1)).await;
    }

    assert_eq!(sim.count(Call::SignIn), 1);
    resident.interrupt();
    assert_eq!(resident.finish().await, Some(0));
    stop.cancel();
}

/// Asks until it is so.
async fn shows(home: &PrivateHome, what: &str, is_so: impl Fn(&Connection) -> bool) {
    let asking = async {
        loop {
            match home.ask(REAL, Request::Status).await {
                Some(Response::Status { status }) if is_so(&status.connection) => return,
                _ => {}
            }
        }
    };
    within(what, asking).await;
}

fn is_listening(connection: &Connection) -> bool {
    matches!(connection, Connection::Listening { .. })
}

fn served(host: &str, until_year: i32, issuer: &Issuer<'_, KeyPair>) -> Manner {
    let key = KeyPair::generate().expect("keys can be made");
    let mut leaf = CertificateParams::new([host.to_owned()]).expect("a host name is valid");
    leaf.not_before = date_time_ymd(2019, 1, 1);
    leaf.not_after = date_time_ymd(until_year, 1, 1);
    let certificate = leaf.signed_by(&key, issuer).expect("the key can sign");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key is a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("certificate and key belong together");
    Manner::Tls(TlsAcceptor::from(Arc::new(config)))
}

/// Lets through to the callback behind it who trusts the certificate.
async fn serve(door: TcpListener, manner: watch::Receiver<Manner>, behind: u16) {
    let connections = TaskTracker::new();
    while let Ok((stream, _address)) = door.accept().await {
        let manner = manner.borrow().clone();
        connections.spawn(async move {
            // A client that leaves is what most of this is about.
            drop(treat(stream, manner, behind).await);
        });
    }
}

async fn treat(mut stream: TcpStream, manner: Manner, behind: u16) -> std::io::Result<()> {
    match manner {
        Manner::Tls(acceptor) => {
            let mut outer = acceptor.accept(stream).await?;
            let mut inner = TcpStream::connect(("127.0.0.1", behind)).await?;
            copy_bidirectional(&mut outer, &mut inner).await?;
        }
        Manner::Portal => {
            let mut bytes = [0; 1024];
            let _greeting = stream.read(&mut bytes).await?;
            let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Welcome</html>";
            stream.write_all(page).await?;
            stream.shutdown().await?;
        }
    }
    Ok(())
}
