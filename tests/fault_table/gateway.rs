//! A hand-written callback next to a simulated hub: accepts every token and is controlled by a
//! test.

use futures_util::SinkExt as _;
use monitor::{Credentials, HubCredentials, ServiceSettings};
use secrecy::SecretString;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use url::Url;

use crate::support::{Engine, Heard, push_frame, simulated, within};

pub(super) struct Gateway {
    door: TcpListener,
    /// Only its hub is used.
    _sim: Sim,
}

impl Gateway {
    /// The engine is signed in and about to connect.
    pub(super) async fn with_engine() -> (Self, Engine) {
        let door = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let address = door.local_addr().expect("a bound port has an address");
        let url = Url::parse(&format!("ws://{address}/websocket")).expect("an address is valid");
        let sim = simulated().await;
        let engine = Engine::fresh(&sim);
        let signed_in = engine.monitor.sign_in(service(&sim, url), credentials()).await;
        signed_in.expect("the simulated service accepts its own password");
        (Self { door, _sim: sim }, engine)
    }

    /// The next connection, after its handshake.
    pub(super) async fn accept(&mut self) -> WebSocketStream<TcpStream> {
        let (stream, _address) =
            within("a connection", self.door.accept()).await.expect("the listener is open");
        within("a handshake", accept_async(stream)).await.expect("a handshake")
    }

    /// Sends a push over `line` and waits for its event and the current status.
    pub(super) async fn settles(
        &self,
        line: &mut WebSocketStream<TcpStream>,
        engine: &Engine,
        heard: &mut Heard,
        marker: &str,
    ) {
        let frame = push_frame(&format!("id-{marker}"), &format!("device-{marker}"), marker);
        line.send(Message::text(frame)).await.expect("the connection is open");
        heard.push(marker).await;
        engine.listens().await;
    }
}

pub(super) fn service(sim: &Sim, callback_url: Url) -> ServiceSettings {
    ServiceSettings::new(sim.hub_url(), callback_url)
}

pub(super) fn credentials() -> Credentials {
    Credentials::Hub(HubCredentials {
        account: DEFAULT_ACCOUNT.to_owned(),
        password: SecretString::from(DEFAULT_PASSWORD),
        emp_secret: None,
        connect_secret: None,
    })
}
