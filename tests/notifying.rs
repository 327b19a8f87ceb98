//! Notifications of the built program as received by the notification server: on a private session
//! bus with several kinds of servers, and once on the screen.
//!
//! Long, since each kind of server has its own scenario.

use std::{fs, pin::pin, process::Stdio, time::Duration};

use anyhow::Context as _;
use contract::{Request, Response, Update, socket::Client};
use model::{DeviceId, Rules};
use rusqlite::Connection as Database;
use thinq_sim::{Call, RawFrame, Sim, SimDevice, SimSettings};
use tokio::{process::Child, time};

use crate::{
    desktop::{Desktop, DesktopOptions, Notified, within},
    support::push_frame,
};

/// The program, signed in and listening, on a desktop without a display.
struct Stage {
    desktop: Desktop,
    sim: Sim,
    washer: SimDevice,
    resident: Option<Child>,
}

fn bare() -> DesktopOptions {
    DesktopOptions { tray_host: false, display: false, ..DesktopOptions::default() }
}

impl Stage {
    async fn set(options: DesktopOptions) -> anyhow::Result<Self> {
        Self::set_with(options, "").await
    }

    async fn set_with(options: DesktopOptions, settings: &str) -> anyhow::Result<Self> {
        let sim = Sim::start(SimSettings::default()).await?;
        let mut devices = sim.devices().into_iter();
        let washer = devices.find(|device| device.device_type == "DEVICE_WASHER");
        let washer = washer.context("the home has a washer")?;
        let desktop = Desktop::start(options).await?;
        let config_dir = desktop.config_dir().join("thinq-tray");
        fs::create_dir_all(&config_dir)?;
        fs::write(config_dir.join("settings.toml"), settings)?;
        let mut stage = Self { desktop, sim, washer, resident: None };
        stage.start().await?;
        stage.sign_in().await?;
        Ok(stage)
    }

