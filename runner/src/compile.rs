//! From a policy file to its model and its rendered files, findings printed on the way.

use std::path::Path;

use policy_core::diagnostic::Report;
use policy_core::facts::{Facts, Ledger};
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_render::file_set::FileSet;
use policy_render::proof::Proof;

use crate::edit;
use crate::error::Error;
use crate::load::{self, Loaded};
use crate::report::{self, Counts};
use crate::ui;

/// A policy without errors, and everything that follows from it.
#[derive(Clone, Debug)]
pub struct Built {
    /// The text.
    pub sources: Sources,
    /// The model.
    pub policy: Policy,
    /// The ledger that goes with it; not saved yet.
    pub ledger: Ledger,
    /// The files, proved.
    pub files: FileSet,
    /// What the proof covered.
    pub proof: Proof,
}

/// A policy without errors, read to look at it.
#[derive(Clone, Debug)]
pub struct Read {
    /// The text.
    pub sources: Sources,
    /// The model.
    pub policy: Policy,
}

/// Reads the policy at `path`; nothing where it has errors, which are told. What else there is to
/// say of it is the business of `check`: one that only fails its own tests can still be asked.
pub fn read(path: &Path, facts: &Facts) -> Result<Option<Read>, Error> {
    let Loaded { sources, report } = load::load(path)?;
    let compiled = policy_core::understand(&sources, report, facts);
    if compiled.policy.is_none() {
        tell(&sources, &compiled.report);
        edit::remind(path);
    }
    let policy = compiled.policy.map(|(policy, _)| policy);
    Ok(policy.map(|policy| Read { sources, policy }))
}

/// Prints findings where notes go: the result is what is done.
pub fn tell(sources: &Sources, found: &Report) {
    let counts = Counts::of(found);
    if counts != Counts::default() {
        ui::note_part(report::human(sources, found));
        ui::note(counts);
    }
}

/// Builds the policy at `path`. Findings go to standard error; nothing comes back when one of
/// them is an error.
pub fn build(path: &Path, facts: &Facts) -> Result<Option<Built>, Error> {
    let Loaded { sources, report } = load::load(path)?;
    let compiled = policy_core::compile(&sources, report, facts);
    tell(&sources, &compiled.report);
    let Some((policy, ledger)) = compiled.policy else {
        edit::remind(path);
        return Ok(None);
    };
    let (files, proof) = policy_render::render_with_proof(&policy, &sources)?;
    Ok(Some(Built {
        sources,
        policy,
        ledger,
        files,
        proof,
    }))
}
