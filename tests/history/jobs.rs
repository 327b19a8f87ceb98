//! Export, import and deletion of the history, on the command line and over the local socket.

use std::{collections::VecDeque, fs, path::Path, pin::pin};

use contract::{
    Request, Response, Update,
    socket::{Client, Incoming},
};
use model::{DeviceId, ExportFormat, HistoryFilter, Job, JobKind, JobState, ProblemCode};
use serde_json::Value;

use crate::support::{PrivateHome, Running, entries, entry, exported, fill, within};

const PROFILE: &str = "thinq-tray";
const DEMO: &str = "thinq-tray-demo";
const TAKES_A_WHILE: u32 = 3_000;

fn at(dir: &tempfile::TempDir, name: &str) -> String {
    dir.path().join(name).to_str().expect("the path is text").to_owned()
}

/// All visible data of the history, without ids, which differ between homes.
async fn shown(home: &PrivateHome) -> Vec<Value> {
    let history = home.run(&["history", "--json", "--limit", "500"]).await;
    let mut events = history.json();
    for event in &mut events {
        event.as_object_mut().expect("an event is an object").remove("id");
    }
    events
}

#[tokio::test]
async fn a_table_opens_in_a_spreadsheet_and_runs_nothing() {
    let home = PrivateHome::new();
    let dir = tempfile::tempdir().unwrap();
    let table_path = at(&dir, "history.csv");
    let names = ["=cmd|'/C calc'!A0", "+82", "@SUM(A1)", "a \"b\", c", "세탁기"];
    let composed: Vec<Value> =
        (0..).zip(names).map(|(number, name)| entry(number, name, "DOOR_IS_OPEN")).collect();
    fill(&home.history_path(PROFILE), &composed);

    let ended = home.run(&["history", "export", &table_path]).await;

    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "5 events were written.\n"));
    let table = fs::read_to_string(&table_path).unwrap();
    assert!(table.starts_with('\u{feff}'), "spreadsheets detect UTF-8");
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines.len(), 1 + names.len() + 1, "a header, the events, and an end: {table}");
    for cell in ["\"'=cmd|'/C calc'!A0\"", "\"'+82\"", "\"'@SUM(A1)\"", "\"a \"\"b\"\", c\""] {
        assert!(table.contains(cell), "{cell} in {table}");
    }
    assert!(table.contains(",세탁기,"));
}

#[tokio::test]
async fn an_export_comes_back_whole_in_another_home_and_only_once() {
    let (home, other) = (PrivateHome::new(), PrivateHome::new());
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "history.json");
    fill(&home.history_path(PROFILE), &entries(300, "Washer"));

    let exported = home.run(&["history", "export", &path]).await;
    let imported = other.run(&["history", "import", &path]).await;
    let again = other.run(&["history", "import", &path]).await;

    assert_eq!(exported.stdout, "300 events were written.\n", "{exported:?}");
    assert_eq!(imported.stdout, "300 events were added, 0 skipped.\n", "{imported:?}");
    assert_eq!(again.stdout, "0 events were added, 300 skipped.\n", "{again:?}");
    let events = shown(&other).await;
    assert_eq!(events.len(), 300);
    assert_eq!(events, shown(&home).await);
}

#[tokio::test]
async fn an_export_of_a_filter_holds_what_the_filter_shows() {
    let home = PrivateHome::new();
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "history.json");
    let mut composed = entries(20, "Washer");
    composed.extend((100..130).map(|number| entry(number, "건조기", "DRYING_IS_COMPLETE")));
    fill(&home.history_path(PROFILE), &composed);

    for (choice, count) in
        [(vec!["건조"], 30), (vec!["--device", "Washer"], 20), (vec!["--unread", "dryer"], 0)]
    {
        let arguments = [vec!["history", "export", &path], choice.clone()].concat();
        let ended = home.run(&arguments).await;

        assert_eq!(ended.code, Some(0), "{choice:?}: {ended:?}");
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(file["events"].as_array().unwrap().len(), count, "{choice:?}");
    }
}

