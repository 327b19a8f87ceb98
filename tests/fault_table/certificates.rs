//! A callback over TLS with an invalid certificate: uses the built program, since trusted
//! authorities are set per process.

use std::fs;

use contract::{Request, Response};
use model::ConnectionState;
use rcgen::date_time_ymd;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{Authority, PrivateHome, lead_on, leaf, simulated, within};

const REAL: &str = "thinq-tray";

/// Behaviour of the TLS endpoint in front of the callback.
#[derive(Clone)]
enum Manner {
    Tls(TlsAcceptor),
    /// Answers every client with a web page, unencrypted.
    Portal,
}

#[tokio::test]
async fn a_certificate_that_is_wrong_is_said_and_a_right_one_ends_it() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
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
    fs::write(&ca_path, trusted.pem()).unwrap();
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
            let ConnectionState::Offline { problem, .. } = connection else { return false };
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

/// Polls until the condition holds.
async fn shows(home: &PrivateHome, what: &str, is_so: impl Fn(&ConnectionState) -> bool) {
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

fn is_listening(connection: &ConnectionState) -> bool {
    matches!(connection, ConnectionState::Listening { .. })
}

fn served(host: &str, until_year: i32, authority: &Authority) -> Manner {
    let mut leaf = leaf(host);
    leaf.not_before = date_time_ymd(2019, 1, 1);
    leaf.not_after = date_time_ymd(until_year, 1, 1);
    Manner::Tls(authority.acceptor(&leaf))
}

/// Forwards clients that trust the certificate to the callback.
async fn serve(door: TcpListener, manner: watch::Receiver<Manner>, behind: u16) {
    let connections = TaskTracker::new();
    while let Ok((stream, _address)) = door.accept().await {
        let manner = manner.borrow().clone();
        connections.spawn(async move {
            // Disconnecting clients are expected here.
            drop(treat(stream, manner, behind).await);
        });
    }
}

async fn treat(mut stream: TcpStream, manner: Manner, behind: u16) -> std::io::Result<()> {
    match manner {
        Manner::Tls(acceptor) => lead_on(acceptor, stream, behind).await?,
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
