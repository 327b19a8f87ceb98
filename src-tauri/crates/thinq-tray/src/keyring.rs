//! Stores the sign-in in the system's keyring: one entry per account, and one that names the current
//! account.

#[cfg(target_os = "linux")]
#[path = "keyring/secret_service.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "keyring/other.rs"]
mod platform;

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use monitor::{Keyring, KeyringError, KeyringFuture, Prompt, SignIn};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, timeout_at},
};

use crate::paths::Profile;
use platform::{Changes, Entries};

/// Service name of the secrets of forwarding targets, which a sign-out leaves alone.
const TARGETS: &str = "thinq-tray-forward";
/// Time limit of an operation without a prompt.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time limit with a prompt: enough to type a password. The prompt stays open for longer.
const PROMPT_PATIENCE: Duration = Duration::from_secs(20);

/// Keyring of this profile; the demo's tokens never leave the process.
pub(crate) fn of(profile: Profile) -> Arc<dyn Keyring> {
    match profile {
        Profile::Real => Arc::new(SystemKeyring::new(profile.name(), TARGETS)),
        Profile::Demo => Arc::new(MemoryKeyring::default()),
    }
}

struct SystemKeyring {
    /// Service name of the entries; differs between the demo and the real program.
    service: &'static str,
    /// Service name of the secrets of forwarding targets.
    targets: &'static str,
    /// One operation at a time, so that there is one prompt at a time.
    turn: Arc<Semaphore>,
    changes: Changes,
}

impl SystemKeyring {
    fn new(service: &'static str, targets: &'static str) -> Self {
        Self { service, targets, turn: Arc::new(Semaphore::new(1)), changes: Changes::default() }
    }

    async fn run<T, F>(
        &self,
        prompt: Prompt,
        work: impl FnOnce(Entries) -> F + Send + 'static,
    ) -> Result<T, KeyringError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, KeyringError>> + Send,
    {
        self.run_in(self.service, prompt, work).await
    }

    /// Runs `work` on the entries of `service`. After a timeout it continues in the background, so that the user
    /// can still answer the prompt.
    async fn run_in<T, F>(
        &self,
        service: &'static str,
        prompt: Prompt,
        work: impl FnOnce(Entries) -> F + Send + 'static,
    ) -> Result<T, KeyringError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, KeyringError>> + Send,
    {
        let patience = match prompt {
            Prompt::Allowed => PROMPT_PATIENCE,
            Prompt::Never => PATIENCE,
        };
        let until = Instant::now() + patience;
        let turn = timeout_at(until, Arc::clone(&self.turn).acquire_owned()).await;
        // The operation in progress is waiting for its prompt.
        let turn = turn.map_err(|_| KeyringError::Locked)?.expect("the semaphore is never closed");
        let changes = self.changes.clone();
        #[expect(clippy::disallowed_methods, reason = "an open prompt must not delay the exit")]
        let running = tokio::spawn(async move {
            let _turn = turn;
            work(Entries::open(service, prompt, changes).await?).await
        });
        match timeout_at(until, running).await {
            Ok(Ok(result)) => result,
            Ok(Err(panicked)) => Err(KeyringError::Failed(panicked.into())),
            Err(_) if prompt == Prompt::Allowed => Err(KeyringError::Locked),
            Err(elapsed) => Err(KeyringError::Failed(elapsed.into())),
        }
    }
}

impl Keyring for SystemKeyring {
    fn load(&self, prompt: Prompt) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(self.run(prompt, async |entries: Entries| {
            let Some(account) = entries.current().await? else { return Ok(None) };
            let kept = entries.get(&account).await?;
            Ok(kept.as_deref().and_then(SignIn::from_json))
        }))
    }

    fn save(&self, sign_in: SignIn, prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(self.run(prompt, async move |entries: Entries| {
            let json = sign_in.to_json();
            let before = entries.current().await?;
            // In this order an interruption leaves no token that `forget` does not find.
            entries.set_current(sign_in.entry()).await?;
            if let Some(before) = before.filter(|before| before != sign_in.entry()) {
                entries.delete(&before).await?;
            }
            entries.set(sign_in.entry(), json.expose_secret()).await
        }))
    }

    fn forget(&self, prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(self.run(prompt, async |entries: Entries| entries.delete_everything().await))
    }

    fn secret(&self, name: String, prompt: Prompt) -> KeyringFuture<'_, Option<SecretString>> {
        Box::pin(self.run_in(self.targets, prompt, async move |entries: Entries| {
            Ok(entries.get(&name).await?.map(SecretString::from))
        }))
    }

    fn set_secret(
        &self,
        name: String,
        secret: SecretString,
        prompt: Prompt,
    ) -> KeyringFuture<'_, ()> {
        Box::pin(self.run_in(self.targets, prompt, async move |entries: Entries| {
            match secret.expose_secret() {
                "" => entries.delete(&name).await,
                secret => entries.set(&name, secret).await,
            }
        }))
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

/// Stores the sign-in for the lifetime of the process: for the demo, whose tokens are useless later.
#[derive(Default)]
struct MemoryKeyring {
    sign_in: Mutex<Option<SignIn>>,
    secrets: Mutex<HashMap<String, SecretString>>,
    changes: watch::Sender<()>,
}

impl MemoryKeyring {
    fn set(&self, sign_in: Option<SignIn>) {
        *self.sign_in.lock() = sign_in;
    }
}

impl Keyring for MemoryKeyring {
    fn load(&self, _prompt: Prompt) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(async { Ok(self.sign_in.lock().clone()) })
    }

    fn save(&self, sign_in: SignIn, _prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            self.set(Some(sign_in));
            Ok(())
        })
    }

    fn forget(&self, _prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            self.set(None);
            Ok(())
        })
    }

    fn secret(&self, name: String, _prompt: Prompt) -> KeyringFuture<'_, Option<SecretString>> {
        Box::pin(async move { Ok(self.secrets.lock().get(&name).cloned()) })
    }

    fn set_secret(
        &self,
        name: String,
        secret: SecretString,
        _prompt: Prompt,
    ) -> KeyringFuture<'_, ()> {
        Box::pin(async move {
            self.secrets.lock().insert(name, secret);
            Ok(())
        })
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
