//! Nudges: what the world outside tells a listener that waits or listens.

use model::UnixMs;
use tokio::sync::watch;

/// What the listener is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nudge {
    /// The user does not want to wait.
    TryNow,
    /// Another network, or one again: what is open may be dead, what failed may work.
    NetworkChanged,
    /// The computer slept: what is open is not to be trusted.
    Woke { asleep_from_ms: UnixMs },
}

/// How often each was told; a receiver compares with what it has seen, so that none is lost while
/// it is busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    hurries: u32,
    changes: u32,
    wakes: u32,
    asleep_from_ms: UnixMs,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Nudger(watch::Sender<Told>);

pub(crate) struct Nudges {
    told: watch::Receiver<Told>,
    seen: Told,
}

impl Nudger {
    pub(crate) fn tell(&self, nudge: Nudge) {
        self.0.send_modify(|told| match nudge {
            Nudge::TryNow => told.hurries = told.hurries.wrapping_add(1),
            Nudge::NetworkChanged => told.changes = told.changes.wrapping_add(1),
            Nudge::Woke { asleep_from_ms } => {
                told.wakes = told.wakes.wrapping_add(1);
                told.asleep_from_ms = asleep_from_ms;
            }
        });
    }

    /// Hears of nudges from now on.
    pub(crate) fn nudges(&self) -> Nudges {
        let told = self.0.subscribe();
        let seen = *told.borrow();
        Nudges { told, seen }
    }
}

impl Nudges {
    /// The next one, a waking first. Cancel safe.
    pub(crate) async fn next(&mut self) -> Nudge {
        loop {
            if let Some(nudge) = self.unseen_strong() {
                return nudge;
            }
            let told = *self.told.borrow_and_update();
            if told.hurries != self.seen.hurries {
                self.seen.hurries = told.hurries;
                return Nudge::TryNow;
            }
            self.changed().await;
        }
    }

    /// As [`Nudges::next`], leaving the user's impatience for later.
    pub(crate) async fn next_strong(&mut self) -> Nudge {
        loop {
            if let Some(nudge) = self.unseen_strong() {
                return nudge;
            }
            self.changed().await;
        }
    }

    /// There is nothing left to be impatient about.
    pub(crate) fn forget_hurries(&mut self) {
        self.seen.hurries = self.told.borrow().hurries;
    }

    fn unseen_strong(&mut self) -> Option<Nudge> {
        let told = *self.told.borrow_and_update();
        if told.wakes != self.seen.wakes {
            // Whatever else was told is answered by starting afresh.
            self.seen = told;
            return Some(Nudge::Woke { asleep_from_ms: told.asleep_from_ms });
        }
        if told.changes != self.seen.changes {
            self.seen.changes = told.changes;
            return Some(Nudge::NetworkChanged);
        }
        None
    }

    async fn changed(&mut self) {
        if self.told.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
