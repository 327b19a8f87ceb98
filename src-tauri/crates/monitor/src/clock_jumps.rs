//! Detects suspends and clock changes by comparing the wall clock with the monotonic clock, which
//! is affected by neither. Used where no system service reports them.

use std::time::Duration;

use model::UnixMs;
use tokio::time::Instant;

/// Both clocks, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocks {
    pub(crate) wall_ms: UnixMs,
    pub(crate) at: Instant,
}

/// Deviation of the wall clock from the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    /// The computer was suspended, or the clock was set forward.
    Forward(Duration),
    /// The clock was set back.
    Back(Duration),
}

/// Tolerance in milliseconds for drift and late timers.
const SLACK_MS: i64 = 4_000;

/// Returns the jump between two readings, if any.
pub(crate) fn jump(before: Clocks, after: Clocks) -> Option<Jump> {
    let ran = after.at.saturating_duration_since(before.at);
    let ran_ms = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
    let off_ms = after.wall_ms.saturating_sub(before.wall_ms).saturating_sub(ran_ms);
    let by = Duration::from_millis(off_ms.unsigned_abs());
    if off_ms > SLACK_MS {
        Some(Jump::Forward(by))
    } else if off_ms < -SLACK_MS {
        Some(Jump::Back(by))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_jump_of_some_seconds_counts() {
        const START_MS: UnixMs = 1_800_000_000_000;
        let at = Instant::now();
        let before = Clocks { wall_ms: START_MS, at };
        let day_ms = 24 * 60 * 60 * 1000;
        let cases = [
            (5_000, 5, None),
            (9_000, 5, None),
            (3_000, 5, None),
            (65_000, 5, Some(Jump::Forward(Duration::from_mins(1)))),
            (day_ms, 0, Some(Jump::Forward(Duration::from_hours(24)))),
            (-day_ms, 0, Some(Jump::Back(Duration::from_hours(24)))),
        ];
        for (wall_ms, ran_s, expected) in cases {
            let after = Clocks { wall_ms: START_MS + wall_ms, at: at + Duration::from_secs(ran_s) };
            assert_eq!(jump(before, after), expected, "{wall_ms} ms in {ran_s} s");
        }
    }
}
