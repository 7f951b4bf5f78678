//! Promise: every request that is decided leaves the name of what decided it, and every name is
//! one that the manifest or this crate knows.

use std::collections::BTreeSet;

use policy_core::decide::BuiltIn;

use crate::manifest::Manifest;
use crate::squid_conf::MANAGER_RULE;

use super::{Broken, Directive};

const PROMISE: &str = "every rule leaves its name in the log";

pub(super) fn check(directives: &[Directive<'_>], manifest: &Manifest) -> Result<(), Broken> {
    let mut notes = BTreeSet::new();
    for directive in directives
        .iter()
        .filter(|directive| directive.name() == "acl")
    {
        let [name, "annotate_transaction", values @ ..] = directive.arguments() else {
            continue;
        };
        let rule = values.iter().find_map(|value| value.strip_prefix("rule="));
        let known = |rule: &str| {
            manifest.statements.contains_key(rule)
                || rule == MANAGER_RULE
                || BuiltIn::ALL.iter().any(|built_in| built_in.name() == rule)
        };
        match rule {
            Some(rule) if known(rule) => notes.insert(*name),
            // The note of who asks.
            None if name.starts_with("m_") => continue,
            _ => return Err(directive.broken(PROMISE)),
        };
    }
    for rule in directives
        .iter()
        .filter(|directive| directive.name() == "http_access")
    {
        let named = match rule.arguments() {
            // The supervisor's own door, which no agent's request comes to.
            ["deny", "ctl"] => true,
            ["deny", _, _, "!all"] => true,
            [_, .., note] => notes.contains(note),
            _ => false,
        };
        if !named {
            return Err(rule.broken(PROMISE));
        }
    }
    Ok(())
}
