//! Change of provider settings while the engine runs.

use tracing::info;

use super::{Monitor, ServiceSettings};
use crate::{provider::ActiveProvider, sign_in::SignIn};

impl Monitor {
    /// Applies new service settings and reconnects with the current sign-in. A different hub
    /// requires a new sign-in, as sign-ins are bound to their hub.
    pub async fn change_service(&self, service: ServiceSettings) {
        let shared = &self.shared;
        let mut session = shared.session.lock().await;
        let before = {
            let mut current = shared.service.lock();
            std::mem::replace(&mut *current, service.clone())
        };
        if before == service {
            return;
        }
        info!("service settings changed");
        let mut kept = self.sign_in_kept();
        if let Some(session) = session.take()
            && let ActiveProvider::Hub(provider) = &session.home.provider
        {
            // The session holds the newest refresh token.
            kept = Some(SignIn::Hub(provider.tokens.sign_in().await));
        }
        let Some(mut sign_in) = kept else {
            // Without a sign-in, the keyring is still being read.
            return;
        };
        if let SignIn::Hub(sign_in) = &mut sign_in {
            sign_in.hub_url.get_or_insert(before.hub_url);
        }
        let keyring_state = shared.status.borrow().keyring;
        *session = shared.resume_with(sign_in, keyring_state).await;
    }
}
