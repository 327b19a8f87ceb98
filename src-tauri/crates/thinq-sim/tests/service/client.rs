//! A plain client for the tests: it knows the headers and nothing else.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};
use tokio::{net::TcpStream, time};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message},
};

/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Client {
    http: reqwest::Client,
    hub: String,
    callback: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// An answer of the hub: status and JSON, or `null` where the body is none.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.body["error"]["code"].as_str().unwrap_or("none"))
    }

    pub(crate) fn response(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        &self.body["response"]
    }
}

/// A simulation that stands still, and a client that is signed in to it.
pub(crate) async fn signed_in(settings: SimSettings) -> (Sim, Client) {
    let sim = Sim::start(settings).await.unwrap();
    let mut client = Client::new(&sim);
    let tokens = client.sign_in(DEFAULT_ACCOUNT, DEFAULT_PASSWORD).await.body;
    tokens["access_token"].as_str().unwrap().clone_into(&mut client.access_token);
    tokens["refresh_token"].as_str().unwrap().clone_into(&mut client.refresh_token);
    (sim, client)
}

pub(crate) fn device(sim: &Sim, device_type: &str) -> String {
    sim.devices().into_iter().find(|device| device.device_type == device_type).unwrap().id
}

impl Client {
    pub(crate) fn new(sim: &Sim) -> Self {
        // Another test may have been first.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            hub: sim.hub_url().to_string(),
            callback: sim.callback_url().to_string(),
            access_token: String::new(),
            refresh_token: String::new(),
        }
    }

    /// A request without any header.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.hub))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("x-country-code", "KR")
            .header("x-message-id", "fNvdZ1brTn-wWKUlWGoSVw")
            .bearer_auth(&self.access_token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn post_empty(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn token(&self, body: &Value) -> Answer {
        send(self.bare(Method::POST, "token").header("x-country-code", "KR").json(body)).await
    }

    pub(crate) async fn sign_in(&self, account: &str, password: &str) -> Answer {
        let body = json!({ "grant_type": "password", "id": account, "password": password });
        self.token(&body).await
    }

    pub(crate) async fn refresh(&self) -> Answer {
        let body = json!({ "grant_type": "refresh_token", "refresh_token": self.refresh_token });
        self.token(&body).await
    }

    pub(crate) async fn connect(&self) -> Socket {
        self.try_connect().await.unwrap()
    }

    pub(crate) async fn try_connect(&self) -> Result<Socket, Error> {
        self.connect_to(&format!("{}?access_token={}", self.callback, self.access_token)).await
    }

    pub(crate) async fn connect_with(&self, query: &str) -> Result<Socket, Error> {
        self.connect_to(&format!("{}{query}", self.callback)).await
    }

    pub(crate) async fn connect_to(&self, address: &str) -> Result<Socket, Error> {
        let connecting = tokio_tungstenite::connect_async(address);
        time::timeout(PATIENCE, connecting).await.unwrap().map(|(socket, _)| socket)
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer { status, text, body }
}

/// What comes next on the socket; `None` when it is over.
pub(crate) async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    time::timeout(PATIENCE, socket.next()).await.unwrap()
}

/// The next text as JSON.
pub(crate) async fn next_json(socket: &mut Socket) -> Value {
    let message = next(socket).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// The close code with which the socket ends; 1006 if it ends without one.
pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    let mut code = 1006;
    // To the very end, so that the close frame is answered.
    while let Some(Ok(message)) = next(socket).await {
        if let Message::Close(frame) = message {
            code = frame.map_or(1005, |frame| frame.code.into());
        }
    }
    code
}

/// The HTTP status with which a handshake was refused.
pub(crate) fn refused_with(refused: Result<Socket, Error>) -> u16 {
    match refused {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused by a status: {other:?}"),
    }
}
