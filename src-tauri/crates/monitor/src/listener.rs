//! Maintains a connection to the provider's messages while the sign-in is valid: the callback of a hub,
//! or the broker of ThinQ Connect.
//!
//! ```text
//!              accepted
//! Connecting ───────────▶ Listening ──┐ frame: handed over; shortly before the gateway's
//!   ▲    │                 │   ▲──────┘ 2-hour limit: replaced by a new connection (renewal)
//!   │    │ failed          │ failed, or closed by the gateway after 10 idle minutes
//!   │    ▼                 │
//!   └─ Waiting ◀───────────┘        sign-in rejected in either state: SignedOut, the end
//! ```
//!
//! Waking from sleep drops open connections and reconnects immediately from every state, unless the
//! service demanded a back-off. Messages that a broker has kept are late until none has come for a
//! while ([`QUIET`]). A renewal is published as listening unless it fails or takes longer
//! than [`PATIENCE`]. Cancelling the token ends the listener from every state; a received frame is
//! still handed over.

mod renewal;

use std::{future::Future, sync::Arc, time::Duration};

use model::{ConnectionState as Shown, Gap, GapReason, Problem, ProblemCode, UnixMs};
use thinq::{Chain, Error, Obstacle, Remedy};
use tokio::{
    sync::{mpsc, watch},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    backoff::Backoff,
    budget::{Budget, Scope},
    clock::Clock,
    home::Missed,
    inbound::{Delivery, Inbound},
    reconnect::{Nudges, ReconnectReason},
    status::EngineStatus,
};

/// Maximum delay after the first failure, see [`reconnect_delay`].
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// Maximum delay within [`SHORT_OUTAGE`].
const SHORT_DELAY: Duration = Duration::from_secs(10);
const SHORT_OUTAGE: Duration = Duration::from_mins(10);
const LONGEST_DELAY: Duration = Duration::from_mins(5);
/// A connection that lasted this long resets the failure count.
const STABLE_AFTER: Duration = Duration::from_mins(1);
/// Maximum random delay before reconnecting after the gateway closed a stable connection.
const ROTATION_SPREAD: Duration = Duration::from_secs(2);
/// A renewal that takes longer is published as connecting.
const PATIENCE: Duration = Duration::from_secs(4);
/// Shorter interruptions are not recorded as gaps.
const SHORTEST_GAP: Duration = Duration::from_secs(5);
/// Retry delay for wrong settings or unaccepted terms. Usually fixed by the user, but LG may change
/// its side as well.
const LASTING_DELAY: Duration = Duration::from_mins(30);
/// All kept messages have arrived when none has come for this long.
const QUIET: Duration = Duration::from_secs(2);
/// Kept messages come at 10 a second; later ones are new in any case.
const LATEST: Duration = Duration::from_mins(10);

/// Opens connections. Implemented for the callback, the broker, and by test scripts.
pub(crate) trait Connect: Send + Sync {
    type Transport: Transport;

    /// `failures` counts the failures since the last stable connection.
    fn connect(
        &self,
        failures: u32,
    ) -> impl Future<Output = Result<Self::Transport, Arc<Error>>> + Send;
}

pub(crate) trait Transport: Send {
    /// Waits for the next frame. Cancel safe. After an error the connection is closed.
    fn next_frame(&mut self) -> impl Future<Output = Result<Delivery, Arc<Error>>> + Send;

    /// Starts closing the connection; frames in flight are still delivered.
    fn say_goodbye(&mut self) -> impl Future<Output = ()> + Send;

    /// Closes the connection when the session ends.
    fn close(self) -> impl Future<Output = ()> + Send;

    fn meanwhile(&self) -> Meanwhile {
        Meanwhile::Lost
    }

    /// Age at which the connection is replaced.
    fn renew_after(&self) -> Duration {
        renewal::age(rand::random())
    }
}

/// What became of the messages since the previous connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// This transport never keeps any.
    Lost,
    /// The broker has kept the session; they follow.
    Kept,
    /// The broker keeps them, but has no session.
    Forgotten,
}

pub(crate) struct Listener<C> {
    pub(crate) service: C,
    pub(crate) inbound: mpsc::Sender<Inbound>,
    pub(crate) status: watch::Sender<EngineStatus>,
    pub(crate) clock: Clock,
    pub(crate) nudges: Nudges,
    pub(crate) budget: Budget,
    /// Which calls a "too many calls" of the service suspends.
    pub(crate) scope: Scope,
    pub(crate) missed: Arc<Missed>,
    /// An earlier run has listened, so the first connection follows a gap of unknown length. Of
    /// importance for brokers only.
    pub(crate) is_resumed: bool,
    pub(crate) away: Option<Away>,
    pub(crate) connections: u64,
    /// Time of the first failure since the last stable connection.
    pub(crate) failing_since: Option<Instant>,
}

