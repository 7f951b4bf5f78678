//! `demo`: a whole small installation, measured from inside its agents against its policy.
//!
//! Everything in it is real: the policy is put in force the way `up` does it, the agents are
//! containers under it, and what they reach is a container too. Nothing outside of this engine is
//! asked for anything.

pub mod agents;
pub mod bed;
pub mod cast;
pub mod doors;
pub mod error;
pub mod interrupt;
pub mod leftovers;
pub mod logs;
pub mod measure;
pub mod outcome;
pub mod probe;
pub mod progress;
pub mod question;

/// The policy of the demo, which the README shows too.
pub const QUICKSTART: &str = include_str!("../../fixtures/quickstart.reeve");
