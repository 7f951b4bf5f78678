//! Files of the host, and which of them no container of an agent may have.
//!
//! A path is judged twice: as it is written, and as it is once symlinks are followed. Either may
//! condemn it. Where symlinks lead is asked through a function, so nothing is read here.

use std::path::{Component, Path, PathBuf};

use super::refusals::{ENGINE, Refusal};

/// Where an existing path leads once symlinks are followed; nothing if that cannot be found out.
pub(super) type Canonical<'a> = &'a dyn Fn(&Path) -> Option<PathBuf>;

/// Files of the host that no container of an agent may hold.
#[derive(Clone, Copy, Debug)]
pub struct Guarded<'a> {
    /// The folder that relative paths begin in.
    pub folder: &'a Path,
    /// Sockets of the engine.
    pub sockets: &'a [PathBuf],
    /// The state folder.
    pub state: &'a Path,
}

/// The host that the container would run on.
#[derive(Clone, Copy)]
pub(super) struct Host<'a> {
    /// What it does not hand out.
    pub(super) guarded: Guarded<'a>,
    /// Where its symlinks lead.
    pub(super) canonical: Canonical<'a>,
}

/// Folders that are the engine's own, and those that show the host's processes.
const INSIDES: [(&str, Refusal); 5] = [
    ("/var/lib/docker", ENGINE_FILES),
    ("/var/lib/containerd", ENGINE_FILES),
    ("/run/containerd", ENGINE_FILES),
    ("/var/run/containerd", ENGINE_FILES),
    (
        "/proc",
        (
            "shows the container the host's processes, and their files with them",
            "mount a smaller folder; the container has a `/proc` of its own",
        ),
    ),
];

/// Folders through which whoever writes them takes over the host.
const SETTINGS: [&str; 2] = ["/etc", "/sys"];

const ENGINE_FILES: Refusal = (
    "gives the container the engine's own files, and those of other containers with them",
    "mount a smaller folder, or name the volume",
);

impl Host<'_> {
    /// Finds fault with a file or folder as the source of a mount.
    pub(super) fn refusal(self, source: &str, read_only: bool) -> Option<Refusal> {
        let source = self.guarded.folder.join(source);
        let forms = self.forms(&source);
        let mut forms = forms.iter();
        forms.find_map(|source| self.refusal_of_form(source, read_only))
    }

    /// The path as it is written, and as it is once symlinks are followed.
    pub(super) fn forms(self, path: &Path) -> [PathBuf; 2] {
        // Docker takes `..` out before it follows anything, and so do we.
        let plain = plain(path);
        // What does not exist yet is made below the last folder that does.
        let real = plain.ancestors().find_map(|existing| {
            let behind = plain.strip_prefix(existing).ok()?;
            let real = (self.canonical)(existing)?;
            // A path joined with nothing would end in a slash.
            let is_whole = behind.as_os_str().is_empty();
            Some(if is_whole { real } else { real.join(behind) })
        });
        let real = real.unwrap_or_else(|| plain.clone());
        [plain, real]
    }

    fn refusal_of_form(self, source: &Path, read_only: bool) -> Option<Refusal> {
        let is_socket = source
            .file_name()
            .is_some_and(|name| name == "docker.sock" || name == "containerd.sock");
        // A read-only mount does not keep anyone from talking to a socket in it.
        let mut sockets = self.guarded.sockets.iter();
        if is_socket || sockets.any(|socket| self.is_in(socket, source)) {
            return Some(ENGINE);
        }
        for (folder, refusal) in INSIDES {
            if self.meets(source, Path::new(folder)) {
                return Some(refusal);
            }
        }
        if read_only {
            return None;
        }
        if self.meets(source, self.guarded.state) {
            return Some((
                "lets the container write portreeve's own state, and with it the policy",
                "mount a smaller folder, add `:ro`, or move the state with `--state`",
            ));
        }
        let mut settings = SETTINGS.iter().map(Path::new);
        settings
            .any(|folder| self.meets(source, folder))
            .then_some((
                "lets the container write the host's settings, and with them take it over",
                "mount a smaller folder or, for `/etc` and `/sys`, add `:ro`",
            ))
    }

    /// Whether one of the two holds the other.
    fn meets(self, source: &Path, folder: &Path) -> bool {
        self.is_in(folder, source)
            || (self.forms(folder).iter()).any(|folder| source.starts_with(folder))
    }

    /// Whether `path` is `folder` or stands in it.
    fn is_in(self, path: &Path, folder: &Path) -> bool {
        self.forms(path).iter().any(|path| path.starts_with(folder))
    }
}

/// The path without `.`, `..` and doubled slashes. It does not follow symlinks.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
