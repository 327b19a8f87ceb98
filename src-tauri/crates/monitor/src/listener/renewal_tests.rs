//! Tests of renewal, waking and many clients against a controlled gateway, with paused time.

use std::sync::atomic::{AtomicU64, Ordering};

use model::GapReason;
use parking_lot::Mutex;
use thinq::{Frame, Obstacle};
use tokio::sync::{Notify, mpsc, watch};

use super::*;
use crate::{
    budget::{Budget, Scope},
    clock::Clock,
    reconnect::Nudger,
    status::EngineStatus,
    store::Store,
};

type Sent = Result<Frame, Error>;

#[derive(Clone, Default)]
struct Gateway(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Client end of each connection, by number.
    open: Mutex<Vec<mpsc::Sender<Sent>>>,
    is_down: std::sync::atomic::AtomicBool,
    tries: AtomicU64,
    accepted: Notify,
    goodbyes: AtomicU64,
    /// While down, attempts time out instead of being refused.
    swallows: std::sync::atomic::AtomicBool,
    tried_at: Mutex<Vec<Instant>>,
    accepted_at: Mutex<Vec<Instant>>,
}

struct Line {
    received: mpsc::Receiver<Sent>,
    gateway: Gateway,
}

impl Connect for Gateway {
    type Transport = Line;

    async fn connect(&self, _failures: u32) -> Result<Line, Arc<Error>> {
        self.0.tries.fetch_add(1, Ordering::Relaxed);
        self.0.tried_at.lock().push(Instant::now());
        if self.0.swallows.load(Ordering::Relaxed) {
            // TCP retransmissions until the timeout of 20 s.
            for seconds in [1, 2, 4, 8, 5] {
                if self.0.is_down.load(Ordering::Relaxed) {
                    time::sleep(Duration::from_secs(seconds)).await;
                }
            }
        }
        if self.0.is_down.load(Ordering::Relaxed) {
            return Err(Arc::new(unreachable_callback()));
        }
        self.0.accepted_at.lock().push(Instant::now());
        let (sender, received) = mpsc::channel(8);
        self.0.open.lock().push(sender);
        self.0.accepted.notify_one();
        Ok(Line { received, gateway: self.clone() })
    }
}

impl super::super::Transport for Line {
    async fn next_frame(&mut self) -> Result<Delivery, Arc<Error>> {
        match self.received.recv().await {
            Some(sent) => sent.map(Delivery::from).map_err(Arc::new),
            None => Err(Arc::new(Error::CallbackEnded { code: Some(1000) })),
        }
    }

    async fn say_goodbye(&mut self) {
        self.gateway.0.goodbyes.fetch_add(1, Ordering::Relaxed);
        // The peer answers immediately; frames in flight can still be read.
        self.received.close();
    }

    async fn close(self) {}
}

impl Gateway {
    /// Sends on every open connection; returns their number.
    async fn send(&self, text: &str) -> usize {
        let open = self.0.open.lock().clone();
        let mut count = 0;
        for line in open {
            count += usize::from(line.send(Ok(Frame::Text(text.to_owned()))).await.is_ok());
        }
        count
    }

    fn open(&self) -> usize {
        self.0.open.lock().iter().filter(|line| !line.is_closed()).count()
    }

    /// Closes the latest connection with `code`.
    async fn end(&self, code: u16) {
        let last = self.0.open.lock().last().unwrap().clone();
        drop(last.send(Err(Error::CallbackEnded { code: Some(code) })).await);
    }

    fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::Relaxed);
    }
}

fn unreachable_callback() -> Error {
    Error::Unreachable {
        peer: thinq::Peer::Callback,
        host: String::from("callback"),
        obstacle: Obstacle::Network,
        source: Box::new(std::io::Error::other("no route")),
    }
}

struct Rig {
    gateway: Gateway,
    inbound: mpsc::Receiver<Inbound>,
    status: watch::Receiver<EngineStatus>,
    nudger: Nudger,
    stop: CancellationToken,
    listener: Listener<Gateway>,
}

