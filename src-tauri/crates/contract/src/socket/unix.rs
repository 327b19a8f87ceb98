//! Unix domain socket with mode 0600 in a folder of mode 0700; accepts only processes of this user.
//!
//! A lock file next to it distinguishes a socket in use from a stale one: the system releases the
//! lock when its process ends.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::{
        fd::AsRawFd as _,
        unix::fs::{
            DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
        },
    },
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use super::SocketError;

/// Size of the address in the system's structure, without the final zero.
const LONGEST_ADDRESS: usize = 107;

pub(super) type Stream = UnixStream;

#[derive(Debug)]
pub(super) struct Listener {
    bound: UnixListener,
    path: PathBuf,
    user: u32,
    /// File of the socket.
    file: FileId,
    /// Held while the socket is bound.
    lock: File,
}

/// A file of the file system. The number alone can be that of a later file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
    changed_at: (i64, i64),
}

impl Listener {
    pub(super) fn bind(path: &Path) -> Result<Self, SocketError> {
        let user = own_user()?;
        let lock = take_lock(path, user)?;
        let (bound, file) = bind_with_lock(path)?;
        Ok(Self { bound, path: path.to_owned(), user, file, lock })
    }

    /// Binds the socket again unless its file and its lock are in their place. Returns whether it did.
    pub(super) fn renew(&mut self) -> Result<bool, SocketError> {
        let has_lock = is_in_place(&self.lock, &lock_path(&self.path))?;
        if has_lock && FileId::of(&self.path).is_ok_and(|file| file == self.file) {
            return Ok(false);
        }
        if !has_lock {
            self.lock = take_lock(&self.path, self.user)?;
        }
        (self.bound, self.file) = bind_with_lock(&self.path)?;
        Ok(true)
    }

    /// Accepts the next process of this user. Cancel safe.
    pub(super) async fn accept(&mut self) -> Result<Stream, SocketError> {
        let (stream, _) = self.bound.accept().await?;
        if stream.peer_cred()?.uid() == self.user {
            Ok(stream)
        } else {
            Err(SocketError::OtherUser)
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Another instance may have taken the place.
        if FileId::of(&self.path).is_ok_and(|file| file == self.file) {
            // Best effort: the next instance removes a leftover file.
            drop(fs::remove_file(&self.path));
        }
    }
}

impl FileId {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        Ok(Self {
            device: found.dev(),
            number: found.ino(),
            changed_at: (found.ctime(), found.ctime_nsec()),
        })
    }
}

fn lock_path(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Fails with [`SocketError::AlreadyRunning`] if another process has the lock.
fn take_lock(path: &Path, user: u32) -> Result<File, SocketError> {
    let dir = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let lock_path = lock_path(path);
    loop {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        make_private(dir, user)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)?;
        match lock.try_lock() {
            // The lock of a file that was removed meanwhile excludes no other process.
            Ok(()) if is_in_place(&lock, &lock_path)? => return Ok(lock),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SocketError::AlreadyRunning),
            Err(TryLockError::Error(error)) => return Err(SocketError::Io(error)),
        }
    }
}

/// Whether the open file is still the one at the path.
fn is_in_place(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    Ok(fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (open.dev(), open.ino())))
}

/// The lock is held, so what lies in the place of the socket is stale.
fn bind_with_lock(path: &Path) -> io::Result<(UnixListener, FileId)> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let bound = UnixListener::bind(Address::of(path)?.path())?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok((bound, FileId::of(path)?))
}

/// The server receives passwords, so it must run as this user.
pub(super) async fn connect(path: &Path) -> Result<Stream, SocketError> {
    let address = Address::of(path).map_err(SocketError::NotRunning)?;
    let stream = match UnixStream::connect(address.path()).await {
        // The queue of a resident program that accepts nothing is full.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            return Err(SocketError::Unresponsive);
        }
        stream => stream.map_err(SocketError::NotRunning)?,
    };
    if stream.peer_cred()?.uid() == own_user()? { Ok(stream) } else { Err(SocketError::OtherUser) }
}

/// Path by which the system accepts the socket. Addresses of sockets are shorter than other paths.
struct Address {
    path: PathBuf,
    /// The path leads through it, so it must stay open.
    _dir: Option<File>,
}

