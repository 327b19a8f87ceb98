//! The HTTPS API of ThinQ Connect. The port also takes plain HTTP from clients that are given its
//! address instead of LG's.

mod energy;
mod route;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{self, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    serve::Listener,
};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc, time};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;
use tracing::debug;

use self::route::Route;
use crate::{
    answer::{self, ApiError, BODY_LIMIT, Envelope, header_text},
    clients,
    control_panel::Panel,
    device_call::{check_device, done_or},
    door::Door,
    fault::Fault,
    household::Appliance,
    ledger::Call,
    world::{Subscriber, World},
};

/// The API key that LG publishes for everybody.
const API_KEY: &str = concat!("v6GFvkweNo7DK7yD3ylI", "Z9w52aKBU0eJ7wLXkSR3");
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// First byte of a TLS connection.
const TLS_HANDSHAKE: u8 = 22;

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// Connections ready for HTTP.
struct Opened {
    address: SocketAddr,
    streams: mpsc::Receiver<Stream>,
}

impl Listener for Opened {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self.streams.recv().await {
            Some(stream) => (stream, self.address),
            // The simulation stops.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Serves until the simulation stops; requests in progress are answered first.
pub(crate) async fn serve(world: Arc<World>, door: Door, acceptor: TlsAcceptor) {
    let stop = world.stop.clone();
    let (sender, streams) = mpsc::channel(1);
    let opened = Opened { address: door.address(), streams };
    world.tasks.spawn(accept(Arc::clone(&world), door, acceptor, sender));
    let router = Router::new().fallback(handle).with_state(world);
    // Serving never fails: the door retries.
    let _served = axum::serve(opened, router).with_graceful_shutdown(stop.cancelled_owned()).await;
}

/// Handshakes run beside each other: a client that stays silent delays no other one.
async fn accept(
    world: Arc<World>,
    mut door: Door,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<Stream>,
) {
    while let Some(stream) = world.stop.run_until_cancelled(door.next()).await {
        let (acceptor, sender, stop) = (acceptor.clone(), sender.clone(), world.stop.clone());
        world.tasks.spawn(stop.run_until_cancelled_owned(async move {
            match time::timeout(HANDSHAKE_WITHIN, open(acceptor, stream)).await {
                // The receiver is gone when the simulation stops.
                Ok(Ok(stream)) => drop(sender.send(stream).await),
                Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
                Err(_) => debug!("TLS handshake timed out"),
            }
        }));
    }
}

async fn open(acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<Stream> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == [TLS_HANDSHAKE] {
        Ok(Either::Right(acceptor.accept(stream).await?))
    } else {
        Ok(Either::Left(stream))
    }
}

async fn handle(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => {
            if let Some(panel) = Panel::at(&parts.method, parts.uri.path()) {
                panel.answer(&world, &body)
            } else {
                let route = Route::read(&parts.method, &parts.uri);
                handle_call(&world, &route, &parts.headers, &body).await
            }
        }
        Err(_too_long) => answer::empty(413),
    };
    // Connections are not reused, so that a fault holds from the next call on.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn handle_call(
    world: &Arc<World>,
    route: &Route,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let client_id = header_text(headers, "x-client-id");
    world.record(route.call(), route.device_id().map(str::to_owned), client_id);
    if *route == Route::RootCertificate {
        return answer::text(world.authority.root_pem());
    }
    let slowness = world.faults.borrow().connect_delay();
    if let Some(delay) = slowness {
        world.stop.run_until_cancelled(time::sleep(delay)).await;
    }
    if let Some(response) = broken_answer(world) {
        return response;
    }
    if header_text(headers, "x-api-key") != Some(API_KEY) {
        // The gateway's own answer.
        return answer::json(403, &json!({ "message": "Forbidden" }));
    }
    let envelope = Envelope::new(headers, (world.settings.now)());
    let answered = check_headers(world, route, headers)
        .and_then(|client_id| answer_call(world, route, client_id, headers, body));
    world.update_clients(|_| ());
    match answered {
        Ok(value) => envelope.response(&value),
        Err(error) => envelope.error(&error),
    }
}

/// The answer of a service that is broken for all calls.
fn broken_answer(world: &World) -> Option<Response> {
    let faults = world.faults.borrow();
    if faults.has(Fault::ConnectGarbage) {
        return Some(answer::garbage());
    }
    faults.connect_status().map(answer::empty)
}

/// Returns the client id, which is empty for calls that need none.
fn check_headers<'a>(
    world: &World,
    route: &Route,
    headers: &'a HeaderMap,
) -> Result<&'a str, ApiError> {
    let country = header_text(headers, "x-country").ok_or(ApiError::INCORRECT_HEADER)?;
    if header_text(headers, "x-message-id").is_none_or(|id| !answer::is_message_id(id)) {
        return Err(ApiError::INVALID_MESSAGE_ID);
    }
    if *route == Route::Addresses {
        let has_phase = header_text(headers, "x-service-phase").is_some();
        return if has_phase { Ok("") } else { Err(ApiError::INCORRECT_HEADER) };
    }
    let token =
        header_text(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    if token != Some(&world.settings.connect.token) {
        return Err(ApiError::EMPTY_UNAUTHORIZED);
    }
    if country != world.settings.connect.country {
        return Err(ApiError::COUNTRY_NOT_SUPPORTED);
    }
    let client_id = header_text(headers, "x-client-id")
        .filter(|id| (1..=128).contains(&id.len()))
        .ok_or(ApiError::INCORRECT_HEADER)?;
    let is_control = route.call() == Call::Control;
    if is_control != (header_text(headers, "x-conditional-control") == Some("true")) {
        return Err(ApiError::INCORRECT_HEADER);
    }
    let faults = world.faults.borrow();
    if faults.has(Fault::FeatureMissing(route.call())) {
        return Err(ApiError::FEATURE_MISSING);
    }
    let error = faults.connect_error().and_then(ApiError::with_code).or(faults.api_error());
    error.map_or(Ok(client_id), Err)
}

