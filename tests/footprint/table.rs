//! Results in two tables: memory, and everything else. Each value next to its target.

use std::{fmt::Write as _, time::Duration};

use crate::process::{Memory, median, percentile};

/// Target of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    AtMost(f64),
    /// Maximum change from the previous value.
    Within(f64),
}

#[derive(Default)]
pub(crate) struct Table {
    memory: String,
    others: String,
}

impl Aim {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::Within(most) => value.abs() <= most,
        }
    }

    /// Last two cells of a row.
    fn cells(aim: Option<Self>, value: f64) -> String {
        let Some(aim) = aim else { return "| |".to_owned() };
        let verdict = if aim.is_met(value) { "yes" } else { "**no**" };
        match aim {
            Self::AtMost(most) => format!("≤ {most} | {verdict} |"),
            Self::Within(most) => format!("± {most} | {verdict} |"),
        }
    }
}

impl Table {
    /// The target applies to the PSS.
    pub(crate) fn memory(&mut self, state: &str, memory: &Memory, aim: Option<Aim>) {
        let Memory { processes, pss, private, written, rss } = memory;
        let cells = Aim::cells(aim, kib(*pss));
        writeln!(
            self.memory,
            "| {state} | {processes} | {pss} | {private} | {written} | {rss} | {cells}"
        )
        .expect("writing to a string does not fail");
    }

    pub(crate) fn growth(&mut self, what: &str, before: &Memory, after: &Memory, aim: Aim) {
        let change = after.pss - before.pss;
        self.row(&format!("{what}, PSS"), &format!("{change:+} KiB"), Some(aim), kib(change));
    }

    pub(crate) fn number(&mut self, what: &str, value: f64, unit: &str, aim: Option<Aim>) {
        let decimals = if value.fract() == 0.0 { 0 } else { 3 };
        let shown = format!("{value:.decimals$} {unit}");
        self.row(what, shown.trim_end(), aim, value);
    }

    /// The target, in milliseconds, applies to all but the slowest of twenty.
    pub(crate) fn times(&mut self, what: &str, times: &[Duration], most_ms: Option<f64>) {
        let in_ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let (median, p95) = (in_ms(median(times)), in_ms(percentile(times, 95)));
        let shown = format!("median {median:.0} ms, p95 {p95:.0} ms, of {}", times.len());
        self.row(what, &shown, most_ms.map(Aim::AtMost), p95);
    }

    pub(crate) fn told(&mut self, what: &str, value: &str) {
        self.row(what, value, None, 0.0);
    }

    fn row(&mut self, what: &str, shown: &str, aim: Option<Aim>, value: f64) {
        let cells = Aim::cells(aim, value);
        writeln!(self.others, "| {what} | {shown} | {cells}")
            .expect("writing to a string does not fail");
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "| state, in KiB | processes | PSS | private | of it written | RSS | aim for PSS | met |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |\n{}\n\
             | what | | aim | met |\n| --- | --- | --- | --- |\n{}",
            self.memory, self.others
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn kib(value: i64) -> f64 {
    value as f64
}
