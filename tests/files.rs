//! Files and output as scripts use them: links, pipes, full disks, other encodings, empty
//! variables, and histories of any length.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Stdio,
};

use contract::{Request, Response};
use rustix::fs::{Mode, mkfifoat};
use tokio::io::AsyncReadExt as _;

use crate::support::{
    Ended, PrivateHome, entries, exported, fill, push_by_hand, simulated, within,
};

const REAL: &str = "thinq-tray";
const DEMO: &str = "thinq-tray-demo";

fn home_with(events: u32) -> PrivateHome {
    let home = PrivateHome::new();
    let path = home.history_path(REAL);
    let dir = path.parent().expect("the history is in a folder");
    fs::create_dir_all(dir).expect("the home can be written");
    fill(&path, &entries(events, "Washer"));
    home
}

/// Path of a file in the home, as an argument.
fn at(home: &PrivateHome, name: &str) -> String {
    home.path().join(name).to_str().expect("the path is UTF-8").to_owned()
}

fn count(ended: &Ended) -> usize {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.lines().count()
}

fn make_pipe(path: &str) {
    let made = mkfifoat(rustix::fs::CWD, Path::new(path), Mode::RUSR | Mode::WUSR);
    made.expect("the home can have pipes");
}

#[tokio::test]
async fn a_history_that_is_removed_under_the_running_program_is_kept() {
    let removals: [fn(&Path); 3] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::remove_dir_all(path.parent().unwrap()).unwrap(),
        |path| fs::rename(path, path.with_extension("away")).unwrap(),
    ];
    for remove in removals {
        let home = PrivateHome::new();
        let mut running = home.start(&["listen", "--demo", "--json"]);
        running.listens().await;
        let defaults = home.ask(DEMO, Request::SignInDefaults).await;
        let Some(Response::SignInDefaults { defaults }) = defaults else { panic!("{defaults:?}") };
        let hub_url = defaults.hub.hub_url.parse().unwrap();
        for code in ["BEFORE", "AFTER"] {
            push_by_hand(&hub_url, "Dryer", code).await.unwrap();
            while running.event().await.unwrap()["code"] != code {}
            if code == "BEFORE" {
                remove(&home.history_path(DEMO));
            }
        }
        running.interrupt();
        assert_eq!(running.finish().await, Some(0));

        let kept = home.run(&["history", "--demo", "--json", "--limit", "all"]).await;
        for code in ["BEFORE", "AFTER"] {
            assert!(kept.json().iter().any(|event| event["code"] == code), "{code}: {kept:?}");
        }
    }
}

