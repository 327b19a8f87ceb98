//! Reports jumps of the wall clock: it was set, or the computer woke from sleep. Uses a kernel timer
//! without periodic wake-ups.

use std::{io, os::fd::OwnedFd};

use rustix::{
    io::{Errno, read},
    time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    },
};
use tokio::io::unix::AsyncFd;

/// Expiry that is never reached: in the year 2223.
const NEVER: Timespec = Timespec { tv_sec: 8_000_000_000, tv_nsec: 0 };
const ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// A timer that is never meant to expire: the kernel cancels it when the clock jumps.
pub(super) struct Alarm {
    timer: AsyncFd<OwnedFd>,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        Self::at(NEVER)
    }

    fn at(time: Timespec) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
        let rules = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        timerfd_settime(&timer, rules, &Itimerspec { it_interval: ONCE, it_value: time })?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe; this timer stays open with its owner"
        )]
        let timer = AsyncFd::new(timer)?;
        Ok(Self { timer })
    }

    /// Waits for the next jump. Can be called again afterwards.
    pub(super) async fn rings(&self) -> io::Result<()> {
        loop {
            let mut ready = self.timer.readable().await?;
            let mut count = [0_u8; 8];
            match read(self.timer.get_ref(), &mut count) {
                Err(Errno::CANCELED) | Ok(_) => {
                    ready.clear_ready();
                    return Ok(());
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, pin::pin, task::Context};

    use super::*;

    #[tokio::test]
    async fn the_alarm_is_silent_until_the_kernel_rings_it() {
        let alarm = Alarm::new().unwrap();

        let mut ringing = pin!(alarm.rings());
        let is_ringing = ringing.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()));

        assert!(is_ringing.is_pending());
        // A test must not set the clock; an expiry in the past wakes as well.
        Alarm::at(Timespec { tv_sec: 1, tv_nsec: 0 }).unwrap().rings().await.unwrap();
    }
}
