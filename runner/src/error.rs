//! Everything that can stop a command: each error says what was wrong and where, its remedy what
//! to do.
//!
//! Each module has its own errors; this one only joins them. Findings in a policy are no errors:
//! they are what `check` is for.

use thiserror::Error;

use crate::docker::DockerError;
use crate::exit::Exit;
use crate::files::FileError;
use crate::ledger::LedgerError;
use crate::state::StateError;

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub enum Error {
    /// A Docker command.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The state folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A command that this build does not have.
    #[error("this build has no `{command}` yet")]
    Unfinished {
        /// Its name.
        command: &'static str,
    },
}

impl Error {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Docker(error) => error.remedy(),
            Self::File(error) => error.remedy(),
            Self::State(error) => error.remedy(),
            Self::Ledger(error) => error.remedy(),
            Self::Unfinished { .. } => "`portreeve --help` lists the commands".to_owned(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Docker(error) => error.exit(),
            Self::File(_) => Exit::Unreachable,
            Self::State(error) => error.exit(),
            Self::Ledger(error) => error.exit(),
            Self::Unfinished { .. } => Exit::Usage,
        }
    }
}