#[tokio::test]
async fn a_broken_entry_is_counted_and_a_broken_file_refused() {
    let home = PrivateHome::new();
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "history.json");
    let mut composed = entries(10, "Washer");
    composed[3]["kind"] = Value::from("moon");
    composed[7]["receivedAtMs"] = Value::from("yesterday");
    fs::write(&path, exported(&composed)).unwrap();

    let imported = home.run(&["history", "import", &path]).await;
    fs::write(&path, &exported(&entries(10, "Dryer"))[..500]).unwrap();
    let refused = home.run(&["history", "import", &path]).await;
    let missing = home.run(&["history", "import", &at(&dir, "nothing.json")]).await;

    assert_eq!(imported.stdout, "8 events were added, 2 skipped.\n", "{imported:?}");
    for failed in [refused, missing] {
        assert_ne!(failed.code, Some(0), "{failed:?}");
        assert!(!failed.stderr.is_empty());
    }
    assert_eq!(shown(&home).await.len(), 8);
}

#[tokio::test]
async fn what_is_deleted_is_in_no_file_any_more() {
    let home = PrivateHome::new();
    let mut composed = entries(200, "Secretwasher");
    composed.extend((500..700).map(|number| entry(number, "Keptdryer", "DRYING_IS_COMPLETE")));
    fill(&home.history_path(PROFILE), &composed);
    let is_kept = |text: &str| {
        let has = |bytes: &[u8]| {
            bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
        };
        home.files().iter().any(|(_, bytes)| has(bytes))
    };
    assert!(is_kept("Secretwasher"));

    let unconfirmed = home.run(&["history", "delete", "--device", "Secretwasher"]).await;
    assert_ne!(unconfirmed.code, Some(0));
    assert!(is_kept("Secretwasher"));
    let deleted = home.run(&["history", "delete", "--device", "secretwasher", "--yes"]).await;

    assert_eq!(deleted.stdout, "200 events were deleted.\n", "{deleted:?}");
    assert!(!is_kept("Secretwasher"));
    assert!(!is_kept("WASHING_IS_COMPLETE"));
    assert!(is_kept("Keptdryer"));
    let rest = home.run(&["history", "delete", "--yes"]).await;
    assert_eq!(rest.stdout, "200 events were deleted.\n", "{rest:?}");
    assert!(!is_kept("Keptdryer"));
}

/// Client with the role of a window: sends requests and receives job updates.
struct Follower {
    client: Client,
    incoming: Incoming,
    heard: VecDeque<Update>,
}

impl Follower {
    async fn connect(home: &PrivateHome) -> Self {
        let connected = within("the socket", Client::connect(&home.socket_path(DEMO))).await;
        let (client, incoming) = connected.expect("the program answers");
        let mut follower = Self { client, incoming, heard: VecDeque::new() };
        follower.ask(Request::Follow).await;
        follower
    }

    async fn ask(&mut self, request: Request) -> Response {
        let mut asked = pin!(self.client.ask(request));
        let answered = async {
            loop {
                tokio::select! {
                    response = &mut asked => return response.expect("the program runs"),
                    told = self.incoming.next() => {
                        self.heard.extend(told.expect("both use the same protocol"));
                    }
                }
            }
        };
        within("an answer", answered).await
    }

    /// The next job update.
    async fn job(&mut self) -> Job {
        let told = async {
            loop {
                let told = match self.heard.pop_front() {
                    Some(told) => Some(told),
                    None => self.incoming.next().await.expect("both use the same protocol"),
                };
                if let Update::JobChanged { job } = told.expect("the program runs") {
                    return job;
                }
            }
        };
        within("a job update", told).await
    }

    /// All job updates until the job ends.
    async fn whole_job(&mut self) -> (Vec<Job>, Job) {
        let mut running = Vec::new();
        loop {
            let job = self.job().await;
            if job.state != JobState::Running {
                return (running, job);
            }
            running.push(job);
        }
    }

    async fn count(&mut self, device_name: &str) -> u32 {
        let answer = self.ask(Request::HistoryCounts { filter: of(device_name) }).await;
        let Response::HistoryCounts { counts } = answer else { panic!("{answer:?}") };
        counts.total
    }
}

fn of(device_name: &str) -> HistoryFilter {
    HistoryFilter {
        device_ids: vec![DeviceId::new(format!("device-{device_name}"))],
        ..HistoryFilter::default()
    }
}

