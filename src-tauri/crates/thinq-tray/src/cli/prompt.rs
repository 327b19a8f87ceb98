//! Reads a secret from the terminal without an echo.
//!
//! `rpassword` switches the terminal to raw mode and leaves it there when a signal ends the
//! program. Here the terminal edits the line and turns keys into signals as always, and before any
//! signal takes effect, its settings are restored.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Write as _},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP},
    low_level::emulate_default_handler,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::spawn_blocking,
};
use zeroize::Zeroizing;

/// Signals that end or stop the program.
const SIGNALS: [i32; 5] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP];

/// A terminal that shows a prompt and no echo, until this is dropped.
struct Quiet {
    terminal: File,
    prompt: String,
    before: Termios,
}

impl Quiet {
    fn start(terminal: File, prompt: String) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut quiet = Self { terminal, prompt, before };
        quiet.ask()?;
        Ok(quiet)
    }

    fn ask(&mut self) -> io::Result<()> {
        let mut hidden = self.before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        // Keys typed before the prompt were seen on the screen.
        tcsetattr(&self.terminal, OptionalActions::Flush, &hidden)?;
        self.terminal.write_all(self.prompt.as_bytes())
    }

    fn restore(&self) {
        // The terminal may be gone, as at a SIGHUP.
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Prompts at the terminal of the process, and returns the line without its end.
pub(super) async fn secret(prompt: String) -> io::Result<Zeroizing<String>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let mut lines = BufReader::new(terminal.try_clone()?);
    let quiet = Arc::new(Mutex::new(None));
    // Before the terminal changes. They stay until the program ends, as signals that were listened
    // to have no other effect any more.
    for number in SIGNALS {
        let signals = signal(SignalKind::from_raw(number))?;
        #[expect(clippy::disallowed_methods, reason = "ends with the program, without a trace")]
        tokio::spawn(obey(number, signals, Arc::clone(&quiet)));
    }
    *quiet.lock() = Some(Quiet::start(terminal, prompt)?);
    let line = spawn_blocking(move || {
        let mut line = Zeroizing::new(String::new());
        lines.read_line(&mut line).map(|_| line)
    });
    let line = line.await;
    drop(quiet.lock().take());
    let line = line??;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Lets a signal have its usual effect, after the terminal is as it was. A program that was stopped
/// asks again when it goes on.
async fn obey(number: i32, mut signals: Signal, quiet: Arc<Mutex<Option<Quiet>>>) {
    while signals.recv().await.is_some() {
        let mut quiet = quiet.lock();
        if let Some(quiet) = &*quiet {
            quiet.restore();
        }
        // Returns only after a stop.
        emulate_default_handler(number).ok();
        if let Some(quiet) = &mut *quiet {
            quiet.ask().ok();
        }
    }
}
