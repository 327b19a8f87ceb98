//! Measures the built programs from outside, in a private session: memory, wake-ups, times. Prints
//! tables with each value next to its target; `cargo xtask bench` builds the release programs and
//! runs it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

#[expect(dead_code, unused_imports, reason = "what is measured needs a part of what is tested")]
mod desktop;
#[expect(dead_code, reason = "what is measured needs a part of what is tested")]
#[path = "support/frames.rs"]
mod frames;
#[expect(dead_code, reason = "what is measured needs a part of what is tested")]
#[path = "support/history.rs"]
mod history;
#[path = "footprint/painting.rs"]
mod painting;
#[path = "footprint/process.rs"]
mod process;
#[path = "footprint/stage.rs"]
mod stage;
#[path = "footprint/table.rs"]
mod table;

use std::{fs, thread, time::Duration};

use anyhow::{Context as _, bail};
use desktop::SystemBus;
use process::{Memory, Resident, run_in, tree};
use stage::Stage;
use table::{Aim, Table};
use thinq_sim::{Call, SimSettings};
use tokio::time::{Instant, sleep, sleep_until};

/// Short-lived threads have ended by then.
const SETTLED: Duration = Duration::from_secs(15);
const STARTS: usize = 10;
/// Time after which a start is over.
const STARTED: Duration = Duration::from_millis(1_500);
/// A home as most are, and a large one.
const HOMES: [usize; 2] = [10, 60];
/// The home was read, and connections that are kept for a while are closed.
const READ_BEFORE: Duration = Duration::from_secs(45);
const OPENINGS_WITH_YEARS: u32 = 20;
const EVENTS_OF_YEARS: i64 = 1_000_000;
const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// 20 MB in KiB.
const MOST_MEMORY: Aim = Aim::AtMost(19_531.0);
/// 1 MB in KiB.
const MOST_GROWTH: Aim = Aim::Within(976.0);

/// Extent of the measurement.
struct Extent {
    idle_minutes: u32,
    openings: u32,
    events: u32,
    /// Minutes for a simulated day of the home; none skips the day.
    day_minutes: u32,
}

