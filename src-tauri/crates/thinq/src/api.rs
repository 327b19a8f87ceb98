//! The hub's calls about devices and subscriptions. See `docs/protocol.md#devices` and
//! `docs/protocol.md#subscriptions`.

use model::DeviceId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    device::{self, ListedDevice},
    error::{Error, Peer},
    hub::{Hub, Request},
    response::{
        self, Call, is_subscribed, is_unsubscribed, object_or_list, segment, unless, wrong_shape,
    },
    token::AccessToken,
};

const HUB: Peer = Peer::Hub;
/// Length of an event subscription in hours, the longest that LG grants; subscribing again prolongs
/// it.
pub const EVENT_HOURS: u8 = 24;

impl Hub {
    /// Call once and after changes, not periodically.
    pub async fn devices(&self, token: &AccessToken) -> Result<Vec<ListedDevice>, Error> {
        let response = self.get(token, &["devices"]).await?;
        device::read_list(&response).ok_or_else(|| wrong_shape(HUB))
    }

    /// State in LG's format: an object, or a list with an entry per part.
    pub async fn state(&self, token: &AccessToken, id: &DeviceId) -> Result<Value, Error> {
        let response = self.get(token, &["devices", segment(id, HUB)?]).await?;
        object_or_list(response, HUB)
    }

    pub async fn profile(&self, token: &AccessToken, id: &DeviceId) -> Result<Value, Error> {
        let response = self.get(token, &["devices", "profile", segment(id, HUB)?]).await?;
        object_or_list(response, HUB)
    }

    /// Sends a command in the shape of the profile. Must not be retried automatically.
    pub async fn control(
        &self,
        token: &AccessToken,
        id: &DeviceId,
        command: &Value,
    ) -> Result<(), Error> {
        self.order(Method::POST, token, &["devices", segment(id, HUB)?], Some(command)).await
    }

    pub async fn subscribe_push(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        let subscribed = self.order(Method::POST, token, &["push", segment(id, HUB)?], None).await;
        unless(subscribed, is_subscribed)
    }

    pub async fn unsubscribe_push(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        let removed = self.order(Method::DELETE, token, &["push", segment(id, HUB)?], None).await;
        unless(removed, is_unsubscribed)
    }

    /// For [`EVENT_HOURS`].
    pub async fn subscribe_event(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        let body = json!({ "expire": { "unit": "HOUR", "timer": EVENT_HOURS } });
        let path = ["event", segment(id, HUB)?];
        let subscribed = self.order(Method::POST, token, &path, Some(&body)).await;
        unless(subscribed, is_subscribed)
    }

    pub async fn unsubscribe_event(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        let removed = self.order(Method::DELETE, token, &["event", segment(id, HUB)?], None).await;
        unless(removed, is_unsubscribed)
    }

    /// `None` when this hub has no such call.
    pub async fn push_subscriptions(
        &self,
        token: &AccessToken,
    ) -> Result<Option<Vec<DeviceId>>, Error> {
        self.subscriptions(token, "push").await
    }

    /// `None` when this hub has no such call.
    pub async fn event_subscriptions(
        &self,
        token: &AccessToken,
    ) -> Result<Option<Vec<DeviceId>>, Error> {
        self.subscriptions(token, "event").await
    }

    async fn subscriptions(
        &self,
        token: &AccessToken,
        kind: &str,
    ) -> Result<Option<Vec<DeviceId>>, Error> {
        match self.get(token, &[kind]).await {
            Ok(response) => device::read_ids(&response).map(Some).ok_or_else(|| wrong_shape(HUB)),
            Err(
                Error::Status { status: 404 | 405 | 501, .. }
                | Error::UnreadableAnswer { status: 404 | 405 | 501, .. },
            ) => Ok(None),
            Err(error) if matches!(error.api_code(), Some("1204" | "1206")) => Ok(Some(Vec::new())),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, token: &AccessToken, path: &[&str]) -> Result<Value, Error> {
        let request =
            Request { call: Call::Api, method: Method::GET, path, token: Some(token), body: None };
        response::payload(self.send(request).await?).ok_or_else(|| wrong_shape(HUB))
    }

    /// A call without content in the response.
    async fn order(
        &self,
        method: Method,
        token: &AccessToken,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<(), Error> {
        let request = Request { call: Call::Api, method, path, token: Some(token), body };
        self.send(request).await.map(|_nothing| ())
    }
}
