//! The built program connected to a demo service with injected faults.

use contract::{Request, Response};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

use crate::support::{PrivateHome, Running, push_by_hand, within};

const DEMO: &str = "thinq-tray-demo";

#[tokio::test]
async fn the_built_program_listens_on_after_every_fault() {
    let home = PrivateHome::new().with("THINQ_TRAY_PROVIDER", "hub");
    let mut running = home.start(&["listen", "--demo", "--json"]);
    running.listens().await;
    let answer = home.ask(DEMO, Request::SignInDefaults).await;
    let Some(Response::SignInDefaults { defaults }) = answer else { panic!("{answer:?}") };
    let hub_url: Url = defaults.hub.hub_url.parse().expect("the demo's address is valid");
    let faults =
        ["callback-html", "callback-status", "callback-down", "token-refused-once", "hub-html"];

    for fault in faults {
        let code = format!("AFTER_{}", fault.to_uppercase().replace('-', "_"));
        set(&hub_url, fault).await;
        // Closes open connections.
        set(&hub_url, "callback-drops-after").await;
        until(&mut running, "offline").await;
        set(&hub_url, "none").await;

        assert_eq!(home.run(&["reconnect", "--demo"]).await.code, Some(0));
        // Skips other output: a push goes to one socket and is printed.
        let pushed =
            async { while push_by_hand(&hub_url, "Dryer", &code).await.ok() != Some(1) {} };
        within(fault, pushed).await;
        while running.event().await.expect("the demo goes on")["code"] != code {}
        let found = home.run(&["history", &code, "--demo", "--json"]).await;
        assert_eq!(found.json().len(), 1, "{fault}: {found:?}");
    }

    running.interrupt();
    assert_eq!(running.finish().await, Some(0));
}

/// Waits until this state is printed.
async fn until(running: &mut Running, state: &str) {
    loop {
        let line = running.line().await.expect("it goes on");
        if line["status"]["connection"]["state"] == state {
            return;
        }
    }
}

/// Like a manual request with curl.
async fn set(hub_url: &Url, fault: &str) {
    let body = json!({ "fault": fault, "seconds": 0.0 }).to_string();
    let request = format!(
        "POST /simulate/fault HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let port = hub_url.port().expect("the demo has a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the hub is up");
    stream.write_all(request.as_bytes()).await.expect("the hub reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the hub answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
