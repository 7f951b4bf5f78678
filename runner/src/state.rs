//! The state folder: what outlives a command.
//!
//! ```text
//! lock               held while anything below or on the engine is changed
//! ledger.json        who owns which block and listen port; `ledger.json.bak` is the one before
//! engine.json        what the engine has answered about itself
//! leases.json        addresses given to containers that may not have started yet
//! config/            mounted into Squid's container at /etc/portreeve
//!   generations/<id>/   one complete set of rendered files each
//!   current             -> generations/<id>, swapped by rename
//! policies/<id>.json the text and the facts that each generation was made of
//! agents/<agent>/    files that containers of one agent mount
//! ```
//!
//! `config` is mounted whole: a mount of a single file would never see a rename.

mod lock;

pub use self::lock::{Lock, LockError};

use std::env;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::names::{Instance, InstanceError};

/// Where the state of root's instance is.
const SYSTEM_STATE: &str = "/var/lib/portreeve";
/// How many bytes of the path's hash make the default instance name.
const INSTANCE_BYTES: usize = 4;

/// The state folder of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    root: PathBuf,
    instance: Instance,
}

/// Why the state folder cannot be used.
#[derive(Debug, Error)]
pub enum StateError {
    /// Neither `--state` nor a home folder says where to keep state.
    #[error("no folder for state: neither `--state` nor HOME is set")]
    NoHome,
    /// Docker could not mount anything out of this folder.
    #[error("the state folder `{}` cannot be mounted: `:` and `,` have a meaning there", path.display())]
    Unmountable {
        /// The folder.
        path: PathBuf,
    },
    /// The value of `--instance`.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The folder itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// The lock.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl StateError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoHome => "name a folder with `--state DIR`".to_owned(),
            Self::Unmountable { .. } => "choose another one with `--state DIR`".to_owned(),
            Self::Instance(_) => format!(
                "use up to {} lower-case letters, digits and `-`, beginning with a letter or digit",
                Instance::MAX_LEN
            ),
            Self::File(error) => error.remedy(),
            Self::Lock(error) => error.remedy(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoHome | Self::Unmountable { .. } | Self::Instance(_) => Exit::Usage,
            Self::File(_) | Self::Lock(_) => Exit::Unreachable,
        }
    }
}

impl State {
    /// The folder that `--state` names, else the default one, and its instance. Nothing is made.
    pub fn locate(folder: Option<&Path>, instance: Option<&str>) -> Result<Self, StateError> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => default_folder()?,
        };
        let root = canonical(&folder)?;
        if root.to_string_lossy().contains([':', ',']) {
            return Err(StateError::Unmountable { path: root });
        }
        let instance = match instance {
            Some(name) => name.parse()?,
            None => default_instance(&root)?,
        };
        Ok(Self { root, instance })
    }

    /// The instance's name.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The folder, as an absolute path without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Who owns which addresses.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.json")
    }

    /// What the engine has answered about itself.
    pub fn engine(&self) -> PathBuf {
        self.root.join("engine.json")
    }

    /// Addresses given out a moment ago.
    pub fn leases(&self) -> PathBuf {
        self.root.join("leases.json")
    }

    /// What Squid's container has at `/etc/portreeve`.
    pub fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// The sets of rendered files.
    pub fn generations(&self) -> PathBuf {
        self.config().join("generations")
    }

    /// The set of that id.
    pub fn generation(&self, id: &str) -> PathBuf {
        self.generations().join(id)
    }

    /// What the sets of rendered files were made of.
    pub fn policies(&self) -> PathBuf {
        self.root.join("policies")
    }

    /// What the set of that id was made of.
    pub fn policy(&self, id: &str) -> PathBuf {
        self.policies().join(format!("{id}.json"))
    }

    /// The symlink to the set in force.
    pub fn current(&self) -> PathBuf {
        self.config().join("current")
    }

    /// The id of the set in force; nothing before the first `up`.
    pub fn current_generation(&self) -> Result<Option<String>, FileError> {
        let target = files::symlink_target(&self.current())?;
        Ok(target.and_then(|target| Some(target.file_name()?.to_string_lossy().into_owned())))
    }

    /// Puts another set in force: the one step that changes what Squid's container sees.
    pub fn switch_to(&self, id: &str) -> Result<(), FileError> {
        files::swap_symlink(&self.current(), &Path::new("generations").join(id))
    }

    /// The resolver file that containers of an agent mount.
    pub fn resolv_conf(&self, folded_agent: &str) -> PathBuf {
        self.root
            .join("agents")
            .join(folded_agent)
            .join("resolv.conf")
    }

    /// Makes the folder if need be and waits for the lock; `on_wait` is told who holds it.
    pub fn lock(&self, on_wait: impl FnOnce(&str)) -> Result<Lock, StateError> {
        Ok(Lock::acquire(&self.root.join("lock"), on_wait)?)
    }
}

