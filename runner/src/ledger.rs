//! `ledger.json`: the addresses and listen ports handed out so far.
//!
//! A ledger that cannot be read stops everything. An empty one in its place would deal all
//! addresses anew while containers keep theirs, and agents would inherit each other's rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ipnet::Ipv4Net;
use policy_core::facts::Ledger;
use policy_core::port::Port;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::exit::Exit;
use crate::files::{self, FileError};

/// The format of the file.
pub const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerFile {
    version: u32,
    blocks: BTreeMap<String, Ipv4Net>,
    listen_ports: BTreeMap<String, Port>,
    quarantine: BTreeSet<Ipv4Net>,
}

/// Just the version, which every format has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why the ledger cannot be read or kept.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// It is cut off, edited badly, or something else altogether.
    #[error("the ledger `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: serde_json::Error,
    },
    /// It was written by another version of the program.
    #[error("the ledger `{}` has format {found}, and this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Its backup is there, so it has been, too.
    #[error("the ledger `{}` is gone, but its backup is there", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The file system.
    #[error(transparent)]
    File(#[from] FileError),
}

impl LedgerError {
    /// What to do.
    pub fn remedy(&self) -> String {
        let restore = |path: &Path| {
            let backup = backup(path);
            format!(
                "nothing was changed; the state before the last change is in `{0}`: look at it, \
                 then `cp {0} {1}`. To deal all addresses anew, stop every agent's container, run \
                 `portreeve down` and remove both files",
                backup.display(),
                path.display()
            )
        };
        match self {
            Self::Unreadable { path, .. } | Self::Gone { path } => restore(path),
            Self::Version { .. } => {
                "use the version of portreeve that wrote it, or a newer one".to_owned()
            }
            Self::File(error) => error.remedy(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::Unreachable
    }
}

/// The ledger at `path`; an empty one when there has never been any.
pub fn read(path: &Path) -> Result<Ledger, LedgerError> {
    let Some(bytes) = files::read_if_there(path)? else {
        if files::read_if_there(&backup(path))?.is_some() {
            let path = path.to_owned();
            return Err(LedgerError::Gone { path });
        }
        return Ok(Ledger::default());
    };
    let unreadable = |source| LedgerError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let Versioned { version } = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if version != VERSION {
        return Err(LedgerError::Version {
            path: path.to_owned(),
            found: version,
        });
    }
    let file: LedgerFile = serde_json::from_slice(&bytes).map_err(unreadable)?;
    Ok(Ledger {
        blocks: file.blocks,
        listen_ports: file.listen_ports,
        quarantine: file.quarantine,
    })
}

/// Keeps `ledger` at `path`, and what was there before beside it.
pub fn save(path: &Path, ledger: &Ledger) -> Result<(), LedgerError> {
    let text = text(path, ledger)?;
    let before = files::read_if_there(path)?;
    if before.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    if let Some(before) = before {
        files::write(&backup(path), &before)?;
    }
    files::write(path, text.as_bytes())?;
    Ok(())
}

fn text(path: &Path, ledger: &Ledger) -> Result<String, LedgerError> {
    let file = LedgerFile {
        version: VERSION,
        blocks: ledger.blocks.clone(),
        listen_ports: ledger.listen_ports.clone(),
        quarantine: ledger.quarantine.clone(),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|source| LedgerError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok(text + "\n")
}

/// Where the ledger before the last change is kept.
pub fn backup(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(block: &str) -> Ledger {
        Ledger {
            blocks: BTreeMap::from([("coder".to_owned(), block.parse().unwrap())]),
            ..Ledger::default()
        }
    }

    #[test]
    fn a_ledger_comes_back_as_it_was_and_the_one_before_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.json");
        assert_eq!(read(&path).unwrap(), Ledger::default());
        save(&path, &ledger("172.30.0.8/29")).unwrap();
        assert_eq!(read(&path).unwrap(), ledger("172.30.0.8/29"));
        save(&path, &ledger("172.30.0.16/29")).unwrap();
        save(&path, &ledger("172.30.0.16/29")).unwrap();
        assert_eq!(read(&backup(&path)).unwrap(), ledger("172.30.0.8/29"));
    }

    #[test]
    fn a_ledger_that_cannot_be_read_is_never_dealt_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.json");
        save(&path, &ledger("172.30.0.8/29")).unwrap();
        save(&path, &ledger("172.30.0.16/29")).unwrap();
        let whole = files::read_if_there(&path).unwrap().unwrap();
        for cut in 0..whole.len() - 2 {
            files::write(&path, whole.get(..cut).unwrap()).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, LedgerError::Unreadable { .. }), "{error}");
            assert!(error.remedy().contains("ledger.json.bak"));
        }
        files::remove_file(&path).unwrap();
        assert!(matches!(read(&path), Err(LedgerError::Gone { .. })));
    }

    #[test]
    fn another_format_is_named_and_unknown_fields_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.json");
        files::write(&path, br#"{"version":2,"anything":[]}"#).unwrap();
        let error = read(&path).unwrap_err();
        assert!(matches!(error, LedgerError::Version { found: 2, .. }));
        let odd = br#"{"version":1,"blocks":{},"listen_ports":{},"quarantine":[],"x":1}"#;
        files::write(&path, odd).unwrap();
        assert!(read(&path).is_err());
    }
}
