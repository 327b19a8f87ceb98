//! A private desktop for the built programs: display, bus, keyring, notification server, tray host
//! and `WebDriver`, all in one temporary folder. Dropping it kills every process started in it,
//! including descendants.
//!
//! Long, since the start and stop order of the parts belongs together.

#[cfg(test)]
mod long_history_test;
#[cfg(test)]
mod manners_test;
#[expect(clippy::unused_self, reason = "D-Bus calls an object")]
mod notification_server;
#[cfg(test)]
mod portal;
mod processes;
mod resident;
mod screen;
mod secrets;
#[cfg(test)]
mod self_test;
#[cfg(test)]
mod settings_test;
#[expect(clippy::unused_self, reason = "D-Bus calls an object")]
mod tray_host;
mod tray_item;
#[cfg(test)]
#[expect(clippy::unused_self, clippy::needless_pass_by_value, reason = "D-Bus calls an object")]
mod tray_test;
#[cfg(test)]
mod wayland_test;
mod web;
#[cfg(test)]
mod window_test;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{process::Command, sync::Mutex, time};
use zbus::Connection;

pub(crate) use notification_server::{Closed, Notified};
pub(crate) use screen::{Colour, Screen};
pub(crate) use tray_item::{MenuItem, TrayItem};
pub(crate) use web::Web;

use notification_server::{NotificationServer, Record};
use processes::{Background, start_bus, start_display, start_keyring, start_window_manager};
use tray_host::{Items, TrayHost};

/// Timeout for every wait; an idle computer needs a hundredth of it.
const PATIENCE: Duration = Duration::from_mins(1);

const SYSTEM_BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

/// Environment variable of every process of a desktop.
const MARK: &str = "THINQ_TRAY_TEST_DESKTOP";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyring {
    /// A Secret Service that never prompts.
    Unlocked,
    /// No Secret Service.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemBus {
    None,
    /// A system bus with neither `logind` nor `NetworkManager`.
    Deserted,
}

#[derive(Clone, Debug)]
pub(crate) struct DesktopOptions {
    pub(crate) keyring: Keyring,
    pub(crate) tray_host: bool,
    pub(crate) notification_server: bool,
    pub(crate) system_bus: SystemBus,
    /// Capabilities of the notification server.
    pub(crate) capabilities: Vec<String>,
    /// Name of the notification server.
    pub(crate) server_name: String,
    pub(crate) display: bool,
    /// `LANG` of the programs, for example `ko_KR.UTF-8`.
    pub(crate) language: String,
}

impl Default for DesktopOptions {
    fn default() -> Self {
        let capabilities = ["actions", "body", "body-markup", "icon-static", "persistence"];
        Self {
            keyring: Keyring::Unlocked,
            tray_host: true,
            notification_server: true,
            system_bus: SystemBus::None,
            capabilities: capabilities.map(str::to_owned).to_vec(),
            server_name: "recording server".to_owned(),
            display: true,
            language: "en_US.UTF-8".to_owned(),
        }
    }
}

pub(crate) struct Desktop {
    options: DesktopOptions,
    /// Environment of the desktop's own programs and of the application's.
    environment: Vec<(&'static str, String)>,
    inspector_port: u16,
    bus_address: String,
    /// The test's own connection to the bus.
    bus: Connection,
    record: Record,
    items: Items,
    tray_host: Mutex<Option<TrayHost>>,
    notification_server: Mutex<Option<NotificationServer>>,
    dunst: Mutex<Option<Background>>,
    runs: AtomicU32,
    _background: Vec<Background>,
    // Last, so that the programs end before their folder is removed.
    dir: TempDir,
}

impl Desktop {
    pub(crate) async fn start(options: DesktopOptions) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("desktop-").tempdir()?;
        for name in ["home/.config", "home/.local/share", "home/.local/state", "home/.cache"] {
            fs::create_dir_all(dir.path().join(name))?;
        }
        for name in ["run", "logs"] {
            processes::create_private_dir(&dir.path().join(name))?;
        }
        let mut background = Vec::new();
        let inspector_port = free_port()?;
        let mut environment = environment(dir.path(), &options, inspector_port);

