//! Promise: what passes without a name that a statement or a provider gives is a public
//! destination of an agent that may have it, and the guard that sees to it stands before.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ir::{Access, Mode, Policy};

use super::{Broken, Directive};

const PROMISE: &str = "access full is guarded";

/// What must have been refused before, besides the address of the agent.
const GUARD: [[&str; 2]; 5] = [
    ["!public", "address"],
    ["!public", "!public_name"],
    ["!public", "resolves_to_floor"],
    ["!public", "resolves_to_private"],
    ["!public", "!resolves"],
];

/// The lines of one agent so far.
#[derive(Default)]
struct Seen<'a> {
    refused: BTreeSet<&'a [&'a str]>,
    is_open: bool,
}

pub(super) fn check(policy: &Policy, directives: &[Directive<'_>]) -> Result<(), Broken> {
    let may_be_open: BTreeSet<String> = policy
        .agents
        .iter()
        .filter(|agent| agent.access == Access::Full || agent.mode == Mode::Report)
        .map(|agent| format!("a_{}", crate::acl::agent_label(&agent.name)))
        .collect();
    let mut agents: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for rule in directives.iter().filter(|d| d.name() == "http_access") {
        let [action, source, terms @ .., note] = rule.arguments() else {
            continue;
        };
        if !source.starts_with("a_") {
            continue;
        }
        let is_open = *action == "allow" && (terms.is_empty() || note.starts_with("r_"));
        if !is_open && !may_be_open.contains(*source) {
            continue;
        }
        let seen = agents.entry(source).or_default();
        // Nothing refuses behind the line that lets the rest pass.
        if seen.is_open && *action == "deny" {
            return Err(rule.broken(PROMISE));
        }
        if *action == "deny" {
            seen.refused.insert(terms);
        } else if is_open {
            let guarded = GUARD.iter().all(|terms| seen.refused.contains(&terms[..]));
            if !guarded || !may_be_open.contains(*source) {
                return Err(rule.broken(PROMISE));
            }
            seen.is_open = true;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{at, broken_by, broken_with, broken_without};
    use super::*;

    #[test]
    fn no_line_of_the_guard_can_be_left_out() {
        for agent in ["researcher", "watched"] {
            for terms in GUARD {
                let line = format!("http_access deny a_{agent} {} ", terms.join(" "));
                assert_eq!(broken_without(&line), Some(PROMISE), "{line}");
            }
        }
    }

    #[test]
    fn the_guard_stands_before_what_it_guards() {
        for agent in ["researcher", "watched"] {
            let promise = broken_by(|lines| {
                let guard = at(
                    lines,
                    &format!("http_access deny a_{agent} !public !resolves"),
                );
                lines.swap(guard, guard + 1);
            });
            assert_eq!(promise, Some(PROMISE), "{agent}");
        }
    }

    #[test]
    fn only_full_access_and_report_pass_without_a_name() {
        let behind = "http_access deny a_coder h_";
        let line = "http_access allow a_coder b_provider";
        assert_eq!(broken_with(behind, line), Some(PROMISE));
    }
}
