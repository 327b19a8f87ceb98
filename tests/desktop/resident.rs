//! The resident program on a desktop: signed in by its own command, queried over its socket.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use contract::{Request, Response, socket::ask_once};
use model::ConnectionState;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD};
use tokio::{io::AsyncWriteExt as _, process::Command, time};

use super::{Desktop, within};

impl Desktop {
    pub(crate) fn socket(&self) -> PathBuf {
        self.runtime_dir().join("thinq-tray").join("socket")
    }

    pub(crate) async fn ask(&self, request: Request) -> anyhow::Result<Response> {
        Ok(within("an answer", ask_once(&self.socket(), request)).await??)
    }

    /// Waits until it answers and has read the sign-in from the keyring.
    pub(crate) async fn wait_until_ready(&self) -> anyhow::Result<()> {
        within("the program", async {
            loop {
                let answer = ask_once(&self.socket(), Request::Status).await;
                if let Ok(Response::Status { status }) = answer
                    && status.connection != ConnectionState::Connecting
                {
                    return;
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }

    /// Signs in with `program`, which is configured for the simulated service.
    pub(crate) async fn sign_in(&self, mut program: Command) -> anyhow::Result<()> {
        program.args(["sign-in", "--id", DEFAULT_ACCOUNT, "--password-stdin"]);
        let mut child = program.stdin(Stdio::piped()).spawn()?;
        let mut password = child.stdin.take().context("it reads the password")?;
        password.write_all(DEFAULT_PASSWORD.as_bytes()).await?;
        drop(password);
        let status = within("the sign-in", child.wait()).await??;
        ensure!(status.success(), "the sign-in ended with {status}: {}", self.logs());
        Ok(())
    }
}
