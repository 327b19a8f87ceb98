//! Keeps one connection to the callback open for as long as the sign-in is valid.
//!
//! ```text
//!              accepted
//! Connecting ───────────▶ Listening ──┐ frame: handed over
//!   ▲    │                 │   ▲──────┘
//!   │    │ failed          │ failed, or closed as the gateway does after 10 minutes and 2 hours
//!   │    ▼                 │
//!   └─ Waiting ◀───────────┘        sign-in refused, from either: SignedOut, the end
//! ```
//!
//! Cancelling the token ends the listener from every state. A frame that was read is handed over
//! even then.

use std::{future::Future, sync::Arc, time::Duration};

use thinq::{Chain, Error, ErrorKind, Frame, Remedy};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    monitor::Clock,
    status::{Connection as Shown, Status, Trouble},
};

/// Delay after the first failure; doubled for each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_mins(5);
/// A connection that lasted this long was a good one: the next failure counts as the first.
const STABLE_AFTER: Duration = Duration::from_mins(1);
/// After the gateway closed a good connection the next one is opened at once, spread a little.
const ROTATION_SPREAD: Duration = Duration::from_secs(2);
/// Settings or terms are wrong: only the user changes that, but LG's side may change as well.
const LASTING_DELAY: Duration = Duration::from_mins(30);
/// Silence after "too many calls", unless the service names a longer one.
const LIMITED_DELAY: Duration = Duration::from_hours(1);

/// Opens connections. Implemented by the callback client and, in tests, by a script.
pub(crate) trait Connect: Send + Sync {
    type Connection: Connection;

    /// `failures` counts the failures since the last good connection.
    fn connect(
        &self,
        failures: u32,
    ) -> impl Future<Output = Result<Self::Connection, Arc<Error>>> + Send;
}

pub(crate) trait Connection: Send {
    /// Waits for the next frame. Cancel safe. After an error the connection is over.
    fn next_frame(&mut self) -> impl Future<Output = Result<Frame, Arc<Error>>> + Send;
}

pub(crate) struct Listener<C> {
    pub(crate) service: C,
    pub(crate) frames: mpsc::Sender<Frame>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) clock: Clock,
    /// Notified to connect at once instead of waiting.
    pub(crate) hurry: Arc<Notify>,
}

/// `failures` counts those since the last good connection. Being accepted does not reset it: a
/// service that accepts and drops at once is still met with growing delays.
enum State<C> {
    Connecting {
        failures: u32,
    },
    Listening {
        connection: C,
        since: Instant,
        failures: u32,
    },
    /// Nobody hurries a service that asked for silence.
    Waiting {
        failures: u32,
        delay: Duration,
        can_hurry: bool,
    },
    SignedOut,
}

impl<C: Connect> Listener<C> {
    /// Runs until `stop` is cancelled or the service refuses the sign-in.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut state = State::Connecting { failures: 0 };
        while let Some(next) = self.advance(state, &stop).await {
            state = next;
        }
    }

    /// Does the work of one state and returns the next, or `None` when there is none.
    async fn advance(
        &self,
        state: State<C::Connection>,
        stop: &CancellationToken,
    ) -> Option<State<C::Connection>> {
        match state {
            State::Connecting { failures } => {
                if failures == 0 {
                    self.show(stop, Shown::Connecting);
                }
                Some(match stop.run_until_cancelled(self.service.connect(failures)).await? {
                    Ok(connection) => {
                        info!("listening");
                        self.show(stop, Shown::Listening { since_ms: (self.clock)() });
                        State::Listening { connection, since: Instant::now(), failures }
                    }
                    Err(error) => self.after_failure(stop, &error, failures),
                })
            }
            State::Listening { mut connection, since, failures } => {
                match stop.run_until_cancelled(connection.next_frame()).await? {
                    Ok(frame) => {
                        // Not cancelled by `stop`: a frame that was read is always handed over.
                        self.frames.send(frame).await.ok()?;
                        Some(State::Listening { connection, since, failures })
                    }
                    Err(error) if since.elapsed() < STABLE_AFTER => {
                        Some(self.after_failure(stop, &error, failures))
                    }
                    Err(error) if is_rotation(&error) => {
                        let delay = ROTATION_SPREAD.mul_f64(rand::random());
                        debug!(error = %Chain(&*error), "the gateway ended the connection");
                        Some(State::Waiting { failures: 0, delay, can_hurry: true })
                    }
                    Err(error) => Some(self.after_failure(stop, &error, 0)),
                }
            }
            State::Waiting { failures, delay, can_hurry } => {
                let wait = async {
                    tokio::select! {
                        () = time::sleep(delay) => {}
                        () = self.hurry.notified(), if can_hurry => {}
                    }
                };
                stop.run_until_cancelled(wait).await?;
                Some(State::Connecting { failures })
            }
            State::SignedOut => None,
        }
    }

    fn after_failure(
        &self,
        stop: &CancellationToken,
        error: &Arc<Error>,
        failures: u32,
    ) -> State<C::Connection> {
        let trouble = Trouble::from(&**error);
        let delay = match error.remedy() {
            // A token that is refused although it was refreshed asks for a sign-in as well.
            Remedy::SignIn | Remedy::RefreshToken => {
                warn!(error = %Chain(&**error), "the sign-in is refused");
                self.show(stop, Shown::SignInNeeded { trouble });
                return State::SignedOut;
            }
            Remedy::Wait => error.retry_after().unwrap_or_default().max(LIMITED_DELAY),
            Remedy::FixSettings | Remedy::TellUser => LASTING_DELAY,
            Remedy::Retry | Remedy::TreatAsSuccess => backoff(failures, rand::random()),
        };
        warn!(error = %Chain(&**error), ?delay, "connection failed");
        let now_ms = (self.clock)();
        let retry_at_ms =
            now_ms.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
        let can_hurry = error.kind() != ErrorKind::TooManyCalls;
        self.show(
            stop,
            if can_hurry {
                Shown::Offline { since_ms: self.offline_since(now_ms), trouble, retry_at_ms }
            } else {
                Shown::Limited { until_ms: retry_at_ms }
            },
        );
        State::Waiting { failures: failures.saturating_add(1), delay, can_hurry }
    }

    /// An offline time goes on over failed tries.
    fn offline_since(&self, now_ms: i64) -> i64 {
        match &self.status.borrow().connection {
            Shown::Offline { since_ms, .. } => *since_ms,
            Shown::SignedOut
            | Shown::Connecting
            | Shown::Listening { .. }
            | Shown::SignInNeeded { .. }
            | Shown::Limited { .. } => now_ms,
        }
    }

    /// A listener that was stopped says nothing more: another one may have taken over.
    fn show(&self, stop: &CancellationToken, shown: Shown) {
        self.status.send_if_modified(|status| {
            let is_new = !stop.is_cancelled() && status.connection != shown;
            if is_new {
                status.connection = shown;
            }
            is_new
        });
    }
}

/// The gateway ends every connection after 10 idle minutes and after 2 hours; both are normal
/// life. See `docs/protocol.md#callback`.
fn is_rotation(error: &Error) -> bool {
    matches!(error, Error::CallbackEnded { code: Some(1000 | 1001) | None })
}

/// Exponential up to its bound, then spread over the whole of it (`jitter` in `0.0..1.0`), so that
/// not every client comes back in the same second after an outage.
fn backoff(failures: u32, jitter: f64) -> Duration {
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_DELAY).mul_f64(jitter)
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
