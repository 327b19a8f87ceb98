//! A portal of the test, on a bus of its own.

use std::fs;

use tempfile::TempDir;
use tokio::{
    process::Child,
    sync::{Mutex, mpsc},
    time,
};
use zbus::{Connection, fdo, interface, message::Header};

use super::*;
use crate::test_bus::start_bus;

/// Response of the portal.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// With these numbers; without the second one it says nothing about the start.
    Says(u32, Option<bool>),
    /// As the one before, by a handle that is not the one of the token.
    ByAnotherHandle,
    Never,
}

/// A call of the portal.
#[derive(Debug)]
struct PortalCall {
    window: String,
    options: HashMap<String, OwnedValue>,
}

struct Desktop {
    manner: Manner,
    asked: mpsc::Sender<PortalCall>,
}

#[interface(name = "org.freedesktop.portal.Background")]
impl Desktop {
    async fn request_background(
        &self,
        window: String,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> fdo::Result<OwnedObjectPath> {
        let caller = header.sender().unwrap().to_owned();
        let token: &str = options["handle_token"].downcast_ref().unwrap();
        let (token, answer) = match self.manner {
            Manner::Says(response, now) => (token.to_owned(), Some((response, now))),
            Manner::ByAnotherHandle => (String::from("t"), Some((DONE, Some(true)))),
            Manner::Never => (token.to_owned(), None),
        };
        let sender = caller.trim_start_matches(':').replace('.', "_");
        let handle = format!("/org/freedesktop/portal/desktop/request/{sender}/{token}");
        // Sent before the handle, as portals may do.
        if let Some((response, now)) = answer {
            let now = now.map(|now| ("autostart", Value::from(now)));
            let results: HashMap<_, _> = now.into_iter().collect();
            let caller = Some(caller);
            let handle = handle.as_str();
            connection
                .emit_signal(caller, handle, REQUEST, "Response", &(response, results))
                .await?;
        }
        self.asked.try_send(PortalCall { window, options }).unwrap();
        Ok(handle.try_into().unwrap())
    }
}

/// A session bus, with or without a portal on it.
struct Session {
    dir: TempDir,
    address: String,
    asked: Mutex<mpsc::Receiver<PortalCall>>,
    _portal: Option<Connection>,
    _daemon: Child,
}

impl Session {
    async fn start(manner: Option<Manner>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (daemon, address) = start_bus(dir.path()).await;
        let (tell, asked) = mpsc::channel(8);
        let mut portal = None;
        if let Some(manner) = manner {
            let bus = Builder::address(address.as_str()).unwrap().name(NAME).unwrap();
            let bus = bus.serve_at(PATH, Desktop { manner, asked: tell }).unwrap();
            portal = Some(bus.build().await.unwrap());
        }
        Self { dir, address, asked: Mutex::new(asked), _portal: portal, _daemon: daemon }
    }

    fn memory(&self) -> PathBuf {
        self.dir.path().join("state/autostart")
    }

    fn of(&self, profile: Profile) -> Portal {
        Portal::new(profile, self.memory())
    }

    async fn switch(&self, is_on: bool) -> Result<(), PortalError> {
        let bus = Builder::address(self.address.as_str()).unwrap();
        self.of(Profile::Real).switch_at(bus, is_on, "because").await
    }