fn answer_call(
    world: &Arc<World>,
    route: &Route,
    client_id: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Value, ApiError> {
    let now = (world.settings.now)();
    match route {
        Route::Addresses => Ok(addresses(world, headers)),
        Route::Device(call) => call.answer(world, Subscriber::Client(client_id), body),
        Route::ListHome => Ok(json!(world.lock().clients.home_subscribers())),
        Route::SubscribeHome => {
            let subscriber = Subscriber::Client(client_id);
            let is_new = world.lock().subscriptions(subscriber).subscribe_home();
            done_or(is_new, ApiError::PUSH_ALREADY_SUBSCRIBED)
        }
        Route::UnsubscribeHome => {
            let subscriber = Subscriber::Client(client_id);
            let was_subscribed = world.lock().subscriptions(subscriber).unsubscribe_home();
            done_or(was_subscribed, ApiError::PUSH_NOT_SUBSCRIBED)
        }
        Route::RegisterClient => {
            let request = client_request(body, true)?;
            let is_new = world.lock().clients.register(client_id);
            let may_exist = request.get("allowExist") == Some(&Value::Bool(true));
            done_or(is_new || may_exist, ApiError::BAD_REQUEST)
        }
        Route::UnregisterClient => {
            client_request(body, true)?;
            let was_registered = world.lock().clients.unregister(client_id);
            done_or(was_registered, ApiError::NOT_REGISTERED)
        }
        Route::Certificate => certificate(world, client_id, body),
        Route::EnergyProfile(id) => energy::profile(find_energy(world, id)?),
        Route::EnergyUsage { device_id, query } => {
            energy::usage(find_energy(world, device_id)?, device_id, query, now)
        }
        Route::RootCertificate | Route::Unknown => Err(ApiError::NO_SUCH_PATH),
    }
}

fn addresses(world: &World, headers: &HeaderMap) -> Value {
    let host = header_text(headers, "host").unwrap_or_default();
    let mqtt_server = world.mqtt_server();
    json!({
        "apiServer": format!("https://{host}"),
        "mqttServer": mqtt_server,
        "webSocketServer": mqtt_server.replacen("mqtts:", "wss:", 1) + "/mqtt",
    })
}

/// The body of a call about the client itself.
fn client_request(body: &[u8], is_registration: bool) -> Result<Value, ApiError> {
    let request: Value =
        serde_json::from_slice(body).map_err(|_unreadable| ApiError::BAD_REQUEST)?;
    let has = |name: &str, value: &str| request.get(name).is_some_and(|given| given == value);
    let is_complete = has("service-code", "SVC202")
        && (!is_registration || has("type", "MQTT") && has("device-type", "607"));
    if is_complete { Ok(request) } else { Err(ApiError::MISSING_PARAMETERS) }
}

fn certificate(world: &World, client_id: &str, body: &[u8]) -> Result<Value, ApiError> {
    let request = client_request(body, false)?;
    let csr = request.get("csr").and_then(Value::as_str).ok_or(ApiError::MISSING_PARAMETERS)?;
    let lifetime = world.faults.borrow().certificate_lifetime();
    if !world.lock().clients.is_registered(client_id) {
        return Err(ApiError::NOT_REGISTERED);
    }
    let issued = world
        .authority
        .sign(csr, (world.settings.now)(), lifetime)
        .map_err(|_bad_request| ApiError::UNACCEPTABLE_PARAMETERS)?;
    world.lock().clients.add_certificate(client_id, issued.der);
    let topics = [clients::topic(client_id)];
    Ok(json!({
        "resultCode": "0000",
        "result": { "certificatePem": issued.pem, "subscriptions": topics },
    }))
}

fn find_energy(world: &World, device_id: &str) -> Result<crate::household::Energy, ApiError> {
    let inner = world.lock();
    check_device(world, &inner, device_id)?;
    inner.household.find(device_id).map(Appliance::energy).ok_or(ApiError::NO_SUCH_DEVICE)
}
