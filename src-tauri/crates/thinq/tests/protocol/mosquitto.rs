//! The MQTT transport against a real broker that asks for the client certificate. On Linux, where
//! the system's verifier takes an authority from the environment.

use std::{
    env, fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener as Listener, TcpStream as Stream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use model::ProblemCode;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use thinq::{
    Body, Error, Frame, Remedy,
    connect::{Broker, BrokerAddress, BrokerTiming, MqttConnection, Received},
    parse,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::{
    assert_hides_secrets,
    authority::{Authority, trusting},
    connect::{at, client_id},
};

const TOPIC: &str = "app/clients/beef/push";
const TIMING: BrokerTiming =
    BrokerTiming { connect_timeout: Duration::from_secs(20), keep_alive: Duration::from_secs(45) };
/// Resolved by the proxies of these tests alone.
const FAR: &str = "beef-ats.iot.example.com";

/// A running broker: one port for clients with a certificate, and one for publishers.
struct Mosquitto {
    dir: tempfile::TempDir,
    port: u16,
    inner_port: u16,
    child: Child,
}

impl Mosquitto {
    fn start(authority: &Authority) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (certificate, key) = authority.server(&["localhost", FAR]);
        for (name, text) in
            [("root.pem", &authority.pem), ("server.pem", &certificate), ("server.key", &key)]
        {
            fs::write(dir.path().join(name), text).unwrap();
        }
        // Another program may take a free port before the broker does.
        loop {
            let (port, inner_port) = (free_port(), free_port());
            let config = format!(
                "user root\npersistence true\npersistence_location {dir}/\nallow_anonymous true\n\
                 listener {inner_port} 127.0.0.1\n\
                 listener {port} 127.0.0.1\nrequire_certificate true\ncafile {dir}/root.pem\n\
                 certfile {dir}/server.pem\nkeyfile {dir}/server.key\n",
                dir = dir.path().display()
            );
            fs::write(dir.path().join("mosquitto.conf"), config).unwrap();
            if let Some(child) = run(dir.path(), &[port, inner_port]) {
                return Self { dir, port, inner_port, child };
            }
        }
    }

    /// Ends it as a system does, which saves the sessions.
    fn stop(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }

    fn go_on(&mut self) {
        self.child = run(self.dir.path(), &[self.port, self.inner_port]).unwrap();
    }

    fn forget_sessions(&self) {
        fs::remove_file(self.dir.path().join("mosquitto.db")).unwrap();
    }

    async fn broker(&self, authority: &Arc<Authority>) -> Broker {
        broker("localhost", self.port, authority, TIMING).await
    }

    /// Returns once the broker has taken the message over.
    fn publish(&self, text: &str) {
        let mut stream = Stream::connect((Ipv4Addr::LOCALHOST, self.inner_port)).unwrap();
        stream.write_all(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01p").unwrap();
        stream.read_exact(&mut [0; 4]).unwrap();
        let mut packet = vec![0x32];
        let mut length = 2 + TOPIC.len() + 2 + text.len();
        while length >= 128 {
            packet.push(u8::try_from(length % 128).unwrap() | 0x80);
            length /= 128;
        }
        packet.push(u8::try_from(length).unwrap());
        packet.extend([0, u8::try_from(TOPIC.len()).unwrap()]);
        packet.extend_from_slice(TOPIC.as_bytes());
        packet.extend_from_slice(b"\x00\x01");
        packet.extend_from_slice(text.as_bytes());
        stream.write_all(&packet).unwrap();
        stream.read_exact(&mut [0; 4]).unwrap();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// `None` when it ends before it listens everywhere.
fn run(dir: &Path, ports: &[u16]) -> Option<Child> {
    let mut child = Command::new(program())
        .arg("-c")
        .arg(dir.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    loop {
        if ports.iter().all(|&port| Stream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Some(child);
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        thread::yield_now();
    }
}

/// Debian keeps it where only the superuser looks.
fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<_> = env::split_paths(&path).collect();
    dirs.extend(["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from));
    let found = dirs.into_iter().map(|dir| dir.join("mosquitto")).find(|path| path.is_file());
    found.expect("`cargo xtask setup` names the programs that tests need")
}

fn free_port() -> u16 {
    Listener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

async fn broker(host: &str, port: u16, authority: &Arc<Authority>, timing: BrokerTiming) -> Broker {
    let certificate = at(&authority.desk(&[TOPIC])).certificate().await.unwrap();
    let address = BrokerAddress { host: host.to_owned(), port };
    Broker::new(address, client_id(), &certificate, timing).unwrap()
}

/// Receives and confirms.
async fn take(connection: &mut MqttConnection) -> String {
    let received = connection.next().await.unwrap();
    received.receipt.confirm();
    text(&received.frame)
}

fn text(frame: &Frame) -> String {
    let Frame::Binary(bytes) = frame else { panic!("{frame:?}") };
    String::from_utf8(bytes.clone()).unwrap()
}

async fn refused(broker: &Broker) -> Error {
    let error = broker.connect().await.unwrap_err();
    assert_hides_secrets(&error);
    error
}

#[test]
fn messages_arrive_as_those_of_the_callback() {
    trusting("mosquitto::messages_arrive_as_those_of_the_callback", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        let mut connection = broker.connect().await.unwrap();
        assert!(!connection.session_present());

        mosquitto.publish(
            &json!({ "pushType": "DEVICE_PUSH", "deviceId": "a1", "userList": ["x"],
                     "pushCode": "WASHING_IS_COMPLETE" })
            .to_string(),
        );
        let Received { frame, packet_id, is_repeated, receipt } = connection.next().await.unwrap();
        receipt.confirm();

        assert!(packet_id.is_some() && !is_repeated);
        let parsed = parse(&frame);
        assert!(matches!(parsed.messages[0].body, Body::Push(_)), "{parsed:?}");
        let shown = format!("{broker:?} {connection:?} {frame:?}");
        for secret in ["beef", "f00d", "localhost", "WASHING"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    });
}

#[test]
fn what_comes_while_away_is_kept() {
    trusting("mosquitto::what_comes_while_away_is_kept", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        drop(broker.connect().await.unwrap());
        for text in ["1", "2", "3"] {
            mosquitto.publish(text);
        }

        let mut connection = broker.connect().await.unwrap();

        assert!(connection.session_present());
        for text in ["1", "2", "3"] {
            assert_eq!(take(&mut connection).await, text);
        }
        connection.close().await;
        mosquitto.publish("4");
        let mut connection = broker.connect().await.unwrap();
        assert_eq!(take(&mut connection).await, "4", "a goodbye sends what was confirmed");
    });
}

#[test]
fn what_was_not_confirmed_comes_again() {
    trusting("mosquitto::what_was_not_confirmed_comes_again", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        let mut connection = broker.connect().await.unwrap();
        mosquitto.publish("1");
        assert_eq!(take(&mut connection).await, "1");
        for text_expected in ["2", "3"] {
            mosquitto.publish(text_expected);
            // The acknowledgement goes out before anything more is read.
            let received = connection.next().await.unwrap();
            assert_eq!(text(&received.frame), text_expected);
        }
        drop(connection);

        let mut connection = broker.connect().await.unwrap();

        for text_expected in ["2", "3"] {
            let received = connection.next().await.unwrap();
            assert!(received.is_repeated);
            assert_eq!(text(&received.frame), text_expected);
            received.receipt.confirm();
        }
        connection.close().await;
        mosquitto.publish("4");
        assert_eq!(take(&mut broker.connect().await.unwrap()).await, "4");
    });
}

#[test]
fn a_cancelled_wait_loses_nothing() {
    trusting("mosquitto::a_cancelled_wait_loses_nothing", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let mut connection = mosquitto.broker(&authority).await.connect().await.unwrap();
        for _ in 0..20 {
            tokio::time::timeout(Duration::ZERO, connection.next()).await.unwrap_err();
        }

        mosquitto.publish("late");

        assert_eq!(take(&mut connection).await, "late");
    });
}

#[test]
fn a_restart_of_the_broker_loses_nothing() {
    trusting("mosquitto::a_restart_of_the_broker_loses_nothing", async |authority| {
        let mut mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        let mut connection = broker.connect().await.unwrap();
        mosquitto.publish("1");
        let unconfirmed = connection.next().await.unwrap();

        mosquitto.stop();
        let error = connection.next().await.unwrap_err();
        assert!(matches!(error, Error::BrokerEnded { .. }), "{error:?}");
        assert_eq!((error.kind(), error.remedy()), (ProblemCode::BrokerEnded, Remedy::Retry));
        // Too late, and harmless.
        unconfirmed.receipt.confirm();
        connection.next().await.unwrap_err();
        let error = refused(&broker).await;
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");

        mosquitto.go_on();
        let mut connection = broker.connect().await.unwrap();
        assert!(connection.session_present());
        assert_eq!(take(&mut connection).await, "1");
    });
}

#[test]
fn a_forgotten_session_is_subscribed_again() {
    trusting("mosquitto::a_forgotten_session_is_subscribed_again", async |authority| {
        let mut mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        broker.connect().await.unwrap().close().await;
        mosquitto.stop();
        mosquitto.forget_sessions();
        mosquitto.go_on();

        let mut connection = broker.connect().await.unwrap();

        assert!(!connection.session_present());
        mosquitto.publish("1");
        assert_eq!(take(&mut connection).await, "1");
    });
}

#[test]
fn whoever_leaves_for_good_is_sent_nothing_more() {
    trusting("mosquitto::whoever_leaves_for_good_is_sent_nothing_more", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let broker = mosquitto.broker(&authority).await;
        broker.connect().await.unwrap().leave(&broker).await;
        mosquitto.publish("1");

        let mut connection = broker.connect().await.unwrap();

        mosquitto.publish("2");
        assert_eq!(take(&mut connection).await, "2");
    });
}

#[test]
fn a_certificate_of_another_authority_is_refused_in_silence() {
    trusting(
        "mosquitto::a_certificate_of_another_authority_is_refused_in_silence",
        async |authority| {
            let mosquitto = Mosquitto::start(&authority);
            let stranger = Arc::new(Authority::new());
            let broker = mosquitto.broker(&stranger).await;

            let error = refused(&broker).await;

            assert!(matches!(error, Error::BrokerRefused), "{error:?}");
            assert_eq!((error.kind(), error.remedy()), (ProblemCode::BrokerRefused, Remedy::Retry));
        },
    );
}

#[test]
fn a_message_beyond_the_limit_ends_the_connection() {
    trusting("mosquitto::a_message_beyond_the_limit_ends_the_connection", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let mut connection = mosquitto.broker(&authority).await.connect().await.unwrap();
        let largest = "x".repeat(200 * 1024);
        mosquitto.publish(&largest);
        assert_eq!(take(&mut connection).await, largest);

        mosquitto.publish(&"x".repeat(257 * 1024));

        let error = connection.next().await.unwrap_err();
        assert!(matches!(error, Error::BrokerViolation), "{error:?}");
        assert_eq!((error.kind(), error.remedy()), (ProblemCode::InvalidAnswer, Remedy::Retry));
    });
}

#[test]
fn a_half_open_link_is_noticed_within_two_keep_alives() {
    trusting("mosquitto::a_half_open_link_is_noticed_within_two_keep_alives", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let relay = Relay::to(mosquitto.port).await;
        let timing = BrokerTiming { keep_alive: Duration::from_secs(1), ..TIMING };
        let broker = broker("localhost", relay.port, &authority, timing).await;
        let mut connection = broker.connect().await.unwrap();
        mosquitto.publish("1");
        assert_eq!(take(&mut connection).await, "1");

        relay.is_open.store(false, Relaxed);
        let error = connection.next().await.unwrap_err();

        let Error::BrokerSilent { waited } = error else { panic!("{error:?}") };
        assert_eq!(waited, Duration::from_secs(2));
        assert_eq!((error.kind(), error.remedy()), (ProblemCode::BrokerEnded, Remedy::Retry));
    });
}

/// Forwards until it is told to swallow everything.
struct Relay {
    port: u16,
    is_open: Arc<AtomicBool>,
}

impl Relay {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let relay = Self {
            port: listener.local_addr().unwrap().port(),
            is_open: Arc::new(AtomicBool::new(true)),
        };
        let is_open = Arc::clone(&relay.is_open);
        TaskTracker::new().spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            let ((client_in, client_out), (server_in, server_out)) =
                (client.into_split(), server.into_split());
            tokio::join!(
                forward(client_in, server_out, &is_open),
                forward(server_in, client_out, &is_open)
            );
        });
        relay
    }
}

