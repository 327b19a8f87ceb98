//! One instance per user, regardless of how it is started; autostart.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use contract::{Request, Response};
use model::ConnectionState;
use tokio::task::yield_now;

use crate::support::{PrivateHome, Running, program_path, within};

const REAL: &str = "thinq-tray";
const DEMO: &str = "thinq-tray-demo";
const ENTRY: &str = "config/autostart/thinq-tray.desktop";

async fn answers(home: &PrivateHome, profile: &str) {
    let asked = async { while home.ask(profile, Request::Status).await.is_none() {} };
    within("the program", asked).await;
}

async fn stops(running: Running) {
    running.interrupt();
    assert_eq!(running.finish().await, Some(0));
}

/// Holds the lock like an instance that is starting or stopping.
fn hold_lock(home: &PrivateHome) -> File {
    let path = home.socket_path(REAL).with_extension("lock");
    fs::create_dir_all(path.parent().expect("the home can be written"))
        .expect("the home can be written");
    let lock = File::create(path).expect("the home can be written");
    lock.try_lock().expect("the home can be written");
    lock
}

fn log(home: &PrivateHome) -> String {
    let logs =
        home.files().into_iter().filter(|(path, _)| path.to_string_lossy().ends_with(".log"));
    logs.map(|(_, log)| String::from_utf8_lossy(&log).into_owned()).collect()
}

/// Waits until a start has found the lock held by another instance.
async fn waits(home: &PrivateHome) {
    let seen = async {
        while !log(home).contains("another instance is starting or stopping") {
            yield_now().await;
        }
    };
    within("the waiting", seen).await;
}

#[tokio::test]
async fn of_many_starts_at_the_same_moment_one_stays() {
    let home = PrivateHome::new();
    let mut starts: Vec<_> = (0..6).map(|_| home.start(&["--hidden"])).collect();
    answers(&home, REAL).await;

    let others = async {
        while starts.iter_mut().map(Running::runs).filter(|runs| *runs).count() > 1 {
            answers(&home, REAL).await;
        }
    };
    Box::pin(within("the end of the others", others)).await;

    let (mut stayed, ended): (Vec<_>, Vec<_>) =
        starts.into_iter().map(|mut start| (start.runs(), start)).partition(|(runs, _)| *runs);
    assert_eq!((stayed.len(), ended.len()), (1, 5));
    assert_eq!(
        log(&home).matches("INFO thinq_tray::resident: started").count(),
        1,
        "{}",
        log(&home)
    );
    stops(stayed.remove(0).1).await;
}

#[tokio::test]
async fn an_instance_that_is_about_to_end_is_waited_for() {
    let home = PrivateHome::new();
    let lock = hold_lock(&home);

    let next = home.start(&["--hidden"]);
    waits(&home).await;
    assert!(home.ask(REAL, Request::Status).await.is_none());
    drop(lock);

    answers(&home, REAL).await;
    stops(next).await;
}

#[tokio::test]
async fn waiting_for_another_instance_ends_at_a_signal() {
    let home = PrivateHome::new();
    let _lock = hold_lock(&home);
    let next = home.start(&["--hidden"]);
    waits(&home).await;

    stops(next).await;
}

#[tokio::test]
async fn what_lies_in_the_place_of_the_socket_is_no_instance() {
    let home = PrivateHome::new();
    let path = home.socket_path(REAL);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Socket of a killed program, and its released lock.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    fs::write(path.with_extension("lock"), "").unwrap();

    assert_eq!(home.run(&["pause"]).await.code, Some(1));
    let resident = home.start(&["--hidden"]);
    answers(&home, REAL).await;
    stops(resident).await;
}

#[tokio::test]
async fn a_socket_removed_under_the_program_is_there_again() {
    let home = PrivateHome::new();
    let mut resident = home.start_resident().await;
    let socket = home.socket_path(REAL);
    let lock = socket.with_extension("lock");
    let dir = socket.parent().unwrap();
    let faults: [&dyn Fn(); 4] = [
        &|| fs::remove_file(&socket).unwrap(),
        &|| {
            fs::write(dir.join("new"), "").unwrap();
            fs::rename(dir.join("new"), &socket).unwrap();
        },
        &|| fs::remove_file(&lock).unwrap(),
        // The program may be faster.
        &|| while fs::remove_dir_all(dir).is_err() {},
    ];
    for fault in faults {
        fault();

        answers(&home, REAL).await;
        let locked = async {
            while !lock.exists() {
                yield_now().await;
            }
        };
        within("the lock", locked).await;
        assert_eq!(home.run(&["--hidden"]).await.code, Some(0));
        assert!(resident.runs());
    }
    assert_eq!(log(&home).matches("INFO thinq_tray::resident: started").count(), 1);
    stops(resident).await;
}

