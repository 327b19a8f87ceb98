//! Processes as shown by the kernel in `/proc`.

use std::{fs, ops::Sub, time::Duration};

use anyhow::Context as _;
use tokio::process::Child;

/// The resident program; killed when dropped.
pub(crate) struct Resident(pub(crate) Child);

/// In KiB, of a whole process tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) processes: usize,
    pub(crate) pss: i64,
    pub(crate) private: i64,
    pub(crate) written: i64,
    pub(crate) rss: i64,
}

/// Resources used by a process since its start, over all threads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) run: Duration,
    pub(crate) switches: u32,
}

impl Resident {
    pub(crate) fn pid(&self) -> u32 {
        self.0.id().expect("it was not waited for")
    }

    /// Including all descendants.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        Ok(sum_of(tree(self.pid())?))
    }

    pub(crate) fn alone(&self) -> Memory {
        sum_of([self.pid()])
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        let mut usage = Usage::default();
        for entry in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let path = entry?.path();
            let status = fs::read_to_string(path.join("status"))?;
            let switches = number(&status, "voluntary_ctxt_switches:")
                + number(&status, "nonvoluntary_ctxt_switches:");
            usage.switches += u32::try_from(switches)?;
            usage.run += run_in(&fs::read_to_string(path.join("schedstat"))?)?;
        }
        Ok(usage)
    }
}

impl Usage {
    pub(crate) fn switches_f64(self) -> f64 {
        f64::from(self.switches)
    }
}

impl Sub for Usage {
    type Output = Self;

    /// The counters of an ended thread disappear, so the difference saturates at zero.
    fn sub(self, before: Self) -> Self {
        Self {
            run: self.run.saturating_sub(before.run),
            switches: self.switches.saturating_sub(before.switches),
        }
    }
}

/// Processor time of a thread: the first number of its `schedstat`, in nanoseconds.
pub(crate) fn run_in(schedstat: &str) -> anyhow::Result<Duration> {
    let run = schedstat.split(' ').next().context("a thread has run")?;
    Ok(Duration::from_nanos(run.parse()?))
}

fn sum_of(pids: impl IntoIterator<Item = u32>) -> Memory {
    let mut all = Memory::default();
    for pid in pids {
        // A process may end while it is read.
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else {
            continue;
        };
        let of = |name: &str| number(&text, name);
        all.processes += 1;
        all.pss += of("Pss:");
        all.private += of("Private_Clean:") + of("Private_Dirty:");
        all.written += of("Private_Dirty:");
        all.rss += of("Rss:");
    }
    all
}

/// The process and all its descendants.
pub(crate) fn tree(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut parents: Vec<(u32, u32)> = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The program name is in brackets and may contain anything.
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
        let mut fields = fields.split(' ');
        let is_dead = fields.next() == Some("Z");
        if let (false, Some(parent)) = (is_dead, fields.next().and_then(|id| id.parse().ok())) {
            parents.push((pid, parent));
        }
    }
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    Ok(found)
}

fn number(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

pub(crate) fn median(times: &[Duration]) -> Duration {
    percentile(times, 50)
}

/// Value below which the given percentage lies.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    let at = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(at).copied().unwrap_or_default()
}
