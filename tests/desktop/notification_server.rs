//! Notification server that records instead of drawing. Like real servers it sends signals about a
//! notification only to the connection that sent it.

use std::collections::HashMap;

use anyhow::Context as _;
use tokio::sync::watch;
use zbus::{
    Connection, interface, message::Header, names::OwnedUniqueName, object_server::SignalEmitter,
    zvariant::OwnedValue,
};

use super::{Desktop, serve};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// Reason for closing a notification; the numbers of the specification.
const DISMISSED: u32 = 2;
const BY_CALL: u32 = 3;

#[derive(Clone, Debug)]
pub(crate) struct Notified {
    pub(crate) id: u32,
    pub(crate) app: String,
    /// Id of the notification that it replaces, or 0.
    pub(crate) replaces: u32,
    pub(crate) icon: String,
    pub(crate) summary: String,
    pub(crate) body: String,
    /// Alternating keys and labels.
    pub(crate) actions: Vec<String>,
    pub(crate) hints: HashMap<String, String>,
    pub(crate) timeout: i32,
    pub(crate) sender: OwnedUniqueName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) id: u32,
    pub(crate) reason: u32,
}

#[derive(Default)]
struct Entries {
    last_id: u32,
    notified: Vec<Notified>,
    closed: Vec<Closed>,
}

/// Outlives the server, so that ids remain unique across restarts.
#[derive(Clone, Default)]
pub(super) struct Record(watch::Sender<Entries>);

impl Record {
    pub(super) fn notified(&self) -> Vec<Notified> {
        self.0.borrow().notified.clone()
    }

    pub(super) fn count(&self) -> usize {
        self.0.borrow().notified.len()
    }

    pub(super) fn closed(&self) -> Vec<Closed> {
        self.0.borrow().closed.clone()
    }

    pub(super) async fn wait_for(
        &self,
        fits: impl Fn(&Notified) -> bool,
    ) -> anyhow::Result<Notified> {
        let mut entries = self.0.subscribe();
        let entries = entries.wait_for(|entries| entries.notified.iter().any(&fits)).await?;
        let found = entries.notified.iter().find(|notified| fits(notified));
        found.cloned().context("it was there a moment ago")
    }

    pub(super) async fn wait_until(
        &self,
        is_wanted: impl Fn(&[Notified], &[Closed]) -> bool,
    ) -> anyhow::Result<()> {
        let mut entries = self.0.subscribe();
        entries.wait_for(|entries| is_wanted(&entries.notified, &entries.closed)).await?;
        Ok(())
    }

    fn add(&self, mut notified: Notified) -> u32 {
        let mut id = notified.replaces;
        self.0.send_modify(|entries| {
            if id == 0 {
                entries.last_id += 1;
                id = entries.last_id;
            }
            notified.id = id;
            entries.notified.push(notified);
        });
        id
    }

    fn close(&self, id: u32, reason: u32) {
        self.0.send_modify(|entries| entries.closed.push(Closed { id, reason }));
    }

    fn sender_of(&self, id: u32) -> anyhow::Result<OwnedUniqueName> {
        let entries = self.0.borrow();
        let found = entries.notified.iter().rev().find(|notified| notified.id == id);
        found
            .map(|notified| notified.sender.clone())
            .with_context(|| format!("no notification {id}"))
    }
}

pub(super) struct NotificationServer {
    bus: Connection,
    record: Record,
    hangs: watch::Sender<bool>,
    refuses: watch::Sender<bool>,
}

impl NotificationServer {
    pub(super) async fn start(
        bus_address: &str,
        record: Record,
        name: String,
        capabilities: Vec<String>,
    ) -> anyhow::Result<Self> {
        let hangs = watch::Sender::new(false);
        let refuses = watch::Sender::new(false);
        let face = Face {
            record: record.clone(),
            name,
            capabilities,
            hangs: hangs.subscribe(),
            refuses: refuses.subscribe(),
        };
        let bus = serve(bus_address, NAME, PATH, face).await?;
        Ok(Self { bus, record, hangs, refuses })
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.bus.release_name(NAME).await?;
        Ok(self.bus.close().await?)
    }

