//! Windows: the tray leaves the console that it was started with. The commands need one, so that this is
//! a program for consoles; but one that Windows opens at a login would stay open for as long as the
//! tray runs, and closing it would end the tray.

use std::{
    env,
    io::{self, IsTerminal as _},
    os::windows::process::CommandExt as _,
    process::{Command, Stdio},
};

/// `CREATE_NO_WINDOW`
const NO_WINDOW: u32 = 0x0800_0000;

/// Starts this program once more, out of sight, when its output is seen on a console. Whether it did:
/// then there is nothing left to do here. What is redirected stays where it is.
pub(crate) fn leave() -> io::Result<bool> {
    if !io::stdout().is_terminal() {
        return Ok(false);
    }
    Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .creation_flags(NO_WINDOW)
        .spawn()?;
    Ok(true)
}
