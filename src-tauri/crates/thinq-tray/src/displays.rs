//! The displays on which this program was started: windows open there, and the program ends with the
//! last of them if it was started on one.
//!
//! An idle connection to each display hangs up when its server ends. Without it nothing would end a
//! program that has no window, and the next session would find one that belongs to the last.

use std::{env, io, path::PathBuf, sync::Arc};

use contract::DesktopVariables;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    net::TcpStream,
    sync::mpsc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

/// First TCP port of X displays.
const X_PORT: u16 = 6000;
/// A server that ends may accept connections until it has: one that is closed sooner counts for none.
const SHORTEST_STAY: Duration = Duration::from_secs(5);
const ARRIVING: usize = 8;

/// Where the program runs, and with what it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Ends with its session: with the session bus, or with the last display.
    Desktop,
    /// Ends with its terminal.
    Terminal,
}

/// Displays in the order in which the program was started on them.
pub(crate) struct Displays {
    known: Arc<Mutex<Vec<DesktopVariables>>>,
    arrived: mpsc::Sender<DesktopVariables>,
}

/// Watches the displays.
pub(crate) struct DisplayWatch {
    known: Arc<Mutex<Vec<DesktopVariables>>>,
    arriving: mpsc::Receiver<DesktopVariables>,
    own: DesktopVariables,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NeverThere,
    Gone,
}

impl Displays {
    pub(crate) fn new(own: DesktopVariables) -> (Self, DisplayWatch) {
        let known = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arriving) = mpsc::channel(ARRIVING);
        let displays = Self { known: Arc::clone(&known), arrived };
        displays.visit(own.clone());
        (displays, DisplayWatch { known, arriving, own })
    }

    /// The program was started again on this desktop.
    pub(crate) fn visit(&self, desktop: DesktopVariables) {
        if !desktop.has_display() {
            return;
        }
        let mut known = self.known.lock();
        if let Some(same) = known.iter_mut().find(|one| one.is_same_display(&desktop)) {
            *same = desktop;
        } else {
            known.push(desktop.clone());
            if self.arrived.try_send(desktop).is_err() {
                debug!("a display is not watched");
            }
        }
    }

    /// The desktop of the program's icon and notifications, if it is there: the first.
    pub(crate) fn current(&self) -> Option<DesktopVariables> {
        self.known.lock().first().cloned()
    }
}

impl DisplayWatch {
    /// Cancels `stop` when the last display is gone, if this program was started on one.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut ends = FuturesUnordered::new();
        let mut was_on_display = self.own.has_display();
        loop {
            tokio::select! {
                Some(desktop) = self.arriving.recv() => ends.push(async {
                    let end = end_of(&desktop).await;
                    (desktop, end)
                }),
                Some((desktop, end)) = ends.next() => {
                    debug!(?end, "display ended");
                    let mut known = self.known.lock();
                    known.retain(|one| !one.is_same_display(&desktop));
                    if end == End::NeverThere {
                        was_on_display &= !desktop.is_same_display(&self.own);
                    } else if known.is_empty() && was_on_display {
                        info!("the session has ended with its display");
                        stop.cancel();
                    }
                }
                () = stop.cancelled() => return,
            }
        }
    }
}

async fn end_of(desktop: &DesktopVariables) -> End {
    let mut opened_at = Instant::now();
    let Ok(mut connection) = connect(desktop).await else { return End::NeverThere };
    loop {
        // Nothing is said on it; servers of X close a silent connection after a minute.
        while connection.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
        let is_short = opened_at.elapsed() < SHORTEST_STAY;
        opened_at = Instant::now();
        match connect(desktop).await {
            Ok(next) if !is_short => connection = next,
            Ok(_) | Err(_) => return End::Gone,
        }
    }
}

type Connected = Box<dyn AsyncRead + Send + Unpin>;

