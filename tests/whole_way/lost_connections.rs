//! The session bus closes connections of the program, and stays.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{UnixListener, UnixStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use super::{DesktopOptions, Stage, ends, shows};

/// Part of a message that only the connection of the icon sends.
const ICON: &[u8] = b"RegisterStatusNotifierItem";
/// Part of a message that only the connection sends that watches over the icon's.
const WATCH: &[u8] = b"arg0namespace='org.kde'";

/// Closes the connection that sent this.
struct Cut {
    sent: &'static [u8],
    wanted: Notify,
}

/// Forwards connections to the bus, and closes some on request.
struct Relay {
    address: String,
    icon: Arc<Cut>,
    watch: Arc<Cut>,
    /// Ends when dropped.
    _forwarding: JoinSet<()>,
}

impl Relay {
    fn start(path: &Path, bus_address: &str) -> anyhow::Result<Self> {
        let bus = bus_address.strip_prefix("unix:path=").context("the bus is a file")?;
        let bus = bus.split(',').next().unwrap_or_default().to_owned();
        let listener = UnixListener::bind(path)?;
        let cut = |sent| Arc::new(Cut { sent, wanted: Notify::new() });
        let (icon, watch) = (cut(ICON), cut(WATCH));
        let mut forwarding = JoinSet::new();
        let cuts = [Arc::clone(&icon), Arc::clone(&watch)];
        forwarding.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let Ok(bus) = UnixStream::connect(&bus).await else { continue };
                connections.spawn(forward(client, bus, cuts.clone()));
            }
        });
        let address = format!("unix:path={}", path.display());
        Ok(Self { address, icon, watch, _forwarding: forwarding })
    }
}

async fn forward(client: UnixStream, bus: UnixStream, cuts: [Arc<Cut>; 2]) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_bus, mut to_bus) = bus.into_split();
    let (found, mut found_before) = watch::channel(None);
    let upwards = async {
        let mut buffer = vec![0; 65_536];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            let read = buffer.get(..count).unwrap_or_default();
            let sent = |cut: &&Arc<Cut>| read.windows(cut.sent.len()).any(|part| part == cut.sent);
            if let Some(cut) = cuts.iter().find(sent) {
                found.send_replace(Some(Arc::clone(cut)));
            }
            if to_bus.write_all(read).await.is_err() {
                return;
            }
        }
    };
    let wanted = async {
        if let Ok(cut) = found_before.wait_for(Option::is_some).await.map(|cut| cut.clone())
            && let Some(cut) = cut
        {
            cut.wanted.notified().await;
        }
    };
    tokio::select! {
        () = upwards => {}
        _ = copy(&mut from_bus, &mut to_client) => {}
        () = wanted => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_icon_whose_connection_is_lost_comes_back() -> anyhow::Result<()> {
    let options = DesktopOptions { display: false, ..DesktopOptions::default() };
    let stage = Stage::set(options).await?;
    let path = stage.desktop.runtime_dir().join("relay");
    let relay = Relay::start(&path, stage.desktop.bus_address())?;
    let mut command = stage.command();
    command.arg("--hidden").env("DBUS_SESSION_BUS_ADDRESS", &relay.address);
    let mut resident = command.kill_on_drop(true).spawn()?;

    for is_watch_lost in [false, true, false] {
        let tray = stage.desktop.tray().await?;
        shows(&tray, "ThinQ Tray: Signed out").await?;
        if is_watch_lost {
            relay.watch.wanted.notify_one();
        }
        relay.icon.wanted.notify_one();
        stage.desktop.tray_is_gone(&tray).await?;
    }

    let tray = stage.desktop.tray().await?;
    shows(&tray, "ThinQ Tray: Signed out").await?;
    tray.click("Quit").await?;
    ends(&mut resident).await
}
