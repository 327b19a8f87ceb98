//! Sleep and network signals of the system on test buses, and the reaction of the built program: an
//! immediate reconnect instead of a possibly dead connection.

use std::{ffi::OsStr, fs, net::SocketAddr, process::Stdio};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use tempfile::TempDir;
use thinq_sim::{Call, Sim, SimDevice, SimSettings};
use tokio::{
    io::{self, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::watch,
    task::{JoinSet, yield_now},
};
use url::Url;
use zbus::{
    Connection, MatchRule, MessageStream,
    fdo::MonitoringProxy,
    zvariant::{ObjectPath, Value},
};

use crate::desktop::{Desktop, DesktopOptions, within};

const SLEEP: &str = "org.freedesktop.login1";
const SLEEP_PATH: &str = "/org/freedesktop/login1";
const SLEEP_INTERFACE: &str = "org.freedesktop.login1.Manager";
const NETWORKS: &str = "org.freedesktop.NetworkManager";
const NETWORKS_PATH: &str = "/org/freedesktop/NetworkManager";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const PORTAL_INTERFACE: &str = "org.freedesktop.portal.NetworkMonitor";

/// `NM_STATE_DISCONNECTED` and `NM_STATE_CONNECTED_GLOBAL`.
const DISCONNECTED: u32 = 20;
const CONNECTED: u32 = 70;

const NO_BUS: &str = "unix:path=/nonexistent";

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:dir=DIR</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A system bus on which the test provides the services.
struct SystemBus {
    address: String,
    /// Owns the well-known names of the services.
    services: Connection,
    _daemon: Child,
    _dir: TempDir,
}

impl SystemBus {
    async fn start() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("system-bus-").tempdir()?;
        let config = dir.path().join("bus.conf");
        fs::write(&config, BUS.replace("DIR", &dir.path().to_string_lossy()))?;
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("`dbus-daemon` did not start; `cargo xtask setup` installs it")?;
        let output = daemon.stdout.take().context("its output is not piped")?;
        let mut lines = BufReader::new(output).lines();
        let address = within("a system bus", lines.next_line()).await??;
        let address = address.context("the bus ended before it was ready")?;
        let services = connect(&address).await?;
        for name in [SLEEP, NETWORKS] {
            services.request_name(name).await?;
        }
        Ok(Self { address, services, _daemon: daemon, _dir: dir })
    }

    async fn prepare_for_sleep(&self, is_before: bool) -> anyhow::Result<()> {
        let services = &self.services;
        services
            .emit_signal(None::<&str>, SLEEP_PATH, SLEEP_INTERFACE, "PrepareForSleep", &is_before)
            .await?;
        Ok(())
    }

    /// Signals of `NetworkManager`: its state, then the primary connection.
    async fn network_is(&self, state: u32, primary: &str) -> anyhow::Result<()> {
        self.services
            .emit_signal(None::<&str>, NETWORKS_PATH, NETWORKS, "StateChanged", &state)
            .await?;
        self.primary_connection_is(primary).await
    }

    async fn primary_connection_is(&self, primary: &str) -> anyhow::Result<()> {
        let primary = Value::from(ObjectPath::try_from(primary)?);
        let changes = std::collections::HashMap::from([("PrimaryConnection", primary)]);
        let body = (NETWORKS, changes, Vec::<&str>::new());
        let interface = "org.freedesktop.DBus.Properties";
        let services = &self.services;
        services
            .emit_signal(None::<&str>, NETWORKS_PATH, interface, "PropertiesChanged", &body)
            .await?;
        Ok(())
    }
}

async fn connect(address: &str) -> anyhow::Result<Connection> {
    Ok(zbus::connection::Builder::address(address)?.build().await?)
}

/// Observes signal subscriptions on a bus.
struct Matches(MessageStream);

