//! The running simulation and its controls.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    sync::watch,
    time::{self, Instant, MissedTickBehavior},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;
use url::Url;

use crate::{
    authority::{self, Authority},
    callback,
    clients::{Clients, ConnectClient},
    connect,
    door::Door,
    fault::{Fault, Faults},
    household::SimDevice,
    hub,
    ledger::{self, Call, CallRecord},
    message::Notice,
    mqtt,
    order::{Order, RawFrame},
    settings::{ConnectSettings, SimSettings},
    world::World,
};

/// Interval at which the household advances.
const TICK: Duration = Duration::from_millis(200);
/// A day in each tick: beyond this speed the order of messages would be lost.
const FASTEST: f64 = 432_000.0;
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A service that runs until [`Sim::stop`] or until it is dropped. Dropping does not wait.
pub struct Sim {
    world: Arc<World>,
    hub_url: Url,
    callback_url: Url,
    _stops_when_dropped: DropGuard,
}

impl Sim {
    /// Binds the ports and starts to serve.
    pub async fn start(mut settings: SimSettings) -> io::Result<Self> {
        let stop = CancellationToken::new();
        let faults = watch::Sender::new(Faults::default());
        let bind = |address, fault| Door::bind(address, faults.subscribe(), fault);
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let hub_door = bind(loopback(settings.hub_port), Fault::HubDown).await?;
        let callback_door = bind(loopback(settings.callback_port), Fault::CallbackDown).await?;
        let api_door = bind(settings.connect.api_address, Fault::ConnectDown).await?;
        let mqtt_door = bind(settings.connect.mqtt_address, Fault::MqttDown).await?;
        settings.connect.api_address = api_door.address();
        settings.connect.mqtt_address = mqtt_door.address();

        let authority = Authority::new().map_err(io::Error::other)?;
        if let Some(path) = &settings.connect.root_path {
            fs::write(path, authority.root_pem())?;
        }
        let names = server_names(&settings.connect);
        let api_acceptor = authority.api_acceptor(&names)?;
        let mqtt_acceptor = authority.mqtt_acceptor(&names)?;

        let hub_url = loopback_url(hub_door.address().port());
        let callback_url = callback::address(callback_door.address().port());
        let speed = settings.speed;
        let world = Arc::new(World::new(settings, authority, faults, stop.clone()));
        world.tasks.spawn(hub::serve(Arc::clone(&world), hub_door));
        world.tasks.spawn(callback::serve(Arc::clone(&world), callback_door));
        world.tasks.spawn(connect::serve(Arc::clone(&world), api_door, api_acceptor));
        world.tasks.spawn(mqtt::serve(Arc::clone(&world), mqtt_door, mqtt_acceptor));
        if speed > 0.0 {
            world.tasks.spawn(live(Arc::clone(&world), speed));
        }
        Ok(Self { world, hub_url, callback_url, _stops_when_dropped: stop.drop_guard() })
    }

    /// `http://127.0.0.1:PORT/`.
    pub fn hub_url(&self) -> Url {
        self.hub_url.clone()
    }

    /// `ws://127.0.0.1:PORT/websocket`, without the token.
    pub fn callback_url(&self) -> Url {
        self.callback_url.clone()
    }

    /// ThinQ Connect over plain HTTP: `http://127.0.0.1:PORT/`. The same port takes HTTPS.
    pub fn connect_url(&self) -> Url {
        loopback_url(self.world.settings.connect.api_address.port())
    }

    /// Settings of ThinQ Connect with the ports that were bound.
    pub fn connect_settings(&self) -> &ConnectSettings {
        &self.world.settings.connect
    }

    /// The `mqttServer` of `/route`.
    pub fn mqtt_server(&self) -> String {
        self.world.mqtt_server()
    }

    /// PEM of the certificate that signs those of the servers.
    pub fn root_certificate(&self) -> &str {
        self.world.authority.root_pem()
    }

    pub fn devices(&self) -> Vec<SimDevice> {
        self.world.lock().household.devices()
    }

    /// The device's state as the service answers it.
    pub fn state(&self, device_id: &str) -> Option<Value> {
        self.world.lock().household.state(device_id).cloned()
    }

    /// Pushes to those who subscribed the device's pushes. Returns the number of sockets of the hub
    /// and sessions of ThinQ Connect that took the message.
    pub fn push(&self, device_id: &str, code: &str) -> usize {
        self.world.push(device_id, code)
    }

    /// Merges a change into the device's state, and reports it to those who subscribed the device's
    /// events. Returns the number of sockets and sessions that took the message.
    pub fn report(&self, device_id: &str, report: &Value) -> usize {
        self.world.lock().household.apply(device_id, report);
        self.world.report(device_id, report)
    }

    /// Adds a device to the home and publishes it.
    pub fn register(&self, device: &SimDevice) -> usize {
        self.world.lock().household.add(device.clone());
        self.world.home_changed(device, &Notice::Registered { model: None })
    }

    /// Removes a device with its subscriptions from the home and publishes it.
    pub fn unregister(&self, device_id: &str) -> usize {
        let removed = {
            let mut inner = self.world.lock();
            inner.account.subscriptions.drop_device(device_id);
            inner.clients.drop_device(device_id);
            inner.household.remove(device_id)
        };
        removed.map_or(0, |device| self.world.home_changed(&device, &Notice::Unregistered))
    }

