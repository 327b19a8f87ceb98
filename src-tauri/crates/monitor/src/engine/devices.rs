//! Queries and commands for the devices of the home.

use std::sync::Arc;

use model::{Control, ControlAction};
use serde_json::Value;
use thinq::{DeviceId, Profile, state::StateReading};
use tokio::{sync::watch, task::spawn_blocking};

use super::Monitor;
use crate::{
    home::{ControlError, Home},
    household::{Appliance, Household},
    status::Trouble,
    store::StoreError,
};

/// A device with its profile, state and subscriptions.
#[derive(Clone, Debug)]
pub struct ApplianceDetails {
    pub appliance: Appliance,
    pub readings: Vec<StateReading>,
    pub controls: Vec<Control>,
    /// Why the profile is missing; being signed out is not reported here.
    pub profile_trouble: Option<Trouble>,
    /// Raw JSON from LG.
    pub state: Option<Value>,
    pub profile: Option<Value>,
}

impl Monitor {
    /// Current home and its changes.
    pub fn household(&self) -> watch::Receiver<Household> {
        self.shared.view.watch()
    }

    /// Reads the state and, the first time, the profile, as far as the service answers. `None` for
    /// an unknown device.
    pub async fn appliance(&self, id: &DeviceId) -> Result<Option<ApplianceDetails>, StoreError> {
        let home = self.home().await;
        let mut profile_trouble = None;
        let mut profile = None;
        if let Some(home) = home.filter(|home| home.has_room(2)) {
            let (state, answered) = tokio::join!(home.read_state(id), home.profile(id));
            if let Err(error) = state {
                tracing::warn!(error = %thinq::Chain(&*error), "failed to read a device state");
            }
            match answered {
                Ok(answered) => profile = Some(answered),
                Err(trouble) => profile_trouble = Some(trouble),
            }
        }
        let (store, known) = (Arc::clone(&self.shared.store), id.clone());
        let documents = spawn_blocking(move || store.device_documents(&known)).await;
        let (state, kept) = documents.unwrap_or(Ok((None, None)))?;
        let profile = profile.or_else(|| kept.map(Profile::new));
        let appliance = self.shared.view.watch().borrow().find(id).cloned();
        Ok(appliance.map(|appliance| ApplianceDetails {
            readings: state.as_ref().map(thinq::state::readings).unwrap_or_default(),
            controls: match (&profile, &state) {
                (Some(profile), Some(state)) => profile.controls(&appliance.device_type, state),
                (_, None) | (None, _) => Vec::new(),
            },
            profile_trouble,
            state,
            profile: profile.map(|profile| profile.as_value().clone()),
            appliance,
        }))
    }

    /// Switches a device on or off. Subscriptions follow once the service answers.
    pub async fn watch_appliance(&self, id: &DeviceId, is_watched: bool) -> Result<(), StoreError> {
        let (shared, known) = (Arc::clone(&self.shared), id.clone());
        let kept = spawn_blocking(move || {
            shared.store.set_watched(&known, is_watched)?;
            if is_watched {
                shared.view.ask_again(&known);
            }
            shared.view.refresh();
            Ok::<_, StoreError>(())
        });
        kept.await.unwrap_or(Ok(()))?;
        self.shared.mend.notify_one();
        Ok(())
    }

    /// Reads devices and states again and retries missing subscriptions.
    pub async fn read_home(&self) {
        self.shared.view.try_again();
        let Some(home) = self.home().await else { return };
        let present = self
            .shared
            .view
            .watch()
            .borrow()
            .appliances
            .iter()
            .map(|a| a.id.clone())
            .collect::<Vec<_>>();
        for id in present {
            self.shared.states_to_read.want(id);
        }
        home.provider.ask_again();
        self.shared.home_changed.notify_one();
    }

    /// Sends a command confirmed by the user and waits for the appliance to report it.
    pub async fn control_appliance(
        &self,
        id: &DeviceId,
        place: &str,
        action: ControlAction,
    ) -> Result<(), ControlError> {
        let home = self.home().await.ok_or(ControlError::SignedOut)?;
        home.control(id, place, action).await
    }

    pub(super) async fn home(&self) -> Option<Home> {
        self.shared.session.lock().await.as_ref().map(|session| session.home.clone())
    }
}
