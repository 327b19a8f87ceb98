//! An in-memory keyring that tests can inspect or make fail.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use monitor::{Keyring, KeyringError, KeyringFuture, Prompt, SignIn};
use parking_lot::{Mutex, MutexGuard};
use secrecy::SecretString;
use tokio::sync::watch;

/// Failure mode of a keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Missing,
    /// The user cancels each prompt.
    Locked,
    NotSetUp,
}

#[derive(Default)]
pub(crate) struct MemoryKeyring {
    kept: Mutex<Kept>,
    broken: Mutex<Option<Broken>>,
    prompts: AtomicUsize,
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct Kept {
    sign_in: Option<SignIn>,
    saves: usize,
    secrets: HashMap<String, SecretString>,
}

impl MemoryKeyring {
    pub(crate) fn empty() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn broken(how: Broken) -> Arc<Self> {
        Arc::new(Self { broken: Mutex::new(Some(how)), ..Self::default() })
    }

    /// Sets or clears the failure mode.
    pub(crate) fn set_broken(&self, how: Option<Broken>) {
        *self.broken.lock() = how;
        self.changes.send_replace(());
    }

    /// Number of prompts shown.
    pub(crate) fn prompts(&self) -> usize {
        self.prompts.load(Ordering::SeqCst)
    }

    /// Stored refresh token of a hub.
    pub(crate) fn refresh_token(&self) -> Option<String> {
        match self.lock().sign_in.as_ref()? {
            SignIn::Hub(sign_in) => Some(sign_in.refresh.expose().to_owned()),
            SignIn::Connect(_) => None,
        }
    }

    /// Number of saves.
    pub(crate) fn saves(&self) -> usize {
        self.lock().saves
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    fn open(&self, prompt: Prompt) -> Result<MutexGuard<'_, Kept>, KeyringError> {
        match *self.broken.lock() {
            None => Ok(self.lock()),
            Some(Broken::Missing) => Err(KeyringError::Missing(None)),
            Some(Broken::Locked) if prompt == Prompt::Never => Err(KeyringError::Locked),
            Some(Broken::Locked) => {
                self.prompts.fetch_add(1, Ordering::SeqCst);
                Err(KeyringError::Refused)
            }
            Some(Broken::NotSetUp) => Err(KeyringError::NotSetUp),
        }
    }
}

impl Keyring for MemoryKeyring {
    fn load(&self, prompt: Prompt) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(async move { Ok(self.open(prompt)?.sign_in.clone()) })
    }

    fn save(&self, sign_in: SignIn, prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(async move {
            let mut kept = self.open(prompt)?;
            kept.sign_in = Some(sign_in);
            kept.saves += 1;
            Ok(())
        })
    }

    fn forget(&self, prompt: Prompt) -> KeyringFuture<'_, ()> {
        Box::pin(async move {
            self.open(prompt)?.sign_in = None;
            Ok(())
        })
    }

    fn secret(&self, name: String, prompt: Prompt) -> KeyringFuture<'_, Option<SecretString>> {
        Box::pin(async move { Ok(self.open(prompt)?.secrets.get(&name).cloned()) })
    }

    fn set_secret(
        &self,
        name: String,
        secret: SecretString,
        prompt: Prompt,
    ) -> KeyringFuture<'_, ()> {
        Box::pin(async move {
            self.open(prompt)?.secrets.insert(name, secret);
            Ok(())
        })
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