fn default_folder() -> Result<PathBuf, StateError> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from(SYSTEM_STATE));
    }
    // The XDG base directory specification has relative paths ignored.
    let xdg = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    if let Some(folder) = xdg.filter(|folder| folder.is_absolute()) {
        return Ok(folder.join("portreeve"));
    }
    let home = env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.map(PathBuf::from).ok_or(StateError::NoHome)?;
    Ok(home.join(".local/state/portreeve"))
}

/// The absolute path without symlinks, also of a folder that is not there yet.
///
/// The instance's name is made of it, so it must not change when the folder appears.
fn canonical(folder: &Path) -> Result<PathBuf, FileError> {
    let absolute = std::path::absolute(folder).map_err(files::failed("resolve", folder))?;
    for above in absolute.ancestors() {
        match above.canonicalize() {
            Ok(real) => {
                let rest = absolute.strip_prefix(above).unwrap_or(Path::new(""));
                return Ok(real.components().chain(rest.components()).collect());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(files::failed("resolve", above)(error)),
        }
    }
    Ok(absolute)
}

fn default_instance(root: &Path) -> Result<Instance, InstanceError> {
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let mut name = String::new();
    for byte in digest.iter().take(INSTANCE_BYTES) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_is_the_same_before_and_after_the_folder_exists() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("a/state");
        let before = State::locate(Some(&folder), None).unwrap();
        files::create_folder(&folder).unwrap();
        let link = temporary.path().join("link");
        files::swap_symlink(&link, &folder).unwrap();
        assert_eq!(State::locate(Some(&folder), None).unwrap(), before);
        assert_eq!(State::locate(Some(&link), None).unwrap(), before);
        assert_eq!(before.instance().as_str().len(), 8);
    }

    #[test]
    fn another_folder_is_another_instance_and_a_given_name_wins() {
        let one = State::locate(Some(Path::new("/tmp/portreeve-one")), None).unwrap();
        let two = State::locate(Some(Path::new("/tmp/portreeve-two")), None).unwrap();
        assert_ne!(one.instance(), two.instance());
        let named = State::locate(Some(Path::new("/tmp/portreeve-two")), Some("prod")).unwrap();
        assert_eq!(named.instance().as_str(), "prod");
        assert!(State::locate(Some(Path::new("/tmp/x")), Some("Prod")).is_err());
        assert!(State::locate(Some(Path::new("/tmp/a:b")), None).is_err());
    }

    #[test]
    fn the_set_in_force_is_the_last_one_switched_to() {
        let temporary = tempfile::tempdir().unwrap();
        let state = State::locate(Some(temporary.path()), Some("t")).unwrap();
        assert_eq!(state.current_generation().unwrap(), None);
        files::create_folder(&state.generation("g1")).unwrap();
        state.switch_to("g1").unwrap();
        assert_eq!(state.current_generation().unwrap().unwrap(), "g1");
        assert!(state.current().is_dir());
    }
}
