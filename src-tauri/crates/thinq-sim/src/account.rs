//! The account's tokens and subscriptions. Reads no clock: `now` is always given.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    Live,
    Expired,
    Unknown,
}

#[derive(Default)]
pub(crate) struct Account {
    /// Access tokens with the moment they expire. Expired ones are remembered, because they are
    /// answered differently from unknown ones.
    access_tokens: HashMap<String, Instant>,
    refresh_tokens: HashSet<String>,
    push_subscriptions: BTreeSet<String>,
    event_subscriptions: BTreeMap<String, Instant>,
}

impl Account {
    pub(crate) fn issue_access_token(&mut self, expires_at: Instant) -> String {
        let token = new_token();
        self.access_tokens.insert(token.clone(), expires_at);
        token
    }

    pub(crate) fn issue_refresh_token(&mut self) -> String {
        let token = new_token();
        self.refresh_tokens.insert(token.clone());
        token
    }

    pub(crate) fn knows_refresh_token(&self, token: &str) -> bool {
        self.refresh_tokens.contains(token)
    }

    /// All tokens that were given out and are not forgotten.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.access_tokens.keys().chain(&self.refresh_tokens).cloned().collect()
    }

    pub(crate) fn end_refresh_token(&mut self, token: &str) {
        self.refresh_tokens.remove(token);
    }

    pub(crate) fn access_token(&self, token: &str, now: Instant) -> TokenState {
        match self.access_tokens.get(token) {
            None => TokenState::Unknown,
            Some(&expires_at) if expires_at <= now => TokenState::Expired,
            Some(_) => TokenState::Live,
        }
    }

    pub(crate) fn expire_access_tokens(&mut self, now: Instant) {
        self.access_tokens.values_mut().for_each(|expires_at| *expires_at = now);
    }

    pub(crate) fn forget_tokens(&mut self) {
        self.access_tokens.clear();
        self.refresh_tokens.clear();
    }

    /// Whether the subscription is new.
    pub(crate) fn subscribe_push(&mut self, device_id: &str) -> bool {
        self.push_subscriptions.insert(device_id.to_owned())
    }

    /// Whether there was a subscription.
    pub(crate) fn unsubscribe_push(&mut self, device_id: &str) -> bool {
        self.push_subscriptions.remove(device_id)
    }

    pub(crate) fn is_push_subscribed(&self, device_id: &str) -> bool {
        self.push_subscriptions.contains(device_id)
    }

    pub(crate) fn push_subscriptions(&self) -> Vec<String> {
        self.push_subscriptions.iter().cloned().collect()
    }

    /// Subscribing again renews.
    pub(crate) fn subscribe_event(&mut self, device_id: &str, lasts: Duration, now: Instant) {
        self.event_subscriptions.insert(device_id.to_owned(), now + lasts);
    }

    /// Whether there was a live subscription.
    pub(crate) fn unsubscribe_event(&mut self, device_id: &str, now: Instant) -> bool {
        self.event_subscriptions.remove(device_id).is_some_and(|expires_at| expires_at > now)
    }

    pub(crate) fn is_event_subscribed(&self, device_id: &str, now: Instant) -> bool {
        self.event_subscriptions.get(device_id).is_some_and(|&expires_at| expires_at > now)
    }

    pub(crate) fn event_subscriptions(&self, now: Instant) -> Vec<String> {
        self.event_subscriptions
            .iter()
            .filter(|&(_, &expires_at)| expires_at > now)
            .map(|(device_id, _)| device_id.clone())
            .collect()
    }

    pub(crate) fn expire_event_subscriptions(&mut self) {
        self.event_subscriptions.clear();
    }

    pub(crate) fn drop_device(&mut self, device_id: &str) {
        self.push_subscriptions.remove(device_id);
        self.event_subscriptions.remove(device_id);
    }
}

/// 96 hexadecimal digits, as the real tokens are.
fn new_token() -> String {
    (0..3).map(|_| uuid::Uuid::new_v4().simple().to_string()).collect()
}
