//! A full disk and a read-only folder below the built program: a private file system, visible only
//! to the program and removed with it.

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use contract::{Request, Response, socket::ask_once};
use model::{ConnectionState, HistoryEvent, HistoryFilter, ProblemCode};
use serde_json::Value;
use thinq_sim::{Call, RawFrame, Sim, SimSettings};
use tokio::{process::Child, time};

use crate::{
    desktop::{Desktop, DesktopOptions, within},
    support::{entries, fill, push_frame},
};

/// Four megabytes, three of them in use.
const SMALL: &str =
    r#"mount -t tmpfs -o size=4m,mode=700 tmpfs "$dir"; head -c 3m /dev/zero > "$dir/ballast""#;
const MAKE_ROOM: &str = r#"rm "$dir/ballast""#;
const READ_ONLY: &str = r#"mount --bind "$dir" "$dir"; mount -o remount,bind,ro "$dir""#;
const MAKE_WRITABLE: &str = r#"mount -o remount,bind,rw "$dir""#;

/// More than fits.
const MOST: u32 = 400;

/// The program on a private file system.
struct Stage {
    desktop: Desktop,
    sim: Sim,
    resident: Child,
    /// Writing into it ends the fault.
    end_of_fault: PathBuf,
}

impl Stage {
    /// `fault` and `end` run in `$dir`, the folder of the history.
    async fn set(fault: &str, end: &str, history: &[Value]) -> anyhow::Result<Self> {
        let sim = Sim::start(SimSettings::default()).await?;
        let options = DesktopOptions { tray_host: false, display: false, ..Default::default() };
        let desktop = Desktop::start(options).await?;
        let config_dir = desktop.config_dir().join("thinq-tray");
        let data_dir = desktop.data_dir().join("thinq-tray");
        for dir in [&config_dir, &data_dir] {
            fs::create_dir_all(dir)?;
        }
        // Notifies each push separately, even in a burst.
        fs::write(config_dir.join("settings.toml"), "[bursts]\nat_most = 1000000\n")?;
        if !history.is_empty() {
            fill(&data_dir.join("history.db"), history);
        }
        let end_of_fault = desktop.home().join("end-of-fault");
        let resident = start(&desktop, &sim, [fault, end], &end_of_fault)?;
        let mut stage = Self { desktop, sim, resident, end_of_fault };
        stage.is_there().await?;
        stage.sign_in().await?;
        Ok(stage)
    }

