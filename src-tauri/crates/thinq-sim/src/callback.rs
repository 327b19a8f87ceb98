//! The callback: a WebSocket that is authorised at the handshake, tells, never asks, and keeps
//! the gateway's limits.

mod handshake;
mod socket;

use std::sync::Arc;

use tokio::net::TcpStream;
use tracing::debug;

use self::handshake::Verdict;
pub(crate) use self::handshake::address;
use crate::{door::Door, world::World};

/// What is sent to a client as it is, without a look at subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawFrame {
    /// One text message.
    Text(String),
    /// One binary message.
    Binary(Vec<u8>),
    /// One text message in as many frames as there are pieces.
    Fragments(Vec<String>),
}

/// What an open socket is told to do.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Deliver(RawFrame),
    /// Close with this code.
    Close(u16),
    /// End the TCP connection with a reset, without a close frame.
    Reset,
    Pings(usize),
}

/// Accepts until the world stops.
pub(crate) async fn serve(world: Arc<World>, mut door: Door) {
    while let Some(stream) = world.stop.run_until_cancelled(door.next()).await {
        let connection = connect(Arc::clone(&world), stream);
        world.tasks.spawn(connection);
    }
}

async fn connect(world: Arc<World>, mut stream: TcpStream) {
    let stop = world.stop.clone();
    let judged = stop.run_until_cancelled(handshake::judge(&world, &mut stream)).await;
    match judged {
        Some(Ok(Verdict::Accepted { accept_key })) => {
            socket::run(&world, stream, &accept_key).await;
        }
        Some(Ok(Verdict::Refused)) | None => {}
        Some(Err(error)) => debug!(%error, "handshake broke off"),
    }
}