        if options.display {
            let (display, name) = start_display(&environment, dir.path()).await?;
            environment.push(("DISPLAY", name.clone()));
            background.push(display);
            background.push(start_window_manager(&environment, dir.path(), &name).await?);
        }
        let (bus_process, bus_address) = start_bus(&environment, dir.path()).await?;
        background.push(bus_process);
        environment.push(("DBUS_SESSION_BUS_ADDRESS", bus_address.clone()));
        let bus = connect(&bus_address).await?;
        if options.system_bus == SystemBus::Deserted {
            let dir = dir.path().join("system");
            processes::create_private_dir(&dir)?;
            let (process, address) = start_bus(&environment, &dir).await?;
            background.push(process);
            environment.retain(|(name, _)| *name != SYSTEM_BUS);
            environment.push((SYSTEM_BUS, address));
        }
        if options.keyring == Keyring::Unlocked {
            background.push(start_keyring(&environment, dir.path(), &bus).await?);
        }

        let desktop = Self {
            environment,
            inspector_port,
            bus_address,
            bus,
            record: Record::default(),
            items: Items::default(),
            tray_host: Mutex::default(),
            notification_server: Mutex::default(),
            dunst: Mutex::default(),
            runs: AtomicU32::new(0),
            _background: background,
            dir,
            options,
        };
        if desktop.options.tray_host {
            desktop.tray_host_start().await?;
        }
        if desktop.options.notification_server {
            desktop.notification_server_start().await?;
        }
        Ok(desktop)
    }

