//! Another service, or another way to it, while the engine runs.

use std::sync::Arc;

use tracing::info;

use super::{Monitor, ServiceSettings};

impl Monitor {
    /// From now on the service is there. Who is signed in stays it, and connects anew; through
    /// another hub a new sign-in is needed, as the old one is not for it.
    pub async fn change_service(&self, service: ServiceSettings) {
        let shared = &self.shared;
        let mut session = shared.session.lock().await;
        let before = {
            let mut current = shared.service.lock().expect("no holder of the lock panics");
            std::mem::replace(&mut *current, service.clone())
        };
        if before == service {
            return;
        }
        info!("the service is somewhere else, or spoken to differently");
        let kept = match session.take() {
            // The one in the session knows the newest refresh token.
            Some(session) => Some(session.home.tokens.sign_in().await),
            None => self.sign_in_kept(),
        };
        let Some(mut sign_in) = kept else {
            // The keyring may hold one that the old settings did not allow to use.
            let resume = Arc::clone(shared);
            shared.tracker.spawn(async move {
                resume.stop.run_until_cancelled(resume.resume()).await;
            });
            return;
        };
        sign_in.hub_url.get_or_insert(before.hub_url);
        let keyring_state = shared.status.borrow().keyring;
        *session = shared.resume_with(sign_in, keyring_state);
    }
}
