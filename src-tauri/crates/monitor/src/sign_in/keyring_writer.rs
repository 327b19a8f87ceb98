//! Writes the sign-in to the keyring or deletes it: one operation at a time, the newest request
//! last, retried when the keyring has changed or the user acts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use model::KeyringState;
use parking_lot::{Mutex, MutexGuard};
use thinq::Chain;
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Keyring, KeyringError, Prompt, SignIn, state_of};
use crate::{backoff::Backoff, status::EngineStatus};

/// A keyring started with the desktop may come up shortly after this program.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_mins(30);

#[derive(Clone)]
pub(crate) struct KeyringWriter {
    keyring: Arc<dyn Keyring>,
    status: watch::Sender<EngineStatus>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Serializes attempts.
    turn: AsyncMutex<()>,
    /// The newest request not yet applied to the keyring, with its number.
    open: Mutex<Option<(u64, Wish)>>,
    wishes: AtomicU64,
    failed: Notify,
    /// Whether the last request failed with an error that only the user can resolve.
    needs_user: AtomicBool,
    user_acted: Notify,
}

#[derive(Clone)]
enum Wish {
    Keep(Box<SignIn>),
    Forget,
}

impl KeyringWriter {
    pub(crate) fn new(keyring: Arc<dyn Keyring>, status: watch::Sender<EngineStatus>) -> Self {
        Self { keyring, status, shared: Arc::default() }
    }

    /// Returns after the first attempt; retries run in the background.
    pub(crate) async fn keep(&self, sign_in: SignIn, prompt: Prompt) {
        drop(self.wish(Wish::Keep(Box::new(sign_in)), prompt).await);
    }

    /// Same as [`KeyringWriter::keep`]. The user asked for it, so the keyring may prompt.
    pub(crate) async fn forget(&self) -> Result<(), KeyringError> {
        self.wish(Wish::Forget, Prompt::Allowed).await
    }

    /// The user asked to try again: a pending request may prompt.
    pub(crate) fn user_acted(&self) {
        if self.open().is_some() {
            self.shared.user_acted.notify_one();
        }
    }

    /// Whether this run has stored or deleted a sign-in, so that the keyring content is outdated.
    pub(crate) fn is_used(&self) -> bool {
        self.shared.wishes.load(Ordering::Acquire) > 0
    }

    /// Retries failed requests until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.try_again()).await;
    }

    async fn try_again(&self) {
        let mut changes = self.keyring.changes();
        loop {
            self.shared.failed.notified().await;
            let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
            let mut needs_user = self.shared.needs_user.load(Ordering::Acquire);
            while self.open().is_some() {
                let prompt = tokio::select! {
                    Ok(()) = changes.changed() => Prompt::Never,
                    () = self.shared.user_acted.notified() => Prompt::Allowed,
                    () = self.shared.failed.notified() => {
                        needs_user = self.shared.needs_user.load(Ordering::Acquire);
                        continue;
                    }
                    () = time::sleep(backoff.next_delay()), if !needs_user => Prompt::Never,
                };
                needs_user = self.attempt(prompt).await.is_err_and(|error| error.needs_user());
            }
            info!("keyring is up to date");
        }
    }

    async fn wish(&self, wish: Wish, prompt: Prompt) -> Result<(), KeyringError> {
        let number = self.shared.wishes.fetch_add(1, Ordering::AcqRel);
        *self.open() = Some((number, wish));
        let result = self.attempt(prompt).await;
        if let Err(error) = &result {
            warn!(error = %Chain(error), "failed to update the keyring, retrying");
            self.shared.needs_user.store(error.needs_user(), Ordering::Release);
            self.shared.failed.notify_one();
        }
        result
    }

    /// Applies the newest request unless another caller already did.
    async fn attempt(&self, prompt: Prompt) -> Result<(), KeyringError> {
        let _turn = self.shared.turn.lock().await;
        let Some((number, wish)) = self.open().clone() else { return Ok(()) };
        let result = match wish {
            Wish::Keep(sign_in) => self.keyring.save(*sign_in, prompt).await,
            Wish::Forget => self.keyring.forget(prompt).await,
        };
        self.show(state_of(&result));
        let mut open = self.open();
        if result.is_ok() && open.as_ref().is_some_and(|(newest, _)| *newest == number) {
            *open = None;
        }
        result
    }

    fn show(&self, state: KeyringState) {
        self.status.send_if_modified(|status| {
            let is_new = status.keyring != state;
            status.keyring = state;
            is_new
        });
    }

    fn open(&self) -> MutexGuard<'_, Option<(u64, Wish)>> {
        self.shared.open.lock()
    }
}
