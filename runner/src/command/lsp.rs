//! `lsp`: the language server on standard input and output, for editors.
//!
//! Standard output belongs to the protocol until the session ends; nothing else may print to it.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use language_server::{Ended, Files, Host};
use policy_core::facts::Facts;

use crate::cli::{Global, LspArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts_file;
use crate::load::DiskReader;

/// This machine, as a policy sees it.
struct Machine {
    facts_file: Option<PathBuf>,
    /// Those of the last time, for a moment in which the file cannot be read.
    facts: Facts,
}

impl Host for Machine {
    type Files = DiskReader;

    fn files(&mut self) -> DiskReader {
        DiskReader::default()
    }

    fn facts(&mut self) -> Facts {
        // A session may last for days, and a grant until one of them.
        if let Ok(facts) = facts_file::facts(self.facts_file.as_deref()) {
            self.facts = facts;
        }
        self.facts.clone()
    }
}

impl Files for DiskReader {
    fn name(&mut self, path: &Path) -> String {
        DiskReader::name(self, path)
    }
}

/// Runs the command.
pub fn run(_: &LspArgs, global: &Global) -> Result<Exit, Error> {
    let machine = Machine {
        facts: facts_file::facts(global.facts.as_deref())?,
        facts_file: global.facts.clone(),
    };
    let ended = language_server::serve(BufReader::new(io::stdin()), io::stdout(), machine);
    Ok(match ended {
        Ended::InOrder => Exit::Fine,
        // The protocol wants 1.
        Ended::Abruptly => Exit::Findings,
    })
}