    /// A built program of the application, for example `thinq-tray`, with only this desktop in its
    /// environment. Its output goes to [`Self::logs`] unless redirected.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = target_dir().join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
        assert!(path.exists(), "`{program}` is not built: `cargo build -p {program}` builds it");
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let logs = self.dir.path().join("logs");
        let log = |kind| {
            fs::File::create(logs.join(format!("{run:02}-{program}.{kind}")))
                .map_or_else(|_| Stdio::null(), Stdio::from)
        };
        let mut command = processes::bare_command(&path, &self.environment);
        command.stdout(log("out")).stderr(log("err"));
        command
    }

    /// A program of the system with this desktop in its environment.
    pub(crate) fn tool(&self, program: &str) -> Command {
        processes::tool(program, &self.environment)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn config_dir(&self) -> PathBuf {
        self.home().join(".config")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home().join(".local/share")
    }

    pub(crate) fn history_path(&self) -> PathBuf {
        self.data_dir().join("thinq-tray").join("history.db")
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.home().join(".local/state")
    }

    pub(crate) fn runtime_dir(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    /// Complete output of the application's programs.
    pub(crate) fn logs(&self) -> String {
        processes::read_logs(&self.dir.path().join("logs"))
    }

    /// A service that the test provides on the session bus, until dropped.
    #[cfg(test)]
    pub(crate) async fn serve(
        &self,
        name: &'static str,
        path: &'static str,
        interface: impl zbus::object_server::Interface,
    ) -> anyhow::Result<Connection> {
        serve(&self.bus_address, name, path, interface).await
    }

    #[cfg(test)]
    pub(crate) fn bus_address(&self) -> &str {
        &self.bus_address
    }

    /// The test's own connection to the session bus.
    pub(crate) fn bus(&self) -> &Connection {
        &self.bus
    }

    /// Waits for the first icon in the tray.
    pub(crate) async fn tray(&self) -> anyhow::Result<TrayItem> {
        let item = within("an icon in the tray", self.items.first()).await??;
        Ok(TrayItem::new(self.bus.clone(), item))
    }

    /// Waits until this icon is not in the tray any more.
    #[cfg(test)]
    pub(crate) async fn tray_is_gone(&self, item: &TrayItem) -> anyhow::Result<()> {
        within("the end of the icon", self.items.gone(item.address())).await?
    }

    pub(crate) async fn tray_host_start(&self) -> anyhow::Result<()> {
        let host = TrayHost::start(&self.bus_address, self.items.clone()).await?;
        *self.tray_host.lock().await = Some(host);
        Ok(())
    }

    /// The panel drops all icons without a word.
    #[cfg(test)]
    pub(crate) async fn tray_host_forget(&self) {
        if let Some(host) = &*self.tray_host.lock().await {
            host.forget_all();
        }
    }

    /// As when the panel crashes: its name leaves the bus, and all icons with it.
    pub(crate) async fn tray_host_stop(&self) -> anyhow::Result<()> {
        match self.tray_host.lock().await.take() {
            Some(host) => host.stop().await,
            None => Ok(()),
        }
    }

    pub(crate) async fn notification_server_start(&self) -> anyhow::Result<()> {
        let capabilities = self.options.capabilities.clone();
        let name = self.options.server_name.clone();
        let record = self.record.clone();
        let server =
            NotificationServer::start(&self.bus_address, record, name, capabilities).await?;
        *self.notification_server.lock().await = Some(server);
        Ok(())
    }

    pub(crate) async fn notification_server_stop(&self) -> anyhow::Result<()> {
        match self.notification_server.lock().await.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Replaces the recording server by one that draws.
    pub(crate) async fn dunst_start(&self) -> anyhow::Result<()> {
        let dunst = processes::spawn_tool("dunst", &[], &self.environment)?;
        let name = "org.freedesktop.Notifications";
        within("dunst", processes::wait_for_name(&self.bus, name)).await??;
        *self.dunst.lock().await = Some(dunst);
        Ok(())
    }

    /// All notifications, oldest first; a replaced one is listed twice.
    pub(crate) fn notifications(&self) -> Vec<Notified> {
        self.record.notified()
    }

    #[cfg_attr(test, expect(dead_code, reason = "the measuring programs count thousands"))]
    pub(crate) fn notified_count(&self) -> usize {
        self.record.count()
    }

    /// Closed notifications, in the order of closing.
    pub(crate) fn closed(&self) -> Vec<Closed> {
        self.record.closed()
    }

    /// The first matching notification, past or future.
    pub(crate) async fn wait_for_notification(
        &self,
        fits: impl Fn(&Notified) -> bool,
    ) -> anyhow::Result<Notified> {
        let waited = within("a notification", self.record.wait_for(fits)).await;
        waited.with_context(|| self.last_seen())?
    }

    /// Re-evaluates on each notification and each closing until the condition holds.
    pub(crate) async fn wait_until_notified(
        &self,
        is_wanted: impl Fn(&[Notified], &[Closed]) -> bool,
    ) -> anyhow::Result<()> {
        let waited = within("the expected notifications", self.record.wait_until(is_wanted)).await;
        waited.with_context(|| self.last_seen())?
    }

    fn last_seen(&self) -> String {
        let seen = self.notifications().into_iter().rev().take(9);
        let seen: Vec<_> = seen.map(|one| (one.id, one.summary, one.body)).collect();
        format!("last seen: {seen:?}")
    }

    /// Calls to the notification server are delayed while it hangs.
    pub(crate) async fn notification_server_hang(&self, is_hanging: bool) {
        if let Some(server) = &*self.notification_server.lock().await {
            server.hang(is_hanging);
        }
    }

    /// The server refuses all notifications meanwhile.
    pub(crate) async fn notification_server_refuse(&self, is_refusing: bool) {
        if let Some(server) = &*self.notification_server.lock().await {
            server.refuse(is_refusing);
        }
    }

    /// The user clicks: `default` is the notification itself, other values are its buttons.
    pub(crate) async fn invoke_action(&self, id: u32, key: &str) -> anyhow::Result<()> {
        let server = self.notification_server.lock().await;
        server.as_ref().context("no notification server is running")?.invoke(id, key).await
    }

    /// The user dismisses a notification.
    pub(crate) async fn dismiss(&self, id: u32) -> anyhow::Result<()> {
        let server = self.notification_server.lock().await;
        server.as_ref().context("no notification server is running")?.dismiss(id).await
    }

    /// Waits for the application's window and attaches to its page.
    pub(crate) async fn web(&self) -> anyhow::Result<Web> {
        let attached = Web::attach(&self.environment, self.inspector_port);
        within("the window's page", attached).await?
    }

    /// The display, for direct inspection by the test.
    pub(crate) fn screen(&self) -> anyhow::Result<Screen> {
        Screen::open(self.display()?)
    }

    /// Another display of the same user, with the same bus.
    #[cfg(test)]
    pub(crate) async fn other_display(&self) -> anyhow::Result<OtherDisplay> {
        let (process, name) = start_display(&self.environment, self.dir.path()).await?;
        let mut environment = self.environment.clone();
        environment.retain(|(name, _)| *name != "DISPLAY");
        environment.push(("DISPLAY", name.clone()));
        let manager = start_window_manager(&environment, self.dir.path(), &name).await?;
        Ok(OtherDisplay { name, _processes: [process, manager] })
    }

    /// Value of `DISPLAY`.
    pub(crate) fn display(&self) -> anyhow::Result<&str> {
        let display = self.environment.iter().find(|(name, _)| *name == "DISPLAY");
        Ok(&display.context("the desktop has no display")?.1)
    }

    /// Like the close button of the window.
    #[cfg(test)]
    pub(crate) async fn minimize(&self, title: &str) -> anyhow::Result<()> {
        let exactly = format!("^{title}$");
        let arguments = ["search", "--onlyvisible", "--name", &exactly, "windowminimize"];
        processes::run_tool("xdotool", &arguments, None, &self.environment).await
    }

    /// Waits until the window's program has ended, and a new one can be awaited.
    #[cfg(test)]
    pub(crate) async fn web_is_gone(&self) -> anyhow::Result<()> {
        let is_gone = || !processes::is_listening(self.inspector_port);
        within("the end of the window's program", web::until(is_gone)).await
    }

    /// Screenshot of the whole screen, as PNG.
    pub(crate) async fn screenshot(&self, path: &Path) -> anyhow::Result<()> {
        processes::run_tool("import", &["-window", "root"], Some(path), &self.environment).await
    }

    /// The attributes of every item in the keyring.
    pub(crate) async fn secret_attributes(&self) -> anyhow::Result<Vec<secrets::Attributes>> {
        secrets::attributes(&self.bus).await
    }

    /// Kills all processes of this program, as a crash would.
    pub(crate) async fn kill(&self, program: &str) -> anyhow::Result<()> {
        processes::kill_program(self.dir.path(), program).await
    }

    /// Waits until no process of this program is left.
    #[cfg(test)]
    pub(crate) async fn wait_for_end(&self, program: &str) -> anyhow::Result<()> {
        processes::wait_for_end(self.dir.path(), program).await
    }

    /// Which of `needles` occur in the command lines of the programs on this desktop.
    pub(crate) fn arguments_contain(&self, needles: &[&str]) -> bool {
        let arguments = processes::arguments(self.dir.path());
        needles.iter().any(|needle| arguments.contains(needle))
    }
}

/// Ends when dropped.
#[cfg(test)]
pub(crate) struct OtherDisplay {
    name: String,
    _processes: [Background; 2],
}

#[cfg(test)]
impl OtherDisplay {
    /// Value of `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        processes::kill_all(self.dir.path());
    }
}

/// Awaits `future`; on timeout fails with the name of the condition.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> anyhow::Result<T> {
    time::timeout(PATIENCE, future).await.with_context(|| format!("timed out waiting for {what}"))
}