fn rig() -> Rig {
    let gateway = Gateway::default();
    let (sender, inbound) = mpsc::channel(4096);
    let (sender_of_status, status) = watch::channel(EngineStatus::default());
    let nudger = Nudger::default();
    let began = Instant::now();
    let clock: Clock = Arc::new(move || i64::try_from(began.elapsed().as_millis()).unwrap());
    let store = Arc::new(Store::in_memory().unwrap());
    let listener = Listener {
        service: gateway.clone(),
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
    Rig { gateway, inbound, status, nudger, stop: CancellationToken::new(), listener }
}

fn is_listening(status: &EngineStatus) -> bool {
    matches!(status.connection, Shown::Listening { .. })
}

fn texts(inbound: &mut mpsc::Receiver<Inbound>) -> Vec<String> {
    let mut texts = Vec::new();
    while let Ok(inbound) = inbound.try_recv() {
        match inbound {
            Inbound::Frame { delivery: Delivery { frame: Frame::Text(text), .. }, .. } => {
                texts.push(text);
            }
            Inbound::Gap { gap, .. } => texts.push(format!("gap {:?}", gap.reason)),
            Inbound::Frame { .. } | Inbound::State(_) | Inbound::Endings => unreachable!(),
        }
    }
    texts
}

#[tokio::test(start_paused = true)]
async fn ten_renewals_in_a_row_leave_no_moment_without_a_connection() {
    let Rig { gateway, mut inbound, mut status, stop, listener, .. } = rig();
    let two_hours = Duration::from_hours(2);

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        status.mark_unchanged();
        for minute in 0..(10 * 120) {
            time::sleep(Duration::from_mins(1)).await;
            assert!(gateway.send(&minute.to_string()).await > 0, "minute {minute}");
        }
        stop.cancel();
    });

    assert!(!status.has_changed().unwrap_or(false), "{:?}", status.borrow().connection);
    let tried_at = gateway.0.tried_at.lock().clone();
    assert!(tried_at.len() > 10, "{} connections", tried_at.len());
    assert!(tried_at.windows(2).all(|pair| pair[1] - pair[0] < two_hours));
    let mut received = texts(&mut inbound);
    received.dedup();
    assert_eq!(received, (0..1200).map(|minute| minute.to_string()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_old_connection_stays_when_the_next_one_fails() {
    let Rig { gateway, mut status, stop, listener, .. } = rig();

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        gateway.set_down(true);
        time::sleep(Duration::from_mins(112)).await;
        assert!(gateway.0.tries.load(Ordering::Relaxed) > 1, "the renewal was attempted");
        assert_eq!(gateway.open(), 1);
        assert!(is_listening(&status.borrow()));

        gateway.set_down(false);
        time::sleep(Duration::from_mins(3)).await;
        assert_eq!(gateway.open(), 1, "only the new connection is open");
        assert_eq!(gateway.0.goodbyes.load(Ordering::Relaxed), 1);
        stop.cancel();
    });
}

#[tokio::test(start_paused = true)]
async fn an_idle_close_is_no_change_of_the_status_and_no_gap() {
    let Rig { gateway, mut inbound, mut status, stop, listener, .. } = rig();

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        status.mark_unchanged();
        for _ in 0..10 {
            time::sleep(Duration::from_mins(10)).await;
            gateway.end(1001).await;
        }
        time::sleep(Duration::from_mins(1)).await;
        assert!(!status.has_changed().unwrap(), "{:?}", status.borrow().connection);
        stop.cancel();
    });

    assert!(texts(&mut inbound).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_shows_as_offline_since_the_end() {
    let Rig { gateway, mut inbound, mut status, stop, listener, .. } = rig();

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        time::sleep(Duration::from_mins(10)).await;
        gateway.set_down(true);
        gateway.end(1001).await;
        let ended = Instant::now();
        let offline = status
            .wait_for(|status| matches!(status.connection, Shown::Offline { .. }))
            .await
            .unwrap()
            .clone();
        assert!(ended.elapsed() <= Duration::from_secs(5), "{:?}", ended.elapsed());
        let Shown::Offline { since_ms, .. } = offline.connection else { unreachable!() };
        assert_eq!(since_ms, 10 * 60 * 1000);

        time::sleep(Duration::from_mins(5)).await;
        gateway.set_down(false);
        status.wait_for(is_listening).await.unwrap();
        stop.cancel();
    });

    assert_eq!(texts(&mut inbound), ["gap Network"]);
}

#[tokio::test(start_paused = true)]
async fn a_waking_drops_what_is_open_and_ignores_what_it_still_holds() {
    let Rig { gateway, mut inbound, mut status, stop, nudger, listener } = rig();

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        time::sleep(Duration::from_hours(1)).await;
        nudger.tell(ReconnectReason::Woke { asleep_from_ms: 0 });
        gateway.send("of before the sleep").await;
        gateway.0.accepted.notified().await;
        gateway.0.accepted.notified().await;
        time::sleep(Duration::from_secs(1)).await;
        assert_eq!(gateway.open(), 1);
        gateway.send("after it").await;
        time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    });

    assert_eq!(texts(&mut inbound), ["gap Asleep", "after it"]);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_back_ends_the_waiting() {
    let Rig { gateway, mut status, stop, nudger, listener, .. } = rig();
    gateway.set_down(true);

    tokio::join!(listener.run(stop.clone()), async {
        time::sleep(Duration::from_hours(1)).await;
        gateway.set_down(false);
        let back = Instant::now();
        nudger.tell(ReconnectReason::NetworkChanged);
        status.wait_for(is_listening).await.unwrap();
        assert!(back.elapsed() < Duration::from_secs(1));
        stop.cancel();
    });
}

