//! The callback's connection from the handshake to each kind of end.

use std::{
    net::{Ipv6Addr, SocketAddr},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use model::ProblemCode;
use thinq::{Callback, CallbackTiming, Connection, Error, Frame, Obstacle, Remedy, Unreadable};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use url::Url;

use crate::{ACCESS, access, assert_hides_secrets, server::Server};

type Peer = WebSocketStream<TcpStream>;

/// Asks all the time, and waits long enough for the busiest machine.
const CURIOUS: CallbackTiming = CallbackTiming {
    connect_timeout: Duration::from_secs(20),
    ping_every: Duration::from_millis(10),
    pong_within: Duration::from_secs(20),
};

fn callback(address: SocketAddr, timing: CallbackTiming) -> Callback {
    let url = Url::parse(&format!("ws://{address}/websocket")).unwrap();
    Callback::new(url, timing).unwrap()
}

/// Both ends of one connection, and the request that opened it.
async fn connected(timing: CallbackTiming) -> (Connection, Peer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = callback(listener.local_addr().unwrap(), timing);
    let token = access();
    let mut asked_for = String::new();
    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        #[expect(clippy::result_large_err, reason = "the shape the library asks for")]
        let note = |request: &Request, response: Response| {
            asked_for = request.uri().to_string();
            Ok(response)
        };
        accept_hdr_async(stream, note).await.unwrap()
    };
    let (connection, peer) = tokio::join!(callback.connect(&token), accepting);
    (connection.unwrap(), peer, asked_for)
}

async fn refused(server: Server) -> Error {
    let mut url = server.url();
    url.set_scheme("ws").unwrap();
    let callback = Callback::new(url, CallbackTiming::default()).unwrap();
    let error = callback.connect(&access()).await.unwrap_err();
    assert_hides_secrets(&error);
    error
}

#[tokio::test]
async fn the_token_is_a_percent_encoded_parameter() {
    let (_connection, _peer, asked_for) = connected(CallbackTiming::default()).await;

    assert_eq!(asked_for, "/websocket?access_token=f00df00df00d%2B%2F%3D");
}

#[tokio::test]
async fn frames_arrive_in_order_and_whole() {
    let (mut connection, mut peer, _) = connected(CallbackTiming::default()).await;

    peer.send(Message::text("첫째")).await.unwrap();
    peer.send(Message::Ping("?".into())).await.unwrap();
    peer.send(Message::binary(vec![1, 2])).await.unwrap();

    assert_eq!(connection.next_frame().await.unwrap(), Frame::Text("첫째".to_owned()));
    assert_eq!(connection.next_frame().await.unwrap(), Frame::Binary(vec![1, 2]));
}

#[tokio::test]
async fn a_cancelled_wait_loses_no_frame() {
    let (mut connection, mut peer, _) = connected(CallbackTiming::default()).await;
    for _ in 0..20 {
        time::timeout(Duration::ZERO, connection.next_frame()).await.unwrap_err();
    }

    peer.send(Message::text("late")).await.unwrap();

    assert_eq!(connection.next_frame().await.unwrap(), Frame::Text("late".to_owned()));
}

#[tokio::test]
async fn pings_are_answered_and_own_pings_keep_a_quiet_connection() {
    let (mut connection, mut peer, _) = connected(CURIOUS).await;

    let answering = async {
        peer.send(Message::Ping("well?".into())).await.unwrap();
        let (mut asked, mut is_answered) = (0, false);
        while asked < 20 || !is_answered {
            let message = peer.next().await.unwrap().unwrap();
            asked += u32::from(message.is_ping());
            is_answered |= message == Message::Pong("well?".into());
        }
        peer.send(Message::text("still here")).await.unwrap();
    };
    let (frame, ()) = tokio::join!(connection.next_frame(), answering);

    assert_eq!(frame.unwrap(), Frame::Text("still here".to_owned()));
}

#[tokio::test]
async fn a_dead_link_is_noticed() {
    let timing = CallbackTiming { pong_within: Duration::from_millis(50), ..CURIOUS };
    let (mut connection, _peer_that_never_reads, _) = connected(timing).await;

    let error = connection.next_frame().await.unwrap_err();

    assert!(matches!(error, Error::CallbackSilent { .. }), "{error:?}");
    assert_eq!((error.kind(), error.remedy()), (ProblemCode::CallbackEnded, Remedy::Retry));
}

/// Pings are not answered: the peer is open and never reads.
#[tokio::test]
async fn a_dead_link_is_noticed_within_90_seconds_by_default() {
    let (mut connection, _peer_that_never_reads, _) = connected(CallbackTiming::default()).await;

    time::pause();
    let began = time::Instant::now();
    let error = connection.next_frame().await.unwrap_err();

    assert!(matches!(error, Error::CallbackSilent { .. }), "{error:?}");
    assert!(began.elapsed() <= Duration::from_secs(90), "{:?}", began.elapsed());
}

#[tokio::test]
async fn close_codes_are_kept_and_frames_before_them_read() {
    let (mut connection, mut peer, _) = connected(CallbackTiming::default()).await;
    peer.send(Message::text("last")).await.unwrap();

    let leaving = async {
        let frame = CloseFrame { code: CloseCode::Away, reason: "Going away".into() };
        peer.close(Some(frame)).await.unwrap();
        while peer.next().await.is_some() {}
    };
    let reading = async { (connection.next_frame().await, connection.next_frame().await) };
    let ((last, end), ()) = tokio::join!(reading, leaving);

    assert_eq!(last.unwrap(), Frame::Text("last".to_owned()));
    assert!(matches!(end, Err(Error::CallbackEnded { code: Some(1001) })), "{end:?}");
}