async fn forward(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    is_open: &AtomicBool,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_open.load(Relaxed) && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    // Kept open, so that neither end hears of it.
    std::future::pending::<()>().await;
}

#[test]
fn proxies_of_both_kinds_lead_to_the_broker() {
    trusting("mosquitto::proxies_of_both_kinds_lead_to_the_broker", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let direct = broker(FAR, 9_999, &authority, TIMING).await;
        for scheme in ["http", "socks5"] {
            let proxy = Proxy::start(scheme, &[(9_999, mosquitto.port)]).await;
            let broker = direct.clone().with_proxy(Some(&proxy));

            let mut connection = broker.connect().await.unwrap();

            mosquitto.publish(scheme);
            assert_eq!(take(&mut connection).await, scheme);
            connection.close().await;

            let nowhere = Proxy::start(scheme, &[]).await;
            let error = refused(&direct.clone().with_proxy(Some(&nowhere))).await;
            assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
            assert_eq!(error.kind(), ProblemCode::BrokerUnreachable);
        }
    });
}

#[test]
fn the_port_of_the_web_comes_first_and_that_of_mqtt_second() {
    trusting(
        "mosquitto::the_port_of_the_web_comes_first_and_that_of_mqtt_second",
        async |authority| {
            let mosquitto = Mosquitto::start(&authority);
            let (front, offered) = front(&authority).await;
            let broker = broker(FAR, 8883, &authority, TIMING).await;

            // Behind the port of the web is something that ends each connection after TLS.
            let proxy = Proxy::start("http", &[(443, front), (8883, mosquitto.port)]).await;
            let error = refused(&broker.clone().with_proxy(Some(&proxy))).await;
            assert!(matches!(error, Error::BrokerRefused), "{error:?}");
            assert_eq!(offered.await.unwrap().as_deref(), Some(&b"x-amzn-mqtt-ca"[..]));

            let proxy = Proxy::start("http", &[(8883, mosquitto.port)]).await;
            let mut connection = broker.with_proxy(Some(&proxy)).connect().await.unwrap();
            mosquitto.publish("1");
            assert_eq!(take(&mut connection).await, "1");
        },
    );
}

