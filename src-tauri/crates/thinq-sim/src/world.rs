//! State shared by the hub, the callback and the household: account, devices, open sockets,
//! active faults and the call log.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

use crate::{
    account::Account,
    fault::{Fault, Faults},
    household::{Happened, Happening, Household, SimDevice},
    ledger::{Call, CallRecord},
    message::{self, Notice},
    order::{Order, RawFrame},
    settings::{SimSettings, Wrapping},
};

/// Queue length of orders to one socket.
const ORDERS_WAITING: usize = 16 * 1024;

pub(crate) struct World {
    pub(crate) settings: SimSettings,
    pub(crate) faults: watch::Sender<Faults>,
    pub(crate) open_sockets: watch::Sender<usize>,
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
    pub(crate) household: Household,
    sockets: BTreeMap<SocketId, mpsc::Sender<Order>>,
    last_socket: SocketId,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SocketId(u64);

impl World {
    pub(crate) fn new(
        settings: SimSettings,
        faults: watch::Sender<Faults>,
        stop: CancellationToken,
    ) -> Self {
        let household = Household::new(settings.seed);
        Self {
            settings,
            faults,
            open_sockets: watch::Sender::new(0),
            calls: watch::Sender::default(),
            stop,
            tasks: TaskTracker::new(),
            began: Instant::now(),
            messages_composed: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                account: Account::default(),
                household,
                sockets: BTreeMap::new(),
                last_socket: SocketId::default(),
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder of the lock panics")
    }

    pub(crate) fn record(&self, call: Call, device_id: Option<String>) {
        let after = self.began.elapsed();
        self.calls.send_modify(|calls| calls.push(CallRecord { call, device_id, after }));
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

    /// Sends a message to all open sockets regardless of subscriptions. Returns their number.
    pub(crate) fn tell(&self, device: &SimDevice, notice: &Notice<'_>) -> usize {
        let composed = self.messages_composed.fetch_add(1, Ordering::Relaxed);
        let is_wrapped = match self.settings.wrapping {
            Wrapping::Flat => false,
            Wrapping::Wrapped => true,
            Wrapping::Mixed => composed.is_multiple_of(2),
        };
        let text = message::compose(device, notice, is_wrapped, (self.settings.now)());
        self.order(&Order::Deliver(RawFrame::Text(text)))
    }

    /// Sends a push if the device's pushes are subscribed.
    pub(crate) fn push(&self, device_id: &str, code: &str) -> usize {
        let subscribed = {
            let inner = self.lock();
            inner
                .household
                .find(device_id)
                .filter(|_| inner.account.is_push_subscribed(device_id))
                .map(|appliance| appliance.device.clone())
        };
        subscribed.map_or(0, |device| self.tell(&device, &Notice::Push { code }))
    }

    /// Sends a report if the device's events are subscribed.
    pub(crate) fn report(&self, device_id: &str, report: &Value) -> usize {
        let subscribed = {
            let inner = self.lock();
            inner
                .household
                .find(device_id)
                .filter(|_| inner.account.is_event_subscribed(device_id, Instant::now()))
                .map(|appliance| appliance.device.clone())
        };
        subscribed.map_or(0, |device| self.tell(&device, &Notice::Status { report }))
    }

    pub(crate) fn announce(&self, happenings: &[Happening]) {
        for Happening { device_id, what } in happenings {
            let sockets = match what {
                Happened::Push(code) => self.push(device_id, code),
                Happened::Report(report) => self.report(device_id, report),
            };
            debug!(sockets, "household sent a message");
        }
    }
}
