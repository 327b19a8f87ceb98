//! TCP connections to a name with several addresses: Happy Eyeballs (RFC 8305), so that an address
//! that is silent or refuses does not hide one that answers.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{self, TcpStream},
    time,
};
use tower_service::Service;
use url::Url;

/// Time after which the next address is tried beside the earlier ones ("Connection Attempt Delay").
const NEXT_AFTER: Duration = Duration::from_millis(250);
const SOCKS_PORT: u16 = 1080;

/// Addresses of `host`, a name or an address with or without brackets.
pub(crate) async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(net::lookup_host((host.trim_matches(['[', ']']), port)).await?.collect())
}

/// Connects to the host and port of `url`, without a proxy.
pub async fn reach(url: &Url) -> io::Result<TcpStream> {
    let port = url.port_or_known_default().unwrap_or_default();
    dial(&look_up(url.host_str().unwrap_or_default(), port).await?).await
}

/// Connects to the first of the addresses that accepts. Has no timeout of its own; cancel safe.
///
/// # Errors
/// When all have failed: a refusal rather than another error, as it comes from the host itself.
pub(crate) async fn dial(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut untried = interleaved(addresses).into_iter();
    let mut tries = FuturesUnordered::new();
    let mut failure = None;
    loop {
        match untried.next() {
            Some(address) => tries.push(TcpStream::connect(address)),
            None if tries.is_empty() => {
                let no_address = || io::Error::new(io::ErrorKind::NotFound, "no address");
                return Err(failure.unwrap_or_else(no_address));
            }
            None => {}
        }
        let next = time::sleep(NEXT_AFTER);
        tokio::select! {
            Some(outcome) = tries.next() => match outcome {
                Ok(stream) => {
                    // Small writes only; a failure costs speed, not the connection.
                    stream.set_nodelay(true).ok();
                    return Ok(stream);
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    failure = Some(error);
                }
                Err(error) => {
                    failure.get_or_insert(error);
                }
            },
            () = next, if untried.len() > 0 => {}
        }
    }
}

/// The families in turn, beginning with that of the first address; otherwise in the given order.
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv6() == is_first_v6);
    let mut second = second.into_iter();
    let mut mixed = Vec::with_capacity(addresses.len());
    for address in first {
        mixed.push(address);
        mixed.extend(second.next());
    }
    mixed.extend(second);
    mixed
}

/// [`dial`] for hyper-util's proxies.
#[derive(Clone, Copy)]
pub(crate) struct Dialer;

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(async move {
            let port = target.port_u16().unwrap_or(match target.scheme_str() {
                Some("https") => 443,
                Some(scheme) if scheme.starts_with("socks") => SOCKS_PORT,
                Some(_) | None => 80,
            });
            let addresses = look_up(target.host().unwrap_or_default(), port).await?;
            dial(&addresses).await.map(TokioIo::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// A port that answers with nothing, not even a refusal: its queue is full.
    struct Silent {
        address: SocketAddr,
        _listener: TcpListener,
        _queued: Vec<TcpStream>,
    }

    impl Silent {
        async fn at(host: &str) -> Self {
            let bound = TcpSocket::new_v4().unwrap();
            bound.bind(format!("{host}:0").parse().unwrap()).unwrap();
            let listener = bound.listen(0).unwrap();
            let address = listener.local_addr().unwrap();
            let mut queued = Vec::new();
            // Linux keeps one more than it was told.
            while let Ok(Ok(stream)) =
                time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
            {
                queued.push(stream);
            }
            Self { address, _listener: listener, _queued: queued }
        }
    }

    async fn open_at(host: &str) -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Refuses: nothing listens there any more.
    async fn closed_at(host: &str) -> SocketAddr {
        open_at(host).await.1
    }

    #[test]
    fn families_take_turns_beginning_with_the_first() {
        let parsed = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|address| address.parse().unwrap()).collect()
        };
        let given = parsed(&["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"]);

        let mixed = interleaved(&given);

        let expected = parsed(&["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]);
        assert_eq!(mixed, expected);
        assert_eq!(interleaved(&parsed(&["1.0.0.1:1"])), parsed(&["1.0.0.1:1"]));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn silent_and_refusing_addresses_hide_no_good_one() {
        let silent = [Silent::at("127.0.0.2").await, Silent::at("127.0.0.3").await];
        let refusing = closed_at("127.0.0.4").await;
        let (_listener, good) = open_at("127.0.0.1").await;

        for bad in [
            vec![silent[0].address],
            vec![silent[0].address, silent[1].address],
            vec![refusing, silent[0].address],
            vec![refusing],
        ] {
            let addresses: Vec<_> = bad.iter().copied().chain([good]).collect();

            let stream = dial(&addresses).await.unwrap();

            assert_eq!(stream.peer_addr().unwrap(), good, "{bad:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_other_family_is_tried_before_a_second_address_of_the_first() {
        let silent = [Silent::at("127.0.0.2").await, Silent::at("127.0.0.3").await];
        // Where this machine has no IPv6 there is no other family.
        let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
        let good = listener.local_addr().unwrap();

        let stream = dial(&[silent[0].address, silent[1].address, good]).await.unwrap();

        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[tokio::test]
    async fn when_all_fail_a_refusal_is_what_is_reported() {
        let refusing = closed_at("127.0.0.1").await;
        // Nothing can be there.
        let invalid = "255.255.255.255:9".parse().unwrap();

        let error = dial(&[refusing, invalid]).await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(dial(&[]).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
