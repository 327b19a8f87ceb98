//! Whether an event is notified, how, and in which words. Pure: no clock, no I/O.
//!
//! [`decide`] looks at the event, the user's rules and the situation, and names its reason; the
//! name is kept with the event, so that the history can answer why something was shown or not.

mod burst;
mod compose;
mod decide;
mod quiet_hours;
mod reminders;
mod rules;

pub use burst::Burst;
pub use compose::{
    Happening, Notification, compose, compose_digest, compose_summary, device_of, title_of,
    title_with_times,
};
pub use decide::{Decision, Reason, RecentlyNotified, Situation, decide, is_urgent};
pub use quiet_hours::{next_midnight, next_morning};
pub(crate) use quiet_hours::{next_start, quiet_until};
pub use reminders::Reminders;
pub(crate) use reminders::{is_settled_by, settles};
pub use rules::{Bursts, Rule, Rules, default_treatments};
