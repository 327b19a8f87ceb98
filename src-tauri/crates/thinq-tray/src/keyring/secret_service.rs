//! Entries in a Secret Service, such as GNOME Keyring, `KWallet` or `KeePassXC`.
//!
//! Finds all copies of an entry in all collections. Prompts only where permitted.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream::SelectAll};
use monitor::{Backoff, KeyringError, Prompt};
use secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use thinq::Chain;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{debug, info};
use zbus::{
    Connection, MatchRule, MessageStream,
    connection::Builder,
    message,
    zvariant::{ObjectPath, OwnedObjectPath},
};

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

const CURRENT: &str = "account";
const LABEL: &str = "ThinQ Tray";
/// Label of the default collection, as `libsecret` names it.
const DEFAULT_LABEL: &str = "Default keyring";

/// Time limit for a reply. A service may show a dialog of its own before it replies.
const REPLY_PATIENCE: Duration = Duration::from_secs(20);
/// Time after which an unanswered prompt is closed.
const LONGEST_PROMPT: Duration = Duration::from_mins(2);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_mins(30);

type Attributes<'a> = HashMap<&'a str, &'a str>;

pub(super) struct Entries {
    service: &'static str,
    prompt: Prompt,
    changes: Changes,
    connection: Connection,
    secrets: SecretService<'static>,
}

impl Entries {
    pub(super) async fn open(
        service: &'static str,
        prompt: Prompt,
        changes: Changes,
    ) -> Result<Self, KeyringError> {
        let connection =
            connect().await.map_err(|error| KeyringError::Missing(Some(error.into())))?;
        let secrets = open_session(&connection).await.map_err(to_keyring_error)?;
        Ok(Self { service, prompt, changes, connection, secrets })
    }

    /// The current account.
    pub(super) async fn current(&self) -> Result<Option<String>, KeyringError> {
        self.read(&attributes(&self.current_service(), CURRENT)).await
    }

    pub(super) async fn set_current(&self, account: &str) -> Result<(), KeyringError> {
        self.write(&attributes(&self.current_service(), CURRENT), account).await
    }

    pub(super) async fn get(&self, account: &str) -> Result<Option<String>, KeyringError> {
        self.read(&attributes(self.service, account)).await
    }

    pub(super) async fn set(&self, account: &str, secret: &str) -> Result<(), KeyringError> {
        self.write(&attributes(self.service, account), secret).await
    }

    pub(super) async fn delete(&self, account: &str) -> Result<(), KeyringError> {
        self.delete_all(&attributes(self.service, account)).await
    }

    /// Deletes the entries of all accounts, and those that name the current account.
    pub(super) async fn delete_everything(&self) -> Result<(), KeyringError> {
        self.delete_of_service().await?;
        if let Some(hidden) = self.hidden_collection().await? {
            self.unlock([&hidden].into_iter()).await?;
            self.delete_of_service().await?;
        }
        Ok(())
    }

    async fn delete_of_service(&self) -> Result<(), KeyringError> {
        self.delete_all(&HashMap::from([("service", self.service)])).await?;
        self.delete_all(&HashMap::from([("service", &*self.current_service())])).await
    }

    fn current_service(&self) -> String {
        format!("{}-current", self.service)
    }