    async fn is_there(&mut self) -> anyhow::Result<()> {
        let socket = self.desktop.socket();
        let answers = async {
            loop {
                let answer = ask_once(&socket, Request::Status).await;
                if let Ok(Response::Status { status }) = answer
                    && status.connection != ConnectionState::Connecting
                {
                    return anyhow::Ok(());
                }
                if let Some(ended) = self.resident.try_wait()? {
                    let said = fs::read_to_string(said_path(&self.desktop)).unwrap_or_default();
                    anyhow::bail!(
                        "the program did not start on a file system of its own ({ended}): {said}\n\
                         this test needs root, or user namespaces: `unshare --user --map-root-user \
                         --mount true` has to work"
                    );
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("the program", answers).await?
    }

    async fn sign_in(&self) -> anyhow::Result<()> {
        let mut command = self.desktop.command("thinq-tray");
        at_service(&mut command, &self.sim);
        self.desktop.sign_in(command).await?;
        within("the callback", self.sim.wait_for_sockets(1)).await?;
        let devices = self.sim.devices().len();
        within("subscriptions", self.sim.wait_for_calls(Call::SubscribeEvent, devices)).await
    }

    async fn problem(&self) -> anyhow::Result<Option<ProblemCode>> {
        let Response::Status { status } = self.desktop.ask(Request::Status).await? else {
            anyhow::bail!("no status")
        };
        Ok(status.history_problem.map(|problem| problem.code))
    }

    /// Sends pushes until one of them arrives after the end of the fault and the status is healthy.
    async fn goes_on(&self, last: &mut u32) -> anyhow::Result<()> {
        while self.problem().await?.is_some() {
            *last += 1;
            anyhow::ensure!(*last < MOST, "the history was never written again");
            self.is_notified(*last).await?;
        }
        Ok(())
    }

    /// Output of `thinq-tray status`.
    async fn status_words(&self) -> anyhow::Result<String> {
        let mut command = self.desktop.command("thinq-tray");
        let output = command.arg("status").stdout(Stdio::piped()).output();
        Ok(String::from_utf8(within("the status", output).await??.stdout)?)
    }

    fn send(&self, number: u32) -> anyhow::Result<()> {
        let frame = push_frame(&format!("id-{number}"), &format!("device-{number}"), &code(number));
        let padded = frame + &" ".repeat(16 * 1024);
        anyhow::ensure!(self.sim.send_raw(RawFrame::Text(padded)) == 1, "one socket is open");
        Ok(())
    }

    /// Sends a push and waits for its notification.
    async fn is_notified(&self, number: u32) -> anyhow::Result<()> {
        self.send(number)?;
        let shown = format!("filling {number}");
        self.desktop
            .wait_for_notification(|one| one.body.to_lowercase().replace('_', " ").contains(&shown))
            .await?;
        Ok(())
    }

    fn times_notified(&self, number: u32) -> usize {
        let shown = format!("filling {number}");
        let has = |body: &str| body.to_lowercase().replace('_', " ").contains(&shown);
        self.desktop.notifications().iter().filter(|one| has(&one.body)).count()
    }

    /// All sent events in the history, newest first.
    async fn kept(&self) -> anyhow::Result<Vec<HistoryEvent>> {
        let (filter, limit) = (HistoryFilter::default(), 500);
        let request = Request::HistoryPage { before: None, after: None, filter, limit };
        let Response::HistoryPage { page } = self.desktop.ask(request).await? else {
            anyhow::bail!("no page")
        };
        Ok(page
            .events
            .into_iter()
            .filter(|event| event.event.code.starts_with("FILLING"))
            .collect())
    }

    async fn end_fault(&self) -> anyhow::Result<()> {
        Ok(within("the end of the fault", tokio::fs::write(&self.end_of_fault, "\n")).await??)
    }

    fn still_runs(&mut self) -> anyhow::Result<()> {
        let ended = self.resident.try_wait()?;
        anyhow::ensure!(ended.is_none(), "the program ended: {ended:?}");
        Ok(())
    }
}

fn code(number: u32) -> String {
    format!("FILLING_{number}")
}

fn said_path(desktop: &Desktop) -> PathBuf {
    desktop.home().join("resident-said")
}

fn at_service(command: &mut tokio::process::Command, sim: &Sim) {
    command
        .env("THINQ_TRAY_HUB_URL", sim.hub_url().as_str())
        .env("THINQ_TRAY_CALLBACK_URL", sim.callback_url().as_str());
}

/// Runs in a mount namespace. A non-root user is root in it, and the original user again in a
/// nested one, since the session bus checks the user.
fn start(
    desktop: &Desktop,
    sim: &Sim,
    [fault, end]: [&str; 2],
    end_of_fault: &std::path::Path,
) -> anyhow::Result<Child> {
    let program = desktop.command("thinq-tray").as_std().get_program().to_owned();
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let (outside, inside) = if user.is_root() {
        (vec!["--mount"], String::new())
    } else {
        let again = format!("unshare --user --map-user={user} --map-group={group} -- ");
        (vec!["--user", "--map-root-user", "--mount"], again)
    };
    let script = format!(
        r#"set -e; dir="$1"; pipe="$2"; shift 2; mkfifo "$pipe"; {fault}
           (read -r _ < "$pipe"; {end}) &
           exec {inside}"$@""#
    );
    let said = fs::File::create(said_path(desktop))?;
    let mut command = desktop.tool("unshare");
    command
        .args(outside)
        .args(["--", "sh", "-c", &script, "sh"])
        .arg(desktop.data_dir().join("thinq-tray"))
        .arg(end_of_fault)
        .arg(program)
        .arg("--hidden")
        .stderr(said);
    at_service(&mut command, sim);
    command.spawn().context("`unshare` did not start; it comes with util-linux")
}

#[tokio::test]
async fn on_a_full_disk_every_push_is_notified_and_kept_until_there_is_room() -> anyhow::Result<()>
{
    let mut stage = Stage::set(SMALL, MAKE_ROOM, &[]).await?;
    let mut last = 100;
    stage.is_notified(last).await?;
    // Writing back the journal frees some room at first.
    let mut full_in_a_row = 0;
    while full_in_a_row < 3 {
        last += 1;
        anyhow::ensure!(last < MOST, "the disk was never full");
        stage.is_notified(last).await?;
        let is_full = stage.problem().await? == Some(ProblemCode::HistoryFull);
        full_in_a_row = if is_full { full_in_a_row + 1 } else { 0 };
    }
    let words = stage.status_words().await?;
    assert!(words.contains("The disk is full"), "{words}");

    for _ in 0..20 {
        last += 1;
        stage.is_notified(last).await?;
    }
    // LG resends messages that it considers lost.
    stage.send(last)?;
    stage.is_notified(last + 1).await?;
    assert_eq!(stage.times_notified(last), 1);
    stage.still_runs()?;
    let kept = stage.kept().await?.len();
    assert!(kept < (last - 100) as usize, "{kept} were written to a full disk");

    last += 1;
    stage.end_fault().await?;
    stage.goes_on(&mut last).await?;
    let kept = stage.kept().await?;
    let codes: Vec<&str> = kept.iter().map(|event| event.event.code.as_str()).collect();
    let sent: Vec<String> = (100..=last).rev().map(code).collect();
    assert_eq!(codes, sent, "each once, in order");
    for event in &kept {
        let answer = stage.desktop.ask(Request::EventDetails { id: event.id }).await?;
        let Response::EventDetails { details } = answer else { anyhow::bail!("{answer:?}") };
        assert_eq!(details.messages.len(), 1, "the message of {}", event.event.code);
    }
    stage.still_runs()
}

#[tokio::test]
async fn in_a_read_only_folder_every_push_is_notified_and_kept_until_it_can_be_written()
-> anyhow::Result<()> {
    let mut stage = Stage::set(READ_ONLY, MAKE_WRITABLE, &entries(3, "Washer")).await?;
    assert_eq!(stage.problem().await?, Some(ProblemCode::HistoryReadOnly));
    let words = stage.status_words().await?;
    assert!(words.contains("cannot be written to"), "{words}");
    stage.is_notified(100).await?;
    let told = stage.kept().await?;
    assert_eq!(told.len(), 1);

    let mut last = 100;
    stage.end_fault().await?;
    stage.goes_on(&mut last).await?;

    let kept = stage.kept().await?;
    let first = kept.last().context("it is kept")?;
    assert_eq!(first.id, told[0].id, "a click on its notification opens it");
    assert_eq!(kept.len(), (last - 99) as usize);
    let Response::HistorySize { size } = stage.desktop.ask(Request::HistorySize).await? else {
        anyhow::bail!("no size")
    };
    assert_eq!(size.events, 3 + last - 99, "earlier events are available again");
    stage.still_runs()
}