    /// Renames a device and publishes it.
    pub fn rename(&self, device_id: &str, alias: &str) -> usize {
        let renamed = self.world.lock().household.rename(device_id, alias);
        renamed.map_or(0, |device| self.world.home_changed(&device, &Notice::AliasChanged))
    }

    /// Sends to every open socket of the hub regardless of subscriptions. Returns their number.
    pub fn send_raw(&self, frame: RawFrame) -> usize {
        self.world.order(&Order::Deliver(frame))
    }

    /// Closes every open socket with this code.
    pub fn close_all(&self, code: u16) {
        self.world.order(&Order::Close(code));
    }

    /// Ends every open socket with a TCP reset and no close frame.
    pub fn reset_all(&self) {
        self.world.order(&Order::Reset);
    }

    /// Sends `count` pings to every open socket.
    pub fn ping_flood(&self, count: usize) {
        self.world.order(&Order::Pings(count));
    }

    /// Takes effect from the next call on. Ports that refuse connections close a moment later.
    pub fn set_fault(&self, fault: Fault) {
        self.world.set_fault(fault);
    }

    /// Ports that refused connections listen again a moment later.
    pub fn clear_faults(&self) {
        self.world.clear_faults();
    }

    /// All access tokens are expired from now on; refresh tokens stay.
    pub fn expire_tokens(&self) {
        self.world.lock().account.expire_access_tokens(Instant::now());
    }

    /// All tokens of the hub that were issued, for tests that search for leaks.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.world.lock().account.tokens()
    }

    /// Forgets all tokens of the hub, which requires a new sign-in.
    pub fn revoke_tokens(&self) {
        self.world.lock().account.forget_tokens();
    }

    pub fn expire_event_subscriptions(&self) {
        let mut inner = self.world.lock();
        inner.account.subscriptions.expire_events();
        inner.clients.expire_events();
    }

    /// Makes all client certificates of ThinQ Connect invalid, and ends their connections.
    pub fn revoke_certificates(&self) {
        self.world.update_clients(Clients::revoke_certificates);
    }

    /// Ends all MQTT connections without DISCONNECT. Sessions stay.
    pub fn cut_mqtt(&self) {
        self.world.update_clients(Clients::cut);
    }

    /// The clients of ThinQ Connect.
    pub fn connect_clients(&self) -> Vec<ConnectClient> {
        self.world.update_clients(|clients| clients.snapshot(Instant::now()))
    }

    /// Waits until the clients of ThinQ Connect meet a condition, and returns them.
    pub async fn wait_for_connect_clients(
        &self,
        mut condition: impl FnMut(&[ConnectClient]) -> bool,
    ) -> Vec<ConnectClient> {
        let mut clients = self.world.connect_clients.subscribe();
        loop {
            // A copy, as the condition may ask the simulation, which changes the clients under a
            // lock of its own.
            let now = clients.borrow_and_update().clone();
            if condition(&now) || clients.changed().await.is_err() {
                return now;
            }
        }
    }

    /// Number of open sockets of the hub.
    pub fn sockets(&self) -> usize {
        *self.world.open_sockets.borrow()
    }

    /// Waits until at least `count` sockets are open, or with 0 until none is.
    pub async fn wait_for_sockets(&self, count: usize) {
        let mut sockets = self.world.open_sockets.subscribe();
        let is_reached = |open: &usize| if count == 0 { *open == 0 } else { *open >= count };
        // The sender lives as long as `self`.
        let _open = sockets.wait_for(is_reached).await;
    }

    /// Number of such calls, including refused ones.
    pub fn count(&self, call: Call) -> usize {
        ledger::count(&self.world.calls.borrow(), call)
    }

    /// Waits until there were at least `count` such calls since the start.
    pub async fn wait_for_calls(&self, call: Call, count: usize) {
        let mut calls = self.world.calls.subscribe();
        // The sender lives as long as `self`.
        let _reached = calls.wait_for(|calls| ledger::count(calls, call) >= count).await;
    }

    /// Number of calls in the last `span`, including refused ones.
    pub fn calls_within(&self, span: Duration) -> usize {
        self.world.calls_within(span)
    }

    /// Every call in order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.world.calls.borrow().clone()
    }

    /// Closes sockets with 1001, ends all servers and waits up to 5 s for their tasks.
    pub async fn stop(self) {
        self.world.stop.cancel();
        self.world.tasks.close();
        if time::timeout(STOP_WITHIN, self.world.tasks.wait()).await.is_err() {
            warn!("simulated service did not stop in time");
        }
    }
}

fn loopback_url(port: u16) -> Url {
    Url::parse(&format!("http://127.0.0.1:{port}/")).expect("a port makes a valid address")
}

/// Names in the servers' certificates.
fn server_names(settings: &ConnectSettings) -> Vec<String> {
    let addresses = [settings.api_address.ip(), settings.mqtt_address.ip()];
    let mut names = authority::default_names(addresses);
    let mqtt_server = settings.mqtt_server.as_deref().and_then(|text| Url::parse(text).ok());
    names.extend(mqtt_server.and_then(|url| url.host_str().map(str::to_owned)));
    names
}

/// Advances the household until the simulation stops.
async fn live(world: Arc<World>, speed: f64) {
    let mut ticks = time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let speed = speed.min(FASTEST);
    let mut moved_at = Instant::now();
    while world.stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let now = Instant::now();
        let passed = (now - moved_at).mul_f64(speed);
        moved_at = now;
        let happenings = world.lock().household.advance(passed);
        world.announce(&happenings);
    }
}
