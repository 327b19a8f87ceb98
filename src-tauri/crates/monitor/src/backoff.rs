//! Delays between retries, doubled after each failure up to a limit.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Returns the delay before the next retry.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.next;
        self.next = delay.saturating_mul(2).min(self.longest);
        delay
    }

    /// Raises the next delay and those after it to at least `delay`.
    pub fn raise_to(&mut self, delay: Duration) {
        self.next = self.next.max(delay);
    }

    /// Resets to the first delay.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// Returns the delay after `failures` failures, independent of previous calls.
    pub fn after(&self, failures: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(failures)).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn delays_double_up_to_their_bound_and_start_again() {
        let mut backoff = Backoff::new(FIRST, LONGEST);

        let delays: Vec<_> = (0..5).map(|_| backoff.next_delay().as_secs()).collect();

        assert_eq!(delays, [1, 2, 4, 5, 5]);
        let after: Vec<_> =
            [0, 1, 2, 3, u32::MAX].map(|count| backoff.after(count).as_secs()).into();
        assert_eq!(after, delays);
        backoff.reset();
        assert_eq!(backoff.next_delay(), FIRST);
    }

    #[test]
    fn a_raised_delay_is_where_the_doubling_goes_on() {
        let mut backoff = Backoff::new(FIRST, LONGEST);

        backoff.raise_to(FIRST * 2);
        assert_eq!(backoff.next_delay(), FIRST * 2);
        backoff.raise_to(FIRST);
        assert_eq!(backoff.next_delay(), FIRST * 4);
    }
}
