//! Where the messages of ThinQ Connect come from.

use std::fmt;

use url::Url;

/// Host and port of an account's MQTT broker. Both are left out of any output: the host is as good
/// as LG's account number at AWS.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    pub host: String,
    pub port: u16,
}

/// Assigned to MQTT over TLS.
pub(super) const MQTT_PORT: u16 = 8883;

impl BrokerAddress {
    /// From `mqttServer` of `/route`: `mqtts://{host}:{port}`.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok().filter(|url| url.scheme() == "mqtts")?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        Some(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(MQTT_PORT),
        })
    }

    /// The same host at another port, as proxies need it.
    pub(super) fn at(&self, port: u16) -> Option<Url> {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("wss://{host}:{port}").parse().ok()
    }
}

impl fmt::Debug for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrokerAddress(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_and_has_a_host() {
        for (text, host, port) in [
            ("mqtts://abc-ats.iot.example.com:8883", "abc-ats.iot.example.com", 8883),
            ("mqtts://abc-ats.iot.example.com", "abc-ats.iot.example.com", 8883),
            ("mqtts://localhost:18883", "localhost", 18883),
            ("mqtts://[::1]:443", "::1", 443),
        ] {
            let address = BrokerAddress::parse(text).unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
            assert_eq!(format!("{address:?}"), "BrokerAddress(redacted)");
        }
        for unfit in ["", "mqtts://", "mqtt://broker.example.com:1883", "wss://x/mqtt", "x:1"] {
            assert_eq!(BrokerAddress::parse(unfit), None, "{unfit}");
        }
    }
}
