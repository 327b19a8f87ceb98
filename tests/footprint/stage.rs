//! The private session, the simulated home, and user actions in them.

use std::{fs, time::Duration};

use anyhow::{Context as _, bail, ensure};
use contract::{Request, Response};
use thinq_sim::{Call, RawFrame, Sim, SimSettings};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

use crate::{
    desktop::{Desktop, DesktopOptions, SystemBus, within},
    frames::push_frame,
    history::fill_years,
    painting::Painting,
    process::{Resident, tree},
};

const TITLE: &str = "ThinQ Tray";
/// Polling interval for the visible window.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Number of events sent in one go.
const AT_ONCE: u32 = 500;
/// More than can be stored within a minute, during which the same code would count once.
const CODES: u32 = 250_000;
const REPORT_EVERY: u32 = 100_000;
pub(crate) struct Stage {
    desktop: Desktop,
    sim: Sim,
}

impl Stage {
    /// With a notification server and a tray host.
    pub(crate) async fn set(settings: SimSettings, system_bus: SystemBus) -> anyhow::Result<Self> {
        let sim = Sim::start(settings).await?;
        let options = DesktopOptions { system_bus, ..DesktopOptions::default() };
        Ok(Self { desktop: Desktop::start(options).await?, sim })
    }

    /// As started by a session at login, without any test-only options.
    pub(crate) fn start(&self) -> anyhow::Result<Resident> {
        let mut command = self.program();
        let child = command.arg("--hidden").kill_on_drop(true).spawn()?;
        Ok(Resident(child))
    }

    fn program(&self) -> Command {
        let mut command = self.desktop.command("thinq-tray");
        command
            .env("THINQ_TRAY_HUB_URL", self.sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", self.sim.callback_url().as_str())
            .env_remove("TAURI_WEBVIEW_AUTOMATION")
            .env_remove("WEBKIT_INSPECTOR_SERVER");
        command
    }

    pub(crate) async fn tray(&self) -> anyhow::Result<()> {
        self.desktop.tray().await.map(|_| ())
    }

    pub(crate) async fn listens(&self) -> anyhow::Result<()> {
        within("the callback", self.sim.wait_for_sockets(1)).await
    }

    /// Fills the home up to `count` devices with copies of those it has.
    pub(crate) fn have_devices(&self, count: usize) {
        let devices = self.sim.devices();
        let missing = count.saturating_sub(devices.len());
        for (number, mut device) in devices.into_iter().cycle().take(missing).enumerate() {
            device.id = format!("{}-{number}", device.id);
            device.alias = format!("{} {number}", device.alias);
            self.sim.register(&device);
        }
    }

    pub(crate) async fn read_home(&self) -> anyhow::Result<()> {
        let answer = self.desktop.ask(Request::HomeRead).await?;
        ensure!(matches!(answer, Response::Home { .. }), "the home is not read: {answer:?}");
        Ok(())
    }

    pub(crate) async fn sign_in(&self) -> anyhow::Result<()> {
        self.desktop.sign_in(self.program()).await?;
        let devices = self.sim.devices().len();
        within("the subscriptions", self.sim.wait_for_calls(Call::SubscribePush, devices)).await
    }

    /// Opens the window as a second start does, and returns the time until its rows were on the
    /// screen.
    pub(crate) async fn open_window(&self) -> anyhow::Result<Duration> {
        let painting = Painting::follow(self.desktop.display()?, self.desktop.screen()?)?;
        let began = Instant::now();
        let mut second = self.program().spawn()?;
        let painted = within("the window", painting.done(TITLE)).await??;
        let took = painted.duration_since(began);
        within("the end of the second start", second.wait()).await??;
        Ok(took)
    }

    /// Closes it by keyboard, and retries if the window manager missed it.
    pub(crate) async fn close_window(&self) -> anyhow::Result<()> {
        let screen = self.desktop.screen()?;
        for _ in 0..5 {
            let Some(id) = screen.find(TITLE).map(|window| window.to_string()) else {
                return Ok(());
            };
            let mut keys = self.desktop.tool("xdotool");
            keys.args(["windowactivate", "--sync", &id, "key", "--clearmodifiers", "alt+F4"]);
            // Fails if the window closes meanwhile.
            within("the keyboard", keys.status()).await??;
            for _ in 0..200 {
                if screen.find(TITLE).is_none() {
                    return Ok(());
                }
                sleep(LOOK_AGAIN).await;
            }
        }
        bail!("the window was not closed")
    }

    pub(crate) async fn window_is_gone(&self, pid: u32) -> anyhow::Result<()> {
        let gone = async {
            while tree(pid)?.len() > 1 {
                sleep(LOOK_AGAIN).await;
            }
            anyhow::Ok(())
        };
        within("the end of the window", gone).await?
    }

    /// Sends `count` events, some hundred at a time, and waits until the history contains them.
    pub(crate) async fn tell(&self, count: u32) -> anyhow::Result<Duration> {
        let devices = self.sim.devices();
        let device = devices.first().context("the home has devices")?;
        let began = Instant::now();
        let mut told = 0;
        while told < count {
            self.read_all().await?;
            let portion = AT_ONCE.min(count - told);
            for number in told..told + portion {
                // A repeated report of a device within a minute counts once.
                let code = format!("BENCH_{}", number % CODES);
                let frame = push_frame(&format!("bench-{number}"), &device.id, &code);
                let sockets = self.sim.send_raw(RawFrame::Text(frame));
                ensure!(sockets > 0, "no open socket after {number} events");
            }
            let stored = async {
                while self.unread().await? < portion {
                    sleep(LOOK_AGAIN).await;
                }
                anyhow::Ok(())
            };
            if let Err(error) = within("the events", stored).await.and_then(|stored| stored) {
                let stored = told + self.unread().await?;
                bail!("{stored} of {} events are in the history: {error:#}", told + portion);
            }
            told += portion;
            if told.is_multiple_of(REPORT_EVERY) {
                eprintln!("{told} events after {:.0?}", began.elapsed());
            }
        }
        Ok(began.elapsed())
    }

    /// Replaces the history by one of several years; no program is running meanwhile.
    pub(crate) fn have_lived(&self, events: i64) -> anyhow::Result<()> {
        let path = self.desktop.history_path();
        // Including journal files.
        fs::remove_dir_all(path.parent().context("the history is in a folder")?)?;
        fill_years(&path, events)
    }

    /// Simulates a user who opens the history now and then.
    async fn read_all(&self) -> anyhow::Result<()> {
        let answer = self.desktop.ask(Request::EventsMarkAllRead { up_to: i64::MAX }).await?;
        ensure!(matches!(answer, Response::Done), "still unread: {answer:?}");
        Ok(())
    }

    pub(crate) async fn unread(&self) -> anyhow::Result<u32> {
        let answer = self.desktop.ask(Request::Status).await?;
        let Response::Status { status } = answer else { bail!("no status: {answer:?}") };
        Ok(status.unread)
    }

    /// Number of such requests to the service.
    pub(crate) fn count(&self, call: Call) -> usize {
        self.sim.count(call)
    }

    pub(crate) async fn quit(&self, mut resident: Resident) -> anyhow::Result<()> {
        let mut command = self.program();
        within("the command", command.arg("quit").status()).await??;
        within("the end of the program", resident.0.wait()).await??;
        // The socket closes slightly after the process ends.
        while self.sim.sockets() > 0 {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}
