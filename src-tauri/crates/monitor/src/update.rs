//! Updates published to subscribers of the engine.

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
pub enum EngineUpdate {
    /// A new event, committed to the history.
    Added(Box<Added>),
    /// A new event that could not be stored; its id is 0.
    Unstored(Box<Added>),
    /// Events were marked, deleted or imported.
    HistoryChanged,
    /// So many events exceeded the retention at once that the user should know.
    Expired(u32),
    /// A reminder for an outstanding event.
    Reminder(Box<StoredEvent>),
    /// These events are settled: their notifications can be withdrawn.
    Settled(Vec<EventId>),
    /// A pause or the quiet hours ended on schedule.
    HoldEnded,
    /// The rules or the set of muted devices changed.
    RulesChanged,
}
