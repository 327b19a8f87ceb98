//! Linux: a desktop entry in `~/.config/autostart`, following the XDG autostart specification.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use directories::BaseDirs;
use monitor::create_private_dir;

use super::{AutostartState, remove_if_there};
use crate::paths::Profile;

pub(super) struct Entry {
    path: PathBuf,
    program: PathBuf,
    is_demo: bool,
}

impl Entry {
    pub(super) fn of(profile: Profile, program: PathBuf) -> Option<Self> {
        let config_dir = BaseDirs::new()?.config_dir().to_owned();
        Some(Self::within(&config_dir, profile, program))
    }

    fn within(config_dir: &Path, profile: Profile, program: PathBuf) -> Self {
        let path = config_dir.join("autostart").join(format!("{}.desktop", profile.name()));
        Self { path, program, is_demo: profile == Profile::Demo }
    }

    pub(super) fn state(&self) -> AutostartState {
        let Ok(text) = fs::read_to_string(&self.path) else { return AutostartState::Off };
        // Desktops disable an entry instead of removing it.
        let is_off = value(&text, "Hidden").is_some_and(|value| value == "true")
            || value(&text, "X-GNOME-Autostart-enabled").is_some_and(|value| value == "false");
        if is_off {
            return AutostartState::Off;
        }
        let started = value(&text, "Exec").and_then(first_word);
        match started.map(PathBuf::from) {
            Some(started) if started == self.program => AutostartState::On,
            Some(started) if is_there(&started) => AutostartState::Elsewhere,
            Some(_) | None => AutostartState::Moved,
        }
    }

    /// Writes atomically.
    pub(super) fn write(&self) -> io::Result<()> {
        if let Some(dir) = self.path.parent() {
            create_private_dir(dir)?;
        }
        let mut file = atomic_write_file::OpenOptions::new().open(&self.path)?;
        file.write_all(self.text()?.as_bytes())?;
        file.commit()
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        remove_if_there(&self.path)
    }

    fn text(&self) -> io::Result<String> {
        let program = self.program.to_str().filter(|path| !path.contains(['\n', '\r']));
        let program = program.ok_or_else(|| io::Error::other("no path that an entry can hold"))?;
        let (name, demo) =
            if self.is_demo { ("ThinQ Tray (demo)", " --demo") } else { ("ThinQ Tray", "") };
        Ok(format!(
            "[Desktop Entry]\n\
             Type=Application\n\
             Name={name}\n\
             Exec={}{demo} --hidden\n\
             Icon=thinq-tray\n\
             Terminal=false\n\
             StartupNotify=false\n\
             X-GNOME-Autostart-enabled=true\n",
            quoted(program)
        ))
    }
}

/// Value of `key` in the group `[Desktop Entry]`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .map(str::trim)
        .skip_while(|line| *line != "[Desktop Entry]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .find_map(|(name, value)| (name.trim_end() == key).then(|| value.trim_start()))
}

/// Quotes an argument of `Exec`, where strings and quoting have separate escapes.
fn quoted(argument: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in argument.chars() {
        match letter {
            '"' | '`' | '$' => quoted.extend(["\\\\", letter.encode_utf8(&mut [0; 4])]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Program of an `Exec` line.
fn first_word(exec: &str) -> Option<String> {
    let exec = exec.replace("\\\\", "\\");
    let mut letters = exec.chars();
    let mut word = String::new();
    let is_quoted = exec.starts_with('"');
    if is_quoted {
        letters.next();
    }
    loop {
        match letters.next() {
            Some('\\') if is_quoted => word.extend(letters.next()),
            Some('"') if is_quoted => break,
            Some(' ') if !is_quoted => break,
            Some('%') => word.extend(letters.next()),
            Some(letter) => word.push(letter),
            None => break,
        }
    }
    (!word.is_empty()).then_some(word)
}

fn is_there(program: &Path) -> bool {
    if program.components().count() > 1 {
        return program.is_file();
    }
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(dir: &Path, program: &Path) -> Entry {
        Entry::within(dir, Profile::Real, program.to_owned())
    }

    #[test]
    fn it_is_on_once_it_is_switched_on_and_off_once_it_is_switched_off() {
        let dir = tempfile::tempdir().unwrap();
        let entry = entry(dir.path(), Path::new("/opt/thinq-tray"));
        assert_eq!(entry.state(), AutostartState::Off);

        entry.write().unwrap();
        assert_eq!(entry.state(), AutostartState::On);
        let text = fs::read_to_string(dir.path().join("autostart/thinq-tray.desktop")).unwrap();
        assert!(text.contains("\nExec=\"/opt/thinq-tray\" --hidden\n"), "{text}");

        entry.remove().unwrap();
        entry.remove().unwrap();
        assert_eq!(entry.state(), AutostartState::Off);
    }

    #[test]
    fn a_path_with_anything_in_it_is_started_as_it_is() {
        for name in ["a b", "100%", "$HOME", "back\\slash", "\"quoted\"", "`tick`", "세탁기"] {
            let dir = tempfile::tempdir().unwrap();
            let program = Path::new("/opt").join(name).join("thinq-tray");
            let entry = entry(dir.path(), &program);

            entry.write().unwrap();

            assert_eq!(entry.state(), AutostartState::On, "{name}");
        }
    }

    #[test]
    fn a_program_that_moved_is_told_from_another_copy_that_is_still_there() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("old");
        let here = dir.path().join("here");
        fs::write(&old, "").unwrap();
        entry(dir.path(), &old).write().unwrap();

        let entry = entry(dir.path(), &here);
        assert_eq!(entry.state(), AutostartState::Elsewhere);
        fs::remove_file(&old).unwrap();
        assert_eq!(entry.state(), AutostartState::Moved);
        entry.write().unwrap();
        assert_eq!(entry.state(), AutostartState::On);
    }

    #[test]
    fn an_entry_that_the_desktop_switched_off_is_off() {
        let dir = tempfile::tempdir().unwrap();
        let entry = entry(dir.path(), Path::new("/opt/thinq-tray"));
        entry.write().unwrap();
        let written = fs::read_to_string(&entry.path).unwrap();

        fs::write(&entry.path, format!("{written}Hidden=true\n")).unwrap();
        assert_eq!(entry.state(), AutostartState::Off);
        fs::write(&entry.path, written.replace("enabled=true", "enabled=false")).unwrap();
        assert_eq!(entry.state(), AutostartState::Off);
        // Another group may have keys of the same name.
        fs::write(&entry.path, format!("{written}[Other]\nHidden=true\n")).unwrap();
        assert_eq!(entry.state(), AutostartState::On);
    }

    #[test]
    fn the_demo_has_an_entry_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let program = PathBuf::from("/opt/thinq-tray");

        Entry::within(dir.path(), Profile::Demo, program).write().unwrap();

        let path = dir.path().join("autostart/thinq-tray-demo.desktop");
        assert!(fs::read_to_string(path).unwrap().contains("\" --demo --hidden\n"));
        assert!(!dir.path().join("autostart/thinq-tray.desktop").exists());
    }
}