#[tokio::test]
async fn of_two_programs_that_a_removed_folder_let_in_one_stays() {
    let home = PrivateHome::new();
    let dir = home.socket_path(REAL).parent().unwrap().to_owned();
    for _ in 0..3 {
        let mut first = home.start_resident().await;

        while fs::remove_dir_all(&dir).is_err() {}
        let mut second = home.start(&["--hidden"]);

        let settled = async {
            while first.runs() && second.runs() {
                yield_now().await;
            }
        };
        within("the end of one", settled).await;
        let (mut stayed, mut ended) = if first.runs() { (first, second) } else { (second, first) };
        answers(&home, REAL).await;
        assert!(stayed.runs() && !ended.runs());
        stops(stayed).await;
    }
}

#[tokio::test]
async fn the_demo_runs_beside_the_real_one_and_each_is_one() {
    let home = PrivateHome::new();
    let real = home.start(&["--hidden"]);
    let demo = home.start(&["--demo", "--hidden"]);
    answers(&home, REAL).await;
    answers(&home, DEMO).await;

    assert_eq!(home.run(&["quit", "--demo"]).await.code, Some(0));

    assert_eq!(demo.finish().await, Some(0));
    // Until it has read the sign-in from the keyring.
    let goes_on = async {
        loop {
            let Some(Response::Status { status }) = home.ask(REAL, Request::Status).await else {
                panic!("the real one keeps running")
            };
            if status.connection != ConnectionState::Connecting {
                return status;
            }
        }
    };
    assert!(within("the real one", goes_on).await.demo.is_none());
    stops(real).await;
}

#[tokio::test]
async fn a_runtime_folder_that_cannot_be_is_replaced_by_one_that_all_starts_find() {
    // The last option takes precedence.
    let home = PrivateHome::new().with("XDG_RUNTIME_DIR", "/proc/nowhere/run");
    let resident = home.start(&["--hidden"]);
    let runs = async { while home.run(&["pause", "--minutes", "1"]).await.code != Some(0) {} };
    within("the program", runs).await;

    assert_eq!(home.run(&["quit"]).await.code, Some(0));
    assert_eq!(resident.finish().await, Some(0));
}

#[tokio::test]
async fn an_entry_that_the_desktop_switched_off_stays_as_it_is() {
    for off in ["Hidden=true", "X-GNOME-Autostart-enabled=false"] {
        let home = PrivateHome::new();
        let path = home.path().join(ENTRY);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("[Desktop Entry]\nType=Application\nExec=/nowhere/thinq-tray\n{off}\n");
        fs::write(&path, &text).unwrap();

        let resident = home.start(&["--hidden"]);
        answers(&home, REAL).await;

        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{off}");
        stops(resident).await;
    }
}

#[tokio::test]
async fn an_entry_for_another_copy_that_is_still_there_is_left_to_it() {
    let home = PrivateHome::new();
    let other = home.path().join("prefix/bin/thinq-tray");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, "").unwrap();
    fs::set_permissions(&other, Permissions::from_mode(0o755)).unwrap();
    let path = home.path().join(ENTRY);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = format!("[Desktop Entry]\nType=Application\nExec={} --hidden\n", other.display());
    fs::write(&path, &text).unwrap();

    let resident = home.start(&["--hidden"]);
    answers(&home, REAL).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    stops(resident).await;

    // Once that copy has ended, this one starts.
    fs::remove_file(&other).unwrap();
    let resident = home.start(&["--hidden"]);
    answers(&home, REAL).await;
    assert!(!fs::read_to_string(&path).unwrap().contains("prefix"));
    stops(resident).await;
}

#[tokio::test]
async fn an_image_of_another_program_is_not_what_starts_with_the_computer() {
    let home = PrivateHome::new()
        .with("APPIMAGE", "/opt/Terminal.AppImage")
        .with("APPDIR", "/tmp/.mount_Terminal");

    assert_eq!(home.run(&["settings", "autostart", "true"]).await.code, Some(0));

    let entry = fs::read_to_string(home.path().join(ENTRY)).unwrap();
    assert!(entry.contains("/thinq-tray\" --hidden\n"), "{entry}");
}

#[tokio::test]
async fn an_image_that_was_moved_is_started_from_where_it_is() {
    let home = PrivateHome::new();
    let [old, new] = ["old.AppImage", "new.AppImage"].map(|name| home.path().join(name));
    let mounted = home.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    fs::write(&old, "").unwrap();
    let program = mounted.join("thinq-tray");
    fs::copy(program_path(), &program).unwrap();
    let home = home.with("APPDIR", &mounted.to_string_lossy()).of_program(program);
    let entry = home.path().join(ENTRY);

    let home = home.with("APPIMAGE", &old.to_string_lossy());
    assert_eq!(home.run(&["settings", "autostart", "true"]).await.code, Some(0));
    assert!(fs::read_to_string(&entry).unwrap().contains("/old.AppImage\" --hidden\n"));

    fs::rename(&old, &new).unwrap();
    let home = home.with("APPIMAGE", &new.to_string_lossy());
    let resident = home.start(&["--hidden"]);
    answers(&home, REAL).await;
    assert!(fs::read_to_string(&entry).unwrap().contains("/new.AppImage\" --hidden\n"));
    stops(resident).await;
}
