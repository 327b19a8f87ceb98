//! Measures the built programs from outside, in a private session: memory, wake-ups, times. Prints
//! a table; `cargo xtask bench` builds the release programs and runs it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

#[expect(dead_code, unused_imports, reason = "what is measured needs a part of what is tested")]
mod desktop;
#[expect(dead_code, reason = "what is measured needs a part of what is tested")]
#[path = "support/frames.rs"]
mod frames;
#[path = "footprint/process.rs"]
mod process;
#[path = "footprint/stage.rs"]
mod stage;

use std::{fmt::Write as _, time::Duration};

use anyhow::Context as _;
use process::{Memory, median, percentile, tree};
use stage::Stage;
use tokio::time::{Instant, sleep};

/// Threads that only waited for something have ended by then.
const SETTLED: Duration = Duration::from_secs(15);
const STARTS: usize = 10;
/// So many that a leak of some bytes each would show.
const EVENTS: u32 = 10_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u32>().ok());
    let idle_minutes = numbers.next().unwrap_or(10);
    let openings = numbers.next().unwrap_or(50);
    let mut table = Table::default();
    let outcome = measure(idle_minutes, openings, &mut table).await;
    // What was measured before something failed was measured all the same.
    println!("{}", table.text());
    outcome
}

async fn measure(idle_minutes: u32, openings: u32, table: &mut Table) -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    signed_out_and_in(&stage, table).await?;
    starts(&stage, table).await?;
    let resident = stage.start()?;
    stage.listens().await?;
    sleep(SETTLED).await;
    let before = resident.memory()?;
    table.memory("signed in, listening", &before);
    idle(&resident, idle_minutes, table).await?;
    window(&stage, &resident, openings, &before, table).await?;
    burst(&stage, &resident, table).await?;
    stage.quit(resident).await
}

async fn signed_out_and_in(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("memory after the start");
    let resident = stage.start()?;
    sleep(SETTLED).await;
    table.memory("signed out, 15 s after the start", &resident.memory()?);
    stage.sign_in().await?;
    stage.listens().await?;
    stage.quit(resident).await
}

async fn starts(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("{STARTS} starts");
    let (mut to_tray, mut to_listening) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let resident = stage.start()?;
        stage.tray().await?;
        to_tray.push(began.elapsed());
        stage.listens().await?;
        to_listening.push(began.elapsed());
        stage.quit(resident).await?;
    }
    table.times("start to an icon in the tray", &to_tray);
    table.times("start to listening, the service on this machine (aim: 150 ms)", &to_listening);
    Ok(())
}

async fn idle(resident: &process::Resident, minutes: u32, table: &mut Table) -> anyhow::Result<()> {
    eprintln!("{minutes} idle minutes");
    let before = resident.usage()?;
    sleep(Duration::from_secs(u64::from(minutes) * 60)).await;
    let spent = resident.usage()? - before;
    let of_30_s = |whole: f64| whole / (f64::from(minutes) * 2.0);
    table.row(
        &format!("processor time in 30 s, mean of {minutes} idle minutes (aim: 0.3 ms)"),
        &format!("{:.3} ms", of_30_s(spent.run.as_secs_f64() * 1000.0)),
    );
    table.row(
        &format!("context switches in 30 s, mean of {minutes} idle minutes (aim: 4)"),
        &format!("{:.2}", of_30_s(spent.switches_f64())),
    );
    Ok(())
}

async fn window(
    stage: &Stage,
    resident: &process::Resident,
    openings: u32,
    before: &Memory,
    table: &mut Table,
) -> anyhow::Result<()> {
    eprintln!("{openings} openings of the window");
    let mut shown = Vec::new();
    for number in 0..openings {
        shown.push(stage.open_window().await?);
        if number == 0 {
            sleep(Duration::from_secs(5)).await;
            table.memory("with the window open, the whole tree", &resident.memory()?);
        }
        stage.close_window().await?;
        if number == 0 {
            sleep(Duration::from_secs(2)).await;
            let left = tree(resident.pid())?.len() - 1;
            table
                .row("processes of the window 2 s after it was closed (aim: 0)", &left.to_string());
            sleep(Duration::from_secs(8)).await;
            table.memory("10 s after the window was closed", &resident.memory()?);
        } else {
            stage.window_is_gone(resident.pid()).await?;
        }
    }
    sleep(SETTLED).await;
    let after = resident.memory()?;
    table.memory(&format!("after {openings} openings"), &after);
    table.row("change by that (aim: ± 1,024)", &format!("{:+} KiB", after.pss - before.pss));
    table.times("request to the painted window (aim: 700 ms)", &shown);
    Ok(())
}

async fn burst(
    stage: &Stage,
    resident: &process::Resident,
    table: &mut Table,
) -> anyhow::Result<()> {
    eprintln!("{EVENTS} events");
    let before = resident.memory()?;
    let took = stage.tell(EVENTS).await.context("the events did not arrive")?;
    sleep(SETTLED).await;
    let after = resident.memory()?;
    table.row(
        &format!("{EVENTS} events in portions of 500, until all are stored"),
        &format!("{took:.1?}"),
    );
    table.memory(&format!("after {EVENTS} events more"), &after);
    table.row("change by that", &format!("{:+} KiB", after.pss - before.pss));
    Ok(())
}

/// What was measured, in two tables.
#[derive(Default)]
struct Table {
    memory: String,
    others: String,
}

impl Table {
    fn memory(&mut self, state: &str, memory: &Memory) {
        let Memory { processes, pss, private, written, rss } = memory;
        writeln!(self.memory, "| {state} | {processes} | {pss} | {private} | {written} | {rss} |")
            .expect("a string takes all");
    }

    fn row(&mut self, what: &str, value: &str) {
        writeln!(self.others, "| {what} | {value} |").expect("a string takes all");
    }

    fn times(&mut self, what: &str, times: &[Duration]) {
        let (median, p95) = (median(times), percentile(times, 95));
        let count = times.len();
        self.row(what, &format!("median {median:.0?}, p95 {p95:.0?}, of {count}"));
    }

    fn text(&self) -> String {
        format!(
            "| state | processes | PSS KiB | private | of it written | RSS |\n\
             | --- | --- | --- | --- | --- | --- |\n{}\n\
             | what | |\n| --- | --- |\n{}",
            self.memory, self.others
        )
    }
}
