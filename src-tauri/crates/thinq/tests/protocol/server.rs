//! A server that takes one request, answers what it was told, and gives the request back.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use serde_json::Value;
use thinq::{Hub, HubSettings};
use url::Url;

pub(crate) struct Server {
    address: SocketAddr,
    request: JoinHandle<Request>,
}

pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Server {
    pub(crate) fn answering(status: u16, content_type: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status} Some reason\r\ncontent-type: {content_type}\r\nretry-after: 7\r\n\
             location: http://127.0.0.1:1/\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        Self::sending([head.as_bytes(), body].concat())
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::answering(status, "application/json", body.to_string().as_bytes())
    }

    pub(crate) fn sending(bytes: Vec<u8>) -> Self {
        Self::writing(move |_request| bytes)
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn answering_to(answer: impl FnOnce(&Request) -> Value + Send + 'static) -> Self {
        Self::writing(move |request| {
            let body = answer(request).to_string();
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
        })
    }

    fn writing(answer: impl FnOnce(&Request) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = Request::read(&stream);
            // A client that has heard enough may hang up.
            stream.write_all(&answer(&request)).ok();
            request
        });
        Self { address, request }
    }

    /// Does not wait for a request.
    pub(crate) fn speaking_first(bytes: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(bytes).unwrap();
            // Until the client hangs up, which may well be with a reset.
            stream.read_to_end(&mut Vec::new()).ok();
            Request { line: String::new(), headers: Vec::new(), body: Vec::new() }
        });
        Self { address, request }
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    pub(crate) fn hub(&self) -> Hub {
        Hub::new(HubSettings::new(self.url())).unwrap()
    }

    pub(crate) fn request(self) -> Request {
        self.request.join().unwrap()
    }
}

/// Answers one call; the next one on this connection finds it closed.
pub(crate) fn answer_once(mut stream: TcpStream) {
    drop(Request::read(&stream));
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(answer.as_bytes()).unwrap();
    // Until the next call begins, or the client hangs up.
    stream.read_exact(&mut [0]).ok();
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut bytes = Vec::new();
            reader.read_until(b'\n', &mut bytes).unwrap();
            let line = String::from_utf8_lossy(&bytes);
            if line.trim_end().is_empty() {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let headers: Vec<_> = lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let line = lines.first().cloned().unwrap_or_default();
        let mut request = Self { line, headers, body: Vec::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body).unwrap();
        request
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
