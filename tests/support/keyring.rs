//! An in-memory keyring that tests can inspect or make fail.

use std::sync::Arc;

use monitor::{Keyring, KeyringError, KeyringFuture, SignIn};
use parking_lot::{Mutex, MutexGuard};

/// Failure mode of a keyring.
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

    /// Sets or clears the failure mode.
    pub(crate) fn set_broken(&self, how: Option<Broken>) {
        *self.broken.lock() = how;
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

    fn open(&self) -> Result<MutexGuard<'_, Kept>, KeyringError> {
        match *self.broken.lock() {
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