impl Matches {
    async fn watch(address: &str) -> anyhow::Result<Self> {
        let bus = connect(address).await?;
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::MethodCall)
            .interface("org.freedesktop.DBus")?
            .member("AddMatch")?
            .build();
        let seen = MessageStream::from(&bus);
        MonitoringProxy::new(&bus).await?.become_monitor(&[rule], 0).await?;
        Ok(Self(seen))
    }

    /// Waits until each of these signals has a subscriber.
    async fn wait_for(&mut self, members: &[&str]) -> anyhow::Result<()> {
        let mut missing = members.to_vec();
        let all = async {
            while !missing.is_empty() {
                let message = self.0.next().await.context("the bus connection ended")??;
                let rule: String = message.body().deserialize().unwrap_or_default();
                missing.retain(|member| !rule.contains(&format!("member='{member}'")));
            }
            anyhow::Ok(())
        };
        within("signal subscriptions on the bus", all).await?
    }
}

/// State of a connection to the callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Begun,
    /// The handshake was answered.
    Open,
    /// Closed on both sides.
    Over,
}

/// Relay between the program and the callback that distinguishes connections.
struct Relay {
    url: Url,
    lines: watch::Sender<Vec<Line>>,
    /// Stops with the relay.
    _carrying: JoinSet<()>,
}

impl Relay {
    async fn start(mut url: Url) -> anyhow::Result<Self> {
        let callback = url.socket_addrs(|| None)?;
        let callback = *callback.first().context("the callback has an address")?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        url.set_port(Some(port)).ok().context("an address with a port")?;
        let lines = watch::Sender::default();
        let mut carrying = JoinSet::new();
        carrying.spawn(accept(listener, callback, lines.clone()));
        Ok(Self { url, lines, _carrying: carrying })
    }

    /// Waits until exactly these connections have been made.
    async fn wait_for(&self, wanted: &[Line]) -> anyhow::Result<()> {
        let mut lines = self.lines.subscribe();
        let reached = within("the connections", lines.wait_for(|lines| lines == wanted)).await;
        reached.with_context(|| format!("{:?} instead of {wanted:?}", self.lines.borrow()))??;
        Ok(())
    }
}

async fn accept(listener: TcpListener, callback: SocketAddr, lines: watch::Sender<Vec<Line>>) {
    let mut carrying = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = lines.borrow().len();
        lines.send_modify(|lines| lines.push(Line::Begun));
        let lines = lines.clone();
        carrying.spawn(async move {
            let is_now = |line| lines.send_modify(|lines| lines[number] = line);
            // A broken connection counts as closed.
            carry(client, callback, || is_now(Line::Open)).await.ok();
            is_now(Line::Over);
        });
    }
}

async fn carry(mut client: TcpStream, callback: SocketAddr, answers: impl Fn()) -> io::Result<()> {
    let mut server = TcpStream::connect(callback).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        io::copy(&mut from_client, &mut to_server).await.ok();
        to_server.shutdown().await
    };
    let down = async {
        if from_server.peek(&mut [0]).await? > 0 {
            answers();
        }
        io::copy(&mut from_server, &mut to_client).await.ok();
        to_client.shutdown().await
    };
    let (up, down) = tokio::join!(up, down);
    up.and(down)
}

