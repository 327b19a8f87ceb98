//! Call budget: calls are counted per day, and for ThinQ Connect per hour, across restarts, and
//! suspended after "too many calls".

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use model::UnixMs;
use parking_lot::{Mutex, MutexGuard};
use thinq::{Chain, OnCall};
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    backoff::Backoff,
    clock::{Clock, day_of},
    status::EngineStatus,
    store::Store,
};

/// Daily number of calls above which optional ones are skipped. An idle day takes fewer than 50.
/// See `docs/protocol.md#load`.
pub const CALL_BUDGET: u32 = 300;
/// Number of calls in an hour above which optional ones of ThinQ Connect wait. LG counts calls per
/// user and hour and does not publish the limit.
pub const HOURLY_CALL_BUDGET: u32 = 60;
/// Suspension after the first "too many calls"; doubled for each further one within a day.
const FIRST_SILENCE: Duration = Duration::from_hours(1);
const LONGEST_SILENCE: Duration = Duration::from_hours(24);
const SILENCES: Backoff = Backoff::new(FIRST_SILENCE, LONGEST_SILENCE);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Scope of a suspension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A hub's calls about the home.
    Home,
    /// A hub's calls for a token, and the callback.
    Connection,
    /// All calls of ThinQ Connect.
    Connect,
}

#[derive(Clone)]
pub(crate) struct Budget {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<Store>,
    status: watch::Sender<EngineStatus>,
    clock: Clock,
    /// Calls not yet written to the store.
    uncounted: AtomicU32,
    this_hour: Mutex<HourCount>,
    home: Mutex<Silence>,
    connection: Mutex<Silence>,
    connect: Mutex<Silence>,
    changed: Notify,
}

/// Calls since the start of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct HourCount {
    /// Hours since the Unix epoch.
    hour: i64,
    count: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Silence {
    /// Number of consecutive suspensions.
    times: u32,
    until_ms: UnixMs,
    /// The same on the monotonic clock, which cannot be set; it stops while the computer sleeps.
    until: Option<Instant>,
}

impl Budget {
    /// Blocks on the disk.
    pub(crate) fn recall(
        store: &Arc<Store>,
        status: &watch::Sender<EngineStatus>,
        clock: &Clock,
    ) -> Self {
        let now_ms = clock();
        let silence = |scope| Mutex::new(Silence::recall(store, scope, now_ms));
        let budget = Self {
            shared: Arc::new(Shared {
                home: silence(Scope::Home),
                connection: silence(Scope::Connection),
                connect: silence(Scope::Connect),
                this_hour: Mutex::new(HourCount::recall(store)),
                store: Arc::clone(store),
                status: status.clone(),
                clock: Arc::clone(clock),
                uncounted: AtomicU32::new(0),
                changed: Notify::new(),
            }),
        };
        budget.shared.write();
        budget
    }

    /// Callback for [`thinq::HubSettings`] that counts every call.
    pub(crate) fn on_call(&self) -> OnCall {
        let shared = Arc::clone(&self.shared);
        Arc::new(move || {
            shared.uncounted.fetch_add(1, Ordering::Relaxed);
            shared.lock_hour().add(hour_of((shared.clock)()));
            shared.changed.notify_one();
        })
    }

    /// Writes the counted calls to the store until `stop`, and once more after it.
    pub(crate) async fn run(self, stop: CancellationToken) {
        loop {
            let is_over = stop.run_until_cancelled(self.shared.changed.notified()).await.is_none();
            let shared = Arc::clone(&self.shared);
            drop(spawn_blocking(move || shared.write()).await);
            if is_over {
                return;
            }
        }
    }

    /// Returns whether this number of optional calls fits into today's budget.
    pub(crate) fn has_room(&self, calls: usize) -> bool {
        let today = self.shared.status.borrow().calls_on((self.shared.clock)());
        let uncounted = self.shared.uncounted.load(Ordering::Relaxed);
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        today.saturating_add(uncounted).saturating_add(calls) <= CALL_BUDGET
    }

    /// Calls in the current hour.
    pub(crate) fn calls_this_hour(&self) -> u32 {
        self.shared.lock_hour().at(hour_of((self.shared.clock)()))
    }

    /// Returns whether this number of optional calls fits into this hour's budget.
    pub(crate) fn has_room_this_hour(&self, calls: usize) -> bool {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        self.calls_this_hour().saturating_add(calls) <= HOURLY_CALL_BUDGET
    }

