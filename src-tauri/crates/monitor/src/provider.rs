//! The provider of a session: the calls of the home, each in the form of a hub and of ThinQ Connect.
//!
//! Tokens never leave this module. A hub's access token is refreshed once and the call repeated once;
//! a personal access token cannot be refreshed, so after its refusal no call is made any more.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::Arc,
};

use model::{DeviceId, Feature, Problem, ProblemCode, VariantArray as _};
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use thinq::{
    AccessToken, Chain, Error, Hub, ListedDevice, Remedy,
    connect::{
        BrokerAddress, ClientCertificate, ClientId, Connect, EnergyDate, EnergyPeriod, EnergyUsage,
    },
};
use tokio::sync::watch;
use tracing::warn;

use crate::{
    budget::{Budget, Scope},
    sign_in::TokenKeeper,
};

type Answer<T> = Result<T, Arc<Error>>;

#[derive(Clone)]
pub(crate) enum ActiveProvider {
    Hub(HubProvider),
    Connect(ConnectProvider),
}

#[derive(Clone)]
pub(crate) struct HubProvider {
    pub(crate) hub: Hub,
    pub(crate) tokens: TokenKeeper,
}

#[derive(Clone)]
pub(crate) struct ConnectProvider {
    connect: Connect,
    client_id: ClientId,
    budget: Budget,
    known: Arc<Known>,
}

/// What ThinQ Connect has said about the token.
#[derive(Default)]
struct Known {
    refusal: watch::Sender<Option<Arc<Error>>>,
    missing: Mutex<HashMap<Feature, Arc<Error>>>,
    allowed: Mutex<HashSet<Feature>>,
}

/// Calls a function that hub and ThinQ Connect have in common.
macro_rules! call {
    ($provider:expr, $feature:ident, $name:ident($($argument:expr),*)) => {
        match $provider {
            Self::Hub(hub) => {
                let call =
                    hub.call(|hub, token| async move { hub.$name(&token, $($argument),*).await });
                Box::pin(call).await
            }
            Self::Connect(provider) => {
                let call = provider.connect.$name($($argument),*);
                Box::pin(provider.call(Some(Feature::$feature), call)).await
            }
        }
    };
}

impl ActiveProvider {
    /// Which calls a "too many calls" of the home suspends.
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::Hub(_) => Scope::Home,
            Self::Connect(_) => Scope::Connect,
        }
    }

    pub(crate) async fn devices(&self) -> Answer<Vec<ListedDevice>> {
        call!(self, Devices, devices())
    }

    pub(crate) async fn state(&self, id: &DeviceId) -> Answer<Value> {
        call!(self, States, state(id))
    }

    pub(crate) async fn profile(&self, id: &DeviceId) -> Answer<Value> {
        call!(self, Devices, profile(id))
    }

    /// Sends a command once.
    pub(crate) async fn control(&self, id: &DeviceId, command: &Value) -> Answer<()> {
        call!(self, Control, control(id, command))
    }

    pub(crate) async fn subscribe_push(&self, id: &DeviceId) -> Answer<()> {
        call!(self, Pushes, subscribe_push(id))
    }

    pub(crate) async fn unsubscribe_push(&self, id: &DeviceId) -> Answer<()> {
        call!(self, Pushes, unsubscribe_push(id))
    }

    /// For [`thinq::EVENT_HOURS`].
    pub(crate) async fn subscribe_event(&self, id: &DeviceId) -> Answer<()> {
        call!(self, Events, subscribe_event(id))
    }

    pub(crate) async fn unsubscribe_event(&self, id: &DeviceId) -> Answer<()> {
        call!(self, Events, unsubscribe_event(id))
    }

    /// `None` where there is no such call.
    pub(crate) async fn push_subscriptions(&self) -> Answer<Option<Vec<DeviceId>>> {
        call!(self, Pushes, push_subscriptions())
    }

    /// `None` where there is no such call.
    pub(crate) async fn event_subscriptions(&self) -> Answer<Option<Vec<DeviceId>>> {
        call!(self, Events, event_subscriptions())
    }

    /// Subscribes to messages about added, removed and renamed devices, which a hub sends anyway.
    pub(crate) async fn subscribe_device_list(&self) -> Answer<()> {
        match self {
            Self::Hub(_) => Ok(()),
            Self::Connect(provider) => {
                let call = provider.connect.subscribe_device_list();
                Box::pin(provider.call(Some(Feature::Pushes), call)).await
            }
        }
    }

    pub(crate) async fn unsubscribe_device_list(&self) -> Answer<()> {
        match self {
            Self::Hub(_) => Ok(()),
            Self::Connect(provider) => {
                let call = provider.connect.unsubscribe_device_list();
                Box::pin(provider.call(Some(Feature::Pushes), call)).await
            }
        }
    }

    /// A feature without which the home is incomplete and that the token lacks.
    pub(crate) fn missing_feature(&self) -> Option<Problem> {
        let Self::Connect(provider) = self else { return None };
        let of_home = [Feature::Devices, Feature::Pushes, Feature::Events, Feature::States];
        let found = of_home.into_iter().find_map(|feature| provider.known.missing(feature))?;
        Some(Problem::from(&*found))
    }

    /// Makes calls for missing features again: the user may have allowed them.
    pub(crate) fn ask_again(&self) {
        if let Self::Connect(provider) = self {
            provider.known.lock().clear();
        }
    }
}

