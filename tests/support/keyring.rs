//! A keyring in memory that tests look into, or that fails on purpose.

use std::sync::{Arc, Mutex, MutexGuard};

use monitor::{Keyring, KeyringError, KeyringFuture, SignIn};

/// How a keyring fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Missing,
    Locked,
}

#[derive(Default)]
pub(crate) struct MemoryKeyring {
    kept: Mutex<Kept>,
    broken: Mutex<Option<Broken>>,
}

#[derive(Default)]
struct Kept {
    sign_in: Option<SignIn>,
    saves: usize,
}

impl MemoryKeyring {
    pub(crate) fn empty() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn broken(how: Broken) -> Arc<Self> {
        Arc::new(Self { broken: Mutex::new(Some(how)), ..Self::default() })
    }

    /// From now on it fails like that, or works.
    pub(crate) fn set_broken(&self, how: Option<Broken>) {
        *self.broken.lock().expect("no holder of the lock panics") = how;
    }

    /// The secret that opens the next run.
    pub(crate) fn refresh_token(&self) -> Option<String> {
        self.lock().sign_in.as_ref().map(|sign_in| sign_in.refresh.expose().to_owned())
    }

    /// How often something was saved.
    pub(crate) fn saves(&self) -> usize {
        self.lock().saves
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no holder of the lock panics")
    }

    fn open(&self) -> Result<MutexGuard<'_, Kept>, KeyringError> {
        match *self.broken.lock().expect("no holder of the lock panics") {
            None => Ok(self.lock()),
            Some(Broken::Missing) => Err(KeyringError::Missing(None)),
            Some(Broken::Locked) => Err(KeyringError::Locked),
        }
    }
}

impl Keyring for MemoryKeyring {
    fn load(&self) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(async { Ok(self.open()?.sign_in.clone()) })
    }

    fn save(&self, sign_in: SignIn) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            let mut kept = self.open()?;
            kept.sign_in = Some(sign_in);
            kept.saves += 1;
            Ok(())
        })
    }

    fn forget(&self) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            self.open()?.sign_in = None;
            Ok(())
        })
    }
}
