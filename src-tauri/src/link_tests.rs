//! The link against a resident program played by the test.

use contract::{
    View,
    socket::{ClientReader, ClientWriter, Server},
};
use model::{ConnectionState, KeyringState, Status};

use super::*;

struct Window {
    link: Link,
    heard: mpsc::Receiver<LinkEvent>,
    tracker: tokio_util::task::TaskTracker,
    stop: CancellationToken,
}

impl Window {
    fn open(socket_path: PathBuf) -> Self {
        let pace = Pace {
            first_delay: Duration::from_millis(5),
            longest_delay: Duration::from_millis(20),
            patience: Duration::from_secs(5),
            jitter: || 1.0,
        };
        let (sender, heard) = mpsc::channel(8);
        let (task, link) = LinkTask::new(socket_path, pace, sender);
        let tracker = tokio_util::task::TaskTracker::new();
        let stop = CancellationToken::new();
        tracker.spawn(task.run(stop.child_token()));
        Self { link, heard, tracker, stop }
    }

    /// The next event in short form.
    async fn hears(&mut self) -> String {
        match self.heard.recv().await.unwrap() {
            LinkEvent::Link(state) => format!("{state:?}"),
            LinkEvent::Update(told) => {
                if let Update::StatusChanged { status } = &*told {
                    format!("Status {}", status.unread)
                } else {
                    format!("{told:?}")
                }
            }
        }
    }

    async fn close(self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

fn status(unread: u32) -> Status {
    Status {
        connection: ConnectionState::SignedOut,
        provider: None,
        country: None,
        account: None,
        keyring: KeyringState::Available,
        paused_until_ms: None,
        quiet_until_ms: None,
        unread,
        devices: 0,
        home_problem: None,
        clock: model::HourClock::H24,
        calls_today: 0,
        call_budget: 300,
        history_problem: None,
        notification_problem: None,
        dropped_frames: 0,
        update: None,
        demo: None,
        language: "en".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

/// Accepts a window and confirms its subscription.
async fn accept(server: &mut Server, unread: u32) -> (ClientReader, ClientWriter) {
    let (mut reader, mut writer) = server.accept().await.unwrap().into_halves();
    writer.greet().await.unwrap();
    let (id, request) = reader.next().await.unwrap().unwrap();
    assert!(matches!(request, Request::Follow));
    writer.answer(id, Response::Status { status: status(unread) }).await.unwrap();
    (reader, writer)
}

#[tokio::test]
async fn a_question_waits_for_the_first_connection_and_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let mut server = Server::bind(&path).unwrap();
    let window = Window::open(path);

    let serve = async {
        let (mut reader, mut writer) = accept(&mut server, 0).await;
        let (id, request) = reader.next().await.unwrap().unwrap();
        assert!(matches!(request, Request::Resume));
        writer.answer(id, Response::Done).await.unwrap();
        (reader, writer)
    };
    let (answer, _peer) = tokio::join!(window.link.ask(Request::Resume), serve);

    assert!(matches!(answer, Ok(Response::Done)));
    window.close().await;
}

#[tokio::test]
async fn the_page_hears_what_is_told_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let mut server = Server::bind(&path).unwrap();
    let mut window = Window::open(path);

    let (_reader, mut writer) = accept(&mut server, 3).await;
    writer.tell(Update::Show { view: View::SignIn, token: None }).await.unwrap();

    assert_eq!(window.hears().await, "Connected");
    assert_eq!(window.hears().await, "Status 3");
    assert_eq!(window.hears().await, "Show { view: SignIn, token: None }");
    window.close().await;
}

#[tokio::test]
async fn a_resident_program_that_comes_back_is_found_and_everything_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let mut server = Server::bind(&path).unwrap();
    let mut window = Window::open(path.clone());
    let peer = accept(&mut server, 1).await;
    assert_eq!(window.hears().await, "Connected");
    assert_eq!(window.hears().await, "Status 1");

    drop((server, peer));
    assert_eq!(window.hears().await, "Lost");
    assert!(matches!(window.link.ask(Request::Status).await, Err(LinkLost)));
    let mut server = Server::bind(&path).unwrap();
    let _peer = accept(&mut server, 2).await;

    assert_eq!(window.hears().await, "Connected");
    assert_eq!(window.hears().await, "HistoryChanged");
    assert_eq!(window.hears().await, "Status 2");
    assert_eq!(window.link.state().await, LinkState::Connected);
    window.close().await;
}

#[tokio::test]
async fn a_resident_program_that_quits_is_not_lost() {
    for is_following in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let mut server = Server::bind(&path).unwrap();
        let mut window = Window::open(path);
        let (mut reader, mut writer) = server.accept().await.unwrap().into_halves();
        writer.greet().await.unwrap();
        let (id, _) = reader.next().await.unwrap().unwrap();

        // Or it quits while the window opens, without a response.
        if is_following {
            writer.answer(id, Response::Status { status: status(0) }).await.unwrap();
            assert_eq!(window.hears().await, "Connected");
            assert_eq!(window.hears().await, "Status 0");
        }
        writer.tell(Update::Quitting).await.unwrap();
        drop((server, reader, writer));

        assert_eq!(window.hears().await, "Quitting");
        assert!(window.heard.recv().await.is_none(), "the page hears no more");
        assert!(matches!(window.link.ask(Request::Status).await, Err(LinkLost)));
        window.close().await;
    }
}

#[tokio::test]
async fn a_question_in_flight_fails_when_the_resident_program_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let mut server = Server::bind(&path).unwrap();
    let window = Window::open(path);

    let serve = async {
        let (mut reader, writer) = accept(&mut server, 0).await;
        reader.next().await.unwrap().unwrap();
        drop((reader, writer));
    };
    let (answer, ()) = tokio::join!(window.link.ask(Request::Reconnect), serve);

    assert!(matches!(answer, Err(LinkLost)));
    window.close().await;
}

#[tokio::test]
async fn without_a_resident_program_the_link_is_lost_once_and_for_all_to_see() {
    let dir = tempfile::tempdir().unwrap();
    let mut window = Window::open(dir.path().join("socket"));

    assert_eq!(window.hears().await, "Lost");

    assert_eq!(window.link.state().await, LinkState::Lost);
    assert!(matches!(window.link.ask(Request::Status).await, Err(LinkLost)));
    window.close().await;
}

#[test]
fn delays_double_up_to_the_longest() {
    let pace = Pace { jitter: || 1.0, ..Pace::default() };

    let delays: Vec<_> = (0..5).map(|failures| pace.delay(failures).as_secs()).collect();

    assert_eq!(delays, [1, 2, 4, 5, 5]);
}