/// Speaks TLS with one client, tells the protocol name that they agreed on, and hangs up.
async fn front(authority: &Authority) -> (u16, tokio::task::JoinHandle<Option<Vec<u8>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let acceptor = authority.acceptor(&[FAR], &[b"x-amzn-mqtt-ca", b"h2"]);
    let port = listener.local_addr().unwrap().port();
    let offered = TaskTracker::new().spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
    });
    (port, offered)
}

#[test]
fn a_server_with_another_name_is_not_trusted() {
    trusting("mosquitto::a_server_with_another_name_is_not_trusted", async |authority| {
        let mosquitto = Mosquitto::start(&authority);
        let proxy = Proxy::start("http", &[(9_999, mosquitto.port)]).await;
        let other = broker("beef.example.net", 9_999, &authority, TIMING).await;

        let error = refused(&other.with_proxy(Some(&proxy))).await;

        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        assert_eq!((error.kind(), error.remedy()), (ProblemCode::Tls, Remedy::Retry));
    });
}

/// A proxy that knows one server, by the ports that are asked for.
struct Proxy;

impl Proxy {
    async fn start(scheme: &'static str, ports: &[(u16, u16)]) -> Url {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let ports = ports.to_vec();
        TaskTracker::new().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                TaskTracker::new().spawn(Self::serve(scheme, stream, ports.clone()));
            }
        });
        Url::parse(&format!("{scheme}://{address}")).unwrap()
    }

    async fn serve(scheme: &str, mut client: TcpStream, ports: Vec<(u16, u16)>) {
        let (asked, accepted, refused): (u16, &[u8], &[u8]) = if scheme == "http" {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let target = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
            let port = target.rsplit_once(':').unwrap().1.parse().unwrap();
            (port, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        } else {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).await.unwrap();
            client.read_exact(&mut vec![0; usize::from(greeting[1])]).await.unwrap();
            client.write_all(&[5, 0]).await.unwrap();
            let mut head = [0; 5];
            client.read_exact(&mut head).await.unwrap();
            assert_eq!(head[3], 3, "the proxy looks the name up");
            client.read_exact(&mut vec![0; usize::from(head[4])]).await.unwrap();
            let port = client.read_u16().await.unwrap();
            (port, &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0], &[5, 4, 0, 1, 0, 0, 0, 0, 0, 0])
        };
        let Some(&(_, port)) = ports.iter().find(|(known, _)| *known == asked) else {
            client.write_all(refused).await.ok();
            return;
        };
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        client.write_all(accepted).await.unwrap();
        copy_bidirectional(&mut client, &mut server).await.ok();
    }
}
