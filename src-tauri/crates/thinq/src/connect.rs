//! ThinQ Connect, LG's API for private users: a personal access token, HTTPS calls, and messages
//! over MQTT. See `docs/protocol.md#thinq-connect`.

mod api;
mod broker;
mod certificate;
mod country;
mod energy;
mod mqtt;
mod token;

use std::{fmt, sync::Arc, time::Duration};

use model::Feature;
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::{Host, Url};

use crate::{
    error::{Error, Peer, host_of},
    http::{self, DEFAULT_TIMEOUT, Http, HttpSettings, OnCall, OnDate, check_address},
    response::{self, Call},
};

pub use {
    broker::BrokerAddress,
    certificate::ClientCertificate,
    country::{Country, Region},
    energy::{EnergyDate, EnergyPeriod, EnergyUsage},
    mqtt::{Broker, BrokerTiming, MqttConnection, Receipt, Received},
    token::{ClientId, PersonalToken},
};

/// No secret: LG's documentation gives the same key to everybody.
const API_KEY: &str = concat!("v6GFvkweNo7DK7yD3ylI", "Z9w52aKBU0eJ7wLXkSR3");

/// How to reach ThinQ Connect, and as whom.
#[derive(Clone)]
pub struct ConnectSettings {
    pub token: PersonalToken,
    pub country: Country,
    pub client_id: ClientId,
    /// In place of the region's own: `https`, or `http` on this machine.
    pub address: Option<Url>,
    /// For a whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// For counting: LG limits the calls of each user and hour.
    pub on_call: Option<OnCall>,
    pub on_date: Option<OnDate>,
    /// `None` follows the system. An address nearby is never reached through a proxy.
    pub proxy: Option<Url>,
}

/// Client of ThinQ Connect. Clones share their connections.
#[derive(Clone)]
pub struct Connect {
    shared: Arc<Shared>,
}

struct Shared {
    http: Http,
    /// Of all calls but `/route`.
    headers: HeaderMap,
    route_headers: HeaderMap,
}

/// A call without its address and headers.
struct Request<'a> {
    /// What the token must allow.
    feature: Feature,
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
}

impl<'a> Request<'a> {
    fn new(feature: Feature, method: Method, path: &'a [&'a str]) -> Self {
        Self { feature, method, path, query: &[], body: None }
    }

    fn with_body(self, body: &'a Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

impl ConnectSettings {
    /// With the region's own address and the usual time limit.
    pub fn new(token: PersonalToken, country: Country, client_id: ClientId) -> Self {
        Self {
            token,
            country,
            client_id,
            address: None,
            timeout: DEFAULT_TIMEOUT,
            on_call: None,
            on_date: None,
            proxy: None,
        }
    }

    /// Whether an address may stand in place of the region's.
    pub fn accepts(address: &Url) -> bool {
        check(address).is_ok()
    }

    fn url(&self) -> Result<Url, Error> {
        let region = || self.country.region().address().parse();
        let url: Url = self.address.clone().map_or_else(region, Ok).map_err(|_unfit| {
            Error::InvalidAddress { peer: Peer::Connect, reason: "no address of the web" }
        })?;
        check(&url)?;
        Ok(url)
    }
}

impl Connect {
    /// # Errors
    /// [`Error::InvalidAddress`], or [`Error::TlsUnavailable`] on a system without certificates.
    pub fn new(settings: ConnectSettings) -> Result<Self, Error> {
        let url = settings.url()?;
        let mut route_headers = HeaderMap::new();
        for (name, value) in [
            ("x-country", settings.country.code()),
            ("x-api-key", API_KEY),
            ("x-service-phase", "OP"),
        ] {
            route_headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let mut headers = route_headers.clone();
        let bearer = format!("Bearer {}", settings.token.expose());
        let client_id = HeaderName::from_static("x-client-id");
        if !http::insert_secret(&mut headers, AUTHORIZATION, &bearer)
            || !http::insert_secret(&mut headers, client_id, settings.client_id.as_str())
        {
            return Err(Error::InvalidToken);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                http: Http::new(HttpSettings {
                    peer: Peer::Connect,
                    url,
                    proxy: settings.proxy.as_ref(),
                    timeout: settings.timeout,
                    on_call: settings.on_call,
                    on_date: settings.on_date,
                })?,
                headers,
                route_headers,
            }),
        })
    }

    /// Makes one call and reads the envelope; `Null` for an empty `response`.
    async fn send(&self, request: Request<'_>, headers: HeaderMap) -> Result<Value, Error> {
        let call = Call::Connect(request.feature);
        let request = http::Request {
            method: request.method,
            path: request.path,
            query: request.query,
            headers,
            body: request.body,
        };
        let envelope = response::read(&self.shared.http.send(request).await?, call)?;
        response::payload(envelope).ok_or_else(|| response::wrong_shape(Peer::Connect))
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("host", &self.shared.http.host()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ConnectSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectSettings")
            .field("country", &self.country)
            .field("host", &self.address.as_ref().map(host_of))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn check(address: &Url) -> Result<(), Error> {
    check_address(address, Peer::Connect)?;
    // The token stands in a header of each call.
    if address.scheme() == "http" && !is_this_machine(address) {
        let reason = "not encrypted, and not on this machine";
        return Err(Error::InvalidAddress { peer: Peer::Connect, reason });
    }
    Ok(())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
