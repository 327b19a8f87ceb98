//! Queries and commands for the devices of the home.

use std::sync::Arc;

use model::{ControlAction, DeviceDetails, DeviceId};
use thinq::Profile;
use tokio::{sync::watch, task::spawn_blocking};

use super::Monitor;
use crate::{
    home::{ControlError, Home},
    store::StoreError,
};

impl Monitor {
    /// Current home and its changes.
    pub fn home(&self) -> watch::Receiver<model::Home> {
        self.shared.view.watch()
    }

    /// Reads the state and, the first time, the profile, as far as the service answers. `None` for
    /// an unknown device.
    pub async fn device(&self, id: &DeviceId) -> Result<Option<DeviceDetails>, StoreError> {
        let home = self.signed_in_home().await;
        let mut profile_problem = None;
        let mut profile = None;
        if let Some(home) = home.filter(|home| home.has_room(2)) {
            let (state, answered) = tokio::join!(home.read_state(id), home.profile(id));
            if let Err(error) = state {
                tracing::warn!(error = %thinq::Chain(&*error), "failed to read a device state");
            }
            match answered {
                Ok(answered) => profile = Some(answered),
                Err(problem) => profile_problem = Some(problem),
            }
        }
        let (store, known) = (Arc::clone(&self.shared.store), id.clone());
        let documents = spawn_blocking(move || store.device_documents(&known)).await;
        let (state, kept) = documents.unwrap_or(Ok((None, None)))?;
        let profile = profile.or_else(|| kept.map(Profile::new));
        let device = self.shared.view.watch().borrow().find(id).cloned();
        Ok(device.map(|device| DeviceDetails {
            readings: state.as_ref().map(thinq::state::readings).unwrap_or_default(),
            controls: match (&profile, &state) {
                (Some(profile), Some(state)) => profile.controls(&device.device_type, state),
                (_, None) | (None, _) => Vec::new(),
            },
            profile_problem,
            raw_state: state.map(|state| format!("{state:#}")),
            raw_profile: profile.map(|profile| format!("{:#}", profile.as_value())),
            device,
        }))
    }

    /// Switches a device on or off. Subscriptions follow once the service answers.
    pub async fn watch_device(&self, id: &DeviceId, is_watched: bool) -> Result<(), StoreError> {
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
        let Some(home) = self.signed_in_home().await else { return };
        let present = self
            .shared
            .view
            .watch()
            .borrow()
            .devices
            .iter()
            .map(|device| device.id.clone())
            .collect::<Vec<_>>();
        for id in present {
            self.shared.states_to_read.want(id);
        }
        home.provider.ask_again();
        self.shared.home_changed.notify_one();
    }

    /// Sends a command confirmed by the user and waits for the appliance to report it.
    pub async fn control_device(
        &self,
        id: &DeviceId,
        place: &str,
        action: ControlAction,
    ) -> Result<(), ControlError> {
        let home = self.signed_in_home().await.ok_or(ControlError::SignedOut)?;
        home.control(id, place, action).await
    }

    pub(super) async fn signed_in_home(&self) -> Option<Home> {
        self.shared.session.lock().await.as_ref().map(|session| session.home.clone())
    }
}
