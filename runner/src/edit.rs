//! An edit of a policy: made, checked, proved, shown, and only then written.
//!
//! Files are read again once their folders are locked, so of two edits at once neither loses the
//! other's lines. An editor holds no such lock; a file that has changed under the edit's hands is
//! left alone.

mod folders;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::facts::Facts;
use policy_core::span::{FileId, MAX_FILE_LEN};
use policy_edit::words::WordsError;
use policy_edit::{Edited, Judged, Refusal, Request, edit, judge};
use thiserror::Error;

use crate::cli::Global;
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::load::{self, Loaded};
use crate::report::changes::{Changes, Side, human};
use crate::report::patch;
use crate::state::State;
use crate::{compile, error, facts_file, ledger, ui};

use self::folders::Folders;

/// How often the files of a policy may turn out to be in other folders while these are locked.
const MAX_ATTEMPTS: usize = 8;

/// Why an edit is not made.
#[derive(Debug, Error)]
pub enum EditError {
    /// It cannot be, or more would have to be said.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The words given are no statement.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file system knows no locks.
    #[error("cannot lock the folder `{}`: {source}", folder.display())]
    Unlockable {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Somebody else has written in the meantime.
    #[error("`{}` has changed while it was edited", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The edit means something else than what was asked for.
    #[error("this is a bug of portreeve, and nothing was written: {0}")]
    Mismatch(policy_edit::Mismatch),
}

impl EditError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Words(error) => error.help.clone(),
            Self::File(error) => error.remedy(),
            Self::Unlockable { .. } => "keep policies on a local disk".to_owned(),
            Self::Changed { .. } => "nothing was written; run the command again".to_owned(),
            Self::Mismatch(_) => "report it, with the policy and the command; edit the text by \
                                  hand meanwhile"
                .to_owned(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused(refusal) if refusal.is_usage() => Exit::Usage,
            Self::Refused(_) => Exit::Findings,
            Self::Words(_) => Exit::Usage,
            Self::File(_) | Self::Unlockable { .. } | Self::Changed { .. } => Exit::Unreachable,
            Self::Mismatch(_) => Exit::Bug,
        }
    }
}

/// The facts for a policy of this machine: the addresses that were dealt are kept, so that the
/// difference shown is the one that `up` would make.
pub fn facts(global: &Global) -> Result<Facts, error::Error> {
    let mut facts = facts_file::facts(global.facts.as_deref())?;
    // An edit needs no installation, and none that is whole.
    let state = State::locate(global.state.as_deref(), global.instance.as_deref());
    let dealt = state
        .ok()
        .and_then(|state| ledger::read(&state.ledger()).ok());
    facts.ledger = dealt.unwrap_or_default();
    Ok(facts)
}

/// Makes an edit of the policy at `path`.
pub fn run(
    path: &Path,
    request: &Request,
    is_dry: bool,
    global: &Global,
) -> Result<Exit, error::Error> {
    let facts = facts(global)?;
    let (loaded, _folders) = locked(path, is_dry)?;
    let Loaded { sources, report } = &loaded;
    let Edited { texts, notes } = edit(sources, &facts, request).map_err(EditError::from)?;
    for note in &notes {
        ui::note(format_args!("note: {note}"));
    }
    if texts.is_empty() {
        ui::result("nothing to do");
        return Ok(Exit::Fine);
    }
    let judged = judge(sources, report, &facts, request, &texts);
    if judged.new_errors.has_errors() {
        compile::tell(&judged.sources, &judged.new_errors);
        ui::note("refused: the policy would have errors that it has not now; nothing was written");
        return Ok(Exit::Findings);
    }
    if let Some(mismatch) = judged.mismatch {
        return Err(EditError::Mismatch(mismatch).into());
    }
    compile::tell(&judged.sources, &judged.new_warnings);
    if let Some(policy) = &judged.after {
        policy_render::render_with_proof(policy, &judged.sources)?;
    }
    show(&loaded, &texts, &judged);
    if is_dry {
        ui::note("dry run: nothing was written");
        return Ok(Exit::Fine);
    }
    write(&loaded, &texts)?;
    Ok(Exit::Fine)
}

/// Reads a policy under the lock of its folders; without one where nothing is to be written.
fn locked(path: &Path, is_dry: bool) -> Result<(Loaded, Option<Folders>), EditError> {
    let mut loaded = load::load(path)?;
    if is_dry {
        return Ok((loaded, None));
    }
    let mut folders = folders::of(path, &loaded);
    for _ in 0..MAX_ATTEMPTS {
        let held = Folders::lock(&folders, |folder| {
            let folder = folder.display();
            ui::note(format_args!("waiting for another edit in {folder}"));
        })?;
        loaded = load::load(path)?;
        let found = folders::of(path, &loaded);
        if found.is_subset(&folders) {
            return Ok((loaded, Some(held)));
        }
        folders.extend(found);
    }
    Err(EditError::Changed {
        path: path.to_owned(),
    })
}

fn show(loaded: &Loaded, texts: &BTreeMap<FileId, String>, judged: &Judged) {
    for (file, new) in texts {
        if let Some(old) = loaded.sources.file(*file) {
            ui::part(patch::of(&old.name, &old.text, new, 0));
        }
    }
    match (&judged.before, &judged.after) {
        (Some(before), Some(after)) => {
            let old = Side {
                sources: &loaded.sources,
                policy: before,
            };
            let new = Side {
                sources: &judged.sources,
                policy: after,
            };
            ui::part("\n");
            ui::part(human(&Changes::between(old, new), ui::width()));
        }
        (None, Some(_)) => ui::note("the policy had errors and has none now"),
        (_, None) => ui::note(format_args!(
            "not proved: the policy has errors that were there before ({}): `portreeve check`",
            judged.n_old_errors
        )),
    }
}

/// Writes the files; where one of them cannot be, none is changed.
fn write(loaded: &Loaded, texts: &BTreeMap<FileId, String>) -> Result<(), EditError> {
    let mut changes: Vec<(PathBuf, &str, &str)> = Vec::new();
    for (file, new) in texts {
        let Some(old) = loaded.sources.file(*file) else {
            continue;
        };
        let path = PathBuf::from(&old.name);
        if files::read_regular(&path, MAX_FILE_LEN)? != old.text {
            return Err(EditError::Changed { path });
        }
        changes.push((path, &old.text, new));
    }
    for (at, (path, _, new)) in changes.iter().enumerate() {
        if let Err(error) = files::replace(path, new.as_bytes()) {
            for (path, old, _) in changes.iter().take(at) {
                files::replace(path, old.as_bytes())?;
            }
            return Err(error.into());
        }
    }
    for (path, _, _) in changes {
        ui::note(format_args!("wrote {}", path.display()));
    }
    Ok(())
}