impl Extent {
    /// Parses arguments such as `idle-minutes=10`.
    fn from_arguments(arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut extent =
            Self { idle_minutes: 10, openings: 50, events: 1_000_000, day_minutes: 10 };
        for argument in arguments {
            let (name, number) = argument.split_once('=').context("an argument is NAME=NUMBER")?;
            let number = number.parse()?;
            match name {
                "idle-minutes" => extent.idle_minutes = number,
                "openings" => extent.openings = number,
                "events" => extent.events = number,
                "day-minutes" => extent.day_minutes = number,
                _ => bail!("unknown measurement `{name}`"),
            }
        }
        Ok(extent)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let extent = Extent::from_arguments(std::env::args().skip(1))?;
    let mut table = Table::default();
    let outcome = measure(&extent, &mut table).await;
    // Prints completed measurements even after a failure.
    println!("{}", table.text());
    outcome
}

async fn measure(extent: &Extent, table: &mut Table) -> anyhow::Result<()> {
    let stage = Stage::set(SimSettings::default(), SystemBus::Deserted).await?;
    signed_out_and_in(&stage, table).await.context("signing in")?;
    let resident = stage.start()?;
    stage.listens().await?;
    sleep(SETTLED).await;
    let before = resident.memory()?;
    table.memory("signed in, listening", &before, Some(MOST_MEMORY));
    idle(&resident, extent.idle_minutes, "", table).await.context("doing nothing")?;
    openings(&stage, &resident, extent.openings, &before, table).await.context("openings")?;
    events(&stage, &resident, extent.events, &before, table).await.context("events")?;
    stage.quit(resident).await?;
    years(&stage, extent, table).await.context("openings with a history of years")?;
    drop(stage);
    for devices in HOMES {
        let with = format!(" with {devices} devices");
        home(devices, &with, extent, table).await.with_context(|| format!("a home{with}"))?;
    }
    if extent.day_minutes > 0 {
        day(extent.day_minutes, table).await.context("a day")?;
    }
    Ok(())
}

async fn signed_out_and_in(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("memory after the start");
    let resident = stage.start()?;
    sleep(SETTLED).await;
    table.memory("signed out, 15 s after the start", &resident.memory()?, Some(MOST_MEMORY));
    stage.sign_in().await?;
    stage.listens().await?;
    stage.quit(resident).await
}

/// Starts and idling with this many devices, without a system bus, as in a container.
async fn home(
    devices: usize,
    with: &str,
    extent: &Extent,
    table: &mut Table,
) -> anyhow::Result<()> {
    let stage = Stage::set(SimSettings::default(), SystemBus::None).await?;
    stage.have_devices(devices);
    let resident = stage.start()?;
    stage.sign_in().await?;
    stage.listens().await?;
    stage.quit(resident).await?;
    starts(&stage, with, table).await?;
    let resident = stage.start()?;
    stage.listens().await?;
    sleep(SETTLED).await;
    stage.read_home().await?;
    sleep(READ_BEFORE).await;
    idle(&resident, extent.idle_minutes, &format!(", read a minute before,{with}"), table).await?;
    stage.quit(resident).await
}

async fn starts(stage: &Stage, with: &str, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("{STARTS} starts{with}");
    let (mut to_tray, mut to_listening, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let resident = stage.start()?;
        // Order-independent: neither waits for the other.
        let (tray, listening) =
            tokio::join!(async { stage.tray().await.map(|()| began.elapsed()) }, async {
                stage.listens().await.map(|()| began.elapsed())
            },);
        to_tray.push(tray?);
        to_listening.push(listening?);
        sleep_until(began + STARTED).await;
        busy.push(resident.usage()?.run);
        stage.quit(resident).await?;
    }
    table.times(&format!("start to an icon in the tray{with}"), &to_tray, Some(20.0));
    let listening = format!("start to listening, the service on this machine{with}");
    table.times(&listening, &to_listening, Some(150.0));
    let busy_for = format!("processor time in the first {STARTED:?} of a start{with}");
    table.times(&busy_for, &busy, Some(50.0));
    Ok(())
}

async fn idle(
    resident: &Resident,
    minutes: u32,
    when: &str,
    table: &mut Table,
) -> anyhow::Result<()> {
    if minutes == 0 {
        return Ok(());
    }
    eprintln!("{minutes} idle minutes{when}");
    let before = resident.usage()?;
    let waking = tokio::task::spawn_blocking(move || only_waking(minutes));
    sleep(Duration::from_secs(u64::from(minutes) * 60)).await;
    let spent = resident.usage()? - before;
    let only_waking = waking.await??;
    let of_30_s = |whole: f64| whole / (f64::from(minutes) * 2.0);
    let busy = of_30_s(spent.run.as_secs_f64() * 1000.0);
    let switches = of_30_s(spent.switches_f64());
    table.number(
        &format!("processor time in 30 s, mean of {minutes} idle minutes{when}"),
        busy,
        "ms",
        Some(Aim::AtMost(0.4)),
    );
    table.number(
        "beside it a thread that only wakes, twice in 30 s",
        of_30_s(only_waking.as_secs_f64() * 1000.0),
        "ms",
        None,
    );
    table.number(
        &format!("context switches in 30 s, mean of {minutes} idle minutes{when}"),
        switches,
        "",
        Some(Aim::AtMost(3.0)),
    );
    Ok(())
}

/// Processor time of a wake-up alone on this machine, after idling.
fn only_waking(minutes: u32) -> anyhow::Result<Duration> {
    let run = || run_in(&fs::read_to_string("/proc/thread-self/schedstat")?);
    let before = run()?;
    for _ in 0..minutes * 4 {
        thread::sleep(Duration::from_secs(15));
    }
    Ok(run()?.saturating_sub(before))
}

async fn openings(
    stage: &Stage,
    resident: &Resident,
    openings: u32,
    before: &Memory,
    table: &mut Table,
) -> anyhow::Result<()> {
    if openings == 0 {
        return Ok(());
    }
    eprintln!("{openings} openings of the window");
    let mut shown = Vec::new();
    for number in 0..openings {
        shown.push(stage.open_window().await?);
        if number == 0 {
            sleep(Duration::from_secs(5)).await;
            table.memory("with the window open, the whole tree", &resident.memory()?, None);
            table.memory(
                "with the window open, the program alone",
                &resident.alone(),
                Some(MOST_MEMORY),
            );
        }
        stage.close_window().await?;
        if number == 0 {
            sleep(Duration::from_secs(2)).await;
            let left = u32::try_from(tree(resident.pid())?.len() - 1)?;
            let what = "processes of the window 2 s after it was closed";
            table.number(what, f64::from(left), "", Some(Aim::AtMost(0.0)));
            sleep(Duration::from_secs(8)).await;
            table.memory(
                "10 s after the window was closed",
                &resident.memory()?,
                Some(MOST_MEMORY),
            );
        } else {
            stage.window_is_gone(resident.pid()).await?;
        }
    }
    sleep(SETTLED).await;
    let after = resident.memory()?;
    table.memory(&format!("after {openings} openings"), &after, Some(MOST_MEMORY));
    table.growth(&format!("change by {openings} openings"), before, &after, MOST_GROWTH);
    table.times("request to the first painted row of an empty history", &shown, Some(700.0));
    Ok(())
}

async fn events(
    stage: &Stage,
    resident: &Resident,
    count: u32,
    before: &Memory,
    table: &mut Table,
) -> anyhow::Result<()> {
    eprintln!("{count} events");
    let took = stage.tell(count).await?;
    sleep(SETTLED).await;
    let after = resident.memory()?;
    let per_second = f64::from(count) / took.as_secs_f64();
    table.number(&format!("{count} events, until all are stored"), per_second, "a second", None);
    table.memory(&format!("after {count} events more"), &after, Some(MOST_MEMORY));
    table.growth(
        &format!("change by the openings and {count} events"),
        before,
        &after,
        MOST_GROWTH,
    );
    Ok(())
}

/// Reports of a home over years: many events of few kinds.
async fn years(stage: &Stage, extent: &Extent, table: &mut Table) -> anyhow::Result<()> {
    let openings = OPENINGS_WITH_YEARS.min(extent.openings);
    if openings == 0 {
        return Ok(());
    }
    eprintln!("{openings} openings with {EVENTS_OF_YEARS} events of a home");
    stage.have_lived(EVENTS_OF_YEARS)?;
    let resident = stage.start()?;
    stage.listens().await?;
    sleep(SETTLED).await;
    let before = resident.memory()?;
    let with = format!("with {EVENTS_OF_YEARS} events of a home");
    table.memory(&format!("{with}, listening"), &before, Some(MOST_MEMORY));
    let mut shown = Vec::new();
    for _ in 0..openings {
        shown.push(stage.open_window().await?);
        stage.close_window().await?;
        stage.window_is_gone(resident.pid()).await?;
    }
    sleep(SETTLED).await;
    let after = resident.memory()?;
    table.memory(&format!("{with}, after {openings} openings"), &after, Some(MOST_MEMORY));
    table.times(&format!("request to the first painted row, {with}"), &shown, Some(700.0));
    stage.quit(resident).await
}

/// A day of the home within minutes: its events, and the ends of connections and tokens.
async fn day(minutes: u32, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("a day in {minutes} minutes");
    let speed = f64::from(MINUTES_OF_A_DAY) / f64::from(minutes);
    let usual = SimSettings::default();
    // Anything faster ends before a busy computer has answered.
    let sooner =
        |time: Duration, shortest: u64| time.div_f64(speed).max(Duration::from_secs(shortest));
    let settings = SimSettings {
        speed,
        token_lifetime: sooner(usual.token_lifetime, 20),
        idle_limit: sooner(usual.idle_limit, 4),
        life_limit: sooner(usual.life_limit, 30),
        ..usual
    };
    let stage = Stage::set(settings, SystemBus::Deserted).await?;
    let resident = stage.start()?;
    stage.sign_in().await?;
    stage.listens().await?;
    sleep(SETTLED).await;
    let before = resident.memory()?;
    table.memory("before a day of the home", &before, Some(MOST_MEMORY));
    let (connections, refreshes) = (stage.count(Call::Handshake), stage.count(Call::Refresh));
    let unread = stage.unread().await?;
    sleep(Duration::from_secs(u64::from(minutes) * 60)).await;
    let after = resident.memory()?;
    table.memory("after a day of the home", &after, Some(MOST_MEMORY));
    table.growth("change by a day", &before, &after, MOST_GROWTH);
    let happened = format!(
        "{} events, {} connections, {} refreshes",
        stage.unread().await? - unread,
        stage.count(Call::Handshake) - connections,
        stage.count(Call::Refresh) - refreshes,
    );
    table.told(&format!("what happened in that day, lived in {minutes} minutes"), &happened);
    stage.quit(resident).await
}
