//! The built programs on a private desktop: from the sign-in dialog to the notification, observed
//! over D-Bus, in the page and in the database.

mod at_home;
mod first_run;
mod forwarding;
mod hiding;
mod lost_connections;
mod raising;
mod sessions;
mod token;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use anyhow::Context as _;
use contract::{Request, Response};
use model::{ConnectionState, ProblemCode, Status};
use rusqlite::Connection as Database;
use thinq_sim::{Call, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimDevice, SimSettings};
use tokio::{
    process::{Child, Command},
    time,
};

use crate::desktop::{Desktop, DesktopOptions, Keyring, MenuItem, Notified, TrayItem, Web, within};

/// Time that the program has for a graceful stop.
const STOPPED_WITHIN: Duration = Duration::from_secs(6);

/// A static home with pushes sent by the test, and a desktop to observe it.
struct Stage {
    desktop: Desktop,
    sim: Sim,
    washer: SimDevice,
}

impl Stage {
    /// A user who has completed the first run: the window starts with the sign-in dialog.
    async fn set(options: DesktopOptions) -> anyhow::Result<Self> {
        let stage = Self::of_a_stranger(options).await?;
        stage.skip_first_run()?;
        Ok(stage)
    }

    fn skip_first_run(&self) -> anyhow::Result<()> {
        let settings_dir = self.desktop.config_dir().join("thinq-tray");
        fs::create_dir_all(&settings_dir)?;
        fs::set_permissions(&settings_dir, fs::Permissions::from_mode(0o700))?;
        let settings_path = settings_dir.join("settings.toml");
        fs::write(&settings_path, "welcomed = true\n")?;
        fs::set_permissions(&settings_path, fs::Permissions::from_mode(0o600))?;
        Ok(())
    }

    async fn of_a_stranger(options: DesktopOptions) -> anyhow::Result<Self> {
        Self::with(SimSettings::default(), options).await
    }

    async fn with(settings: SimSettings, options: DesktopOptions) -> anyhow::Result<Self> {
        let sim = Sim::start(settings).await?;
        let devices = sim.devices();
        let washer = devices
            .iter()
            .find(|device| device.device_type == "DEVICE_WASHER")
            .context("the home has a washer")?;
        let washer = washer.clone();
        let desktop = Desktop::start(options).await?;
        Ok(Self { desktop, sim, washer })
    }

    fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        Ok(self.command().args(arguments).kill_on_drop(true).spawn()?)
    }

    /// The program, configured for this home.
    fn command(&self) -> Command {
        let mut command = self.desktop.command("thinq-tray");
        command
            .env("THINQ_TRAY_HUB_URL", self.sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", self.sim.callback_url().as_str())
            .env("THINQ_TRAY_PROVIDER", "hub")
            // The most verbose level used for troubleshooting.
            .env("THINQ_TRAY_LOG", "trace");
        command
    }

    /// Output of a successful command.
    async fn output(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.desktop.command("thinq-tray");
        let output = command.args(arguments).stdout(std::process::Stdio::piped()).output();
        let output = within("the command", output).await??;
        anyhow::ensure!(output.status.success(), "{arguments:?} ended with {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }

    async fn sign_in(&self) -> anyhow::Result<Web> {
        let web = self.desktop.web().await?;
        web.type_into("#sign-in-account", DEFAULT_ACCOUNT).await?;
        web.type_into("#sign-in-password", DEFAULT_PASSWORD).await?;
        web.click("#sign-in-submit").await?;
        self.is_subscribed(1).await?;
        web.click("nav a[href='#/history']").await?;
        Ok(web)
    }

    /// Waits until pushes arrive, for the `times`-th time.
    async fn is_subscribed(&self, times: usize) -> anyhow::Result<()> {
        let calls = self.sim.devices().len() * times;
        within("the subscriptions", self.sim.wait_for_calls(Call::SubscribePush, calls)).await?;
        // The service may still count the connection of a killed program.
        self.status_until(|status| matches!(status.connection, ConnectionState::Listening { .. }))
            .await?;
        Ok(())
    }

    /// Polls the status until the condition holds.
    async fn status_until(&self, is_wanted: impl Fn(&Status) -> bool) -> anyhow::Result<Status> {
        let asked = async {
            loop {
                if let Response::Status { status } = self.desktop.ask(Request::Status).await?
                    && is_wanted(&status)
                {
                    return anyhow::Ok(status);
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("the expected status", asked).await?
    }

    async fn push(&self, code: &str, words: &str) -> anyhow::Result<Notified> {
        self.sim.push(&self.washer.id, code);
        self.desktop.wait_for_notification(|shown| shown.body == words).await
    }

    fn history(&self) -> anyhow::Result<Database> {
        Ok(Database::open(self.desktop.history_path())?)
    }

    fn codes(&self) -> anyhow::Result<Vec<String>> {
        let history = self.history()?;
        let mut statement = history.prepare("SELECT code FROM event ORDER BY id")?;
        let codes = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(codes)
    }
}

async fn ends(child: &mut Child) -> anyhow::Result<()> {
    let status = time::timeout(STOPPED_WITHIN, child.wait()).await.context("it goes on")??;
    anyhow::ensure!(status.success(), "it ended with {status}");
    Ok(())
}

async fn shows(tray: &TrayItem, tooltip: &str) -> anyhow::Result<Vec<MenuItem>> {
    let (_, menu) = tray.wait_until(|item, _| item.tooltip_title == tooltip).await?;
    Ok(menu)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_sign_in_dialog_to_the_notification() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    shows(&tray, "ThinQ Tray: Signed out").await?;
    let signed_out = tray.properties().await?.icon_bytes;

    let web = stage.sign_in().await?;
    shows(&tray, "ThinQ Tray: Listening for notifications").await?;
    let listening = tray.properties().await?.icon_bytes;
    let notified = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;

    // The notification.
    assert_eq!(notified.summary, stage.washer.alias);
    assert_eq!(notified.app, "ThinQ Tray");
    assert_eq!(notified.hints.get("urgency").map(String::as_str), Some("1"));
    assert_eq!(notified.hints.get("desktop-entry").map(String::as_str), Some("thinq-tray"));
    assert!(Path::new(&notified.icon).is_file(), "{}", notified.icon);
    // The history: committed before the notification, noted after it.
    assert_eq!(stage.codes()?, ["WASHING_IS_COMPLETE"]);
    let raw: String =
        stage
            .history()?
            .query_row("SELECT raw FROM message WHERE event_id = 1", [], |row| row.get(0))?;
    assert!(raw.contains("WASHING_IS_COMPLETE"));
    // The tray.
    let menu = shows(&tray, "ThinQ Tray: Listening for notifications, 1 new event").await?;
    assert!(MenuItem::labels(&menu).iter().any(|label| label.ends_with("Laundry is done")));
    let attention = tray.properties().await?.icon_bytes;
    assert!(signed_out != listening && listening != attention, "each state has its own icon");
    // The page, without a reload.
    web.wait_for_text("[data-event-id='1']", "Laundry is done").await?;
    keep_picture(&stage, "whole-way-english").await;

    // Clicking the notification opens the event, which marks it as read.
    stage.desktop.invoke_action(notified.id, "default").await?;
    web.wait_for("[data-event-details]").await?;
    shows(&tray, "ThinQ Tray: Listening for notifications").await?;

    no_secret_is_left(&stage).await?;
    let limits = fs::read_to_string(format!("/proc/{}/limits", resident.id().unwrap_or_default()))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    assert!(core.is_some_and(|line| line.split_whitespace().nth(4) == Some("0")), "{core:?}");
    tray.click("Quit").await?;
    ends(&mut resident).await
}

/// Searches all persistent data for secrets that belong in the keyring only.
async fn no_secret_is_left(stage: &Stage) -> anyhow::Result<()> {
    let hash = sha512_hex(DEFAULT_PASSWORD);
    let tokens = stage.sim.issued_tokens();
    assert!(!tokens.is_empty());
    let mut needles = vec![DEFAULT_PASSWORD, hash.as_str()];
    needles.extend(tokens.iter().map(String::as_str));

    assert!(!stage.desktop.arguments_contain(&needles), "a secret is among the arguments");
    let logs = stage.desktop.logs();
    assert!(!needles.iter().any(|needle| logs.contains(needle)), "a secret was printed");
    assert!(!logs.contains(DEFAULT_ACCOUNT), "the account was printed");
    let dirs = [
        stage.desktop.config_dir(),
        stage.desktop.state_dir(),
        stage.desktop.data_dir().join("thinq-tray"),
    ];
    let mut searched = 0;
    for file in dirs.iter().flat_map(|dir| files_below(dir)) {
        let mode = fs::metadata(&file)?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its user only", file.display());
        let bytes = fs::read(&file)?;
        let text = String::from_utf8_lossy(&bytes);
        for needle in &needles {
            assert!(!text.contains(needle), "a secret is in {}", file.display());
        }
        searched += 1;
    }
    assert!(searched >= 2, "the history and the log are there");
    let kept = stage.desktop.secret_attributes().await?;
    assert!(kept.iter().any(|item| item.values().any(|value| value == "thinq-tray")), "{kept:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_beside_its_field_and_tried_once() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let web = stage.desktop.web().await?;

    web.type_into("#sign-in-account", DEFAULT_ACCOUNT).await?;
    web.type_into("#sign-in-password", "wrong").await?;
    web.click("#sign-in-submit").await?;
    web.wait_for("#sign-in-password-error").await?;

    assert_eq!(stage.sim.count(Call::SignIn), 1);
    web.type_into("#sign-in-password", DEFAULT_PASSWORD).await?;
    web.click("#sign-in-submit").await?;
    web.wait_for_text("#status", "Listening for notifications").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_resumes_without_a_question_and_has_lost_nothing() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut first = stage.start(&[])?;
    let web = stage.sign_in().await?;
    stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;

    first.kill().await?;
    web.wait_for_text("[role='status'], [role='alert']", "not running").await?;
    let mut second = stage.start(&["--hidden"])?;
    stage.is_subscribed(2).await?;
    stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;

    assert_eq!(stage.codes()?, ["WASHING_IS_COMPLETE", "ERROR_DURING_WASHING"]);
    assert_eq!(stage.sim.count(Call::SignIn), 1);
    let check: String =
        stage.history()?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(check, "ok");
    // The window that was left open has reconnected to the new program.
    web.wait_for_text("[data-event-id='2']", "The wash stopped with a problem").await?;
    stage.output(&["quit"]).await?;
    ends(&mut second).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_window_loses_nothing_and_comes_back_when_asked() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let mut resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    drop(web);

    stage.desktop.kill("thinq-tray-window").await?;
    let notified = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    stage.desktop.invoke_action(notified.id, "default").await?;
    let web = stage.desktop.web().await?;
    web.wait_for_text("[data-event-details]", "Laundry is done").await?;
    drop(web);

    // A second start shows the window of the first and ends.
    stage.desktop.kill("thinq-tray-window").await?;
    let mut second = stage.start(&[])?;
    ends(&mut second).await?;
    let web = stage.desktop.web().await?;
    web.wait_for_text("[data-event-id='1']", "Laundry is done").await?;

    tray.click("Quit").await?;
    ends(&mut resident).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_korean_desktop_is_spoken_to_in_korean() -> anyhow::Result<()> {
    let options =
        DesktopOptions { language: "ko_KR.UTF-8".to_owned(), ..DesktopOptions::default() };
    let stage = Stage::set(options).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;

    let notified = stage.push("WASHING_IS_COMPLETE", "세탁이 끝났어요").await?;

    assert_eq!(notified.actions.get(1).map(String::as_str), Some("보기"));
    web.wait_for_text("[data-event-id='1']", "세탁이 끝났어요").await?;
    let (_, menu) = tray
        .wait_until(|_, menu| MenuItem::labels(menu).iter().any(|l| l.contains("세탁이 끝났어요")))
        .await?;
    assert!(MenuItem::labels(&menu).iter().any(|label| label == "끝내기" || label == "종료"));
    keep_picture(&stage, "whole-way-korean").await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_the_window_opens_and_the_icon_comes_with_the_panel() -> anyhow::Result<()> {
    let options = DesktopOptions { tray_host: false, ..DesktopOptions::default() };
    let stage = Stage::set(options).await?;

    let _resident = stage.start(&["--hidden"])?;
    let web = stage.sign_in().await?;
    web.wait_for_text("#status", "Listening for notifications").await?;
    stage.desktop.tray_host_start().await?;
    shows(&stage.desktop.tray().await?, "ThinQ Tray: Listening for notifications").await?;
    stage.desktop.tray_host_stop().await?;
    stage.desktop.tray_host_start().await?;

    shows(&stage.desktop.tray().await?, "ThinQ Tray: Listening for notifications").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keyring_and_notification_server_it_works_and_says_so() -> anyhow::Result<()> {
    let options = DesktopOptions {
        keyring: Keyring::None,
        notification_server: false,
        ..DesktopOptions::default()
    };
    let stage = Stage::set(options).await?;
    let _resident = stage.start(&[])?;
    let web = stage.sign_in().await?;
    web.wait_for_text("[role='status'], [role='alert']", "asked to sign in again").await?;

    stage.sim.push(&stage.washer.id, "WASHING_IS_COMPLETE");
    web.wait_for_text("[data-event-id='1']", "Laundry is done").await?;
    let is_missed = |status: &Status| {
        let problem = status.notification_problem.as_ref();
        problem.is_some_and(|problem| problem.code == ProblemCode::NoNotificationServer)
    };
    stage.status_until(is_missed).await?;
    let status = stage.output(&["status", "--json"]).await?;
    let status: serde_json::Value = serde_json::from_str(&status)?;
    assert_eq!(status["notificationProblem"]["code"], "noNotificationServer");
    assert_eq!(status["keyring"], "missing");

    // A server that starts later shows later notifications.
    stage.desktop.notification_server_start().await?;
    stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_from_the_tray_keeps_quiet_and_ends_from_the_tray() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    shows(&tray, "ThinQ Tray: Listening for notifications").await?;

    tray.click("For an hour").await?;
    tray.wait_until(|item, _| item.tooltip_title.contains("paused until")).await?;
    stage.sim.push(&stage.washer.id, "WASHING_IS_COMPLETE");
    web.wait_for_text("[data-event-id='1']", "Laundry is done").await?;
    tray.click("Resume notifications").await?;
    tray.wait_until(|item, _| !item.tooltip_title.contains("paused")).await?;
    stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;

    let bodies: Vec<_> =
        stage.desktop.notifications().into_iter().map(|shown| shown.body).collect();
    assert_eq!(bodies, ["The wash stopped with a problem"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_is_notified_and_the_click_opens_the_dialog() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    web.wait_for_text("#status", "Listening for notifications").await?;

    stage.sim.revoke_tokens();
    stage.sim.close_all(1001);
    let notified =
        stage.desktop.wait_for_notification(|shown| shown.summary == "Sign in again").await?;
    tray.wait_until(|item, _| item.tooltip_title.contains("Sign in again")).await?;
    stage.desktop.invoke_action(notified.id, "default").await?;

    web.wait_for("#sign-in-password").await?;
    assert_eq!(stage.sim.count(Call::SignIn), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn text_from_outside_is_shown_as_text() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let web = stage.sign_in().await?;
    let name = "<b>Washer</b> & \u{202e}dryer";

    stage.sim.rename(&stage.washer.id, name);
    web.wait_for_text("[data-event-id='1']", "<b>Washer</b> & dryer").await?;
    stage.sim.push(&stage.washer.id, "<I>BIG&NEWS</I>");
    let shown = stage.desktop.wait_for_notification(|_| true).await?;

    // The title is never markup; the body is, if the server supports it.
    assert_eq!(shown.summary, "<b>Washer</b> & dryer");
    assert_eq!(shown.body, "&lt;i&gt;big&amp;news&lt;/i&gt;");
    web.wait_for_text("[data-event-id='2']", "<i>big&news</i>").await?;
    Ok(())
}

/// For manual inspection; no test depends on it.
async fn keep_picture(stage: &Stage, name: &str) {
    let Some(dir) = std::env::var_os("THINQ_TRAY_TEST_PICTURES") else { return };
    let path = Path::new(&dir).join(format!("{name}.png"));
    drop(stage.desktop.screenshot(&path).await);
}

fn files_below(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { dirs.push(path) } else { files.push(path) }
        }
    }
    files
}

fn sha512_hex(text: &str) -> String {
    use std::fmt::Write as _;

    use sha2::Digest as _;

    let mut hex = String::new();
    for byte in sha2::Sha512::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}").expect("writing to a String does not fail");
    }
    hex
}
