//! Latency of queries, each repeated many times: percentiles of processor time and of elapsed time.
//!
//! On a machine that does other work only the processor time is meaningful.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

#[cfg(unix)]
use rustix::time::{ClockId, clock_gettime};

use model::{Category, DeviceId, HistoryFilter};
use monitor::{EventId, PageFrom, Store};

use crate::home::{self, Random};

/// Page size of the window.
pub(crate) const PAGE: u32 = 50;
const ASKED: usize = 60;

/// Typical search input.
pub(crate) fn searches(count: usize) -> Vec<(&'static str, Vec<HistoryFilter>)> {
    let mut random = Random::new(0x5ea2);
    let ids: Vec<String> = (0..ASKED).map(|_| home::known_message_id(count, &mut random)).collect();
    let starts = ids.iter().map(|id| id.chars().take(6).collect::<String>());
    let fixed = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let typed = ["우리집 세탁기", "필터를 바꿀", "laundry", "door is open", "time_to_change"];
    let typed = typed.iter().flat_map(|text| {
        let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
        ends.filter_map(|end| text.get(..end).map(str::to_owned))
    });
    let mut searches: Vec<(&str, Vec<String>)> = vec![
        ("one syllable", fixed(&["건", "문", "청", "물", "탁", "필", "김", "끝", "요", "뷁"])),
        ("two syllables", fixed(&["건조", "세탁", "필터", "문이", "청소", "냉장", "거실", "뷁뷁"])),
        (
            "three syllables and more",
            fixed(&["건조기", "세탁이 끝", "필터를 바꿀", "우리집", "김치냉장고"]),
        ),
        ("an English word", fixed(&["laundry", "filter", "dryer", "door", "is open", "complete"])),
        ("a code", fixed(&["WASHING_IS_COMPLETE", "door_is", "TIME_TO_CHANGE", "error_during"])),
        ("a message's id", ids.clone()),
        ("the start of one", starts.collect()),
        (
            "a number in every message",
            fixed(&["000", "kr0000000000000", "5e00000000", "2024-", "2026"]),
        ),
        ("no hit", fixed(&["zzzqqq", "뷁뷁뷁", "xylophone", "no such thing", "qwertyuiop"])),
        ("letter by letter", typed.collect()),
    ];
    let mut found: Vec<(&'static str, Vec<HistoryFilter>)> = searches
        .drain(..)
        .map(|(name, texts)| {
            (
                name,
                texts
                    .into_iter()
                    .map(|text| HistoryFilter { text, ..HistoryFilter::default() })
                    .collect(),
            )
        })
        .collect();
    let narrow = |text: &str| HistoryFilter {
        text: text.to_owned(),
        device_ids: vec![DeviceId::new("HW1-5B0D2C11-7A40-4E6E-9C55-1F2E3D4C5B6A")],
        categories: vec![Category::Failed],
        ..HistoryFilter::default()
    };
    found.push((
        "a text, one device and kind",
        ["문제", "세탁", "wash", "error", "2024-", "000", "zzz"].map(narrow).to_vec(),
    ));
    let never =
        |text: &str| HistoryFilter { categories: vec![Category::Maintenance], ..narrow(text) };
    found.push((
        "a text, one device and a kind it never has",
        ["문제", "wash", "2024-", "000"].map(never).to_vec(),
    ));
    let newest_ms = home::frame(count.saturating_sub(1), count).0;
    let week = |text: &str| HistoryFilter {
        text: text.to_owned(),
        from_ms: Some(newest_ms - 7 * 24 * 60 * 60 * 1000),
        ..HistoryFilter::default()
    };
    found.push((
        "a text, the last week",
        ["문", "건조", "laundry", "000", "2026", "2024-", "zzz"].map(week).to_vec(),
    ));
    found
}

/// Processor time and elapsed time of each query.
#[derive(Default)]
struct Times {
    busy: Vec<Duration>,
    elapsed: Vec<Duration>,
}

impl Times {
    /// Cycles through `questions` until there are enough answers.
    fn of<Q>(questions: &[Q], mut ask: impl FnMut(&Q)) -> Self {
        let mut times = Self::default();
        for question in questions.iter().cycle().take(ASKED.max(questions.len())) {
            let (busy, start) = (busy(), Instant::now());
            ask(question);
            times.elapsed.push(start.elapsed());
            times.busy.push(self::busy().saturating_sub(busy));
        }
        times
    }

    #[expect(clippy::print_stdout, reason = "rows are printed while measuring")]
    fn print(&self, name: &str) {
        let percents = [50, 95, 100];
        let [median, p95, most] = percents.map(|percent| percentile(&self.busy, percent));
        let elapsed = percents.map(|percent| percentile(&self.elapsed, percent));
        let [elapsed_median, elapsed_p95, longest] = elapsed;
        println!(
            "| {name} | {median:.2} | {p95:.2} | {most:.2} | {elapsed_median:.2} | \
             {elapsed_p95:.2} | {longest:.2} |"
        );
    }
}

/// Processor time of this thread.
#[cfg(unix)]
fn busy() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(not(unix))]
fn busy() -> Duration {
    Duration::ZERO
}

/// In milliseconds.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

/// Prints the table of one history.
#[expect(clippy::print_stdout, reason = "rows are printed while measuring")]
pub(crate) fn print_table(store: &Store, path: &Path, count: usize) {
    println!(
        "\n| ms at {count} events | processor: median | p95 | longest | elapsed: median | p95 | \
         longest |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let everything = [HistoryFilter::default()];
    let first = |filter: &HistoryFilter| {
        let found = store.search(PageFrom::Before(EventId::END), PAGE, filter);
        assert!(found.expect("the history can be read").len() <= PAGE as usize);
    };
    let open = |path: &&Path| {
        let store = Store::open(path).expect("it was opened before");
        let found = store.search(PageFrom::Before(EventId::END), PAGE, &HistoryFilter::default());
        assert!(!found.expect("the history can be read").is_empty());
    };
    Times::of(&[path], open).print("open the file, first rows");
    Times::of(&everything, first).print("first rows");
    let mut random = Random::new(7);
    let spots: Vec<i64> = (0..ASKED)
        .map(|_| i64::try_from(1 + random.below(count)).expect("there are not that many"))
        .collect();
    let from = |id: &i64| {
        let found = store.search(PageFrom::Before(EventId(*id)), PAGE, &HistoryFilter::default());
        assert!(found.expect("the history can be read").len() <= PAGE as usize);
    };
    Times::of(&spots, from).print("rows anywhere");
    let searches = searches(count);
    print_all(&searches, "search", first);
    let count_one = |filter: &HistoryFilter| {
        store.counts(filter).expect("the history can be read");
    };
    Times::of(&everything, count_one).print("counts of everything");
    let until_ms = home::frame(count.saturating_sub(1), count).0;
    let month = HistoryFilter {
        from_ms: Some(until_ms - 30 * 24 * 60 * 60 * 1000),
        ..HistoryFilter::default()
    };
    Times::of(&[month], count_one).print("counts of a month");
    print_all(&searches, "counts", count_one);
}

fn print_all(
    searches: &[(&'static str, Vec<HistoryFilter>)],
    what: &str,
    mut ask: impl FnMut(&HistoryFilter),
) {
    let mut all = Times::default();
    for (name, filters) in searches {
        let times = Times::of(filters, &mut ask);
        times.print(&format!("{what}: {name}"));
        all.busy.extend(times.busy);
        all.elapsed.extend(times.elapsed);
    }
    all.print(&format!("**{what}: all of these**"));
}

/// Resident memory of the process, where the system reports it.
pub(crate) fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
