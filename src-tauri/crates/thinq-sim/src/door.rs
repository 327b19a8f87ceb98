//! A port that can be shut: while its fault is set nothing listens there, and connections are
//! refused as if no program ran.

use std::{io, net::SocketAddr, time::Duration};

use axum::serve::Listener;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time,
};
use tracing::warn;

use crate::fault::{Fault, Faults};

/// Between two tries to take the port again, or to accept when that fails.
const RETRY_AFTER: Duration = Duration::from_millis(20);

pub(crate) struct Door {
    address: SocketAddr,
    /// `None` while the door is shut.
    listener: Option<TcpListener>,
    faults: watch::Receiver<Faults>,
    shut_by: Fault,
}

impl Door {
    pub(crate) async fn bind(
        port: u16,
        faults: watch::Receiver<Faults>,
        shut_by: Fault,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
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
                        warn!(%error, "port could not be taken again");
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
                        warn!(%error, "connection could not be accepted");
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
