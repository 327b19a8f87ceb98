//! The clock and the time zone as parameters; only the app reads the real ones.

use std::sync::Arc;

use jiff::tz::TimeZone;
use model::UnixMs;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Returns the wall-clock time.
pub type Clock = Arc<dyn Fn() -> UnixMs + Send + Sync>;

/// Returns the current time zone; evaluated on each use, as it may change.
pub type Zone = Arc<dyn Fn() -> TimeZone + Send + Sync>;

/// Days since the Unix epoch, in UTC.
pub(crate) fn day_of(now_ms: UnixMs) -> i64 {
    now_ms.div_euclid(DAY_MS)
}
