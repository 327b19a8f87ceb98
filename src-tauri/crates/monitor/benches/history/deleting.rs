//! Latency of storing events during a large deletion.

use std::{
    fs,
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use model::{DeviceId, HistoryFilter};
use monitor::Store;

use crate::{home, latency::percentile};

/// Interval between events.
const APART: Duration = Duration::from_millis(20);
/// Time limit, after which the events deleted so far are counted.
const PATIENCE: Duration = Duration::from_mins(3);
/// One of twelve appliances.
const DEVICE: &str = "HW1-5B0D2C11-7A40-4E6E-9C55-1F2E3D4C5B6A";

/// Prints the rows of one history. Deletes from copies; the original is unchanged.
pub(crate) fn print_lines(path: &Path, count: usize) {
    let of_device =
        HistoryFilter { device_ids: vec![DeviceId::new(DEVICE)], ..HistoryFilter::default() };
    for (name, filter) in [("one appliance", of_device), ("everything", HistoryFilter::default())] {
        let copy = path.with_extension("copy.db");
        for suffix in ["", "-wal"] {
            let beside = |path: &Path| format!("{}{suffix}", path.display());
            if Path::new(&beside(path)).exists() {
                fs::copy(beside(path), beside(&copy)).expect("the disk has room for a copy");
            }
        }
        print_line(&copy, name, &filter, count);
        for suffix in ["", "-wal", "-shm"] {
            // The journal is removed with the last connection.
            drop(fs::remove_file(format!("{}{suffix}", copy.display())));
        }
    }
}

#[expect(clippy::print_stdout, reason = "rows are printed while measuring")]
fn print_line(path: &Path, name: &str, filter: &HistoryFilter, count: usize) {
    let store = Store::open(path).expect("it was opened before");
    let mebibytes = || fs::metadata(path).map_or(0, |file| file.len()) / (1024 * 1024);
    let before = mebibytes();
    let start = Instant::now();
    let mut waits = Vec::new();
    let deleted = thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        let store = &store;
        scope.spawn(move || {
            let deleted = store.delete(filter, |_| start.elapsed() < PATIENCE);
            let deleted = deleted.expect("the history is writable");
            done.send(deleted).expect("the receiver is waiting");
        });
        // Newer than all existing events, and of another appliance.
        for number in 2 * count.. {
            match is_done.recv_timeout(APART) {
                Ok(deleted) => return deleted,
                Err(RecvTimeoutError::Timeout) => {
                    let frame = home::frame(number, count);
                    let arrived = Instant::now();
                    let added = store.add_frames(&[frame], |id| home::alias(id, i64::MAX));
                    added.expect("the history can be written");
                    waits.push(arrived.elapsed());
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        0
    });
    let seconds = start.elapsed().as_secs_f64();
    let [median, p95, most] = [50, 95, 100].map(|percent| percentile(&waits, percent));
    println!(
        "| {name} of {count} | {deleted} | {seconds:.1} s | {before} → {} | {} | {median:.2} | \
         {p95:.2} | {most:.2} |",
        mebibytes(),
        waits.len(),
    );
}
