//! Whether an event is notified, how, and in which words. Pure: no clock, no I/O.
//!
//! [`decide`] looks at the event, the user's rules and the situation, and names its reason; the
//! name is kept with the event, so that the history can answer why something was shown or not.

mod compose;
mod decide;
mod flood;
mod quiet_hours;
mod reminders;
mod rules;

pub use compose::{
    Happening, Notification, compose, compose_digest, compose_summary, device_of, title_of,
    title_with_times,
};
pub use decide::{Decision, Reason, Situation, decide, is_urgent};
pub use flood::{Bursts, Crowd, Flood};
pub use quiet_hours::{next_midnight, next_morning};
pub(crate) use quiet_hours::{next_start, quiet_until};
pub use reminders::{Reminders, Settles};
pub(crate) use reminders::{is_settled_by, settled_by_push, settles};
pub use rules::{Rule, Rules, default_treatments};