#[tokio::test(start_paused = true)]
async fn another_network_is_taken_without_a_moment_of_silence() {
    let Rig { gateway, mut status, stop, nudger, listener, .. } = rig();

    tokio::join!(listener.run(stop.clone()), async {
        status.wait_for(is_listening).await.unwrap();
        status.mark_unchanged();
        time::sleep(Duration::from_mins(5)).await;
        nudger.tell(ReconnectReason::NetworkChanged);
        time::sleep(Duration::from_mins(1)).await;
        assert_eq!(gateway.0.tries.load(Ordering::Relaxed), 2);
        assert_eq!(gateway.open(), 1);
        assert!(!status.has_changed().unwrap());
        stop.cancel();
    });
}

/// Runs `count` clients through an outage and the ten minutes after it. Returns the times since the
/// start of all attempts and of the accepted ones.
async fn outage_of(
    outage: Duration,
    count: usize,
    gateway: Gateway,
) -> (Vec<Duration>, Vec<Duration>) {
    gateway.set_down(true);
    let stop = CancellationToken::new();
    let store = Arc::new(Store::in_memory().unwrap());
    let clock: Clock = Arc::new(|| 0);
    let status = watch::Sender::new(EngineStatus::default());
    let budget = Budget::recall(&store, &status, &clock);
    let (sender, _inbound) = mpsc::channel(8);
    let tracker = tokio_util::task::TaskTracker::new();
    let began = Instant::now();
    for _ in 0..count {
        let listener = Listener {
            service: gateway.clone(),
            inbound: sender.clone(),
            status: watch::Sender::new(EngineStatus::default()),
            clock: Arc::clone(&clock),
            nudges: Nudger::default().nudges(),
            budget: budget.clone(),
            scope: Scope::Connection,
            missed: Arc::default(),
            is_resumed: false,
            away: None,
            connections: 0,
            failing_since: None,
        };
        tracker.spawn(listener.run(stop.clone()));
    }
    time::sleep(outage).await;
    gateway.set_down(false);
    time::sleep(Duration::from_mins(10)).await;
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    let since = |at: &Mutex<Vec<Instant>>| at.lock().iter().map(|at| *at - began).collect();
    (since(&gateway.0.tried_at), since(&gateway.0.accepted_at))
}

#[tokio::test(start_paused = true)]
async fn a_thousand_clients_come_back_from_an_outage_without_a_surge() {
    const CLIENTS: usize = 1000;
    let (tried, _) = outage_of(Duration::from_mins(1), CLIENTS, Gateway::default()).await;

    let mut each_second = vec![0_usize; 700];
    for tried_after in tried {
        each_second[usize::try_from(tried_after.as_secs()).unwrap()] += 1;
    }

    let mean = each_second[40..60].iter().sum::<usize>() / 20;
    let most = each_second[60..].iter().max().copied().unwrap();
    assert!(most < 2 * mean, "at most {most} per second, mean {mean}");
    assert_eq!(each_second[60..].iter().sum::<usize>(), CLIENTS, "each client reconnected once");
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_of_up_to_ten_minutes_95_in_100_clients_are_back_within_12_seconds() {
    const CLIENTS: usize = 400;
    let outages = [30, 60, 150, 400, 600].map(Duration::from_secs);
    for (outage, swallows) in outages.into_iter().flat_map(|one| [(one, false), (one, true)]) {
        let gateway = Gateway::default();
        gateway.0.swallows.store(swallows, Ordering::Relaxed);

        let (_, mut accepted) = outage_of(outage, CLIENTS, gateway).await;

        assert_eq!(accepted.len(), CLIENTS);
        accepted.sort_unstable();
        let p95 = accepted[CLIENTS * 95 / 100];
        let latest = outage + Duration::from_secs(12);
        assert!(p95 <= latest, "{p95:?}, outage of {outage:?}, silent: {swallows}");
    }
}

#[test]
fn a_later_reason_explains_more() {
    assert!(GapReason::Service < GapReason::Network && GapReason::Network < GapReason::Asleep);
}
