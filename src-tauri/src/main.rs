//! The window program of ThinQ Tray.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    thinq_tray_window::run()
}
