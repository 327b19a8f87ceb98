//! Ingest tests on a real file: bursts, a killed process, a full disk and a corrupt file.
//!
//! One test runs itself again as the child process that is killed.

use std::{
    collections::HashSet,
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::AtomicI64,
};

use jiff::tz::TimeZone;
use model::{NotificationRules, ProblemCode};
use rusqlite::Connection;

use super::*;
use crate::event::EventId;

/// Environment variable with the database path of the child process.
const PATH: &str = "THINQ_TRAY_TEST_INGEST_PATH";
const ROUND: &str = "THINQ_TRAY_TEST_INGEST_ROUND";
const COUNT: &str = "THINQ_TRAY_TEST_INGEST_COUNT";
const PADDING: &str = "THINQ_TRAY_TEST_INGEST_PADDING";

/// Interval beyond which two messages are separate events.
const APART_MS: i64 = 61_000;
/// Exceeds the time span of one round.
const ROUND_MS: i64 = 1_000_000_000_000;

/// An ingest with both ends of its channels.
struct Bench {
    ingest: Ingest,
    inbound: mpsc::Sender<Inbound>,
    waiting: mpsc::Receiver<Inbound>,
    events: broadcast::Receiver<EngineUpdate>,
    status: watch::Receiver<EngineStatus>,
    store: Arc<Store>,
}

impl Bench {
    /// Uses a clock that advances with each reading.
    fn new(store: Store, start_ms: UnixMs) -> Self {
        let store = Arc::new(store);
        let now_ms = AtomicI64::new(start_ms);
        let clock: Clock = Arc::new(move || now_ms.fetch_add(APART_MS, Ordering::Relaxed));
        let zone = Arc::new(|| TimeZone::UTC);
        let (inbound, waiting) = mpsc::channel(INBOUND_CAPACITY);
        let ingest = Ingest {
            view: HomeView::new(Arc::clone(&store)),
            store: Arc::clone(&store),
            backlog: Arc::default(),
            names: Names::default(),
            judge: Arc::new(Judge::new(
                Arc::clone(&clock),
                zone,
                NotificationRules::default(),
                Vec::new(),
            )),
            outstanding: Arc::default(),
            time_changed: Arc::default(),
            events: broadcast::Sender::new(4096),
            status: watch::Sender::new(EngineStatus::default()),
            clock,
            home_changed: Arc::default(),
            duplicate_frames: Mutex::default(),
            states_to_read: StatesToRead::default(),
            ending_due: watch::Sender::new(None),
        };
        let (events, status) = (ingest.events.subscribe(), ingest.status.subscribe());
        Self { ingest, inbound, waiting, events, status, store }
    }
}

/// Padding with white space changes only the length.
fn push(round: i64, number: usize, padding: usize) -> Inbound {
    let codes =
        ["WASHING_IS_COMPLETE", "DOOR_IS_OPEN", "ERROR_HAS_OCCURRED", "RINSING_IS_COMPLETE"];
    let frame = format!(
        r#"{{"messageId":"{round}-{number}","push":{{"pushType":"DEVICE_PUSH","deviceId":"device-{}","deviceType":"DEVICE_WASHER","pushCode":"{}"}}{}}}"#,
        number % 5,
        codes[number % codes.len()],
        " ".repeat(padding)
    );
    Inbound::Frame { connection: 1, delivery: Frame::Text(frame).into() }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Child process: stores pushes at full speed and prints the id of each published event.
fn be_the_child(path: &str) {
    let number = |name: &str| env::var(name).unwrap().parse::<i64>().unwrap();
    let (round, padding) = (number(ROUND), usize::try_from(number(PADDING)).unwrap());
    let count = usize::try_from(number(COUNT)).unwrap();
    let Bench { ingest, inbound, waiting, mut events, store, .. } =
        Bench::new(Store::open(Path::new(path)).unwrap(), round * ROUND_MS);
    drop(store);
    let before_kb = memory_kb("VmRSS");
    let feed = async move {
        for number in 0..count {
            inbound.send(push(round, number, padding)).await.ok().unwrap();
        }
    };
    let tell = async {
        loop {
            match events.recv().await {
                Ok(EngineUpdate::Added(added)) => say(&format!("id {}", added.stored.id.0)),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Closed) => break,
                Err(lagged @ broadcast::error::RecvError::Lagged(_)) => panic!("{lagged}"),
            }
        }
    };
    runtime().block_on(async { tokio::join!(ingest.run(waiting, IngestThread::Pool), feed, tell) });
    say(&format!("grown {}", memory_kb("VmHWM").saturating_sub(before_kb)));
}