impl Address {
    fn of(path: &Path) -> io::Result<Self> {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        // Elsewhere there is no such path, and the system reports its limit.
        if path.as_os_str().len() <= LONGEST_ADDRESS || !cfg!(target_os = "linux") {
            return Ok(Self { path: path.to_owned(), _dir: None });
        }
        let dir = File::open(dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(name);
        Ok(Self { path, _dir: Some(dir) })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// The user id is a property of any socket end, including a connection to oneself.
fn own_user() -> io::Result<u32> {
    let (one, _other) = UnixStream::pair()?;
    Ok(one.peer_cred()?.uid())
}

/// An existing folder may belong to another user or be accessible to others.
fn make_private(dir: &Path, user: u32) -> io::Result<()> {
    let found = fs::metadata(dir)?;
    if found.uid() != user {
        let what = "the folder of the local socket belongs to another user";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    }
    if found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_one_holds_the_socket_and_a_stale_one_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        fs::write(&path, "left behind").unwrap();

        let first = Listener::bind(&path).unwrap();

        assert!(matches!(Listener::bind(&path), Err(SocketError::AlreadyRunning)));
        drop(first);
        assert!(Listener::bind(&path).is_ok());
    }

    async fn is_found(listener: &mut Listener, path: &Path) -> bool {
        let (accepted, connected) = tokio::join!(listener.accept(), connect(path));
        accepted.is_ok() && connected.is_ok()
    }

    #[tokio::test]
    async fn a_socket_that_was_removed_or_replaced_is_bound_again() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let path = run.join("socket");
        let mut listener = Listener::bind(&path).unwrap();
        assert!(!listener.renew().unwrap());
        let faults: [&dyn Fn() -> io::Result<()>; 5] = [
            &|| fs::remove_file(&path),
            &|| fs::rename(&path, run.join("other")),
            &|| fs::remove_file(&path).and_then(|()| fs::write(&path, "")),
            &|| fs::remove_file(lock_path(&path)),
            &|| fs::remove_dir_all(&run),
        ];
        for fault in faults {
            fault().unwrap();

            assert!(listener.renew().unwrap());

            assert!(is_found(&mut listener, &path).await);
            assert!(matches!(Listener::bind(&path), Err(SocketError::AlreadyRunning)));
            assert!(!listener.renew().unwrap());
        }
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn of_two_that_a_removed_lock_let_in_the_first_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run").join("socket");
        let mut first = Listener::bind(&path).unwrap();
        fs::remove_dir_all(dir.path().join("run")).unwrap();
        let mut second = Listener::bind(&path).unwrap();

        assert!(matches!(first.renew(), Err(SocketError::AlreadyRunning)));
        drop(first);

        assert!(is_found(&mut second, &path).await);
        assert!(matches!(Listener::bind(&path), Err(SocketError::AlreadyRunning)));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_path_of_any_length_is_bound_and_found() {
        let dir = tempfile::tempdir().unwrap();
        let fill = |length: usize| {
            let missing = length - dir.path().as_os_str().len() - "//socket".len();
            dir.path().join("r".repeat(missing.min(200))).join("socket")
        };
        let deep = dir.path().join("d".repeat(200)).join("e".repeat(200)).join("socket");
        for path in [fill(106), fill(107), fill(108), fill(109), deep] {
            let mut listener = Listener::bind(&path).unwrap();

            let (accepted, connected) = tokio::join!(listener.accept(), connect(&path));

            assert!(accepted.is_ok() && connected.is_ok(), "{}", path.display());
            assert!(matches!(Listener::bind(&path), Err(SocketError::AlreadyRunning)));
            drop(listener);
            assert!(!path.exists());
            assert!(matches!(connect(&path).await, Err(SocketError::NotRunning(_))));
        }
    }

    #[tokio::test]
    async fn the_socket_is_for_its_user_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run").join("socket");

        let _listener = Listener::bind(&path).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[tokio::test]
    async fn a_folder_that_others_could_write_to_is_closed_to_them() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("run");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();

        let _listener = Listener::bind(&open.join("socket")).unwrap();

        assert_eq!(fs::metadata(&open).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_folder_of_another_user_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let me = own_user().unwrap();
        assert_eq!(me, fs::metadata(dir.path()).unwrap().uid());

        let error = make_private(dir.path(), me + 1).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }
}
