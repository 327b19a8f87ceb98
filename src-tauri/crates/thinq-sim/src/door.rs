//! A port that a fault closes: connections are then refused as if no program ran.

use std::{io, net::SocketAddr, time::Duration};

use axum::serve::Listener;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time,
};
use tracing::warn;

use crate::fault::{Fault, Faults};

/// Delay before the next attempt to bind the port or to accept.
const RETRY_AFTER: Duration = Duration::from_millis(20);

pub(crate) struct Door {
    address: SocketAddr,
    /// `None` while the port is closed.
    listener: Option<TcpListener>,
    faults: watch::Receiver<Faults>,
    shut_by: Fault,
}

impl Door {
    pub(crate) async fn bind(
        address: SocketAddr,
        faults: watch::Receiver<Faults>,
        shut_by: Fault,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { address: listener.local_addr()?, listener: Some(listener), faults, shut_by })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection. Cancel safe.
    pub(crate) async fn next(&mut self) -> TcpStream {
        loop {
            if self.faults.borrow_and_update().has(self.shut_by) {
                self.listener = None;
                if self.faults.changed().await.is_err() {
                    return std::future::pending().await;
                }
                continue;
            }
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(error) => {
                        warn!(%error, "failed to bind the port again");
                        time::sleep(RETRY_AFTER).await;
                    }
                }
                continue;
            };
            tokio::select! {
                biased;
                _ = self.faults.changed() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => return stream,
                    Err(error) => {
                        warn!(%error, "failed to accept a connection");
                        time::sleep(RETRY_AFTER).await;
                    }
                },
            }
        }
    }
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        (self.next().await, self.address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
