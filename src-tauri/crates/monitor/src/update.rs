//! Updates: what the engine publishes to its subscribers.

use crate::{
    decision::Decision,
    event::{EventId, StoredEvent},
};

/// A new event and the decision about its notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    pub stored: StoredEvent,
    pub decision: Decision,
}

/// A change, published to subscribers.
#[derive(Clone, Debug)]
pub enum Update {
    /// A new event, committed to the history.
    Added(Box<Added>),
    /// A new event that could not be stored; its id is 0.
    Unstored(Box<Added>),
    /// Events were marked, deleted or imported.
    HistoryChanged,
    /// An event to notify again, as it is still outstanding.
    Reminder(Box<StoredEvent>),
    /// These events are settled: their notifications can be withdrawn.
    Settled(Vec<EventId>),
    /// A pause or the quiet hours have ended by themselves.
    HoldEnded,
    /// The rules or the set of muted devices changed.
    RulesChanged,
}