async fn connect(desktop: &DesktopVariables) -> io::Result<Connected> {
    match server_of(desktop) {
        #[cfg(unix)]
        Some(Server::Socket(path)) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Some(Server::Socket(_)) => Err(io::ErrorKind::NotFound.into()),
        Some(Server::Port(host, port)) => Ok(Box::new(TcpStream::connect((host, port)).await?)),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Server {
    Socket(PathBuf),
    /// As of `ssh -X`.
    Port(String, u16),
}

fn server_of(desktop: &DesktopVariables) -> Option<Server> {
    if let Some(name) = desktop.get("WAYLAND_DISPLAY") {
        let dir = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
        return Some(Server::Socket(dir.join(name)));
    }
    let (host, number) = desktop.get("DISPLAY")?.rsplit_once(':')?;
    let number: u16 = number.split('.').next()?.parse().ok()?;
    match host {
        "" | "unix" => Some(Server::Socket(format!("/tmp/.X11-unix/X{number}").into())),
        host => Some(Server::Port(host.to_owned(), X_PORT.checked_add(number)?)),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tempfile::tempdir;
    use tokio::net::UnixListener;
    use tokio_util::task::TaskTracker;

    use super::*;

    fn wayland(path: &std::path::Path) -> DesktopVariables {
        [("WAYLAND_DISPLAY", path.to_string_lossy().into_owned())].into_iter().collect()
    }

    #[test]
    fn every_form_of_a_display_leads_to_its_server() {
        let of = |value: &str| server_of(&[("DISPLAY", value)].into_iter().collect());

        for local in [":0", "unix:0", ":0.0"] {
            assert_eq!(of(local), Some(Server::Socket("/tmp/.X11-unix/X0".into())), "{local}");
        }
        assert_eq!(of("localhost:10.0"), Some(Server::Port(String::from("localhost"), 6010)));
        assert_eq!(of("elsewhere"), None);
        assert_eq!(of(":65000"), Some(Server::Socket("/tmp/.X11-unix/X65000".into())));
        let both: DesktopVariables =
            [("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "/run/wayland-1")].into_iter().collect();
        assert_eq!(server_of(&both), Some(Server::Socket("/run/wayland-1".into())));
    }

    #[tokio::test]
    async fn the_program_ends_with_the_last_display_and_moves_to_one_that_is_left() {
        let dir = tempdir().unwrap();
        let (first, second) = (dir.path().join("first"), dir.path().join("second"));
        let (seat, other) =
            (UnixListener::bind(&first).unwrap(), UnixListener::bind(&second).unwrap());
        let (displays, watch) = Displays::new(wayland(&first));
        let stop = CancellationToken::new();
        let watching = TaskTracker::new().spawn(watch.run(stop.clone()));
        let at_seat = seat.accept().await.unwrap();
        displays.visit(wayland(&second));
        let at_other = other.accept().await.unwrap();
        // Started there once more: nothing new.
        displays.visit(wayland(&second));
        assert_eq!(displays.current(), Some(wayland(&first)));

        drop((seat, at_seat));
        while displays.current() != Some(wayland(&second)) {
            tokio::task::yield_now().await;
        }
        assert!(!stop.is_cancelled());

        drop((other, at_other));
        stop.cancelled().await;
        watching.await.unwrap();
    }

    #[tokio::test]
    async fn a_program_that_was_started_without_a_display_outlives_those_it_is_shown() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("display");
        let server = UnixListener::bind(&path).unwrap();
        let (displays, watch) = Displays::new(DesktopVariables::default());
        let stop = CancellationToken::new();
        let watching = TaskTracker::new().spawn(watch.run(stop.clone()));
        displays.visit(wayland(&path));
        let accepted = server.accept().await.unwrap();

        drop((server, accepted));
        while displays.current().is_some() {
            tokio::task::yield_now().await;
        }

        assert!(!stop.is_cancelled());
        stop.cancel();
        watching.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_closes_a_silent_connection_is_still_there() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("display");
        let server = UnixListener::bind(&path).unwrap();
        let desktop = wayland(&path);
        let mut end = std::pin::pin!(end_of(&desktop));
        for _ in 0..3 {
            let accepted = tokio::select! {
                accepted = server.accept() => accepted,
                end = &mut end => panic!("{end:?}"),
            };
            tokio::time::advance(Duration::from_mins(1)).await;
            drop(accepted);
        }
        drop(server);

        assert_eq!(end.await, End::Gone);
    }

    #[tokio::test]
    async fn a_display_that_never_was_there_ends_nothing() {
        let (displays, watch) = Displays::new(wayland("/nowhere/display".as_ref()));
        let stop = CancellationToken::new();
        let watching = TaskTracker::new().spawn(watch.run(stop.clone()));

        while displays.current().is_some() {
            tokio::task::yield_now().await;
        }

        assert!(!stop.is_cancelled());
        stop.cancel();
        watching.await.unwrap();
    }
}