/// An ongoing interruption.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Away {
    from_ms: UnixMs,
    from: Instant,
    reason: GapReason,
}

/// An open connection.
struct Link<C> {
    connection: C,
    number: u64,
    since: Instant,
    renew_at: Instant,
    /// While messages are late: when the last of them has arrived, unless another one comes.
    quiet_at: Option<Instant>,
}

/// `failures` counts failures since the last stable connection. A successful connect does not reset
/// it, so a service that accepts and closes immediately is met with growing delays.
enum State<C> {
    Connecting {
        failures: u32,
        /// Replaces a connection that has just ended normally.
        is_renewal: bool,
    },
    Listening {
        link: Link<C>,
        failures: u32,
    },
    /// Nudges do not shorten a back-off demanded by the service.
    Waiting {
        failures: u32,
        until: Instant,
        can_hurry: bool,
        is_renewal: bool,
    },
    SignedOut,
}

impl<C: Connect> Listener<C> {
    /// Runs until `stop` is cancelled or the service rejects the sign-in.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut state = State::Connecting { failures: 0, is_renewal: false };
        while let Some(next) = self.advance(state, &stop).await {
            state = next;
        }
    }

    /// Processes one state and returns the next, or `None` to end.
    async fn advance(
        &mut self,
        state: State<C::Transport>,
        stop: &CancellationToken,
    ) -> Option<State<C::Transport>> {
        match state {
            State::Connecting { failures, is_renewal } => {
                if failures == 0 && !is_renewal {
                    self.show(stop, Shown::Connecting);
                }
                self.connect(stop, failures, is_renewal).await
            }
            State::Listening { link, failures } => self.listen(stop, link, failures).await,
            State::Waiting { failures, until, can_hurry, is_renewal } => {
                let wait = async {
                    loop {
                        tokio::select! {
                            () = time::sleep_until(until) => return None,
                            nudge = self.nudges.next() => if can_hurry {
                                return Some(nudge);
                            },
                        }
                    }
                };
                Some(match stop.run_until_cancelled(wait).await? {
                    None | Some(ReconnectReason::TryNow) => {
                        State::Connecting { failures, is_renewal }
                    }
                    Some(ReconnectReason::NetworkChanged) => {
                        State::Connecting { failures: 0, is_renewal }
                    }
                    Some(ReconnectReason::Woke { asleep_from_ms }) => {
                        self.start_afresh(asleep_from_ms)
                    }
                })
            }
            State::SignedOut => None,
        }
    }

    async fn connect(
        &mut self,
        stop: &CancellationToken,
        failures: u32,
        is_renewal: bool,
    ) -> Option<State<C::Transport>> {
        enum Step<C> {
            Answered(Result<C, Arc<Error>>),
            Nudged(ReconnectReason),
            Late,
        }
        let answer = {
            let Self { service, nudges, status, .. } = &mut *self;
            let mut opening = std::pin::pin!(service.connect(failures));
            let late_at = Instant::now() + PATIENCE - ROTATION_SPREAD;
            let mut is_quiet = is_renewal;
            loop {
                let turn = async {
                    tokio::select! {
                        answer = &mut opening => Step::Answered(answer),
                        nudge = nudges.next_strong() => Step::Nudged(nudge),
                        () = time::sleep_until(late_at), if is_quiet => Step::Late,
                    }
                };
                match stop.run_until_cancelled(turn).await? {
                    Step::Answered(answer) => break Ok(answer),
                    Step::Nudged(nudge) => break Err(nudge),
                    Step::Late => {
                        is_quiet = false;
                        show(status, stop, Shown::Connecting);
                    }
                }
            }
        };
        match answer {
            Ok(Ok(connection)) => self.accepted(stop, connection, failures).await,
            Ok(Err(error)) => Some(self.after_failure(stop, &error, failures)),
            // The attempt used the previous network.
            Err(ReconnectReason::NetworkChanged | ReconnectReason::TryNow) => {
                Some(State::Connecting { failures: 0, is_renewal })
            }
            Err(ReconnectReason::Woke { asleep_from_ms }) => {
                Some(self.start_afresh(asleep_from_ms))
            }
        }
    }

    async fn accepted(
        &mut self,
        stop: &CancellationToken,
        connection: C::Transport,
        failures: u32,
    ) -> Option<State<C::Transport>> {
        info!("listening");
        self.nudges.forget_hurries();
        let is_shown = matches!(self.status.borrow().connection, Shown::Listening { .. });
        let now_ms = (self.clock)();
        if !is_shown {
            self.show(stop, Shown::Listening { since_ms: now_ms });
        }
        let gap = self.away.take().and_then(|away| away.to_gap(now_ms));
        let is_first = self.connections == 0;
        let is_after_gap = gap.is_some() || (is_first && self.is_resumed);
        if let Some(gap) = gap {
            self.inbound.send(Inbound::Gap { gap, until_ms: now_ms }).await.ok()?;
        }
        let mut link = self.link(connection);
        match link.connection.meanwhile() {
            Meanwhile::Kept if is_after_gap => link.quiet_at = Some(Instant::now() + QUIET),
            Meanwhile::Forgotten if is_after_gap => self.missed.events.notify_one(),
            Meanwhile::Lost if gap.is_some() => self.missed.events.notify_one(),
            Meanwhile::Kept | Meanwhile::Forgotten | Meanwhile::Lost => {}
        }
        Some(State::Listening { link, failures })
    }

    fn link(&mut self, connection: C::Transport) -> Link<C::Transport> {
        self.connections = self.connections.wrapping_add(1);
        let since = Instant::now();
        Link {
            number: self.connections,
            since,
            renew_at: since + connection.renew_after(),
            quiet_at: None,
            connection,
        }
    }

    async fn listen(
        &mut self,
        stop: &CancellationToken,
        mut link: Link<C::Transport>,
        failures: u32,
    ) -> Option<State<C::Transport>> {
        enum Step {
            Nudged(ReconnectReason),
            Read(Result<Delivery, Arc<Error>>),
            Quiet,
            Due,
        }
        let turn = async {
            tokio::select! {
                // After waking, frames buffered by an old connection are not read.
                biased;
                nudge = self.nudges.next_strong() => Step::Nudged(nudge),
                read = link.connection.next_frame() => Step::Read(read),
                () = reached(link.quiet_at) => Step::Quiet,
                () = time::sleep_until(link.renew_at) => Step::Due,
            }
        };
        let Some(happened) = stop.run_until_cancelled(turn).await else {
            link.connection.close().await;
            return None;
        };
        match happened {
            Step::Read(Ok(mut delivery)) => {
                if link.quiet_at.is_some() {
                    delivery.is_late = true;
                    link.quiet_at = Some((Instant::now() + QUIET).min(link.since + LATEST));
                }
                // Not cancelled by `stop`: a received frame is always handed over.
                let connection = link.number;
                self.inbound.send(Inbound::Frame { connection, delivery }).await.ok()?;
                Some(State::Listening { link, failures })
            }
            Step::Quiet => {
                link.quiet_at = None;
                self.missed.caught_up.notify_one();
                Some(State::Listening { link, failures })
            }
            Step::Read(Err(error)) => Some(self.after_end(stop, &error, link.since, failures)),
            Step::Due => self.renew(stop, link, false).await,
            Step::Nudged(ReconnectReason::NetworkChanged | ReconnectReason::TryNow) => {
                info!("network changed");
                self.renew(stop, link, true).await
            }
            Step::Nudged(ReconnectReason::Woke { asleep_from_ms }) => {
                Some(self.start_afresh(asleep_from_ms))
            }
        }
    }

    /// Resets all connection state after waking.
    fn start_afresh(&mut self, asleep_from_ms: UnixMs) -> State<C::Transport> {
        info!("woke from sleep");
        self.away_since(asleep_from_ms, GapReason::Asleep);
        State::Connecting { failures: 0, is_renewal: false }
    }

    fn after_end(
        &mut self,
        stop: &CancellationToken,
        error: &Arc<Error>,
        since: Instant,
        failures: u32,
    ) -> State<C::Transport> {
        if since.elapsed() < STABLE_AFTER {
            return self.after_failure(stop, error, failures);
        }
        if !is_rotation(error) {
            return self.after_failure(stop, error, 0);
        }
        debug!(error = %Chain(&**error), "gateway closed the connection");
        self.away_since((self.clock)(), GapReason::Service);
        let until = Instant::now() + ROTATION_SPREAD.mul_f64(rand::random());
        State::Waiting { failures: 0, until, can_hurry: true, is_renewal: true }
    }

    fn after_failure(
        &mut self,
        stop: &CancellationToken,
        error: &Arc<Error>,
        failures: u32,
    ) -> State<C::Transport> {
        let problem = Problem::from(&**error);
        let delay = match error.remedy() {
            // A token rejected right after a refresh also requires a sign-in.
            Remedy::SignIn | Remedy::RefreshToken => {
                warn!(error = %Chain(&**error), "sign-in rejected");
                self.show(stop, Shown::SignInNeeded { problem });
                return State::SignedOut;
            }
            Remedy::Wait => self.budget.silence(self.scope, error.retry_after()),
            Remedy::FixSettings | Remedy::TellUser => LASTING_DELAY,
            Remedy::Retry | Remedy::TreatAsSuccess => {
                if failures == 0 {
                    self.failing_since = None;
                }
                let outage = self.failing_since.get_or_insert_with(Instant::now).elapsed();
                reconnect_delay(failures, outage, rand::random())
            }
        };
        warn!(error = %Chain(&**error), ?delay, "connection failed");
        let now_ms = (self.clock)();
        // Nothing can be missed before the first connection.
        if self.connections > 0 {
            self.away_since(now_ms, reason_of(error));
        }
        let retry_at_ms =
            now_ms.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
        let can_hurry = error.kind() != ProblemCode::TooManyCalls;
        self.show(
            stop,
            if can_hurry {
                Shown::Offline { since_ms: self.offline_since(now_ms), problem, retry_at_ms }
            } else {
                Shown::Limited { until_ms: retry_at_ms }
            },
        );
        State::Waiting {
            failures: failures.saturating_add(1),
            until: Instant::now() + delay,
            can_hurry,
            is_renewal: false,
        }
    }

    /// Starts an interruption, or updates the reason of the ongoing one.
    fn away_since(&mut self, from_ms: UnixMs, reason: GapReason) {
        let away = self.away.get_or_insert(Away { from_ms, from: Instant::now(), reason });
        away.reason = away.reason.max(reason);
    }

    /// An offline period continues across failed attempts.
    fn offline_since(&self, now_ms: i64) -> i64 {
        match &self.status.borrow().connection {
            Shown::Offline { since_ms, .. } => *since_ms,
            Shown::SignedOut
            | Shown::KeyringLocked
            | Shown::KeyringUnavailable
            | Shown::Connecting
            | Shown::Listening { .. }
            | Shown::SignInNeeded { .. }
            | Shown::Limited { .. } => self.away.map_or(now_ms, |away| away.from_ms),
        }
    }

    fn show(&self, stop: &CancellationToken, shown: Shown) {
        show(&self.status, stop, shown);
    }
}

