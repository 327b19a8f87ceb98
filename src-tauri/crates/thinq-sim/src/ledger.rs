//! Log of the calls to the service, in order, for tests to count.

use std::time::Duration;

/// A kind of call. Calls are recorded when they arrive, refused ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    SignIn,
    Refresh,
    Devices,
    State,
    Profile,
    Control,
    SubscribePush,
    SubscribeEvent,
    UnsubscribePush,
    UnsubscribeEvent,
    ListPush,
    ListEvent,
    /// An upgrade request at the callback.
    Handshake,
    /// The addresses of ThinQ Connect's services.
    Route,
    SubscribeHome,
    UnsubscribeHome,
    ListHome,
    RegisterClient,
    UnregisterClient,
    Certificate,
    EnergyProfile,
    EnergyUsage,
    /// The root certificate, at the address of Amazon's.
    RootCertificate,
    /// An MQTT CONNECT packet.
    MqttConnect,
    /// An unknown call, or a token call without a valid grant.
    Unknown,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub call: Call,
    /// The device of the call, if it has one.
    pub device_id: Option<String>,
    /// The client id of a call to ThinQ Connect.
    pub client_id: Option<String>,
    /// Since the simulation started.
    pub after: Duration,
}

pub(crate) fn count(calls: &[CallRecord], call: Call) -> usize {
    calls.iter().filter(|record| record.call == call).count()
}
