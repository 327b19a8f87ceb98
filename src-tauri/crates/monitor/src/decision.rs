//! Decides whether and how an event is notified, and composes the text. Pure: no clock, no I/O.
//!
//! [`decide`] evaluates the event, the user's rules and the situation, and returns a named reason.
//! The name is stored with the event, so that the history can explain the decision.

mod burst;
mod compose;
mod decide;
mod late;
mod quiet_hours;
mod reminders;
mod rules;

pub use burst::Burst;
pub use compose::{
    Notification, Topic, compose, compose_digest, compose_late, compose_summary, device_of,
    title_of, title_with_times,
};
pub use decide::{Decision, Reason, RecentlyNotified, Situation, decide, is_urgent};
pub use late::LateTime;
pub use quiet_hours::{next_midnight, next_morning};
pub(crate) use quiet_hours::{next_start, quiet_until};
pub(crate) use reminders::{is_reminded, is_settled_by, settles};
pub use rules::default_treatments;