/// A cancelled listener publishes nothing, as another one may have replaced it.
pub(crate) fn show(status: &watch::Sender<EngineStatus>, stop: &CancellationToken, shown: Shown) {
    status.send_if_modified(|status| {
        let is_new = !stop.is_cancelled() && status.connection != shown;
        if is_new {
            status.connection = shown;
        }
        is_new
    });
}

impl Away {
    /// Measures the monotonic clock, and the wall clock across sleep, when the former stops.
    fn to_gap(self, now_ms: UnixMs) -> Option<Gap> {
        let ran = self.from.elapsed();
        let passed_ms = u64::try_from(now_ms.saturating_sub(self.from_ms)).unwrap_or(0);
        let lasted = match self.reason {
            GapReason::Asleep => ran.max(Duration::from_millis(passed_ms)),
            GapReason::Network | GapReason::Service => ran,
        };
        // A clock set back would put the end before the start.
        let from_ms = self.from_ms.min(now_ms);
        (lasted >= SHORTEST_GAP).then_some(Gap { from_ms, reason: self.reason })
    }
}

/// Reason recorded in the history for the gap until the next connection.
fn reason_of(error: &Error) -> GapReason {
    let is_network = matches!(
        error,
        Error::Unreachable { obstacle: Obstacle::Name | Obstacle::Network, .. }
            | Error::TimedOut { .. }
            | Error::CallbackBroken { .. }
            | Error::CallbackSilent { .. }
            | Error::BrokerEnded { source: Some(_) }
            | Error::BrokerSilent { .. }
    );
    if is_network { GapReason::Network } else { GapReason::Service }
}

async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Whether the gateway closed the connection after 10 idle minutes or 2 hours, which is normal. See
/// `docs/protocol.md#callback`.
fn is_rotation(error: &Error) -> bool {
    matches!(error, Error::CallbackEnded { code: Some(1000 | 1001) | None })
}

/// Back-off with full jitter (`jitter` in `0.0..1.0`), which spreads reconnects of clients after an
/// outage. Bounded by [`SHORT_DELAY`] during a short outage; then the bound grows by a tenth of the
/// elapsed time.
fn reconnect_delay(failures: u32, outage: Duration, jitter: f64) -> Duration {
    let longest = SHORT_DELAY + outage.saturating_sub(SHORT_OUTAGE) / 10;
    Backoff::new(FIRST_DELAY, longest.min(LONGEST_DELAY)).after(failures).mul_f64(jitter)
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