    async fn start(&mut self) -> anyhow::Result<()> {
        let child = self.command(&["--hidden"]).kill_on_drop(true).spawn()?;
        self.resident = Some(child);
        self.desktop.wait_until_ready().await
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = self.desktop.command("thinq-tray");
        command
            .args(arguments)
            .env("THINQ_TRAY_HUB_URL", self.sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", self.sim.callback_url().as_str())
            .env("THINQ_TRAY_LOG", "debug");
        command
    }

    async fn sign_in(&self) -> anyhow::Result<()> {
        self.desktop.sign_in(self.command(&[])).await?;
        within("the callback", self.sim.wait_for_sockets(1)).await?;
        let devices = self.sim.devices().len();
        within("subscriptions", self.sim.wait_for_calls(Call::SubscribeEvent, devices)).await
    }

    async fn rules(&self, change: impl FnOnce(&mut Rules)) -> anyhow::Result<Rules> {
        let Response::Rules { mut rules } = self.desktop.ask(Request::Rules).await? else {
            anyhow::bail!("no rules")
        };
        change(&mut rules);
        let Response::Rules { rules } = self.desktop.ask(Request::RulesChange { rules }).await?
        else {
            anyhow::bail!("no rules")
        };
        Ok(rules)
    }

    async fn output(&self, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
        let output = self.command(arguments).stdout(Stdio::piped()).output();
        let output = within("the command", output).await??;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    async fn push(&self, code: &str, words: &str) -> anyhow::Result<Notified> {
        self.sim.push(&self.washer.id, code);
        self.desktop.wait_for_notification(|shown| shown.body == words).await
    }

    fn history(&self) -> anyhow::Result<Database> {
        let path = self.desktop.history_path();
        let history = Database::open(path)?;
        history.busy_timeout(Duration::from_secs(5))?;
        Ok(history)
    }

    /// Waits until a history query returns that number.
    async fn history_says(&self, question: &str, wanted: i64) -> anyhow::Result<()> {
        let asked = async {
            loop {
                let found: i64 = self.history()?.query_row(question, [], |row| row.get(0))?;
                if found == wanted {
                    return anyhow::Ok(());
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        within(question, asked).await?
    }

    async fn is_closed(&self, id: u32) -> anyhow::Result<()> {
        let by_call = |closed: &[crate::desktop::Closed]| {
            closed.iter().any(|closed| closed.id == id && closed.reason == 3)
        };
        self.desktop.wait_until_notified(|_, closed| by_call(closed)).await
    }
}

fn keys(notified: &Notified) -> Vec<&str> {
    notified.actions.iter().step_by(2).map(String::as_str).collect()
}

fn hint<'a>(notified: &'a Notified, name: &str) -> Option<&'a str> {
    notified.hints.get(name).map(String::as_str)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_happening_is_one_notification_that_goes_when_it_is_settled() -> anyhow::Result<()> {
    let stage = Stage::set(bare()).await?;

    let failed = stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    let finished = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    let leak = stage.push("WATER_LEAK_HAS_OCCURRED", "Water leak at the dishwasher").await?;

    assert_eq!((failed.replaces, finished.replaces, leak.replaces), (0, failed.id, 0));
    assert_eq!(hint(&finished, "category"), Some("device"));
    assert_eq!(hint(&finished, "urgency"), Some("1"));
    assert!(hint(&finished, "image-path").is_some_and(|path| path.ends_with("washer.png")));
    assert_eq!((hint(&leak, "urgency"), hint(&leak, "resident")), (Some("2"), Some("true")));
    assert_eq!(hint(&leak, "sound-name"), Some("dialog-error"));

    // Read in the window, settled by a command, opened at the device.
    stage.desktop.ask(Request::EventsMark { ids: vec![2], is_read: true }).await?;
    stage.is_closed(finished.id).await?;
    stage.desktop.ask(Request::EventDone { id: 3 }).await?;
    stage.is_closed(leak.id).await?;
    // A repetition within a minute would be deduplicated.
    let dried = stage.push("DRYING_IS_COMPLETE", "Drying is done").await?;
    stage.sim.push(&stage.washer.id, "DOOR_IS_OPENED");
    stage.is_closed(dried.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_right_from_the_notification() -> anyhow::Result<()> {
    let stage = Stage::set(bare()).await?;
    let done = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    assert_eq!(keys(&done), ["default", "done", "remind-later"]);

    stage.desktop.invoke_action(done.id, "remind-later").await?;
    stage.history_says("SELECT count(*) FROM reminder WHERE is_asked_for = 1", 1).await?;
    stage.desktop.invoke_action(done.id, "done").await?;
    stage.history_says("SELECT count(*) FROM event WHERE is_read = 1", 1).await?;
    stage.history_says("SELECT count(*) FROM reminder", 0).await?;

    stage.desktop.invoke_action(done.id, "pause").await?;
    let paused = async {
        loop {
            if let Response::Status { status } = stage.desktop.ask(Request::Status).await?
                && status.paused_until_ms.is_some()
            {
                return anyhow::Ok(());
            }
        }
    };
    within("the pause", paused).await??;
    stage.desktop.ask(Request::Resume).await?;

    let (window, mut told) =
        within("the socket", Client::connect(&stage.desktop.socket())).await??;
    let mut followed = pin!(window.ask(Request::Follow));
    let following = async {
        loop {
            tokio::select! {
                answer = &mut followed => return answer,
                _ = told.next() => {}
            }
        }
    };
    within("an answer", following).await??;
    stage.desktop.invoke_action(done.id, "mute-device").await?;
    stage.history_says("SELECT count(*) FROM fact WHERE name = 'muted'", 1).await?;
    let rules_changed = async {
        while !matches!(told.next().await?.context("the program runs")?, Update::RulesChanged) {}
        anyhow::Ok(())
    };
    within("the update of the window", rules_changed).await??;
    stage.sim.push(&stage.washer.id, "DRYING_IS_COMPLETE");
    stage.history_says("SELECT count(*) FROM event WHERE decision = 'muted'", 1).await?;
    let rules = stage.rules(|rules| rules.muted.clear()).await?;
    assert!(rules.muted.is_empty());
    // The same from the window, as some servers show fewer buttons.
    stage.desktop.ask(Request::EventRemind { id: 1 }).await?;
    stage.history_says("SELECT count(*) FROM reminder WHERE is_asked_for = 1", 1).await?;
    let id = DeviceId::new(stage.washer.id.clone());
    stage.desktop.ask(Request::DeviceMute { id }).await?;
    let rules = stage.rules(|rules| rules.muted.clear()).await?;
    assert!(rules.muted.is_empty());
    stage.history_says("SELECT count(*) FROM event WHERE decision = 'muted'", 1).await?;
    stage.push("ERROR_DURING_WASHING", "The wash stopped with a problem").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_at_once_leave_the_screen_quiet_and_none_behind() -> anyhow::Result<()> {
    const BURST: u32 = 5_000;
    let stage = Stage::set(bare()).await?;

    for number in 0..BURST {
        let device = format!("device-{}", number % 7);
        let code = format!("NEWS_{number}");
        stage.sim.send_raw(RawFrame::Text(push_frame(&format!("id-{number}"), &device, &code)));
    }
    // Still running meanwhile.
    assert!(matches!(stage.desktop.ask(Request::Status).await?, Response::Status { .. }));
    let counted = format!("{} new events", BURST - 3);
    // Slow when unoptimised and next to other tests.
    let stored = async {
        let question = "SELECT count(*) FROM event";
        while stage.history()?.query_row(question, [], |row| row.get::<_, u32>(0))? < BURST {
            time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::Ok(())
    };
    time::timeout(Duration::from_mins(3), stored).await.context("none is lost")??;
    let summary = stage.desktop.wait_for_notification(|shown| shown.summary == counted).await?;

    stage.history_says("SELECT count(*) FROM event", BURST.into()).await?;
    stage.history_says("SELECT count(*) FROM event WHERE notified_at_ms IS NULL", 0).await?;
    let shown = stage.desktop.notifications();
    let ids: std::collections::BTreeSet<u32> = shown.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 4, "three and one that counts");
    assert_eq!(summary.replaces == 0, shown.len() == 4, "it is updated in place");
    assert_eq!(keys(&summary), ["default", "pause"]);
    // After the history was viewed, counting restarts.
    stage.desktop.ask(Request::EventsMarkAllRead { up_to: i64::MAX }).await?;
    stage.is_closed(summary.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_gets_what_it_can_take() -> anyhow::Result<()> {
    let escaped = "&lt;i&gt;big&amp;news&lt;/i&gt;";
    let plain = "<i>big&news</i>";
    let cases: [(&str, &[&str], &[&str], &str); 4] = [
        (
            "gnome-shell",
            &["actions", "body", "body-markup", "persistence", "sound"],
            &["default", "done", "mute-device", "pause"],
            escaped,
        ),
        (
            "Plasma",
            &["actions", "body", "body-markup", "inhibitions"],
            &["default", "done", "mute-device", "pause"],
            escaped,
        ),
        (
            "Xfce Notify Daemon",
            &["actions", "body", "body-markup"],
            &["default", "done", "mute-device"],
            escaped,
        ),
        ("simple", &["body"], &[], plain),
    ];
    for (name, capabilities, expected, body) in cases {
        let options = DesktopOptions {
            server_name: name.to_owned(),
            capabilities: capabilities.iter().map(|one| String::from(*one)).collect(),
            ..bare()
        };
        let stage = Stage::set(options).await?;

        stage.sim.push(&stage.washer.id, "<I>BIG&NEWS</I>");
        let shown = stage.desktop.wait_for_notification(|one| one.body == body).await?;
        let (code, said) = stage.output(&["notify-test"]).await?;

        assert_eq!(keys(&shown), expected, "{name}");
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(name) && said.contains("was taken"), "{said}");
        // This server reports "do not disturb" on request.
        assert_eq!(said.contains("do not disturb"), name == "Plasma", "{said}");
        assert_eq!(hint(&shown, "suppress-sound") == Some("true"), name == "Plasma");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_or_goes_costs_no_event_and_is_told() -> anyhow::Result<()> {
    let stage = Stage::set(bare()).await?;
    let problem = async |wanted: Option<&str>| {
        loop {
            let (_, status) = stage.output(&["status", "--json"]).await?;
            let status: serde_json::Value = serde_json::from_str(&status)?;
            if status["notificationProblem"]["code"].as_str() == wanted {
                return anyhow::Ok(());
            }
        }
    };

    stage.desktop.notification_server_hang(true).await;
    for code in ["A_1", "B_2", "C_3", "D_4", "E_5"] {
        stage.sim.send_raw(RawFrame::Text(push_frame(code, code, code)));
    }
    stage.history_says("SELECT count(*) FROM event", 5).await?;
    within("the problem", problem(Some("noNotificationServer"))).await??;
    let (code, _) = stage.output(&["notify-test"]).await?;
    assert_eq!(code, Some(1));
    assert!(stage.desktop.notifications().is_empty());

    stage.desktop.notification_server_hang(false).await;
    stage.history_says("SELECT count(*) FROM event WHERE notified_at_ms IS NULL", 0).await?;
    within("the end of the problem", problem(None)).await??;
    let titles: Vec<_> = stage.desktop.notifications().into_iter().map(|one| one.body).collect();
    assert_eq!(titles.len(), 4, "three and one that counts: {titles:?}");

    stage.desktop.notification_server_stop().await?;
    within("the problem", problem(Some("noNotificationServer"))).await??;
    stage.sim.push(&stage.washer.id, "WATER_LEAK_IS_DETECTED");
    stage.history_says("SELECT count(*) FROM event", 6).await?;
    stage.desktop.notification_server_start().await?;
    let leak = |one: &Notified| one.body == "Water leak detected";
    let shown = stage.desktop.wait_for_notification(leak).await?;
    assert_eq!(shown.replaces, 0, "another server does not know the old ids");
    within("the end of the problem", problem(None)).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refused_is_shown_once_it_accepts_again() -> anyhow::Result<()> {
    let stage = Stage::set(bare()).await?;
    let problem = async |wanted: Option<&str>| {
        loop {
            let (_, status) = stage.output(&["status", "--json"]).await?;
            let status: serde_json::Value = serde_json::from_str(&status)?;
            if status["notificationProblem"]["code"].as_str() == wanted {
                return anyhow::Ok(());
            }
        }
    };
    stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;

    stage.desktop.notification_server_refuse(true).await;
    for code in ["A_1", "B_2", "C_3", "D_4", "E_5", "F_6"] {
        stage.sim.send_raw(RawFrame::Text(push_frame(code, code, code)));
    }
    stage.history_says("SELECT count(*) FROM event", 7).await?;
    within("the problem", problem(Some("notificationRefused"))).await??;
    let (code, _) = stage.output(&["notify-test"]).await?;
    assert_eq!(code, Some(1));
    let (_, status) = stage.output(&["status"]).await?;
    assert!(status.contains("The desktop refuses notifications at the moment."), "{status}");
    // Read meanwhile: no longer news.
    stage.desktop.ask(Request::EventsMark { ids: vec![2], is_read: true }).await?;
    stage.desktop.notification_server_refuse(false).await;

    stage.history_says("SELECT count(*) FROM event WHERE notified_at_ms IS NULL", 1).await?;
    within("the end of the problem", problem(None)).await??;
    let shown = stage.desktop.notifications();
    let counted = shown.iter().filter(|one| one.summary.ends_with("new events")).count();
    assert!(shown.len() <= 6 && counted <= 2, "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_end_with_one_digest_and_rules_are_kept_in_the_file() -> anyhow::Result<()> {
    let settings =
        "# mine\n[quiet_hours]\non = true # always\nfrom = \"00:00\"\nuntil = \"00:00\"\n";
    let stage = Stage::set_with(bare(), settings).await?;
    stage.sim.push(&stage.washer.id, "WASHING_IS_COMPLETE");
    stage.sim.push(&stage.washer.id, "DRYING_IS_COMPLETE");
    stage.history_says("SELECT count(*) FROM event WHERE decision = 'quietHours'", 2).await?;
    let leak = stage.push("WATER_LEAK_HAS_OCCURRED", "Water leak at the dishwasher").await?;
    assert_eq!(stage.desktop.notifications().len(), 1);
    let Response::Status { status } = stage.desktop.ask(Request::Status).await? else {
        anyhow::bail!("no status")
    };
    assert!(status.quiet_until_ms.is_some());

    let rules = stage.rules(|rules| rules.own.quiet_hours.is_on = false).await?;
    let digest = stage
        .desktop
        .wait_for_notification(|shown| shown.summary == "While it was quiet: 2 events")
        .await?;

    assert!(!rules.own.quiet_hours.is_on);
    let name = &stage.washer.alias;
    assert_eq!(digest.body, format!("{name}: Drying is done · {name}: Laundry is done"));
    assert!(digest.id != leak.id);
    stage.history_says("SELECT count(*) FROM event WHERE notified_at_ms IS NULL", 0).await?;
    let file = stage.desktop.config_dir().join("thinq-tray").join("settings.toml");
    let text = fs::read_to_string(file)?;
    assert!(text.contains("on = false # always") && text.contains("# mine"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_comes_after_a_restart_and_pauses_from_the_command_line() -> anyhow::Result<()> {
    let mut stage = Stage::set(bare()).await?;
    let done = stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;
    stage.history_says("SELECT count(*) FROM reminder", 1).await?;
    for (until, words) in [("morning", "paused until"), ("on", "until you switch them on")] {
        let (_, said) = stage.output(&["pause", until]).await?;
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(stage.output(&["resume"]).await?.0, Some(0));

    stage.output(&["quit"]).await?;
    let mut resident = stage.resident.take().context("it ran")?;
    within("the end", resident.wait()).await??;
    // As if half an hour had passed.
    stage.history()?.execute("UPDATE reminder SET due_at_ms = 1", [])?;
    stage.start().await?;

    let again = stage
        .desktop
        .wait_for_notification(|shown| shown.body.starts_with("Reminder: Laundry is done ("))
        .await?;
    assert_eq!(hint(&again, "sound-name"), Some("alarm-clock-elapsed"));
    assert_eq!((again.replaces, again.summary), (0, done.summary));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dunst_draws_the_notification_on_the_screen() -> anyhow::Result<()> {
    let options = DesktopOptions { display: true, notification_server: false, ..bare() };
    let stage = Stage::set(options).await?;
    let pictures_dir = crate::desktop::pictures_dir()?;
    let (before, after) =
        (pictures_dir.join("dunst-before.png"), pictures_dir.join("dunst-notified.png"));
    stage.desktop.screenshot(&before).await?;

    stage.desktop.dunst_start().await?;
    stage.sim.push(&stage.washer.id, "WASHING_IS_COMPLETE");
    stage.history_says("SELECT count(*) FROM event WHERE notified_at_ms IS NOT NULL", 1).await?;
    let (code, said) = stage.output(&["notify-test"]).await?;

    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("dunst") && said.contains("actions"), "{said}");
    let drawn = async {
        loop {
            stage.desktop.screenshot(&after).await?;
            if fs::read(&after)? != fs::read(&before)? {
                return anyhow::Ok(());
            }
        }
    };
    within("a popup on the screen", drawn).await?
}
