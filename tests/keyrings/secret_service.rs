//! A Secret Service that knows only unencrypted sessions, and whose prompts answer themselves.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the signatures are those of the interface"
)]

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::{sync::watch, time};
use zbus::{
    Connection, ObjectServer, fdo, interface,
    object_server::SignalEmitter,
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value},
};

const NAME: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const MAIN: &str = "/org/freedesktop/secrets/collection/main";
const ATTRIBUTES: &str = "org.freedesktop.Secret.Item.Attributes";

type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// How the user answers prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Cancel,
    /// Unlocks the collection, or creates it.
    Unlock,
    None,
}

pub(super) struct SecretService {
    bus: Connection,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    prompts: watch::Sender<usize>,
    hides: AtomicBool,
    fails: AtomicBool,
}

struct State {
    items: Vec<Stored>,
    is_locked: bool,
    has_default: bool,
    answer: Answer,
    count: u32,
}

#[derive(Clone)]
struct Stored {
    path: OwnedObjectPath,
    attributes: HashMap<String, String>,
    value: Vec<u8>,
    modified: u64,
}

impl Default for State {
    fn default() -> Self {
        let items = Vec::new();
        Self { items, is_locked: false, has_default: true, answer: Answer::Cancel, count: 0 }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn path(&self, kind: &str) -> OwnedObjectPath {
        let mut state = self.state();
        state.count += 1;
        let path = format!("{ROOT}/{kind}/n{}", state.count);
        OwnedObjectPath::try_from(path).expect("the path is valid")
    }

    fn found(&self, wanted: &HashMap<String, String>) -> Vec<OwnedObjectPath> {
        let state = self.state();
        if state.is_locked && self.hides.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let fits = |item: &&Stored| wanted.iter().all(|(k, v)| item.attributes.get(k) == Some(v));
        state.items.iter().filter(fits).map(|item| item.path.clone()).collect()
    }

    fn check(&self) -> fdo::Result<()> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(fdo::Error::Failed("out of order".to_owned()));
        }
        Ok(())
    }
}

impl SecretService {
    pub(super) async fn start(bus_address: &str) -> anyhow::Result<Self> {
        let shared = Arc::<Shared>::default();
        let bus = zbus::connection::Builder::address(bus_address)?
            .serve_at(ROOT, Service(Arc::clone(&shared)))?
            .serve_at(MAIN, Collection(Arc::clone(&shared)))?
            .name(NAME)?
            .build()
            .await?;
        Ok(Self { bus, shared })
    }

    pub(super) async fn add(&self, collection: &str, service: &str, user: &str, value: &str) {
        let attributes = [("service", service), ("username", user)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let attributes = HashMap::from(attributes);
        let value = value.as_bytes().to_vec();
        add(&self.shared, self.bus.object_server(), collection, attributes, value, 0).await;
    }

    /// Copies all items, as an import does. The copies are older.
    pub(super) async fn copy_all(&self, collection: &str) {
        let items = self.shared.state().items.clone();
        for Stored { attributes, value, .. } in items {
            add(&self.shared, self.bus.object_server(), collection, attributes, value, 0).await;
        }
    }

    pub(super) fn lock(&self, answer: Answer) {
        let mut state = self.shared.state();
        (state.is_locked, state.answer) = (true, answer);
    }

    pub(super) async fn unlock(&self) -> zbus::Result<()> {
        self.shared.state().is_locked = false;
        tell_unlocked(&self.bus).await
    }

    pub(super) fn remove_default(&self, answer: Answer) {
        let mut state = self.shared.state();
        (state.has_default, state.answer) = (false, answer);
    }

    /// Signals a change that does not unlock anything.
    pub(super) async fn tell_change(&self) -> zbus::Result<()> {
        tell_unlocked(&self.bus).await
    }

    /// The service ends. Its items survive.
    pub(super) async fn leave(&self) -> zbus::Result<()> {
        self.bus.release_name(NAME).await.map(drop)
    }

    pub(super) async fn come_back(&self) -> zbus::Result<()> {
        self.bus.request_name(NAME).await
    }

    pub(super) fn hide_locked_items(&self) {
        self.shared.hides.store(true, Ordering::Relaxed);
    }

    pub(super) fn fail(&self, fails: bool) {
        self.shared.fails.store(fails, Ordering::Relaxed);
    }

    pub(super) fn prompts(&self) -> usize {
        *self.shared.prompts.borrow()
    }

    pub(super) async fn wait_for_prompts(&self, count: usize) {
        let mut prompts = self.shared.prompts.subscribe();
        drop(prompts.wait_for(|shown| *shown >= count).await);
    }

    pub(super) async fn wait_until_empty(&self) {
        while self.count() > 0 {
            time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.shared.state().items.len()
    }

    pub(super) fn items_of(&self, service: &str, user: &str) -> usize {
        let is_of = |item: &&Stored| {
            item.attributes["service"] == service && item.attributes["username"] == user
        };
        self.shared.state().items.iter().filter(is_of).count()
    }
}

async fn add(
    shared: &Arc<Shared>,
    server: &ObjectServer,
    collection: &str,
    attributes: HashMap<String, String>,
    value: Vec<u8>,
    modified: u64,
) -> OwnedObjectPath {
    let path = shared.path(&format!("collection/{collection}"));
    shared.state().items.push(Stored { path: path.clone(), attributes, value, modified });
    let item = Item { shared: Arc::clone(shared), path: path.clone() };
    server.at(&path, item).await.expect("the path is free");
    path
}

async fn tell_unlocked(bus: &Connection) -> zbus::Result<()> {
    let changed = HashMap::from([("Locked", Value::from(false))]);
    let body = ("org.freedesktop.Secret.Collection", changed, Vec::<&str>::new());
    let interface = "org.freedesktop.DBus.Properties";
    bus.emit_signal(None::<&str>, MAIN, interface, "PropertiesChanged", &body).await
}

fn none() -> OwnedObjectPath {
    OwnedObjectPath::try_from("/").expect("the path is valid")
}

struct Service(Arc<Shared>);

#[interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    fn open_session(
        &self,
        algorithm: &str,
        _input: Value<'_>,
    ) -> fdo::Result<(OwnedValue, OwnedObjectPath)> {
        self.0.check()?;
        if algorithm != "plain" {
            return Err(fdo::Error::NotSupported("only plain sessions".to_owned()));
        }
        let nothing = OwnedValue::try_from(Value::from("")).expect("the value has no descriptor");
        Ok((nothing, self.0.path("session")))
    }