/// Prints on a separate line, regardless of test harness output.
fn say(line: &str) {
    write!(std::io::stdout().lock(), "\n{line}\n").unwrap();
}

/// 0 where the kernel does not report it.
fn memory_kb(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Runs the same test as a child process.
fn child(test: &str, path: &Path, round: i64, count: usize, padding: usize) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("ingest::tests::{test}"), "--nocapture"])
        .env(PATH, path)
        .env(ROUND, round.to_string())
        .env(COUNT, count.to_string())
        .env(PADDING, padding.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn ask<T: rusqlite::types::FromSql>(database: &Connection, sql: &str) -> Vec<T> {
    let mut statement = database.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_process_killed_two_hundred_times_in_bursts_loses_nothing_that_was_told() {
    const ROUNDS: i64 = 200;
    const ROUNDS_A_FILE: i64 = 10;
    if let Ok(path) = env::var(PATH) {
        return be_the_child(&path);
    }
    let dir = tempfile::tempdir().unwrap();
    let mut seed = 0x5eed_u64;
    let (mut told, mut told_in_all) = (Vec::<i64>::new(), 0);
    for round in 1..=ROUNDS {
        let path = dir.path().join(format!("history-{}.db", (round - 1) / ROUNDS_A_FILE));
        if (round - 1) % ROUNDS_A_FILE == 0 {
            told.clear();
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let killed_after = (seed >> 33) % 100;
        let name = "a_process_killed_two_hundred_times_in_bursts_loses_nothing_that_was_told";
        let mut child = child(name, &path, round, 1_000_000, 0);

        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        for line in lines {
            if let Some(id) = line.unwrap().strip_prefix("id ") {
                told.push(id.parse().unwrap());
                told_in_all += 1;
                heard += 1;
                if heard == killed_after + 1 {
                    child.kill().unwrap();
                }
            }
        }
        assert!(!child.wait().unwrap().success(), "the child exited before it was killed");

        let database = Connection::open(&path).unwrap();
        assert_eq!(ask::<String>(&database, "PRAGMA integrity_check"), ["ok"], "round {round}");
        let kept: HashSet<i64> = ask(&database, "SELECT id FROM event").into_iter().collect();
        let lost: Vec<_> = told.iter().filter(|id| !kept.contains(id)).collect();
        assert!(lost.is_empty(), "lost in round {round}: {lost:?}");
        if round % ROUNDS_A_FILE == 0 {
            newest_are_found(&path);
            is_whole(&database);
        }
    }
    assert!(told_in_all >= ROUNDS, "only {told_in_all} events were told");
}

/// The last events that killed processes stored.
fn newest_are_found(path: &Path) {
    let store = Store::open(path).unwrap();
    let newest = |column| {
        format!("SELECT {column} FROM message WHERE event_id > 0 ORDER BY event_id DESC LIMIT 5")
    };
    let ids: Vec<i64> = ask(&store.database(), &newest("event_id"));
    let texts: Vec<String> = ask(&store.database(), &newest("message_id"));
    assert_eq!(ids.len(), 5);
    for (id, text) in ids.into_iter().zip(texts) {
        // Older messages may contain the same text.
        let found = store.page(EventId::END, 5, Some(&text)).unwrap();
        assert!(found.iter().any(|stored| stored.id == EventId(id)), "{text}");
    }
}

/// Events, messages and labels tell the same.
fn is_whole(database: &Connection) {
    let events: i64 = ask(database, "SELECT count(*) FROM event")[0];
    for sql in [
        "SELECT count(*) FROM event JOIN label ON label.id = event.label_id",
        "SELECT count(DISTINCT message_id) FROM message",
    ] {
        assert_eq!(ask::<i64>(database, sql), [events], "{sql}");
    }
}

#[test]
fn ten_thousand_messages_in_a_burst_are_stored_in_order_at_bounded_memory() {
    const MESSAGES: usize = 10_000;
    /// Padding per message: 40 MB in total.
    const PADDED: usize = 4 * 1024;
    const GROWS_AT_MOST_KB: u64 = 20 * 1024;
    if let Ok(path) = env::var(PATH) {
        return be_the_child(&path);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let name = "ten_thousand_messages_in_a_burst_are_stored_in_order_at_bounded_memory";

    let mut child = child(name, &path, 1, MESSAGES, PADDED);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (mut told, mut grown_kb) = (Vec::new(), None);
    for line in lines {
        if let Some(id) = line.strip_prefix("id ") {
            told.push(id.parse::<usize>().unwrap());
        } else if let Some(grown) = line.strip_prefix("grown ") {
            grown_kb = grown.parse::<u64>().ok();
        }
    }

    assert!(child.wait().unwrap().success());
    assert!(told.iter().copied().eq(1..=MESSAGES), "{} were published", told.len());
    let database = Connection::open(&path).unwrap();
    let ids: Vec<String> = ask(&database, "SELECT message_id FROM message ORDER BY event_id");
    assert!(ids.into_iter().eq((0..MESSAGES).map(|number| format!("1-{number}"))));
    is_whole(&database);
    let grown_kb = grown_kb.expect("the child prints its memory growth");
    assert!(grown_kb < GROWS_AT_MOST_KB, "memory grew by {grown_kb} kB");
}

/// Feeds pushes; returns message number and whether it was stored for each published event.
async fn feed(
    inbound: &mpsc::Sender<Inbound>,
    events: &mut broadcast::Receiver<EngineUpdate>,
    numbers: std::ops::Range<usize>,
) -> Vec<bool> {
    let count = numbers.len();
    for number in numbers {
        inbound.send(push(1, number, 2_000)).await.ok().unwrap();
    }
    let mut told = Vec::new();
    while told.len() < count {
        match events.recv().await.unwrap() {
            EngineUpdate::Added(_) => told.push(true),
            EngineUpdate::Unstored(added) => {
                assert_eq!(added.stored.id, EventId(0));
                told.push(false);
            }
            EngineUpdate::HistoryChanged
            | EngineUpdate::Expired(_)
            | EngineUpdate::Reminder(_)
            | EngineUpdate::Settled(_)
            | EngineUpdate::HoldEnded
            | EngineUpdate::RulesChanged => {}
        }
    }
    told
}

#[test]
fn on_a_full_disk_every_push_is_told_once_and_all_are_written_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let bench = Bench::new(Store::open_or_get_by(&path, 0).unwrap(), ROUND_MS);
    let Bench { ingest, inbound, waiting, mut events, mut status, store } = bench;
    let pages: i64 = store.database().query_one("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.database().pragma_update(None, "max_page_count", pages + 20).unwrap();

    let story = async {
        let told = feed(&inbound, &mut events, 0..400).await;
        assert!(told.contains(&false), "the disk never filled up");
        let is_full =
            |status: &EngineStatus| status.history_problem == Some(ProblemCode::HistoryFull);
        status.wait_for(is_full).await.unwrap();

        store.database().pragma_update(None, "max_page_count", 1_000_000).unwrap();
        assert_eq!(feed(&inbound, &mut events, 400..401).await, [true]);
        status.wait_for(|status| status.history_problem.is_none()).await.unwrap();
        drop(inbound);
    };
    runtime().block_on(async { tokio::join!(ingest.run(waiting, IngestThread::Pool), story) });

    let database = Connection::open(&path).unwrap();
    let mut kept: Vec<String> = ask(&database, "SELECT message_id FROM message");
    kept.sort();
    let mut sent: Vec<String> = (0..401).map(|number| format!("1-{number}")).collect();
    sent.sort();
    assert!(kept == sent, "{} of {} are kept", kept.len(), sent.len());
    is_whole(&database);
    assert_eq!(ask::<i64>(&database, "SELECT count(*) FROM event"), [401]);
}

#[test]
fn a_file_that_breaks_while_it_is_used_is_replaced_and_no_push_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let bench = Bench::new(Store::open_or_get_by(&path, 0).unwrap(), ROUND_MS);
    let Bench { ingest, inbound, waiting, mut events, mut status, store } = bench;

    let story = async {
        assert!(!feed(&inbound, &mut events, 0..100).await.contains(&false));
        let flush = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = 0; PRAGMA shrink_memory;";
        // The checkpoint is refused while another one runs.
        let journal = dir.path().join("history.db-wal");
        while fs::metadata(&journal).is_ok_and(|journal| journal.len() > 0) {
            store.database().execute_batch(flush).unwrap();
            tokio::task::yield_now().await;
        }
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0xa5);
        fs::write(&path, &bytes).unwrap();

        // Published as not stored.
        feed(&inbound, &mut events, 100..101).await;
        // Stored after the repair.
        assert_eq!(feed(&inbound, &mut events, 101..102).await, [true]);
        status.wait_for(|status| status.history_problem.is_none()).await.unwrap();
        drop(inbound);
    };
    runtime().block_on(async { tokio::join!(ingest.run(waiting, IngestThread::Pool), story) });

    assert!(store.recovery().is_some_and(|recovery| recovery.losses > 0));
    let kept: Vec<String> = ask(
        &store.database(),
        "SELECT message_id FROM message WHERE message_id IN ('1-100', '1-101')",
    );
    assert_eq!(kept.len(), 2, "{kept:?}");
    let aside = fs::read_dir(dir.path()).unwrap().find_map(|file| {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let is_database = file.extension().is_some_and(|extension| extension == "db");
        (name.starts_with("history-damaged-") && is_database).then_some(file)
    });
    let aside = fs::read(aside.expect("the damaged file is preserved")).unwrap();
    assert!(
        aside[4096..].iter().all(|byte| *byte == 0xa5),
        "the preserved file contains the damage"
    );
}

/// Runs on paused time, which stands still while pushes arrive.
#[test]
fn upkeep_waits_until_nothing_comes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let bench = Bench::new(Store::open(&path).unwrap(), ROUND_MS);
    let Bench { ingest, inbound, waiting, mut events, store, .. } = bench;
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let length = || fs::metadata(&path).unwrap().len();

    let story = async {
        for number in 0..300 {
            assert_eq!(feed(&inbound, &mut events, number..number + 1).await, [true]);
        }
        assert!(store.is_journal_long());
        let before = length();

        tokio::time::sleep(QUIET * 2).await;

        drop(inbound);
        before
    };
    let ((), before) = paused
        .unwrap()
        .block_on(async { tokio::join!(ingest.run(waiting, IngestThread::Pool), story) });
    assert!(length() > before + 500_000, "the journal is checkpointed");
}

#[test]
fn work_that_panics_ends_neither_the_beginning_nor_the_listening() {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    for (runtime, thread) in [(runtime(), IngestThread::Pool), (threads, IngestThread::Own)] {
        let bench = Bench::new(Store::in_memory().unwrap(), ROUND_MS);
        let Bench { mut ingest, inbound, waiting, mut events, .. } = bench;
        let looks = AtomicI64::new(0);
        ingest.clock = Arc::new(move || {
            let look = looks.fetch_add(1, Ordering::Relaxed);
            // The first reading is at startup, the second at the first message.
            assert!(look > 1, "the clock is broken");
            ROUND_MS + look * APART_MS
        });

        let story = async {
            inbound.send(push(2, 0, 0)).await.unwrap();
            // Keep the next push out of the batch that panics.
            while inbound.capacity() < inbound.max_capacity() {
                tokio::task::yield_now().await;
            }
            assert_eq!(feed(&inbound, &mut events, 0..1).await, [true]);
            drop(inbound);
        };
        runtime.block_on(async { tokio::join!(ingest.run(waiting, thread), story) });
    }
}
