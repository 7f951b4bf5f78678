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
mod model;
mod names;
mod read;
mod shape;
mod sources;

use policy_core::ir::Policy;

pub use self::disproof::{Difference, Disproof};
use crate::file_set::{FileSet, SQUID_CONF};

/// What was proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The agents, each with its own rules.
    pub agents: usize,
    /// The rules of `squid.conf` that decide: who may, and by which way.
    pub rules: usize,
    /// The requests on which the policy and the file were compared; each stands for a whole class.
    pub cases: usize,
}

/// Proves that `files` mean what `policy` says.
pub fn prove(policy: &Policy, files: &FileSet) -> Result<Proof, Disproof> {
    let text = files.get(SQUID_CONF).unwrap_or_default();
    companions::check(policy, files)?;
    compare::squid_conf(policy, text)
}
