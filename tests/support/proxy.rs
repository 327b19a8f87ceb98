//! A small proxy for HTTP and SOCKS 5 on one port; every request is forwarded to one address.

use std::{io, net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Clients that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// Clients with this user name and password.
    Locked(&'static str, &'static str),
    /// No clients.
    Shut,
}

/// Stops when dropped.
pub(crate) struct TestProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    door: Mutex<Door>,
    behind: SocketAddr,
    /// Requested targets as `host:port`, including those of rejected clients.
    asked: Mutex<Vec<String>>,
    tasks: TaskTracker,
}

impl TestProxy {
    pub(crate) async fn start(door: Door, behind: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound port has an address");
        let asked = Mutex::default();
        let tasks = TaskTracker::new();
        let shared = Arc::new(Shared { door: Mutex::new(door), behind, asked, tasks });
        let stop = CancellationToken::new();
        let serving = Arc::clone(&shared).serve(listener, stop.clone());
        shared.tasks.spawn(stop.clone().run_until_cancelled_owned(serving));
        Self { address, shared, stop }
    }

    /// As written in the settings, for example `socks5://me:secret@127.0.0.1:1080`.
    pub(crate) fn url(&self, scheme: &str, who: Option<(&str, &str)>) -> String {
        let who = who.map(|(user, password)| format!("{user}:{password}@")).unwrap_or_default();
        format!("{scheme}://{who}{}", self.address)
    }

    pub(crate) fn set(&self, door: Door) {
        *self.shared.door.lock() = door;
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().clone()
    }
}

impl Drop for TestProxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        while let Ok((stream, _address)) = listener.accept().await {
            let shared = Arc::clone(&self);
            self.tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
                // A disconnecting client is no failure of the proxy.
                drop(shared.treat(stream).await);
            }));
        }
    }

    async fn treat(&self, client: TcpStream) -> io::Result<()> {
        let mut first = [0];
        client.peek(&mut first).await?;
        if first == [5] { self.speak_socks(client).await } else { self.speak_http(client).await }
    }

    fn note(&self, whom: String) {
        self.asked.lock().push(whom);
    }

    fn door(&self) -> Door {
        *self.door.lock()
    }

    /// `CONNECT host:port`, or an absolute URL for plain HTTP.
    async fn speak_http(&self, mut client: TcpStream) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut words = text.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let whom = target.strip_prefix("http://").and_then(|rest| rest.split('/').next());
        self.note(whom.unwrap_or(target).to_owned());
        let is_welcome = match self.door() {
            Door::Open => true,
            Door::Locked(user, password) => {
                let basic = format!("basic {}", base64(&format!("{user}:{password}")));
                let said = text.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim())
                });
                said.is_some_and(|said| said.to_lowercase() == basic.to_lowercase())
            }
            Door::Shut => false,
        };
        if !is_welcome {
            let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                           proxy-authenticate: Basic realm=\"test\"\r\ncontent-length: 0\r\n\r\n";
            return client.write_all(refusal.as_bytes()).await;
        }
        let mut server = TcpStream::connect(self.behind).await?;
        if method == "CONNECT" {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        } else {
            let path = target.splitn(4, '/').nth(3).unwrap_or_default();
            let forwarded = text.replacen(target, &format!("/{path}"), 1);
            server.write_all(forwarded.as_bytes()).await?;
        }
        copy_bidirectional(&mut client, &mut server).await?;
        Ok(())
    }

    /// RFC 1928, and RFC 1929 for the password.
    async fn speak_socks(&self, mut client: TcpStream) -> io::Result<()> {
        let [_version, count] = read(&mut client).await?;
        let mut methods = vec![0; count.into()];
        client.read_exact(&mut methods).await?;
        let lock = match self.door() {
            Door::Locked(user, password) => Some((user, password)),
            Door::Open | Door::Shut => None,
        };
        if lock.is_none() && methods.contains(&0) {
            client.write_all(&[5, 0]).await?;
        } else if methods.contains(&2) {
            client.write_all(&[5, 2]).await?;
            let [_version, length] = read(&mut client).await?;
            let user = read_text(&mut client, length).await?;
            let [length] = read(&mut client).await?;
            let password = read_text(&mut client, length).await?;
            let is_welcome = lock.is_none_or(|lock| lock == (user.as_str(), password.as_str()));
            client.write_all(&[1, u8::from(!is_welcome)]).await?;
            if !is_welcome {
                return Ok(());
            }
        } else {
            return client.write_all(&[5, 0xff]).await;
        }
        let [_version, _command, _reserved, kind] = read(&mut client).await?;
        assert_eq!(kind, 3, "the proxy is to look up the name");
        let [length] = read(&mut client).await?;
        let host = read_text(&mut client, length).await?;
        let port = client.read_u16().await?;
        self.note(format!("{host}:{port}"));
        let answer = |status| [5, status, 0, 1, 0, 0, 0, 0, 0, 0];
        if self.door() == Door::Shut {
            // Connection not allowed by ruleset.
            return client.write_all(&answer(2)).await;
        }
        let mut server = TcpStream::connect(self.behind).await?;
        client.write_all(&answer(0)).await?;
        copy_bidirectional(&mut client, &mut server).await?;
        Ok(())
    }
}

async fn read<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_text(stream: &mut TcpStream, length: u8) -> io::Result<String> {
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(crate) fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter)) & 63;
            encoded.push(if letter <= chunk.len() { LETTERS[index as usize].into() } else { '=' });
        }
    }
    encoded
}
