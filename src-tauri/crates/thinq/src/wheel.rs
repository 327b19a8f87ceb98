//! Timers that need not be exact, at moments at which they wake the processor once.
//!
//! Tokio sorts its timers by how far off they are and looks at the far ones again at every 4,096th
//! millisecond since the runtime began, then at every 64th, then at the timer's own: one timer of
//! half a minute wakes the thread three times. One that is due at such a 4,096th is due at once.

use std::{
    sync::OnceLock,
    time::{Duration, Instant as SystemInstant},
};

use tokio::time::Instant;

/// Tokio 1: two levels of 64 slots each, the slots of the first a millisecond long.
const TURN: Duration = Duration::from_millis(64 * 64);
/// Tokio takes a timer to be due at the next whole millisecond: never a turn too late.
const ROUNDING: Duration = Duration::from_micros(999);

static RUNTIME_BUILT: OnceLock<SystemInstant> = OnceLock::new();

/// Tells when the program's runtime was built, right after it was; the first word counts. Where
/// nobody says it, and where it is a millisecond off, timers are as right and wake more often.
pub fn runtime_was_built_at(moment: SystemInstant) {
    RUNTIME_BUILT.get_or_init(|| moment);
}

/// The best moment for what has to happen within `time` from now: less than a turn before its end.
pub(crate) fn within(time: Duration) -> Instant {
    let latest = Instant::now() + time;
    match RUNTIME_BUILT.get() {
        Some(built) if time > TURN => at_turn(Instant::from_std(*built), latest),
        _ => latest,
    }
}

fn at_turn(built: Instant, latest: Instant) -> Instant {
    let Some(since) = latest.checked_duration_since(built) else { return latest };
    let into_turn = (since + ROUNDING).as_nanos() % TURN.as_nanos();
    // A turn is far below what 64 bits hold.
    latest - Duration::from_nanos(u64::try_from(into_turn).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING_EVERY: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_timer_is_moved_to_the_turn_before_it() {
        let built = Instant::now();
        for ms in [0, 1, 4_095, 4_096, 4_097, 29_999, 86_400_000] {
            let latest = built + Duration::from_millis(ms) + PING_EVERY;

            let moment = at_turn(built, latest);

            assert!(moment <= latest && latest - moment < TURN, "{ms}");
            // As Tokio rounds it.
            let tick = (moment - built + ROUNDING).as_millis();
            assert_eq!(tick % TURN.as_millis(), 0, "{ms}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_ping_after_another_is_seven_turns_apart() {
        let built = Instant::now();
        let first = at_turn(built, built + PING_EVERY);

        let second = at_turn(built, first + Duration::from_micros(300) + PING_EVERY);

        assert_eq!(second - first, 7 * TURN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_is_exact_where_the_runtime_is_younger() {
        let moment = Instant::now() + PING_EVERY;

        assert_eq!(at_turn(moment + Duration::from_secs(1), moment), moment);
    }

    /// In real time, as it is Tokio's own wheel that is asked.
    #[cfg(target_os = "linux")]
    #[test]
    fn such_a_timer_does_not_wake_the_thread_three_times() {
        // Again where this thread was held up, so that nobody knows when the wheel began to turn.
        let (runtime, built) = loop {
            let began = Instant::now();
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let runtime = builder.worker_threads(1).enable_time().build().unwrap();
            let built = Instant::now();
            if built - began < ROUNDING {
                break (runtime, built);
            }
        };

        let waiting = runtime.spawn(async move {
            let before = times_woken();
            let latest = Instant::now() + Duration::from_secs(5);
            tokio::time::sleep_until(at_turn(built, latest)).await;
            times_woken() - before
        });
        let count = runtime.block_on(waiting).unwrap();

        // A second time where the disk or another thread was waited for.
        assert!((1..=2).contains(&count), "{count}");
    }

    /// So often this thread has waited for something.
    #[cfg(target_os = "linux")]
    fn times_woken() -> u32 {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    }
}
