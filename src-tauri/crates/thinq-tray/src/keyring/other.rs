//! Entries in the keychain of macOS and the credential store of Windows.

use keyring::{Entry, Error};
use monitor::{KeyringError, Prompt};
use tokio::sync::{oneshot, watch};

/// These stores do not report changes.
#[derive(Clone, Default)]
pub(super) struct Changes(watch::Sender<()>);

impl Changes {
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

pub(super) struct Entries {
    service: &'static str,
}

impl Entries {
    #[expect(clippy::unused_async, reason = "on Linux this connects to a service")]
    pub(super) async fn open(
        service: &'static str,
        _prompt: Prompt,
        _changes: Changes,
    ) -> Result<Self, KeyringError> {
        Ok(Self { service })
    }

    /// The current account.
    pub(super) async fn current(&self) -> Result<Option<String>, KeyringError> {
        let service = current_service(self.service);
        blocking(move || optional(Entry::new(&service, CURRENT)?.get_password())).await
    }

    pub(super) async fn set_current(&self, account: &str) -> Result<(), KeyringError> {
        let (service, account) = (current_service(self.service), account.to_owned());
        blocking(move || Entry::new(&service, CURRENT)?.set_password(&account)).await
    }

    pub(super) async fn get(&self, account: &str) -> Result<Option<String>, KeyringError> {
        let (service, account) = (self.service, account.to_owned());
        blocking(move || optional(Entry::new(service, &account)?.get_password())).await
    }

    pub(super) async fn set(&self, account: &str, secret: &str) -> Result<(), KeyringError> {
        let (service, account) = (self.service, account.to_owned());
        let secret = zeroize::Zeroizing::new(secret.to_owned());
        blocking(move || Entry::new(service, &account)?.set_password(&secret)).await
    }

    pub(super) async fn delete(&self, account: &str) -> Result<(), KeyringError> {
        let (service, account) = (self.service, account.to_owned());
        blocking(move || optional(Entry::new(service, &account)?.delete_credential()).map(drop))
            .await
    }

    /// Deletes the entry of the current account, and the one that names it.
    pub(super) async fn delete_everything(&self) -> Result<(), KeyringError> {
        if let Some(account) = self.current().await? {
            self.delete(&account).await?;
        }
        let service = current_service(self.service);
        blocking(move || optional(Entry::new(&service, CURRENT)?.delete_credential()).map(drop))
            .await
    }
}

const CURRENT: &str = "account";

fn current_service(service: &str) -> String {
    format!("{service}-current")
}

/// Runs `work` on a thread of its own, as a locked keyring may block it forever.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || answer.send(work()));
    match answered.await {
        Ok(result) => result.map_err(to_keyring_error),
        Err(gone) => Err(KeyringError::Failed(gone.into())),
    }
}

fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        // An entry that is no text was not written by this program.
        Err(Error::NoEntry | Error::BadEncoding(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the error of another crate, open for more")]
fn to_keyring_error(error: Error) -> KeyringError {
    match error {
        Error::NoStorageAccess(_) => KeyringError::Refused,
        Error::NoDefaultStore => KeyringError::Missing(Some(error.into())),
        other => KeyringError::Failed(other.into()),
    }
}
