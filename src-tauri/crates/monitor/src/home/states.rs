//! Reads states and profiles of single devices, and sends commands.

use std::{sync::Arc, time::Duration};

use model::{ControlAction, Device, DeviceId, Problem};
use serde_json::Value;
use thinq::{Chain, Error, Profile, has_followed};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
    time,
};
use tracing::{info, warn};

use super::{
    Home,
    calls::{Ask, Unfinished},
};
use crate::{
    inbound::{Inbound, StateAnswer},
    provider::ActiveProvider,
};

/// Answer timeout of LG's own client. See `docs/protocol.md#load`.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Why an appliance did not follow a command.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("not signed in")]
    SignedOut,

    #[error("unsupported command")]
    NotPossible,

    #[error("service rejected the command")]
    Service(#[source] Arc<Error>),

    /// The service accepted the command but the appliance did not confirm it.
    #[error("appliance reported no new state")]
    NoNewState,
}

impl Home {
    /// Reads states once each: of all devices after a gap, otherwise of requested devices and those
    /// without a stored state to compare with.
    pub(super) async fn look(
        &self,
        is_after_gap: bool,
        inbound: &mpsc::Sender<Inbound>,
    ) -> Result<Unfinished, Arc<Error>> {
        let (store, present, states_to_read) =
            (Arc::clone(&self.store), self.present(), self.states_to_read.take());
        let known = states_to_read.clone();
        let due = spawn_blocking(move || {
            let is_due = |id: &DeviceId| {
                let is_first = || !store.has_state(id).unwrap_or(true);
                store.is_watched(id).unwrap_or(true)
                    && (is_after_gap || known.contains_key(id) || is_first())
            };
            present.into_iter().filter(is_due).collect::<Vec<_>>()
        });
        let due = due.await.unwrap_or_default();
        if !self.has_room(due.len()) {
            warn!("call budget exhausted, states not read");
            if is_after_gap || matches!(self.provider, ActiveProvider::Connect(_)) {
                for id in due {
                    self.states_to_read.later(id, is_after_gap);
                }
            }
            return Ok(Unfinished::default());
        }
        // A read that failed after the gap must still be compared with the state before the gap.
        let is_late =
            |id: &DeviceId| is_after_gap || states_to_read.get(id).copied().unwrap_or(false);
        let (late, usual): (Vec<_>, Vec<_>) = due.into_iter().partition(is_late);
        let mut unfinished = Unfinished::default();
        for (ids, is_after_gap) in [(late, true), (usual, false)] {
            match self.ask_all(&ids, Ask::State { inbound, is_after_gap }).await {
                Ok(more) => unfinished.add(more),
                Err(error) => {
                    for (id, is_after_gap) in states_to_read {
                        self.states_to_read.later(id, is_after_gap);
                    }
                    return Err(error);
                }
            }
        }
        Ok(unfinished)
    }

    pub(super) async fn look_at(
        &self,
        id: &DeviceId,
        inbound: &mpsc::Sender<Inbound>,
        is_after_gap: bool,
    ) -> Result<(), Arc<Error>> {
        let state = self.call(self.provider.state(id)).await?;
        let look = Inbound::State(Box::new(self.seen(id, state, is_after_gap, None)));
        // The receiver is gone only while the program ends.
        drop(inbound.send(look).await);
        Ok(())
    }

    fn seen(
        &self,
        id: &DeviceId,
        state: Value,
        is_after_gap: bool,
        stored: Option<oneshot::Sender<()>>,
    ) -> StateAnswer {
        let names = self.names.read();
        let known = names.get(id).and_then(|known| known.device_type.clone());
        let device_type = known.unwrap_or_default();
        StateAnswer { device_id: id.clone(), device_type, state, is_after_gap, stored }
    }

    /// Reads a state; returns once it is stored and published.
    pub(crate) async fn read_state(&self, id: &DeviceId) -> Result<(), Arc<Error>> {
        let state = self.call(self.provider.state(id)).await?;
        let (stored, is_stored) = oneshot::channel();
        let look = Inbound::State(Box::new(self.seen(id, state, false, Some(stored))));
        if let Some(inbound) = self.inbound.upgrade() {
            drop(inbound.send(look).await);
            // The ingest drops the sender when done.
            drop(is_stored.await);
        }
        Ok(())
    }

    /// The profile, read once.
    pub(crate) async fn profile(&self, id: &DeviceId) -> Result<Profile, Problem> {
        let (store, known) = (Arc::clone(&self.store), id.clone());
        let kept = spawn_blocking(move || store.device_documents(&known)).await;
        if let Ok(Ok((_, Some(profile)))) = kept {
            return Ok(Profile::new(profile));
        }
        let profile = self.call(self.provider.profile(id)).await.map_err(|error| {
            warn!(error = %Chain(&*error), "failed to read a profile");
            Problem::from(&*error)
        })?;
        let (store, known, kept) = (Arc::clone(&self.store), id.clone(), profile.clone());
        match spawn_blocking(move || store.keep_profile(&known, &kept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(error = %Chain(&error), "failed to store a profile"),
            Err(_) => warn!("failed to store a profile"),
        }
        Ok(Profile::new(profile))
    }

    /// Sends a command once and waits for the appliance to report the change.
    pub(crate) async fn control(
        &self,
        id: &DeviceId,
        place: &str,
        action: ControlAction,
    ) -> Result<(), ControlError> {
        let profile = self.profile(id).await.map_err(|_told| ControlError::NotPossible)?;
        let command = profile.command(place, action).ok_or(ControlError::NotPossible)?;
        let mut shown = self.view.watch();
        self.call(self.provider.control(id, &command)).await.map_err(ControlError::Service)?;
        info!(?action, device = ?id, "sent command");
        let is_done = |home: &model::Home| {
            home.find(id).is_some_and(|device| has_done(device, place, action))
        };
        if time::timeout(ANSWER_WITHIN, shown.wait_for(is_done)).await.is_ok() {
            return Ok(());
        }
        // Event messages may be missing.
        self.read_state(id).await.map_err(ControlError::Service)?;
        let is_done = is_done(&shown.borrow());
        if is_done { Ok(()) } else { Err(ControlError::NoNewState) }
    }
}

fn has_done(device: &Device, place: &str, action: ControlAction) -> bool {
    let only = if device.parts.len() == 1 { device.parts.first() } else { None };
    let part = device.parts.iter().find(|part| part.place == place).or(only);
    part.is_some_and(|part| has_followed(action, part.phase, part.run_state.as_deref()))
}
