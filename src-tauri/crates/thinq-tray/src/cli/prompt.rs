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
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP},
    low_level::emulate_default_handler,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};
use zeroize::Zeroizing;

/// Signals that end or stop the program.
const SIGNALS: [i32; 5] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP];

/// A terminal that can show a prompt and no echo.
struct Quiet {
    terminal: File,
    prompt: String,
    before: Termios,
    /// Locked for each change of the terminal, and never while the prompt is written, which a
    /// terminal can delay for as long as it likes.
    is_asking: Mutex<bool>,
}

impl Quiet {
    fn new(terminal: File, prompt: String) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        Ok(Self { terminal, prompt, before, is_asking: Mutex::new(false) })
    }

    fn ask(&self) -> io::Result<()> {
        let mut is_asking = self.is_asking.lock();
        *is_asking = true;
        self.hide()?;
        drop(is_asking);
        self.show_prompt()
    }

    fn hide(&self) -> io::Result<()> {
        let mut hidden = self.before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&self.terminal, OptionalActions::Now, &hidden)?;
        // Keys typed before the prompt were seen on the screen.
        tcflush(&self.terminal, QueueSelector::IFlush)?;
        Ok(())
    }

    fn show_prompt(&self) -> io::Result<()> {
        (&self.terminal).write_all(self.prompt.as_bytes())
    }

    fn restore(&self) {
        // The terminal may be gone, as at a SIGHUP.
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
    }

    fn end(&self) {
        let mut is_asking = self.is_asking.lock();
        *is_asking = false;
        self.restore();
    }

    /// Lets a signal have its usual effect, after the terminal is as it was. A program that was
    /// stopped asks again when it goes on.
    fn obey(&self, signal: i32) {
        let is_asking = self.is_asking.lock();
        if *is_asking {
            self.restore();
        }
        // Returns only after a stop.
        emulate_default_handler(signal).ok();
        if *is_asking {
            self.hide().ok();
            drop(is_asking);
            self.show_prompt().ok();
        }
    }
}

/// Prompts at the terminal of the process, and returns the line without its end.
pub(super) async fn secret(prompt: String) -> io::Result<Zeroizing<String>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let mut lines = BufReader::new(terminal.try_clone()?);
    let quiet = Arc::new(Quiet::new(terminal, prompt)?);
    // Before the terminal changes. They stay until the program ends, as signals that were listened
    // to have no other effect any more.
    for number in SIGNALS {
        let mut signals = signal(SignalKind::from_raw(number))?;
        let quiet = Arc::clone(&quiet);
        #[expect(clippy::disallowed_methods, reason = "ends with the program, without a trace")]
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                quiet.obey(number);
            }
        });
    }
    let line = match quiet.ask() {
        Ok(()) => spawn_blocking(move || {
            let mut line = Zeroizing::new(String::new());
            lines.read_line(&mut line).map(|_| line)
        })
        .await
        .map_err(io::Error::from)
        .flatten(),
        Err(error) => Err(error),
    };
    quiet.end();
    Ok(Zeroizing::new(line?.trim_end_matches(['\r', '\n']).to_owned()))
}
