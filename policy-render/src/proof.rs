//! The proof: what was printed means what the policy says.
//!
//! The files are read back by readers that share no code with what printed them, and compared with
//! [`policy_core::decide`] on one request for each atom of a finite partition of all requests. On
//! an atom both sides are constant, so equality on the atoms is equality on every request: the
//! decision, the route, and the notes that the log carries. It runs on every render; a difference
//! is a bug of ours, and nothing is written.

mod atoms;
mod companions;
mod compare;
mod directives;
mod disproof;
mod host;
mod list;
mod meaning;
mod model;
mod names;
mod ports;
mod read;
mod resolutions;
mod shape;
mod sources;

use std::fmt;
use std::thread;

use policy_core::ir::Policy;
use policy_core::reach::Survey;

pub use self::disproof::{Difference, Disproof};

use self::meaning::Oracle;
use crate::file_set::{FileSet, SQUID_CONF};

/// What was proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The agents, each with its own rules.
    pub agents: usize,
    /// The rules of `squid.conf` that decide, those in lists of several included: who may, and by which
    /// way.
    pub rules: usize,
    /// The requests on which the policy and the file were compared; each stands for a whole class.
    pub cases: usize,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let Proof {
            agents,
            rules,
            cases,
        } = *self;
        write!(
            f,
            "{agents} agent{}, {rules} rule{}, ",
            plural(agents),
            plural(rules)
        )?;
        write!(f, "{cases} case{}", plural(cases))
    }
}

/// Proves that `files` mean what `policy` says.
pub fn prove(policy: &Policy, files: &FileSet) -> Result<Proof, Disproof> {
    prove_by(policy, files, Oracle::Map(&Survey::new(policy)))
}

/// The same, asking [`policy_core::decide`] about each request and not the map of its answers. It is
/// slow on a large policy, and says the same.
pub fn prove_by_asking(policy: &Policy, files: &FileSet) -> Result<Proof, Disproof> {
    prove_by(policy, files, Oracle::Decide)
}

/// Proves that a text of `squid.conf` alone means what `policy` says.
pub fn squid_conf(policy: &Policy, text: &str) -> Result<Proof, Disproof> {
    compare::squid_conf(policy, text, Oracle::Map(&Survey::new(policy)))
}

/// Does both, the first on a thread of its own.
pub(crate) fn beside<T: Send, U>(
    one: impl FnOnce() -> T + Send,
    other: impl FnOnce() -> U,
) -> (T, U) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn prove_by<'p>(
    policy: &'p Policy,
    files: &FileSet,
    oracle: Oracle<'_, 'p>,
) -> Result<Proof, Disproof> {
    let text = files.get(SQUID_CONF).unwrap_or_default();
    let (beside, proof) = beside(
        || companions::check(policy, files),
        || compare::squid_conf(policy, text, oracle),
    );
    beside.and(proof)
}
