//! Writes the sign-in to the keyring or deletes it: one operation at a time, the newest request
//! last, retried until the keyring is unlocked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
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

use super::{Keyring, KeyringError, SignIn, state_of};
use crate::{backoff::Backoff, status::EngineStatus};

/// A keyring started with the desktop may come up shortly after this program.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// Avoids prompting again right after the user refused.
const RETRY_AFTER_REFUSAL: Duration = Duration::from_mins(2);
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
    pub(crate) async fn keep(&self, sign_in: SignIn) {
        self.wish(Wish::Keep(Box::new(sign_in))).await;
    }

    /// Same as [`KeyringWriter::keep`].
    pub(crate) async fn forget(&self) {
        self.wish(Wish::Forget).await;
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
        loop {
            self.shared.failed.notified().await;
            let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
            while self.open().is_some() {
                time::sleep(backoff.next_delay()).await;
                if let Err(KeyringError::Refused) = self.attempt().await {
                    backoff.raise_to(RETRY_AFTER_REFUSAL);
                }
            }
            info!("keyring is up to date");
        }
    }

    async fn wish(&self, wish: Wish) {
        let number = self.shared.wishes.fetch_add(1, Ordering::AcqRel);
        *self.open() = Some((number, wish));
        if let Err(error) = self.attempt().await {
            warn!(error = %Chain(&error), "failed to update the keyring, retrying");
            self.shared.failed.notify_one();
        }
    }

    /// Applies the newest request unless another caller already did.
    async fn attempt(&self) -> Result<(), KeyringError> {
        let _turn = self.shared.turn.lock().await;
        let Some((number, wish)) = self.open().clone() else { return Ok(()) };
        let result = match wish {
            Wish::Keep(sign_in) => {
                let result = self.keyring.save(*sign_in).await;
                self.show(state_of(&result));
                result
            }
            Wish::Forget => self.keyring.forget().await,
        };
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
