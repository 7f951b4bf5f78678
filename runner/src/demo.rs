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
pub mod table;

use policy_core::ast::Statement;
use policy_core::parse::parse;
use policy_core::span::FileId;

use self::error::DemoError;

/// The policy of the demo, which the README shows too.
pub const QUICKSTART: &str = include_str!("../../fixtures/quickstart.reeve");

/// The policy without every line that holds `text`, and without its own tests, which would not let
/// it be put in force: what a broken cell is made with.
pub fn without(policy: &str, text: &str) -> Result<String, DemoError> {
    let kept: Vec<&str> = policy.lines().filter(|line| !line.contains(text)).collect();
    if kept.len() == policy.lines().count() {
        return Err(DemoError::NothingToBreak {
            text: text.to_owned(),
        });
    }
    let (mut file, _) = parse(FileId(0), &(kept.join("\n") + "\n"));
    let is_claim =
        |node: &Statement| matches!(node, Statement::Test { .. } | Statement::Invariant { .. });
    file.statements.retain(|item| !is_claim(&item.node));
    Ok(file.to_string())
}