#[tokio::test]
async fn a_cut_connection_ends_without_a_code() {
    let (mut connection, peer, _) = connected(CallbackTiming::default()).await;

    drop(peer);
    let error = connection.next_frame().await.unwrap_err();

    assert!(matches!(error, Error::CallbackEnded { code: None }), "{error:?}");
}

#[tokio::test]
async fn a_frame_beyond_the_limit_ends_the_connection() {
    let (mut connection, mut peer, _) = connected(CallbackTiming::default()).await;

    let sending = async { peer.send(Message::text("x".repeat(300 * 1024))).await };
    let (received, _sent_or_cut) = tokio::join!(connection.next_frame(), sending);

    assert!(matches!(received, Err(Error::CallbackViolation)), "{received:?}");
}

#[tokio::test]
async fn closing_says_goodbye() {
    let (connection, mut peer, _) = connected(CallbackTiming::default()).await;

    let (heard, ()) = tokio::join!(peer.next(), connection.close());

    assert!(
        matches!(heard, Some(Ok(Message::Close(Some(frame)))) if frame.code == CloseCode::Normal)
    );
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let gateway = br#"{"message":"Forbidden","connectionId":"x","requestId":"y"}"#;
    let json = |status| Server::answering(status, "application/json", gateway);
    let portal = || Server::answering(200, "text/html", b"<html>Sign in to the Wi-Fi</html>");

    for status in [401, 403] {
        let error = refused(json(status)).await;
        assert!(matches!(error, Error::CallbackRefused { .. }), "{error:?}");
        assert_eq!(error.remedy(), Remedy::RefreshToken);
    }
    for status in [404, 500, 503] {
        let error = refused(json(status)).await;
        assert!(matches!(error, Error::CallbackHandshake { .. }), "{error:?}");
        assert_eq!(error.kind(), ProblemCode::CallbackUnreachable);
    }
    assert_eq!(refused(json(429)).await.kind(), ProblemCode::TooManyCalls);
    for (server, reason) in [
        (portal(), Unreadable::Html),
        (Server::answering(403, "text/html", b"<h1>Blocked</h1>"), Unreadable::Html),
        (json(302), Unreadable::Redirect),
        (Server::sending(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()), Unreadable::Garbage),
    ] {
        let error = refused(server).await;
        assert_eq!(error.kind(), ProblemCode::InvalidAnswer);
        assert!(
            matches!(error, Error::UnreadableAnswer { reason: found, .. } if found == reason),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_callback_that_is_not_there_is_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    let error = callback(address, CallbackTiming::default()).connect(&access()).await.unwrap_err();

    assert_hides_secrets(&error);
    assert_eq!(error.kind(), ProblemCode::CallbackUnreachable);
    assert!(matches!(error, Error::Unreachable { obstacle: Obstacle::Refused, .. }), "{error:?}");
}

/// The name of this machine has two addresses; the one that is tried first swallows everything.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_is_silent_does_not_hide_the_other_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = TcpSocket::new_v6().unwrap();
    // Without IPv6 the name has one address, which is reached all the same.
    let silent = socket.bind(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)).is_ok();
    let silent = silent.then(|| socket.listen(0).unwrap());
    let mut queued = Vec::new();
    while silent.is_some()
        && let Ok(Ok(stream)) = time::timeout(
            Duration::from_millis(100),
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)),
        )
        .await
    {
        queued.push(stream);
    }
    let url = Url::parse(&format!("ws://localhost:{port}/websocket")).unwrap();
    let callback = Callback::new(url, CallbackTiming::default()).unwrap();
    let token = access();

    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        accept_async(stream).await.unwrap()
    };
    let (connection, _peer) = tokio::join!(callback.connect(&token), accepting);

    connection.unwrap();
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();

    let timing = CallbackTiming { connect_timeout: Duration::from_millis(50), ..CURIOUS };
    let connecting = callback(silent.local_addr().unwrap(), timing);
    let error = connecting.connect(&access()).await.unwrap_err();

    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert_hides_secrets(&error);
}

#[tokio::test]
async fn a_failed_tls_handshake_is_a_matter_of_tls() {
    let server = Server::speaking_first(b"220 not TLS\r\n");
    let mut url = server.url();
    url.set_scheme("wss").unwrap();

    let error = match Callback::new(url, CallbackTiming::default()) {
        Ok(callback) => callback.connect(&access()).await.unwrap_err(),
        Err(error) => error,
    };

    assert_hides_secrets(&error);
    assert_eq!(error.kind(), ProblemCode::Tls, "{error:?}");
}

#[test]
fn an_address_is_checked_and_its_token_forgotten() {
    let addresses = [
        "http://callback.example",
        "ws://a:hunter2@callback.example",
        "ws:x",
        "ws://callback.example",
        "ws://203.0.113.7",
    ];
    for address in addresses {
        let url = Url::parse(address).unwrap();
        if let Err(error) = Callback::new(url, CallbackTiming::default()) {
            assert_eq!(error.kind(), ProblemCode::InvalidCallbackAddress);
            assert_hides_secrets(&error);
        } else {
            assert_eq!(address, "ws:x", "a host without slashes is still a host");
        }
    }
    let copied = Url::parse(&format!("wss://callback.example/websocket?access_token={ACCESS}"));

    let callback = Callback::new(copied.unwrap(), CallbackTiming::default()).unwrap();

    assert!(!format!("{callback:?}").contains("f00d"));
}
