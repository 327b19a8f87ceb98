//! Files where the user wants them: links are followed, devices and pipes written to, folders and
//! other programs' files left alone.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use atomic_write_file::AtomicWriteFile;

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

/// A file that is being written. Without [`NewFile::finish`], a regular file keeps its old
/// contents.
#[derive(Debug)]
pub(crate) enum NewFile {
    Regular(AtomicWriteFile),
    /// A pipe or a device.
    Stream(File),
}

impl NewFile {
    /// Blocks on a pipe until it is read. A new file is private by the program's umask.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if is_stream(path) {
            return File::options().write(true).open(path).map(Self::Stream);
        }
        let path = target(path)?;
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        AtomicWriteFile::open(path).map(Self::Regular)
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Regular(file) => file.commit(),
            Self::Stream(mut file) => file.flush(),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Regular(file) => file.write(bytes),
            Self::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Regular(file) => file.flush(),
            Self::Stream(file) => file.flush(),
        }
    }
}

/// Whether `path` leads to a pipe or a device, such as `/dev/stdout`, whose meaning may depend on
/// the process.
pub(crate) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Where the links of `path` lead, even if there is nothing yet.
pub(crate) fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(link) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or_else(|| Path::new("")).join(link);
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        let mut file = NewFile::create(path)?;
        file.write_all(text.as_bytes())?;
        file.finish()
    }

    #[test]
    fn links_stay_links_also_over_several_folders_and_to_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("stick")).unwrap();
        fs::write(path("stick/old"), "old").unwrap();
        symlink("stick/old", path("link")).unwrap();
        symlink("link", path("link to a link")).unwrap();
        symlink("stick/new", path("link to nothing")).unwrap();

        for (link, file) in [("link to a link", "stick/old"), ("link to nothing", "stick/new")] {
            write(&path(link), "new").unwrap();

            assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read_to_string(path(file)).unwrap(), "new");
            assert_eq!(fs::metadata(path(file)).unwrap().permissions().mode() & 0o111, 0, "{link}");
        }
        assert_eq!(fs::read_link(path("link to a link")).unwrap(), Path::new("link"));
    }

    #[test]
    fn a_circle_of_links_and_a_folder_are_refused_and_nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        symlink("a", path("b")).unwrap();
        symlink("b", path("a")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        symlink("folder", path("to a folder")).unwrap();

        for name in ["a", "folder", "to a folder", "missing/file"] {
            write(&path(name), "text").unwrap_err();
        }
        let left = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, 4, "something was left behind");
    }

    #[test]
    fn what_was_not_finished_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "old").unwrap();

        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);

        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