fn environment(
    dir: &Path,
    options: &DesktopOptions,
    inspector_port: u16,
) -> Vec<(&'static str, String)> {
    let at = |name: &str| dir.join(name).to_string_lossy().into_owned();
    vec![
        (MARK, at("")),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        // Isolates the test from the real logind and NetworkManager.
        (SYSTEM_BUS, format!("unix:path={}", at("no-system-bus"))),
        ("HOME", at("home")),
        ("XDG_CONFIG_HOME", at("home/.config")),
        ("XDG_DATA_HOME", at("home/.local/share")),
        ("XDG_STATE_HOME", at("home/.local/state")),
        ("XDG_CACHE_HOME", at("home/.cache")),
        ("XDG_RUNTIME_DIR", at("run")),
        ("LANG", options.language.clone()),
        ("TZ", "UTC".to_owned()),
        ("RUST_BACKTRACE", "1".to_owned()),
        ("GDK_BACKEND", "x11".to_owned()),
        ("GDK_GL", "disable".to_owned()),
        ("GSETTINGS_BACKEND", "memory".to_owned()),
        ("NO_AT_BRIDGE", "1".to_owned()),
        ("TAURI_WEBVIEW_AUTOMATION", "true".to_owned()),
        ("WEBKIT_INSPECTOR_SERVER", format!("127.0.0.1:{inspector_port}")),
    ]
}

async fn connect(address: &str) -> anyhow::Result<Connection> {
    let connection = zbus::connection::Builder::address(address)?.build().await;
    connection.context("the session bus does not answer")
}

/// A service on the bus under its own name. Uses the builder only: it waits until calls are
/// dispatched, and an earlier call would be lost without an answer.
async fn serve(
    address: &str,
    name: &'static str,
    path: &'static str,
    interface: impl zbus::object_server::Interface,
) -> anyhow::Result<Connection> {
    let builder = zbus::connection::Builder::address(address)?;
    let connection = builder.serve_at(path, interface)?.name(name)?.build().await;
    connection.with_context(|| format!("`{name}` cannot be served on the bus"))
}

/// Currently free; a race for it is unlikely.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Folder of the screenshots of tests, for manual inspection.
#[cfg(test)]
pub(crate) fn pictures_dir() -> anyhow::Result<PathBuf> {
    let dir = std::env::var_os("THINQ_TRAY_TEST_PICTURES")
        .map_or_else(|| target_dir().join("test-pictures"), PathBuf::from);
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Set by xtask, or cargo's folder of the programs: the test itself is in `deps` below it.
fn target_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("XTASK_PROGRAMS_DIR") {
        return PathBuf::from(dir);
    }
    let test = std::env::current_exe().expect("a running test knows its own path");
    test.ancestors().nth(2).expect("tests lie two folders deep in target/").to_owned()
}