    /// Suspends calls after "too many calls" and returns the duration. During a suspension, keeps
    /// its remaining time or extends it to `asked`.
    pub(crate) fn silence(&self, scope: Scope, asked: Option<Duration>) -> Duration {
        let now_ms = (self.shared.clock)();
        let mut silence = self.shared.of(scope);
        let asked = asked.unwrap_or_default();
        let length = silence.left(now_ms).unwrap_or_else(|| {
            let is_long_ago = now_ms.saturating_sub(silence.until_ms) > DAY_MS;
            silence.times = if is_long_ago { 1 } else { silence.times.saturating_add(1) };
            SILENCES.after(silence.times.saturating_sub(1))
        });
        let length = length.max(asked).min(LONGEST_SILENCE);
        silence.until_ms = now_ms.saturating_add(millis(length));
        silence.until = Some(Instant::now() + length);
        drop(silence);
        self.shared.changed.notify_one();
        length
    }

    /// Lifts the suspension on request of the user; the next one is longer.
    pub(crate) fn lift_silence(&self, scope: Scope) {
        let mut silence = self.shared.of(scope);
        silence.until = None;
        silence.until_ms = silence.until_ms.min((self.shared.clock)());
        drop(silence);
        self.shared.changed.notify_one();
    }

    /// Remaining time of the suspension.
    pub(crate) fn silence_left(&self, scope: Scope) -> Option<Duration> {
        self.shared.of(scope).left((self.shared.clock)())
    }
}

impl Shared {
    fn of(&self, scope: Scope) -> MutexGuard<'_, Silence> {
        let silence = match scope {
            Scope::Home => &self.home,
            Scope::Connection => &self.connection,
            Scope::Connect => &self.connect,
        };
        silence.lock()
    }

    fn lock_hour(&self) -> MutexGuard<'_, HourCount> {
        self.this_hour.lock()
    }

    fn write(&self) {
        let day = day_of((self.clock)());
        let calls = self.uncounted.swap(0, Ordering::Relaxed);
        match self.store.add_calls(day, calls) {
            Ok(count) => {
                self.status.send_if_modified(|status| {
                    let before = (status.calls, status.calls_day);
                    status.calls = count;
                    status.calls_day = day;
                    before != (count, day)
                });
            }
            Err(error) => {
                self.uncounted.fetch_add(calls, Ordering::Relaxed);
                warn!(error = %Chain(&error), "failed to store the call count");
            }
        }
        let this_hour = *self.lock_hour();
        if let Err(error) = self.store.set_fact(HourCount::FACT, this_hour.to_fact().as_deref()) {
            warn!(error = %Chain(&error), "failed to store the call count of the hour");
        }
        for scope in [Scope::Home, Scope::Connection, Scope::Connect] {
            let silence = *self.of(scope);
            let value =
                (silence.times > 0).then(|| format!("{} {}", silence.times, silence.until_ms));
            if let Err(error) = self.store.set_fact(scope.fact(), value.as_deref()) {
                warn!(error = %Chain(&error), "failed to store the call suspension");
            }
        }
    }
}

impl HourCount {
    const FACT: &str = "calls_this_hour";

    fn recall(store: &Store) -> Self {
        let (hour, count) = recall_pair(store, Self::FACT).unwrap_or_default();
        Self { hour, count }
    }

    fn to_fact(self) -> Option<String> {
        (self.count > 0).then(|| format!("{} {}", self.hour, self.count))
    }

    fn at(self, hour: i64) -> u32 {
        if self.hour == hour { self.count } else { 0 }
    }

    fn add(&mut self, hour: i64) {
        *self = Self { hour, count: self.at(hour).saturating_add(1) };
    }
}

impl Silence {
    fn recall(store: &Store, scope: Scope, now_ms: UnixMs) -> Self {
        let Some((times, until_ms)) = recall_pair::<_, UnixMs>(store, scope.fact()) else {
            return Self::default();
        };
        let left_ms = u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0);
        let left = Duration::from_millis(left_ms).min(LONGEST_SILENCE);
        Self { times, until_ms, until: Some(Instant::now() + left) }
    }

    /// Remaining time on the clock that ends first: one may have been set, the other may have
    /// stopped during sleep.
    fn left(&self, now_ms: UnixMs) -> Option<Duration> {
        let by_day =
            Duration::from_millis(u64::try_from(self.until_ms.saturating_sub(now_ms)).unwrap_or(0));
        let left = by_day.min(self.until?.saturating_duration_since(Instant::now()));
        (!left.is_zero()).then_some(left)
    }
}

