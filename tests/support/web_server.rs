//! A web server that records what is posted to it and replies as a test wants.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};
use tokio_util::task::TaskTracker;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    /// By their names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Posted {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON is posted")
    }
}

/// What the server does with requests.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, more header lines, and a text.
    Status(u16, &'static str, &'static str),
    /// Something that is not HTTP.
    Garbage,
    /// Nothing: the connection stays open.
    Never,
}

pub(crate) struct WebServer {
    port: u16,
    reply: Arc<Mutex<Reply>>,
    posted: watch::Sender<Vec<Posted>>,
    serving: JoinHandle<()>,
}

impl WebServer {
    pub(crate) async fn start(reply: Reply) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let reply = Arc::new(Mutex::new(reply));
        let posted = watch::Sender::default();
        let (replies, sender) = (Arc::clone(&reply), posted.clone());
        let tracker = TaskTracker::new();
        let connections = tracker.clone();
        let serving = tracker.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (replies, posted) = (Arc::clone(&replies), sender.clone());
                connections.spawn(async move { serve(stream, &replies, &posted).await });
            }
        });
        Ok(Self { port, reply, posted, serving })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// From now on.
    pub(crate) fn set_reply(&self, reply: Reply) {
        *self.reply.lock() = reply;
    }

    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.posted.borrow().clone()
    }

    /// Waits until `count` requests have come.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Posted> {
        let mut posted = self.posted.subscribe();
        let met = posted.wait_for(|posted| posted.len() >= count).await;
        met.map(|posted| posted.clone()).unwrap_or_default()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    stream: TcpStream,
    reply: &Mutex<Reply>,
    posted: &watch::Sender<Vec<Posted>>,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let reply = reply.lock().clone();
    posted.send_modify(|posted| {
        posted.push(Posted {
            path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
            headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        });
    });
    match reply {
        Reply::Status(status, more, text) => {
            let head = format!(
                "HTTP/1.1 {status} x\r\n{more}connection: close\r\ncontent-length: {}\r\n\r\n{text}",
                text.len()
            );
            stream.write_all(head.as_bytes()).await
        }
        Reply::Garbage => stream.write_all(b"\x00\x01 no HTTP\r\n\r\n").await,
        Reply::Never => {
            sleep(Duration::from_hours(1)).await;
            Ok(())
        }
    }
}
