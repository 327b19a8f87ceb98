//! Proxy in front of a hub that answers one call per connection and silently closes the connection
//! at the next call: like a web server whose keep-alive timeout expires at that moment.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

pub(crate) struct ClosingHub {
    pub(crate) url: Url,
    _serving: JoinSet<()>,
}

impl ClosingHub {
    pub(crate) async fn before(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound port has an address");
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut calls = JoinSet::new();
            while let Ok((stream, _address)) = listener.accept().await {
                // A disconnecting client is no failure of the hub.
                calls.spawn(async move { drop(serve(stream, hub).await) });
            }
        });
        let url = Url::parse(&format!("http://{address}/")).expect("an address is a host");
        Self { url, _serving: serving }
    }
}

async fn serve(mut client: TcpStream, hub: SocketAddr) -> io::Result<()> {
    let (head, body) = read_call(&mut client).await?;
    let mut hub = TcpStream::connect(hub).await?;
    hub.write_all(head.trim_end().as_bytes()).await?;
    hub.write_all(b"\r\nconnection: close\r\n\r\n").await?;
    hub.write_all(&body).await?;
    let mut answer = Vec::new();
    hub.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).replacen("connection: close\r\n", "", 1);
    client.write_all(answer.as_bytes()).await?;
    client.read_u8().await?;
    Ok(())
}

async fn read_call(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).await?;
    Ok((head, body))
}
