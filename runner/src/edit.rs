//! An edit of a policy: made, checked, proved, shown, and only then written.
//!
//! Files are read again once their folders are locked, so of two edits at once neither loses the
//! other's lines. An editor holds no such lock; a file that has changed under the edit's hands is
//! left alone.

mod folders;
mod telling;
mod transaction;

use std::path::{Path, PathBuf};

use policy_core::facts::Facts;
use policy_edit::words::WordsError;
use policy_edit::{Edited, Refusal, Request, edit, judge};
use thiserror::Error;

use crate::cli::{EditOptions, Global};
use crate::exit::Exit;
use crate::files::FileError;
use crate::load::{self, Loaded};
use crate::state::State;
use crate::{error, facts_file, ledger, ui};

use self::folders::Folders;
use self::telling::Telling;

pub use self::transaction::remind;

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
    /// An edit was cut short, and a file of it is neither as it was nor as it was to be.
    #[error(
        "an edit of several files was cut short, and `{}` has changed since", path.display()
    )]
    Between {
        /// The file.
        path: PathBuf,
        /// What the edit wrote down before it began.
        journal: PathBuf,
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
            Self::Between { journal, .. } => format!(
                "see that the policy is as you want it (`portreeve check`), then delete `{0}`; \
                 it holds each file as it was (`old`) and as it was to be (`new`)",
                journal.display()
            ),
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
            Self::File(_)
            | Self::Unlockable { .. }
            | Self::Changed { .. }
            | Self::Between { .. } => Exit::Unreachable,
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
    options: &EditOptions,
    global: &Global,
) -> Result<Exit, error::Error> {
    let facts = facts(global)?;
    let (loaded, _folders) = locked(path, options.dry_run)?;
    let Loaded { sources, report } = &loaded;
    let Edited { texts, notes } = edit(sources, &facts, request).map_err(EditError::from)?;
    let tell = Telling {
        loaded: &loaded,
        texts: &texts,
        notes: &notes,
        format: options.format,
    };
    tell.notes();
    if texts.is_empty() {
        tell.unchanged()?;
        return Ok(Exit::Fine);
    }
    let judged = judge(sources, report, &facts, request, &texts);
    if judged.new_errors.has_errors() {
        tell.refused(&judged)?;
        return Ok(Exit::Findings);
    }
    if let Some(mismatch) = judged.mismatch {
        return Err(EditError::Mismatch(mismatch).into());
    }
    if let Some(policy) = &judged.after {
        policy_render::render_with_proof(policy, &judged.sources)?;
    }
    // People see what it is before it is done; a program is told what was done.
    tell.people(&judged);
    if !options.dry_run {
        let written = transaction::write(path, &loaded, &texts)?;
        for path in written {
            ui::note(format_args!("wrote {}", path.display()));
        }
    }
    tell.program(&judged, options.dry_run)?;
    Ok(Exit::Fine)
}

/// Reads a policy under the lock of its folders; without one where nothing is to be written.
fn locked(path: &Path, is_dry: bool) -> Result<(Loaded, Option<Folders>), EditError> {
    let mut loaded = load::load(path)?;
    if is_dry {
        remind(path);
        return Ok((loaded, None));
    }
    let mut folders = folders::of(path, &loaded);
    for _ in 0..MAX_ATTEMPTS {
        let held = Folders::lock(&folders, |folder| {
            let folder = folder.display();
            ui::note(format_args!("waiting for another edit in {folder}"));
        })?;
        transaction::take_back(path)?;
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
