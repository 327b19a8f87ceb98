//! Unix domain socket: in a folder of mode 0700, itself 0600, for this user's processes only.
//!
//! A lock file beside it tells a socket in use from one that a killed program left behind: the
//! system lets go of the lock with its holder.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use super::SocketError;

pub(super) type Stream = UnixStream;

#[derive(Debug)]
pub(super) struct Listener {
    bound: UnixListener,
    path: PathBuf,
    user: u32,
    /// Held as long as the socket is bound.
    _lock: File,
}

impl Listener {
    pub(super) fn bind(path: &Path) -> Result<Self, SocketError> {
        let dir = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SocketError::AlreadyRunning),
            Err(TryLockError::Error(error)) => return Err(SocketError::Io(error)),
        }
        // Whatever lies there now was left behind: its holder is gone.
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(SocketError::Io(error)),
        }
        let bound = UnixListener::bind(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
        let user = fs::metadata(path)?.uid();
        Ok(Self { bound, path: path.to_owned(), user, _lock: lock })
    }

    /// Waits for the next process of this user. Cancel safe.
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
        // Best effort: the next instance removes what is left.
        drop(fs::remove_file(&self.path));
    }
}

pub(super) async fn connect(path: &Path) -> Result<Stream, SocketError> {
    UnixStream::connect(path).await.map_err(SocketError::NotRunning)
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

    #[tokio::test]
    async fn the_socket_is_for_its_user_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run").join("socket");

        let _listener = Listener::bind(&path).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
