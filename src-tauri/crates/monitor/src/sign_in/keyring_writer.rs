//! Brings the sign-in to the keyring, and takes it away: one at a time, the newest wish last, and
//! again until the keyring has opened.

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::KeyringState;
use thinq::Chain;
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Keyring, KeyringError, SignIn, state_of};
use crate::{backoff::Backoff, status::Status};

/// A keyring that starts with the desktop is a moment later than this program.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// Whoever has just refused to open it shall not be asked again at once.
const RETRY_AFTER_REFUSAL: Duration = Duration::from_mins(2);
const LONGEST_RETRY: Duration = Duration::from_mins(30);

#[derive(Clone)]
pub(crate) struct KeyringWriter {
    keyring: Arc<dyn Keyring>,
    status: watch::Sender<Status>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// One at a time.
    turn: AsyncMutex<()>,
    /// What the keyring has not taken yet; the newest alone, with its number.
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
    pub(crate) fn new(keyring: Arc<dyn Keyring>, status: watch::Sender<Status>) -> Self {
        Self { keyring, status, shared: Arc::default() }
    }

    /// Returns after the first attempt; more follow by themselves.
    pub(crate) async fn keep(&self, sign_in: SignIn) {
        self.wish(Wish::Keep(Box::new(sign_in))).await;
    }

    /// As [`KeyringWriter::keep`].
    pub(crate) async fn forget(&self) {
        self.wish(Wish::Forget).await;
    }

    /// Whether this run has kept or forgotten something: what the keyring holds is older then.
    pub(crate) fn is_used(&self) -> bool {
        self.shared.wishes.load(Ordering::Acquire) > 0
    }

    /// Tries again what failed, until `stop`.
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
            info!("the keyring holds what it should");
        }
    }

    async fn wish(&self, wish: Wish) {
        let number = self.shared.wishes.fetch_add(1, Ordering::AcqRel);
        *self.open() = Some((number, wish));
        if let Err(error) = self.attempt().await {
            warn!(error = %Chain(&error), "the keyring does not hold what it should yet");
            self.shared.failed.notify_one();
        }
    }

    /// Brings the newest wish there, if somebody else has not.
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
        self.shared.open.lock().expect("no holder of the lock panics")
    }
}