    /// The newest readable copy.
    async fn read(&self, attributes: &Attributes<'_>) -> Result<Option<String>, KeyringError> {
        for item in self.find(attributes).await? {
            match item.get_secret().await {
                // An entry that is no text was not written by this program.
                Ok(secret) => {
                    if let Ok(secret) = String::from_utf8(secret) {
                        return Ok(Some(secret));
                    }
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(to_keyring_error(error)),
            }
        }
        Ok(None)
    }

    /// Writes the newest copy, or a new entry, and deletes all other copies.
    async fn write(&self, attributes: &Attributes<'_>, secret: &str) -> Result<(), KeyringError> {
        let items = self.find(attributes).await?;
        let Some((item, copies)) = items.split_first() else {
            let collection = self.default_collection().await?;
            let created = collection.create_item(
                LABEL,
                attributes.clone(),
                secret.as_bytes(),
                true,
                "text/plain",
            );
            return created.await.map(drop).map_err(to_keyring_error);
        };
        item.set_secret(secret.as_bytes(), "text/plain").await.map_err(to_keyring_error)?;
        for copy in copies {
            self.delete_item(copy).await?;
        }
        Ok(())
    }

    async fn delete_all(&self, attributes: &Attributes<'_>) -> Result<(), KeyringError> {
        let found =
            self.secrets.search_items(attributes.clone()).await.map_err(to_keyring_error)?;
        // First what can be deleted at once: unlocking may be refused.
        for item in &found.unlocked {
            self.delete_item(item).await?;
        }
        if !found.locked.is_empty() {
            self.unlock(found.locked.iter().map(|item| &item.item_path)).await?;
        }
        for item in &found.locked {
            self.delete_item(item).await?;
        }
        Ok(())
    }

    async fn delete_item(&self, item: &Item<'_>) -> Result<(), KeyringError> {
        let path = &item.item_path;
        let reply = self
            .connection
            .call_method(Some(NAME), path, Some("org.freedesktop.Secret.Item"), "Delete", &())
            .await;
        let reply = match reply.map_err(Error::from) {
            Err(error) if is_gone(&error) => return Ok(()),
            reply => reply.map_err(to_keyring_error)?,
        };
        let prompt: OwnedObjectPath = reply.body().deserialize().map_err(failed)?;
        self.confirm(&prompt, &[]).await
    }

    /// Unlocked copies of an entry, newest first. Unlocks the locked ones if there are no others.
    async fn find(&self, attributes: &Attributes<'_>) -> Result<Vec<Item<'_>>, KeyringError> {
        let found =
            self.secrets.search_items(attributes.clone()).await.map_err(to_keyring_error)?;
        let items = if !found.unlocked.is_empty() {
            found.unlocked
        } else if !found.locked.is_empty() {
            self.unlock(found.locked.iter().map(|item| &item.item_path)).await?;
            found.locked
        } else if let Some(hidden) = self.hidden_collection().await? {
            self.unlock([&hidden].into_iter()).await?;
            self.secrets.search_items(attributes.clone()).await.map_err(to_keyring_error)?.unlocked
        } else {
            Vec::new()
        };
        let mut dated = Vec::with_capacity(items.len());
        for item in items {
            // Optional in practice: some services do not store it.
            dated.push((item.get_modified().await.unwrap_or(0), item));
        }
        dated.sort_by_key(|(modified, _)| std::cmp::Reverse(*modified));
        Ok(dated.into_iter().map(|(_, item)| item).collect())
    }

    /// The default collection, if it is locked and does not show its items, as in `KeePassXC`.
    async fn hidden_collection(&self) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let collection = match self.secrets.get_default_collection().await {
            Err(Error::NoResult) => return Ok(None),
            collection => collection.map_err(to_keyring_error)?,
        };
        let is_hidden = collection.is_locked().await.map_err(to_keyring_error)?
            && collection.get_all_items().await.map_err(to_keyring_error)?.is_empty();
        Ok(is_hidden.then(|| collection.collection_path.clone()))
    }

    /// The unlocked collection for new entries. Creates it if there is none.
    async fn default_collection(&self) -> Result<Collection<'_>, KeyringError> {
        match self.secrets.get_default_collection().await {
            Ok(collection) => {
                if collection.is_locked().await.map_err(to_keyring_error)? {
                    self.unlock([&collection.collection_path].into_iter()).await?;
                }
                Ok(collection)
            }
            Err(Error::NoResult) if self.prompt == Prompt::Allowed => {
                info!("creating the default collection of the keyring");
                let created = self.secrets.create_collection(DEFAULT_LABEL, "default");
                match timeout(LONGEST_PROMPT, created).await {
                    Ok(Ok(collection)) => Ok(collection),
                    Ok(Err(Error::Prompt | Error::PromptDisconnected)) | Err(_) => {
                        Err(KeyringError::NotSetUp)
                    }
                    Ok(Err(error)) => Err(to_keyring_error(error)),
                }
            }
            Err(error) => Err(to_keyring_error(error)),
        }
    }

