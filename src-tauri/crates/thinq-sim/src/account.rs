//! Tokens and subscriptions of the hub's account. Reads no clock: `now` is always a parameter.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use crate::subscriptions::Subscriptions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    Live,
    Expired,
    Unknown,
}

pub(crate) struct Account {
    /// Access tokens with their expiry. Expired ones are kept, because they are answered differently
    /// from unknown ones.
    access_tokens: HashMap<String, Instant>,
    refresh_tokens: HashSet<String>,
    pub(crate) subscriptions: Subscriptions,
}

impl Default for Account {
    fn default() -> Self {
        let mut subscriptions = Subscriptions::default();
        // The hub sends messages about the home without a subscription.
        subscriptions.subscribe_home();
        Self { access_tokens: HashMap::new(), refresh_tokens: HashSet::new(), subscriptions }
    }
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

    /// All issued tokens that are not forgotten.
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
}

/// 96 hexadecimal digits, as the real tokens are.
fn new_token() -> String {
    (0..3).map(|_| uuid::Uuid::new_v4().simple().to_string()).collect()
}