#[tokio::test]
async fn an_export_follows_links_and_keeps_them() {
    for is_running in [false, true] {
        let home = home_with(3);
        let running = if is_running { Some(home.start_resident().await) } else { None };
        fs::create_dir(home.path().join("stick")).unwrap();
        fs::write(at(&home, "stick/list.csv"), "old").unwrap();
        symlink("stick/list.csv", at(&home, "link.csv")).unwrap();
        symlink("stick/new.csv", at(&home, "nowhere.csv")).unwrap();

        for (link, file) in [("link.csv", "stick/list.csv"), ("nowhere.csv", "stick/new.csv")] {
            let ended = home.run(&["history", "export", &at(&home, link)]).await;

            assert_eq!(ended.code, Some(0), "{link}: {ended:?}");
            assert!(fs::symlink_metadata(at(&home, link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read_to_string(at(&home, file)).unwrap().lines().count(), 4, "{file}");
        }
        let mode = fs::metadata(at(&home, "stick/new.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(running);
    }
}

#[tokio::test]
async fn an_export_goes_through_a_pipe_and_to_standard_output() {
    for is_running in [false, true] {
        let home = home_with(3);
        let running = if is_running { Some(home.start_resident().await) } else { None };
        let pipe = at(&home, "pipe.csv");
        make_pipe(&pipe);

        let arguments = ["history", "export", &pipe];
        let (ended, read) = tokio::join!(home.run(&arguments), async {
            let mut file = tokio::fs::File::open(&pipe).await.unwrap();
            let mut text = String::new();
            within("the end of the pipe", file.read_to_string(&mut text)).await.unwrap();
            text
        });
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(read.lines().count(), 4);

        let ended = home.run(&["history", "export", "/dev/stdout"]).await;
        assert_eq!(ended.stdout, read, "{ended:?}");
        let ended = home.run(&["history", "export", "/dev/full"]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        drop(running);
    }
}

#[tokio::test]
async fn an_import_is_read_from_a_pipe() {
    let home = home_with(3);
    let _running = home.start_resident().await;

    let text = exported(&entries(5, "Dryer"));
    let ended = home.run_with(&["history", "import", "/dev/stdin"], &text).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(count(&home.run(&["history", "--device", "Dryer"]).await), 5);
}

#[tokio::test]
async fn an_export_to_a_folder_fails_and_leaves_nothing_behind() {
    for is_running in [false, true] {
        let home = home_with(3);
        let running = if is_running { Some(home.start_resident().await) } else { None };
        fs::create_dir(home.path().join("folder")).unwrap();
        let names = || {
            let found = fs::read_dir(home.path()).unwrap();
            found.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
        };
        let before = names();

        let ended = home.run(&["history", "export", &at(&home, "folder")]).await;

        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(!ended.stderr.is_empty());
        assert_eq!(names(), before);
        drop(running);
    }
}

#[tokio::test]
async fn the_ending_of_an_export_is_read_in_any_case() {
    let home = home_with(3);

    for (name, start) in
        [("a.JSON", "{"), ("b.Json", "{"), ("c.CSV", "\u{feff}"), ("d", "\u{feff}")]
    {
        let ended = home.run(&["history", "export", &at(&home, name)]).await;

        assert_eq!(ended.code, Some(0), "{ended:?}");
        let text = fs::read_to_string(at(&home, name)).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
    }
}

#[tokio::test]
async fn output_that_cannot_be_written_is_a_failure_that_is_reported() {
    let sim = simulated().await;
    let home = home_with(3).with("THINQ_TRAY_HUB_URL", sim.hub_url().as_str());
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let cases: [&[&str]; 11] = [
        &["history"],
        &["history", "--json"],
        &["history", "export", "/dev/stdout"],
        &["status"],
        &["status", "--json"],
        &["settings"],
        &["settings", "--json"],
        &["doctor", "--report", "-"],
        &["doctor", "--report", "/dev/full"],
        &["--help"],
        &["--version"],
    ];

    for arguments in cases {
        let ended = home.run_to(arguments, full()).await;

        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.is_empty(), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn a_reader_that_has_read_enough_is_no_failure() {
    let home = home_with(3);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let ended = home.run_to(&["history"], Stdio::from(writer)).await;

    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_choice_that_says_nothing_chooses_nothing() {
    let home = home_with(3);
    let cases: [&[&str]; 6] = [
        &["history", "delete", "", "--yes"],
        &["history", "delete", " \t", "--yes"],
        &["history", "delete", "--device", "", "--yes"],
        &["history", "delete", "--device", "Washer", "--device", "", "--yes"],
        &["history", "export", "all.csv", ""],
        &["history", ""],
    ];

    for arguments in cases {
        let ended = home.run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
    // Days that no calendar in this time zone has.
    for arguments in [["--from", "9999-12-31"], ["--until=-009999-01-01", "--unread"]] {
        let delete = ["history", "delete", arguments[0], arguments[1], "--yes"];
        let ended = home.run(&delete).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
    assert_eq!(count(&home.run(&["history"]).await), 3);
}

#[tokio::test]
async fn as_many_events_are_listed_as_asked_for() {
    let home = home_with(1_203);
    let limits = [("1", 1), ("500", 500), ("501", 501), ("1200", 1_200), ("all", 1_203)];

    for is_running in [false, true] {
        let running = if is_running { Some(home.start_resident().await) } else { None };
        for (limit, expected) in limits {
            let ended = home.run(&["history", "--json", "--limit", limit]).await;
            assert_eq!(count(&ended), expected, "{limit}");
            let ids: Vec<_> = ended.json().iter().map(|it| it["id"].as_i64().unwrap()).collect();
            assert!(ids.is_sorted_by(|a, b| a > b), "{limit}: out of order or twice");
        }
        drop(running);
    }
    for limit in ["0", "-1", "ALL", ""] {
        let ended = home.run(&["history", "--limit", limit]).await;
        assert_eq!(ended.code, Some(2), "{limit}: {ended:?}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_file() {
    let home = home_with(3);
    let marked = format!("\u{feff}{}", exported(&entries(5, "Dryer")));
    fs::write(at(&home, "marked.json"), marked).unwrap();

    let ended = home.run(&["history", "import", &at(&home, "marked.json")]).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(count(&home.run(&["history", "--device", "Dryer"]).await), 5);
}

#[tokio::test]
async fn settings_in_any_encoding_are_set_aside_and_begun_anew() {
    let utf_16 = "\u{feff}language = \"ko\"\r\n".encode_utf16().flat_map(u16::to_le_bytes);
    let cases: [(&str, Vec<u8>); 4] = [
        ("Latin-1", b"# M\xfcller\nlanguage = \"ko\"\n".to_vec()),
        ("EUC-KR", b"# \xbc\xbc\xc5\xb9\xb1\xe2\n".to_vec()),
        ("UTF-16", utf_16.collect()),
        ("no TOML", b"language = \n".to_vec()),
    ];
    for is_running in [false, true] {
        for (name, bytes) in &cases {
            let home = PrivateHome::new();
            let dir = home.path().join("config").join(REAL);
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join("settings.toml"), bytes).unwrap();
            let running = if is_running { Some(home.start_resident().await) } else { None };

            let refused = home.run(&["settings", "language", "ko"]).await;
            assert_eq!(refused.code, Some(1), "{name}: {refused:?}");
            assert_eq!(&fs::read(dir.join("settings.toml")).unwrap(), bytes, "{name}");

            let aside = home.run(&["settings", "--set-aside"]).await;
            assert_eq!((aside.code, aside.stderr.as_str()), (Some(0), ""), "{name}: {aside:?}");
            let kept = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
            let kept: Vec<_> = kept
                .filter(|path| path.file_name().unwrap().to_str().unwrap().contains("broken"))
                .map(|path| fs::read(path).unwrap())
                .collect();
            assert_eq!(&kept, std::slice::from_ref(bytes), "{name}");
            let changed = home.run(&["settings", "language", "ko"]).await;
            assert_eq!(changed.code, Some(0), "{name}: {changed:?}");
            drop(running);
        }
    }
}