impl Scope {
    fn fact(self) -> &'static str {
        match self {
            Self::Home => "silence_home",
            Self::Connection => "silence_connection",
            Self::Connect => "silence_connect",
        }
    }
}

/// A fact that consists of two numbers with a blank in between; `None` if there is none.
fn recall_pair<A: FromStr, B: FromStr>(store: &Store, fact: &str) -> Option<(A, B)> {
    let value = store.fact(fact).ok().flatten()?;
    let (one, other) = value.split_once(' ')?;
    Some((one.parse().ok()?, other.parse().ok()?))
}

/// Hours since the Unix epoch.
fn hour_of(now_ms: UnixMs) -> i64 {
    now_ms.div_euclid(60 * 60 * 1000)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use tokio::time;

    use super::*;

    struct Rig {
        store: Arc<Store>,
        status: watch::Sender<EngineStatus>,
        now_ms: Arc<AtomicI64>,
        clock: Clock,
    }

    fn rig() -> Rig {
        let now_ms = Arc::new(AtomicI64::new(1_800_000_000_000));
        let read = Arc::clone(&now_ms);
        Rig {
            store: Arc::new(Store::in_memory().unwrap()),
            status: watch::Sender::new(EngineStatus::default()),
            now_ms,
            clock: Arc::new(move || read.load(Ordering::Relaxed)),
        }
    }

    impl Rig {
        fn budget(&self) -> Budget {
            Budget::recall(&self.store, &self.status, &self.clock)
        }

        async fn pass(&self, passed: Duration) {
            self.now_ms.fetch_add(millis(passed), Ordering::Relaxed);
            time::advance(passed).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silences_double_up_to_a_day_and_outlive_a_restart() {
        let rig = rig();
        let mut hours = Vec::new();
        for _ in 0..6 {
            let budget = rig.budget();
            let length = budget.silence(Scope::Home, None);
            hours.push(length.as_secs() / 3600);
            budget.shared.write();
            drop(budget);

            let budget = rig.budget();
            assert_eq!(budget.silence_left(Scope::Home), Some(length));
            assert_eq!(budget.silence(Scope::Home, None), length, "the suspension continues");
            assert_eq!(budget.silence_left(Scope::Connection), None);
            rig.pass(length).await;
            assert_eq!(budget.silence_left(Scope::Home), None);
        }
        assert_eq!(hours, [1, 2, 4, 8, 16, 24]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_put_back_prolongs_no_silence() {
        let rig = rig();
        let budget = rig.budget();
        budget.silence(Scope::Home, None);

        rig.now_ms.fetch_sub(DAY_MS, Ordering::Relaxed);
        time::advance(FIRST_SILENCE).await;

        assert_eq!(budget.silence_left(Scope::Home), None);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_counted_each_day_over_restarts() {
        let rig = rig();
        for count in 1..=3 {
            let budget = rig.budget();
            budget.on_call()();
            budget.shared.write();
            assert_eq!(rig.status.borrow().calls_on((rig.clock)()), count);
        }
        let budget = rig.budget();
        assert!(budget.has_room(CALL_BUDGET as usize - 3));
        assert!(!budget.has_room(CALL_BUDGET as usize - 2));

        rig.pass(Duration::from_hours(24)).await;

        assert!(rig.budget().has_room(CALL_BUDGET as usize));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_counted_each_hour_over_restarts() {
        let rig = rig();
        let budget = rig.budget();
        (0..HOURLY_CALL_BUDGET).for_each(|_| budget.on_call()());
        budget.shared.write();
        let budget = rig.budget();
        assert_eq!(budget.calls_this_hour(), HOURLY_CALL_BUDGET);
        assert!(!budget.has_room_this_hour(1));

        rig.pass(Duration::from_hours(1)).await;

        assert_eq!(budget.calls_this_hour(), 0);
        assert!(budget.has_room_this_hour(HOURLY_CALL_BUDGET as usize));
        budget.on_call()();
        assert_eq!(budget.calls_this_hour(), 1);
    }
}
