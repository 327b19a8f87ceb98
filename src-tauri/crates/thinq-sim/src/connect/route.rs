//! The calls of the ThinQ Connect API by method and path.

use std::borrow::Cow;

use axum::http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::{device_call::DeviceCall, ledger::Call};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `GET /route`: the addresses of the services.
    Addresses,
    Device(DeviceCall),
    ListHome,
    SubscribeHome,
    UnsubscribeHome,
    RegisterClient,
    UnregisterClient,
    Certificate,
    EnergyProfile(String),
    EnergyUsage {
        device_id: String,
        query: String,
    },
    /// The root certificate at the address where LG's Python SDK looks for Amazon's.
    RootCertificate,
    Unknown,
}

impl Route {
    pub(super) fn read(method: &Method, uri: &Uri) -> Self {
        let segments: Vec<Cow<'_, str>> = uri
            .path()
            .trim_start_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let device = |call: fn(String) -> DeviceCall, id: &str| Self::Device(call(id.to_owned()));
        match (method.as_str(), segments.as_slice()) {
            ("GET", ["route"]) => Self::Addresses,
            ("GET", ["devices"]) => Self::Device(DeviceCall::Devices),
            ("GET", ["devices", "energy", id, "profile"]) => Self::EnergyProfile((*id).to_owned()),
            ("GET", ["devices", "energy", id, "usage"]) => Self::EnergyUsage {
                device_id: (*id).to_owned(),
                query: uri.query().unwrap_or_default().to_owned(),
            },
            ("GET", ["devices", id, "profile"]) => device(DeviceCall::Profile, id),
            ("GET", ["devices", id, "state"]) => device(DeviceCall::State, id),
            ("POST", ["devices", id, "control"]) => device(DeviceCall::Control, id),
            ("GET", ["push"]) => Self::Device(DeviceCall::ListPush),
            ("GET", ["push", "devices"]) => Self::ListHome,
            ("POST", ["push", "devices"]) => Self::SubscribeHome,
            ("DELETE", ["push", "devices"]) => Self::UnsubscribeHome,
            ("POST", ["push", id, "subscribe"]) => device(DeviceCall::SubscribePush, id),
            ("DELETE", ["push", id, "unsubscribe"]) => device(DeviceCall::UnsubscribePush, id),
            ("GET", ["event"]) => Self::Device(DeviceCall::ListEvent),
            ("POST", ["event", id, "subscribe"]) => device(DeviceCall::SubscribeEvent, id),
            ("DELETE", ["event", id, "unsubscribe"]) => device(DeviceCall::UnsubscribeEvent, id),
            ("POST", ["client"]) => Self::RegisterClient,
            ("DELETE", ["client"]) => Self::UnregisterClient,
            ("POST", ["client", "certificate"]) => Self::Certificate,
            ("GET", ["repository", "AmazonRootCA1.pem"]) => Self::RootCertificate,
            _ => Self::Unknown,
        }
    }

    pub(super) fn call(&self) -> Call {
        match self {
            Self::Addresses => Call::Route,
            Self::Device(call) => call.call(),
            Self::ListHome => Call::ListHome,
            Self::SubscribeHome => Call::SubscribeHome,
            Self::UnsubscribeHome => Call::UnsubscribeHome,
            Self::RegisterClient => Call::RegisterClient,
            Self::UnregisterClient => Call::UnregisterClient,
            Self::Certificate => Call::Certificate,
            Self::EnergyProfile(_) => Call::EnergyProfile,
            Self::EnergyUsage { .. } => Call::EnergyUsage,
            Self::RootCertificate => Call::RootCertificate,
            Self::Unknown => Call::Unknown,
        }
    }

    pub(super) fn device_id(&self) -> Option<&str> {
        match self {
            Self::Device(call) => call.device_id(),
            Self::EnergyProfile(id) | Self::EnergyUsage { device_id: id, .. } => Some(id),
            Self::Addresses
            | Self::ListHome
            | Self::SubscribeHome
            | Self::UnsubscribeHome
            | Self::RegisterClient
            | Self::UnregisterClient
            | Self::Certificate
            | Self::RootCertificate
            | Self::Unknown => None,
        }
    }
}
