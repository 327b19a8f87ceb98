//! Reports newer releases for installations without a package manager, from a small signed file that
//! is fetched at most once a day. Nothing is installed.
//!
//! Disabled in builds without an address and key (`THINQ_TRAY_UPDATE_URL` and `THINQ_TRAY_UPDATE_KEY`
//! at compile time), in packages, which contain a marker file, and by `THINQ_TRAY_UPDATE=off`.

mod release;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use atomic_write_file::AtomicWriteFile;
use minisign_verify::PublicKey;
use model::Release;
use serde::{Deserialize, Serialize};
use thinq::{Chain, download};
use tokio::{sync::watch, task::spawn_blocking, time};
use tracing::{info, warn};
use url::Url;

use self::release::{UpdateError, newer};
use crate::{app::App, clock::now_ms};

const DAY: Duration = Duration::from_hours(24);
/// Delay after the start, when the computer is busy.
const AFTER_START: Duration = Duration::from_mins(2);
const LONGEST_FILE: usize = 16 * 1024;
/// Marker file of packages, whose package manager handles updates.
const MARK: &str = "share/thinq-tray/managed";

/// Address and public key of the release metadata.
pub(crate) struct Source {
    url: Url,
    key: PublicKey,
}

/// The last response, stored with its signature and verified each time it is read.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedRelease {
    asked_at_ms: i64,
    metadata: String,
    signature: String,
}

impl Source {
    /// Returns `None` when updates are not checked.
    pub(crate) fn of_this_build() -> Option<Self> {
        let is_off = env::var("THINQ_TRAY_UPDATE").is_ok_and(|wish| wish == "off");
        let program_path = env::current_exe().ok()?;
        if is_off || is_managed(&program_path) {
            return None;
        }
        Self::parse(option_env!("THINQ_TRAY_UPDATE_URL")?, option_env!("THINQ_TRAY_UPDATE_KEY")?)
    }

    fn parse(url: &str, key: &str) -> Option<Self> {
        Some(Self { url: Url::parse(url).ok()?, key: PublicKey::from_base64(key).ok()? })
    }

    async fn ask(&self, proxy: Option<&Url>) -> Result<CachedRelease, UpdateError> {
        let metadata = download(&self.url, proxy, LONGEST_FILE).await?;
        let mut url = self.url.clone();
        url.set_path(&format!("{}.minisig", self.url.path()));
        let signature = download(&url, proxy, LONGEST_FILE).await?;
        let text = |bytes| String::from_utf8(bytes).map_err(|_wrong| UpdateError::NotText);
        Ok(CachedRelease { asked_at_ms: 0, metadata: text(metadata)?, signature: text(signature)? })
    }

    fn release(&self, kept: &CachedRelease) -> Result<Option<Release>, UpdateError> {
        let own = env!("CARGO_PKG_VERSION");
        newer(&kept.metadata, &kept.signature, &self.key, own)
    }
}

/// Whether a package manager installed this program.
fn is_managed(program_path: &Path) -> bool {
    let prefix = program_path.parent().and_then(Path::parent);
    prefix.is_some_and(|prefix| prefix.join(MARK).exists())
}

/// Runs until the program stops.
pub(crate) async fn run(app: Arc<App>, source: Source, path: PathBuf) {
    app.stop.run_until_cancelled(watch(&app, &source, &path)).await;
}

async fn watch(app: &App, source: &Source, path: &Path) {
    let told = &app.newer_release;
    let mut kept = read(path).await;
    tell(source, &kept, told);
    let mut wait = until_due(kept.asked_at_ms, now_ms()).max(AFTER_START);
    loop {
        time::sleep(wait).await;
        let proxy = app.monitor.service().proxy;
        kept = ask(source, proxy.as_ref(), kept, now_ms()).await;
        tell(source, &kept, told);
        write(path, kept.clone()).await;
        wait = DAY;
    }
}

/// Requests the metadata; keeps the known release if the response is not valid.
async fn ask(
    source: &Source,
    proxy: Option<&Url>,
    known: CachedRelease,
    now_ms: i64,
) -> CachedRelease {
    let asked = source.ask(proxy).await;
    // Verified before it replaces the known release.
    let asked = asked.and_then(|asked| source.release(&asked).map(|_| asked));
    let kept = asked.unwrap_or_else(|error| {
        info!(error = %Chain(&error), "failed to check for a newer release");
        known
    });
    CachedRelease { asked_at_ms: now_ms, ..kept }
}

fn tell(source: &Source, kept: &CachedRelease, told: &watch::Sender<Option<Release>>) {
    let release = source.release(kept).ok().flatten();
    told.send_if_modified(|shown| {
        let is_new = *shown != release;
        *shown = release;
        is_new
    });
}

/// At once if the last check was in the future: the clock was ahead then.
fn until_due(asked_at_ms: i64, now_ms: i64) -> Duration {
    match u64::try_from(now_ms.saturating_sub(asked_at_ms)) {
        Ok(passed_ms) => DAY.saturating_sub(Duration::from_millis(passed_ms)),
        Err(_) => Duration::ZERO,
    }
}

async fn read(path: &Path) -> CachedRelease {
    let path = path.to_owned();
    let read = spawn_blocking(move || fs::read(path).ok()).await.ok().flatten();
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

async fn write(path: &Path, kept: CachedRelease) {
    let path = path.to_owned();
    let write = move || -> io::Result<()> {
        let mut file = AtomicWriteFile::open(path)?;
        serde_json::to_writer(&mut file, &kept)?;
        file.commit()
    };
    if let Ok(Err(error)) = spawn_blocking(write).await {
        warn!(%error, "failed to store the release cache");
    }
}

#[cfg(test)]
mod tests;
