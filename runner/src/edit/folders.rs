//! One edit of a policy at a time.
//!
//! The lock is on the folders that hold the files, not on the files: an edit puts a new file in the
//! place of the old one, and a lock on that would be a lock on nothing. Nothing is left behind, and
//! the kernel lifts the lock when the process ends, however that happens.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::edit::EditError;
use crate::files;
use crate::load::Loaded;

/// Locks on folders, held until they are dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Folders {
    _files: Vec<File>,
}

/// The folders of a policy's files, links followed.
pub(super) fn of(root: &Path, loaded: &Loaded) -> BTreeSet<PathBuf> {
    let names = loaded
        .sources
        .files()
        .iter()
        .map(|file| PathBuf::from(&file.name));
    let real = names.chain([root.to_owned()]).map(|path| real(&path));
    real.filter_map(|path| path.parent().map(Path::to_owned))
        .collect()
}

/// The file itself where a link leads to it.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Folders {
    /// Waits for all of them, in their order, so that two edits cannot wait for each other.
    pub(super) fn lock(
        folders: &BTreeSet<PathBuf>,
        mut on_wait: impl FnMut(&Path),
    ) -> Result<Self, EditError> {
        let mut locked = Vec::new();
        for folder in folders {
            let unsupported = |source| EditError::Unlockable {
                folder: folder.clone(),
                source,
            };
            let file = File::open(folder).map_err(files::failed("open", folder))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    on_wait(folder);
                    file.lock().map_err(unsupported)?;
                }
                Err(TryLockError::Error(source)) => return Err(unsupported(source)),
            }
            locked.push(file);
        }
        Ok(Self { _files: locked })
    }
}
