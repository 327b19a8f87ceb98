//! What was asked of the service, in order, for tests to count.

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
    /// Anything the hub does not know, a token call without a valid grant included.
    Unknown,
}

/// One call as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub call: Call,
    /// The device the call was about, where it was about one.
    pub device_id: Option<String>,
    /// Since the simulation started.
    pub after: Duration,
}

pub(crate) fn count(calls: &[CallRecord], call: Call) -> usize {
    calls.iter().filter(|record| record.call == call).count()
}
