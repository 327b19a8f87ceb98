//! The resident program's end.

use std::path::Path;

use tokio::io::{ReadHalf, WriteHalf};

use super::{Asked, LineReader, LineWriter, PROTOCOL, Said, SocketError, Stream, platform, split};
use crate::{Request, Response, Told};

/// Holding it is the licence to be this user's one listening instance.
#[derive(Debug)]
pub struct Server(platform::Listener);

/// One process at the other end.
pub struct ClientConnection(Box<dyn Stream>);

pub struct ClientReader(LineReader<ReadHalf<Box<dyn Stream>>>);
pub struct ClientWriter(LineWriter<WriteHalf<Box<dyn Stream>>>);

impl Server {
    /// Takes the socket, or fails with [`SocketError::AlreadyRunning`]. What a killed instance
    /// left behind is taken over. Must be called within a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        platform::Listener::bind(path).map(Self)
    }

    /// Waits for the next process of this user; a foreign one is an error and the server goes on.
    /// Cancel safe.
    pub async fn accept(&mut self) -> Result<ClientConnection, SocketError> {
        Ok(ClientConnection(Box::new(self.0.accept().await?)))
    }
}

impl ClientConnection {
    pub fn into_halves(self) -> (ClientReader, ClientWriter) {
        let (reader, writer) = split(self.0);
        (ClientReader(reader), ClientWriter(writer))
    }
}

impl ClientReader {
    /// The next request with its id, or `None` when the peer is gone. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<(u32, Request)>, SocketError> {
        let asked: Option<Asked> = self.0.next().await?;
        Ok(asked.map(|asked| (asked.id, asked.request)))
    }
}

impl ClientWriter {
    /// The first line on a connection.
    pub async fn greet(&mut self) -> Result<(), SocketError> {
        self.0.send(&Said::Hello { protocol: PROTOCOL }).await
    }

    pub async fn answer(&mut self, id: u32, response: Response) -> Result<(), SocketError> {
        self.0.send(&Said::Answer { id, response }).await
    }

    pub async fn tell(&mut self, told: Told) -> Result<(), SocketError> {
        self.0.send(&Said::Told(told)).await
    }
}
