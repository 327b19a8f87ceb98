//! Facts about a session of ThinQ Connect, for the self-check.

use model::{Feature, UnixMs};
use thinq::EVENT_HOURS;

use super::Monitor;
use crate::{provider::ActiveProvider, session::BrokerFacts};

const EVENTS_LAST_MS: i64 = EVENT_HOURS as i64 * 60 * 60 * 1000;

#[derive(Clone, Debug)]
pub struct ConnectSession {
    /// Features that the token lacks, as far as tried.
    pub missing: Vec<Feature>,
    /// `None` before the first connection.
    pub broker: Option<BrokerFacts>,
    /// When the event subscriptions end unless renewed.
    pub events_until_ms: Option<UnixMs>,
}

impl Monitor {
    /// `None` while not signed in to ThinQ Connect. Tries features that were not used yet, each
    /// once, as far as that changes nothing.
    pub async fn connect_session(&self) -> Option<ConnectSession> {
        let (home, broker) = {
            let session = self.shared.session.lock().await;
            let session = session.as_ref()?;
            (session.home.clone(), session.broker())
        };
        let ActiveProvider::Connect(provider) = &home.provider else { return None };
        if let Some(id) = home.present().first()
            && home.has_room(2)
        {
            provider.try_features(id).await;
        }
        Some(ConnectSession {
            missing: provider.missing_features(),
            broker,
            events_until_ms: home.renewed_at_ms().map(|at_ms| at_ms.saturating_add(EVENTS_LAST_MS)),
        })
    }
}
