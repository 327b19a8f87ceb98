//! The MQTT front of ThinQ Connect: TLS with a client certificate, one connection for each client
//! id, sessions kept while clients are away. Refusals are silent: the connection ends without
//! CONNACK, as at AWS.

mod packet;

use std::{io, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::TcpStream,
    time::{self, Instant},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::codec::FramedRead;
use tracing::debug;

use self::packet::{Connect, Packet, PacketDecoder};
use crate::{
    authority::MQTT_ALPN,
    clients::{self, Connection, SessionChoice},
    door::Door,
    fault::Fault,
    ledger::Call,
    session::Next,
    world::World,
};

/// Time limit of the TLS handshake and the CONNECT packet.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Keep-alive of clients that ask for none.
const LONGEST_KEEP_ALIVE: Duration = Duration::from_mins(20);

type Packets = FramedRead<ReadHalf<TlsStream<TcpStream>>, PacketDecoder>;
type Writer = WriteHalf<TlsStream<TcpStream>>;

/// Reason for the end of a connection.
enum End {
    Closed,
    /// The path is cut: the connection stays open and nothing passes.
    Lost,
}

/// Accepts connections until the simulation stops.
pub(crate) async fn serve(world: Arc<World>, mut door: Door, acceptor: TlsAcceptor) {
    while let Some(stream) = world.stop.run_until_cancelled(door.next()).await {
        let connection = serve_connection(Arc::clone(&world), acceptor.clone(), stream);
        world.tasks.spawn(connection);
    }
}

async fn serve_connection(world: Arc<World>, acceptor: TlsAcceptor, mut stream: TcpStream) {
    if world.faults.borrow().has(Fault::MqttBlackHole) {
        swallow(&world, &mut stream).await;
        return;
    }
    let opening = time::timeout(CONNECT_WITHIN, open(&world, acceptor, stream));
    let (connect, mut packets, mut writer) = match world.stop.run_until_cancelled(opening).await {
        Some(Ok(Ok(opened))) => opened,
        Some(Ok(Err(error))) => return debug!(%error, "MQTT client refused"),
        Some(Err(_)) | None => return,
    };
    let choice = choice(&world, &connect);
    let connection = world
        .update_clients(|clients| clients.connect(&connect.client_id, &choice, Instant::now()));
    let end = match keep(&world, &connect, &connection, &mut packets, &mut writer).await {
        Ok(end) => end,
        Err(error) => {
            debug!(%error, "MQTT connection failed");
            End::Closed
        }
    };
    world.update_clients(|clients| {
        clients.disconnect(&connect.client_id, connection.number, Instant::now());
    });
    let mut stream = packets.into_inner().unsplit(writer);
    match end {
        End::Closed => {
            let _closed = time::timeout(CONNECT_WITHIN, stream.shutdown()).await;
        }
        End::Lost => swallow(&world, &mut stream.into_inner().0).await,
    }
}

fn choice(world: &World, connect: &Connect) -> SessionChoice {
    SessionChoice {
        is_clean: connect.is_clean,
        is_forgotten: world.faults.borrow().has(Fault::SessionsForgotten),
        lifetime: world.settings.connect.session_lifetime,
    }
}

/// TLS handshake, CONNECT packet and the checks that end in silence.
async fn open(
    world: &World,
    acceptor: TlsAcceptor,
    stream: TcpStream,
) -> io::Result<(Connect, Packets, Writer)> {
    let stream = acceptor.accept(stream).await?;
    let (_, session) = stream.get_ref();
    let has_alpn = session.alpn_protocol() == Some(MQTT_ALPN) && session.server_name().is_some();
    let certificate = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|certificate| certificate.to_vec())
        .unwrap_or_default();
    let (reader, writer) = tokio::io::split(stream);
    let limit = world.settings.connect.packet_limit;
    let mut packets = FramedRead::new(reader, PacketDecoder { limit });
    let Some(Packet::Connect(connect)) = packets.next().await.transpose()? else {
        return Err(io::Error::other("first packet is no CONNECT"));
    };
    world.record(Call::MqttConnect, None, Some(&connect.client_id));
    if world.faults.borrow().has(Fault::MqttRefused) {
        return Err(io::Error::other("fault is set"));
    }
    if world.settings.connect.requires_alpn && !has_alpn {
        return Err(io::Error::other("ALPN protocol or server name is missing"));
    }
    if !world.lock().clients.has_certificate(&connect.client_id, &certificate) {
        return Err(io::Error::other("certificate is not valid for this client id"));
    }
    Ok((connect, packets, writer))
}

