//! Named pipe. The first instance of the pipe is the lock; remote clients are rejected.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};

use super::SocketError;

/// All instances of the pipe are in use; the server creates the next one immediately.
const ERROR_PIPE_BUSY: i32 = 231;
const ERROR_ACCESS_DENIED: i32 = 5;

#[derive(Debug)]
pub(super) struct Listener {
    name: PathBuf,
    next: NamedPipeServer,
}

impl Listener {
    pub(super) fn bind(path: &Path) -> Result<Self, SocketError> {
        let next = ServerOptions::new()
            .first_pipe_instance(true)
            .reject_remote_clients(true)
            .create(path)
            .map_err(|error| match error.raw_os_error() {
                Some(ERROR_ACCESS_DENIED) => SocketError::AlreadyRunning,
                Some(_) | None => SocketError::Io(error),
            })?;
        Ok(Self { name: path.to_owned(), next })
    }

    /// The system keeps the name while the pipe is open.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "a socket of Unix is a file")]
    pub(super) fn renew(&mut self) -> Result<bool, SocketError> {
        Ok(false)
    }

    /// Accepts the next client. Cancel safe.
    pub(super) async fn accept(&mut self) -> Result<NamedPipeServer, SocketError> {
        self.next.connect().await?;
        let following = ServerOptions::new().reject_remote_clients(true).create(&self.name)?;
        Ok(std::mem::replace(&mut self.next, following))
    }
}

pub(super) async fn connect(path: &Path) -> Result<NamedPipeClient, SocketError> {
    loop {
        match ClientOptions::new().open(path) {
            Ok(client) => return Ok(client),
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SocketError::NotRunning(error));
            }
            Err(error) => return Err(SocketError::Io(error)),
        }
    }
}
