//! What wakes `watch`: a signal, a change in a folder, or the time.
//!
//! Folders are followed and not files: editors write a new file and give it the old one's name.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// An editor's work is over when nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(300);
/// A folder that never comes to rest is looked at all the same.
const LONGEST: Duration = Duration::from_secs(2);

/// Why there is something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The time has come.
    Time,
    /// SIGHUP.
    Told,
    /// Something in a followed folder.
    Files,
    /// The end, by the signal of this name.
    End(&'static str),
}

enum Sent {
    Signal(i32),
    Files,
}

/// Where everything arrives.
pub struct Inbox {
    received: Receiver<Sent>,
    watcher: Result<RecommendedWatcher, notify::Error>,
    followed: BTreeSet<PathBuf>,
}

impl Inbox {
    /// From here on the signals only wake.
    pub fn open() -> io::Result<Self> {
        let (sender, received) = mpsc::channel();
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            listen(signal, sender.clone())?;
        }
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Where events were lost, something may have changed.
            if event.is_ok_and(|event| is_reading(&event)) {
                return;
            }
            // The receiver lives as long as the program.
            let _ = sender.send(Sent::Files);
        });
        Ok(Self {
            received,
            watcher,
            followed: BTreeSet::new(),
        })
    }

    /// Follows these folders, and those from before that are still there; the error says which
    /// cannot be followed.
    pub fn follow(&mut self, folders: BTreeSet<PathBuf>) -> Result<(), String> {
        let watcher = self.watcher.as_mut().map_err(|error| error.to_string())?;
        let mut failed = Vec::new();
        for folder in self.followed.difference(&folders) {
            // One that is gone is not followed any more.
            let _ = watcher.unwatch(folder);
        }
        for folder in &folders {
            // Again each time, as another folder may have its name by now.
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                failed.push(format!("`{}`: {error}", folder.display()));
            }
        }
        self.followed = folders;
        if failed.is_empty() {
            return Ok(());
        }
        Err(failed.join("; "))
    }

    /// Waits until there is something to do, but not beyond `end`.
    pub fn wait(&self, end: Instant) -> Wake {
        let mut first_change = None;
        loop {
            let now = Instant::now();
            let end = first_change.map_or(end, |first| (now + QUIET).min(first + LONGEST));
            match self
                .received
                .recv_timeout(end.saturating_duration_since(now))
            {
                Ok(Sent::Files) => first_change = first_change.or(Some(now)),
                Ok(Sent::Signal(SIGHUP)) => return Wake::Told,
                Ok(Sent::Signal(SIGINT)) => return Wake::End("SIGINT"),
                Ok(Sent::Signal(_)) => return Wake::End("SIGTERM"),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return first_change.map_or(Wake::Time, |_| Wake::Files);
                }
            }
        }
    }
}

/// The folders in which these files are, under their own names and behind every symlink.
pub fn folders_of<'a>(files: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        let real = file.canonicalize().ok();
        for path in [Some(file.to_owned()), real].into_iter().flatten() {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            folders.insert(folder.unwrap_or(Path::new(".")).to_owned());
        }
    }
    folders
}

/// Our own reading is an event as well.
fn is_reading(event: &notify::Event) -> bool {
    let written = AccessKind::Close(AccessMode::Write);
    matches!(event.kind, EventKind::Access(kind) if kind != written)
}

/// Sends a signal each time it comes.
fn listen(signal: i32, sender: Sender<Sent>) -> io::Result<()> {
    let (mut receiver, write) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(signal, write)?;
    thread::spawn(move || {
        let mut byte = [0];
        while receiver.read_exact(&mut byte).is_ok() && sender.send(Sent::Signal(signal)).is_ok() {}
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn a_file_that_gets_its_place_by_a_rename_wakes_once_and_reading_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.reeve");
        files::write(&path, b"one").unwrap();
        let mut inbox = Inbox::open().unwrap();
        inbox
            .follow(folders_of([path.as_path()].into_iter()))
            .unwrap();
        files::write(&path, b"two").unwrap();
        assert_eq!(inbox.wait(soon()), Wake::Files);
        assert_eq!(files::read_text(&path, 9).unwrap(), "two");
        assert_eq!(inbox.wait(Instant::now() + QUIET), Wake::Time);
    }

    #[test]
    fn a_file_behind_a_symlink_is_followed_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        files::create_folder(&folder.path().join("a")).unwrap();
        files::create_folder(&folder.path().join("b")).unwrap();
        let real = folder.path().join("b/p.reeve");
        files::write(&real, b"one").unwrap();
        let link = folder.path().join("a/p.reeve");
        files::swap_symlink(&link, Path::new("../b/p.reeve")).unwrap();
        let found = folders_of([link.as_path()].into_iter());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|found| found.ends_with("b")), "{found:?}");
        assert_eq!(
            folders_of([Path::new("p.reeve")].into_iter())
                .first()
                .unwrap(),
            Path::new(".")
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let mut inbox = Inbox::open().unwrap();
        let nowhere = BTreeSet::from([PathBuf::from("/nonexistent/portreeve")]);
        let error = inbox.follow(nowhere).unwrap_err();
        assert!(error.contains("/nonexistent/portreeve"), "{error}");
    }
}
