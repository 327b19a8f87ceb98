//! The hub's client: settings, key pairs, and the headers of each call.

use std::{fmt, sync::Arc, time::Duration};

use model::PasswordForm;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use crate::{
    error::{Error, Peer, host_of},
    http::{self, DEFAULT_TIMEOUT, Http, HttpSettings, OnCall, OnDate, check_address},
    response::{self, Call},
    token::{AccessToken, KeyPair},
};

/// Address, key pairs and options of a hub.
#[derive(Clone)]
pub struct HubSettings {
    pub url: Url,
    /// Key pair of the token call.
    pub emp_keys: Option<KeyPair>,
    /// Key pair of all other calls.
    pub connect_keys: Option<KeyPair>,
    pub password_form: PasswordForm,
    /// Time limit of a whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// Counts calls, which LG limits.
    pub on_call: Option<OnCall>,
    pub on_date: Option<OnDate>,
    /// `None` follows the system. A hub in the local network is never reached through a proxy.
    pub proxy: Option<Url>,
}

/// Client of a hub. Clones share their connections.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    http: Http,
    token_headers: HeaderMap,
    api_headers: HeaderMap,
    password_form: PasswordForm,
}

/// A call without the hub's address and headers.
pub(crate) struct Request<'a> {
    pub(crate) call: Call,
    pub(crate) method: Method,
    pub(crate) path: &'a [&'a str],
    pub(crate) token: Option<&'a AccessToken>,
    pub(crate) body: Option<&'a Value>,
}

impl HubSettings {
    /// Settings without key pairs, with the default password form and time limit.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            emp_keys: None,
            connect_keys: None,
            password_form: PasswordForm::default(),
            timeout: DEFAULT_TIMEOUT,
            on_call: None,
            on_date: None,
            proxy: None,
        }
    }
}

impl Hub {
    /// # Errors
    /// [`Error::InvalidAddress`] and [`Error::InvalidKeys`] for settings that cannot work,
    /// [`Error::TlsUnavailable`] where the system has no certificates for an `https` hub.
    pub fn new(settings: HubSettings) -> Result<Self, Error> {
        check_address(&settings.url, Peer::Hub)?;
        Ok(Self {
            shared: Arc::new(Shared {
                token_headers: headers(settings.emp_keys.as_ref())?,
                api_headers: headers(settings.connect_keys.as_ref())?,
                password_form: settings.password_form,
                http: Http::new(HttpSettings {
                    peer: Peer::Hub,
                    url: settings.url,
                    proxy: settings.proxy.as_ref(),
                    timeout: settings.timeout,
                    on_call: settings.on_call,
                    on_date: settings.on_date,
                })?,
            }),
        })
    }

    pub(crate) fn password_form(&self) -> PasswordForm {
        self.shared.password_form
    }

    /// Sends a request and returns the response; `Null` for an empty body.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Value, Error> {
        let call = request.call;
        let mut headers = match call {
            Call::SignIn | Call::Refresh => self.shared.token_headers.clone(),
            Call::Api | Call::Connect(_) => self.shared.api_headers.clone(),
        };
        if let Some(token) = request.token {
            let bearer = format!("Bearer {}", token.expose());
            http::insert_secret(&mut headers, AUTHORIZATION, &bearer);
        }
        let request = http::Request {
            method: request.method,
            path: request.path,
            query: &[],
            headers,
            body: request.body,
        };
        response::read(&self.shared.http.send(request).await?, call)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("host", &self.shared.http.host()).finish_non_exhaustive()
    }
}

impl fmt::Debug for HubSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubSettings")
            .field("host", &host_of(&self.url))
            .field("emp_keys", &self.emp_keys)
            .field("connect_keys", &self.connect_keys)
            .field("password_form", &self.password_form)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn headers(keys: Option<&KeyPair>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    // The only supported country. See `docs/protocol.md#headers`.
    headers.insert("x-country-code", HeaderValue::from_static("KR"));
    // Also without a body.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(keys) = keys {
        for (name, value) in
            [("x-client-id", keys.id.as_str()), ("x-client-secret", keys.secret.expose_secret())]
        {
            if !http::insert_secret(&mut headers, HeaderName::from_static(name), value) {
                return Err(Error::InvalidKeys);
            }
        }
    }
    Ok(headers)
}