async fn keep(
    world: &World,
    connect: &Connect,
    connection: &Connection,
    packets: &mut Packets,
    writer: &mut Writer,
) -> io::Result<End> {
    let id = connect.client_id.as_str();
    let opened_at = Instant::now();
    let silence = match connect.keep_alive_s {
        0 => LONGEST_KEEP_ALIVE,
        seconds => Duration::from_secs(seconds.into()).mul_f32(1.5),
    };
    let mut received_at = opened_at;
    let mut faults = world.faults.subscribe();
    send(world, connection, writer, packet::connack(connection.is_session_present)).await?;
    loop {
        let drops_after = {
            let faults = faults.borrow_and_update();
            if faults.has(Fault::MqttBlackHole) {
                return Ok(End::Lost);
            }
            if faults.has(Fault::MqttDown) {
                return Ok(End::Closed);
            }
            faults.mqtt_drops_after()
        };
        let next =
            world.update_clients(|clients| clients.next(id, connection.number, Instant::now()));
        let due_at = match next {
            Next::Deliver(delivery) => {
                send(world, connection, writer, packet::publish(&delivery)).await?;
                continue;
            }
            Next::At(due_at) => Some(due_at),
            Next::Nothing => None,
        };
        tokio::select! {
            biased;
            () = world.stop.cancelled() => return Ok(End::Closed),
            () = connection.end.cancelled() => return Ok(End::Closed),
            _ = faults.changed() => {}
            () = time::sleep_until(opened_at + drops_after.unwrap_or_default()),
                if drops_after.is_some() => return Ok(End::Closed),
            () = time::sleep_until(received_at + silence) => return Ok(End::Closed),
            packet = packets.next() => {
                received_at = Instant::now();
                let Some(packet) = packet.transpose()? else { return Ok(End::Closed) };
                let Some(answer) = answer(world, id, connection.number, packet) else {
                    return Ok(End::Closed);
                };
                send(world, connection, writer, answer).await?;
            }
            () = connection.wake.notified() => {}
            () = time::sleep_until(due_at.unwrap_or(opened_at)), if due_at.is_some() => {}
        }
    }
}

/// The answer, empty where there is none; `None` for a packet that ends the connection.
fn answer(world: &World, id: &str, number: usize, packet: Packet) -> Option<Vec<u8>> {
    match packet {
        Packet::Subscribe { packet_id, filters } => {
            let is_registered = world.lock().clients.is_registered(id);
            let own = clients::topic(id);
            if !is_registered || filters.iter().any(|(filter, _)| *filter != own) {
                return None;
            }
            world.update_clients(|clients| clients.subscribe(id, number, &own));
            Some(packet::suback(packet_id, filters.iter().map(|&(_, qos)| qos)))
        }
        Packet::Unsubscribe { packet_id, filters } => {
            world.update_clients(|clients| {
                for filter in &filters {
                    clients.unsubscribe(id, number, filter);
                }
            });
            Some(packet::unsuback(packet_id))
        }
        Packet::PubAck { packet_id } => {
            world.update_clients(|clients| clients.acknowledge(id, number, packet_id));
            Some(Vec::new())
        }
        Packet::PingReq => Some(packet::PINGRESP.to_vec()),
        // Clients may not publish, and connect only once.
        Packet::Publish | Packet::Connect(_) | Packet::Disconnect => None,
    }
}

async fn send(
    world: &World,
    connection: &Connection,
    writer: &mut Writer,
    bytes: Vec<u8>,
) -> io::Result<()> {
    let slowness = world.faults.borrow().mqtt_delay();
    let sending = async {
        if let Some(delay) = slowness.filter(|_| !bytes.is_empty()) {
            time::sleep(delay).await;
        }
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    // A client that does not read blocks neither the end of its connection nor the service's.
    let sending = connection.end.run_until_cancelled(sending);
    world.stop.run_until_cancelled(sending).await.flatten().unwrap_or(Ok(()))
}

/// Reads and sends nothing, like a connection whose path was cut, until the client leaves.
async fn swallow(world: &World, stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    let swallowing = async { while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {} };
    world.stop.run_until_cancelled(swallowing).await;
}
