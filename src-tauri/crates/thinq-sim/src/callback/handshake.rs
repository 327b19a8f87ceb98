//! The upgrade request, read without a library, because the faults need answers that no WebSocket
//! library gives.

use std::{collections::HashMap, io, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{self, Instant},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use url::{Url, form_urlencoded};

use crate::{
    account::TokenState, answer::WEB_PAGE, fault::Fault, ledger::Call, message, world::World,
};

const PATH: &str = "/websocket";
/// Longest request head in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
/// Longest request target in bytes, the gateway's limit of a URL.
const TARGET_LIMIT: usize = 4096;
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Time for a refused client to read its answer and leave.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

pub(super) enum Verdict {
    Accepted {
        accept_key: String,
    },
    /// The client was answered, or left without an answer by a fault.
    Refused,
}

struct Head {
    target: String,
    /// By lower-case name.
    headers: HashMap<String, String>,
}

/// Reads and checks the request. An accepted client is not answered yet.
pub(super) async fn judge(world: &World, stream: &mut TcpStream) -> io::Result<Verdict> {
    let head = time::timeout(HEAD_WITHIN, read_head(stream)).await??;
    world.record(Call::Handshake, None, None);
    if hangs(world) {
        hang(world, stream).await;
        return Ok(Verdict::Refused);
    }
    let (status, body) = match decide(world, &head) {
        Ok(accept_key) => return Ok(Verdict::Accepted { accept_key }),
        Err(refusal) => refusal.answer(),
    };
    refuse(stream, status, &body).await?;
    Ok(Verdict::Refused)
}

enum Refusal {
    /// The gateway's own text for a status.
    Plain(u16),
    WebPage,
}

impl Refusal {
    fn answer(&self) -> (u16, String) {
        match *self {
            Self::Plain(status) => {
                let text = match status {
                    401 => "Unauthorized",
                    403 => "Forbidden",
                    414 => "Request-URI Too Long",
                    500 => "Internal server error",
                    _ => "Refused",
                };
                let id = message::new_message_id();
                let body = json!({ "message": text, "connectionId": id, "requestId": id });
                (status, body.to_string())
            }
            Self::WebPage => (200, WEB_PAGE.to_owned()),
        }
    }
}

/// Returns the accept key.
fn decide(world: &World, head: &Head) -> Result<String, Refusal> {
    if let Some(status) = world.faults.borrow().callback_status() {
        return Err(Refusal::Plain(status));
    }
    if world.faults.borrow().has(Fault::CallbackHtml) {
        return Err(Refusal::WebPage);
    }
    if head.target.len() > TARGET_LIMIT {
        return Err(Refusal::Plain(414));
    }
    let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
    if path != PATH {
        return Err(Refusal::Plain(403));
    }
    let is_upgrade = head
        .headers
        .get("upgrade")
        .is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"));
    let key = head.headers.get("sec-websocket-key").filter(|_| is_upgrade);
    let Some(key) = key else { return Err(Refusal::Plain(426)) };
    check_token(world, query)?;
    Ok(derive_accept_key(key.as_bytes()))
}

fn check_token(world: &World, query: &str) -> Result<(), Refusal> {
    let is_refused_once = world.faults.send_if_modified(|faults| {
        let is_set = faults.has(Fault::TokenRefusedOnce);
        faults.clear_kind(Fault::TokenRefusedOnce);
        is_set
    });
    if is_refused_once || world.faults.borrow().has(Fault::TokenRefused) {
        return Err(Refusal::Plain(401));
    }
    let token = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "access_token").then_some(value))
        .ok_or(Refusal::Plain(401))?;
    match world.lock().account.access_token(&token, Instant::now()) {
        TokenState::Live => Ok(()),
        TokenState::Expired => Err(Refusal::Plain(401)),
        TokenState::Unknown => Err(Refusal::Plain(403)),
    }
}

async fn read_head(stream: &mut TcpStream) -> io::Result<Head> {
    let mut bytes = Vec::with_capacity(1024);
    // One byte at a time never reads past the head, and heads are short.
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() == HEAD_LIMIT {
            return Err(io::Error::other("request head is too long"));
        }
        bytes.push(stream.read_u8().await?);
    }
    parse_head(&bytes).ok_or_else(|| io::Error::other("request head is unreadable"))
}

fn parse_head(bytes: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n");
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Head { target, headers })
}

fn hangs(world: &World) -> bool {
    world.faults.borrow().has(Fault::CallbackNeverAnswers)
}

/// Until the client gives up or the fault is cleared.
async fn hang(world: &World, stream: &mut TcpStream) {
    let mut faults = world.faults.subscribe();
    let mut byte = [0];
    tokio::select! {
        _ = faults.wait_for(|faults| !faults.has(Fault::CallbackNeverAnswers)) => {}
        _ = stream.read(&mut byte) => {}
    }
}

async fn refuse(stream: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let content_type =
        if body == WEB_PAGE { "text/html; charset=utf-8" } else { "application/json" };
    let head = format!(
        "HTTP/1.1 {status} Refused\r\ncontent-type: {content_type}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    // Waits for the client to leave: dropping the stream earlier could reset it unread.
    let mut byte = [0];
    let _left = time::timeout(LEAVE_WITHIN, stream.read(&mut byte)).await;
    Ok(())
}

/// The address that clients connect to.
pub(crate) fn address(port: u16) -> Url {
    Url::parse(&format!("ws://127.0.0.1:{port}{PATH}")).expect("a port makes a valid address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_case_of_its_names() {
        let head = parse_head(
            b"GET /websocket?access_token=t HTTP/1.1\r\nUPGRADE: WebSocket\r\nHost: x:1\r\n\r\n",
        )
        .unwrap();

        assert_eq!(head.target, "/websocket?access_token=t");
        assert_eq!(head.headers["upgrade"], "WebSocket");
        assert_eq!(head.headers["host"], "x:1");
        assert!(parse_head(b"\r\n\r\n").is_none());
    }
}
