//! A wall clock that is set by tests only.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use model::UnixMs;
use monitor::Clock;

const START_MS: UnixMs = 1_800_000_000_000;

#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn now_ms(&self) -> UnixMs {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, passed: Duration) {
        let passed_ms = i64::try_from(passed.as_millis()).expect("offsets are hours");
        self.0.fetch_add(passed_ms, Ordering::SeqCst);
    }

    /// In the form expected by the engine.
    pub(crate) fn reading(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START_MS)))
    }
}
