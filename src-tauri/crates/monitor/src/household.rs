//! The home as it is now: each appliance, what its parts do, and whether its messages are
//! subscribed. Read from the store, so that it is there offline and after a restart.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{Phase, UnixMs};
use thinq::{Chain, DeviceId, PushCode};
use tokio::sync::watch;
use tracing::warn;

use crate::{status::Trouble, store::Store};

/// In LG's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Household {
    pub appliances: Vec<Appliance>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Appliance {
    pub id: DeviceId,
    /// The alias; may be empty.
    pub name: String,
    pub device_type: String,
    pub model: Option<String>,
    /// False once the user has switched it off.
    pub is_watched: bool,
    pub push: Subscription,
    pub events: Subscription,
    /// When its state was last read or reported.
    pub seen_at_ms: Option<UnixMs>,
    pub parts: Vec<AppliancePart>,
    /// LG's names of the doors that stand open; empty for an only one.
    pub open_doors: Vec<String>,
}

/// A part that runs on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliancePart {
    /// LG's name; empty when LG gives none.
    pub place: String,
    pub phase: Phase,
    pub run_state: Option<String>,
    pub error: Option<PushCode>,
    pub progress: Option<Progress>,
}

/// Time left as it was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of a reserved part when it starts, else when it ends; a paused one stays where it is.
    pub ends_at_ms: UnixMs,
    pub remaining_minutes: u32,
    pub total_minutes: Option<u32>,
}

/// Whether LG sends a kind of message for a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subscription {
    /// Not asked for.
    Off,
    #[default]
    Pending,
    Active,
    /// LG has none for this device.
    Unsupported,
    Failed(Trouble),
}

/// The two kinds of messages of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subscriptions {
    pub(crate) push: Subscription,
    pub(crate) events: Subscription,
}

/// Where the home is shown.
#[derive(Clone)]
pub(crate) struct Board {
    store: Arc<Store>,
    subscriptions: Arc<Mutex<HashMap<DeviceId, Subscriptions>>>,
    shown: watch::Sender<Household>,
}

impl Board {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        let shown = watch::Sender::new(Household::default());
        Self { store, subscriptions: Arc::default(), shown }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Household> {
        self.shown.subscribe()
    }

    pub(crate) fn of(&self, id: &DeviceId) -> Subscriptions {
        self.lock().get(id).cloned().unwrap_or_default()
    }

    /// Notes what came of subscribing; shown with the next [`Board::refresh`].
    pub(crate) fn note(&self, id: &DeviceId, change: impl FnOnce(&mut Subscriptions)) {
        change(self.lock().entry(id.clone()).or_default());
    }

    /// Devices that have left are forgotten.
    pub(crate) fn keep_only(&self, present: &[DeviceId]) {
        self.lock().retain(|id, _| present.contains(id));
    }

    /// A device was switched on again.
    pub(crate) fn ask_again(&self, id: &DeviceId) {
        self.lock().insert(id.clone(), Subscriptions::default());
    }

    /// What failed or is not there shall be asked for once more.
    pub(crate) fn try_again(&self) {
        for known in self.lock().values_mut() {
            for subscription in [&mut known.push, &mut known.events] {
                if matches!(subscription, Subscription::Failed(_) | Subscription::Unsupported) {
                    *subscription = Subscription::Pending;
                }
            }
        }
    }

    /// Nobody is signed in: nothing is known of what LG sends.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// Shows what the store says now. Blocks on the disk.
    pub(crate) fn refresh(&self) {
        match self.store.appliances() {
            Ok(mut appliances) => {
                for appliance in &mut appliances {
                    let Subscriptions { push, events } = self.of(&appliance.id);
                    (appliance.push, appliance.events) = (push, events);
                }
                let household = Household { appliances };
                self.shown.send_if_modified(|shown| {
                    let is_new = *shown != household;
                    if is_new {
                        *shown = household;
                    }
                    is_new
                });
            }
            Err(error) => warn!(error = %Chain(&error), "the home could not be read"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Subscriptions>> {
        self.subscriptions.lock().expect("no holder of the lock panics")
    }
}

impl Household {
    pub fn find(&self, id: &DeviceId) -> Option<&Appliance> {
        self.appliances.iter().find(|appliance| appliance.id == *id)
    }
}

impl std::fmt::Debug for Appliance {
    /// Without what the user calls it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appliance")
            .field("id", &self.id)
            .field("device_type", &self.device_type)
            .field("push", &self.push)
            .field("events", &self.events)
            .field("parts", &self.parts)
            .field("open_doors", &self.open_doors)
            .finish_non_exhaustive()
    }
}
