//! Server end, used by the resident program.

use std::path::Path;

use tokio::io::{ReadHalf, WriteHalf};

use super::{Asked, LineReader, LineWriter, PROTOCOL, Said, SocketError, Stream, platform, split};
use crate::{Request, Response, Update};

/// Holding it guarantees that this is the user's only listening instance.
#[derive(Debug)]
pub struct Server(platform::Listener);

/// Connection of one client process.
pub struct ClientConnection(Box<dyn Stream>);

pub struct ClientReader(LineReader<ReadHalf<Box<dyn Stream>>>);
pub struct ClientWriter(LineWriter<WriteHalf<Box<dyn Stream>>>);

impl Server {
    /// Binds the socket, or fails with [`SocketError::AlreadyRunning`]. A stale socket of a killed
    /// instance is replaced. Must be called within a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        platform::Listener::bind(path).map(Self)
    }

    /// Binds the socket again if its file or its lock was removed or replaced; returns whether it did.
    /// Fails with [`SocketError::AlreadyRunning`] if another instance has taken the place.
    pub fn renew(&mut self) -> Result<bool, SocketError> {
        self.0.renew()
    }

    /// Accepts the next process of this user. A process of another user is an error, after which
    /// the server can continue. Cancel safe.
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
    /// Returns the next request with its id, or `None` once the peer has disconnected. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<(u32, Request)>, SocketError> {
        let asked: Option<Asked> = self.0.next().await?;
        Ok(asked.map(|asked| (asked.id, asked.request)))
    }
}

impl ClientWriter {
    /// Sends the first line of a connection.
    pub async fn greet(&mut self) -> Result<(), SocketError> {
        self.0.send(&Said::Hello { protocol: PROTOCOL }).await
    }

    pub async fn answer(&mut self, id: u32, response: Response) -> Result<(), SocketError> {
        self.0.send(&Said::Answer { id, response }).await
    }

    pub async fn tell(&mut self, told: Update) -> Result<(), SocketError> {
        self.0.send(&Said::Update(told)).await
    }
}
