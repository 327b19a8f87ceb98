//! Measures how long a frame takes to the `Notify` call, beside a minimal program in the same run
//! that only passes frames on to D-Bus. The resident program has committed the event before.
//!
//! ```sh
//! cargo build --release -p thinq-tray -p scenarios --bin thinq-tray --bin relay
//! XTASK_PROGRAMS_DIR=$PWD/target/release target/release/relay
//! ```

#![expect(clippy::print_stdout, reason = "a table is what it is for")]

#[expect(dead_code, unused_imports, reason = "what is measured needs a part of what is tested")]
mod desktop;

use std::{collections::HashMap, fs, process::Stdio, time::Duration};

use anyhow::Context as _;
use contract::{Connection, Request, Response, Status, socket::ask_once};
use desktop::{Desktop, DesktopOptions, within};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, RawFrame, Sim, SimSettings};
use tokio::{
    io::AsyncWriteExt as _,
    process::Child,
    time::{Instant, sleep},
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

const SINGLE: usize = 300;
const BURST: usize = 1_000;
/// Bursts are to be measured and not to be counted.
const SETTINGS: &str = "[bursts]\nat_most = 1000000\nwithin_seconds = 1\n";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--pass-on") {
        return pass_on(&arguments.next().context("an address")?).await;
    }
    let sim = Sim::start(SimSettings::default()).await?;
    let options = DesktopOptions { tray_host: false, display: false, ..DesktopOptions::default() };
    let desktop = Desktop::start(options).await?;

    let mut resident = start_resident(&desktop, &sim).await?;
    let ours = measure(&desktop, &sim, "R").await?;
    resident.kill().await?;
    within("the end of its socket", async {
        while sim.sockets() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await?;
    let _relay = start_relay(&desktop, &sim).await?;
    let bare = measure(&desktop, &sim, "B").await?;

    println!("| frame to `Notify` | median | p99 | {BURST} at once |");
    println!("| --- | --- | --- | --- |");
    for (name, figures) in [("thinq-tray, committed before", &ours), ("bare relay", &bare)] {
        let Figures { median, p99, per_second } = figures;
        println!("| {name} | {median:.3} ms | {p99:.3} ms | {per_second:.0}/s |");
    }
    println!(
        "| ratio (aim for p99: at most 1.5) | {:.2} | {:.2} | {:.2} |",
        ours.median / bare.median,
        ours.p99 / bare.p99,
        ours.per_second / bare.per_second
    );
    Ok(())
}

struct Figures {
    median: f64,
    p99: f64,
    per_second: f64,
}

fn frame(code: &str) -> RawFrame {
    let push = json!({ "pushType": "DEVICE_PUSH", "messageId": code, "serviceId": "s",
        "deviceId": code, "deviceType": "DEVICE_WASHER", "pushCode": code });
    RawFrame::Text(push.to_string())
}

async fn measure(desktop: &Desktop, sim: &Sim, mark: &str) -> anyhow::Result<Figures> {
    let mut times = Vec::with_capacity(SINGLE);
    for number in 0..SINGLE {
        let before = desktop.notifications().len();
        let began = Instant::now();
        sim.send_raw(frame(&format!("{mark}_{number}")));
        desktop.wait_until_notified(|shown, _| shown.len() > before).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        sleep(Duration::from_millis(5)).await;
    }
    times.sort_by(f64::total_cmp);
    let before = desktop.notifications().len();
    let began = Instant::now();
    for number in 0..BURST {
        sim.send_raw(frame(&format!("{mark}_BURST_{number}")));
    }
    desktop.wait_until_notified(|shown, _| shown.len() >= before + BURST).await?;
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let per_second = BURST as f64 / began.elapsed().as_secs_f64();
    Ok(Figures { median: times[SINGLE / 2], p99: times[SINGLE * 99 / 100], per_second })
}

async fn start_resident(desktop: &Desktop, sim: &Sim) -> anyhow::Result<Child> {
    let config_dir = desktop.config_dir().join("thinq-tray");
    fs::create_dir_all(&config_dir)?;
    fs::write(config_dir.join("settings.toml"), SETTINGS)?;
    let command = |arguments: &[&str]| {
        let mut command = desktop.command("thinq-tray");
        command
            .args(arguments)
            .env("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str());
        command
    };
    let resident = command(&["--hidden"]).kill_on_drop(true).spawn()?;
    let socket = desktop.runtime_dir().join("thinq-tray").join("socket");
    let is_ready = |status: &Status| status.connection != Connection::Connecting;
    within("the program", async {
        loop {
            let answer = ask_once(&socket, Request::Status).await;
            if matches!(answer, Ok(Response::Status { status }) if is_ready(&status)) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await?;
    let mut sign_in = command(&["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut password = sign_in.stdin.take().context("it reads the password")?;
    password.write_all(DEFAULT_PASSWORD.as_bytes()).await?;
    drop(password);
    within("the sign-in", sign_in.wait()).await??;
    within("the callback", sim.wait_for_sockets(1)).await?;
    let devices = sim.devices().len();
    within("subscriptions", sim.wait_for_calls(Call::SubscribeEvent, devices)).await?;
    Ok(resident)
}

async fn start_relay(desktop: &Desktop, sim: &Sim) -> anyhow::Result<Child> {
    for token in sim.issued_tokens() {
        let mut url = sim.callback_url();
        url.query_pairs_mut().append_pair("access_token", &token);
        if connect_async(url.as_str()).await.is_ok() {
            within("the end of the trial", async {
                while sim.sockets() > 0 {
                    sleep(Duration::from_millis(10)).await;
                }
            })
            .await?;
            let mut command = desktop.command("relay");
            let relay = command.args(["--pass-on", url.as_str()]).kill_on_drop(true).spawn()?;
            within("the relay's socket", sim.wait_for_sockets(1)).await?;
            return Ok(relay);
        }
    }
    anyhow::bail!("no token opens the callback")
}

/// All that the minimal program does.
async fn pass_on(url: &str) -> anyhow::Result<()> {
    let bus = zbus::Connection::session().await?;
    let name = "org.freedesktop.Notifications";
    let proxy = zbus::Proxy::new(&bus, name, "/org/freedesktop/Notifications", name).await?;
    let (mut socket, _) = connect_async(url).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let push: Value = serde_json::from_str(&text)?;
        let code = push["pushCode"].as_str().unwrap_or_default();
        let hints: HashMap<&str, zbus::zvariant::Value<'_>> = HashMap::new();
        let actions: &[&str] = &[];
        let body = ("relay", 0_u32, "", "Washer", code, actions, hints, -1_i32);
        let _id: u32 = proxy.call("Notify", &body).await?;
    }
    Ok(())
}
