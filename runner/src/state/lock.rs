//! One command at a time may change an instance.
//!
//! The lock is the kernel's (`flock`), so it ends with the process however that ends. The file
//! holds a line about its holder, for whoever waits; it means nothing once the lock is free.

use std::env;
use std::fs::{File, Metadata, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::{self, FileError};

/// How often the file may be removed by its holder while we wait for it.
const MAX_ATTEMPTS: usize = 64;

/// The lock, held until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Lock {
    _file: File,
}

/// Why the lock cannot be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be made or opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file system knows no locks.
    #[error("cannot lock `{}`: {source}", path.display())]
    Unsupported {
        /// The lock file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl LockError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::File(error) => error.remedy(),
            Self::Unsupported { .. } => {
                "keep the state folder on a local disk: `--state DIR`".to_owned()
            }
        }
    }
}

impl Lock {
    /// Makes the folder of `path` if need be, and waits.
    pub(super) fn acquire(path: &Path, on_wait: impl FnOnce(&str)) -> Result<Self, LockError> {
        let mut on_wait = Some(on_wait);
        let mut attempts_left = MAX_ATTEMPTS;
        loop {
            attempts_left -= 1;
            let mut file = match open(path) {
                Err(error) if is_gone(&error) && attempts_left > 0 => continue,
                result => result?,
            };
            let unsupported = |source| LockError::Unsupported {
                path: path.to_owned(),
                source,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    if let Some(on_wait) = on_wait.take() {
                        on_wait(&holder);
                    }
                    file.lock().map_err(unsupported)?;
                }
                Err(TryLockError::Error(source)) => return Err(unsupported(source)),
            }
            if attempts_left == 0 || is_at(&file, path) {
                sign(&mut file).map_err(files::failed("write", path))?;
                return Ok(Self { _file: file });
            }
        }
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    if let Some(folder) = path.parent() {
        files::create_folder(folder)?;
    }
    // Readable for who waits. It is never truncated before the lock is ours.
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(files::failed("open", path))
}

/// Whether the folder was removed just before something was made in it.
fn is_gone(error: &FileError) -> bool {
    error.source.kind() == ErrorKind::NotFound
}

/// Whether the file is still the one of that name. Who had the lock may have removed it with its
/// folder, and a lock on a file without a name keeps nobody out.
fn is_at(file: &File, path: &Path) -> bool {
    let id = |found: Metadata| (found.dev(), found.ino());
    let named = path.metadata().map(id);
    named.is_ok_and(|named| file.metadata().map(id).is_ok_and(|own| own == named))
}

/// Who has signed the file; a short word where nobody could be read.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(256).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let command = env::args().nth(1).unwrap_or_default();
    let line = format!("process {} (`portreeve {command}`)\n", std::process::id());
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_second_holder_waits_and_learns_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::acquire(&path, |_| panic!("nobody holds it")).unwrap();
        let (sender, told) = mpsc::channel();
        let waiting = thread::spawn({
            let path = path.clone();
            move || {
                let _second = Lock::acquire(&path, |who| sender.send(who.to_owned()).unwrap());
            }
        });
        let who = told.recv().unwrap();
        assert!(
            who.contains(&format!("process {}", std::process::id())),
            "{who}"
        );
        assert!(!waiting.is_finished());
        drop(first);
        waiting.join().unwrap();
    }

    #[test]
    fn a_lock_that_is_removed_by_its_holder_goes_to_one_waiter_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/lock");
        let first = Lock::acquire(&path, |_| panic!("nobody holds it")).unwrap();
        let (sender, told) = mpsc::channel();
        let waiting = thread::spawn({
            let path = path.clone();
            move || Lock::acquire(&path, |who| sender.send(who.to_owned()).unwrap()).unwrap()
        });
        told.recv().unwrap();
        files::remove_folder(path.parent().unwrap()).unwrap();
        drop(first);
        let second = waiting.join().unwrap();
        assert!(File::open(&path).unwrap().try_lock().is_err(), "{second:?}");
    }
}
