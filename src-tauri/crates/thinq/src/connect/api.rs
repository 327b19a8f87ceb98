//! The calls of ThinQ Connect about devices, subscriptions and energy. See
//! `docs/protocol.md#thinq-connect`.

use model::{DeviceId, Feature};
use reqwest::{Method, header::HeaderValue};
use serde_json::{Map, Value, json};

use super::{
    BrokerAddress, Connect, Request,
    energy::{self, EnergyDate, EnergyPeriod, EnergyUsage},
};
use crate::{
    api::EVENT_HOURS,
    codes,
    device::{self, ListedDevice},
    error::{Error, Peer},
    lenient_json,
    response::{is_subscribed, is_unsubscribed, object_or_list, segment, unless, wrong_shape},
};

/// LG's name for this kind of client.
pub(super) const SERVICE: &str = "SVC202";
const CONNECT: Peer = Peer::Connect;

impl Connect {
    /// The address of the messages. Needs no token, so it shows whether LG can be reached and
    /// serves the country.
    pub async fn route(&self) -> Result<BrokerAddress, Error> {
        let request = Request::new(Feature::Pushes, Method::GET, &["route"]);
        let response = self.send(request, self.shared.route_headers.clone()).await?;
        let address = response.get("mqttServer").and_then(Value::as_str);
        address.and_then(BrokerAddress::parse).ok_or_else(|| wrong_shape(CONNECT))
    }

    /// Meant to be called once and after changes, not on a timer.
    pub async fn devices(&self) -> Result<Vec<ListedDevice>, Error> {
        let response = self.get(Feature::Devices, &["devices"]).await?;
        device::read_list(&response).ok_or_else(|| wrong_shape(CONNECT))
    }

    /// The state as LG shapes it: an object, or a list with an entry for each part.
    pub async fn state(&self, id: &DeviceId) -> Result<Value, Error> {
        let path = ["devices", segment(id, CONNECT)?, "state"];
        object_or_list(self.get(Feature::States, &path).await?, CONNECT)
    }

    pub async fn profile(&self, id: &DeviceId) -> Result<Value, Error> {
        let path = ["devices", segment(id, CONNECT)?, "profile"];
        object_or_list(self.get(Feature::Devices, &path).await?, CONNECT)
    }

    /// Sends a command: the part of the profile that changes. Never repeated by itself.
    pub async fn control(&self, id: &DeviceId, command: &Value) -> Result<(), Error> {
        let path = ["devices", segment(id, CONNECT)?, "control"];
        let request = Request::new(Feature::Control, Method::POST, &path).with_body(command);
        let mut headers = self.shared.headers.clone();
        headers.insert("x-conditional-control", HeaderValue::from_static("true"));
        self.send(request, headers).await.map(|_nothing| ())
    }

    /// Never `None`: the call always exists.
    pub async fn push_subscriptions(&self) -> Result<Option<Vec<DeviceId>>, Error> {
        self.subscriptions(Feature::Pushes, "push").await
    }

    /// Without an end.
    pub async fn subscribe_push(&self, id: &DeviceId) -> Result<(), Error> {
        let path = ["push", segment(id, CONNECT)?, "subscribe"];
        unless(self.order(Feature::Pushes, Method::POST, &path).await, is_subscribed)
    }

    pub async fn unsubscribe_push(&self, id: &DeviceId) -> Result<(), Error> {
        let path = ["push", segment(id, CONNECT)?, "unsubscribe"];
        unless(self.order(Feature::Pushes, Method::DELETE, &path).await, is_unsubscribed)
    }

    /// Subscribes to messages about added, removed and renamed devices.
    pub async fn subscribe_device_list(&self) -> Result<(), Error> {
        let subscribed = self.order(Feature::Pushes, Method::POST, &["push", "devices"]).await;
        unless(subscribed, is_subscribed)
    }

    pub async fn unsubscribe_device_list(&self) -> Result<(), Error> {
        let removed = self.order(Feature::Pushes, Method::DELETE, &["push", "devices"]).await;
        unless(removed, is_unsubscribed)
    }

    /// Never `None`: the call always exists.
    pub async fn event_subscriptions(&self) -> Result<Option<Vec<DeviceId>>, Error> {
        self.subscriptions(Feature::Events, "event").await
    }

