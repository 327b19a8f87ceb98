//! State shared by both providers and the household: account, clients, devices, open sockets,
//! active faults and the call log.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

use crate::{
    account::Account,
    authority::Authority,
    clients::{Clients, ConnectClient},
    fault::{Fault, Faults},
    household::{Happened, Happening, Household, SimDevice},
    ledger::{Call, CallRecord},
    message::{self, Notice},
    order::{Order, RawFrame},
    settings::{SimSettings, Wrapping},
    subscriptions::Subscriptions,
};

/// Queue length of orders to one socket.
const ORDERS_WAITING: usize = 16 * 1024;

pub(crate) struct World {
    pub(crate) settings: SimSettings,
    pub(crate) authority: Authority,
    pub(crate) faults: watch::Sender<Faults>,
    pub(crate) open_sockets: watch::Sender<usize>,
    /// Snapshot of ThinQ Connect's clients.
    pub(crate) connect_clients: watch::Sender<Vec<ConnectClient>>,
    /// Every call in order of arrival.
    pub(crate) calls: watch::Sender<Vec<CallRecord>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    began: Instant,
    messages_composed: AtomicU64,
    inner: Mutex<Inner>,
}

/// State behind the lock, which is never held across an await.
pub(crate) struct Inner {
    pub(crate) account: Account,
    pub(crate) clients: Clients,
    pub(crate) household: Household,
    sockets: BTreeMap<SocketId, mpsc::Sender<Order>>,
    last_socket: SocketId,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SocketId(u64);

/// The owner of subscriptions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subscriber<'a> {
    /// The hub's account.
    Hub,
    /// The ThinQ Connect client with this id.
    Client(&'a str),
}

impl Inner {
    pub(crate) fn subscriptions(&mut self, subscriber: Subscriber<'_>) -> &mut Subscriptions {
        match subscriber {
            Subscriber::Hub => &mut self.account.subscriptions,
            Subscriber::Client(id) => self.clients.subscriptions(id),
        }
    }
}

impl World {
    pub(crate) fn new(
        settings: SimSettings,
        authority: Authority,
        faults: watch::Sender<Faults>,
        stop: CancellationToken,
    ) -> Self {
        let household = Household::new(settings.seed, settings.names);
        Self {
            settings,
            authority,
            faults,
            open_sockets: watch::Sender::new(0),
            connect_clients: watch::Sender::default(),
            calls: watch::Sender::default(),
            stop,
            tasks: TaskTracker::new(),
            began: Instant::now(),
            messages_composed: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                account: Account::default(),
                clients: Clients::default(),
                household,
                sockets: BTreeMap::new(),
                last_socket: SocketId::default(),
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    pub(crate) fn record(&self, call: Call, device_id: Option<String>, client_id: Option<&str>) {
        let client_id = client_id.map(str::to_owned);
        let after = self.began.elapsed();
        let record = CallRecord { call, device_id, client_id, after };
        self.calls.send_modify(|calls| calls.push(record));
    }

    /// Number of calls in the last `span`.
    pub(crate) fn calls_within(&self, span: Duration) -> usize {
        let since = self.began.elapsed().saturating_sub(span);
        self.calls.borrow().iter().filter(|record| record.after >= since).count()
    }

    pub(crate) fn set_fault(&self, fault: Fault) {
        self.faults.send_modify(|faults| faults.set(fault));
    }

    pub(crate) fn clear_faults(&self) {
        self.faults.send_modify(Faults::clear);
    }

    /// Clears the fault after a delay.
    pub(crate) fn clear_later(self: &Arc<Self>, fault: Fault, delay: Duration) {
        let world = Arc::clone(self);
        self.tasks.spawn(async move {
            if world.stop.run_until_cancelled(time::sleep(delay)).await.is_some() {
                world.faults.send_modify(|faults| faults.clear_kind(fault));
            }
        });
    }

    /// Counts a socket as open, before the client has its answer.
    pub(crate) fn open_socket(&self) -> (SocketId, mpsc::Receiver<Order>) {
        let (orders, received) = mpsc::channel(ORDERS_WAITING);
        let mut inner = self.lock();
        inner.last_socket.0 += 1;
        let id = inner.last_socket;
        inner.sockets.insert(id, orders);
        self.open_sockets.send_replace(inner.sockets.len());
        (id, received)
    }

    pub(crate) fn socket_closed(&self, id: SocketId) {
        let mut inner = self.lock();
        inner.sockets.remove(&id);
        self.open_sockets.send_replace(inner.sockets.len());
    }

    /// Returns the number of open sockets that the order was queued for.
    pub(crate) fn order(&self, order: &Order) -> usize {
        self.lock().sockets.values().filter(|socket| socket.try_send(order.clone()).is_ok()).count()
    }

    /// Publishes to the hub's sockets and ThinQ Connect's sessions, if the subscriptions of each
    /// include the message. Returns how many took it.
    pub(crate) fn publish(
        &self,
        device: &SimDevice,
        notice: &Notice<'_>,
        is_wanted: impl Fn(&Subscriptions) -> bool,
    ) -> usize {
        let copies = if self.faults.borrow().has(Fault::MessagesDoubled) { 2 } else { 1 };
        let now = (self.settings.now)();
        let flat = message::compose(device, notice, false, now);
        let is_for_hub = is_wanted(&self.lock().account.subscriptions);
        let for_sockets = is_for_hub.then(|| {
            let composed = self.messages_composed.fetch_add(1, Ordering::Relaxed);
            let is_wrapped = match self.settings.wrapping {
                Wrapping::Flat => false,
                Wrapping::Wrapped => true,
                Wrapping::Mixed => composed.is_multiple_of(2),
            };
            let text = message::compose(device, notice, is_wrapped, now);
            Order::Deliver(RawFrame::Text(text))
        });
        let mut takers = 0;
        for _ in 0..copies {
            let sockets = for_sockets.as_ref().map_or(0, |order| self.order(order));
            takers = sockets + self.update_clients(|clients| clients.publish(&flat, &is_wanted));
        }
        takers
    }

    /// A push to those who subscribed the device's pushes.
    pub(crate) fn push(&self, device_id: &str, code: &str) -> usize {
        self.device(device_id).map_or(0, |device| {
            self.publish(&device, &Notice::Push { code }, |subscriptions| {
                subscriptions.has_push(device_id)
            })
        })
    }

    /// A report to those who subscribed the device's events.
    pub(crate) fn report(&self, device_id: &str, report: &Value) -> usize {
        let now = Instant::now();
        let mut report = report.clone();
        if self.faults.borrow().has(Fault::ZeroHoursLeftOut) {
            message::leave_out_zero_hours(&mut report);
        }
        self.device(device_id).map_or(0, |device| {
            self.publish(&device, &Notice::Status { report: &report }, |subscriptions| {
                subscriptions.has_event(device_id, now)
            })
        })
    }

    /// A message about the home: a device was added, removed or renamed.
    pub(crate) fn home_changed(&self, device: &SimDevice, notice: &Notice<'_>) -> usize {
        self.publish(device, notice, Subscriptions::has_home)
    }

    fn device(&self, device_id: &str) -> Option<SimDevice> {
        self.lock().household.find(device_id).map(|appliance| appliance.device.clone())
    }

    /// Changes the clients of ThinQ Connect and tells those who wait for a change.
    pub(crate) fn update_clients<T>(&self, update: impl FnOnce(&mut Clients) -> T) -> T {
        let mut inner = self.lock();
        let result = update(&mut inner.clients);
        let snapshot = inner.clients.snapshot(Instant::now());
        self.connect_clients.send_if_modified(|known| {
            let is_changed = *known != snapshot;
            *known = snapshot;
            is_changed
        });
        result
    }

    /// The address of the MQTT front for clients.
    pub(crate) fn mqtt_server(&self) -> String {
        let settings = &self.settings.connect;
        let default = || format!("mqtts://localhost:{}", settings.mqtt_address.port());
        settings.mqtt_server.clone().unwrap_or_else(default)
    }

    pub(crate) fn announce(&self, happenings: &[Happening]) {
        for Happening { device_id, what } in happenings {
            let takers = match what {
                Happened::Push(code) => self.push(device_id, code),
                Happened::Report(report) => self.report(device_id, report),
            };
            debug!(takers, "household sent a message");
        }
    }
}
