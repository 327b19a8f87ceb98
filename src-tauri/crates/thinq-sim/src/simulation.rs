//! The running simulation, and everything a test or a person can make happen in it.

use std::{io, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    sync::watch,
    time::{self, Instant, MissedTickBehavior},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;
use url::Url;

use crate::{
    callback,
    door::Door,
    fault::{Fault, Faults},
    household::SimDevice,
    hub,
    ledger::{self, Call, CallRecord},
    message::Notice,
    order::{Order, RawFrame},
    settings::SimSettings,
    world::World,
};

/// How often the household is moved on.
const TICK: Duration = Duration::from_millis(200);
/// A day in each tick: faster than this nothing could be told in order.
const FASTEST: f64 = 432_000.0;
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A service that runs until [`Sim::stop`] or until it is dropped; dropping does not wait.
pub struct Sim {
    world: Arc<World>,
    hub_url: Url,
    callback_url: Url,
    _stops_when_dropped: DropGuard,
}

impl Sim {
    /// Takes both ports on 127.0.0.1 and starts to serve.
    pub async fn start(settings: SimSettings) -> io::Result<Self> {
        let stop = CancellationToken::new();
        let faults = watch::Sender::new(Faults::default());
        let hub_door = Door::bind(settings.hub_port, faults.subscribe(), Fault::HubDown).await?;
        let callback_door =
            Door::bind(settings.callback_port, faults.subscribe(), Fault::CallbackDown).await?;
        let hub_url = Url::parse(&format!("http://{}/", hub_door.address()))
            .expect("a socket address makes a valid URL");
        let callback_url = callback::address(callback_door.address().port());

        let speed = settings.speed;
        let world = Arc::new(World::new(settings, faults, stop.clone()));
        world.tasks.spawn(hub::serve(Arc::clone(&world), hub_door));
        world.tasks.spawn(callback::serve(Arc::clone(&world), callback_door));
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

    pub fn devices(&self) -> Vec<SimDevice> {
        self.world.lock().household.devices()
    }

    /// The device's state as the hub would answer it.
    pub fn state(&self, device_id: &str) -> Option<Value> {
        self.world.lock().household.state(device_id).cloned()
    }

    /// Pushes to the open sockets if the device's pushes are subscribed. Returns to how many
    /// sockets the message went.
    pub fn push(&self, device_id: &str, code: &str) -> usize {
        self.world.push(device_id, code)
    }

    /// Merges a change into the device's state, and reports it if the device's events are
    /// subscribed. Returns to how many sockets the message went.
    pub fn report(&self, device_id: &str, report: &Value) -> usize {
        self.world.lock().household.apply(device_id, report);
        self.world.report(device_id, report)
    }

    /// A new appliance joins the home, and the open sockets are told.
    pub fn register(&self, device: &SimDevice) -> usize {
        self.world.lock().household.add(device.clone());
        self.world.tell(device, &Notice::Registered { model: None })
    }

    /// An appliance leaves the home with its subscriptions, and the open sockets are told.
    pub fn unregister(&self, device_id: &str) -> usize {
        let removed = {
            let mut inner = self.world.lock();
            inner.account.drop_device(device_id);
            inner.household.remove(device_id)
        };
        removed.map_or(0, |device| self.world.tell(&device, &Notice::Unregistered))
    }

    /// An appliance gets another name, and the open sockets are told.
    pub fn rename(&self, device_id: &str, alias: &str) -> usize {
        let renamed = self.world.lock().household.rename(device_id, alias);
        renamed.map_or(0, |device| self.world.tell(&device, &Notice::AliasChanged))
    }

    /// To every open socket, whatever is subscribed. Returns to how many.
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

    /// Holds from the next call on. Ports that are to refuse connections close a moment later.
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

    /// All tokens that were given out, for tests that look for them where they must not be.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.world.lock().account.tokens()
    }

    /// Forgets all tokens, so that only a new sign-in helps.
    pub fn revoke_tokens(&self) {
        self.world.lock().account.forget_tokens();
    }

    pub fn expire_event_subscriptions(&self) {
        self.world.lock().account.expire_event_subscriptions();
    }

    /// How many sockets are open.
    pub fn sockets(&self) -> usize {
        *self.world.open_sockets.borrow()
    }

    /// Waits until at least `count` sockets are open; with 0, until none is.
    pub async fn wait_for_sockets(&self, count: usize) {
        let mut sockets = self.world.open_sockets.subscribe();
        let is_reached = |open: &usize| if count == 0 { *open == 0 } else { *open >= count };
        // The sender lives as long as `self`.
        let _open = sockets.wait_for(is_reached).await;
    }

    /// How often that was called, refused calls included.
    pub fn count(&self, call: Call) -> usize {
        ledger::count(&self.world.calls.borrow(), call)
    }

    /// Waits until that was called at least `count` times since the start.
    pub async fn wait_for_calls(&self, call: Call, count: usize) {
        let mut calls = self.world.calls.subscribe();
        // The sender lives as long as `self`.
        let _reached = calls.wait_for(|calls| ledger::count(calls, call) >= count).await;
    }

    /// Every call in order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.world.calls.borrow().clone()
    }

    /// Closes sockets with 1001, ends both servers and waits for their tasks, at most 5 s.
    pub async fn stop(self) {
        self.world.stop.cancel();
        self.world.tasks.close();
        if time::timeout(STOP_WITHIN, self.world.tasks.wait()).await.is_err() {
            warn!("simulated service did not stop in time");
        }
    }
}

/// Moves the household on until the world stops.
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
