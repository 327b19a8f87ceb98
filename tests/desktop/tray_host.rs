//! A tray: `org.kde.StatusNotifierWatcher`, with itself as the host.

use anyhow::Context as _;
use futures_util::StreamExt as _;
use tokio::{sync::watch, task::JoinSet};
use zbus::{Connection, fdo::DBusProxy, interface, message::Header, object_server::SignalEmitter};

use super::serve;

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// Location of an icon on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Unique name of the program's connection.
    pub(super) owner: String,
    /// Registered name, or the unique name.
    pub(super) name: String,
    pub(super) path: String,
}

/// The icons in the tray, oldest first.
#[derive(Clone, Default)]
pub(super) struct Items(watch::Sender<Vec<Address>>);

impl Items {
    pub(super) async fn first(&self) -> anyhow::Result<Address> {
        let mut items = self.0.subscribe();
        let items = items.wait_for(|items| !items.is_empty()).await?;
        items.first().cloned().context("it was there a moment ago")
    }

    #[cfg(test)]
    pub(super) async fn gone(&self, item: &Address) -> anyhow::Result<()> {
        let mut items = self.0.subscribe();
        items.wait_for(|items| !items.contains(item)).await?;
        Ok(())
    }

    fn registered(&self) -> Vec<String> {
        self.0.borrow().iter().map(|item| format!("{}{}", item.name, item.path)).collect()
    }

    fn forget(&self, owner: &str) {
        self.0.send_modify(|items| items.retain(|item| item.owner != owner));
    }
}

pub(super) struct TrayHost {
    bus: Connection,
    items: Items,
    /// Stops with the host.
    _watching: JoinSet<()>,
}

impl TrayHost {
    pub(super) async fn start(bus_address: &str, items: Items) -> anyhow::Result<Self> {
        let bus = serve(bus_address, NAME, PATH, Watcher { items: items.clone() }).await?;
        let proxy = DBusProxy::new(&bus).await?;
        let mut changes = proxy.receive_name_owner_changed().await?;
        let mut watching = JoinSet::new();
        let left = items.clone();
        watching.spawn(async move {
            while let Some(change) = changes.next().await {
                let Ok(arguments) = change.args() else { continue };
                if arguments.new_owner.is_none() {
                    left.forget(&arguments.name);
                }
            }
        });
        let emitter = SignalEmitter::new(&bus, PATH)?;
        Watcher::status_notifier_host_registered(&emitter).await?;
        Ok(Self { bus, items, _watching: watching })
    }

    /// As a panel that was restarted and lost its list.
    pub(super) fn forget_all(&self) {
        self.items.0.send_replace(Vec::new());
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.bus.release_name(NAME).await?;
        self.items.0.send_replace(Vec::new());
        Ok(self.bus.close().await?)
    }
}

struct Watcher {
    items: Items,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let owner = header.sender().ok_or(zbus::Error::MissingField)?.to_string();
        // Ayatana's library passes a path, other programs a name.
        let (name, path) = if service.starts_with('/') {
            (owner.clone(), service)
        } else {
            (service, "/StatusNotifierItem".to_owned())
        };
        let full = format!("{name}{path}");
        let item = Address { owner, name, path };
        self.items.0.send_modify(|items| {
            items.retain(|known| *known != item);
            items.push(item);
        });
        Ok(Self::status_notifier_item_registered(&emitter, &full).await?)
    }

    async fn register_status_notifier_host(
        &self,
        service: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        drop(service);
        Ok(Self::status_notifier_host_registered(&emitter).await?)
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.registered()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
