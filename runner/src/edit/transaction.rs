//! The files of an edit change together, or none of them does.
//!
//! One file changes by a rename. Before the first of several does, all texts are written down in a
//! journal beside the policy; it goes when the last one has changed. Whoever finds a journal later
//! knows that an edit was cut short, and takes it back: its command never said that it was done.
//! Nobody else looks at the journal, and nobody needs to: a policy that is half edited has errors,
//! or decides every request and every edge as before or after the edit
//! (`policy-edit/tests/it/halves.rs`).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use policy_core::span::{FileId, MAX_FILE_LEN};
use serde::{Deserialize, Serialize};

use super::EditError;
use crate::files::{self, failed};
use crate::load::Loaded;
use crate::ui;

/// The format of the journal.
const VERSION: u32 = 1;

/// The files of an edit before the first of them changes.
#[derive(Serialize, Deserialize)]
struct Journal {
    version: u32,
    files: Vec<Change>,
}

/// One file of it.
#[derive(Serialize, Deserialize)]
struct Change {
    path: PathBuf,
    old: String,
    new: String,
}

/// Writes the files; gives their names.
pub(super) fn write(
    root: &Path,
    loaded: &Loaded,
    texts: &BTreeMap<FileId, String>,
) -> Result<Vec<PathBuf>, EditError> {
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for (file, new) in texts {
        let Some(old) = loaded.sources.file(*file) else {
            continue;
        };
        let path = PathBuf::from(&old.name);
        if files::read_regular(&path, MAX_FILE_LEN)? != old.text {
            return Err(EditError::Changed { path });
        }
        files.push(Change {
            // Whoever reads the journal may stand in another folder.
            path: path.canonicalize().map_err(failed("open", &path))?,
            old: old.text.clone(),
            new: new.clone(),
        });
        names.push(path);
    }
    let journal = Journal {
        version: VERSION,
        files,
    };
    let place = journal_of(root)?;
    let is_one = journal.files.len() < 2;
    if !is_one {
        let text = serde_json::to_vec_pretty(&journal).map_err(std::io::Error::from);
        files::write_private(&place, &text.map_err(failed("write", &place))?)?;
    }
    for (at, change) in journal.files.iter().enumerate() {
        if let Err(error) = files::replace(&change.path, change.new.as_bytes()) {
            for change in journal.files.iter().take(at) {
                files::replace(&change.path, change.old.as_bytes())?;
            }
            if !is_one {
                files::remove_for_good(&place)?;
            }
            return Err(error.into());
        }
    }
    if !is_one {
        // Not before this is on the disk is the edit done: a journal that came back would undo it.
        files::remove_for_good(&place)?;
    }
    Ok(names)
}

/// Takes back an edit that was cut short. The folder of the policy is locked.
pub(super) fn take_back(root: &Path) -> Result<(), EditError> {
    let place = journal_of(root)?;
    let Some(bytes) = files::read_if_there(&place)? else {
        return Ok(());
    };
    let journal: Journal = serde_json::from_slice(&bytes)
        .map_err(std::io::Error::from)
        .map_err(failed("understand", &place))?;
    let mut half = Vec::new();
    for change in &journal.files {
        let text = files::read_regular(&change.path, MAX_FILE_LEN)?;
        if text == change.new {
            half.push(change);
        } else if text != change.old {
            return Err(EditError::Between {
                path: change.path.clone(),
                journal: place,
            });
        }
    }
    // With all of them new it was complete, and died before it could say so.
    if half.len() < journal.files.len() {
        for change in half {
            files::replace(&change.path, change.old.as_bytes())?;
            let path = change.path.display();
            ui::note(format_args!(
                "took back an edit that was cut short in {path}"
            ));
        }
    }
    files::remove_for_good(&place)?;
    Ok(())
}

/// Says that an edit of the policy was cut short, where one was.
pub fn remind(root: &Path) {
    if journal_of(root).is_ok_and(|place| place.exists()) {
        ui::warning(
            "an edit of this policy was cut short: some of its files are changed, and some not",
            "any edit on command takes it back first, one that has nothing to do as well",
        );
    }
}

/// Beside the file itself, whatever link leads to it, and no `*.reeve` of an include.
fn journal_of(root: &Path) -> Result<PathBuf, EditError> {
    let real = root.canonicalize().map_err(failed("open", root))?;
    let mut name = OsString::from(".");
    name.push(real.file_name().unwrap_or_default());
    name.push(".portreeve-edit");
    Ok(real.with_file_name(name))
}
