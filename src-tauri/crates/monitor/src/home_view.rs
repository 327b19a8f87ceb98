//! The home as published to subscribers: read from the store, so it is available offline and after
//! a restart, joined with the state of the subscriptions.

use std::{collections::HashMap, sync::Arc};

use model::{Device, DeviceId, Home, Part, Subscription};
use parking_lot::{Mutex, MutexGuard};
use thinq::{Chain, state};
use tokio::sync::watch;
use tracing::warn;

use crate::store::{PresentDevice, Store};

/// Subscription states of the two message kinds of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subscriptions {
    pub(crate) push: Subscription,
    pub(crate) events: Subscription,
}

/// Publishes the home.
#[derive(Clone)]
pub(crate) struct HomeView {
    store: Arc<Store>,
    subscriptions: Arc<Mutex<HashMap<DeviceId, Subscriptions>>>,
    shown: watch::Sender<Home>,
}

impl HomeView {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        let shown = watch::Sender::new(Home::default());
        Self { store, subscriptions: Arc::default(), shown }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Home> {
        self.shown.subscribe()
    }

    pub(crate) fn of(&self, id: &DeviceId) -> Subscriptions {
        self.lock().get(id).cloned().unwrap_or_default()
    }

    /// Updates a subscription state; published by the next [`HomeView::refresh`].
    pub(crate) fn note(&self, id: &DeviceId, change: impl FnOnce(&mut Subscriptions)) {
        change(self.lock().entry(id.clone()).or_default());
    }

    /// Removes devices that left the home.
    pub(crate) fn keep_only(&self, present: &[DeviceId]) {
        self.lock().retain(|id, _| present.contains(id));
    }

    /// Resets the subscriptions of a device that was switched on again.
    pub(crate) fn ask_again(&self, id: &DeviceId) {
        self.lock().insert(id.clone(), Subscriptions::default());
    }

    /// Marks failed and unsupported subscriptions for a retry.
    pub(crate) fn try_again(&self) {
        for known in self.lock().values_mut() {
            for subscription in [&mut known.push, &mut known.events] {
                if matches!(subscription, Subscription::Failed { .. } | Subscription::Unsupported) {
                    *subscription = Subscription::Pending;
                }
            }
        }
    }

    /// Clears all subscription states after a sign-out.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// Publishes the home as stored. Blocks on the disk.
    pub(crate) fn refresh(&self) {
        match self.store.present_devices() {
            Ok(devices) => {
                let devices = devices.into_iter().map(|device| self.device(device)).collect();
                let home = Home { devices };
                self.shown.send_if_modified(|shown| {
                    let is_new = *shown != home;
                    if is_new {
                        *shown = home;
                    }
                    is_new
                });
            }
            Err(error) => warn!(error = %Chain(&error), "failed to read the home"),
        }
    }

    fn device(&self, device: PresentDevice) -> Device {
        let Subscriptions { push, events } = self.of(&device.id);
        let mut parts = Vec::new();
        let mut open_doors = Vec::new();
        if let Some(state) = &device.state {
            open_doors = state::open_doors(&device.device_type, state);
            for part in state::parts(&device.device_type, state) {
                let cycle = device.cycles.get(&part.place).cloned().unwrap_or_default();
                let progress = cycle.progress(&part);
                parts.push(Part {
                    place: part.place,
                    phase: part.phase,
                    run_state: part.run_state,
                    error: part.error.map(|code| code.as_str().to_owned()),
                    progress,
                });
            }
        }
        Device {
            id: device.id,
            name: device.name,
            device_type: device.device_type,
            model: device.model,
            is_watched: device.is_watched,
            push,
            events,
            seen_at_ms: device.seen_at_ms,
            parts,
            open_doors,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Subscriptions>> {
        self.subscriptions.lock()
    }
}