    /// Calls are delayed while it hangs.
    pub(super) fn hang(&self, is_hanging: bool) {
        self.hangs.send_replace(is_hanging);
    }

    /// As Plasma after many notifications in a short time.
    pub(super) fn refuse(&self, is_refusing: bool) {
        self.refuses.send_replace(is_refusing);
    }

    pub(super) async fn invoke(&self, id: u32, key: &str) -> anyhow::Result<()> {
        let sender = self.record.sender_of(id)?;
        let emitter = SignalEmitter::new(&self.bus, PATH)?.set_destination(sender.into());
        Face::action_invoked(&emitter, id, key).await?;
        self.record.close(id, DISMISSED);
        Ok(Face::notification_closed(&emitter, id, DISMISSED).await?)
    }

    async fn give_token(&self, id: u32, token: &str) -> anyhow::Result<()> {
        let sender = self.record.sender_of(id)?;
        let emitter = SignalEmitter::new(&self.bus, PATH)?.set_destination(sender.into());
        Ok(Face::activation_token(&emitter, id, token).await?)
    }

    pub(super) async fn dismiss(&self, id: u32) -> anyhow::Result<()> {
        let sender = self.record.sender_of(id)?;
        let emitter = SignalEmitter::new(&self.bus, PATH)?.set_destination(sender.into());
        self.record.close(id, DISMISSED);
        Ok(Face::notification_closed(&emitter, id, DISMISSED).await?)
    }
}

impl Desktop {
    /// The user clicks a notification on a desktop that provides activation tokens.
    pub(crate) async fn click_with_token(&self, id: u32, token: &str) -> anyhow::Result<()> {
        let server = self.notification_server.lock().await;
        let server = server.as_ref().context("no notification server runs")?;
        server.give_token(id, token).await?;
        server.invoke(id, "default").await
    }
}

struct Face {
    record: Record,
    name: String,
    capabilities: Vec<String>,
    hangs: watch::Receiver<bool>,
    refuses: watch::Receiver<bool>,
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.Notifications.Error")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    ExcessNotificationGeneration(String),
}

impl Face {
    async fn answers(&self) {
        let mut hangs = self.hangs.clone();
        // A stopped server answers nothing anyway.
        drop(hangs.wait_for(|hangs| !hangs).await);
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Face {
    #[expect(clippy::too_many_arguments, reason = "the specification counts them")]
    async fn notify(
        &self,
        #[zbus(header)] header: Header<'_>,
        app: String,
        replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        timeout: i32,
    ) -> Result<u32, Refusal> {
        self.answers().await;
        if *self.refuses.borrow() {
            return Err(Refusal::ExcessNotificationGeneration("too many".to_owned()));
        }
        let sender = header.sender().ok_or(zbus::Error::MissingField)?.to_owned().into();
        let hints = hints.into_iter().map(|(name, value)| (name, plain(&value))).collect();
        let id = 0;
        Ok(self.record.add(Notified {
            id,
            app,
            replaces,
            icon,
            summary,
            body,
            actions,
            hints,
            timeout,
            sender,
        }))
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        self.record.close(id, BY_CALL);
        Ok(Self::notification_closed(&emitter, id, BY_CALL).await?)
    }

    async fn get_capabilities(&self) -> Vec<String> {
        self.answers().await;
        self.capabilities.clone()
    }

    async fn get_server_information(&self) -> (String, &str, &str, &str) {
        self.answers().await;
        (self.name.clone(), "test", "1.0", "1.2")
    }

    #[zbus(property)]
    fn inhibited(&self) -> bool {
        true
    }

    #[zbus(signal)]
    async fn activation_token(
        emitter: &SignalEmitter<'_>,
        id: u32,
        token: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        reason: u32,
    ) -> zbus::Result<()>;
}

/// Text unchanged, other values formatted as text: `2`, `true`.
pub(super) fn plain(value: &OwnedValue) -> String {
    use zbus::zvariant::Value;
    if let Value::Str(text) = &**value {
        text.to_string()
    } else if let Value::U8(number) = &**value {
        number.to_string()
    } else {
        // Other values are printed with their type: `uint32 2`.
        let typed = value.to_string();
        typed.rsplit(' ').next().unwrap_or_default().to_owned()
    }
}