/// A resident program without a window, with a static home.
struct Stage {
    desktop: Desktop,
    sim: Sim,
    relay: Relay,
    washer: SimDevice,
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        let sim = Sim::start(SimSettings::default()).await?;
        let devices = sim.devices();
        let washer = devices.iter().find(|device| device.device_type == "DEVICE_WASHER");
        let washer = washer.context("the home has a washer")?.clone();
        let options = DesktopOptions { display: false, ..DesktopOptions::default() };
        let relay = Relay::start(sim.callback_url()).await?;
        Ok(Self { desktop: Desktop::start(options).await?, sim, relay, washer })
    }

    fn start(&self, system_bus: &str) -> anyhow::Result<Child> {
        let child = self
            .desktop
            .command("thinq-tray")
            .arg("--hidden")
            .env("THINQ_TRAY_HUB_URL", self.sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", self.relay.url.as_str())
            .env("DBUS_SYSTEM_BUS_ADDRESS", system_bus)
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    fn session_bus_address(&self) -> anyhow::Result<String> {
        let command = self.desktop.command("thinq-tray");
        let wanted = OsStr::new("DBUS_SESSION_BUS_ADDRESS");
        let found = command.as_std().get_envs().find(|(name, _)| *name == wanted);
        let address = found.and_then(|(_, value)| value?.to_str());
        Ok(address.context("the desktop has a session bus")?.to_owned())
    }

    /// Returns once one connection is open and delivers pushes.
    async fn sign_in(&self) -> anyhow::Result<()> {
        // The icon appears once the program answers.
        self.desktop.tray().await?;
        self.desktop.sign_in(self.desktop.command("thinq-tray")).await?;
        let devices = self.sim.devices().len();
        let subscribed = self.sim.wait_for_calls(Call::SubscribePush, devices);
        within("the subscriptions", subscribed).await?;
        self.relay.wait_for(&[Line::Open]).await
    }

    /// Waits for the connection with this number, and until it is the only open one.
    async fn is_replaced_by(&self, number: usize) -> anyhow::Result<()> {
        let mut wanted = vec![Line::Over; number - 1];
        wanted.push(Line::Open);
        self.relay.wait_for(&wanted).await?;
        assert_eq!(self.sim.count(Call::Handshake), number);
        // The service may still count the closed one.
        let counted = async {
            while self.sim.sockets() != 1 {
                yield_now().await;
            }
        };
        within("the end of the earlier connection", counted).await
    }

    async fn hears(&self, code: &str, words: &str) -> anyhow::Result<()> {
        assert_eq!(self.sim.push(&self.washer.id, code), 1, "one connection is open");
        self.desktop.wait_for_notification(|shown| shown.body == words).await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_sleep_the_connection_is_a_new_one() -> anyhow::Result<()> {
    let (stage, system) = (Stage::set().await?, SystemBus::start().await?);
    let mut matches = Matches::watch(&system.address).await?;
    let _resident = stage.start(&system.address)?;
    matches.wait_for(&["PrepareForSleep"]).await?;
    stage.sign_in().await?;

    system.prepare_for_sleep(true).await?;
    stage.hears("WASHING_IS_COMPLETE", "Laundry is done").await?;
    assert_eq!(stage.sim.count(Call::Handshake), 1, "it continues until the sleep");
    system.prepare_for_sleep(false).await?;

    stage.is_replaced_by(2).await?;
    stage.hears("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    // The second sleep behaves like the first.
    system.prepare_for_sleep(true).await?;
    system.prepare_for_sleep(false).await?;
    stage.is_replaced_by(3).await?;
    assert_eq!(stage.sim.count(Call::SignIn), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_back_gets_a_new_connection() -> anyhow::Result<()> {
    let (stage, system) = (Stage::set().await?, SystemBus::start().await?);
    let mut matches = Matches::watch(&system.address).await?;
    let _resident = stage.start(&system.address)?;
    matches.wait_for(&["StateChanged", "PropertiesChanged"]).await?;
    stage.sign_in().await?;

    system.network_is(DISCONNECTED, "/").await?;
    system.network_is(CONNECTED, "/org/freedesktop/NetworkManager/ActiveConnection/2").await?;

    stage.is_replaced_by(2).await?;
    stage.hears("WASHING_IS_COMPLETE", "Laundry is done").await?;
    // A cable is unplugged while Wi-Fi is connected: the state is unchanged.
    system.primary_connection_is("/org/freedesktop/NetworkManager/ActiveConnection/3").await?;
    stage.is_replaced_by(3).await?;
    stage.hears("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    assert_eq!(stage.sim.count(Call::SignIn), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_system_bus_the_portal_tells_of_networks() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let address = stage.session_bus_address()?;
    let portal = connect(&address).await?;
    portal.request_name(PORTAL).await?;
    let mut matches = Matches::watch(&address).await?;
    let _resident = stage.start(NO_BUS)?;
    matches.wait_for(&["changed"]).await?;
    stage.sign_in().await?;

    portal.emit_signal(None::<&str>, PORTAL_PATH, PORTAL_INTERFACE, "changed", &()).await?;

    stage.is_replaced_by(2).await?;
    stage.hears("WASHING_IS_COMPLETE", "Laundry is done").await
}
