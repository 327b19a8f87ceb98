//! Performance of the history with up to a million events: `cargo xtask bench history`.
//!
//! Prints percentiles of query latency and of storing latency during a deletion, then runs
//! criterion's measurements. `HISTORY_EVENTS` is the size of the largest history. `HISTORY_DIR` is
//! a folder that preserves the histories for the next run; each run adds the events stored while
//! measuring.

#![expect(clippy::print_stdout, reason = "the benchmark prints tables")]

mod bulk;
mod deleting;
mod home;
mod latency;

use std::{env, fs, hint::black_box, path::PathBuf, time::Duration, time::Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use model::HistoryFilter;
use monitor::{EventId, PageFrom, Store};
use thinq::{Frame, parse};

use latency::PAGE;

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
/// Maximum batch size of the ingest.
const GROUP: usize = 256;
/// Maximum number of events stored the regular way; more would take too long.
const USUAL_WAY: usize = 10_000;

/// A history on disk.
struct Filled {
    count: usize,
    path: PathBuf,
    store: Store,
}

fn main() {
    let most = env::var("HISTORY_EVENTS").ok().and_then(|most| most.parse().ok());
    let most: usize = most.unwrap_or(1_000_000);
    let dir = tempfile::Builder::new()
        .prefix("history-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("the folder of the build can be written");
    println!("| events | filled in | events a second | bytes of the file | an event |");
    println!("| --- | --- | --- | --- | --- |");
    let kept_dir = env::var_os("HISTORY_DIR").map(PathBuf::from);
    let dir = kept_dir.as_deref().unwrap_or(dir.path());
    let histories: Vec<Filled> = SIZES
        .into_iter()
        .filter(|count| *count <= most)
        .map(|count| filled(dir.join(format!("{count}.db")), count))
        .collect();
    for history in &histories {
        let before = latency::resident_kib();
        latency::print_table(&history.store, &history.path, history.count);
        if let (Some(before), Some(after)) = (before, latency::resident_kib()) {
            println!("Memory: {before} KiB before, {after} KiB after.");
        }
    }

    println!("\n| deleting | deleted | in | MiB | events meanwhile | median ms | p95 | longest |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for history in histories.iter().filter(|history| history.count >= USUAL_WAY) {
        deleting::print_lines(&history.path, history.count);
    }

    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    measure_parse(&mut criterion);
    for history in histories.iter().filter(|history| history.count >= 1_000) {
        measure_questions(&mut criterion, history);
    }
    // Last, as it grows the histories.
    for history in histories.iter().filter(|history| history.count >= 1_000) {
        measure_ingest(&mut criterion, history);
    }
    criterion.final_summary();
}

fn filled(path: PathBuf, count: usize) -> Filled {
    let start = Instant::now();
    let is_kept = path.exists();
    if !is_kept && count <= USUAL_WAY {
        home::fill(&Store::open(&path).expect("a new file can be made"), 0..count, count);
    } else if !is_kept {
        bulk::fill(&path, count);
    }
    let seconds = start.elapsed().as_secs_f64();
    let bytes = fs::metadata(&path).expect("it was written").len();
    let events = u32::try_from(count).map_or(f64::MAX, f64::from);
    let filled_in = if is_kept {
        "before | ".to_owned()
    } else {
        format!("{seconds:.1} s | {:.0}", events / seconds)
    };
    let of_one = bytes / u64::try_from(count).expect("there are not that many");
    println!("| {count} | {filled_in} | {bytes} | {of_one} |");
    let store = Store::open(&path).expect("it was opened before");
    Filled { count, path, store }
}

fn measure_parse(criterion: &mut Criterion) {
    let frames: Vec<Frame> =
        (0..GROUP).map(|number| Frame::Text(home::frame(number, GROUP).1)).collect();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(frames.len() as u64));
    group.bench_function("frames", |bencher| {
        bencher.iter(|| frames.iter().map(|frame| parse(frame).messages.len()).sum::<usize>());
    });
    group.finish();
}

fn measure_questions(criterion: &mut Criterion, history: &Filled) {
    let Filled { count, store, .. } = history;
    let find = |from, filter: &HistoryFilter| {
        black_box(store.search(from, PAGE, filter).expect("the history can be read"))
    };
    let middle = EventId(i64::try_from(count / 2).expect("there are not that many"));
    let mut group = criterion.benchmark_group("page");
    for (name, from) in
        [("first", PageFrom::Before(EventId::END)), ("middle", PageFrom::Before(middle))]
    {
        group.bench_function(BenchmarkId::new(name, count), |bencher| {
            bencher.iter(|| find(from, &HistoryFilter::default()));
        });
    }
    group.finish();
    let texts = ["문", "건조", "필터를", "laundry", "DOOR_IS_OPEN", "zzzqqq"];
    let filters =
        texts.map(|text| HistoryFilter { text: text.to_owned(), ..HistoryFilter::default() });
    let mut group = criterion.benchmark_group("search");
    for filter in &filters {
        group.bench_function(BenchmarkId::new(&filter.text, count), |bencher| {
            bencher.iter(|| find(PageFrom::Before(EventId::END), filter));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("counts");
    for filter in [HistoryFilter::default()].iter().chain(&filters) {
        let name = if filter.text.is_empty() { "everything" } else { &filter.text };
        group.bench_function(BenchmarkId::new(name, count), |bencher| {
            bencher.iter(|| black_box(store.counts(filter).expect("the history can be read")));
        });
    }
    group.finish();
}

fn measure_ingest(criterion: &mut Criterion, history: &Filled) {
    let mut next = 2 * history.count;
    let mut group = criterion.benchmark_group("ingest");
    for frames in [1, GROUP] {
        group.throughput(Throughput::Elements(frames as u64));
        group.bench_function(
            BenchmarkId::new(format!("{frames} at once"), history.count),
            |bencher| {
                bencher.iter_batched(
                    || {
                        next += frames;
                        // Newer than all existing events, at the same rate.
                        let frames = next - frames..next;
                        frames.map(|number| home::frame(number, history.count)).collect::<Vec<_>>()
                    },
                    |frames| {
                        let added =
                            history.store.add_frames(&frames, |id| home::alias(id, i64::MAX));
                        black_box(added.expect("the disk has room for more"))
                    },
                    BatchSize::PerIteration,
                );
            },
        );
    }
    group.finish();
}
