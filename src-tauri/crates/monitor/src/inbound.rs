//! Input of the ingest, and requests for device states.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{DeviceId, Gap, UnixMs};
use parking_lot::{Mutex, MutexGuard, RwLock};
use serde_json::Value;
use thinq::{Frame, connect::Received};
use tokio::sync::{Notify, oneshot};

use crate::event::DeviceName;

/// Capacity of the channel into the ingest.
pub(crate) const INBOUND_CAPACITY: usize = 256;

/// Input of the ingest.
pub(crate) enum Inbound {
    /// `connection` is the number of the connection that received the frame.
    Frame {
        connection: u64,
        delivery: Delivery,
    },
    /// No message could arrive until `until_ms`.
    Gap {
        gap: Gap,
        until_ms: UnixMs,
    },
    State(Box<StateAnswer>),
    /// The wait for the pushes of some endings has ended.
    Endings,
}

/// A frame as a transport delivered it.
pub(crate) struct Delivery {
    pub(crate) frame: Frame,
    /// `None` for a transport without acknowledgements.
    pub(crate) confirmation: Option<Confirmation>,
    /// Number of the MQTT packet.
    pub(crate) packet_id: Option<u16>,
    /// Sent before and not acknowledged then.
    pub(crate) is_repeated: bool,
    /// Kept by the broker while there was no connection.
    pub(crate) is_late: bool,
}

/// Acknowledges a frame that is stored. A frame whose confirmation is dropped comes again with the
/// next connection.
pub(crate) struct Confirmation(pub(crate) Box<dyn FnOnce() + Send>);

impl Confirmation {
    pub(crate) fn confirm(self) {
        (self.0)();
    }
}

/// State of a device as returned by the provider.
pub(crate) struct StateAnswer {
    pub(crate) device_id: DeviceId,
    pub(crate) device_type: String,
    pub(crate) state: Value,
    pub(crate) is_after_gap: bool,
    /// Dropped once the state is stored.
    pub(crate) stored: Option<oneshot::Sender<()>>,
}

/// Names of the devices of the home.
pub(crate) type Names = Arc<RwLock<HashMap<DeviceId, DeviceName>>>;

/// Devices whose state is to be read once, and whether their messages may have been missed.
#[derive(Clone, Default)]
pub(crate) struct StatesToRead {
    ids: Arc<Mutex<BTreeMap<DeviceId, bool>>>,
    changed: Arc<Notify>,
}

impl StatesToRead {
    /// Requests a read of the device's state soon.
    pub(crate) fn want(&self, id: DeviceId) {
        self.later(id, false);
        self.changed.notify_one();
    }

    /// Requests a read of the device's state in the next round.
    pub(crate) fn later(&self, id: DeviceId, is_after_gap: bool) {
        *self.lock().entry(id).or_default() |= is_after_gap;
    }

    /// Resolves after [`Self::want`].
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn take(&self) -> BTreeMap<DeviceId, bool> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DeviceId, bool>> {
        self.ids.lock()
    }
}

impl From<Frame> for Delivery {
    fn from(frame: Frame) -> Self {
        Self { frame, confirmation: None, packet_id: None, is_repeated: false, is_late: false }
    }
}

impl From<Received> for Delivery {
    fn from(received: Received) -> Self {
        let Received { frame, packet_id, is_repeated, receipt } = received;
        let confirmation = Some(Confirmation(Box::new(move || receipt.confirm())));
        Self { frame, confirmation, packet_id, is_repeated, is_late: false }
    }
}
