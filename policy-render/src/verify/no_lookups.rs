//! Promise: no destination is looked up, neither by name nor by address, but by the guard of
//! `access full`, and the guard's lines are for such agents alone.
//!
//! Without `-n` a PTR record or one A record of the attacker's opens the proxy, and even a
//! refused request leaks its name in a query.

use std::collections::BTreeSet;

use policy_core::ir::{Access, Mode, Policy};

use super::{Broken, Directive};

const PROMISE: &str = "no destination is looked up";

/// The lists that look up on purpose.
const GUARD: [&str; 4] = [
    "resolves_to_floor",
    "resolves_to_gateway",
    "resolves_to_private",
    "resolves",
];

pub(super) fn check(policy: &Policy, directives: &[Directive<'_>]) -> Result<(), Broken> {
    let guarded = policy
        .agents
        .iter()
        .filter(|a| a.access == Access::Full || a.mode == Mode::Report);
    let sources: BTreeSet<String> = guarded
        .map(|agent| format!("a_{}", crate::acl::agent_label(&agent.name)))
        .collect();
    let looks_up = |term: &&str| GUARD.contains(&term.trim_start_matches('!'));
    for directive in directives {
        match (directive.name(), directive.arguments()) {
            ("acl", [name, "dst" | "dstdomain" | "dstdom_regex", option, ..])
                if *option != "-n" && !GUARD.contains(name) =>
            {
                return Err(directive.broken(PROMISE));
            }
            // A look-up by any other directive or kind of list.
            ("acl", [_, "srcdomain" | "srcdom_regex" | "dst_as" | "external", ..]) => {
                return Err(directive.broken(PROMISE));
            }
            ("http_access", [_, source, terms @ ..]) => {
                let allowed = || sources.contains(*source) && terms.first() == Some(&"!public");
                if looks_up(source) || (terms.iter().any(looks_up) && !allowed()) {
                    return Err(directive.broken(PROMISE));
                }
            }
            ("cache_peer_access" | "never_direct" | "cache", terms)
                if terms.iter().any(looks_up) =>
            {
                return Err(directive.broken(PROMISE));
            }
            _ => {}
        }
    }
    Ok(())
}
