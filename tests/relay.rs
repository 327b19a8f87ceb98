//! Measures the time from a frame to the `Notify` call, compared in the same run with two minimal
//! programs that only relay frames: one uses notify-rust, which connects to the bus for each
//! notification, the other a persistent connection. The resident program additionally commits the
//! event first; once more with a forwarding target that never answers.
//!
//! ```sh
//! cargo build --release -p thinq-tray -p scenarios --bin thinq-tray --bin relay
//! XTASK_PROGRAMS_DIR=$PWD/target/release target/release/relay
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

#[expect(dead_code, unused_imports, reason = "what is measured needs a part of what is tested")]
mod desktop;

use std::{collections::HashMap, fs, time::Duration};

use anyhow::{Context as _, bail};
use desktop::{Desktop, DesktopOptions, within};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use thinq_sim::{RawFrame, Sim, SimSettings};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// The programs alternate, so that other load affects all of them alike.
const ROUNDS: usize = 5;
const SINGLE: usize = 100;
const BURST: usize = 1_000;
/// Target: 99th percentile of the resident program relative to that of a relay.
const MOST_RATIO: f64 = 1.5;
/// Keeps bursts from being merged into one notification.
const SETTINGS: &str = "[bursts]\nat_most = 1000000\nwithin_seconds = 1\n";
/// Other start-up work is done by then.
const SETTLED: Duration = Duration::from_secs(3);
const APP: &str = "relay";

/// Program under comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Resident,
    /// With a forwarding target that takes connections and never answers.
    DeadTarget,
    NotifyRust,
    KeptConnection,
}

impl Program {
    const ALL: [Self; 4] =
        [Self::Resident, Self::DeadTarget, Self::NotifyRust, Self::KeptConnection];

    fn name(self) -> &'static str {
        match self {
            Self::Resident => "`thinq-tray`, committed before",
            Self::DeadTarget => "`thinq-tray`, with a dead forwarding target",
            Self::NotifyRust => "bare relay, notify-rust",
            Self::KeptConnection => "bare relay, one kept connection",
        }
    }

    /// Arguments of a relay.
    fn flag(self) -> Option<&'static str> {
        match self {
            Self::Resident | Self::DeadTarget => None,
            Self::NotifyRust => Some("--pass-on-by-notify-rust"),
            Self::KeptConnection => Some("--pass-on"),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    if let Some(flag) = arguments.next() {
        let program = Program::ALL.into_iter().find(|program| program.flag() == Some(&flag));
        let url = arguments.next().context("an address")?;
        return pass_on(program.context("a relay of that name")?, &url).await;
    }
    let sim = Sim::start(SimSettings::default()).await?;
    let options = DesktopOptions { tray_host: false, display: false, ..DesktopOptions::default() };
    let desktop = Desktop::start(options).await?;
    sign_in(&desktop, &sim).await.context("signing in")?;

    // Connections wait in the queue of the system.
    let dead = std::net::TcpListener::bind("127.0.0.1:0")?;
    let dead_url = format!("http://{}/", dead.local_addr()?);
    let mut figures = Program::ALL.map(|_| Figures::default());
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for (program, figures) in Program::ALL.into_iter().zip(&mut figures) {
            write_settings(&desktop, (program == Program::DeadTarget).then_some(&dead_url))?;
            let mut running = start(program, &desktop, &sim).await?;
            let mark = format!("{program:?}_{round}");
            measure(&desktop, &sim, &mark, figures).await.context(program.name())?;
            running.kill().await?;
            within("the end of its socket", nobody_listens(&sim)).await?;
        }
    }
    print(&figures);
    for (program, figures) in Program::ALL.into_iter().zip(&figures) {
        eprintln!("slowest of {}: {}", program.name(), figures.slowest());
    }
    Ok(())
}

#[derive(Default)]
struct Figures {
    /// In milliseconds.
    single: Vec<f64>,
    /// Events per second, for each burst.
    bursts: Vec<f64>,
}

impl Figures {
    fn percentile(&self, percent: usize) -> f64 {
        of_hundred(&self.single, percent)
    }

    /// Round of each sample, to correlate outliers with other activity.
    fn slowest(&self) -> String {
        let mut numbered: Vec<(usize, f64)> = self.single.iter().copied().enumerate().collect();
        numbered.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let told = numbered.iter().take(2 * ROUNDS).map(|(number, ms)| {
            format!("{ms:.1} ms ({} of round {})", number % SINGLE + 1, number / SINGLE + 1)
        });
        told.collect::<Vec<_>>().join(", ")
    }

    fn burst(&self) -> f64 {
        of_hundred(&self.bursts, 50)
    }
}

fn of_hundred(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(at).copied().unwrap_or_default()
}

fn print(figures: &[Figures; 4]) {
    let singles = ROUNDS * SINGLE;
    println!(
        "| frame to `Notify`, {singles} single ones, {ROUNDS} bursts | median | p99 | {BURST} at once |"
    );
    println!("| --- | --- | --- | --- |");
    for (program, figures) in Program::ALL.into_iter().zip(figures) {
        let (median, p99, burst) =
            (figures.percentile(50), figures.percentile(99), figures.burst());
        println!("| {} | {median:.3} ms | {p99:.3} ms | {burst:.0}/s |", program.name());
    }
    let [ours, others @ ..] = figures;
    for (program, bare) in Program::ALL.into_iter().skip(1).zip(others) {
        let p99 = ours.percentile(99) / bare.percentile(99);
        let verdict = if p99 <= MOST_RATIO { "met" } else { "**not met**" };
        println!(
            "| ratio to {} | {:.2} | {p99:.2} (aim: ≤ {MOST_RATIO}, {verdict}) | {:.2} |",
            program.name(),
            ours.percentile(50) / bare.percentile(50),
            ours.burst() / bare.burst(),
        );
    }
}

