//! The callback: a WebSocket authorised at its handshake that only sends, within the gateway's
//! limits.

mod handshake;
mod socket;

use std::sync::Arc;

use tokio::net::TcpStream;
use tracing::debug;

use self::handshake::Verdict;
pub(crate) use self::handshake::address;
use crate::{door::Door, world::World};

/// Accepts connections until the simulation stops.
pub(crate) async fn serve(world: Arc<World>, mut door: Door) {
    while let Some(stream) = world.stop.run_until_cancelled(door.next()).await {
        let connection = connect(Arc::clone(&world), stream);
        world.tasks.spawn(connection);
    }
}

async fn connect(world: Arc<World>, mut stream: TcpStream) {
    let stop = world.stop.clone();
    let verdict = stop.run_until_cancelled(handshake::judge(&world, &mut stream)).await;
    match verdict {
        Some(Ok(Verdict::Accepted { accept_key })) => {
            socket::run(&world, stream, &accept_key).await;
        }
        Some(Ok(Verdict::Refused)) | None => {}
        Some(Err(error)) => debug!(%error, "handshake failed"),
    }
}
