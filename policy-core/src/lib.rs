//! The policy language of Portreeve and what it means.
//!
//! Text becomes a tree ([`parse`], [`ast`]), the tree becomes a complete, ordered model
//! ([`lower`], [`ir`]), and one plain function ([`decide::decide`]) says what the model does with
//! a request. Nothing here touches a file, a clock, the environment, a process or the network.

pub mod address;
pub mod allocate;
pub mod ast;
pub mod check;
pub mod decide;
pub mod diagnostic;
pub mod edit;
pub mod explain;
pub mod explanation;
pub mod facts;
pub mod format;
pub mod host;
pub mod ir;
pub mod key;
pub mod lower;
pub mod mention;
pub mod name;
pub mod parse;
pub mod port;
pub mod print;
pub mod providers;
pub mod reach;
pub mod silence;
pub mod sources;
pub mod span;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trial;

use check::Subject;
use diagnostic::Report;
use facts::{Facts, Ledger};
use ir::Policy;
use silence::Silences;
use sources::Sources;

/// The language, for people and for editors: productions, and an example of each.
pub const GRAMMAR: &str = include_str!("../GRAMMAR.md");

/// What a compile gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Every finding, in the order of the text.
    pub report: Report,
    /// The model and the ledger that goes with it; `None` when a finding is an error.
    pub policy: Option<(Policy, Ledger)>,
}

/// Checks the files and gives their meaning. `loading` is what reading them has reported.
pub fn compile(sources: &Sources, loading: Report, facts: &Facts) -> Compiled {
    let Compiled { mut report, policy } = understand(sources, loading, facts);
    if let Some((policy, _)) = &policy {
        trial::report(policy, &mut report);
        report = report.sorted();
    }
    let policy = policy.filter(|_| !report.has_errors());
    Compiled { report, policy }
}

/// The same without the policy's own tests: a policy that fails them can be asked why, and is
/// never put in force.
pub fn understand(sources: &Sources, loading: Report, facts: &Facts) -> Compiled {
    let mut report = loading;
    report.heed(Silences::of(sources));
    let lowered = lower::lower(sources, facts, &mut report);
    if let Some((policy, _)) = &lowered {
        check::run(&Subject::new(policy, sources, facts), &mut report);
    }
    let silences = report.take_silences();
    // A mistake keeps checks from seeing what they would have warned of.
    if lowered.is_some() && !report.has_errors() {
        silences.tell_needless(&mut report);
    }
    let report = report.sorted();
    let policy = lowered.filter(|_| !report.has_errors());
    Compiled { report, policy }
}