    async fn unlock(
        &self,
        paths: impl Iterator<Item = &OwnedObjectPath>,
    ) -> Result<(), KeyringError> {
        if self.prompt == Prompt::Never {
            return Err(KeyringError::Locked);
        }
        let paths: Vec<&ObjectPath<'_>> = paths.map(|path| &**path).collect();
        let reply = self
            .connection
            .call_method(Some(NAME), PATH, Some(SERVICE), "Unlock", &(&paths,))
            .await
            .map_err(|error| to_keyring_error(error.into()))?;
        let body = reply.body();
        let (_unlocked, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            body.deserialize().map_err(failed)?;
        self.confirm(&prompt, &paths).await
    }

    /// Shows `prompt`, unless it is "/", and waits for its end. Also ends when `locked` were unlocked
    /// by other means, for example by a prompt of another program.
    async fn confirm(
        &self,
        prompt: &ObjectPath<'_>,
        locked: &[&ObjectPath<'_>],
    ) -> Result<(), KeyringError> {
        if prompt.as_str() == "/" {
            return Ok(());
        }
        if self.prompt == Prompt::Never {
            return Err(KeyringError::Locked);
        }
        let mut changes = self.changes.subscribe();
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .sender(NAME)
            .and_then(|rule| rule.path(prompt))
            .and_then(|rule| rule.member("Completed"))
            .map_err(failed)?
            .build();
        let mut completed =
            MessageStream::for_match_rule(rule, &self.connection, None).await.map_err(failed)?;
        self.call_prompt(prompt, "Prompt", &"").await?;
        let answered = async {
            loop {
                tokio::select! {
                    message = completed.next() => {
                        let is_dismissed = match message {
                            Some(Ok(message)) => is_dismissed(&message),
                            Some(Err(_)) | None => true,
                        };
                        return if is_dismissed { Err(KeyringError::Refused) } else { Ok(()) };
                    }
                    Ok(()) = changes.changed() => {
                        if !locked.is_empty() && self.are_unlocked(locked).await {
                            return Ok(());
                        }
                    }
                }
            }
        };
        let Ok(result) = timeout(LONGEST_PROMPT, answered).await else {
            drop(self.call_prompt(prompt, "Dismiss", &()).await);
            return Err(KeyringError::Locked);
        };
        result
    }

    async fn call_prompt<B>(
        &self,
        prompt: &ObjectPath<'_>,
        method: &str,
        body: &B,
    ) -> Result<(), KeyringError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let called = self.connection.call_method(Some(NAME), prompt, Some(PROMPT), method, body);
        called.await.map(drop).map_err(|error| to_keyring_error(error.into()))
    }

    /// Whether items or collections are unlocked.
    async fn are_unlocked(&self, paths: &[&ObjectPath<'_>]) -> bool {
        for path in paths {
            let item = self.secrets.get_item_by_path((*path).clone().into()).await;
            let collection = self.secrets.get_collection_by_path((*path).clone().into()).await;
            let is_unlocked = async |locked: Result<bool, Error>| matches!(locked, Ok(false));
            let of_item = match item {
                Ok(item) => is_unlocked(item.is_locked().await).await,
                Err(_) => false,
            };
            let of_collection = match collection {
                Ok(collection) => is_unlocked(collection.is_locked().await).await,
                Err(_) => false,
            };
            if !of_item && !of_collection {
                return false;
            }
        }
        true
    }
}

fn attributes<'a>(service: &'a str, account: &'a str) -> Attributes<'a> {
    HashMap::from([("service", service), ("username", account)])
}

async fn connect() -> zbus::Result<Connection> {
    Builder::session()?.method_timeout(REPLY_PATIENCE).build().await
}

/// Falls back to an unencrypted session, which the specification requires of every service. On the
/// user's own bus it discloses nothing to programs that could not ask for the secret themselves.
async fn open_session(connection: &Connection) -> Result<SecretService<'static>, Error> {
    let open = |encryption| SecretService::connect_with_existing(encryption, connection.clone());
    match open(EncryptionType::Dh).await {
        Err(error) if !is_missing(&error) && !is_timeout(&error) => {
            debug!(error = %Chain(&error), "no encrypted session, opening a plain one");
            open(EncryptionType::Plain).await
        }
        opened => opened,
    }
}

/// Publishes changes of the Secret Service, by its signals. Connects at the first subscription.
#[derive(Clone, Default)]
pub(super) struct Changes {
    sender: watch::Sender<()>,
    is_watched: Arc<AtomicBool>,
}

impl Changes {
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            #[expect(
                clippy::disallowed_methods,
                reason = "ends with the program, without a trace"
            )]
            tokio::spawn(follow(self.sender.clone()));
        }
        self.sender.subscribe()
    }
}

