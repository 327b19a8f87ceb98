//! Environment of the programs that this one starts.

use std::process::Command;

use contract::DesktopVariables;

use crate::settings::SECRETS;

/// Makes the program a part of this desktop. `token`: activation token of the request.
pub(crate) fn prepare(command: &mut Command, desktop: &DesktopVariables, token: Option<&str>) {
    desktop.apply(command);
    // The tokens of this program's own start are used up, and no other program must see secrets.
    for name in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"].iter().chain(&SECRETS) {
        command.env_remove(name);
    }
    if let Some(token) = token {
        command.env("XDG_ACTIVATION_TOKEN", token).env("DESKTOP_STARTUP_ID", token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_get_no_secret_from_the_environment() {
        let mut command = Command::new("thinq-tray-window");
        prepare(&mut command, &DesktopVariables::default(), Some("token"));

        let environment: Vec<_> = command.get_envs().collect();
        for name in SECRETS {
            assert!(environment.contains(&(name.as_ref(), None)), "{name}");
        }
        assert!(environment.contains(&("XDG_ACTIVATION_TOKEN".as_ref(), Some("token".as_ref()))));
    }
}
