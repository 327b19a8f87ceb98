//! Stores the sign-in in the system's keyring: one entry per account, and one that names the current
//! account.
//!
//! A locked keyring blocks until the user has typed a password, or forever. Each call therefore has its
//! own thread and a time limit, which includes the time in the queue behind an earlier call.

use std::{sync::Arc, thread, time::Duration};

use keyring_core::{Entry, Error};
use monitor::{Keyring, KeyringError, KeyringFuture, SignIn};
use parking_lot::Mutex;
use secrecy::ExposeSecret as _;
use tokio::{
    sync::{Semaphore, oneshot},
    time::{Instant, timeout_at},
};

use crate::paths::Profile;

/// Time limit of a call: enough to type a password into the keyring's dialog.
const PATIENCE: Duration = Duration::from_secs(20);

/// Keyring of this profile; the demo's tokens never leave the process.
pub(crate) fn of(profile: Profile) -> Arc<dyn Keyring> {
    match profile {
        Profile::Real => Arc::new(SystemKeyring::new(profile.name())),
        Profile::Demo => Arc::new(MemoryKeyring::default()),
    }
}

#[derive(Clone)]
struct SystemKeyring {
    /// Service name of the entries; differs between the demo and the real program.
    service: &'static str,
    /// One call at a time; a blocked call keeps the permit.
    turn: Arc<Semaphore>,
}

impl SystemKeyring {
    fn new(service: &'static str) -> Self {
        Self { service, turn: Arc::new(Semaphore::new(1)) }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&'static str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let until = Instant::now() + PATIENCE;
        let turn = timeout_at(until, Arc::clone(&self.turn).acquire_owned()).await;
        let turn = turn.map_err(|_| KeyringError::Locked)?.expect("the semaphore is never closed");
        let (answer, answered) = oneshot::channel();
        let service = self.service;
        thread::spawn(move || {
            let result = open_store().and_then(|()| work(service)).or_else(|first| {
                // The service may have been restarted, which invalidates the session.
                if matches!(first, Error::NoEntry) {
                    return Err(first);
                }
                reopen_store().and_then(|()| work(service))
            });
            drop(turn);
            // The receiver is gone after a timeout.
            drop(answer.send(result));
        });
        match timeout_at(until, answered).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(to_keyring_error(error)),
            Ok(Err(_)) => Err(KeyringError::Missing(None)),
            Err(_) => Err(KeyringError::Locked),
        }
    }
}

impl Keyring for SystemKeyring {
    fn load(&self) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(self.run(|service| {
            let Some(account) = optional(current(service)?.get_password())? else {
                return Ok(None);
            };
            let kept = optional(Entry::new(service, &account)?.get_password())?;
            Ok(kept.as_deref().and_then(SignIn::from_json))
        }))
    }

    fn save(&self, sign_in: SignIn) -> KeyringFuture<'_, ()> {
        Box::pin(self.run(move |service| {
            let json = sign_in.to_json();
            Entry::new(service, sign_in.entry())?.set_password(json.expose_secret())?;
            current(service)?.set_password(sign_in.entry())
        }))
    }

    fn forget(&self) -> KeyringFuture<'_, ()> {
        Box::pin(self.run(|service| {
            let current = current(service)?;
            if let Some(account) = optional(current.get_password())? {
                optional(Entry::new(service, &account)?.delete_credential())?;
                optional(current.delete_credential())?;
            }
            Ok(())
        }))
    }
}

/// Entry that names the current account.
fn current(service: &str) -> Result<Entry, Error> {
    Entry::new(&format!("{service}-current"), "account")
}

fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `keyring` selects the system's store only once per process, but a tray that starts at login may
/// start before the keyring.
fn open_store() -> Result<(), Error> {
    if keyring_core::get_default_store().is_some() || keyring::Entry::store_status().is_ok() {
        return Ok(());
    }
    reopen_store()
}

#[cfg(target_os = "linux")]
fn reopen_store() -> Result<(), Error> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn reopen_store() -> Result<(), Error> {
    if keyring::Entry::store_status().is_ok() { Ok(()) } else { Err(Error::NoDefaultStore) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the error of another crate, open for more")]
fn to_keyring_error(error: Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(_) => KeyringError::Refused,
        other => KeyringError::Missing(Some(Box::new(other))),
    }
}

/// Stores the sign-in for the lifetime of the process: for the demo, whose tokens are useless later.
#[derive(Default)]
struct MemoryKeyring(Mutex<Option<SignIn>>);

impl MemoryKeyring {
    fn set(&self, sign_in: Option<SignIn>) {
        *self.0.lock() = sign_in;
    }
}

impl Keyring for MemoryKeyring {
    fn load(&self) -> KeyringFuture<'_, Option<SignIn>> {
        Box::pin(async { Ok(self.0.lock().clone()) })
    }

    fn save(&self, sign_in: SignIn) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            self.set(Some(sign_in));
            Ok(())
        })
    }

    fn forget(&self) -> KeyringFuture<'_, ()> {
        Box::pin(async {
            self.set(None);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_is_asked_while_the_keyring_is_busy_waits_for_its_turn() {
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        let keyring = SystemKeyring::new("busy");
        let (opened, opening) = mpsc::channel::<()>();
        let opening = Mutex::new(opening);
        let slow = keyring.clone();
        let first = slow.run(move |_| {
            opening.lock().recv().ok();
            Ok(())
        });
        let mut first = std::pin::pin!(first);
        let second = keyring.run(|_| Ok("done"));
        let mut second = std::pin::pin!(second);

        assert!(futures_util::poll!(&mut first).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        opened.send(()).unwrap();

        assert!(first.await.is_ok());
        assert_eq!(second.await.unwrap(), "done");
    }
}
