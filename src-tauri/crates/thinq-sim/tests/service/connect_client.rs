//! A plain ThinQ Connect client for the tests, with an independent MQTT library.

use std::{sync::Arc, time::Duration};

use rcgen::{CertificateParams, DnType, KeyPair};
use reqwest::{Method, RequestBuilder};
use rumqttc::{
    AckMode, AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Packet, Publish, QoS,
    TlsConfiguration, Transport,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::{Value, json};
use thinq_sim::{DEFAULT_TOKEN, Sim, SimSettings};
use tokio::time;

use crate::client::{Answer, send};

/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);
const API_KEY: &str = concat!("v6GFvkweNo7DK7yD3ylI", "Z9w52aKBU0eJ7wLXkSR3");

pub(crate) struct Connect {
    http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) keep_alive_s: u16,
    mqtt_port: u16,
    root: CertificateDer<'static>,
}

/// A client certificate with its key.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate_pem: String,
    key: Vec<u8>,
}

pub(crate) struct Mqtt {
    pub(crate) client: AsyncClient,
    events: EventLoop,
}

/// A simulation with a still household, and a client of it.
pub(crate) async fn connected(settings: SimSettings) -> (Sim, Connect) {
    let sim = Sim::start(settings).await.unwrap();
    let client = Connect::new(&sim, "thinq-tray-1");
    (sim, client)
}

impl Connect {
    pub(crate) fn new(sim: &Sim, id: &str) -> Self {
        // Another test may have been first.
        let _installed = ring::default_provider().install_default();
        Self {
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            url: sim.connect_url().to_string(),
            id: id.to_owned(),
            keep_alive_s: 60,
            mqtt_port: sim.connect_settings().mqtt_address.port(),
            root: CertificateDer::from_pem_slice(sim.root_certificate().as_bytes()).unwrap(),
        }
    }

    /// Uses another HTTP client and address.
    pub(crate) fn use_http(&mut self, http: reqwest::Client, url: String) {
        self.http = http;
        self.url = url;
    }

    /// A request without headers.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn without_token(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("x-api-key", API_KEY)
            .header("x-country", "KR")
            .header("x-message-id", "fNvdZ1brTn-wWKUlWGoSVw")
            .header("x-service-phase", "OP")
            .header("x-client-id", &self.id)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.without_token(method, path).bearer_auth(DEFAULT_TOKEN)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn control(&self, device_id: &str, command: &Value) -> Answer {
        let request = self.request(Method::POST, &format!("devices/{device_id}/control"));
        send(request.header("x-conditional-control", "true").json(command)).await
    }

    pub(crate) async fn register(&self) -> Answer {
        self.post_json("client", &registration()).await
    }

    pub(crate) async fn certificate(&self, csr: &str) -> Answer {
        let body = json!({ "service-code": "SVC202", "csr": csr });
        self.post_json("client/certificate", &body).await
    }

    /// Registers and gets a certificate.
    pub(crate) async fn identity(&self) -> Identity {
        use base64::{Engine as _, engine::general_purpose::STANDARD};

        self.register().await;
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "lg_thinq");
        let csr = STANDARD.encode(params.serialize_request(&key).unwrap().der());
        let answer = self.certificate(&csr).await;
        let result = &answer.response()["result"];
        assert_eq!(result["subscriptions"], json!([self.topic()]));
        let certificate_pem = result["certificatePem"].as_str().unwrap().to_owned();
        Identity { certificate_pem, key: key.serialize_der() }
    }

    pub(crate) fn topic(&self) -> String {
        format!("app/clients/{}/push", self.id)
    }

    pub(crate) fn tls(&self, identity: Option<&Identity>, alpn: &[&[u8]]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => {
                let pem = identity.certificate_pem.as_bytes();
                let chain = CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect();
                let key = PrivateKeyDer::try_from(identity.key.clone()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }

    /// An MQTT client of this client id; it connects when it is polled.
    pub(crate) fn mqtt(&self, identity: &Identity) -> Mqtt {
        self.mqtt_with(self.tls(Some(identity), &[b"x-amzn-mqtt-ca"]))
    }

    pub(crate) fn mqtt_with(&self, tls: Arc<ClientConfig>) -> Mqtt {
        let mut options = MqttOptions::new(&self.id, ("localhost", self.mqtt_port));
        options
            .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)))
            .set_keep_alive(self.keep_alive_s)
            .set_clean_session(false)
            .set_ack_mode(AckMode::Manual);
        let (client, events) = AsyncClient::builder(options).build();
        Mqtt { client, events }
    }

    /// A client that is connected and has subscribed its topic.
    pub(crate) async fn subscribed(&self, identity: &Identity) -> Mqtt {
        let mut mqtt = self.mqtt(identity);
        assert!(!mqtt.connack().await.unwrap(), "there was no session");
        mqtt.subscribe(&self.topic()).await.unwrap();
        mqtt
    }
}

impl Mqtt {
    pub(crate) async fn poll(&mut self) -> Result<Event, ConnectionError> {
        time::timeout(PATIENCE, self.events.poll()).await.unwrap()
    }

    /// Connects and returns whether a session was present.
    pub(crate) async fn connack(&mut self) -> Result<bool, ConnectionError> {
        loop {
            if let Event::Incoming(Packet::ConnAck(connack)) = self.poll().await? {
                return Ok(connack.session_present);
            }
        }
    }

    pub(crate) async fn subscribe(&mut self, topic: &str) -> Result<(), ConnectionError> {
        self.client.subscribe(topic, QoS::AtLeastOnce).await.unwrap();
        loop {
            if let Event::Incoming(Packet::SubAck(_)) = self.poll().await? {
                return Ok(());
            }
        }
    }

    /// The next message, not yet acknowledged.
    pub(crate) async fn next(&mut self) -> Publish {
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = self.poll().await.unwrap() {
                return publish;
            }
        }
    }

    /// The next message as JSON, acknowledged.
    pub(crate) async fn next_json(&mut self) -> Value {
        let publish = self.next().await;
        self.client.ack(&publish).await.unwrap();
        serde_json::from_slice(&publish.payload).unwrap()
    }

    /// Polls until the condition holds.
    pub(crate) async fn poll_until<T>(&mut self, condition: impl Future<Output = T>) -> T {
        let mut condition = std::pin::pin!(condition);
        loop {
            tokio::select! {
                value = &mut condition => return value,
                event = self.events.poll() => drop(event.unwrap()),
            }
        }
    }

    /// Polls until the connection fails.
    pub(crate) async fn failure(&mut self) -> ConnectionError {
        loop {
            if let Err(error) = self.poll().await {
                return error;
            }
        }
    }
}

pub(crate) fn registration() -> Value {
    json!({ "type": "MQTT", "service-code": "SVC202", "device-type": "607", "allowExist": true })
}