fn frame(code: &str) -> RawFrame {
    let push = json!({ "pushType": "DEVICE_PUSH", "messageId": code, "serviceId": "s",
        "deviceId": code, "deviceType": "DEVICE_WASHER", "pushCode": code });
    RawFrame::Text(push.to_string())
}

async fn measure(
    desktop: &Desktop,
    sim: &Sim,
    mark: &str,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    for number in 0..SINGLE {
        let before = desktop.notified_count();
        let began = Instant::now();
        sim.send_raw(frame(&format!("{mark}_{number}")));
        desktop.wait_until_notified(|shown, _| shown.len() > before).await?;
        figures.single.push(began.elapsed().as_secs_f64() * 1000.0);
        sleep(Duration::from_millis(5)).await;
    }
    let before = desktop.notified_count();
    let began = Instant::now();
    for number in 0..BURST {
        sim.send_raw(frame(&format!("{mark}_BURST_{number}")));
    }
    desktop.wait_until_notified(|shown, _| shown.len() >= before + BURST).await?;
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    figures.bursts.push(BURST as f64 / began.elapsed().as_secs_f64());
    Ok(())
}

async fn nobody_listens(sim: &Sim) {
    while sim.sockets() > 0 {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Returns once it is listening.
async fn start(program: Program, desktop: &Desktop, sim: &Sim) -> anyhow::Result<Child> {
    let Some(flag) = program.flag() else { return start_resident(desktop, sim).await };
    for token in sim.issued_tokens() {
        let mut url = sim.callback_url();
        url.query_pairs_mut().append_pair("access_token", &token);
        if connect_async(url.as_str()).await.is_ok() {
            within("the end of the trial", nobody_listens(sim)).await?;
            let mut command = desktop.command("relay");
            let relay = command.args([flag, url.as_str()]).kill_on_drop(true).spawn()?;
            within("the relay's socket", sim.wait_for_sockets(1)).await?;
            return Ok(relay);
        }
    }
    bail!("no token opens the callback")
}

fn command(desktop: &Desktop, sim: &Sim, arguments: &[&str]) -> tokio::process::Command {
    let mut command = desktop.command("thinq-tray");
    command
        .args(arguments)
        .env("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .env("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str());
    command
}

async fn start_resident(desktop: &Desktop, sim: &Sim) -> anyhow::Result<Child> {
    let resident = command(desktop, sim, &["--hidden"]).kill_on_drop(true).spawn()?;
    within("the callback", sim.wait_for_sockets(1)).await?;
    sleep(SETTLED).await;
    Ok(resident)
}

fn write_settings(desktop: &Desktop, target_url: Option<&String>) -> anyhow::Result<()> {
    let config_dir = desktop.config_dir().join("thinq-tray");
    fs::create_dir_all(&config_dir)?;
    let target = target_url
        .map(|url| format!("[[forward]]\nname = \"dead\"\nkind = \"webhook\"\nurl = \"{url}\"\n"));
    fs::write(
        config_dir.join("settings.toml"),
        format!("{SETTINGS}{}", target.unwrap_or_default()),
    )?;
    Ok(())
}

/// Signs in once; the keyring keeps it for later rounds.
async fn sign_in(desktop: &Desktop, sim: &Sim) -> anyhow::Result<()> {
    write_settings(desktop, None)?;
    let mut resident = command(desktop, sim, &["--hidden"]).kill_on_drop(true).spawn()?;
    desktop.wait_until_ready().await?;
    desktop.sign_in(command(desktop, sim, &[])).await?;
    within("the callback", sim.wait_for_sockets(1)).await?;
    within("the end of the command", command(desktop, sim, &["quit"]).status()).await??;
    within("the end of the program", resident.wait()).await??;
    within("the end of its socket", nobody_listens(sim)).await
}

/// Complete work of a minimal relay.
async fn pass_on(program: Program, url: &str) -> anyhow::Result<()> {
    let bus = zbus::Connection::session().await?;
    let name = "org.freedesktop.Notifications";
    let proxy = zbus::Proxy::new(&bus, name, "/org/freedesktop/Notifications", name).await?;
    let (mut socket, _) = connect_async(url).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let push: Value = serde_json::from_str(&text)?;
        let code = push["pushCode"].as_str().unwrap_or_default();
        if program == Program::NotifyRust {
            let mut notification = notify_rust::Notification::new();
            notification.appname(APP).summary("Washer").body(code).show_async().await?;
            continue;
        }
        let hints: HashMap<&str, zbus::zvariant::Value<'_>> = HashMap::new();
        let actions: &[&str] = &[];
        let body = (APP, 0_u32, "", "Washer", code, actions, hints, -1_i32);
        let _id: u32 = proxy.call("Notify", &body).await?;
    }
    Ok(())
}
