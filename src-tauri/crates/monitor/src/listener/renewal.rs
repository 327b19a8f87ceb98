//! Renewal: opens the next connection while still reading the old one, so that no frame is lost.
//! The ingest removes duplicates.

use std::{sync::Arc, time::Duration};

use model::{ConnectionState as Shown, GapReason};
use thinq::{Chain, Error, Remedy};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{Connect, Link, Listener, Meanwhile, PATIENCE, State, Transport as _, reason_of, show};
use crate::{
    inbound::{Delivery, Inbound},
    reconnect::ReconnectReason,
};

/// The gateway closes every connection after 2 hours. See `docs/protocol.md#callback`.
const OLDEST: Duration = Duration::from_mins(110);
/// Jitter, so that clients do not renew at the same time after an outage.
const SPREAD: Duration = Duration::from_mins(5);
/// Time after which a new connection counts as stable.
const OVERLAP: Duration = Duration::from_secs(5);
/// Retry delay after a failed renewal while the old connection still works.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Age at which a connection is replaced; `jitter` in `0.0..1.0`.
pub(super) fn age(jitter: f64) -> Duration {
    OLDEST.saturating_sub(SPREAD.mul_f64(jitter))
}

enum Opening<C> {
    Nudged(ReconnectReason),
    Answered(Result<C, Arc<Error>>),
    Old(Result<Delivery, Arc<Error>>),
    Late,
}

enum Overlap {
    Nudged(ReconnectReason),
    Old(Result<Delivery, Arc<Error>>),
    New(Result<Delivery, Arc<Error>>),
    Proved,
}

impl<C: Connect> Listener<C> {
    /// `is_suspect`: the old connection may be dead, so it counts as listening only for
    /// [`PATIENCE`].
    pub(super) async fn renew(
        &mut self,
        stop: &CancellationToken,
        mut old: Link<C::Transport>,
        is_suspect: bool,
    ) -> Option<State<C::Transport>> {
        let mut old_end = None;
        let shown = self.status.borrow().connection.clone();
        let outcome = {
            let Self { service, nudges, inbound, status, .. } = &mut *self;
            let mut opening = std::pin::pin!(service.connect(0));
            let late_at = Instant::now() + PATIENCE;
            let mut is_late = false;
            loop {
                let is_deaf = is_suspect || old_end.is_some();
                let turn = async {
                    tokio::select! {
                        biased;
                        nudge = nudges.next_strong() => Opening::Nudged(nudge),
                        answer = &mut opening => Opening::Answered(answer),
                        read = old.connection.next_frame(), if old_end.is_none() => {
                            Opening::Old(read)
                        }
                        () = time::sleep_until(late_at), if is_deaf && !is_late => Opening::Late,
                    }
                };
                match stop.run_until_cancelled(turn).await? {
                    Opening::Answered(answer) => break Ok(answer),
                    Opening::Nudged(nudge) => break Err(nudge),
                    Opening::Old(Ok(delivery)) => {
                        let connection = old.number;
                        inbound.send(Inbound::Frame { connection, delivery }).await.ok()?;
                    }
                    Opening::Old(Err(error)) => old_end = Some(error),
                    Opening::Late => {
                        is_late = true;
                        show(status, stop, Shown::Connecting);
                    }
                }
            }
        };
        let answer = match outcome {
            Ok(answer) => answer,
            Err(ReconnectReason::Woke { asleep_from_ms }) => {
                return Some(self.start_afresh(asleep_from_ms));
            }
            // Restart the renewal on the current network.
            Err(ReconnectReason::NetworkChanged | ReconnectReason::TryNow) => {
                old.renew_at = Instant::now();
                return Some(match old_end {
                    Some(error) => self.after_end(stop, &error, old.since, 0),
                    None => State::Listening { link: old, failures: 0 },
                });
            }
        };
        if answer.as_ref().is_ok_and(|new| new.meanwhile() == Meanwhile::Forgotten) {
            self.missed.events.notify_one();
        }
        match (answer, old_end) {
            (Ok(connection), None) => {
                // May have been published as connecting while the old connection was suspect.
                self.show(stop, shown);
                let new = self.link(connection);
                self.change_over(stop, old, new).await
            }
            (Ok(connection), Some(_)) => {
                self.show(stop, shown);
                let link = self.link(connection);
                Some(State::Listening { link, failures: 0 })
            }
            (Err(error), None) if !is_suspect || reason_of(&error) == GapReason::Service => {
                warn!(error = %Chain(&*error), "renewal failed, old connection kept");
                self.show(stop, shown);
                let wait = if error.remedy() == Remedy::Wait {
                    self.budget.silence(self.scope, error.retry_after())
                } else {
                    AGAIN_AFTER
                };
                old.renew_at = Instant::now() + wait;
                Some(State::Listening { link: old, failures: 0 })
            }
            // The old connection used the previous network or has ended.
            (Err(error), _) => Some(self.after_failure(stop, &error, 0)),
        }
    }

    /// Reads both connections until the new one is stable and the old one has ended.
    async fn change_over(
        &mut self,
        stop: &CancellationToken,
        mut old: Link<C::Transport>,
        mut new: Link<C::Transport>,
    ) -> Option<State<C::Transport>> {
        let proved_at = Instant::now() + OVERLAP;
        let mut is_proved = false;
        loop {
            let turn = async {
                tokio::select! {
                    biased;
                    nudge = self.nudges.next_strong() => Overlap::Nudged(nudge),
                    read = old.connection.next_frame() => Overlap::Old(read),
                    read = new.connection.next_frame() => Overlap::New(read),
                    () = time::sleep_until(proved_at), if !is_proved => Overlap::Proved,
                }
            };
            match stop.run_until_cancelled(turn).await? {
                Overlap::Old(Ok(delivery)) => {
                    let connection = old.number;
                    self.inbound.send(Inbound::Frame { connection, delivery }).await.ok()?;
                }
                Overlap::New(Ok(delivery)) => {
                    let connection = new.number;
                    self.inbound.send(Inbound::Frame { connection, delivery }).await.ok()?;
                }
                Overlap::Old(Err(error)) => {
                    debug!(error = %Chain(&*error), "connection renewed");
                    return Some(State::Listening { link: new, failures: 0 });
                }
                Overlap::New(Err(error)) if is_proved => {
                    return Some(self.after_end(stop, &error, new.since, 0));
                }
                Overlap::New(Err(error)) => {
                    warn!(error = %Chain(&*error), "new connection ended, old connection kept");
                    old.renew_at = Instant::now() + AGAIN_AFTER;
                    return Some(State::Listening { link: old, failures: 0 });
                }
                Overlap::Proved => {
                    is_proved = true;
                    old.connection.say_goodbye().await;
                }
                Overlap::Nudged(ReconnectReason::Woke { asleep_from_ms }) => {
                    return Some(self.start_afresh(asleep_from_ms));
                }
                Overlap::Nudged(ReconnectReason::NetworkChanged | ReconnectReason::TryNow) => {
                    new.renew_at = Instant::now();
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