async fn follow(changes: watch::Sender<()>) {
    let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
    loop {
        match signals().await {
            Ok(mut signals) => {
                backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
                // Signals may have been missed.
                changes.send_replace(());
                while let Some(Ok(_)) = signals.next().await {
                    changes.send_replace(());
                }
            }
            Err(error) => debug!(error = %Chain(&error), "cannot follow the keyring"),
        }
        sleep(backoff.next_delay()).await;
    }
}

async fn signals() -> zbus::Result<SelectAll<MessageStream>> {
    let connection = Builder::session()?.build().await?;
    let rule = || MatchRule::builder().msg_type(message::Type::Signal);
    let rules = [
        // The service was started.
        rule()
            .sender("org.freedesktop.DBus")?
            .interface("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?,
        // A collection was unlocked.
        rule()
            .sender(NAME)?
            .path_namespace(PATH)?
            .interface("org.freedesktop.DBus.Properties")?
            .member("PropertiesChanged")?
            .arg(0, COLLECTION)?,
        rule().sender(NAME)?.path(PATH)?.interface(SERVICE)?.member("CollectionChanged")?,
        rule().sender(NAME)?.path(PATH)?.interface(SERVICE)?.member("CollectionCreated")?,
    ];
    let mut streams = SelectAll::new();
    for rule in rules {
        streams.push(MessageStream::for_match_rule(rule.build(), &connection, None).await?);
    }
    Ok(streams)
}

fn is_dismissed(completed: &zbus::Message) -> bool {
    type Completed<'a> = (bool, zbus::zvariant::Value<'a>);
    completed.body().deserialize::<Completed<'_>>().map_or(true, |(is_dismissed, _)| is_dismissed)
}

fn failed(error: zbus::Error) -> KeyringError {
    KeyringError::Failed(error.into())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the error of another crate, open for more")]
fn to_keyring_error(error: Error) -> KeyringError {
    match error {
        Error::Locked => KeyringError::Locked,
        Error::Prompt | Error::PromptDisconnected => KeyringError::Refused,
        Error::NoResult => KeyringError::NotSetUp,
        error if is_missing(&error) => KeyringError::Missing(Some(error.into())),
        error if error_name(&error).as_deref() == Some("org.freedesktop.Secret.Error.IsLocked") => {
            KeyringError::Locked
        }
        error => KeyringError::Failed(error.into()),
    }
}

/// Whether no service is running and none could be started.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Unavailable)
        || error_name(error).is_some_and(|name| {
            matches!(
                name.strip_prefix("org.freedesktop.DBus.Error."),
                Some("ServiceUnknown" | "NameHasNoOwner")
            ) || name.starts_with("org.freedesktop.DBus.Error.Spawn.")
        })
}

fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Zbus(zbus::Error::InputOutput(_)))
        || error_name(error).is_some_and(|name| {
            matches!(
                name.strip_prefix("org.freedesktop.DBus.Error."),
                Some("NoReply" | "Timeout" | "TimedOut")
            )
        })
}

/// Whether the item was deleted meanwhile.
fn is_gone(error: &Error) -> bool {
    error_name(error).is_some_and(|name| {
        name == "org.freedesktop.Secret.Error.NoSuchObject"
            || name == "org.freedesktop.DBus.Error.UnknownObject"
    })
}

/// Name of the D-Bus error in the service's reply.
#[expect(clippy::wildcard_enum_match_arm, reason = "the error of another crate, open for more")]
fn error_name(error: &Error) -> Option<String> {
    use zbus::DBusError as _;
    match error {
        Error::Zbus(zbus::Error::MethodError(name, ..)) => Some(name.to_string()),
        Error::Zbus(zbus::Error::FDO(error)) => Some(error.name().to_string()),
        Error::ZbusFdo(error) => match error {
            zbus::fdo::Error::ZBus(zbus::Error::MethodError(name, ..)) => Some(name.to_string()),
            error => Some(error.name().to_string()),
        },
        _ => None,
    }
}