impl HubProvider {
    /// Calls the hub, and retries once with a new token if the hub rejects the first one.
    async fn call<T, F: Future<Output = Result<T, Error>>>(
        &self,
        ask: impl Fn(Hub, AccessToken) -> F,
    ) -> Answer<T> {
        let token = self.tokens.access_token().await?;
        match ask(self.hub.clone(), token.clone()).await {
            Err(error) if error.remedy() == Remedy::RefreshToken => {
                self.tokens.refuse(&token).await;
                let token = self.tokens.access_token().await?;
                ask(self.hub.clone(), token).await.map_err(Arc::new)
            }
            answer => answer.map_err(Arc::new),
        }
    }
}

impl ConnectProvider {
    pub(crate) fn new(connect: Connect, client_id: ClientId, budget: Budget) -> Self {
        Self { connect, client_id, budget, known: Arc::default() }
    }

    pub(crate) fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Resolves once the token was refused.
    pub(crate) async fn refused(&self) -> Arc<Error> {
        let mut refusal = self.known.refusal.subscribe();
        match refusal.wait_for(Option::is_some).await.map(|found| found.clone()) {
            Ok(Some(error)) => error,
            // The sender lives as long as `self`.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// In the order of [`Feature::VARIANTS`].
    pub(crate) fn missing_features(&self) -> Vec<Feature> {
        let missing = self.known.lock();
        Feature::VARIANTS.iter().copied().filter(|feature| missing.contains_key(feature)).collect()
    }

    /// Uses the features that were not used yet and change nothing, on a device of the home.
    pub(crate) async fn try_features(&self, id: &DeviceId) {
        let is_unknown = |feature| {
            !self.known.allowed().contains(&feature) && self.known.missing(feature).is_none()
        };
        // Failures are noted.
        if is_unknown(Feature::States) {
            drop(self.call(Some(Feature::States), self.connect.state(id)).await);
        }
        if is_unknown(Feature::Energy) {
            drop(self.energy_profile(id).await);
        }
    }

    pub(crate) async fn route(&self) -> Answer<BrokerAddress> {
        Box::pin(self.call(None, self.connect.route())).await
    }

    /// Registers the client and has a new key certified.
    pub(crate) async fn certificate(&self) -> Answer<ClientCertificate> {
        Box::pin(self.call(None, self.connect.register())).await?;
        Box::pin(self.call(None, self.connect.certificate())).await
    }

    /// Names of what a device measures; empty for one that measures nothing.
    pub(crate) async fn energy_profile(&self, id: &DeviceId) -> Answer<Vec<String>> {
        let call = self.connect.energy_profile(id);
        Box::pin(self.call(Some(Feature::Energy), call)).await
    }

    pub(crate) async fn energy_usage(
        &self,
        id: &DeviceId,
        property: &str,
        period: EnergyPeriod,
        first: EnergyDate,
        last: EnergyDate,
    ) -> Answer<Vec<EnergyUsage>> {
        let call = self.connect.energy_usage(id, property, period, first, last);
        Box::pin(self.call(Some(Feature::Energy), call)).await
    }

    pub(crate) async fn unregister(&self) -> Answer<()> {
        Box::pin(self.call(None, self.connect.unregister())).await
    }

    /// Makes a call unless its failure is known: the token was refused or lacks the feature, or LG
    /// has demanded silence.
    async fn call<T>(
        &self,
        feature: Option<Feature>,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Answer<T> {
        if let Some(error) = &*self.known.refusal.borrow() {
            return Err(Arc::clone(error));
        }
        if let Some(error) = feature.and_then(|feature| self.known.missing(feature)) {
            return Err(error);
        }
        if let Some(left) = self.budget.silence_left(Scope::Connect) {
            return Err(Arc::new(Error::TooManyCalls { code: None, retry_after: Some(left) }));
        }
        let error = match call.await {
            Ok(answer) => {
                self.known.allowed().extend(feature);
                return Ok(answer);
            }
            Err(error) => Arc::new(error),
        };
        match error.remedy() {
            Remedy::SignIn => {
                self.known.refusal.send_replace(Some(Arc::clone(&error)));
            }
            Remedy::Wait => {
                self.budget.silence(Scope::Connect, error.retry_after());
            }
            Remedy::Retry
            | Remedy::RefreshToken
            | Remedy::FixSettings
            | Remedy::TellUser
            | Remedy::TreatAsSuccess => {}
        }
        if let Some(feature) = feature.filter(|_| error.kind() == ProblemCode::FeatureMissing) {
            warn!(error = %Chain(&*error), "feature switched off");
            self.known.lock().insert(feature, Arc::clone(&error));
        }
        Err(error)
    }
}

impl Known {
    fn missing(&self, feature: Feature) -> Option<Arc<Error>> {
        self.lock().get(&feature).cloned()
    }

    fn allowed(&self) -> MutexGuard<'_, HashSet<Feature>> {
        self.allowed.lock()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Feature, Arc<Error>>> {
        self.missing.lock()
    }
}
