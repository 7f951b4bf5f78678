//! `test FILE…`: the policies' own tests and invariants.

use policy_core::trial::trials;

use crate::cli::{Format, Global, TestArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::load::{self, Loaded};
use crate::report::tried::{self, Tried};
use crate::{compile, facts_file, ui};

/// Runs the command.
pub fn run(args: &TestArgs, global: &Global) -> Result<Exit, Error> {
    let facts = facts_file::facts(global.facts.as_deref())?;
    let mut understood = Vec::new();
    let mut exit = Exit::Fine;
    for file in &args.files {
        // The other files are tried all the same.
        match load::load(file) {
            Ok(Loaded { sources, report }) => {
                let compiled = policy_core::understand(&sources, report, &facts);
                match compiled.policy {
                    Some((policy, _)) => understood.push((sources, policy)),
                    None => {
                        compile::tell(&sources, &compiled.report);
                        exit = exit.max(Exit::Findings);
                    }
                }
            }
            Err(error) => {
                ui::error(&error.into());
                exit = exit.max(Exit::Unreachable);
            }
        }
    }
    let tried: Vec<Tried<'_>> = understood
        .iter()
        .map(|(sources, policy)| Tried {
            sources,
            policy,
            trials: trials(policy),
        })
        .collect();
    match args.format {
        Format::Human => ui::part(tried::human(&tried)),
        Format::Json => ui::raw(&tried::json(&tried)?),
    }
    if tried.iter().any(Tried::has_failed) {
        exit = exit.max(Exit::Findings);
    }
    Ok(exit)
}