async fn demo(home: &PrivateHome) -> (Running, Follower) {
    let mut running = home.start(&["listen", "--demo", "--json"]);
    running.listens().await;
    let follower = Follower::connect(home).await;
    (running, follower)
}

fn files_in(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).expect("the folder can be read");
    files
        .map(|file| {
            file.expect("the folder can be read").file_name().to_string_lossy().into_owned()
        })
        .collect()
}

#[tokio::test]
async fn followers_are_told_how_far_a_job_is_and_how_it_ended() {
    let home = PrivateHome::new();
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "history.json");
    fill(&home.history_path(DEMO), &entries(1_000, "Washer"));
    let (_running, mut follower) = demo(&home).await;
    let mut other = Follower::connect(&home).await;

    let format = ExportFormat::Json;
    let export = Request::HistoryExport { filter: of("Washer"), format, path: path.clone() };
    let begun = follower.ask(export).await;
    assert!(matches!(begun, Response::Done), "{begun:?}");
    let (running, done) = follower.whole_job().await;

    assert!(!running.is_empty());
    for job in running {
        assert_eq!((job.kind, job.total), (JobKind::Export, Some(1_000)));
        assert!(job.done <= 1_000);
    }
    let ended = JobState::Done { path: Some(path.clone()), events: 1_000, skipped: 0 };
    assert_eq!(done.state, ended);
    assert_eq!(other.whole_job().await.1.state, ended, "every subscriber is notified");

    follower.ask(Request::HistoryDelete { filter: of("Washer") }).await;
    let (_, done) = follower.whole_job().await;
    assert_eq!(done.state, JobState::Done { path: None, events: 1_000, skipped: 0 });
    assert_eq!(follower.count("Washer").await, 0);

    follower.ask(Request::HistoryImport { path: path.clone() }).await;
    let (_, done) = follower.whole_job().await;
    assert_eq!(done.state, JobState::Done { path: Some(path), events: 1_000, skipped: 0 });
    assert_eq!(follower.count("Washer").await, 1_000);
}

#[tokio::test]
async fn a_cancelled_job_leaves_nothing_behind_and_makes_room_for_the_next() {
    let home = PrivateHome::new();
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "history.json");
    fs::write(&path, exported(&entries(TAKES_A_WHILE, "Washer"))).unwrap();
    let (_running, mut follower) = demo(&home).await;

    follower.ask(Request::HistoryImport { path: path.clone() }).await;
    assert_eq!(follower.job().await.state, JobState::Running);
    let second = follower.ask(Request::HistoryDelete { filter: of("Washer") }).await;
    follower.ask(Request::JobCancel).await;
    let (_, ended) = follower.whole_job().await;

    let Response::Failed { problem } = second else { panic!("{second:?}") };
    assert_eq!(problem.code, ProblemCode::JobRunning);
    assert_eq!(ended.state, JobState::Cancelled);
    assert_eq!(follower.count("Washer").await, 0);

    follower.ask(Request::HistoryImport { path }).await;
    follower.whole_job().await;
    assert_eq!(follower.count("Washer").await, TAKES_A_WHILE);
    let out = dir.path().join("out");
    fs::create_dir(&out).unwrap();
    let path = out.join("history.csv").to_string_lossy().into_owned();
    let format = ExportFormat::Csv;
    follower.ask(Request::HistoryExport { filter: of("Washer"), format, path }).await;
    assert_eq!(follower.job().await.state, JobState::Running);
    follower.ask(Request::JobCancel).await;
    let (_, ended) = follower.whole_job().await;
    assert_eq!(ended.state, JobState::Cancelled);
    assert!(files_in(&out).is_empty(), "{:?}", files_in(&out));
}

#[tokio::test]
async fn an_export_to_a_place_that_cannot_be_written_fails_and_says_so() {
    let home = PrivateHome::new();
    fill(&home.history_path(DEMO), &entries(3, "Washer"));
    let (_running, mut follower) = demo(&home).await;

    let path = "/nonexistent/folder/history.csv".to_owned();
    let format = ExportFormat::Csv;
    follower.ask(Request::HistoryExport { filter: of("Washer"), format, path }).await;
    let (_, ended) = follower.whole_job().await;

    let JobState::Failed { problem } = ended.state else { panic!("{ended:?}") };
    assert_eq!(problem.code, ProblemCode::FileUnwritable);
}
