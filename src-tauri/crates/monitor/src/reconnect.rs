//! Nudges: external events that affect a waiting or listening listener.

use model::UnixMs;
use tokio::sync::watch;

/// A request to reconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReconnectReason {
    /// The user requested an immediate retry.
    TryNow,
    /// The network changed: open connections may be dead, failed ones may work.
    NetworkChanged,
    /// The computer slept: open connections are not trusted.
    Woke { asleep_from_ms: UnixMs },
}

/// Counters per kind. Receivers compare them with the last seen values, so no nudge is lost while
/// they are busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Update {
    hurries: u32,
    changes: u32,
    wakes: u32,
    asleep_from_ms: UnixMs,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Nudger(watch::Sender<Update>);

pub(crate) struct Nudges {
    told: watch::Receiver<Update>,
    seen: Update,
}

impl Nudger {
    pub(crate) fn tell(&self, nudge: ReconnectReason) {
        self.0.send_modify(|told| match nudge {
            ReconnectReason::TryNow => told.hurries = told.hurries.wrapping_add(1),
            ReconnectReason::NetworkChanged => told.changes = told.changes.wrapping_add(1),
            ReconnectReason::Woke { asleep_from_ms } => {
                told.wakes = told.wakes.wrapping_add(1);
                told.asleep_from_ms = asleep_from_ms;
            }
        });
    }

    /// Subscribes to nudges from now on.
    pub(crate) fn nudges(&self) -> Nudges {
        let told = self.0.subscribe();
        let seen = *told.borrow();
        Nudges { told, seen }
    }
}

impl Nudges {
    /// The next nudge, wake-ups first. Cancel safe.
    pub(crate) async fn next(&mut self) -> ReconnectReason {
        loop {
            if let Some(nudge) = self.unseen_strong() {
                return nudge;
            }
            let told = *self.told.borrow_and_update();
            if told.hurries != self.seen.hurries {
                self.seen.hurries = told.hurries;
                return ReconnectReason::TryNow;
            }
            self.changed().await;
        }
    }

    /// Same as [`Nudges::next`], but leaves [`ReconnectReason::TryNow`] pending.
    pub(crate) async fn next_strong(&mut self) -> ReconnectReason {
        loop {
            if let Some(nudge) = self.unseen_strong() {
                return nudge;
            }
            self.changed().await;
        }
    }

    /// Discards pending [`ReconnectReason::TryNow`] requests.
    pub(crate) fn forget_hurries(&mut self) {
        self.seen.hurries = self.told.borrow().hurries;
    }

    fn unseen_strong(&mut self) -> Option<ReconnectReason> {
        let told = *self.told.borrow_and_update();
        if told.wakes != self.seen.wakes {
            // Starting over covers all other pending nudges.
            self.seen = told;
            return Some(ReconnectReason::Woke { asleep_from_ms: told.asleep_from_ms });
        }
        if told.changes != self.seen.changes {
            self.seen.changes = told.changes;
            return Some(ReconnectReason::NetworkChanged);
        }
        None
    }

    async fn changed(&mut self) {
        if self.told.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
