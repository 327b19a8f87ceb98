//! Detects addresses in the local network, where plain HTTP is acceptable and proxies are bypassed, so
//! that they never see a sign-in.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether a URL points to this computer or the local network, judging by the address alone.
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => match name.rsplit_once('.') {
            Some((_, top)) => matches!(top, "local" | "localhost" | "arpa"),
            None => true,
        },
        Some(Host::Ipv4(address)) => is_local_ip(address.into()),
        Some(Host::Ipv6(address)) => is_local_ip(address.into()),
        None => false,
    }
}

fn is_local_ip(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// Resolves a local name, accepting local addresses only. Otherwise a forged answer could redirect an
/// unencrypted sign-in to any server.
pub(crate) struct LocalResolver;

impl Resolve for LocalResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let near = only_local(found)?;
            Ok(Box::new(near.into_iter()) as Box<dyn Iterator<Item = SocketAddr> + Send>)
        })
    }
}

/// Returns the local addresses; fails if there are none.
pub(crate) fn only_local(found: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let near: Vec<_> = found.filter(|address| is_local_ip(address.ip())).collect();
    if near.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "name resolves outside the local network",
        ));
    }
    Ok(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_said_to_be_nearby_leads_nowhere_else() {
        let [near, far, mapped]: [SocketAddr; 3] =
            ["192.168.0.10:0", "203.0.113.7:0", "[::ffff:203.0.113.7]:0"]
                .map(|address| address.parse().unwrap());

        assert_eq!(only_local([far, near].into_iter()).unwrap(), [near]);
        assert!(only_local([far, mapped].into_iter()).is_err());
        assert!(only_local([].into_iter()).is_err());
    }

    #[tokio::test]
    async fn this_machine_is_found_by_its_name() {
        let found = LocalResolver.resolve("localhost".parse().unwrap()).await.unwrap();

        assert!(found.count() > 0);
    }
}
