//! Test support for the store: recording with a fixed decision.

use model::{NewEvent, UnixMs};

use super::record::{Outcome, Recorder, StateRead};
use crate::{
    decision::Decision,
    event::Arrival,
    store::{Store, StoreError},
    update::Added,
};

impl Store {
    pub(crate) fn add<D: Fn(&NewEvent) -> Decision>(
        &self,
        arrivals: &[(Arrival, Option<NewEvent>)],
        decide: D,
    ) -> Result<Vec<Outcome>, StoreError> {
        self.write(|transaction| {
            Recorder { transaction, decide: &decide, forward: &|_| Vec::new() }.arrivals(arrivals)
        })
    }

    pub(crate) fn add_untold<D: Fn(&NewEvent) -> Decision>(
        &self,
        event: &NewEvent,
        decide: D,
    ) -> Result<Added, StoreError> {
        self.write(|transaction| {
            Recorder { transaction, decide: &decide, forward: &|_| Vec::new() }.event(event)
        })
    }

    pub(crate) fn take_look(&self, read: &StateRead) -> Result<Vec<Outcome>, StoreError> {
        self.write(|transaction| {
            Recorder { transaction, decide: &|_| Decision::Notify, forward: &|_| Vec::new() }
                .state(read)
        })
    }

    pub(crate) fn take_endings(&self, now_ms: UnixMs) -> Result<Vec<Outcome>, StoreError> {
        self.write(|transaction| {
            Recorder { transaction, decide: &|_| Decision::Notify, forward: &|_| Vec::new() }
                .due_endings(now_ms)
        })
    }
}
