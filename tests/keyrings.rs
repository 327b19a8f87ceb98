//! The built program with Secret Services that answer in unusual ways.

mod secret_service;

use std::{fs, process::Stdio, time::Duration};

use anyhow::Context as _;
use contract::{Request, Response};
use model::{ConnectionState, KeyringState, Provider, Status};
use tempfile::NamedTempFile;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, DEFAULT_TOKEN, Sim, SimSettings};
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::{self, Instant},
};

use crate::desktop::{Desktop, DesktopOptions, Keyring, within};
use secret_service::{Answer, SecretService};

/// After this time the program prompts in any case.
const DESKTOP_PATIENCE: Duration = Duration::from_secs(20);
const ENTRY: &str = "thinq-tray";
const CURRENT: &str = "thinq-tray-current";

struct Stage {
    desktop: Desktop,
    sim: Sim,
    keyring: SecretService,
    provider: Provider,
    /// Certificate of the simulated ThinQ Connect.
    root: NamedTempFile,
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    text: String,
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        Self::of(Provider::Hub).await
    }

    async fn of(provider: Provider) -> anyhow::Result<Self> {
        let desktop = Desktop::start(DesktopOptions {
            keyring: Keyring::None,
            display: false,
            ..DesktopOptions::default()
        })
        .await?;
        let root = NamedTempFile::new()?;
        let mut settings = SimSettings::default();
        settings.connect.root_path = Some(root.path().to_owned());
        let sim = Sim::start(settings).await?;
        let keyring = SecretService::start(desktop.bus_address()).await?;
        Ok(Self { desktop, sim, keyring, provider, root })
    }

    fn command(&self) -> Command {
        let mut command = self.desktop.command("thinq-tray");
        command
            .env("THINQ_TRAY_HUB_URL", self.sim.hub_url().as_str())
            .env("THINQ_TRAY_CALLBACK_URL", self.sim.callback_url().as_str())
            .env("THINQ_TRAY_CONNECT_URL", self.sim.connect_url().as_str())
            .env("SSL_CERT_FILE", self.root.path())
            .env("THINQ_TRAY_LOG", "trace")
            .kill_on_drop(true);
        command
    }

    fn start(&self) -> anyhow::Result<Child> {
        Ok(self.command().arg("--hidden").spawn()?)
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("its input is a pipe")?;
        let secret = match self.provider {
            Provider::Hub => DEFAULT_PASSWORD,
            Provider::Connect => DEFAULT_TOKEN,
        };
        input.write_all(secret.as_bytes()).await?;
        drop(input);
        let output = within("the end of the command", child.wait_with_output()).await??;
        let text = String::from_utf8([output.stdout, output.stderr].concat())?;
        Ok(Ended { code: output.status.code(), text })
    }

    async fn sign_in(&self) -> anyhow::Result<Ended> {
        match self.provider {
            Provider::Hub => {
                self.run(&["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"]).await
            }
            Provider::Connect => self.run(&["sign-in", "--country", "KR", "--token-stdin"]).await,
        }
    }

    fn has_no_secret_in_its_logs(&self) -> anyhow::Result<()> {
        let mut logs = self.desktop.logs();
        for entry in fs::read_dir(self.desktop.state_dir().join("thinq-tray"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                logs.push_str(&String::from_utf8_lossy(&fs::read(path)?));
            }
        }
        assert!(logs.contains("DEBUG"), "{logs}");
        assert!(!logs.contains(DEFAULT_TOKEN) && !logs.contains(DEFAULT_PASSWORD), "{logs}");
        Ok(())
    }

    async fn until(&self, is_wanted: impl Fn(&Status) -> bool) -> anyhow::Result<Status> {
        let asked = async {
            loop {
                if let Ok(Response::Status { status }) = self.desktop.ask(Request::Status).await
                    && is_wanted(&status)
                {
                    return status;
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("the expected status", asked).await
    }

    async fn listens(&self) -> anyhow::Result<Status> {
        self.until(|status| matches!(status.connection, ConnectionState::Listening { .. })).await
    }
}

fn is_locked(status: &Status) -> bool {
    status.connection == ConnectionState::KeyringLocked
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_an_entry_are_found_renewed_and_deleted() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.sign_in().await?;
    stage.keyring.copy_all("session").await;
    stage.keyring.add("session", ENTRY, "another@example.com", "{}").await;
    let mut program = stage.start()?;
    stage.listens().await?;

    let again = stage.sign_in().await?;

    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(!again.text.contains("restart"), "{again:?}");
    assert_eq!(stage.keyring.items_of(ENTRY, DEFAULT_ACCOUNT), 1, "the copy is outdated");
    stage.keyring.copy_all("session").await;
    let out = stage.run(&["sign-out"]).await?;
    assert_eq!((out.code, out.text.trim()), (Some(0), "Signed out."));
    assert_eq!(stage.keyring.count(), 0);
    program.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_replaces_the_one_before() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.keyring.add("main", CURRENT, "account", "before@example.com").await;
    stage.keyring.add("main", ENTRY, "before@example.com", r#"{"refreshToken":"old"}"#).await;

    stage.sign_in().await?;

    assert_eq!(stage.keyring.items_of(ENTRY, "before@example.com"), 0);
    assert_eq!(stage.keyring.items_of(ENTRY, DEFAULT_ACCOUNT), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_prompt_is_shown_again_only_when_the_user_asks() -> anyhow::Result<()> {
    for provider in [Provider::Hub, Provider::Connect] {
        let stage = Stage::of(provider).await?;
        stage.sign_in().await?;
        stage.keyring.lock(Answer::Cancel);
        let outside = stage.run(&["status"]).await?;
        assert!(outside.text.contains("password store is locked"), "{outside:?}");
        let outside = stage.run(&["doctor"]).await?;
        assert!(outside.text.contains("password store is locked"), "{outside:?}");
        assert_eq!(stage.keyring.prompts(), 0);

        let mut program = stage.start()?;
        stage.until(is_locked).await?;
        within("the prompt", stage.keyring.wait_for_prompts(1)).await?;
        let inside = stage.run(&["status"]).await?;
        assert!(inside.text.starts_with("Password store is locked"), "{inside:?}");
        assert!(!inside.text.contains("Signed in: no"), "{inside:?}");
        // Changes of other keyrings do not prompt either.
        stage.keyring.tell_change().await?;
        stage.run(&["status"]).await?;
        assert_eq!(stage.keyring.prompts(), 1);

        stage.desktop.ask(Request::Reconnect).await?;
        within("the prompt", stage.keyring.wait_for_prompts(2)).await?;
        stage.until(is_locked).await?;

        stage.keyring.unlock().await?;
        stage.listens().await?;
        assert_eq!(stage.keyring.prompts(), 2);
        program.kill().await?;
        stage.has_no_secret_in_its_logs()?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_login_the_prompt_waits_for_a_tray_or_a_notification_server() -> anyhow::Result<()> {
    for has_tray in [true, false] {
        let stage = Stage::set().await?;
        stage.sign_in().await?;
        stage.keyring.lock(Answer::Unlock);
        stage.desktop.tray_host_stop().await?;
        stage.desktop.notification_server_stop().await?;
        let started_at = Instant::now();
        let mut program = stage.start()?;
        stage.until(is_locked).await?;
        let said = stage.run(&["status"]).await?;
        assert!(said.text.starts_with("Password store is locked"), "{said:?}");
        assert_eq!(stage.keyring.prompts(), 0, "nothing could show it");

        if has_tray {
            stage.desktop.tray_host_start().await?;
        } else {
            stage.desktop.notification_server_start().await?;
        }

        let prompted = stage.keyring.wait_for_prompts(1);
        time::timeout_at(started_at + DESKTOP_PATIENCE, prompted)
            .await
            .context("the prompt waits for both")?;
        stage.listens().await?;
        assert_eq!(stage.keyring.prompts(), 1);
        program.kill().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_stays_open_ends_with_unlocking_elsewhere() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.sign_in().await?;
    stage.keyring.lock(Answer::None);
    let mut program = stage.start()?;
    stage.until(is_locked).await?;
    within("the prompt", stage.keyring.wait_for_prompts(1)).await?;

    stage.keyring.unlock().await?;

    stage.listens().await?;
    program.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn items_hidden_until_unlocking_are_found() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.sign_in().await?;
    stage.keyring.hide_locked_items();
    stage.keyring.lock(Answer::Unlock);

    let mut program = stage.start()?;

    stage.listens().await?;
    assert_eq!(stage.keyring.prompts(), 1);
    program.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_collection_is_created_at_the_sign_in() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.keyring.remove_default(Answer::Cancel);
    let mut program = stage.start()?;
    stage.until(|status| status.connection == ConnectionState::SignedOut).await?;
    assert_eq!(stage.keyring.prompts(), 0, "nobody asked for it");

    let refused = stage.sign_in().await?;
    assert_eq!(refused.code, Some(0), "{refused:?}");
    assert!(refused.text.contains("No password store has been set up"), "{refused:?}");
    stage.until(|status| status.keyring == KeyringState::NotSetUp).await?;

    stage.keyring.remove_default(Answer::Unlock);
    let kept = stage.sign_in().await?;

    assert!(!kept.text.contains("restart"), "{kept:?}");
    assert_eq!(stage.keyring.items_of(ENTRY, DEFAULT_ACCOUNT), 1);
    assert_eq!(stage.keyring.prompts(), 2);
    program.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_from_a_locked_keyring_says_what_is_left() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.sign_in().await?;
    let mut program = stage.start()?;
    stage.listens().await?;
    stage.keyring.lock(Answer::Cancel);

    let out = stage.run(&["sign-out"]).await?;

    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.text.contains("still in the password store"), "{out:?}");
    let left =
        |shown: &crate::desktop::Notified| shown.body.contains("still in the password store");
    stage.desktop.wait_for_notification(left).await?;
    stage.keyring.unlock().await?;
    within("the deletion", stage.keyring.wait_until_empty()).await?;
    program.kill().await?;
    // Without a running program as well.
    stage.sign_in().await?;
    stage.keyring.lock(Answer::Cancel);
    let out = stage.run(&["sign-out"]).await?;
    assert_eq!(out.code, Some(1), "{out:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_cannot_be_read_at_the_start_is_not_called_a_sign_out() -> anyhow::Result<()>
{
    for provider in [Provider::Hub, Provider::Connect] {
        let stage = Stage::of(provider).await?;
        stage.sign_in().await?;
        for is_missing in [false, true] {
            let reason = if is_missing {
                stage.keyring.leave().await?;
                "no password store is running"
            } else {
                stage.keyring.fail(true);
                "the password store does not answer as it should"
            };
            let outside = stage.run(&["status"]).await?;
            assert!(outside.text.contains(&format!("Signed in: unknown, {reason}")), "{outside:?}");

            let mut program = stage.start()?;

            stage.until(|now| now.connection == ConnectionState::KeyringUnavailable).await?;
            let inside = stage.run(&["status"]).await?;
            assert!(inside.text.starts_with("Password store is not available"), "{inside:?}");
            assert!(inside.text.contains(&format!("Signed in: unknown, {reason}")), "{inside:?}");
            let checked = stage.run(&["doctor"]).await?;
            assert!(checked.text.contains("the password store cannot be read"), "{checked:?}");
            if is_missing {
                stage.keyring.come_back().await?;
            } else {
                stage.keyring.fail(false);
                stage.keyring.tell_change().await?;
            }
            let status = stage.listens().await?;
            assert_eq!(status.provider, Some(provider));
            program.kill().await?;
            program.wait().await?;
        }
        stage.has_no_secret_in_its_logs()?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_answers_with_errors_is_not_called_missing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.keyring.fail(true);
    let mut program = stage.start()?;
    stage.until(|status| status.keyring == KeyringState::Failing).await?;

    let said = stage.sign_in().await?;

    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.text.contains("does not answer as it should"), "{said:?}");
    program.kill().await?;
    Ok(())
}
