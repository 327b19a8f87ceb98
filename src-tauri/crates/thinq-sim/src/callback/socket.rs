//! One open socket: executes orders, enforces the limits and answers client messages as the gateway does.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{self, Instant},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Bytes, Message,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame,
                coding::{CloseCode, Data, OpCode},
            },
        },
    },
};
use tracing::debug;

use crate::{
    fault::Fault,
    message,
    order::{Order, RawFrame},
    world::World,
};

/// Longest frame the gateway sends; longer messages are fragmented.
const SENT_FRAME_LIMIT: usize = 32 * 1024;
/// Time limit for the answer to a close frame.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<TcpStream>;

/// Reason for the end of a socket.
enum End {
    /// The connection is over.
    Gone,
    /// To be closed with this code.
    Close(CloseCode),
    Reset,
    /// Its path is cut: it stays open and nothing passes.
    Lost,
}

/// Answers the handshake and serves the socket until it ends.
pub(super) async fn run(world: &World, mut stream: TcpStream, accept_key: &str) {
    let (id, mut orders) = world.open_socket();
    let accepted = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {accept_key}\r\n\r\n"
    );
    if stream.write_all(accepted.as_bytes()).await.is_err() {
        world.socket_closed(id);
        return;
    }
    let config = WebSocketConfig::default().max_message_size(Some(world.settings.frame_limit));
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let end = keep(world, &mut socket, &mut orders).await.unwrap_or_else(|error| {
        debug!(%error, "socket broke");
        End::Gone
    });
    if matches!(end, End::Lost) {
        swallow(world, socket, orders).await;
        world.socket_closed(id);
        return;
    }
    // A socket that is being closed is not open: nothing more is sent to it.
    world.socket_closed(id);
    match end {
        End::Close(code) => close(&mut socket, code).await,
        End::Reset => reset(socket.get_ref()),
        End::Gone | End::Lost => {}
    }
}

async fn keep(
    world: &World,
    socket: &mut Socket,
    orders: &mut mpsc::Receiver<Order>,
) -> tungstenite::Result<End> {
    let mut faults = world.faults.subscribe();
    let opened_at = Instant::now();
    let closes_at = opened_at + world.settings.life_limit;
    let mut last_message_at = opened_at;
    loop {
        let (is_hole, drops_after) = {
            let faults = faults.borrow_and_update();
            (faults.has(Fault::CallbackBlackHole), faults.callback_drops_after())
        };
        if is_hole {
            return Ok(End::Lost);
        }
        let idle_at = last_message_at + world.settings.idle_limit;
        tokio::select! {
            biased;
            () = world.stop.cancelled() => return Ok(End::Close(CloseCode::Away)),
            _ = faults.changed() => {}
            () = time::sleep_until(opened_at + drops_after.unwrap_or_default()),
                if drops_after.is_some() => return Ok(End::Gone),
            () = time::sleep_until(closes_at.min(idle_at)) => {
                return Ok(End::Close(CloseCode::Away));
            }
            order = orders.recv() => match order {
                Some(Order::Deliver(frame)) => {
                    last_message_at = Instant::now();
                    send(world, socket, frame).await?;
                }
                Some(Order::Pings(count)) => ping(world, socket, count).await?,
                Some(Order::Close(code)) => return Ok(End::Close(code.into())),
                Some(Order::Reset) => return Ok(End::Reset),
                None => return Ok(End::Gone),
            },
            received = socket.next() => match received {
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    last_message_at = Instant::now();
                    send(world, socket, RawFrame::Text(forbidden())).await?;
                }
                // Pings are answered and a close is confirmed while the socket is read.
                Some(Ok(
                    Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_),
                )) => {}
                Some(Err(tungstenite::Error::Capacity(_))) => {
                    return Ok(End::Close(CloseCode::Size));
                }
                Some(Err(error)) => return Err(error),
                None => return Ok(End::Gone),
            },
        }
    }
}

/// The answer to client messages, for which the gateway has no route.
fn forbidden() -> String {
    let id = message::new_message_id();
    json!({ "message": "Forbidden", "connectionId": id, "requestId": id }).to_string()
}

async fn send(world: &World, socket: &mut Socket, frame: RawFrame) -> tungstenite::Result<()> {
    let sending = async {
        for message in to_messages(frame) {
            socket.feed(message).await?;
        }
        socket.flush().await
    };
    // A client that does not read must not keep the service from stopping.
    world.stop.run_until_cancelled(sending).await.unwrap_or(Ok(()))
}

async fn ping(world: &World, socket: &mut Socket, count: usize) -> tungstenite::Result<()> {
    let sending = async {
        for _ in 0..count {
            socket.feed(Message::Ping(Bytes::from_static(b"sim"))).await?;
        }
        socket.flush().await
    };
    world.stop.run_until_cancelled(sending).await.unwrap_or(Ok(()))
}

fn to_messages(frame: RawFrame) -> Vec<Message> {
    match frame {
        RawFrame::Text(text) if text.len() <= SENT_FRAME_LIMIT => vec![Message::text(text)],
        RawFrame::Text(text) => {
            let pieces = text.as_bytes().chunks(SENT_FRAME_LIMIT).map(Bytes::copy_from_slice);
            to_fragments(pieces.collect(), Data::Text)
        }
        RawFrame::Binary(bytes) => vec![Message::binary(bytes)],
        RawFrame::Fragments(pieces) => {
            to_fragments(pieces.into_iter().map(Bytes::from).collect(), Data::Text)
        }
    }
}

fn to_fragments(pieces: Vec<Bytes>, kind: Data) -> Vec<Message> {
    let last = pieces.len().saturating_sub(1);
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| {
            let opcode = OpCode::Data(if index == 0 { kind } else { Data::Continue });
            Message::Frame(Frame::message(piece, opcode, index == last))
        })
        .collect()
}

/// Sends a close frame and waits for the answer, up to [`CLOSE_WITHIN`].
async fn close(socket: &mut Socket, code: CloseCode) {
    let closing = async {
        let frame = CloseFrame { code, reason: "".into() };
        if socket.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _closed = time::timeout(CLOSE_WITHIN, closing).await;
}

/// With zero linger the system resets the connection when the stream is dropped.
fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        debug!(%error, "connection could not be reset");
    }
}

/// Reads and sends nothing, like a connection whose path was cut.
async fn swallow(world: &World, socket: Socket, mut orders: mpsc::Receiver<Order>) {
    let mut stream = socket.into_inner();
    let mut buffer = [0; 1024];
    loop {
        tokio::select! {
            () = world.stop.cancelled() => return,
            order = orders.recv() => match order {
                Some(Order::Reset) => {
                    reset(&stream);
                    return;
                }
                Some(Order::Deliver(_) | Order::Close(_) | Order::Pings(_)) => {}
                None => return,
            },
            read = stream.read(&mut buffer) => if read.unwrap_or(0) == 0 {
                return;
            },
        }
    }
}
