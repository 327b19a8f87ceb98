//! Listener tests against a scripted service, with paused time.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use thinq::Frame;

use super::*;
use crate::{reconnect::Nudger, store::Store};

/// Plays one step per call of `connect` or `next_frame`. An empty script rejects the sign-in, which
/// ends the listener.
#[derive(Clone)]
struct Script(Arc<Mutex<VecDeque<Step>>>);

enum Step {
    Accept,
    Frame(&'static str),
    /// Fails after a delay.
    Fail(Duration, Error),
}

impl Script {
    async fn play(&self) -> Result<Frame, Arc<Error>> {
        let step = self.0.lock().pop_front();
        match step {
            Some(Step::Accept) => Ok(Frame::Text(String::new())),
            Some(Step::Frame(text)) => Ok(Frame::Text(text.to_owned())),
            Some(Step::Fail(after, error)) => {
                time::sleep(after).await;
                Err(Arc::new(error))
            }
            None => Err(Arc::new(Error::RefreshRefused)),
        }
    }
}

impl Connect for Script {
    type Transport = Self;

    async fn connect(&self, _failures: u32) -> Result<Self, Arc<Error>> {
        self.play().await.map(|_accepted| self.clone())
    }
}

impl Transport for Script {
    async fn next_frame(&mut self) -> Result<Delivery, Arc<Error>> {
        self.play().await.map(Delivery::from)
    }

    async fn say_goodbye(&mut self) {}

    async fn close(self) {}
}

struct Rig {
    listener: Listener<Script>,
    inbound: mpsc::Receiver<Inbound>,
    status: watch::Receiver<EngineStatus>,
    nudger: Nudger,
}

fn rig(script: impl IntoIterator<Item = Step>) -> Rig {
    let service = Script(Arc::new(Mutex::new(script.into_iter().collect())));
    let (sender, inbound) = mpsc::channel(64);
    let (sender_of_status, status) = watch::channel(EngineStatus::default());
    let nudger = Nudger::default();
    let clock: Clock = Arc::new(|| 0);
    let store = Arc::new(Store::in_memory().unwrap());
    let listener = Listener {
        service,
        inbound: sender,
        budget: Budget::recall(&store, &sender_of_status, &clock),
        status: sender_of_status,
        clock,
        nudges: nudger.nudges(),
        scope: Scope::Connection,
        missed: Arc::default(),
        is_resumed: false,
        away: None,
        connections: 0,
        failing_since: None,
    };
    Rig { listener, inbound, status, nudger }
}

fn ended(code: u16) -> Error {
    Error::CallbackEnded { code: Some(code) }
}

const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn keeps_listening_across_every_kind_of_end() {
    let ends = [1000, 1001, 1006, 1009, 1011];
    let mut script = Vec::new();
    for code in ends {
        script.extend([Step::Accept, Step::Frame("message"), Step::Fail(AT_ONCE, ended(code))]);
    }
    let mut rig = rig(script);

    rig.listener.run(CancellationToken::new()).await;

    let mut received = 0;
    while let Some(inbound) = rig.inbound.recv().await {
        received += usize::from(matches!(inbound, Inbound::Frame { .. }));
    }
    assert_eq!(received, ends.len());
    assert!(matches!(rig.status.borrow().connection, Shown::SignInNeeded { .. }));
}

#[tokio::test(start_paused = true)]
async fn the_gateways_own_end_of_a_good_connection_is_followed_at_once() {
    let ten_minutes = Duration::from_mins(10);
    let mut script = Vec::new();
    for _ in 0..10 {
        script.extend([Step::Accept, Step::Fail(ten_minutes, ended(1001))]);
    }
    let rig = rig(script);
    let start = Instant::now();

    rig.listener.run(CancellationToken::new()).await;

    assert!(start.elapsed() <= (ten_minutes + ROTATION_SPREAD) * 10);
}

#[tokio::test(start_paused = true)]
async fn a_failure_shows_since_when_and_until_when() {
    let rig = rig([Step::Fail(AT_ONCE, ended(1011))]);
    let stop = CancellationToken::new();
    let mut status = rig.status.clone();

    tokio::join!(rig.listener.run(stop.clone()), async {
        let is_offline = |status: &EngineStatus| matches!(status.connection, Shown::Offline { .. });
        status.wait_for(is_offline).await.unwrap();
        stop.cancel();
    });

    let Shown::Offline { since_ms, retry_at_ms, .. } = rig.status.borrow().connection else {
        panic!()
    };
    assert_eq!(since_ms, 0);
    assert!((0..=1000).contains(&retry_at_ms));
}

#[tokio::test(start_paused = true)]
async fn too_many_calls_are_followed_by_an_hour_of_silence() {
    let limited = Error::TooManyCalls { code: None, retry_after: None };
    let rig = rig([Step::Fail(AT_ONCE, limited)]);
    let start = Instant::now();

    rig.listener.run(CancellationToken::new()).await;

    assert!(start.elapsed() >= Duration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn try_now_ends_the_waiting_but_not_a_silence_the_service_asked_for() {
    let hurried = async |error| {
        let rig = rig([Step::Fail(AT_ONCE, error)]);
        let start = Instant::now();
        rig.nudger.tell(ReconnectReason::TryNow);
        rig.listener.run(CancellationToken::new()).await;
        start.elapsed()
    };

    let refused = Error::Status { peer: thinq::Peer::Hub, status: 404 };
    let limited = Error::TooManyCalls { code: None, retry_after: None };

    assert_eq!(hurried(refused).await, Duration::ZERO);
    assert_eq!(hurried(limited).await, Duration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn stops_while_waiting() {
    let limited = Error::TooManyCalls { code: None, retry_after: None };
    let rig = rig([Step::Fail(AT_ONCE, limited)]);
    let stop = CancellationToken::new();
    let start = Instant::now();

    tokio::join!(rig.listener.run(stop.clone()), async {
        time::sleep(Duration::from_secs(5)).await;
        stop.cancel();
    });

    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[test]
fn the_delay_doubles_up_to_a_bound_that_grows_with_a_long_outage() {
    let hours = Duration::from_hours(1);

    assert_eq!(reconnect_delay(0, Duration::ZERO, 1.0), FIRST_DELAY);
    assert_eq!(reconnect_delay(3, Duration::ZERO, 1.0), FIRST_DELAY * 8);
    assert_eq!(reconnect_delay(u32::MAX, SHORT_OUTAGE, 1.0), SHORT_DELAY);
    assert_eq!(reconnect_delay(u32::MAX, SHORT_OUTAGE * 2, 1.0), SHORT_DELAY * 7);
    assert_eq!(reconnect_delay(u32::MAX, hours, 1.0), LONGEST_DELAY);
    assert_eq!(reconnect_delay(5, hours, 0.0), Duration::ZERO);
}
