//! Windows: detaches the tray from its console. The commands need a console, so this is a console
//! program; but a console opened at login would stay open, and closing it would end the tray.

use std::{
    env,
    io::{self, IsTerminal as _},
    os::windows::process::CommandExt as _,
    process::{Command, Stdio},
};

/// `CREATE_NO_WINDOW`
const NO_WINDOW: u32 = 0x0800_0000;

/// Starts this program again without a console when its output goes to one, and returns whether it
/// did; this process can then exit. Redirected output is left alone.
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
