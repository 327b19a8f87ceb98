//! The simulator against LG's own ThinQ Connect SDK, unmodified: in a network namespace that
//! resolves LG's names to the simulator, the SDK runs every step from the device list to the
//! sign-off.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{process::Command, time};

use crate::support::program_path;

const SDK: &str = "thinqconnect==1.0.14";
/// Includes a download.
const INSTALL_TIMEOUT: Duration = Duration::from_mins(5);
const RUN_TIMEOUT: Duration = Duration::from_mins(3);

const HOSTS: &str = "\
127.0.0.1 localhost api-kic.lgthinq.com api-aic.lgthinq.com api-eic.lgthinq.com www.amazontrust.com
127.0.0.2 simulated-ats.iot.ap-northeast-2.amazonaws.com
";

/// `$1` becomes `/etc/hosts`; the other arguments are the command to run.
const NAMESPACE: &str = r#"
    set -e; hosts="$1"; shift
    ip link set lo up
    mount --bind "$hosts" /etc/hosts
    exec "$@"
"#;

/// The Python of a virtual environment with the SDK, which stays in the target folder.
async fn python() -> anyhow::Result<PathBuf> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(SDK.replace("==", "-"));
    let python = dir.join("bin/python");
    let mut import = Command::new(&python);
    if run(import.args(["-c", "import thinqconnect"]), INSTALL_TIMEOUT).await.is_err() {
        let mut venv = Command::new("python3");
        run(venv.args(["-m", "venv", "--clear"]).arg(&dir), INSTALL_TIMEOUT)
            .await
            .context("`python3 -m venv` failed; on Debian it comes with python3-venv")?;
        let mut pip = Command::new(&python);
        run(pip.args(["-m", "pip", "install", "--quiet", SDK]), INSTALL_TIMEOUT)
            .await
            .with_context(|| format!("`pip install {SDK}` failed"))?;
    }
    Ok(python)
}

async fn run(command: &mut Command, timeout: Duration) -> anyhow::Result<()> {
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = time::timeout(timeout, running).await.context("timed out")??;
    let stderr = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}: {stderr}", output.status);
    Ok(())
}

#[tokio::test]
async fn lgs_own_client_completes_every_step() -> anyhow::Result<()> {
    let python = python().await?;
    let dir = TempDir::new()?;
    let hosts_path = dir.path().join("hosts");
    fs::write(&hosts_path, HOSTS)?;
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("connect_sdk.py");

    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "--net", "--", "sh", "-c", NAMESPACE, "sh"]).args([
        hosts_path,
        python,
        driver,
        program_path(),
        dir.path().join("root.pem"),
    ]);
    // The SDK uses a proxy if the environment names one.
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }

    run(&mut command, RUN_TIMEOUT).await.context(
        "the SDK failed in a network namespace, which takes `unshare --mount --net` and `ip` (as root, or \
         with user namespaces)",
    )
}
