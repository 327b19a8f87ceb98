//! Message subscriptions of one subscriber: the hub's account or one ThinQ Connect client.
//! Reads no clock: `now` is always a parameter.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

#[derive(Default)]
pub(crate) struct Subscriptions {
    pushes: BTreeSet<String>,
    /// Event subscriptions by device, with their end.
    events: BTreeMap<String, Instant>,
    /// Whether messages about added, removed and renamed devices are sent.
    has_home: bool,
}

impl Subscriptions {
    /// Returns whether the subscription is new.
    pub(crate) fn subscribe_push(&mut self, device_id: &str) -> bool {
        self.pushes.insert(device_id.to_owned())
    }

    /// Returns whether there was a subscription.
    pub(crate) fn unsubscribe_push(&mut self, device_id: &str) -> bool {
        self.pushes.remove(device_id)
    }

    pub(crate) fn has_push(&self, device_id: &str) -> bool {
        self.pushes.contains(device_id)
    }

    pub(crate) fn pushes(&self) -> Vec<String> {
        self.pushes.iter().cloned().collect()
    }

    /// Subscribing again renews.
    pub(crate) fn subscribe_event(&mut self, device_id: &str, lasts: Duration, now: Instant) {
        self.events.insert(device_id.to_owned(), now + lasts);
    }

    /// Returns whether there was a live subscription.
    pub(crate) fn unsubscribe_event(&mut self, device_id: &str, now: Instant) -> bool {
        self.events.remove(device_id).is_some_and(|expires_at| expires_at > now)
    }

    pub(crate) fn has_event(&self, device_id: &str, now: Instant) -> bool {
        self.events.get(device_id).is_some_and(|&expires_at| expires_at > now)
    }

    pub(crate) fn events(&self, now: Instant) -> Vec<String> {
        self.events
            .iter()
            .filter(|&(_, &expires_at)| expires_at > now)
            .map(|(device_id, _)| device_id.clone())
            .collect()
    }

    /// Returns whether the subscription is new.
    pub(crate) fn subscribe_home(&mut self) -> bool {
        !std::mem::replace(&mut self.has_home, true)
    }

    /// Returns whether there was a subscription.
    pub(crate) fn unsubscribe_home(&mut self) -> bool {
        std::mem::replace(&mut self.has_home, false)
    }

    pub(crate) fn has_home(&self) -> bool {
        self.has_home
    }

    pub(crate) fn expire_events(&mut self) {
        self.events.clear();
    }

    pub(crate) fn drop_device(&mut self, device_id: &str) {
        self.pushes.remove(device_id);
        self.events.remove(device_id);
    }
}