    /// For [`EVENT_HOURS`].
    pub async fn subscribe_event(&self, id: &DeviceId) -> Result<(), Error> {
        let path = ["event", segment(id, CONNECT)?, "subscribe"];
        let body = json!({ "expire": { "unit": "HOUR", "timer": EVENT_HOURS } });
        let request = Request::new(Feature::Events, Method::POST, &path).with_body(&body);
        let subscribed = self.send(request, self.shared.headers.clone()).await;
        unless(subscribed.map(|_nothing| ()), is_subscribed)
    }

    pub async fn unsubscribe_event(&self, id: &DeviceId) -> Result<(), Error> {
        let path = ["event", segment(id, CONNECT)?, "unsubscribe"];
        unless(self.order(Feature::Events, Method::DELETE, &path).await, is_unsubscribed)
    }

    /// Registers this client for messages over MQTT; a second time changes nothing.
    pub async fn register(&self) -> Result<(), Error> {
        self.registration(Method::POST).await
    }

    /// Ends the registration: for signing out, after the subscriptions are ended.
    pub async fn unregister(&self) -> Result<(), Error> {
        self.registration(Method::DELETE).await
    }

    /// The names of what a device measures, such as `energyUsage`; empty for one that measures
    /// nothing.
    pub async fn energy_profile(&self, id: &DeviceId) -> Result<Vec<String>, Error> {
        let path = ["devices", "energy", segment(id, CONNECT)?, "profile"];
        match self.get(Feature::Energy, &path).await {
            Err(error) if error.api_code() == Some("1221") => Ok(Vec::new()),
            response => Ok(energy::read_profile(&result(response?)?)),
        }
    }

    /// From `first` to `last`, which may not be in the future. A value appears some time after its
    /// period has ended.
    pub async fn energy_usage(
        &self,
        id: &DeviceId,
        property: &str,
        period: EnergyPeriod,
        first: EnergyDate,
        last: EnergyDate,
    ) -> Result<Vec<EnergyUsage>, Error> {
        let path = ["devices", "energy", segment(id, CONNECT)?, "usage"];
        let query = [
            ("property", property),
            ("period", period.word()),
            ("startDate", &period.write(first)),
            ("endDate", &period.write(last)),
        ];
        let request =
            Request { query: &query, ..Request::new(Feature::Energy, Method::GET, &path) };
        match self.send(request, self.shared.headers.clone()).await {
            Err(error) if error.api_code() == Some("1221") => Ok(Vec::new()),
            response => Ok(energy::read_usage(&result(response?)?, property)),
        }
    }

    async fn subscriptions(
        &self,
        feature: Feature,
        kind: &str,
    ) -> Result<Option<Vec<DeviceId>>, Error> {
        match self.get(feature, &[kind]).await {
            Err(error) if matches!(error.api_code(), Some("1204" | "1206")) => Ok(Some(Vec::new())),
            response => device::read_ids(&response?).map(Some).ok_or_else(|| wrong_shape(CONNECT)),
        }
    }

    async fn registration(&self, method: Method) -> Result<(), Error> {
        let body = json!({
            "type": "MQTT", "service-code": SERVICE, "device-type": "607", "allowExist": true,
        });
        let request = Request::new(Feature::Pushes, method, &["client"]).with_body(&body);
        self.send(request, self.shared.headers.clone()).await.map(|_nothing| ())
    }

    async fn get(&self, feature: Feature, path: &[&str]) -> Result<Value, Error> {
        self.send(Request::new(feature, Method::GET, path), self.shared.headers.clone()).await
    }

    /// A call without a body, whose answer carries nothing.
    async fn order(&self, feature: Feature, method: Method, path: &[&str]) -> Result<(), Error> {
        let request = Request::new(feature, method, path);
        self.send(request, self.shared.headers.clone()).await.map(|_nothing| ())
    }
}

/// The content of answers that have a code of their own beside it.
pub(super) fn result(response: Value) -> Result<Map<String, Value>, Error> {
    let Value::Object(mut response) = response else { return Err(wrong_shape(CONNECT)) };
    match response.get("resultCode").and_then(Value::as_str) {
        Some("0000") | None => {}
        Some(code) => {
            let name = codes::find(code).map(|known| known.name);
            let code = lenient_json::name(Some(&Value::from(code))).unwrap_or_default();
            return Err(Error::Api { peer: CONNECT, code, name, status: 200 });
        }
    }
    match response.remove("result") {
        Some(Value::Object(result)) => Ok(result),
        Some(_) | None => Err(wrong_shape(CONNECT)),
    }
}
