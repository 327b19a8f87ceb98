//! Both ends of the local socket: one JSON object per line.
//!
//! The resident program binds it, one per user; windows and the command line connect. The first
//! line from the resident program contains the [`PROTOCOL`], since the two programs can be of
//! different releases while an update is being installed.

mod client;
#[cfg(unix)]
#[path = "socket/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "socket/windows.rs"]
mod platform;
mod server;

use std::{io, path::Path};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec, LinesCodecError};

pub use client::{Client, Incoming, ask_once, until_unresponsive};
pub use server::{ClientConnection, ClientReader, ClientWriter, Server};

use crate::{Request, Response, Update};

/// Incremented when a contract change is incompatible with older peers.
pub const PROTOCOL: u32 = 1;

/// Maximum line length: event details contain raw frames of up to 256 KiB each, JSON-escaped.
const LINE_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// No listener: the resident program is not running.
    #[error("the resident program is not running")]
    NotRunning(#[source] io::Error),

    #[error("another instance is already running")]
    AlreadyRunning,

    #[error("the peer uses protocol {theirs}, this program uses {PROTOCOL}")]
    OtherProtocol { theirs: u32 },

    #[error("the peer belongs to another user")]
    OtherUser,

    /// The resident program is stopped or hangs.
    #[error("the resident program does not answer")]
    Unresponsive,

    #[error("the connection was closed")]
    Closed,

    #[error("the peer sent an invalid message")]
    Garbled(#[source] Option<serde_json::Error>),

    #[error("the local socket failed")]
    Io(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    id: u32,
    request: Request,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Said {
    Hello { protocol: u32 },
    Answer { id: u32, response: Response },
    Update(Update),
}

/// Platform-independent end of a connection.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct LineReader<R>(FramedRead<R, LinesCodec>);
struct LineWriter<W>(FramedWrite<W, LinesCodec>);

impl<R: AsyncRead + Unpin> LineReader<R> {
    /// Returns the next object, or `None` at the end of the stream. Cancel safe.
    async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, SocketError> {
        match self.0.next().await {
            Some(Ok(line)) => {
                serde_json::from_str(&line).map(Some).map_err(|e| SocketError::Garbled(Some(e)))
            }
            Some(Err(error)) => Err(SocketError::from(error)),
            None => Ok(None),
        }
    }
}

impl<W: AsyncWrite + Unpin> LineWriter<W> {
    async fn send<T: Serialize>(&mut self, value: &T) -> Result<(), SocketError> {
        let line = serde_json::to_string(value).map_err(|e| SocketError::Garbled(Some(e)))?;
        self.0.send(line).await.map_err(SocketError::from)
    }
}

impl From<LinesCodecError> for SocketError {
    fn from(error: LinesCodecError) -> Self {
        match error {
            LinesCodecError::MaxLineLengthExceeded => Self::Garbled(None),
            LinesCodecError::Io(error) => Self::Io(error),
        }
    }
}

fn split<S: AsyncRead + AsyncWrite>(
    stream: S,
) -> (LineReader<ReadHalf<S>>, LineWriter<WriteHalf<S>>) {
    let (read, write) = tokio::io::split(stream);
    let codec = || LinesCodec::new_with_max_length(LINE_LIMIT);
    (LineReader(FramedRead::new(read, codec())), LineWriter(FramedWrite::new(write, codec())))
}

/// Whether a listener exists at `path`. Used to wait for the resident program.
pub async fn is_listening(path: &Path) -> bool {
    platform::connect(path).await.is_ok()
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, time::Duration};

    use model::{Problem, ProblemCode};
    use tokio::time::Instant;

    use super::*;

    /// Path of a socket below `dir`, or an equally unique name for a pipe.
    fn place(dir: &Path) -> PathBuf {
        if cfg!(windows) {
            let name = dir.file_name().unwrap().to_string_lossy().into_owned();
            PathBuf::from(format!(r"\\.\pipe\thinq-tray-test-{name}"))
        } else {
            dir.join("run").join("socket")
        }
    }

    async fn answer_one(server: &mut Server, response: Response) -> Request {
        let (mut reader, mut writer) = server.accept().await.unwrap().into_halves();
        writer.greet().await.unwrap();
        let (id, request) = reader.next().await.unwrap().unwrap();
        writer.answer(id, response).await.unwrap();
        request
    }

    #[tokio::test]
    async fn a_request_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let path = place(dir.path());
        let mut server = Server::bind(&path).unwrap();

        let (asked, answered) =
            tokio::join!(answer_one(&mut server, Response::Done), ask_once(&path, Request::Resume));

        assert!(matches!(asked, Request::Resume));
        assert!(matches!(answered.unwrap(), Response::Done));
    }

    async fn greet_once(server: &mut Server) {
        let mut peers = Vec::new();
        loop {
            // Those that went away meanwhile are still in the queue.
            let Ok(peer) = server.accept().await else { continue };
            let (reader, mut writer) = peer.into_halves();
            if writer.greet().await.is_ok() {
                peers.push((reader, writer));
                return std::future::pending().await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_falls_silent_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = place(dir.path());
        let mut server = Server::bind(&path).unwrap();

        // The server does not accept.
        let asked = Instant::now();
        let silent = ask_once(&path, Request::Resume).await;
        assert!(matches!(silent, Err(SocketError::Unresponsive)), "{silent:?}");
        assert!(asked.elapsed() < Duration::from_secs(4));

        // It greets once, and then answers nothing.
        for request in [Request::Status, Request::SignOut] {
            let asked = Instant::now();
            let silent = tokio::select! {
                silent = ask_once(&path, request) => silent,
                () = greet_once(&mut server) => unreachable!("it never ends"),
            };
            assert!(matches!(silent, Err(SocketError::Unresponsive)), "{silent:?}");
            assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        }
    }

    #[tokio::test]
    async fn one_at_a_time_listens_and_the_next_one_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let path = place(dir.path());
        let first = Server::bind(&path).unwrap();
        assert!(is_listening(&path).await);

        assert!(matches!(Server::bind(&path), Err(SocketError::AlreadyRunning)));
        drop(first);

        let unanswered = ask_once(&path, Request::Resume).await;
        assert!(matches!(unanswered, Err(SocketError::NotRunning(_))));
        assert!(Server::bind(&path).is_ok());
    }

    #[tokio::test]
    async fn who_goes_before_being_let_in_keeps_nobody_else_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = place(dir.path());
        let mut server = Server::bind(&path).unwrap();
        assert!(is_listening(&path).await);
        let serve = async {
            for _ in 0..3 {
                let Ok(peer) = server.accept().await else { continue };
                let (mut reader, mut writer) = peer.into_halves();
                if writer.greet().await.is_ok()
                    && let Ok(Some((id, _))) = reader.next().await
                {
                    return writer.answer(id, Response::Done).await;
                }
            }
            Err(SocketError::Closed)
        };

        let (done, answered) = tokio::join!(serve, ask_once(&path, Request::Resume));

        done.unwrap();
        assert!(matches!(answered.unwrap(), Response::Done));
    }

    #[tokio::test]
    async fn answers_find_their_questions_and_told_things_come_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = place(dir.path());
        let mut server = Server::bind(&path).unwrap();
        let serve = async {
            let (mut reader, mut writer) = server.accept().await.unwrap().into_halves();
            writer.greet().await.unwrap();
            let (first, _) = reader.next().await.unwrap().unwrap();
            let (second, _) = reader.next().await.unwrap().unwrap();
            writer.tell(Update::HistoryChanged).await.unwrap();
            let problem = Problem::of(ProblemCode::Internal);
            writer.answer(second, Response::Failed { problem }).await.unwrap();
            writer.answer(first, Response::Done).await.unwrap();
        };
        let connect = Client::connect(&path);
        tokio::pin!(serve);
        let (client, mut incoming) = tokio::select! {
            connected = connect => connected.unwrap(),
            () = &mut serve => unreachable!("it waits for two requests"),
        };
        let asked =
            async { tokio::join!(client.ask(Request::Reconnect), client.ask(Request::Resume)) };
        let heard = async {
            let mut told = Vec::new();
            while let Ok(Some(one)) = incoming.next().await {
                told.push(one);
            }
            told
        };
        let ((), (first, second), told) = tokio::join!(serve, asked, heard);

        assert!(matches!(first.unwrap(), Response::Done));
        assert!(matches!(second.unwrap(), Response::Failed { .. }));
        assert!(matches!(told.as_slice(), [Update::HistoryChanged]));
    }
}
