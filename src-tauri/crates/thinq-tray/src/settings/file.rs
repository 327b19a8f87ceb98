//! The settings file: read as a whole, edited in place, never destroyed.
//!
//! A writer holds a lock file and reads the file again, so that changes by other processes and editors
//! are not lost.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    string::FromUtf8Error,
};

use contract::InvalidSetting;
use jiff::civil::DateTime;
use model::ProblemCode;
use monitor::create_private_dir;
use toml_edit::{DocumentMut, Item, TomlError, Value};

use crate::files::target;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("failed to read or write the settings file")]
    File(#[from] io::Error),

    #[error("settings file is not valid TOML and was not changed")]
    Broken(#[from] TomlError),

    #[error("settings file is not UTF-8 text and was not changed")]
    NotText(#[from] FromUtf8Error),
}

impl SettingsError {
    /// Whether the file itself is at fault, so that setting it aside helps.
    pub(crate) fn is_of_contents(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::NotText(_))
    }

    pub(crate) fn code(&self) -> ProblemCode {
        if self.is_of_contents() { ProblemCode::SettingsBroken } else { ProblemCode::Settings }
    }
}

/// The file as a whole.
impl From<SettingsError> for InvalidSetting {
    fn from(error: SettingsError) -> Self {
        let found = match error {
            SettingsError::File(error) => error.kind().to_string(),
            SettingsError::Broken(error) => error.message().to_owned(),
            SettingsError::NotText(error) => error.utf8_error().to_string(),
        };
        Self { key: String::new(), found }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Parses the file; a missing file counts as empty.
    pub(crate) fn read(&self) -> Result<DocumentMut, SettingsError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(String::from_utf8(bytes)?.parse()?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(DocumentMut::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Edits the current file, preserving comments and unknown keys. Fails without a change if it is not
    /// valid TOML in UTF-8: see [`SettingsFile::set_aside_broken`].
    pub(crate) fn edit(&self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), SettingsError> {
        let _lock = self.lock()?;
        let mut document = self.read()?;
        let before = document.to_string();
        change(&mut document);
        let after = document.to_string();
        if after != before {
            self.write(&after)?;
        }
        Ok(())
    }

    /// Renames the file if its contents cannot be read, and returns whether they could not.
    pub(crate) fn set_aside_broken(&self, now: DateTime) -> io::Result<bool> {
        let is_broken = self.read().is_err_and(|error| error.is_of_contents());
        if is_broken {
            self.set_aside(now)?;
        }
        Ok(is_broken)
    }

    /// Returns the new path, which contains the date.
    fn set_aside(&self, now: DateTime) -> io::Result<PathBuf> {
        let _lock = self.lock()?;
        let dated = now.strftime("%Y-%m-%d-%H%M%S").to_string();
        let free = (0..=u16::MAX)
            .map(|number| match number {
                0 => format!("settings-broken-{dated}.toml"),
                _ => format!("settings-broken-{dated}-{number}.toml"),
            })
            .map(|name| self.path.with_file_name(name))
            .find(|path| !path.exists())
            .ok_or_else(|| io::Error::other("no name is free"))?;
        fs::rename(&self.path, &free)?;
        Ok(free)
    }

    fn lock(&self) -> io::Result<File> {
        if let Some(dir) = self.path.parent() {
            create_private_dir(dir)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(self.path.with_extension("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Writes atomically; the file is readable by its user only.
    fn write(&self, text: &str) -> io::Result<()> {
        // A symbolic link, into a folder of dotfiles for example, is preserved.
        let mut file = private().open(target(&self.path)?)?;
        file.write_all(text.as_bytes())?;
        file.commit()
    }
}

#[cfg(unix)]
fn private() -> atomic_write_file::OpenOptions {
    use atomic_write_file::unix::OpenOptionsExt as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = atomic_write_file::OpenOptions::new();
    options.mode(0o600).preserve_mode(false);
    options
}

/// On Windows the access list of the user's folder makes it private.
#[cfg(not(unix))]
fn private() -> atomic_write_file::OpenOptions {
    atomic_write_file::OpenOptions::new()
}

/// Sets `key`, preserving a comment behind the value.
pub(crate) fn set(document: &mut DocumentMut, key: &str, value: impl Into<Value>) {
    set_item(document.as_item_mut(), key, value.into());
}

/// Like [`set`], within the table `table`, which is created if missing.
pub(crate) fn set_in(document: &mut DocumentMut, table: &str, key: &str, value: impl Into<Value>) {
    let item = document.entry(table).or_insert_with(toml_edit::table);
    if !item.is_table_like() {
        *item = toml_edit::table();
    }
    set_item(item, key, value.into());
}

fn set_item(table: &mut Item, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => table[key] = Item::Value(value),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use jiff::civil::date;

    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        fs::write(&path, text).unwrap();
        (dir, SettingsFile::new(path))
    }

    fn text(file: &SettingsFile) -> String {
        fs::read_to_string(file.path()).unwrap()
    }

    #[test]
    fn a_change_keeps_comments_and_unknown_keys() {
        let (_dir, file) = file("# mine\nlanguage = \"en\" # for work\n\n[other]\nx = 1\n");

        file.edit(|document| {
            set(document, "language", "ko");
            set(document, "welcomed", true);
            set_in(document, "retention", "status", 30_i64);
        })
        .unwrap();

        assert_eq!(
            text(&file),
            "# mine\nlanguage = \"ko\" # for work\nwelcomed = true\n\n[other]\nx = 1\n\n\
             [retention]\nstatus = 30\n"
        );
    }

    #[test]
    fn a_broken_file_is_left_as_it_is_until_it_is_set_aside() {
        let (dir, file) = file("language = \n");

        let refused = file.edit(|document| set(document, "language", "ko"));
        assert!(matches!(refused, Err(SettingsError::Broken(_))));
        assert_eq!(text(&file), "language = \n");

        let now = date(2026, 11, 23).at(7, 5, 0, 0);
        let aside = file.set_aside(now).unwrap();
        assert_eq!(aside, dir.path().join("settings-broken-2026-11-23-070500.toml"));
        assert_eq!(fs::read_to_string(&aside).unwrap(), "language = \n");
        file.edit(|document| set(document, "language", "ko")).unwrap();
        assert_eq!(text(&file), "language = \"ko\"\n");
        fs::write(file.path(), "again = \n").unwrap();
        assert_ne!(file.set_aside(now).unwrap(), aside);
    }

    #[test]
    fn two_writers_lose_nothing_of_each_other() {
        let (_dir, file) = file("");

        thread::scope(|scope| {
            for writer in 0..8_i64 {
                let file = &file;
                scope.spawn(move || {
                    for key in 0..8_i64 {
                        file.edit(|document| set(document, &format!("k{writer}{key}"), key))
                            .unwrap();
                    }
                });
            }
        });

        assert_eq!(file.read().unwrap().len(), 64);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_user_only_and_stays_a_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let dir = tempfile::tempdir().unwrap();
        let config_dir = dir.path().join("config");
        let file = SettingsFile::new(config_dir.join("settings.toml"));
        let dotfile = dir.path().join("dotfile.toml");
        fs::write(&dotfile, "# kept elsewhere\n").unwrap();
        fs::create_dir(&config_dir).unwrap();
        symlink(&dotfile, file.path()).unwrap();

        file.edit(|document| set(document, "language", "ko")).unwrap();

        assert!(fs::symlink_metadata(file.path()).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&dotfile).unwrap(), "language = \"ko\"\n# kept elsewhere\n");
        assert_eq!(fs::metadata(&dotfile).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
