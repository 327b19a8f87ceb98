//! Opens pages in the user's browser.

use std::io;

use contract::DesktopVariables;

/// Fails if no browser could be started on this desktop.
#[cfg(target_os = "linux")]
pub(crate) async fn open_page(address: &str, desktop: &DesktopVariables) -> io::Result<()> {
    use std::{process::Stdio, time::Duration};

    use tokio::{process::Command, time::timeout};

    /// A failing browser ends within this time.
    const STARTS: Duration = Duration::from_secs(2);

    let mut failure = None;
    // `open::that_detached_with_timeout` passes the environment of this program's own start on.
    for command in open::commands(address) {
        let mut command = Command::from(command);
        crate::child::prepare(command.as_std_mut(), desktop, None);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl+C in a terminal must not reach it.
        command.process_group(0);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        match timeout(STARTS, child.wait()).await {
            Ok(Ok(status)) if !status.success() => {
                failure = Some(io::Error::other(format!("browser ended with {status}")));
            }
            Ok(Err(error)) => return Err(error),
            // It opened the page, or is about to.
            Ok(Ok(_)) | Err(_) => return Ok(()),
        }
    }
    Err(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

/// Fails if no browser could be started.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn open_page(address: &'static str, _: &DesktopVariables) -> io::Result<()> {
    tokio::task::spawn_blocking(move || open::that_detached(address))
        .await
        .unwrap_or_else(|error| Err(error.into()))
}
