//! The process an address was chosen for.
//!
//! `wrap` becomes the `docker run` it was given, so its process lives as long as the start of the
//! container takes, however long the image is pulled. When it is gone, what Docker shows is the
//! whole truth and the address is free at once; with a fixed time alone, a handful of short runs
//! would use up a block in which nothing runs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;

/// The longest line of `/proc/PID/stat` that is read.
const MAX_STAT: usize = 4096;
/// Where the start time stands in that line, counted from behind the process's name.
const START_FIELD: usize = 19;

/// A process, told from any later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Holder {
    pid: u32,
    /// When it began, in the kernel's ticks.
    started: u64,
    /// Whose numbers these are: each container counts its own.
    namespace: PathBuf,
}

impl Holder {
    /// This process; nothing where the system does not say enough.
    pub(super) fn current() -> Option<Self> {
        Self::of(std::process::id())
    }

    fn of(pid: u32) -> Option<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let stat = files::read_text(&folder.join("stat"), MAX_STAT).ok()?;
        // The name before may hold anything, blanks and brackets included.
        let (_, fields) = stat.rsplit_once(')')?;
        Some(Self {
            pid,
            started: fields.split_whitespace().nth(START_FIELD)?.parse().ok()?,
            namespace: namespace()?,
        })
    }

    /// Whether it is still there; nothing when that cannot be told from here.
    pub(super) fn is_alive(&self) -> Option<bool> {
        if namespace()? != self.namespace {
            return None;
        }
        Some(Self::of(self.pid).as_ref() == Some(self))
    }
}

fn namespace() -> Option<PathBuf> {
    files::symlink_target(Path::new("/proc/self/ns/pid")).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_with_its_number() {
        let own = Holder::current().unwrap();
        assert_eq!(own.is_alive(), Some(true));
        let mut earlier = own.clone();
        earlier.started -= 1;
        assert_eq!(earlier.is_alive(), Some(false));
        let mut elsewhere = own;
        elsewhere.namespace = PathBuf::from("pid:[1]");
        assert_eq!(elsewhere.is_alive(), None);
    }
}