    fn search_items(
        &self,
        attributes: HashMap<String, String>,
    ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        let found = self.0.found(&attributes);
        if self.0.state().is_locked { (Vec::new(), found) } else { (found, Vec::new()) }
    }

    fn read_alias(&self, _name: &str) -> OwnedObjectPath {
        if self.0.state().has_default {
            OwnedObjectPath::try_from(MAIN).expect("the path is valid")
        } else {
            none()
        }
    }

    async fn create_collection(
        &self,
        _properties: HashMap<String, OwnedValue>,
        alias: &str,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> (OwnedObjectPath, OwnedObjectPath) {
        assert_eq!(alias, "default");
        (none(), self.prompt(server).await)
    }

    async fn unlock(
        &self,
        objects: Vec<OwnedObjectPath>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        if !self.0.state().is_locked {
            return (objects, none());
        }
        (Vec::new(), self.prompt(server).await)
    }

    #[zbus(property)]
    fn collections(&self) -> Vec<OwnedObjectPath> {
        vec![OwnedObjectPath::try_from(MAIN).expect("the path is valid")]
    }
}

impl Service {
    async fn prompt(&self, server: &ObjectServer) -> OwnedObjectPath {
        let path = self.0.path("prompt");
        let prompt = Prompt(Arc::clone(&self.0));
        server.at(&path, prompt).await.expect("the path is free");
        path
    }
}

struct Prompt(Arc<Shared>);

#[interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(
        &self,
        _window: &str,
        #[zbus(connection)] bus: &Connection,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        self.0.prompts.send_modify(|prompts| *prompts += 1);
        let answer = self.0.state().answer;
        if answer == Answer::Unlock {
            {
                let mut state = self.0.state();
                (state.is_locked, state.has_default) = (false, true);
            }
            tell_unlocked(bus).await?;
        }
        if answer != Answer::None {
            let created = ObjectPath::try_from(MAIN).expect("the path is valid");
            Self::completed(&emitter, answer == Answer::Cancel, created.into()).await?;
        }
        Ok(())
    }

    fn dismiss(&self) {}

    #[zbus(signal)]
    async fn completed(
        emitter: &SignalEmitter<'_>,
        dismissed: bool,
        result: Value<'_>,
    ) -> zbus::Result<()>;
}

struct Collection(Arc<Shared>);

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    async fn create_item(
        &self,
        properties: HashMap<String, OwnedValue>,
        secret: Secret,
        _replace: bool,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> fdo::Result<(OwnedObjectPath, OwnedObjectPath)> {
        let attributes = properties[ATTRIBUTES].clone();
        let attributes = HashMap::try_from(attributes)
            .map_err(|error| fdo::Error::InvalidArgs(error.to_string()))?;
        Ok((add(&self.0, server, "main", attributes, secret.2, 1).await, none()))
    }

    #[zbus(property)]
    fn locked(&self) -> bool {
        self.0.state().is_locked
    }

    #[zbus(property)]
    fn items(&self) -> Vec<OwnedObjectPath> {
        self.0.found(&HashMap::new())
    }
}

struct Item {
    shared: Arc<Shared>,
    path: OwnedObjectPath,
}

#[interface(name = "org.freedesktop.Secret.Item")]
impl Item {
    fn get_secret(&self, session: OwnedObjectPath) -> fdo::Result<Secret> {
        let state = self.shared.state();
        let item = state.items.iter().find(|item| item.path == self.path);
        let item = item.ok_or_else(|| fdo::Error::UnknownObject("deleted".to_owned()))?;
        Ok((session, Vec::new(), item.value.clone(), "text/plain".to_owned()))
    }

    fn set_secret(&self, secret: Secret) {
        let mut state = self.shared.state();
        if let Some(item) = state.items.iter_mut().find(|item| item.path == self.path) {
            item.value = secret.2;
        }
    }

    fn delete(&self) -> OwnedObjectPath {
        self.shared.state().items.retain(|item| item.path != self.path);
        none()
    }

    #[zbus(property)]
    fn locked(&self) -> bool {
        self.shared.state().is_locked
    }

    #[zbus(property)]
    fn modified(&self) -> u64 {
        let state = self.shared.state();
        state.items.iter().find(|item| item.path == self.path).map_or(0, |item| item.modified)
    }
}