    async fn asked(&self) -> Option<PortalCall> {
        self.asked.lock().await.try_recv().ok()
    }
}

#[tokio::test]
async fn what_the_portal_grants_is_remembered_until_it_is_switched_off() {
    let session = Session::start(Some(Manner::Says(DONE, Some(true)))).await;
    assert_eq!(session.of(Profile::Real).state(), AutostartState::Off);

    session.switch(true).await.unwrap();

    assert_eq!(session.of(Profile::Real).state(), AutostartState::On);
    let PortalCall { window, options } = session.asked().await.unwrap();
    assert_eq!(window, "");
    assert_eq!(options["autostart"], true.into());
    assert_eq!(options["dbus-activatable"], false.into());
    assert_eq!(options["reason"].downcast_ref::<&str>().unwrap(), "because");
    let command: Vec<String> = options["commandline"].try_clone().unwrap().try_into().unwrap();
    assert_eq!(command, ["thinq-tray", "--hidden"]);

    let off = Session::start(Some(Manner::Says(DONE, Some(false)))).await;
    fs::create_dir_all(off.memory().parent().unwrap()).unwrap();
    fs::write(off.memory(), "").unwrap();
    off.switch(false).await.unwrap();
    assert_eq!(off.asked().await.unwrap().options["autostart"], false.into());
    assert_eq!(off.of(Profile::Real).state(), AutostartState::Off);
}

#[tokio::test]
async fn each_answer_counts_for_what_it_says() {
    type Case = (bool, Manner, Option<ProblemCode>, AutostartState);
    let cases: [Case; 9] = [
        (true, Manner::ByAnotherHandle, None, AutostartState::On),
        (
            true,
            Manner::Says(1, Some(false)),
            Some(ProblemCode::AutostartRefused),
            AutostartState::Off,
        ),
        (true, Manner::Says(1, None), Some(ProblemCode::AutostartRefused), AutostartState::Off),
        // It may run in the background, and is not started all the same.
        (
            true,
            Manner::Says(0, Some(false)),
            Some(ProblemCode::AutostartRefused),
            AutostartState::Off,
        ),
        (true, Manner::Says(2, None), Some(ProblemCode::AutostartUnanswered), AutostartState::On),
        (false, Manner::Says(0, None), None, AutostartState::Off),
        (false, Manner::Says(1, Some(false)), None, AutostartState::Off),
        (
            false,
            Manner::Says(0, Some(true)),
            Some(ProblemCode::AutostartUnanswered),
            AutostartState::On,
        ),
        (false, Manner::Says(2, None), Some(ProblemCode::AutostartUnanswered), AutostartState::On),
    ];

    for (is_on, manner, problem, found) in cases {
        let session = Session::start(Some(manner)).await;
        fs::create_dir_all(session.memory().parent().unwrap()).unwrap();
        fs::write(session.memory(), "").unwrap();

        let switched = session.switch(is_on).await;

        assert_eq!(switched.err().map(|error| error.code()), problem, "{is_on} {manner:?}");
        assert_eq!(session.of(Profile::Real).state(), found, "{is_on} {manner:?}");
    }
}

#[tokio::test]
async fn a_bus_without_a_portal_and_no_bus_at_all_are_told_from_a_refusal() {
    let session = Session::start(None).await;
    let without_portal = session.switch(true).await.unwrap_err();
    let nowhere = Builder::address("unix:path=/nonexistent").unwrap();
    let without_bus = session.of(Profile::Real).switch_at(nowhere, true, "").await.unwrap_err();

    assert_eq!(without_portal.code(), ProblemCode::AutostartMissing);
    assert_eq!(without_bus.code(), ProblemCode::AutostartMissing);
    assert_eq!(session.of(Profile::Real).state(), AutostartState::Off);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_waited_for_only_so_long() {
    let session = Session::start(Some(Manner::Never)).await;
    let asked_at = time::Instant::now();
    let is_asked = async {
        let asked = session.asked.lock().await.recv().await;
        assert!(asked.is_some());
        // From here on there is nothing to do but to wait.
        time::pause();
    };

    let (switched, ()) = tokio::join!(session.switch(true), is_asked);

    assert_eq!(switched.unwrap_err().code(), ProblemCode::AutostartUnanswered);
    assert!(asked_at.elapsed() >= PATIENCE);
    assert_eq!(session.of(Profile::Real).state(), AutostartState::Off);
}

#[tokio::test]
async fn the_demo_takes_nothing_away_from_the_real_one() {
    let session = Session::start(Some(Manner::Says(DONE, Some(true)))).await;
    let bus = Builder::address(session.address.as_str()).unwrap();

    let refused = session.of(Profile::Demo).switch_at(bus, true, "").await.unwrap_err();

    assert_eq!(refused.code(), ProblemCode::AutostartDemo);
    assert!(session.asked().await.is_none(), "the portal was asked");
}
